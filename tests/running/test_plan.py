"""Rows and cells of a benchmark: what makes a cell the same cell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from adrbench._system.hashing import FileHashes
from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.config import Benchmark
from adrbench.config._read import check_benchmark
from adrbench.datasets.corpus import Corpus, prepare
from adrbench.datasets.filters import Filters
from adrbench.datasets.splits import Item, Recipe, make_split
from adrbench.plugins.registry import Registry
from adrbench.running.plan import Plan, make_plan

INFO = DatasetInfo("toy", "1", "CC0", "nobody", labels=("ADR",))


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan as on a machine without a GPU, wherever this runs."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def corpus(*, unlabelled: bool = False, word: str = "rash") -> Corpus:
    """Ten documents of five groups."""
    records = tuple(Record(f"d{i}", f"{word} {i}", (Span(0, 4, "ADR"),), f"g{i // 2}") for i in range(10))
    more = (Record("u", "more", (), "u"),) if unlabelled else ()
    return prepare(Reading(INFO, records, "here", {}, more), Filters())


def benchmark(
    folder: Path, *taggers: dict[str, Any], seed: int = 13, kinds: tuple[str, ...] = ("random",)
) -> Benchmark:
    """A benchmark of these taggers."""
    raw = {
        "benchmark": {"name": "toy", "seed": seed},
        "datasets": [{"use": "adr-mini", "name": "toy"}],
        "splits": [{"kind": kind, "folds": 5} for kind in kinds],
        "taggers": [{"id": f"t{i}", "use": "echo", **tagger} for i, tagger in enumerate(taggers or ({},))],
    }
    return check_benchmark(raw, "toy.toml", folder, Registry())


def plan(what: Benchmark, of: Corpus | None = None, *, offline: bool = False) -> Plan:
    """Its plan on a corpus."""
    of = of or corpus()
    items = [Item(a.document.id, a.document.group) for a in of.documents]
    splits = {(of.name, s.label): make_split(items, Recipe(s.kind, s.folds, seed=s.seed), s.label) for s in what.splits}
    return make_plan(what, {of.name: of}, splits, Registry(), offline=offline)


def keys(what: Benchmark, of: Corpus | None = None) -> list[str]:
    """The keys of all its cells."""
    return [cell.key for _, cell in plan(what, of).cells()]


@pytest.mark.usefixtures("echo")
def test_the_plan_is_the_product(tmp_path: Path) -> None:
    """A row for each split and tagger, a cell for each fold, every key its own."""
    found = plan(benchmark(tmp_path, {}, {"params": {"layers": 3}}, kinds=("random", "grouped")))
    assert [(row.splits, row.tagger, len(row.cells)) for row in found.rows] == [
        ("random", "t0", 5),
        ("grouped", "t0", 5),
        ("random", "t1", 5),
        ("grouped", "t1", 5),
    ]
    cells = [cell for _, cell in found.cells()]
    assert len({cell.key for cell in cells}) == len(cells) == 20
    assert [cell.fold for cell in found.rows[0].cells] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("echo")
def test_a_grouped_split_of_single_documents_shares_the_cells_of_the_random_one(tmp_path: Path) -> None:
    """They are trained once."""
    records = tuple(Record(f"d{i}", f"rash {i}", (Span(0, 4, "ADR"),), f"g{i}") for i in range(10))
    alone = prepare(Reading(INFO, records, "here", {}), Filters())
    found = plan(benchmark(tmp_path, kinds=("random", "grouped")), alone)
    random, grouped = ([cell.key for cell in row.cells] for row in found.rows)
    assert random == grouped


@pytest.mark.usefixtures("echo")
def test_cheap_families_come_first(tmp_path: Path) -> None:
    """Whatever the order in the file; within a family the file's order stays."""
    found = plan(benchmark(tmp_path, {"use": "costly"}, {"params": {"layers": 3}}, {}))
    assert [row.tagger for row in found.rows] == ["t1", "t2", "t0"]


@pytest.mark.usefixtures("echo")
def test_the_same_cell_has_the_same_key(tmp_path: Path) -> None:
    """The row's id, defaults that are spelled out, labels and needs do not make another cell."""
    expected = keys(benchmark(tmp_path))
    assert keys(benchmark(tmp_path)) == expected
    assert keys(benchmark(tmp_path, {"id": "other", "needs": ["hub"], "params": {"layers": 2}})) == expected
    (tmp_path / "moved").mkdir()
    assert keys(benchmark(tmp_path / "moved")) == expected
    assert keys(benchmark(tmp_path), replace(corpus(), origin="elsewhere", ledger=())) == expected


@pytest.mark.usefixtures("echo")
def test_another_cell_has_another_key(tmp_path: Path) -> None:
    """Corpus, unlabelled text, parameters, seed and kind of split each make others, in every fold."""
    known = set(keys(benchmark(tmp_path)))
    others = [
        keys(benchmark(tmp_path), corpus(word="itch")),
        keys(benchmark(tmp_path), corpus(unlabelled=True)),
        keys(benchmark(tmp_path), replace(corpus(), labels=("ADR", "DRUG"))),
        keys(benchmark(tmp_path, {"params": {"layers": 3}})),
        keys(benchmark(tmp_path, {"params": {"words": ["a"]}})),
        keys(benchmark(tmp_path, seed=14)),
        keys(benchmark(tmp_path, kinds=("grouped",))),
        keys(benchmark(tmp_path, {"use": "costly"})),
    ]
    for found in others:
        assert len(set(found) - known) == 5
        known |= set(found)


