"""The committed reference results: they can be read, they hold no corpus text, and the documents show what they say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import adrbench
from adrbench.leaderboards.write import to_markdown

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "ade"


def tables(markdown: str) -> list[str]:
    """The lines of the Markdown tables in a text."""
    return [line for line in markdown.splitlines() if line.startswith("| ")]


def test_all_four_families_are_measured_on_every_fold_of_both_splits() -> None:
    """The reference results hold five folds of each family under either split, all on one machine."""
    rows = [row for row in adrbench.leaderboard(RESULTS).rows if row.label == "micro" and row.status == "ok"]
    assert {(row.splits, row.family) for row in rows} == {
        (splits, family)
        for splits in ("random", "grouped")
        for family in ("dictionary", "crf", "bilstm-crf", "transformer")
    }
    assert {row.folds for row in rows} == {5}
    assert len({row.cost.machine for row in rows}) == 1


def test_the_documents_show_the_leaderboard_of_the_results() -> None:
    """README and the committed leaderboard print the very rows that the stored predictions give."""
    expected = tables(to_markdown(adrbench.leaderboard(RESULTS)))
    assert len(expected) > 8
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in expected if line not in readme] == []
    assert tables((RESULTS / "leaderboard.md").read_text(encoding="utf-8")) == expected


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpus: ADRBENCH_DATA is not set")
def test_the_results_hold_no_sentence_of_the_corpus() -> None:
    """No sentence of ADE, nor a long piece of one, is in any file of the reference results."""
    lines = Path(os.environ["ADRBENCH_DATA"], "ade", "DRUG-AE.rel").read_text(encoding="utf-8").splitlines()
    sentences = {line.split("|")[1] for line in lines}
    stored = "".join(path.read_text(encoding="utf-8") for path in RESULTS.rglob("*") if path.is_file())
    assert not [sentence for sentence in sentences if sentence[:40] in stored]
