"""Two taggers side by side: figures that can be worked out on paper, and what cannot be compared."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import stored
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.config import read_benchmark
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.comparison.compare import Counted, differences, documents_apart
from adrbench.results.store import Store
from adrbench.running._records import keep_plan
from adrbench.running.options import Options
from adrbench.running.prepare import prepare
from adrbench.scoring.evaluators.exact import ExactMatch
from adrbench.scoring.statistics.bootstrap import CountTable

IDS = tuple(f"d{i:02}" for i in range(40))
EXACT = ExactMatch(("ADR", "DRUG"))
NAMES = tuple(EXACT.count([], []))


def counted(tables: Sequence[CountTable]) -> Counted:
    """Counts of folds whose documents have running numbers."""
    starts = np.cumsum([0, *map(len, tables)])
    ids = tuple(tuple(f"{start + i:03}" for i in range(len(t))) for start, t in zip(starts, tables, strict=False))
    return Counted(NAMES, ids, tuple(tables))


def adr(tp: int, fp: int, fn: int) -> list[float]:
    """Counts of a document with ADR only."""
    return [tp, fp, fn, 0, 0, 0]


HALF = [np.array([adr(1, 0, 0)] * 10 + [adr(0, 0, 1)] * 10, dtype=np.float64)] * 2
FULL = [np.array([adr(1, 0, 0)] * 20, dtype=np.float64)] * 2

count_tables = st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1, max_size=6).map(
    lambda rows: np.array(rows, dtype=np.float64)
)


def test_figures_are_pooled_and_their_difference_lies_in_its_interval() -> None:
    """All found against half found: F1 1 against 2/3, a third apart, well beyond chance."""
    micro, label, absent = differences(counted(FULL), counted(HALF), EXACT.score)
    assert (micro.label, label.label, absent.label) == ("micro", "ADR", "DRUG")
    assert (micro.first, micro.second) == pytest.approx((1, 2 / 3))
    assert micro.difference == pytest.approx(1 / 3)
    assert micro.low is not None
    assert micro.high is not None
    assert 0.15 < micro.low < micro.difference < micro.high < 0.6
    assert micro.p < 0.001
    assert micro.support == 40


def test_a_label_that_never_occurs_differs_by_nothing() -> None:
    """Zero gold and zero predictions: F1 is 0 for both, the interval is 0 to 0, p is 1."""
    absent = differences(counted(FULL), counted(HALF), EXACT.score)[2]
    assert (absent.first, absent.second, absent.difference, absent.support) == (0, 0, 0, 0)
    assert (absent.low, absent.high, absent.p, absent.fold_p) == (0, 0, 1, 1)


def test_holm_is_over_the_lines_that_are_shown() -> None:
    """Of three lines two have the least p: times three and two; alone, a p is as it was."""
    micro, label, _ = differences(counted(FULL), counted(HALF), EXACT.score)
    assert micro.adjusted == pytest.approx(3 * micro.p)
    assert label.adjusted == pytest.approx(3 * label.p)
    (alone,) = differences(counted(FULL), counted(HALF), EXACT.score, only=("micro",))
    assert alone.adjusted == alone.p


def test_intervals_over_folds_are_about_the_mean_over_folds() -> None:
    """With ``t`` the figures are means over folds, and the interval is scipy's of the differences."""
    first = [HALF[0], FULL[0], FULL[0]]
    line = differences(counted(first), counted([HALF[0]] * 3), EXACT.score, kind="t", only=("micro",))[0]
    assert line.fold_differences == pytest.approx((0, 1 / 3, 1 / 3))
    assert (line.first, line.second) == pytest.approx(((2 / 3 + 2) / 3, 2 / 3))
    half = scipy.stats.t.ppf(0.975, 2) * scipy.stats.sem([0, 1 / 3, 1 / 3])
    assert (line.low, line.high) == pytest.approx((2 / 9 - half, 2 / 9 + half))
    assert line.interval == "t"
    wide = differences(counted(first), counted([HALF[0]] * 3), EXACT.score, kind="nadeau-bengio", test_share=1 / 3)[0]
    assert wide.high is not None
    assert wide.high - 2 / 9 == pytest.approx(half * math.sqrt(1 + 3 / 2))


