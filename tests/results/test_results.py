"""The committed reference results: they can be read, they hold no corpus text, and the documents show what they say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

import adrbench
from adrbench.api import decode, encode
from adrbench.datasets.load import read_dataset
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.store import Store
from adrbench.scoring.evaluators.exact import ExactMatch

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
ADE = RESULTS / "ade"


def test_all_four_families_are_measured_on_every_fold_of_both_splits() -> None:
    """The reference results hold five folds of each family under either split, all on one machine."""
    rows = [row for row in adrbench.leaderboard(ADE).rows if row.label == "micro" and row.status == "ok"]
    assert {(row.split, row.family) for row in rows} == {
        (splits, family)
        for splits in ("random", "grouped")
        for family in ("dictionary", "crf", "bilstm-crf", "transformer")
    }
    assert {row.folds for row in rows} == {5}
    assert len({row.cost.machine for row in rows}) == 1


def test_a_crf_on_official_parts_is_as_good_as_it_should_be() -> None:
    """F1 of at least 79 on NCBI-disease and on BC5CDR's diseases, well above the dictionary's, with an interval."""
    rows = {
        (row.dataset, row.tagger): row
        for row in adrbench.leaderboard(RESULTS / "diseases").rows
        if row.label == "micro"
    }
    assert {dataset for dataset, _ in rows} == {"ncbi-disease", "bc5cdr-disease"}
    for dataset in ("ncbi-disease", "bc5cdr-disease"):
        crf, dictionary = rows[dataset, "crf"], rows[dataset, "dictionary"]
        assert crf.f1 is not None
        assert crf.f1_low is not None
        assert dictionary.f1 is not None
        assert crf.f1 >= 0.79
        assert crf.f1_low > dictionary.f1
        assert (crf.split, crf.folds, crf.gold) == ("provided", 1, "all")


@pytest.mark.parametrize(
    ("mode", "orphans"), [(None, "begin"), pytest.param("strict", "reject", marks=pytest.mark.slow)]
)
def test_figures_of_real_predictions_are_those_of_seqeval(
    mode: str | None, orphans: Literal["begin", "reject"]
) -> None:
    """Of every tagger on every fold under the grouped split, as tags of the words."""
    board = Scoreboard(Store(ADE), Registry())
    [section] = [s for s in Store(ADE).read_plan().sections if s.split == "grouped"]
    gold = board.gold(section)
    words = {name: gold.ranges(name) for name in gold.spans}
    expected = {name: encode(words[name], spans) for name, spans in gold.spans.items()}
    judge = ExactMatch(("ADR",))
    for tagger, cells in board.measured(section).items():
        assert len(cells) in {0, 5}, tagger
        for cell in cells:
            answers = zip(cell.test, cell.predictions.by_document, strict=True)
            tags = [encode(words[i], spans) for i, spans in answers]
            right = [expected[i] for i in cell.test]
            pairs = zip(cell.test, right, tags, strict=True)
            counts = [
                judge.count(decode(words[i], one, orphans), decode(words[i], two, orphans)) for i, one, two in pairs
            ]
            ours = judge.score({name: sum(count[name] for count in counts) for name in counts[0]})["micro"]
            scheme = IOB2 if mode else None
            for name, referee in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
                theirs = referee(right, tags, mode=mode, scheme=scheme, zero_division=0)
                assert ours[name] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpus: ADRBENCH_DATA is not set")
@pytest.mark.parametrize(
    ("folder", "corpora"),
    [("ade", ["ade"]), pytest.param("diseases", ["ncbi-disease", "bc5cdr-disease"], marks=pytest.mark.slow)],
)
def test_the_results_hold_no_sentence_of_the_corpus(folder: str, corpora: list[str]) -> None:
    """No text of a corpus, nor a long piece of one, is in any file of the reference results."""
    stored = "".join(path.read_text(encoding="utf-8") for path in (RESULTS / folder).rglob("*") if path.is_file())
    for corpus in corpora:
        pieces = {
            text[at : at + 40]
            for record in read_dataset(Registry(), corpus, offline=True).records
            for text in (record.text,)
            for at in (0, len(text) // 2)
        }
        assert len(pieces) > 100
        assert not [piece for piece in pieces if len(piece) == 40 and piece in stored]
