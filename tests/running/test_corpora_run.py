"""Runs on corpora with hard gold, official parts and missing files: what taggers are given, and what is scored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import stored
from command_line import Done, adrbench

PROBE = '''
"""A tagger that finds what it has learnt word for word, and tells what it was given."""

from dataclasses import dataclass

from adrbench.api import Span, TaggerPlugin


@dataclass(frozen=True)
class Params:
    """None."""


class Probe:
    def __init__(self, params):
        pass

    def fit(self, train, context):
        kept, held = context.holdout(train, 0.5)
        self.seen = {"train": len(train), "development": len(context.development), "kept": len(kept), "held": len(held)}
        self.seen["broken"] = sum(bool(s.parts) for a in (*train, *context.development) for s in a.spans)
        self.terms = {a.document.text[s.start : s.end]: s.label for a in train for s in a.spans}

    def predict(self, documents):
        found = []
        for d in documents:
            places = [(d.text.find(term), term) for term in self.terms]
            found.append([Span(at, at + len(term), self.terms[term]) for at, term in places if at >= 0])
        return found

    def facts(self):
        return self.seen


plugin = TaggerPlugin("probe", "probe", "1", Params, "probe:Probe")
'''
TAGGER = '[[taggers]]\nid = "probe"\nuse = "probe"\n'
PARTS = [("train", 4), ("dev", 2), ("test", 3)]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, on the Python path, is an installed distribution."""
    site = tmp_path_factory.mktemp("site")
    (site / "probe.py").write_text(PROBE)
    info = site / "probe-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[adrbench.taggers]\nprobe = probe:plugin\n")
    return site


class Bench:
    """A benchmark file with its results, and the command line."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str | None] = {"PYTHONPATH": str(site), "ADRBENCH_DATA": None}

    def lines(self, name: str, *records: dict[str, Any]) -> str:
        """A corpus of these records; its entry in the benchmark file."""
        text = "".join(json.dumps(record) + "\n" for record in records)
        (self.folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        return f'[[datasets]]\nuse = "jsonl"\nname = "{name}"\npath = "{name}.jsonl"\n'

    def command(self, *arguments: str) -> Done:
        """The command as a user gives it; cells are processes."""
        return adrbench(*arguments, environment=self.environment)

    def run(self, body: str, *options: str) -> Done:
        """Run a benchmark with this body."""
        file = self.folder / "b.toml"
        file.write_text(f'[benchmark]\nname = "b"\n{body}{TAGGER}', encoding="utf-8")
        return self.command("run", str(file), "--offline", "--results", str(self.folder / "results"), *options)

    def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The leaderboard by dataset and split."""
        done = self.command("leaderboard", str(self.folder / "results"), "--format", "json")
        assert done.returncode == 0, done.stderr
        return {(row["dataset"], row["split"]): row for row in json.loads(done.stdout) if row["label"] == "micro"}

    def facts(self) -> list[Mapping[str, int]]:
        """What the taggers of all cells were given."""
        return [cell.costs.facts for cell in stored.cells(self.folder / "results") if cell.costs is not None]


@pytest.fixture
def bench(tmp_path: Path, site: Path) -> Bench:
    """A benchmark in a folder of its own."""
    return Bench(tmp_path, site)


def document(name: str, text: str, *spans: list[Any], **more: Any) -> dict[str, Any]:
    """A record of a corpus in JSON lines."""
    keys = ("start", "end", "label", "parts")
    return {"id": name, "text": text, "spans": [dict(zip(keys, s, strict=False)) for s in spans], **more}


def official() -> list[dict[str, Any]]:
    """Nine documents with the parts of their release; every test document repeats a mention of the training part."""
    return [
        document(f"{part}{i}", f"rash number {i} in {part}", [0, 4, "ADR"], parts=[part])
        for part, count in PARTS
        for i in range(count)
    ]


PROVIDED = '[[splits]]\nkind = "provided"\n'


def test_the_release_s_own_parts(bench: Bench) -> None:
    """One fold; the development part is the holdout; the interval of one fold is a bootstrap, and says so."""
    done = bench.run(bench.lines("own", *official()) + PROVIDED)
    assert done.returncode == 0, done.stderr
    assert bench.facts() == [{"train": 4, "development": 2, "kept": 4, "held": 2, "broken": 0}]
    row = bench.rows()["own", "provided"]
    assert (row["f1"], row["folds_planned"], row["interval"], row["support"]) == (1.0, 1, "bootstrap", 3)
    assert "own · provided · 1 fold · all gold" in done.stdout
    assert "One fold: the interval is a bootstrap" in done.stdout