def test_one_fold_has_no_test_over_folds() -> None:
    """With one fold there is no p over folds, and an interval over folds becomes a bootstrap."""
    line = differences(counted(FULL[:1]), counted(HALF[:1]), EXACT.score, kind="t")[0]
    assert line.fold_p is None
    assert line.interval == "bootstrap"


def test_a_single_unit_has_no_interval() -> None:
    """Where all documents are of one group nothing can be resampled, and p is 1."""
    groups = {f"{i:03}": "g" for i in range(40)}
    line = differences(counted(FULL), counted(HALF), EXACT.score, groups=groups)[0]
    assert (line.low, line.high, line.interval, line.p) == (None, None, None, 1.0)


def test_groups_are_drawn_whole() -> None:
    """Groups in which all documents are alike make the interval wider than documents do."""
    groups = {f"{i:03}": f"g{i // 10}" for i in range(40)}
    by_document = differences(counted(FULL), counted(HALF), EXACT.score)[0]
    by_group = differences(counted(FULL), counted(HALF), EXACT.score, groups=groups)[0]
    assert by_group.low is not None
    assert by_document.low is not None
    assert by_group.low < by_document.low
    assert by_group.p > by_document.p


@settings(max_examples=40)
@given(count_tables, st.randoms(), st.sampled_from(["bootstrap", "bca", "t", "z", "nadeau-bengio"]))
def test_no_counts_give_a_figure_that_is_no_number(rows: CountTable, rng: Any, kind: Any) -> None:
    """Whatever the counts, every figure is a finite number or None, p lies in (0, 1], and swapping swaps the signs."""
    shuffled = rows[rng.sample(range(len(rows)), len(rows))]
    first, second = counted([rows, shuffled]), counted([shuffled, rows])
    for line, mirrored in zip(
        differences(first, second, EXACT.score, kind=kind),
        differences(second, first, EXACT.score, kind=kind),
        strict=True,
    ):
        numbers = [line.first, line.second, line.difference, line.p, line.adjusted, *line.fold_differences]
        numbers += [x for x in (line.low, line.high, line.fold_p) if x is not None]
        assert np.isfinite(numbers).all()
        assert 0 < line.p <= line.adjusted <= 1
        assert mirrored.difference == pytest.approx(-line.difference)
        assert mirrored.p == line.p


class Recall:
    """An evaluator that knows recall only, or nothing."""

    def __init__(self, name: str, value: float = 0.5) -> None:
        self.name, self.value = name, value

    def score(self, total: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """One figure for all labels."""
        return {"micro": {self.name: total["ADR/tp"] * self.value, "support": total["ADR/tp"] * 0}}


def test_without_f1_recall_is_compared() -> None:
    """An evaluator that gives no F1 is compared by its recall; one that gives neither, or no number, is refused."""
    (line,) = differences(counted(FULL), counted(HALF), Recall("recall", 1 / 40).score)
    assert line.figure == "recall"
    assert line.difference == pytest.approx(0.5)
    with pytest.raises(InputError, match="neither F1 nor recall"):
        differences(counted(FULL), counted(HALF), Recall("share").score)
    with pytest.raises(InputError, match="recall of micro is no number"):
        differences(counted(FULL), counted(HALF), Recall("recall", math.nan).score)


def test_other_documents_are_not_compared() -> None:
    """Counts of different documents are refused."""
    with pytest.raises(ValueError, match="other documents"):
        differences(counted(FULL), counted(FULL[:1]), EXACT.score)


def test_documents_that_differ_most_come_first() -> None:
    """By how many more errors one has, then by spans that only one gave; documents with the same spans are left out."""
    gold = {name: [Span(0, 4, "ADR"), Span(5, 9, "ADR")] for name in "abcd"}
    right = (Span(0, 4, "ADR"), Span(5, 9, "ADR"))
    first = [(right, right[:1]), ((Span(0, 4, "ADR"),), right)]
    second = [(right, right[1:]), ((Span(1, 4, "ADR"), Span(5, 8, "ADR")), right[:1])]
    apart, found = documents_apart(gold, [("a", "b"), ("c", "d")], first, second)
    assert [(d.document, d.fold, d.more_errors) for d in apart] == [("c", 1, -3), ("d", 1, -1), ("b", 0, 0)]
    assert apart[0].tally(apart[0].second) == {"tp": 0, "fp": 2, "fn": 2}
    assert found == {"both": 3, "first": 3, "second": 1, "neither": 1}


def test_each_average_has_its_name(contest: Any, adrbench: Any) -> None:
    """With an interval over folds the figures are the leaderboard's means; else they are pooled, and say so."""
    contest.tagger("good", [1])
    contest.tagger("poor", range(30))
    folder = contest.plan()
    board = json.loads(adrbench("leaderboard", folder, "--format", "json").stdout)
    means = {row["tagger"]: row["f1"] for row in board if row["label"] == "micro"}
    for interval, average in (("t", "mean"), ("bootstrap", "pooled")):
        words = ("compare", folder, "good", "poor", "--interval", interval)
        row = next(csv.DictReader(io.StringIO(adrbench(*words, "--format", "csv").stdout)))
        assert row["average"] == average
        assert (float(row["first"]) == pytest.approx(means["good"])) == (average == "mean")
        assert f"good {average} F1" in adrbench(*words, "--format", "markdown").stdout


def test_the_command_gives_all_of_it_as_json(contest: Any, adrbench: Any) -> None:
    """JSON has the figures by evaluator as fractions, the documents that differ most, and who found what."""
    contest.tagger("good", [1])
    contest.tagger("poor", range(30))
    done = adrbench("compare", contest.plan(), "good", "poor", "--format", "json", "--limit", 2)
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)["comparisons"]
    assert (found["dataset"], found["split"], found["unit"], found["units"], found["folds"]) == (
        "toy", "random", "document", 40, 2,
    )  # fmt: skip
    micro, adr_line, drug = found["evaluators"]["exact"]
    assert (micro["first"], micro["second"]) == pytest.approx((49 / 50, 20 / 50))
    assert (adr_line["label"], drug["label"], drug["difference"]) == ("ADR", "DRUG", 0)
    assert found["documents_apart"] == 29
    assert found["found"] == {"both": 20, "first": 29, "second": 0, "neither": 1}
    assert [document["document"] for document in found["apart"]] == ["d00", "d02"]
    assert found["apart"][0]["second"]["fn"] == 1
    assert "text" not in found["apart"][0]


