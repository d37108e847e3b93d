"""Rows that run with another interpreter: small virtual environments, fit and unfit, through the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from textwrap import dedent

import command_line
import pytest
import stored

import adrbench
from adrbench.results.schema import CellRecord
from adrbench.results.store import Store

HEAD = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "here"
use = "dictionary"
"""

# Installed in the other environment only.
FAR = '''
"""First words: whatever has come first is a mention."""

from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Span, TaggerPlugin, IntRange

print("noise while it is imported")


@dataclass(frozen=True)
class Params:
    depth: int = 1
    terms: str = ""

    def __post_init__(self):
        if self.depth == 3 and self.terms:
            raise ValueError("depth 3 takes no terms")


class Far:
    def __init__(self, params):
        self.params = params

    def fit(self, train, context):
        import far_library

        self.label = context.labels[0]

    def predict(self, documents):
        return [[Span(*token, self.label) for token in d.tokens[: self.params.depth]] for d in documents]


def missing(params, offline):
    return "no network, no model" if offline else None if Path("try.toml").exists() else "not beside the file"


plugin = TaggerPlugin(
    "far", "first", "1", Params, "far_tagger:Far", cost=1, missing=missing, space={"depth": IntRange(1, 2)}
)
'''


def install(site: Path, name: str, version: str, files: dict[str, str], points: str = "") -> None:
    """Put a distribution into a folder of installed ones."""
    for file, text in files.items():
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text(text)
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(points)


def environment(folder: Path, *, with_ours: bool) -> Path:
    """A new virtual environment, with adrbench and what it needs or without; gives its folder of distributions."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [site] = folder.glob("lib/python*/site-packages")
    if with_ours:
        ours = [str(Path(adrbench.__file__).parents[1]), sysconfig.get_paths()["purelib"]]
        (site / "ours.pth").write_text("\n".join(ours) + "\n")
    return site


@pytest.fixture(scope="session")
def venvs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of environments: one that fits, one without adrbench, one with an old one."""
    folder = tmp_path_factory.mktemp("venvs")
    points = "[adrbench.taggers]\nfar = far_tagger:plugin\nbad = bad_tagger:plugin\n"
    files = {"far_tagger.py": FAR, "far_library.py": "", "bad_tagger.py": "import a_library_that_nobody_has\n"}
    install(environment(folder / "fit", with_ours=True), "adrbench-far", "3.4", files, points)
    environment(folder / "bare", with_ours=False)
    shim = {"adrbench/__init__.py": '__version__ = "0.0.1"\n'}
    install(environment(folder / "old", with_ours=False), "adrbench", "0.0.1", shim)
    half = environment(folder / "half", with_ours=False)
    shutil.copytree(Path(adrbench.__file__).parent / "api", half / "adrbench" / "api")
    install(half, "adrbench", version(), {"adrbench/__init__.py": ""})
    (folder / "ancient").write_text("#!/bin/sh\ncat > /dev/null\necho '{\"python\": [3, 9, 2]}'\n")
    (folder / "odd").write_text("#!/bin/sh\necho nonsense; echo 'I am no Python' >&2; exit 5\n")
    for name in ("ancient", "odd"):
        (folder / name).chmod(0o755)
    return folder


def version() -> str:
    from importlib.metadata import version as installed

    return installed("adrbench")


