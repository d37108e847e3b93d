"""Figures, intervals, states and costs, from stored predictions."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stored

from adrbench import Results
from adrbench.config import read_benchmark
from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.reporting.leaderboard_view import leaderboard_text
from adrbench.reporting.terminal import SafeConsole
from adrbench.results.leaderboard import Row, leaderboard
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.store import Store
from adrbench.scoring.statistics.kinds import INTERVALS, IntervalKind

if TYPE_CHECKING:
    from tests.results.leaderboard.conftest import Results as Toy

GOLD_OF_D1 = [(0, 4, "ADR"), (5, 9, "DRUG")]
OUT: dict[str, Any] = {"costs": stored.costs(seconds={}, cpu_seconds={})}


def row(store: Store, tagger: str, label: str = "micro", kind: IntervalKind = "t") -> Row:
    """A row of the leaderboard."""
    [found] = [row for row in leaderboard(store, Registry(), kind).rows if (row.tagger, row.label) == (tagger, label)]
    return found


def test_figures_are_means_over_folds(results: Toy) -> None:
    """As worked out by hand: 2 of 4 gold spans with 3 predictions in one fold, everything in the other."""
    results.measured("a")
    store = results.plan()
    micro, adr, drug = (row(store, "a", label) for label in ("micro", "ADR", "DRUG"))
    assert (micro.status, micro.reason, micro.folds, micro.folds_planned) == ("ok", "", 2, 2)
    assert (micro.precision, micro.recall) == pytest.approx(((2 / 3 + 1) / 2, (1 / 2 + 1) / 2))
    assert micro.fold_f1 == pytest.approx((4 / 7, 1.0))
    assert micro.f1 == pytest.approx(11 / 14)
    assert (adr.f1, drug.f1) == pytest.approx(((2 / 3 + 1) / 2, 1 / 2))
    assert (micro.support, adr.support, drug.support) == (8, 6, 2)


def test_gold_without_a_prediction_is_missed(results: Toy) -> None:
    """A document that the cell says nothing about counts with all of its gold."""
    results.row("a")
    for fold in range(2):
        results.cell(f"a{fold}", fold, {})
    found = row(results.plan(), "a")
    assert (found.precision, found.recall, found.f1, found.support) == (0.0, 0.0, 0.0, 8)


@pytest.mark.parametrize(
    ("kind", "half"),
    [
        ("t", 12.7062 * math.sqrt(1 / 2)),
        ("z", 1.95996 * math.sqrt(1 / 2)),
        ("nadeau-bengio", 12.7062 * math.sqrt(1 / 2 + 1)),
    ],
)
def test_intervals_over_folds(results: Toy, kind: IntervalKind, half: float) -> None:
    """Mean plus and minus the quantile times the standard error, cut at 0 and 1, under its own name."""
    results.measured("a")
    found = row(results.plan(), "a", kind=kind)
    deviation = (1 - 4 / 7) / math.sqrt(2)
    assert found.f1_low == pytest.approx(max(0, 11 / 14 - half * deviation), abs=1e-4)
    assert found.f1_high == pytest.approx(min(1, 11 / 14 + half * deviation), abs=1e-4)
    assert found.interval == kind
    precision = (1 - 2 / 3) / math.sqrt(2)
    assert found.precision_low == pytest.approx(max(0, 5 / 6 - half * precision), abs=1e-4)
    recall = (1 - 1 / 2) / math.sqrt(2)
    assert found.recall_low == pytest.approx(max(0, 3 / 4 - half * recall), abs=1e-4)
    assert found.precision_high == found.recall_high == 1


@pytest.mark.parametrize("kind", ["bootstrap", "bca"])
def test_precision_and_recall_are_resampled_too(results: Toy, kind: IntervalKind) -> None:
    """Of every label, about the pooled figures; where all is right there is no width."""
    results.measured("a")
    store = results.plan()
    micro, drug = row(store, "a", kind=kind), row(store, "a", "DRUG", kind=kind)
    assert micro.precision_low is not None
    assert micro.precision_high is not None
    assert micro.precision_low < 6 / 7 < micro.precision_high
    assert micro.recall_low is not None
    assert micro.recall_high is not None
    assert micro.recall_low < 6 / 8 < micro.recall_high
    assert (drug.interval, drug.recall_low is not None) == (kind, True)


@pytest.mark.parametrize("splits", ["random", "grouped"])
def test_the_bootstrap_is_over_documents_or_groups(results: Toy, splits: str) -> None:
    """Its ends are figures of resamples: between 0 and 1, about the pooled F1, the same every time."""
    results.section |= {"split": splits, "grouped": splits == "grouped"}
    results.measured("a")
    store = results.plan()
    found = row(store, "a", kind="bootstrap")
    assert found.f1_low is not None
    assert found.f1_high is not None
    assert 0 <= found.f1_low < 2 * 6 / (8 + 7) < found.f1_high <= 1
    assert found.interval == "bootstrap"
    assert row(store, "a", kind="bootstrap") == found


@pytest.mark.parametrize("kind", INTERVALS)
def test_a_partial_row_has_figures_of_what_there_is(results: Toy, kind: IntervalKind) -> None:
    """One of two folds: figures, no interval over folds, no ties, and the reason says what is missing."""
    results.row("a")
    results.cell("a1", 1)
    found = row(results.plan(), "a", kind=kind)
    assert (found.status, found.folds, found.folds_planned, found.f1, found.ties) == ("pending", 1, 2, 1.0, "")
    assert found.reason == "1 of 2 folds measured; not run yet"
    assert (found.interval is None) == (kind not in {"bootstrap", "bca"})


@pytest.mark.parametrize("kind", INTERVALS)
def test_one_document_has_no_interval(results: Toy, kind: IntervalKind) -> None:
    """There is no spread to show, and that is no error: a live leaderboard can come to this."""
    results.folds = [["d1"], ["d0", "d2", "d3", "d4", "d5"]]
    results.store.write_split("toy-folds", stored.split(results.folds))
    results.row("a")
    results.cell("a0", 0, {"d1": GOLD_OF_D1})
    found = row(results.plan(), "a", kind=kind)
    assert (found.f1, found.f1_low, found.f1_high, found.interval) == (1.0, None, None, None)


def test_rows_that_were_not_measured_keep_their_reason(results: Toy) -> None:
    """Skipped, failed, timed out, not run yet, and a plugin that is broken: no figures, but a status and why."""
    results.row("skipped", problem=("skipped", "needs a CUDA GPU"))
    results.row("failed")
    results.cell("failed0", 0, status="timeout", reason="over 5 s", **OUT)
    results.cell("failed1", 1, status="failed", reason="ValueError: x", **OUT)
    results.row("timeout")
    results.cell("timeout0", 0, status="timeout", reason="over 5 s", **OUT)
    results.row("pending")
    results.row("broken", problem=("failed", "cannot be imported"), folds=0)
    store = results.plan()
    found = {name: row(store, name) for name in ("skipped", "failed", "timeout", "pending", "broken")}
    assert {name: (r.status, r.reason) for name, r in found.items()} == {
        "skipped": ("skipped", "needs a CUDA GPU"),
        "failed": ("failed", "ValueError: x"),
        "timeout": ("timeout", "over 5 s"),
        "pending": ("pending", "not run yet"),
        "broken": ("failed", "cannot be imported"),
    }
    assert all((r.f1, r.folds, r.cost.fit_seconds) == (None, 0, None) for r in found.values())


def test_why_it_cannot_run_here_wins_over_how_it_failed_elsewhere(results: Toy) -> None:
    """A cell that failed on another machine is shown as what this one makes of it; figures of either count."""
    results.row("a", problem=("skipped", "needs a CUDA GPU"))
    results.cell("a0", 0)
    results.cell("a1", 1, status="failed", reason="ValueError: x", **OUT)
    found = row(results.plan(), "a")
    assert (found.status, found.reason) == ("skipped", "1 of 2 folds measured; needs a CUDA GPU")
    assert found.f1 == pytest.approx(4 / 7)


def test_a_row_that_is_measured_needs_nothing(results: Toy) -> None:
    """Cells of another machine count in full where the tagger could not run."""
    results.measured("a")
    results.rows[0] = replace(results.rows[0], problem=("skipped", "needs a CUDA GPU"))
    assert (row(results.plan(), "a").status, row(results.plan(), "a").reason) == ("ok", "")


def test_costs_are_means_sums_and_peaks(results: Toy) -> None:
    """Times a fold as means, memory as the largest, imports and warm-up apart."""
    results.measured("a")
    cost = row(results.plan(), "a").cost
    assert (cost.fit_seconds, cost.predict_seconds, cost.total_seconds) == (2.5, 0.5, 6.0)
    assert (cost.cpu_seconds, cost.import_seconds) == (10.0, 1.5)
    assert (cost.documents_per_second, cost.tokens_per_second) == (6.0, 60.0)
    assert (cost.peak_memory_bytes, cost.peak_gpu_memory_bytes, cost.parameters) == (101 * 2**20, None, 1000)
    assert cost.machine == "one"


def test_costs_of_two_machines_are_not_mixed(results: Toy) -> None:
    """Then there are none, but the board names both machines, and the figures stay."""
    results.measured("a")
    results.cell("a1", 1, machine=stored.machine("two"))
    board = leaderboard(results.plan(), Registry())
    cost = board.rows[0].cost
    assert (cost.fit_seconds, cost.peak_memory_bytes, cost.machine, cost.parameters) == (None, None, None, 1000)
    assert sorted(board.machines) == ["one", "two"]
    assert board.rows[0].f1 == pytest.approx(11 / 14)


def test_published_figures_stand_beside_ours(results: Toy) -> None:
    """As fractions, in the row for all labels of that tagger and split; not beside a stand-in's."""
    figures = stored.published(tagger="a", f1=58.91, precision=59.02, source="Paper")
    results.published = [
        replace(figures, dataset="other", f1=1.5),
        figures,
        replace(figures, label="ADR", f1=12.5),
    ]
    results.measured("a")
    results.measured("b")
    store = results.plan()
    found = row(store, "a")
    assert (found.published_f1, found.published_precision) == pytest.approx((0.5891, 0.5902))
    assert (found.published_recall, found.published_source) == (None, "Paper")
    assert row(store, "a", "ADR").published_f1 == 0.125
    assert row(store, "b").published_f1 is row(store, "a", "DRUG").published_f1 is None


