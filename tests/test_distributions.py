"""The distributions of the project: one version, and wheels that hold what is not code as well."""

from __future__ import annotations

import importlib.util
import re
import runpy
import shutil
import tomllib
from importlib import metadata, resources
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import adrbench

ROOT = Path(__file__).parents[1]
VERSION = runpy.run_path(str(ROOT / "tools" / "version.py"))
PACKAGES = sorted(file.parent for file in [*ROOT.glob("src/*/py.typed"), *ROOT.glob("plugins/*/src/*/py.typed")])


def test_every_distribution_has_the_same_version() -> None:
    """The package's constant, the citation, the page on GitHub, each pyproject.toml, and what they ask of others."""
    held = {file: set(VERSION["versions"](file.read_text())) for file in VERSION["files"](ROOT)}
    assert len(held) == 3 + len(PACKAGES)
    assert held == {file: {adrbench.__version__} for file in held}
    assert metadata.version("adrbench") == adrbench.__version__


@pytest.mark.parametrize("plugin", sorted(ROOT.glob("plugins/*/pyproject.toml")), ids=lambda file: file.parent.name)
def test_a_plugin_says_of_itself_what_the_core_does(plugin: Path) -> None:
    """Who wrote it, where its source and its documentation are, where it runs, and its licence within the wheel."""
    core, own = (tomllib.loads(file.read_text())["project"] for file in (ROOT / "pyproject.toml", plugin))
    shared = ("authors", "license", "license-files", "readme", "requires-python", "urls", "version")
    assert {name: own[name] for name in shared} == {name: core[name] for name in shared}
    places = ("Development Status", "Environment", "Intended Audience", "Operating System", "Programming", "Typing")
    expected = [one for one in core["classifiers"] if one.startswith(places)]
    if (plugin.parent / "constraints.txt").is_file():
        # It is tested in an environment of its own only, with the oldest Python on Linux.
        untested = ("Operating System :: MacOS", "Programming Language :: Python :: 3.")
        expected = [one for one in expected if not one.startswith(untested) or one.endswith("3.11")]
    assert [one for one in own["classifiers"] if one.startswith(places)] == expected
    assert any(one.startswith("Topic ::") for one in own["classifiers"])
    assert own["keywords"]
    assert own["description"] != core["description"]
    [licence] = own["license-files"]
    assert (plugin.parent / licence).read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_standard_extra_brings_four_families_and_the_corpora() -> None:
    """Each in the version that lies beside the core."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    names = ("bilstm-crf", "biomed", "crf", "dictionary", "transformer")
    wanted = ("adrbench[report]", *(f"adrbench-{name}" for name in names))
    assert extras["standard"] == [f"{name}=={adrbench.__version__}" for name in wanted]


def pinned(file: str) -> dict[str, str]:
    """The versions of a requirements file by normalised name."""
    found = re.findall(r"^([A-Za-z][\w.-]*)==([^\s;\\]+)", (ROOT / file).read_text(), flags=re.MULTILINE)
    assert len(dict(found)) == len(found), f"{file} names something twice"
    return {canonicalize_name(name): version for name, version in found}


def test_locked_third_parties_are_the_tested_ones() -> None:
    """Each has the version of constraints.txt, and hashes; none is missing. `python tools/lock.py` renews them."""
    locked, tested = pinned("locked.txt"), pinned("constraints.txt")
    assert {name: tested[name] for name in locked if name in tested} == {
        name: version for name, version in locked.items() if name in tested
    }
    asked = {
        canonicalize_name(Requirement(line).name)
        for line in runpy.run_path(str(ROOT / "tools" / "lock.py"))["requirements"]()
    }
    assert asked - set(locked) == {"torch"}
    entries = re.split(r"^(?=\w)", (ROOT / "locked.txt").read_text(), flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert len(entries) == len(locked) > 80


def test_a_release_depends_on_torch_too(tmp_path: Path) -> None:
    """What the SBOM is made of has everything that is locked, and torch in the version that is tested."""
    made = tmp_path / "made.txt"
    assert runpy.run_path(str(ROOT / "tools" / "lock.py"))["main"](["--with-torch", str(made)]) == 0
    torch = pinned("constraints.txt")["torch"]
    assert pinned(str(made)) == {**pinned("locked.txt"), "torch": torch}


def test_constraints_have_no_hashes() -> None:
    """With one of them pip asks for a hash of everything, of local folders too."""
    assert "--hash" not in (ROOT / "constraints.txt").read_text()


def test_one_command_writes_the_version_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Afterwards no file holds the old one, and nothing else has changed."""
    copy = tmp_path / "tools" / "version.py"
    for file in [*VERSION["files"](ROOT), ROOT / "tools" / "version.py"]:
        place = tmp_path / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    tool = runpy.run_path(str(copy))
    assert tool["main"](["7.8.9rc1"]) == 0
    assert {line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()} == {"7.8.9rc1"}
    for file in VERSION["files"](ROOT):
        new = (tmp_path / file.relative_to(ROOT)).read_text()
        assert new.replace("7.8.9rc1", adrbench.__version__) == file.read_text()
    assert tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]["version"] == "7.8.9rc1"
    page = (tmp_path / "docs" / "github.md").read_text()
    assert page.count("v7.8.9rc1") == (ROOT / "docs" / "github.md").read_text().count(f"v{adrbench.__version__}") == 2


@pytest.mark.parametrize("arguments", [["1.0", "2.0"], ["one"], ["1.0"], ["1.0.0; rm"]])
def test_a_version_that_is_none_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written then."""
    assert VERSION["main"](arguments) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_is_installed_with_all_its_files(package: Path) -> None:
    """Templates, style sheets, scripts, texts and the mark of types are where the package is imported from."""
    if importlib.util.find_spec(package.name) is None:
        pytest.skip(f"{package.name} is not installed")
    installed = resources.files(package.name)
    files = [file.relative_to(package) for file in package.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    assert Path("py.typed") in files
    assert [file for file in files if not installed.joinpath(*file.parts).is_file()] == []
