"""Discovery: a broken plugin is a row with its reason, never the end of a command."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from adrbench.api import DatasetPlugin, EvaluatorPlugin, TaggerPlugin
from adrbench.cli import main
from adrbench.errors import PluginError
from adrbench.plugins import parameters
from adrbench.plugins._compatibility import other_api, unmet
from adrbench.plugins._first_party import first_party
from adrbench.plugins.listing import ListedPlugin, Listing
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import GROUPS, Group, InstalledPlugin, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Install = Callable[..., Path]

TAGGER = """
from dataclasses import dataclass
from adrbench.api import TaggerPlugin

@dataclass(frozen=True)
class Params: pass

plugin = TaggerPlugin(
    name="{0}", family="f", version="1", params=Params, implementation="{0}_module:Tagger",
    requires={1}, distribution="adrbench-{0}[gpu]",
)
"""
HEAVY = """
import sys
from adrbench.plugins import parameters
from adrbench.plugins.registry import Registry
registry = Registry()
list(registry.discover("taggers")), list(registry.discover("datasets")), list(registry.discover("evaluators"))
print(sorted({"torch", "sklearn", "nltk", "numpy", "transformers"} & set(sys.modules)))
"""


def found(name: str) -> InstalledPlugin:
    """The tagger of that name, as discovered."""
    [row] = [row for row in Registry().discover("taggers") if row.name == name]
    return row


def test_the_core_brings_its_own_corpora_and_evaluator() -> None:
    """They are found as any other plugin is."""
    assert {"ade", "adr-mini"} <= set(Registry().names("datasets"))
    assert isinstance(Registry().describe("datasets", "ade"), DatasetPlugin)
    assert isinstance(Registry().describe("evaluators", "exact"), EvaluatorPlugin)


def test_an_installed_plugin_is_found(echo: Path) -> None:
    """With its distribution and version, ready to be used."""
    row = found("echo")
    assert (row.distribution, row.version, row.problem) == ("adrbench-echo", "1.2", "")
    assert isinstance(row.description, TaggerPlugin)
    assert implementation(row.description.implementation).__name__ == "Echo"
    assert echo.is_file()


def test_listing_imports_nothing_heavy() -> None:
    """Discovering every plugin leaves libraries alone."""
    listed = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert listed.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_library_anywhere", "ModuleNotFoundError: No module named 'no_such_library_anywhere'"),
        ("raise RuntimeError('driver too old')", "RuntimeError: driver too old"),
        ("import sys; sys.exit('not today')", "SystemExit: not today"),
        ("class Odd(BaseException): ...\nraise Odd('as odd as can be')", "Odd: as odd as can be"),
        ("plugin =", "SyntaxError: invalid syntax"),
        ("other = 1", "AttributeError: module 'bad_module' has no attribute 'plugin'"),
        ("plugin = 42", "bad_module:plugin is of the type int, not TaggerPlugin"),
    ],
)
def test_a_broken_plugin_is_a_row_with_its_reason(install: Install, source: str, reason: str) -> None:
    """Whatever its module does on import, the others are listed and the reason is told."""
    install("adrbench-bad", "bad_module", source, "[adrbench.taggers]\nbad = bad_module:plugin\n")
    row = found("bad")
    assert row.description is None
    assert row.problem.startswith("tagger 'bad' (adrbench-bad)")
    assert reason in row.problem
    with pytest.raises(PluginError, match="tagger 'bad'"):
        Registry().describe("taggers", "bad")


def test_two_plugins_of_one_name_are_both_named(install: Install) -> None:
    """Neither is chosen; the message says which to uninstall."""
    for name in ("one", "two"):
        install(
            f"adrbench-{name}",
            f"{name}_module",
            TAGGER.format(name, ()),
            f"[adrbench.taggers]\ntwin = {name}_module:plugin\n",
        )
    problem = found("twin").problem
    assert "two plugins claim the name 'twin'" in problem
    assert "adrbench-one (one_module:plugin)" in problem
    assert "adrbench-two (two_module:plugin)" in problem


def requires(module: Path, name: str, requirement: str) -> None:
    """Let an installed distribution require something."""
    [info] = module.parent.glob(f"{name}-*.dist-info")
    with (info / "METADATA").open("a") as metadata:
        metadata.write(f"Requires-Dist: {requirement}\n")


def test_a_plugin_for_another_adrbench_is_refused_before_its_import(install: Install) -> None:
    """What its distribution requires is told, with what to do; what an extra requires does not count."""
    file = install(
        "future", "future_module", "raise RuntimeError", "[adrbench.taggers]\nfuture = future_module:plugin\n"
    )
    requires(file, "future", "adrbench>=9 ; extra == 'more'")
    requires(file, "future", "adrbench>=7,<9")
    row = found("future")
    assert (row.state, row.remedy) == ("mismatch", "pip install -U adrbench future")
    assert "tagger 'future' (future 1.2) needs adrbench<9,>=7, and this is " in row.problem
    with pytest.raises(PluginError, match="needs adrbench"):
        Registry().describe("taggers", "future")


@pytest.mark.parametrize("written_for", ["2.0", "0.9", "1.99", "one"])
def test_a_description_for_another_api_is_refused(install: Install, written_for: str) -> None:
    """Both versions are named."""
    source = TAGGER.format("odd", ()).replace('version="1"', f'version="1", api="{written_for}"')
    install("odd", "odd_module", source, "[adrbench.taggers]\nodd = odd_module:plugin\n")
    row = found("odd")
    assert row.state == "mismatch"
    assert f"is written for adrbench.api {written_for}, and this is 1." in row.problem


@pytest.mark.parametrize(
    ("written_for", "ours", "fits"), [("1.0", "1.3", True), ("1.3", "1.0", False), ("1", "1.0", True)]
)
def test_a_newer_second_part_of_the_api_takes_older_plugins(written_for: str, ours: str, fits: bool) -> None:
    """Not the other way round: the plugin may use what was added."""
    assert (other_api(written_for, ours) is None) == fits


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("adrbench", None),
        ("adrbench>=0.1", None),
        ("adrbench[tune]>=0.1", None),
        ("adrbench ~=0.2", "adrbench~=0.2"),
        ("AdrBench<0.1", "adrbench<0.1"),
        ("adrbench>=9; python_version < '3'", None),
        ("adrbench-crf>=9", None),
        ("adrbench what", None),
    ],
)
def test_what_a_distribution_requires_of_adrbench(requirement: str, wanted: str | None) -> None:
    """Only a requirement of adrbench itself that applies here and is not met counts."""
    assert unmet([requirement], "0.1.0") == wanted


@pytest.fixture
def wild(install: Install) -> None:
    """Install a crashing, a hanging, a printing and a mismatched plugin, two of one name, one that leaves a process."""
    sources = {
        "crash": "import os; os._exit(3)",
        "segv": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "hang": "import time; time.sleep(600)",
        "loud": "import os; print('noise'); os.write(1, b'noise')\n" + TAGGER.format("loud", ()),
        "left": "import os, time\nif not os.fork():\n    os.setsid(), time.sleep(9), os._exit(0)\n"
        + TAGGER.format("left", ()),
        "future": "raise RuntimeError",
        "twin": TAGGER.format("twin", ()),
        "lack": TAGGER.format("lack", ("no_such_library_anywhere",)),
    }
    for name, source in sources.items():
        points = f"[adrbench.taggers]\n{name} = {name}_module:plugin\n"
        file = install(f"adrbench-{name}", f"{name}_module", source, points)
    install("adrbench-other", "other_module", sources["twin"], "[adrbench.taggers]\ntwin = other_module:plugin\n")
    requires(file, "adrbench_future", "adrbench>=9")


@pytest.mark.slow
@pytest.mark.usefixtures("wild")
def test_the_list_has_a_row_for_each_whatever_it_does() -> None:
    """Imports that end the process, hang, print or were made for other versions do nothing to the others."""
    rows = {(row.group, row.name): row for row in Listing(wait=4).rows()}
    taggers: dict[str, ListedPlugin] = {name: row for (group, name), row in rows.items() if group == "taggers"}
    expected = {
        "crash": ("broken", "tagger 'crash' (adrbench-crash) ends the process with exit code 3 when imported"),
        "segv": ("broken", "tagger 'segv' (adrbench-segv) dies of SIGSEGV when imported"),
        "hang": ("slow", "tagger 'hang' (adrbench-hang) takes longer than 4 s to import"),
        "loud": ("ready", ""),
        "left": ("ready", ""),
        "lack": ("missing", "needs no_such_library_anywhere: pip install 'adrbench-lack[gpu]'"),
        "crf": ("ready", ""),
    }
    assert {name: (taggers[name].state, taggers[name].problem) for name in expected} == expected
    assert (taggers["future"].state, taggers["future"].remedy) == (
        "mismatch",
        "pip install -U adrbench adrbench-future",
    )
    assert (taggers["twin"].state, taggers["twin"].remedy) == ("clash", "uninstall one of them")
    assert {"adrbench-twin", "adrbench-other"} == set(taggers["twin"].distribution.split(" and "))
    assert (taggers["lack"].family, taggers["lack"].version, taggers["lack"].distribution_version) == ("f", "1", "1.2")
    assert {name for group, name in rows if group == "evaluators"} >= {"exact", "overlap"}


def test_the_command_lists_them_as_a_table_and_as_json(install: Install) -> None:
    """Exit code 0 with a broken plugin, whose name and reason are there."""
    install("adrbench-bad", "bad_module", "raise RuntimeError('too old')", "[adrbench.taggers]\nbad = bad_module:x\n")
    told = CliRunner().invoke(main, ["plugins", "--wait", "20", "--format", "json"])
    rows: dict[Any, Any] = {(row["group"], row["name"]): row for row in json.loads(told.stdout)}
    assert {row["schema_version"] for row in rows.values()} == {2}
    assert told.exit_code == 0
    assert (rows["taggers", "bad"]["state"], rows["taggers", "bad"]["distribution"]) == ("broken", "adrbench-bad")
    assert rows["datasets", "ade"]["state"] == "ready"
    shown = CliRunner().invoke(main, ["plugins", "--wait", "20"], env={"COLUMNS": "240"})
    assert shown.exit_code == 0
    assert "broken: tagger 'bad' (adrbench-bad) cannot be imported: RuntimeError: too old" in shown.stdout
    assert "adrbench-crf 0.1.0" in shown.stdout


def test_a_missing_library_comes_with_what_to_install(install: Install) -> None:
    """The description is there, and the hint names the extra."""
    points = "[adrbench.taggers]\nlack = lack_module:plugin\n"
    install("adrbench-lack", "lack_module", TAGGER.format("lack", ("no_such_library_anywhere",)), points)
    assert found("lack").description is not None
    assert found("lack").problem == "needs no_such_library_anywhere: pip install 'adrbench-lack[gpu]'"


def test_a_library_that_breaks_when_looked_for_is_missing(install: Install) -> None:
    """To find a submodule its parent is imported: whatever that raises counts as not at hand."""
    points = "[adrbench.taggers]\nlack = lack_module:plugin\n"
    install("broken-library", "broken_library", "raise OSError('libcuda.so: cannot open')", "")
    install("adrbench-lack", "lack_module", TAGGER.format("lack", ("broken_library.inner",)), points)
    assert found("lack").problem == "needs broken_library.inner: pip install 'adrbench-lack[gpu]'"


def test_an_unknown_name_comes_with_the_closest(echo: Path) -> None:
    """A typing error is answered with the name that was meant."""
    assert echo.is_file()
    with pytest.raises(PluginError, match=r"unknown tagger 'ecko'; did you mean 'echo'\?"):
        Registry().describe("taggers", "ecko")


def distributions() -> dict[str, Mapping[str, Mapping[str, str]]]:
    """The entry points that each first-party distribution declares, by group."""
    files = (Path(__file__).parents[2] / "plugins").glob("*/pyproject.toml")
    projects = [tomllib.loads(file.read_text(encoding="utf-8"))["project"] for file in files]
    return {project["name"]: project["entry-points"] for project in projects}


@pytest.mark.parametrize("group", GROUPS)
def test_it_is_known_which_first_party_distribution_has_a_plugin(group: Group) -> None:
    """The table in the core says what the distributions themselves declare."""
    declared = {
        name: distribution
        for distribution, groups in distributions().items()
        for name in groups.get(f"adrbench.{group}", {})
    }
    assert first_party(group) == declared


@pytest.mark.parametrize(
    ("group", "name", "message"),
    [
        (
            "datasets",
            "ncbi-disease",
            "unknown dataset 'ncbi-disease'; it comes with adrbench-biomed: pip install adrbench-biomed",
        ),
        (
            "datasets",
            "ncbi-diseases",
            (
                "unknown dataset 'ncbi-diseases'; did you mean 'ncbi-disease'? "
                "it comes with adrbench-biomed: pip install adrbench-biomed"
            ),
        ),
        ("taggers", "crf", "unknown tagger 'crf'; it comes with adrbench-crf: pip install adrbench-crf"),
        ("datasets", "adr_mini", "unknown dataset 'adr_mini'; did you mean 'adr-mini'?"),
    ],
)
def test_a_first_party_plugin_that_is_not_installed_comes_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, group: Group, name: str, message: str
) -> None:
    """Where only adrbench itself is installed, its own corpora and taggers are known by name."""
    installed = importlib.metadata.entry_points
    alone = [
        entry
        for each in GROUPS
        for entry in installed(group=f"adrbench.{each}")
        if entry.dist is not None and entry.dist.metadata["Name"] == "adrbench"
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda: importlib.metadata.EntryPoints(alone))
    with pytest.raises(PluginError) as caught:
        Registry().describe(group, name)
    assert str(caught.value) == message


def test_other_code_has_another_hash(echo: Path) -> None:
    """The hash is over the sources, so an edit shows; an edit undone does, too."""
    before = Registry().code_hash("echo_tagger:Echo")
    source = echo.read_text()
    echo.write_text(source + "CHANGED = True\n")
    after = Registry().code_hash("echo_tagger:Echo")
    echo.write_text(source)
    assert before == Registry().code_hash("echo_tagger:Echo") != after


def test_code_that_is_not_there_has_no_hash() -> None:
    """A description that points nowhere is the plugin's error."""
    with pytest.raises(PluginError, match="there is no module 'no_such_package'"):
        Registry().code_hash("no_such_package.inner:Class")


