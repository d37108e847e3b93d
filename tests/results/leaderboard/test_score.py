"""Figures, intervals, states and costs, from stored predictions."""

from __future__ import annotations

import io
import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
import stored
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench import Results
from adrbench.api import decode, encode
from adrbench.config import read_benchmark
from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.reporting.leaderboard.view import leaderboard_text
from adrbench.reporting.terminal import SafeConsole
from adrbench.results.leaderboard import Row, leaderboard
from adrbench.results.leaderboard.averages import averages
from adrbench.results.leaderboard.rows import unmeasured
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.schema import WordsRecord
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


def test_less_than_a_clock_can_tell_is_no_time(results: Toy) -> None:
    """A record with the least number that there is has no documents a second, and breaks nothing."""
    results.measured("a")
    least = {"read": 0.0, "import": 0.0, "warm_up": 0.0, "fit": 5e-324, "predict": 5e-324}
    for fold in (0, 1):
        results.cell(f"a{fold}", fold, costs=stored.costs(seconds=least))
    cost = row(results.plan(), "a").cost
    assert (cost.total_seconds, cost.documents_per_second, cost.documents_per_second_sd) == (0.0, None, None)


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
    figures = stored.published(tagger="a", f1=87.34, precision=59.02, source="Paper")
    results.published = [
        replace(figures, dataset="other", f1=1.5),
        figures,
        replace(figures, label="ADR", f1=12.5),
    ]
    results.measured("a")
    results.measured("b")
    store = results.plan()
    found = row(store, "a")
    assert (found.published_f1, found.published_precision) == (0.8734, 0.5902)
    assert (found.published_recall, found.published_source) == (None, "Paper")
    assert row(store, "a", "ADR").published_f1 == 0.125
    assert row(store, "b").published_f1 is row(store, "a", "DRUG").published_f1 is None


def test_a_system_of_a_paper_is_a_row_of_its_own(results: Toy) -> None:
    """It has the paper's figures alone: nothing is measured, and nothing is missing."""
    results.published = [
        stored.published(
            tagger="best yet", system=True, source="Doe", f1=93.0, f1_ends=(92.0, 94.0), support=7, fit_seconds=60.0
        ),
        stored.published(tagger="best yet", system=True, source="Doe", label="DRUG", f1=50.0),
        stored.published(tagger="best yet", system=True, source="Doe", label="B-ADR", f1=51.0),
    ]
    results.measured("a")
    store = results.plan()
    found = row(store, "best yet")
    assert (found.status, found.f1, found.folds, found.reason) == ("published", None, 0, "")
    assert (found.published_f1, found.published_f1_low, found.published_f1_high) == (0.93, 0.92, 0.94)
    assert (found.published_support, found.published_fit_seconds) == (7, 60.0)
    assert row(store, "best yet", "DRUG").published_f1 == 0.5
    board = leaderboard(store, Registry())
    assert unmeasured(board.rows) == []
    assert "B-ADR" not in {row.label for row in board.rows}


def test_tags_are_rows_of_the_evaluator_that_gives_them(results: Toy) -> None:
    """Beside labels and averages of the evaluator that ranks; their published figures stand in them."""
    results.evaluators = ["exact", "token:bio"]
    results.published = [stored.published(tagger="a", label="I-ADR", f1=80.0, source="Doe", support=2595)]
    results.words({f"d{i}": [0] * (2 if i < 2 else 1) for i in range(6)})
    results.measured("a")
    store = results.plan()
    board = leaderboard(store, Registry())
    by_label = {row.label: row for row in board.rows}
    assert list(by_label) == ["micro", "ADR", "DRUG", "macro", "weighted", "B-ADR", "I-ADR", "B-DRUG", "I-DRUG"]
    assert {label: row.evaluator for label, row in by_label.items() if "-" in label} == dict.fromkeys(
        ("B-ADR", "I-ADR", "B-DRUG", "I-DRUG"), "token:bio"
    )
    assert (by_label["I-ADR"].published_f1, by_label["I-ADR"].published_support) == (0.8, 2595)
    assert by_label["micro"].evaluator == "exact"
    alone = {row.label: row for row in leaderboard(store, Registry(), evaluator="token:bio").rows}
    assert alone["B-ADR"] == by_label["B-ADR"]
    text = leaderboard_text(board, "markdown", labels=True)
    assert "by label" in text
    assert "by tag (token:bio)" in text
    assert "P, R, F1: exact spans" in text