def test_the_only_label_of_a_corpus_has_no_line_of_its_own(contest: Any, adrbench: Any) -> None:
    """Where there is one label, ``micro`` says it all, and Holm has nothing to adjust."""
    contest.labels = ["ADR"]
    contest.gold = {name: [(0, 4, "ADR")] for name in IDS}
    contest.tagger("good")
    contest.tagger("poor", [1, 2, 3])
    done = adrbench("compare", contest.plan(), "good", "poor", "--format", "json")
    (line,) = json.loads(done.stdout)["comparisons"][0]["evaluators"]["exact"]
    assert line["label"] == "micro"
    assert line["adjusted"] == line["p"]


def test_each_evaluator_has_its_lines(contest: Any, adrbench: Any) -> None:
    """Mentions that are one character too short are misses by exact spans, and half right by partial ones."""
    contest.tagger("good")
    contest.tagger("poor", range(40))
    folder = contest.plan()
    done = adrbench(
        "compare", folder, "good", "poor", "--format", "json", "--evaluator", "overlap:partial", "--evaluator", "exact"
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["comparisons"][0]["evaluators"]
    assert list(found) == ["overlap:partial", "exact"]
    second = {name: [line["second"] for line in lines if line["label"] == "ADR"] for name, lines in found.items()}
    assert second == {"overlap:partial": [0.5], "exact": [0.0]}


@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_the_command_shows_tables(contest: Any, adrbench: Any, form: str) -> None:
    """A terminal and Markdown get percent, points with their sign, and how all was tested."""
    contest.section["grouped"] = True
    contest.tagger("good", [1])
    contest.tagger("poor", range(30))
    done = adrbench("compare", contest.plan(), "poor", "good", "--format", form)
    assert done.exit_code == 0, done.output
    for text in ("40.0", "98.0", "-58.0", "10 groups", "fewer errors by", "d00"):
        assert text in done.stdout


def test_what_lacks_a_fold_is_refused_with_the_fold(contest: Any, adrbench: Any) -> None:
    """A failed fold, a tagger that was skipped: nothing is compared, and the message says which and why."""
    contest.tagger("good")
    contest.tagger("broken", failing=[1])
    contest.row("costly", ("skipped", "needs a GPU"))
    folder = contest.plan()
    done = adrbench("compare", folder, "good", "broken")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "broken has no figure of fold 2 of 2 (failed: boom)" in done.stderr
    done = adrbench("compare", folder, "costly", "good")
    assert done.exit_code == 2
    assert "costly has no figure of any fold (skipped: needs a GPU)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["god", "poor"], "did you mean 'good'?"),
        (["good", "good"], "compared with itself"),
        (["good", "poor", "--dataset", "tox"], "did you mean 'toy'?"),
        (["good", "poor", "--splits", "rnadom"], "did you mean 'random'?"),
        (["good", "poor", "--evaluator", "exactt"], "did you mean 'exact'?"),
        (["good", "poor", "--evaluator", "exact:x"], "has no variants"),
        (["good", "poor", "--with-text"], "--with-text needs --benchmark"),
        (["good", "poor", "--benchmark", "b.toml"], "no effect without --with-text"),
        (["good", "@x"], "a tagger is given as ID or ID@FOLDER"),
        (["good", "good@nowhere"], "no such folder"),
    ],
)
def test_wrong_input_is_told_with_what_is_right(
    contest: Any, adrbench: Any, arguments: list[str], message: str
) -> None:
    """Unknown names get the closest one, useless options are refused; nothing is printed, the exit code is 2."""
    contest.tagger("good")
    contest.tagger("poor", [1, 2])
    done = adrbench("compare", contest.plan(), *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_tagger_of_another_folder(contest: Any, other: Any, adrbench: Any) -> None:
    """A tagger now and then: two folders of one corpus and the same folds can be compared."""
    contest.tagger("crf")
    other.tagger("crf", [3])
    done = adrbench("compare", contest.plan(), "crf", f"crf@{other.plan()}", "--format", "json")
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)["comparisons"]
    assert (found["first"], found["second"]) == (f"crf@{contest.folder}", f"crf@{other.folder}")
    assert [document["document"] for document in found["apart"]] == ["d03"]