def test_development_text_may_be_learnt_from(bench: Bench) -> None:
    """Then there is no development part, and a holdout of training does."""
    bench.run(bench.lines("own", *official()) + PROVIDED + 'development = "train"\n')
    assert bench.facts() == [{"train": 6, "development": 0, "kept": 3, "held": 3, "broken": 0}]


HARD = [
    document("train1", "pain in foot and knee", [0, 21, "ADR", [[0, 7], [17, 21]]], parts=["train"]),
    document("train2", "rash", [0, 4, "ADR"], parts=["train"]),
    document("test1", "pain in foot and knee", [0, 21, "ADR", [[0, 7], [17, 21]]], parts=["test"]),
    document("test2", "a rash", [2, 6, "ADR"], parts=["test"]),
]


def test_what_flat_spans_cannot_say_is_a_miss_unless_declared(bench: Bench) -> None:
    """The same cell, judged twice: by all gold and by the flat gold; both headers say which."""
    corpus = bench.lines("all", *HARD)
    flat = '[[datasets]]\nuse = "jsonl"\nname = "flat"\npath = "all.jsonl"\ngold = "flat"\n'
    done = bench.run(corpus + flat + PROVIDED)
    assert done.returncode == 0, done.stderr
    rows = bench.rows()
    assert len(bench.facts()) == 1
    assert bench.facts()[0]["broken"] == 0
    assert (rows["flat", "provided"]["f1"], rows["flat", "provided"]["gold"]) == (1.0, "flat")
    # Of two predictions one is the cover of a mention in two stretches: wrong, and the mention is missed.
    assert (rows["all", "provided"]["f1"], rows["all", "provided"]["gold"]) == (0.5, "all")
    assert "scored against the flat gold" in done.stdout
    assert "scored against all gold" in done.stdout
    assert "1 of 2 test documents has the same text in the training part" in done.stdout


def test_a_corpus_that_is_not_at_hand_is_left_out(bench: Bench) -> None:
    """With its reason, in the run and in the leaderboard; --strict makes it an error; alone it is one anyway."""
    missing = '[[datasets]]\nuse = "cadec"\n'
    done = bench.run(bench.lines("own", *official()) + missing + PROVIDED)
    assert done.returncode == 0, done.stderr
    assert "cadec: left out: cadec: ADRBENCH_DATA is not set" in done.stdout
    assert (
        "cadec: left out: cadec:"
        in bench.command("leaderboard", str(bench.folder / "results"), "--format", "markdown").stdout
    )
    strict = bench.run(bench.lines("own", *official()) + missing + PROVIDED, "--strict")
    assert strict.returncode == 2
    alone = bench.run(missing + PROVIDED)
    assert alone.returncode == 2
    assert "CSIRO" in alone.stderr


@pytest.mark.slow  # a run of many cells
def test_one_corpus_of_several(bench: Bench) -> None:
    """Measured one after the other, both stand in the leaderboard."""
    body = bench.lines("one", *official()) + bench.lines("two", *HARD) + PROVIDED
    for name in ("one", "two"):
        assert bench.run(body, "--datasets", name).returncode == 0
    assert {dataset for dataset, _ in bench.rows()} == {"one", "two"}
    wrong = bench.run(body, "--datasets", "tow")
    assert wrong.returncode == 2
    assert "did you mean 'two'" in wrong.stderr


@pytest.mark.slow  # a run of many cells
def test_a_corpus_without_official_parts(bench: Bench) -> None:
    """Beside another split it is left out with its reason; --folds on it alone is an error."""
    plain = [{**record, "parts": []} for record in official()]
    body = bench.lines("plain", *plain) + PROVIDED
    done = bench.run(body + '[[splits]]\nkind = "random"\nfolds = 3\nrepeats = 2\n')
    assert done.returncode == 0, done.stderr
    assert "plain provided: left out: plain, split 'provided': the corpus comes without a split" in done.stdout
    assert len(bench.facts()) == 6
    alone = bench.run(body)
    assert (alone.returncode, "without a split of its own" in alone.stderr) == (2, True)
    folds = bench.run(body, "--folds", "2")
    assert (folds.returncode, "--folds" in folds.stderr) == (2, True)