def test_other_code_makes_another_cell(tmp_path: Path, echo: Path) -> None:
    """An edit of the plugin's source changes every key, unless it is of a comment."""
    before = keys(benchmark(tmp_path))
    echo.write_text(echo.read_text() + "# changed\n")
    assert keys(benchmark(tmp_path)) == before
    echo.write_text(echo.read_text() + "CHANGED = True\n")
    assert not set(before) & set(keys(benchmark(tmp_path)))


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize(
    ("name", "place"), [("terms.txt", "terms.txt"), ("lists/terms", "lists/terms"), ("./lists", "lists/a")]
)
def test_a_file_counts_by_its_content(tmp_path: Path, name: str, place: str) -> None:
    """Other bytes in a file or folder that a parameter names make another cell; the same bytes again do not."""
    what = benchmark(tmp_path, {"params": {"source": name}})
    before = keys(what)
    (tmp_path / "lists").mkdir()
    file = tmp_path / place
    file.write_text("rash\n")
    first = keys(what)
    file.write_text("itch\n")
    second = keys(what)
    file.write_text("rash\n")
    assert len({tuple(before), tuple(first), tuple(second)}) == 3
    assert keys(what) == first


def test_only_what_looks_like_a_path_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name, punctuation, or text too long for a path is a value; the home folder is spelled out."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("bert", "a.txt"):
        (tmp_path / name).write_text("x")
    values = [
        "bert",
        ".",
        "..",
        "/",
        "./",
        "../..",
        "//",
        "a." * 1000,
        "x.y" * 90,
        "no/such",
        "package:a/b",
        "~nobody-here/a",
        "\0./a",
        "",
    ]
    assert FileHashes().named_in({"a": values, "b": {"c": [1, None]}}, tmp_path) == {}
    assert list(FileHashes().named_in({"a": ["a.txt", "~/bert"]}, tmp_path)) == ["a.txt", "~/bert"]


@pytest.mark.usefixtures("echo")
def test_what_a_tagger_needs_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU, or offline, a row is skipped with its reason; its cells are known all the same."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    what = benchmark(tmp_path, {"needs": ["cuda"]}, {"needs": ["hub"]}, {"needs": ["cuda", "hub"]}, {})
    assert [row.problem for row in plan(what, offline=True).rows] == [
        ("skipped", "needs a CUDA GPU; this machine shows none"),
        ("skipped", "needs the model hub; --offline forbids it"),
        ("skipped", "needs a CUDA GPU; this machine shows none"),
        None,
    ]
    assert plan(what).rows[1].problem is None
    assert all(len(row.cells) == 5 for row in plan(what).rows)


PLUGIN = """
from dataclasses import dataclass
from pathlib import Path
from adrbench.api import TaggerPlugin

@dataclass(frozen=True)
class Params:
    source: str = ""

def missing(params, offline):
    {missing}

class Tagger: pass

plugin = TaggerPlugin("odd", "f", "1", {params}, "odd_module:Tagger", requires={requires}, missing=missing)
"""


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"missing": "return 'no weights'"}, ("skipped", "no weights")),
        ({"missing": "return None if Path('here.txt').is_file() else 'lost'"}, None),
        (
            {"missing": "raise KeyError('weights')"},
            ("failed", "tagger 'odd' cannot say what it lacks: KeyError: 'weights'"),
        ),
        (
            {"requires": "('no_such_library_anywhere',)"},
            ("skipped", "needs no_such_library_anywhere: pip install 'odd'"),
        ),
        ({"params": "dict"}, ("failed", "builtins.dict: parameters must be a dataclass")),
    ],
)
def test_a_plugin_that_cannot_run_is_a_row_with_its_reason(
    tmp_path: Path, install: Any, parts: dict[str, str], problem: tuple[str, str] | None
) -> None:
    """What it lacks, or what is wrong with it, becomes the row's problem; the plan is made all the same."""
    source = dedent(PLUGIN).format(**{"missing": "return None", "params": "Params", "requires": "()", **parts})
    install("adrbench-odd", "odd_module", source, "[adrbench.taggers]\nodd = odd_module:plugin\n")
    (tmp_path / "here.txt").write_text("")
    [row] = plan(benchmark(tmp_path, {"use": "odd"})).rows
    assert row.problem == problem


def test_a_plugin_that_cannot_be_imported_is_a_row_without_cells(tmp_path: Path, install: Any) -> None:
    """It has failed, with the reason."""
    install("adrbench-odd", "odd_module", "raise OSError('no driver')", "[adrbench.taggers]\nodd = odd_module:plugin\n")
    [row] = plan(benchmark(tmp_path, {"use": "odd"})).rows
    assert row.cells == ()
    assert row.problem == ("failed", "tagger 'odd' (adrbench-odd) cannot be imported: OSError: no driver")
