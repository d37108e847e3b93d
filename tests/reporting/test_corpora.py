"""The section about several corpora."""

from __future__ import annotations

from pathlib import Path

from adrbench.plugins.registry import Registry
from adrbench.reporting._drawing import write
from adrbench.reporting._source import Source
from adrbench.reporting.sections.corpora import over_corpora
from adrbench.results.store import Store
from adrbench.scoring.statistics.ranks import critical_difference

RESULTS = Path(__file__).parents[2] / "results"


def test_taggers_are_ranked_over_corpora() -> None:
    """Two corpora under one split: mean ranks, the critical difference, and F1 on each."""
    section = over_corpora(Source(Store(RESULTS / "diseases"), Registry()))
    [block] = section.blocks
    [figure] = block.figures
    headers = ["Tagger", "Mean rank", "ncbi-disease", "bc5cdr-disease"]
    assert [column.header for column in figure.table.columns] == headers
    assert [row[0].text for row in figure.table.rows] == ["crf", "dictionary"]
    assert [row[1].text for row in figure.table.rows] == ["1.00", "2.00"]
    assert f"{critical_difference(2, 2):.2f}" in figure.summary
    assert "Friedman over 2 corpora" in block.notes[0]


def test_one_corpus_has_no_ranks() -> None:
    """The section is left out, and says why."""
    section = over_corpora(Source(Store(RESULTS / "ade"), Registry()))
    assert section.blocks == ()
    assert "on two corpora" in section.omitted


def test_the_diagram_can_be_drawn(tmp_path: Path) -> None:
    """As files for a paper, in every form."""
    [block] = over_corpora(Source(Store(RESULTS / "diseases"), Registry())).blocks
    written = [path.name for path in write(block.figures, tmp_path)]
    assert min(written) == "provided-critical-difference-double.pdf"
    assert len(written) == 6
    assert "dictionary (2.0)" in (tmp_path / "provided-critical-difference-single.svg").read_text(encoding="utf-8")