class Bench:
    """A benchmark file beside a link to the environments, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, taggers: str, *options: str) -> command_line.Done:
        """Run a file with these taggers; cells and other interpreters are processes."""
        (self.folder / "try.toml").write_text(HEAD + dedent(taggers))
        # What helps our interpreter to its modules is no help to another one.
        (self.folder / "trap").mkdir(exist_ok=True)
        (self.folder / "trap" / "far_library.py").write_text("raise RuntimeError('from the wrong environment')\n")
        command = ("run", str(self.folder / "try.toml"), "--limit", "60", "--results", str(self.folder / "results"))
        environment = {"PYTHONPATH": str(self.folder / "trap"), "COLUMNS": "400"}
        return command_line.adrbench(*command, *options, environment=environment)

    def rows(self) -> dict[str, dict[str, object]]:
        done = command_line.adrbench("leaderboard", str(self.folder / "results"), "--format", "json")
        return {row["tagger"]: row for row in json.loads(done.stdout) if row["label"] == "micro"}

    def cells(self) -> list[CellRecord]:
        return stored.cells(self.folder / "results")


@pytest.fixture
def bench(tmp_path: Path, venvs: Path) -> Bench:
    (tmp_path / "venvs").symlink_to(venvs)
    return Bench(tmp_path)


def entry(venv: str, *lines: str, name: str = "far", use: str = "far") -> str:
    python = venv if "/" in venv else f"venvs/{venv}/bin/python"
    return "\n".join(("[[taggers]]", f'id = "{name}"', f'use = "{use}"', f'python = "{python}"', *lines, ""))


@pytest.mark.slow  # some ten processes
def test_a_row_runs_with_its_own_interpreter(bench: Bench, venvs: Path) -> None:
    """The plugin is installed there only; its cells say what is installed there; other code makes other cells."""
    done = bench.run(entry("fit", "params = { depth = 2 }"))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = bench.rows()
    assert (rows["far"]["status"], rows["here"]["status"]) == ("ok", "ok")
    assert rows["far"]["family"] == "first"
    cells = bench.cells()
    found = {cell.tagger: cell.environment or "" for cell in cells}
    store = Store(bench.folder / "results")
    packages = {tagger: getattr(store.read_environment(name), "packages", {}) for tagger, name in found.items()}
    assert packages["far"]["adrbench-far"] == "3.4"
    assert "adrbench-far" not in packages["here"]
    assert {str(cell.params) for cell in cells if cell.tagger == "far"} == {"{'depth': 2, 'terms': ''}"}
    [code] = venvs.glob("fit/lib/python*/site-packages/far_tagger.py")
    code.write_text(FAR + "CHANGED = True\n")
    try:
        assert bench.run(entry("fit", "params = { depth = 2 }"), "--only", "far").returncode == 0
    finally:
        code.write_text(FAR)
    assert len(bench.cells()) == len(cells) + 2


@pytest.mark.slow  # some ten processes
def test_grid_and_study_work_there_too(bench: Bench) -> None:
    """Points of a grid are rows, and a study searches what the plugin there declares."""
    study = entry("fit", 'tune = { trials = 2, sampler = "grid", scope = "first" }', name="tuned")
    only = ("--only", "far", "--only", "tuned")
    done = bench.run(entry("fit", "grid = { depth = [1, 2] }") + study, *only)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = bench.rows()
    assert {"far[depth=1]", "far[depth=2]", "tuned"} == set(rows)
    assert all(row["status"] == "ok" for row in rows.values())
    tuned = [cell.tuned for cell in bench.cells() if cell.tagger == "tuned"]
    assert [len(found.trials) for found in tuned if found] == [2, 2]


def test_what_the_file_says_wrong_is_an_error(bench: Bench) -> None:
    """Parameters are checked by the plugin there; a misspelt interpreter is named with the closest one."""
    wrong = [
        (entry("fit", "params = { dept = 2 }"), "params.dept: unknown name; did you mean 'depth'?"),
        (entry("fit", 'params = { depth = "2" }'), "params.depth: "),
        (entry("fit", 'grid = { depth = [1, "x"] }'), "grid.depth[1]: "),
        (entry("fit", 'grid = { depth = [1, 3], terms = ["", "a"] }'), "grid: far[depth=3,terms=a]: "),
        (entry("fit", "tune = { space = { deph = [1] } }"), "tune.space.deph: unknown name"),
        (entry("fit", "parms = {}"), "parms: unknown name; did you mean 'params'?"),
        (entry("fitt"), "python: there is no 'venvs/fitt/bin/python': "),
        (entry("venvs/fit/bin/pyton"), "python: there is no 'venvs/fit/bin/pyton': "),
        (entry("./venvs/fit"), "python: './venvs/fit' is a folder, not an interpreter"),
        (entry("./try.toml"), "python: './try.toml' is not executable; give the path of a Python interpreter"),
        ('[[taggers]]\nid = "a"\nuse = "far"\npython = "sh"\n', "python: there is no 'sh'; a path is needed"),
        ('[[taggers]]\nid = "a"\nuse = "far"\npython = 3\n', "python: "),
    ]
    done = bench.run("".join(taggers for taggers, _ in wrong))
    assert done.returncode == 2, done.stdout + done.stderr
    for i, (_, problem) in enumerate(wrong, start=1):
        assert f"taggers[{i}].{problem}" in done.stderr
    for hint in ("no 'fitt'; did you mean 'fit'?", "did you mean 'venvs/fit/bin/python'?", "did you mean '/"):
        assert hint in done.stderr
    assert not (bench.folder / "results").exists()


def test_one_cell_is_not_measured_in_two_environments(bench: Bench, venvs: Path) -> None:
    """The same tagger in two interpreters would be kept as one: an error, not a row with the other's figures."""
    twin = bench.folder / "twin"
    twin.write_text(f'#!/bin/sh\nexec {venvs}/fit/bin/python "$@"\n')
    twin.chmod(0o755)
    done = bench.run(entry("fit") + entry("./twin", name="twin"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "far and twin: the same tagger, code and parameters in two interpreters are one cell" in done.stderr
    # The file, and the line of the second of them.
    assert re.search(r"\.toml: 1 problem\n  line \d+: taggers: far and twin", done.stderr), done.stderr


@pytest.mark.slow
def test_what_does_not_fit_is_a_row_with_its_reason(bench: Bench) -> None:
    """No adrbench there, another version, half of one, no plugin, no Python: each says why, and how that is mended."""
    names = ("bare", "old", "half", "fit")
    odd = [entry(f"venvs/{name}", name=name) for name in ("ancient", "odd")]
    unmade = '[[taggers]]\nid = "unmade"\nuse = "far"\npython = "../.elsewhere/bin/python"\n'
    absent = entry("fit", name="absent", use="farr")
    known = entry("fit", name="known", use="crf")
    broken = entry("fit", name="broken", use="bad")
    fit = [entry(name, name=name) for name in names]
    done = bench.run("".join([*fit, *odd, unmade, absent, known, broken]), "--offline")
    assert done.returncode == 3, done.stdout + done.stderr
    rows = bench.rows()
    reasons = {name: (str(row["status"]), str(row["reason"])) for name, row in rows.items()}
    fix = f"-m pip install adrbench=={version()}"
    assert reasons["bare"][1].startswith("adrbench is not installed in ")
    assert f"has adrbench 0.0.1, this is {version()}: " in reasons["old"][1]
    assert "adrbench cannot be used in " in reasons["half"][1]
    assert all(fix in reasons[name][1] for name in ("bare", "old", "half"))
    assert reasons["ancient"][1].endswith("is Python 3.9.2; adrbench needs 3.11.5 or later")
    assert "there is no tagger 'farr' in " in reasons["absent"][1]
    assert "did you mean 'far'?" in reasons["absent"][1]
    assert reasons["fit"][1] == "no network, no model"
    assert reasons["unmade"][1].startswith("there is no '../.elsewhere/bin/python' from the benchmark file: ")
    assert {reasons[name][0] for name in (*names, "ancient", "absent", "unmade")} == {"skipped"}
    assert reasons["odd"][0] == reasons["broken"][0] == "failed"
    assert "does not answer as a Python interpreter does (exit code 5: I am no Python)" in reasons["odd"][1]
    assert "cannot be imported: ModuleNotFoundError" in reasons["broken"][1]
    assert rows["here"]["status"] == "ok"


def test_an_interpreter_may_lie_in_the_home_folder(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the home folder, and a dry run shows the row as one to be run."""
    monkeypatch.setenv("HOME", str(bench.folder))
    done = bench.run(entry("~/venvs/fit/bin/python"), "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "far" in done.stdout
    assert "no network" not in done.stdout