def test_tags_are_shown_by_how_often_they_are_in_this_text(results: Toy) -> None:
    """A tag that the test folds lack is the last one, however often a paper had it."""
    results.evaluators = ["exact", "token:bio"]
    results.published = [
        stored.published(tagger=name, label=label, f1=80.0, source="Doe", support=2595)
        for name in "ab"
        for label in ("micro", "I-DRUG")
    ]
    results.words({f"d{i}": [0] * (2 if i < 2 else 1) for i in range(6)})
    results.measured("a")
    results.row("b", problem=("skipped", "no GPU"))
    store = results.plan()
    assert row(store, "a", "I-DRUG").support == 0
    text = leaderboard_text(leaderboard(store, Registry()), "markdown", labels=True).partition("by tag")[2]
    places = [text.index(f"| {tag} |") for tag in ("B-ADR", "B-DRUG", "I-DRUG")]
    assert places == sorted(places)


def test_settings_of_a_grid_are_no_columns_of_all_corpora(tmp_path: Path) -> None:
    """A grid of twelve would leave no room; what is below the table says so."""
    store = Store.create(tmp_path / "results")
    gold = {"d0": [(0, 4, "ADR")], "d1": [(0, 4, "ADR")]}
    sections = []
    for name in ("one", "other"):
        store.write_card(name, stored.card(gold, ("ADR",), name=name, fingerprint=f"{len(name):064x}"))
        rows = []
        for x in range(3):
            stored.keep_cell(store, f"{name}-{x}", list(gold), gold)
            tagger, point = (f"g[x={x}]", {"x": x}) if x else ("a", {})
            rows.append(stored.row(tagger, [f"{name}-{x}"], tagger_id=tagger[0], grid_point=point))
        sections.append(stored.section(rows, dataset=name, card=name))
    store.write_split("toy-folds", stored.split([list(gold)]))
    store.write_plan(stored.plan(sections))
    text = leaderboard_text(leaderboard(store, Registry()), "markdown", corpora=True).partition("All corpora")[2]
    assert "| Corpus |  | a |\n" in text
    assert "grids are left out" in text


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=4))
def test_an_average_over_corpora_is_the_plain_mean(found: list[tuple[bool, bool]]) -> None:
    """Of a tagger that each corpus has, with the paper's own average; the same texts are no further corpus."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "results")
        sections = []
        names = ("d0", "d1")
        gold = {name: [(0, 4, "ADR")] for name in names}
        for number, right in enumerate(found):
            name = f"corpus{number}"
            card = stored.card(gold, ("ADR",), name=name, fingerprint=f"{number:064x}")
            store.write_card(name, card)
            test = [n for n, ok in zip(names, right, strict=True) if ok]
            stored.keep_cell(store, f"{name}-a", names, {n: [(0, 4, "ADR")] for n in test})
            rows = [stored.row("a", [f"{name}-a"])]
            sections.append(stored.section(rows, dataset=name, card=name))
        again = stored.card(gold, ("ADR",), name="again", fingerprint="0" * 64)
        store.write_card("again", again)
        stored.keep_cell(store, "again-a", names, {})
        sections.append(stored.section([stored.row("a", ["again-a"])], dataset="again", card="again"))
        store.write_split("toy-folds", stored.split([names]))
        paper = [
            stored.published(dataset="average", tagger="a", f1=77.5, source="P"),
            stored.published(dataset="absent", tagger="a", f1=66.5, source="P"),
        ]
        store.write_plan(stored.plan(sections, published=tuple(paper)))
        board = leaderboard(store, Registry())
    [mean] = averages(board, "random")
    f1 = [2 * sum(right) / (sum(right) + 2) for right in found]
    assert mean.f1 == pytest.approx(sum(f1) / len(f1))
    assert (mean.published_f1, mean.dataset) == (0.775, "average")
    text = leaderboard_text(board, "markdown", corpora=True)
    assert "| absent | F1 |  | 66.5 |" in text
    records = json.loads(leaderboard_text(board, "json", corpora=True))
    assert records[-1]["dataset"] == "average"
    assert records[-1]["f1"] == pytest.approx(mean.f1)


Word = st.sampled_from(["O", "B-ADR", "I-ADR", "B-DRUG", "I-DRUG"])


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.lists(st.tuples(Word, Word), min_size=1, max_size=8), min_size=6, max_size=6),
    st.sampled_from([1, 2, 3]),
)
def test_averages_and_tags_are_those_of_seqeval_and_scikit_learn(words: list[list[tuple[str, str]]], k: int) -> None:
    """On any tags, means over folds: averages and labels as seqeval has them, rows of tags as scikit-learn."""
    from seqeval.metrics import classification_report as report_of_spans
    from sklearn.metrics import classification_report as report_of_words

    tags = [[[pair[side] for pair in sentence] for sentence in words] for side in (0, 1)]
    tokens = [[(n, n + 1) for n in range(len(sentence))] for sentence in words]
    gold, predicted = ([decode(*pair) for pair in zip(tokens, side, strict=True)] for side in tags)
    folds = [range(fold, len(words), k) for fold in range(k)]
    if not all(any(gold[n] for n in fold) for fold in folds):
        return
    names = [f"d{i}" for i in range(len(words))]
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "results")
        ranges = {n: tuple(edge for _ in own for edge in (0, 1)) for n, own in zip(names, words, strict=True)}
        spans = {n: [(s.start, s.end, s.label) for s in own] for n, own in zip(names, gold, strict=True)}
        store.write_card("card", stored.card(spans, ("ADR", "DRUG")))
        store.write_words("card", WordsRecord(ranges, {n: (0,) * len(spans[n]) for n in names}))
        tests = [[names[n] for n in fold] for fold in folds]
        store.write_split("toy-folds", stored.split(tests))
        found = {n: [(s.start, s.end, s.label) for s in own] for n, own in zip(names, predicted, strict=True)}
        for i, test in enumerate(tests):
            stored.keep_cell(store, f"a{i}", test, {name: found[name] for name in test}, fold=i)
        section = stored.section([stored.row("a", [f"a{i}" for i in range(k)])], card="card")
        store.write_plan(stored.plan([section], evaluators=("exact", "token:bio")))
        rows = {row.label: row for row in leaderboard(store, Registry()).rows}
    # On spans that are decoded once, so that orphans are no matter of modes.
    clean = [[encode(*pair) for pair in zip(tokens, side, strict=True)] for side in (gold, predicted)]
    in_tags = [label for label in rows if "-" in label]
    reports = []
    for fold in folds:
        own = [[side[n] for n in fold] for side in clean]
        flat = [[tag for sentence in side for tag in sentence] for side in own]
        by_tag = report_of_words(*flat, labels=in_tags, output_dict=True, zero_division=0)
        reports.append(
            {**{tag: by_tag[tag] for tag in in_tags}, **report_of_spans(*own, output_dict=True, zero_division=0)}
        )
    averages_ = {"macro": "macro avg", "weighted": "weighted avg", "micro": "micro avg"}
    for label, row in rows.items():
        # A label that a fold does not have is in no report of seqeval; its figures there are 0.
        theirs = [report.get(averages_.get(label, label), {}) for report in reports]
        expected = [fmean(one.get(name, 0.0) for one in theirs) for name in ("precision", "recall", "f1-score")]
        assert [row.precision, row.recall, row.f1] == pytest.approx(expected)
        assert row.support == sum(one.get("support", 0) for one in theirs)


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
    assert [r["label"] for r in rows] == ["micro", "ADR", "macro", "weighted"]
    assert rows[0]["fold_f1"] == pytest.approx(f1)
    assert rows[0]["f1"] == rows[1]["f1"] == pytest.approx(sum(f1) / 2)
    assert 0 < rows[0]["f1"] < 1
    assert rows[0]["peak_memory_bytes"] > 10 * 2**20
