"""Where cells work: in a folder of their own, away from corpora and results; names of files mean the same there."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import stored
from command_line import Done, adrbench

SOURCE = """
import json, os, sys, tempfile
from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Span, TaggerPlugin


@dataclass(frozen=True)
class Params:
    file: str = ""
    keep: bool = False


class Curious:
    def __init__(self, params):
        self.params = params
        if params.file:
            self.text = Path(params.file).read_text()

    def fit(self, train, context):
        self.label = context.labels[0]
        Path("left.txt").write_text("left")
        tempfile.mkstemp()
        seen = {name: value for name, value in os.environ.items() if name.startswith("ADRBENCH_")}
        told = {"cwd": os.getcwd(), "there": os.listdir(), "seen": seen, "file": self.params.file, "path": sys.path[:1],
                "cache": os.path.exists(seen["ADRBENCH_CACHE"]), "scratch": str(context.scratch)}
        Path(os.environ["TOLD"], "curious").write_text(json.dumps(told))

    def predict(self, documents):
        return [[Span(*d.tokens[0], self.label)] if self.params.file.endswith("good.txt") else [] for d in documents]


plugin = TaggerPlugin("curious", "test", "1", Params, "curious_tagger:Curious", cost=1)
"""
PROGRAM = """
#!{python}
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        told = {{"cwd": os.getcwd(), "argv": sys.argv, "files": message["files"], "there": os.listdir()}}
        open(os.environ["TOLD"] + "/program", "w").write(json.dumps(told))
        print('{{"type": "ready"}}', flush=True)
    elif message["type"] in ("fit", "predict"):
        kind = message["type"]
    elif message["type"] == "document" and kind == "predict":
        print(json.dumps({{"type": "spans", "id": message["id"], "spans": []}}))
    elif message["type"] == "end":
        print('{{"type": "%s"}}' % {{"fit": "fitted", "predict": "predicted"}}[kind], flush=True)
    elif message["type"] == "stop":
        break
"""
FILE = """
[benchmark]
name = "apart"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.5
"""


class Bench:
    """A benchmark file with what lies beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home" / "bench"
        self.scratch = folder / "tmp"
        self.notes = folder / "told"
        for made in (self.folder, self.scratch, self.notes):
            made.mkdir(parents=True)
        (self.folder / "good.txt").write_text("good")
        (self.folder.parent / "near").mkdir()
        for name in ("good.txt", "bad.txt"):
            (self.folder.parent / "near" / name).write_text(name)

    def run(self, *taggers: str) -> Done:
        """Run taggers of the file, each an entry."""
        (self.folder / "apart.toml").write_text(FILE + "".join(f"[[taggers]]\n{dedent(one)}\n" for one in taggers))
        environment = {"ADRBENCH_DATA": str(self.folder), "TOLD": str(self.notes)}
        return adrbench(
            "run", "apart.toml", "--results", "out", "--limit", "30", environment=environment, folder=self.folder
        )

    def told(self, name: str) -> dict[str, Any]:
        """What a tagger has said about its place."""
        told: dict[str, Any] = json.loads((self.notes / name).read_text())
        return told


@pytest.fixture
def bench(tmp_path: Path, install: Any, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench with the tagger ``curious`` installed."""
    file = install("curious", "curious_tagger", SOURCE, "[adrbench.taggers]\ncurious = curious_tagger:plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(file.parent))
    bench = Bench(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(bench.scratch))
    return bench


def test_a_cell_works_in_a_folder_of_its_own_which_goes_with_it(bench: Bench) -> None:
    """It is empty; results, benchmark file, corpora and their cache are not near, and nothing is left in the end."""
    done = bench.run('id = "c"\nuse = "curious"')
    assert done.returncode == 0, done.stderr
    told = bench.told("curious")
    assert Path(told["cwd"]).is_relative_to(bench.scratch)
    assert Path(told["cwd"]) != Path(told["scratch"])
    assert told["there"] == ["left.txt"]
    assert told["cache"] is False
    assert "ADRBENCH_DATA" not in told["seen"]
    near = [value for name, value in told["seen"].items() if name != "ADRBENCH_CHECKPOINTS"]
    assert not any(str(bench.folder) in str(value) for value in (*near, told["path"]))
    assert sorted(path.name for path in bench.folder.iterdir()) == ["apart.toml", "good.txt", "out"]
    assert not list(bench.scratch.iterdir())


def test_relative_paths_start_at_the_benchmark_file(bench: Bench) -> None:
    """A tagger is given their full paths; a program too, as arguments and as files."""
    program = bench.folder / "tag.py"
    program.write_text(PROGRAM.lstrip().format(python=sys.executable))
    program.chmod(0o755)
    done = bench.run(
        'id = "c"\nuse = "curious"\nparams = { file = "../near/bad.txt" }',
        'id = "p"\nuse = "command"\nparams = { command = ["./tag.py", "good.txt", "plain"], files = ["../near"] }',
    )
    assert done.returncode == 0, done.stderr
    assert Path(bench.told("curious")["file"]).samefile(bench.folder.parent / "near" / "bad.txt")
    told = bench.told("program")
    assert Path(told["argv"][0]).samefile(program)
    assert Path(told["argv"][1]).samefile(bench.folder / "good.txt")
    assert told["argv"][2] == "plain"
    assert Path(told["files"][0]).samefile(bench.folder.parent / "near")
    assert told["there"] == []
    # What is stored names no folder of this machine.
    params = {cell.tagger: cell.params for cell in stored.cells(bench.folder / "out")}
    assert params["c"]["file"] == "../near/bad.txt"


def test_a_study_chooses_among_relative_paths(bench: Bench) -> None:
    """The chosen value is stored as the file has it, and the journal is kept with the results."""
    choices = '["../near/bad.txt", "../near/good.txt", "good.txt"]'
    done = bench.run(
        f"""
        id = "s"
        use = "curious"
        [taggers.tune]
        trials = 4
        sampler = "grid"
        [taggers.tune.space]
        file = {choices}
        """
    )
    assert done.returncode == 0, done.stderr
    [cell] = stored.cells(bench.folder / "out")
    assert cell.tuned is not None
    assert cell.tuned.params["file"] in json.loads(choices)
    assert {trial.params["file"]: trial.state for trial in cell.tuned.trials} == dict.fromkeys(
        json.loads(choices), "complete"
    )
    assert [path.name for path in (bench.folder / "out" / "studies").iterdir()] == [f"{cell.key}.log"]
