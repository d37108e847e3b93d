"""What of adrbench's own code is part of a cell's key: plans made by a copy of the package, edited and not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import adrbench

BENCHMARK = """
[benchmark]
name = "keys"

[[datasets]]
use = "adr-mini"

[[splits]]
kind = "random"
folds = 2

[[taggers]]
id = "dictionary"
use = "dictionary"

[[taggers]]
id = "program"
use = "command"
params = { command = ["python"] }

[[taggers]]
id = "tuned"
use = "dictionary"
[taggers.tune]
trials = 2
"""
# In a process of its own, for the copy is imported there. Edits are undone one by one.
PROGRAM = """
import json, sys
from pathlib import Path

import adrbench
from adrbench.config import read_benchmark
from adrbench.plugins.registry import Registry
from adrbench.running.options import Options
from adrbench.running.plan import make_plan
from adrbench.running.prepare import prepare

benchmark = read_benchmark(Path(sys.argv[1]), Registry())
first = prepare(benchmark, Options(), None, lambda name: None, Registry())
root = Path(adrbench.__file__).parent
for place, old, new in json.loads(sys.argv[2]):
    source = (root / place).read_text()
    assert not old or source.count(old), (place, old)
    (root / place).write_text(source.replace(old, new) if old else source + new)
    plan = make_plan(benchmark, first.corpora, first.splits, Registry())
    (root / place).write_text(source)
    print(json.dumps({row.tagger: [cell.key for cell in row.cells] for row in plan.rows}))
"""
NOTHING = ("errors.py", "", "")
SAME = {
    "a comment": ("api/bio.py", "", "# A comment.\n"),
    "a docstring": ("api/bio.py", '"""Tag each token.', '"""Give each token a tag.'),
    "layout": ("api/bio.py", '["O"] * len(tokens)', '(\n        [ "O" ]*len(tokens)\n    )'),
    "how processes end": ("running/_cell.py", "os.killpg(os.getpid(), signal.SIGKILL)", "os._exit(1)"),
    "how a cell is metered": ("running/_costs.py", "", "\nMORE = 1\n"),
    "a report": ("reporting/tables.py", "", "\nMORE = 1\n"),
    "the executor": ("running/executors/local.py", "", "\nMORE = 1\n"),
    "where a cell works": ("running/_jobs.py", "with_full_paths(expand(self._params(row, cell)), self._folder)", "{}"),
    "where checkpoints are kept": ("_system/paths.py", 'cache_folder() / "pretraining"', "cache_folder()"),
}
OTHER = {
    "encode": ("api/bio.py", "if not covered or any(", "if not covered and any("),
    "decode": ("api/bio.py", "and name == label", "or name == label"),
    "the order of spans": ("api/text.py", "slots=True, order=True", "order=True"),
    "words": ("datasets/text/tokens.py", "", "\nMORE = 1\n"),
    "the holdout": ("api/_holdout.py", "random.Random(seed)", "random.Random(seed + 1)"),
    "how answers are checked": ("running/_answers.py", "sorted(set(spans))", "sorted(spans)"),
    "which gold is given": ("running/_material.py", "in wanted}", "not in wanted}"),
}
PART = {
    "program": ("plugins/command/tagger.py", "", "\nMORE = 1\n"),
    "tuned": ("running/tuning/_holdout_objective.py", '["micro"]', '["macro"]'),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """For each edit the keys of every tagger's cells."""
    folder = tmp_path_factory.mktemp("keys")
    # The path of a checkout is no part of a key either.
    copy = folder / "elsewhere" / "adrbench"
    shutil.copytree(Path(adrbench.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "keys.toml").write_text(BENCHMARK)
    edits = {"nothing": NOTHING, **SAME, **OTHER, **PART}
    command = [sys.executable, "-c", PROGRAM, str(folder / "keys.toml"), json.dumps(list(edits.values()))]
    environment = {**os.environ, "PYTHONPATH": str(copy.parent)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return dict(zip(edits, map(json.loads, told.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("edit", SAME)
def test_what_shapes_no_answer_changes_no_key(keys: dict[str, dict[str, list[str]]], edit: str) -> None:
    """Comments, docstrings, layout; and all that only watches a cell or shows it."""
    assert keys[edit] == keys["nothing"]


@pytest.mark.parametrize("edit", OTHER)
def test_what_shapes_answers_changes_every_key(keys: dict[str, dict[str, list[str]]], edit: str) -> None:
    """What a tagger is given, and how its answers are read."""
    for tagger, before in keys["nothing"].items():
        assert not set(before) & set(keys[edit][tagger])


@pytest.mark.parametrize("part", PART)
def test_what_some_taggers_rest_on_changes_their_keys(keys: dict[str, dict[str, list[str]]], part: str) -> None:
    """The ``command`` tagger; tuning where it is asked for."""
    changed = {tagger for tagger, before in keys["nothing"].items() if keys[part][tagger] != before}
    assert changed == {part}


def test_two_taggers_share_no_key(keys: dict[str, dict[str, list[str]]]) -> None:
    """Every cell has its own."""
    names = [name for cells in keys["nothing"].values() for name in cells]
    assert len(set(names)) == len(names) == 6