def test_ties_are_among_taggers_that_were_measured_in_full(results: Toy) -> None:
    """Two that predict the same share a letter; one that is partial has none."""
    results.measured("a")
    results.measured("b")
    results.row("c")
    results.cell("c0", 0)
    store = results.plan()
    assert [row(store, name).ties for name in "abc"] == ["a", "a", ""]


def test_rows_come_in_sections_best_first(results: Toy) -> None:
    """Rows without a figure stand last."""
    results.row("none")
    results.measured("a")
    results.row("best")
    for fold in range(2):
        results.cell(f"best{fold}", fold, {name: PERFECT[name] for name in results.folds[fold]})
    board = leaderboard(results.plan(), Registry())
    assert {key: [r.tagger for r in rows] for key, rows in board.sections().items()} == {
        ("toy", "random"): ["best", "a", "none"]
    }


PERFECT: dict[str, list[tuple[int, int, str]]] = {
    **{f"d{i}": [(0, 4, "ADR"), (5, 9, "DRUG")] for i in (0, 1)},
    **{f"d{i}": [(0, 4, "ADR")] for i in (2, 3, 4, 5)},
}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("plan.jsonl", r"no plan\.jsonl|plan\.jsonl: damaged: .*`adrbench run` writes it anew"),
        ("splits/toy-folds.jsonl", r"splits/toy-folds\.jsonl: (damaged|missing).*`adrbench run` writes it anew"),
        ("corpora/ffffffffffffffff.jsonl", r"ffffffffffffffff\.jsonl: (damaged|missing).*`adrbench run` writes it"),
        ("adrbench.json", "damaged"),
    ],
)
def test_a_damaged_piece_is_a_clear_error(results: Toy, file: str, message: str) -> None:
    """Truncated or gone, the file is named."""
    results.measured("a")
    store = results.plan()
    path = store.folder / file
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(StoreError, match=message):
        leaderboard(Store(store.folder), Registry())
    if file != "adrbench.json":
        path.unlink()
        with pytest.raises(StoreError, match=message):
            leaderboard(Store(store.folder), Registry())