@pytest.mark.parametrize("group", ["taggers", "datasets"])
def test_every_plugin_here_can_be_given_parameters(group: Group) -> None:
    """Its parameters can be checked against, and it takes none at all, unless there is nothing to begin with."""
    given: dict[str, dict[str, object]] = {
        "calibrated": {"tagger": {"use": "dictionary"}},
        "command": {"command": ["true"]},
        "distilled": {"student": {"use": "dictionary"}, "teacher": {"use": "crf"}, "text": ["corpus"]},
        "ensemble": {"members": [{"use": "dictionary"}, {"use": "crf"}]},
        "llm": {"model": "any"},
    }
    for found in Registry().discover(group):
        assert found.description is not None, found.problem
        assert not isinstance(found.description, EvaluatorPlugin)
        values = given.get(found.name, {}) if group == "taggers" else {}
        checked, problems = parameters.check(found.description.params, values)
        assert problems == []
        assert isinstance(checked, found.description.params)


def test_what_a_tagger_lacks_is_asked_once(tmp_path: Path) -> None:
    """For the same parameters and folder; it may be a question to a server."""
    asked: list[tuple[str, bool]] = []

    def missing(params: Any, offline: bool) -> str | None:
        asked.append((Path.cwd().name, offline))
        return f"needs {params.term_lists[0]}" if params.term_lists else None

    registry = Registry()
    plugin = replace(registry.describe("taggers", "dictionary"), missing=missing)
    for name in ("a", "a", "b"):
        (tmp_path / name).mkdir(exist_ok=True)
        said = registry.missing(plugin, {"term_lists": ["t.txt"]}, tmp_path / name, offline=True)
        assert said == "needs t.txt"
    assert registry.missing(plugin, {}, tmp_path / "a", offline=False) is None
    assert asked == [("a", True), ("b", True), ("a", False)]
