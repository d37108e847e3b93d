"""The section about several corpora."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adrbench.plugins.registry import Registry
from adrbench.reporting._drawing import write
from adrbench.reporting._source import Source
from adrbench.reporting.sections.corpora import over_corpora, ranking_block
from adrbench.results.store import Store
from adrbench.scoring.statistics.ranks import critical_difference

RESULTS = Path(__file__).parents[2] / "results"


def test_taggers_are_ranked_over_corpora() -> None:
    """Two corpora under one split: mean ranks and F1 on each; a critical difference takes more."""
    section = over_corpora(Source(Store(RESULTS / "diseases"), Registry()))
    [block] = section.blocks
    side_by_side, ranked = block.tables
    means = [[cell.text for cell in row] for row in side_by_side.rows if row[0].text == "average"]
    assert [row[1:] for row in means] == [
        ["P", "84.8", "84.8", "84.1"],
        ["R", "81.1", "78.2", "69.3"],
        ["F1", "82.9", "81.3", "76.0"],
    ]
    assert "over the 2 corpora that were run" in side_by_side.notes[0]
    headers = ["Tagger", "Mean rank", "ncbi-disease", "bc5cdr-disease"]
    assert [column.header for column in ranked.columns] == headers
    assert [row[0].text for row in ranked.rows] == ["crf-more-text", "crf", "dictionary"]
    assert [row[1].text for row in ranked.rows] == ["1.00", "2.00", "3.00"]
    assert not block.figures
    assert block.notes[:-1] == side_by_side.notes  # the page has the notes of a block, not of a table
    assert "there are 2 corpora, and it takes 5" in block.notes[-1]


def test_a_corpus_of_texts_that_are_ranked_already_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests over corpora take them for independent: the diseases and the chemicals of one release count once."""
    source = Source(Store(RESULTS / "diseases"), Registry())
    first, second = source.places
    same = replace(second, card=first.card)
    monkeypatch.setitem(source.__dict__, "places", (first, same))
    [block] = over_corpora(source).blocks
    assert [table.title for table in block.tables] == ["All corpora · provided"]
    assert block.notes[-1] == "bc5cdr-disease is not ranked: its texts are those of ncbi-disease."


def test_one_corpus_has_no_ranks() -> None:
    """The section is left out, and says why."""
    section = over_corpora(Source(Store(RESULTS / "ade"), Registry()))
    assert section.blocks == ()
    assert "on two corpora" in section.omitted


def test_the_diagram_can_be_drawn(tmp_path: Path) -> None:
    """Of five corpora, as files for a paper, in every form."""
    places = Source(Store(RESULTS / "diseases"), Registry()).places
    block = ranking_block("provided", [places[number % 2] for number in range(5)])
    assert block is not None
    [figure] = block.figures
    assert f"{critical_difference(3, 5):.2f}" in figure.summary
    assert "Friedman over 5 corpora" in block.notes[0]
    written = [path.name for path in write(block.figures, tmp_path)]
    assert min(written) == "provided-critical-difference-double.pdf"
    assert len(written) == 6
    assert "dictionary (3.0)" in (tmp_path / "provided-critical-difference-single.svg").read_text(encoding="utf-8")
