"""A tagger fitted on all documents: under the conditions of a cell, whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, adrbench

import adrbench as package
from adrbench.datasets.adr_mini import AdrMini, AdrMiniParams
from adrbench.errors import InputError
from adrbench.results.kept import read_facts
from adrbench.results.schema import TaggerRecord
from adrbench.results.store import Store

# Keeps what it was given; fails, or cannot run, where it is told to.
PROBE = """
import json
from dataclasses import dataclass
from adrbench.api import IntRange, Span, TaggerPlugin, Unavailable

@dataclass(frozen=True)
class Params:
    way: str = ""
    depth: int = 1

class Probe:
    def __init__(self, params):
        self.params = params

    def fit(self, train, context):
        if self.params.way == "fails":
            print("the last words")
            raise ValueError("no luck")
        if self.params.way == "lacks":
            raise Unavailable("no weights")
        self.seen = {
            "train": sorted(a.document.id for a in train),
            "words": sum(len(a.document.tokens) for a in train),
            "unlabelled": len(context.unlabelled),
            "labels": context.labels,
            "seed": context.seed,
            "threads": context.threads,
            "device": context.device,
            "grouped": context.grouped,
            "scores": context.scores,
            "depth": self.params.depth,
        }

    def predict(self, documents):
        score = 0.5 if self.seen["scores"] else None
        return [[Span(0, 1, self.seen["labels"][0], score=score)] for document in documents]

    def save(self, folder):
        (folder / "seen.json").write_text(json.dumps(self.seen))

    @classmethod
    def load(cls, folder):
        probe = cls(Params())
        probe.seen = json.loads((folder / "seen.json").read_text())
        return probe

def missing(params, offline):
    return "needs a moon" if params.way == "missing" else None

plugin = TaggerPlugin(name="probe", family="p", version="1", params=Params, implementation="probe:Probe",
                      missing=missing, space={"depth": IntRange(1, 4)})