@pytest.mark.parametrize("kept", [-10, 100])
def test_a_damaged_cell_is_called_damaged(results: Toy, kept: int) -> None:
    """No figure is shown: the file is named, with what mends it."""
    results.measured("a")
    store = results.plan()
    path = store.path_of_cell("a0")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreError, match=r"cells/a0/a0\.jsonl: damaged: .*`adrbench run` measures it anew"):
        leaderboard(store, Registry())


def test_a_live_board_sees_new_cells(results: Toy) -> None:
    """The same scoreboard, asked again, includes what was stored since."""
    results.row("a")
    scores = Scoreboard(results.plan(), Registry())
    folds = [scores.board(ties=False).rows[0].folds]
    for fold in range(2):
        results.cell(f"a{fold}", fold)
        folds.append(scores.board(ties=False).rows[0].folds)
    assert folds == [0, 1, 2]


FILE = """
[benchmark]
name = "tiny"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "terms"
use = "dictionary"
"""
WANTED = (
    "dataset splits tagger family label precision recall f1 f1_low f1_high interval folds status reason "
    "fit_seconds predict_seconds peak_memory_bytes published_f1"
)


def test_a_real_run_scores_what_was_predicted(tmp_path: Path) -> None:
    """Micro F1 of a run of the dictionary is that of set arithmetic on stored spans, and the JSON has every figure."""
    pytest.importorskip("adrbench_dictionary")
    from adrbench.cli.progress import PlainView
    from adrbench.running.options import Options
    from adrbench.running.run import run

    (tmp_path / "tiny.toml").write_text(FILE)
    view = PlainView(SafeConsole(file=io.StringIO()))
    summary = run(
        read_benchmark(tmp_path / "tiny.toml", Registry()),
        tmp_path / "results",
        Options(limit=400, jobs=2),
        view,
        Registry(),
    )
    assert dict(summary.statuses) == {"ok": 2}
    store = Store(tmp_path / "results")
    results = Results(store.folder)
    f1 = []
    for fold in (1, 2):
        gold, predictions = results.gold(fold=fold), results.predictions("terms", fold=fold)
        expected = {(name, span) for name, spans in gold.items() for span in spans}
        found = {(name, span) for name, spans in predictions.items() for span in spans}
        f1.append(2 * len(expected & found) / (len(expected) + len(found)))
    rows: list[dict[str, Any]] = json.loads(leaderboard_text(leaderboard(store, Registry()), "json"))
    assert set(rows[0]) >= set(WANTED.split())
    assert [r["label"] for r in rows] == ["micro", "ADR"]
    assert rows[0]["fold_f1"] == pytest.approx(f1)
    assert rows[0]["f1"] == rows[1]["f1"] == pytest.approx(sum(f1) / 2)
    assert 0 < rows[0]["f1"] < 1
    assert rows[0]["peak_memory_bytes"] > 10 * 2**20