def test_other_corpora_and_other_folds_are_refused(contest: Any, other: Any, adrbench: Any, tmp_path: Path) -> None:
    """Two folders of different corpora, or other folds, are not compared, and the message says why."""
    contest.tagger("crf")
    other.card = "d" * 16
    other.tagger("crf")
    done = adrbench("compare", contest.plan(), "crf", f"crf@{other.plan()}")
    assert done.exit_code == 2
    assert "is not that of" in done.stderr
    assert "d" * 16 in done.stderr
    third = type(contest)(tmp_path / "third")
    third.folds = third.folds[::-1]
    third.tagger("crf")
    done = adrbench("compare", contest.folder, "crf", f"crf@{third.plan()}")
    assert done.exit_code == 2
    assert "the folds of" in done.stderr


BENCHMARK = """
[benchmark]
name = "mini"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "blind"
use = "echo"
[[taggers]]
id = "hasty"
use = "echo"
params = { rate = 0.5 }
"""


@pytest.mark.usefixtures("echo")
def test_texts_are_shown_only_of_the_very_corpus(tmp_path: Path, adrbench: Any) -> None:
    """With the corpus at hand texts stand there with their mentions; if it comes out otherwise they don't."""
    file = tmp_path / "mini.toml"
    file.write_text(BENCHMARK)
    plan = prepare(read_benchmark(file, Registry()), Options(), None, lambda _: None, Registry())
    store = Store.create(tmp_path / "results")
    keep_plan(plan, store)
    gold = plan.corpora["adr-mini"].gold
    for row in plan.rows:
        for cell, fold in zip(row.cells, plan.splits["adr-mini", "random"].folds, strict=True):
            found = {name: [s.to_list() for s in gold[name]] for name in fold.test} if row.tagger == "hasty" else {}
            stored.keep_cell(store, cell.key, fold.test, found)
    arguments = ("compare", store.folder, "blind", "hasty", "--limit", 1, "--with-text", "--benchmark", file)
    done = adrbench(*arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    (shown,) = json.loads(done.stdout)["comparisons"][0]["apart"]
    (document,) = [a.document for a in plan.corpora["adr-mini"].documents if a.document.id == shown["document"]]
    assert shown["text"] == document.text
    assert "|ADR]" in adrbench(*arguments).stdout
    assert "|ADR]" not in adrbench(*arguments[:-3]).stdout
    file.write_text(BENCHMARK.replace('use = "adr-mini"', 'use = "adr-mini"\nmax_words = 12'))
    done = adrbench(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "other text, gold or filters" in done.stderr