"""
BENCHMARK = """
[benchmark]
name = "try"
seed = 5
[[datasets]]
use = "adr-mini"
labels = ["ADR", "DRUG"]
[[splits]]
kind = "random"
folds = 2
[[splits]]
kind = "grouped"
folds = 2
[[taggers]]
id = "probe"
use = "probe"
[[taggers]]
id = "terms"
use = "dictionary"
[[taggers]]
id = "grid"
use = "probe"
[taggers.grid]
depth = [2, 3]
[[taggers]]
id = "tuned"
use = "probe"
[taggers.tune]
trials = 2
"""


class Bench:
    """A benchmark file, its results, and a place for kept taggers."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.file = folder / "try.toml"
        self.file.write_text(BENCHMARK)
        self.site = site

    def __call__(self, *arguments: str) -> Done:
        return adrbench(*arguments, environment={"PYTHONPATH": str(self.site)}, folder=self.folder)

    def fit(self, tagger: str, *options: str, out: str = "kept") -> Done:
        return self("fit", str(self.file), "--tagger", tagger, "--out", out, *options)

    def entry(self, text: str) -> None:
        self.file.write_text(self.file.read_text() + "[[taggers]]\n" + text)

    def record(self, out: str = "kept") -> TaggerRecord:
        return read_facts(self.folder / out)

    def seen(self, out: str = "kept") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / out / "model/seen.json").read_text())
        return found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, on the Python path, is an installed distribution with the probe."""
    site = tmp_path_factory.mktemp("probe")
    (site / "probe.py").write_text(PROBE)
    info = site / "adrbench_probe-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: adrbench-probe\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[adrbench.taggers]\nprobe = probe:plugin\n")
    return site


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, site: Path) -> Bench:
    """A benchmark that was run, with the models of its cells."""
    bench = Bench(tmp_path_factory.mktemp("measured"), site)
    done = bench("run", str(bench.file), "--only", "probe", "--only", "terms", "--keep-models")
    assert done.returncode == 0, done.stderr
    return bench


@pytest.fixture
def bench(tmp_path: Path, site: Path) -> Bench:
    """A benchmark without results."""
    return Bench(tmp_path, site)


def test_it_learns_from_all_documents_under_the_conditions_of_a_cell(measured: Bench) -> None:
    """Seed, labels, threads, words and device are those of the grouped cells; nothing is kept from it."""
    done = measured.fit("probe", out="probe")
    assert done.returncode == 0, done.stderr
    store = Store(measured.folder / "runs/try")
    [section] = [s for s in store.read_plan().sections if s.split == "grouped"]
    [row] = [row for row in section.rows if row.tagger == "probe"]
    cell = measured.seen(f"runs/try/models/{row.cells[0]}")
    seen = measured.seen("probe")
    assert seen["train"] == sorted(record.id for record in AdrMini().load(AdrMiniParams(), None, offline=True).records)
    same = ("labels", "seed", "threads", "device", "grouped")
    assert {name: seen[name] for name in same} == {name: cell[name] for name in same}
    assert (seen["seed"], seen["grouped"], seen["scores"]) == (5, True, True)
    measured.fit("probe", "--split", "random", "--no-scores", out="plain")
    assert (measured.seen("plain")["grouped"], measured.seen("plain")["scores"]) == (False, False)
    assert not measured.record("plain").scores


def test_the_folder_says_what_it_is(measured: Bench) -> None:
    """The record has figures and costs of the results; the card shows them, and the output the time beside."""
    done = measured.fit("terms", out="terms")
    record = measured.record("terms")
    assert record.training is not None
    assert (record.training.split, record.training.fold, record.training.documents) == (None, None, 828)
    assert (record.benchmark, record.tagger, record.use) == ("try", "terms", "dictionary")
    assert (record.labels, record.words, record.unit, record.scores) == (
        ("ADR", "DRUG"),
        "punctuation",
        "sentence",
        True,
    )
    rows = {
        (r.split, r.label): r
        for r in package.Results(measured.folder / "runs/try")
        if r.tagger == "terms" and r.label in {"micro", *record.labels}
    }
    assert {(m.split, m.label): (m.f1, m.f1_low, m.folds) for m in record.measured} == {
        key: (row.f1, row.f1_low, row.folds) for key, row in rows.items()
    }
    assert len(record.measured) == 6
    assert record.costs is not None
    assert record.predicted_fit_seconds
    assert "were predicted" in done.stdout
    f1 = rows["grouped", "micro"].f1
    assert f1 is not None
    assert f"F1 {100 * f1:.1f}" in done.stdout
    assert "over 2 folds of the split grouped" in done.stdout
    card = (measured.folder / "terms/README.md").read_text()
    assert f"| grouped | micro | {100 * (rows['grouped', 'micro'].precision or 0):.1f} |" in card
    assert "all documents: 828 documents" in card


def test_a_new_process_loads_it(measured: Bench) -> None:
    """It answers as a tagger does that was fitted on the same documents here."""
    measured.fit("terms", out="fresh")
    records = AdrMini().load(AdrMiniParams(), None, offline=True).records
    texts, spans = [r.text for r in records], [r.spans for r in records]
    groups = [r.group for r in records]
    here = package.tagger("dictionary", seed=5, unit="sentence", scores=True).fit(texts, spans, groups=groups)
    program = (
        "import adrbench, json, sys; t = adrbench.load(sys.argv[1]);"
        "print(json.dumps([[s.to_list() for s in spans] for spans in t.predict(json.load(sys.stdin))]))"
    )
    command = [sys.executable, "-c", program, str(measured.folder / "fresh")]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads(
        json.dumps([[span.to_list() for span in spans] for spans in here.predict(texts)])
    )


def test_a_point_of_a_grid_is_named_by_its_id(bench: Bench) -> None:
    """The id of the tagger alone is an error that lists the points."""
    done = bench.fit("grid")
    assert done.returncode == 2
    assert "'grid' has a grid of 2 rows; name one of them: grid[depth=2], grid[depth=3]" in done.stderr
    assert "did you mean 'grid[depth=3]'?" in bench.fit("grid[depth=4]").stderr
    assert bench.fit("grid[depth=3]").returncode == 0
    assert (bench.seen()["depth"], bench.record().params["depth"]) == (3, 3)
    assert bench.record().tagger == "grid[depth=3]"


def test_a_tuned_tagger_searches_anew(bench: Bench) -> None:
    """The study is of all documents, the record has it, and its parameters are those of the fit."""
    done = bench.fit("tuned")
    assert "searches its parameters anew, on all documents: 2 trials" in done.stdout
    record = bench.record()
    assert record.tuned is not None
    assert len(record.tuned.trials) == 2
    assert record.params["depth"] == record.tuned.params["depth"] == bench.seen()["depth"]


@pytest.mark.parametrize(
    ("way", "code", "reason"),
    [
        ("fails", 3, "failed: ValueError: no luck"),
        ("lacks", 4, "skipped: no weights"),
        ("missing", 4, "cannot be fitted here: needs a moon"),
    ],
)
def test_a_tagger_that_cannot_be_fitted_leaves_nothing(bench: Bench, way: str, code: int, reason: str) -> None:
    """Its reason is told, with the last lines of its output."""
    bench.entry(f'id = "bad"\nuse = "probe"\nparams = {{ way = "{way}" }}\n')
    before = sorted(bench.folder.iterdir())
    done = bench.fit("bad")
    assert (done.returncode, reason in done.stderr) == (code, True), done.stderr
    assert "Nothing was kept in kept" in done.stderr
    assert ("the last words" in done.stderr) == (way == "fails")
    assert sorted(bench.folder.iterdir()) == before


def test_what_stands_in_the_folder_is_not_replaced(bench: Bench) -> None:
    """Neither a file, nor a folder of something else; a kept tagger only if it is to be."""
    (bench.folder / "file").write_text("mine")
    (bench.folder / "full").mkdir()
    (bench.folder / "full/thesis.txt").write_text("mine")
    for out in ("file", "full", "file/below"):
        done = bench.fit("terms", "--overwrite", out=out)
        assert done.returncode == 2, done.stdout
    assert (bench.folder / "full/thesis.txt").read_text() == "mine"
    assert bench.fit("probe").returncode == 0
    refused = bench.fit("terms")
    assert (refused.returncode, "--overwrite" in refused.stderr) == (2, True)
    assert bench.record().use == "probe"
    assert bench.fit("terms", "--overwrite").returncode == 0
    assert bench.record().use == "dictionary"
    assert sorted(path.name for path in bench.folder.iterdir()) == ["file", "full", "kept", "try.toml"]


def test_figures_of_something_else_are_not_kept(measured: Bench, tmp_path: Path) -> None:
    """Of another corpus, of other parameters, of no such row: it says so."""
    bench = Bench(tmp_path, measured.site)
    results = str(measured.folder / "runs/try")
    assert "it has no figures of tuned on adr-mini" in bench.fit("tuned", "--results", results, out="a").stdout
    text = bench.file.read_text()
    bench.file.write_text(text.replace('id = "terms"\nuse = "dictionary"', 'id = "terms"\nuse = "probe"'))
    done = bench.fit("terms", "--results", results, out="b")
    assert "its figures are of another terms: other version or parameters" in done.stdout
    bench.file.write_text(text.replace('labels = ["ADR", "DRUG"]', 'labels = ["ADR"]'))
    done = bench.fit("terms", "--results", results, out="c")
    assert "its figures are of another adr-mini" in done.stdout
    assert [bench.record(out).measured for out in "abc"] == [()] * 3
    assert "no results folder" in bench.fit("terms", "--results", str(tmp_path), out="d").stderr.replace("not a", "no")


def test_the_interpreter_of_a_row_is_recorded(bench: Bench) -> None:
    """What was installed there stands in the record and in a file that pip reads."""
    bench.entry(f'id = "other"\nuse = "dictionary"\npython = "{sys.executable}"\n')
    done = bench.fit("other")
    assert done.returncode == 0, done.stderr
    record = bench.record()
    assert record.own_interpreter
    assert record.environment is not None
    lines = (bench.folder / "kept/requirements.txt").read_text().splitlines()
    assert f"numpy=={record.environment.packages['numpy']}" in lines
    assert "requirements.txt" in (bench.folder / "kept/README.md").read_text()
    facts = bench.folder / "kept/tagger.json"
    facts.write_text(facts.read_text().replace('"dictionary"', '"elsewhere"'))
    with pytest.raises(InputError, match=r"load it in an environment with what .*requirements\.txt lists"):
        package.load(bench.folder / "kept")


def test_the_test_part_of_a_release_is_learnt_from(bench: Bench) -> None:
    """And it says so, on the screen and on the card."""
    release = bench.folder / "release"
    release.mkdir()
    for part, drug in (("train", "Aspirin"), ("dev", "Codeine"), ("test", "Ibuprofen")):
        (release / f"{part}.conll").write_text(f"{drug} B-DRUG\nhelps O\n\nIt O\nhelps O\n\n")
    bench.file.write_text(
        '[benchmark]\nname = "parts"\n[[datasets]]\nuse = "conll"\npath = "release"\nname = "mine"\n'
        '[[splits]]\nkind = "provided"\n[[taggers]]\nid = "terms"\nuse = "dictionary"\n'
    )
    done = bench.fit("terms")
    assert "the test part of the release is learnt from too" in done.stdout
    record = bench.record()
    assert record.training is not None
    assert record.training.parts == {"dev": 2, "test": 2, "train": 2}
    assert record.training.words == "format"
    assert "the test part is learnt from too" in (bench.folder / "kept/README.md").read_text()
    assert package.load(bench.folder / "kept").predict(["Ibuprofen"]) != [[]]


def test_no_stand_in_is_learnt_from(bench: Bench) -> None:
    """A corpus that cannot be had is an error; of several corpora one must be named."""
    text = bench.file.read_text()
    bench.file.write_text(
        text.replace('use = "adr-mini"', 'use = "conll"\npath = "nowhere"\nname = "gone"\nstand_in = "adr-mini"')
    )
    done = bench.fit("terms")
    assert done.returncode == 2
    assert not (bench.folder / "kept").exists()
    bench.file.write_text(text.replace("[[splits]]", '[[datasets]]\nuse = "adr-mini"\nname = "again"\n[[splits]]', 1))
    assert "the benchmark file has 2 corpora; name one: adr-mini, again" in bench.fit("terms").stderr
    assert "did you mean 'again'?" in bench.fit("terms", "--dataset", "agan").stderr
    assert bench.fit("terms", "--dataset", "again").returncode == 0


def test_it_is_a_call_from_python(measured: Bench) -> None:
    """With the record of what was kept, and the time of the fit."""
    file = measured.folder / "terms.toml"
    head, _, _ = BENCHMARK.partition("[[taggers]]")
    file.write_text(f'{head}[[taggers]]\nid = "terms"\nuse = "dictionary"\n')
    done = package.fit(file, "terms", measured.folder / "called", results=measured.folder / "runs/try")
    assert done.record == read_facts(done.folder)
    assert done.record.measured
    assert done.seconds == (done.record.costs and done.record.costs.seconds["fit"])
    assert package.load(done.folder).record == done.record
