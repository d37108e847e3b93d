"""A corpus drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adrbench.datasets.corpus import Corpus
from adrbench.datasets.statistics.counts import dataset_statistics
from adrbench.errors import InputError
from adrbench.reporting.corpus_figure import draw

BEGINNINGS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", sorted(BEGINNINGS))
def test_the_form_follows_the_suffix(corpus: Corpus, tmp_path: Path, suffix: str) -> None:
    """Each form is written as such, and nothing else is left in the folder."""
    file = tmp_path / f"figure{suffix}"
    draw(dataset_statistics(corpus), "toy", file)
    assert file.read_bytes().startswith(BEGINNINGS[suffix])
    assert list(tmp_path.iterdir()) == [file]


def test_a_picture_names_the_corpus_and_its_labels(corpus: Corpus, tmp_path: Path) -> None:
    """Title, counts and labels are there as text; the same corpus gives the same bytes."""
    one, other = tmp_path / "one.svg", tmp_path / "other.svg"
    draw(dataset_statistics(corpus), "toy 1 (ADR, DRUG)", one)
    draw(dataset_statistics(corpus), "toy 1 (ADR, DRUG)", other)
    text = one.read_text()
    assert all(part in text for part in ("toy 1 (ADR, DRUG)", "5 documents, 31 words, 7 entities", "DRUG"))
    assert one.read_bytes() == other.read_bytes()


def test_rare_labels_are_drawn_together(corpus: Corpus, tmp_path: Path) -> None:
    """More labels than colours: the rarest become one row."""
    statistics = dataset_statistics(corpus)
    row = statistics.labels[0]
    many = replace(statistics, labels=tuple(replace(row, label=f"L{n}", mentions=n) for n in range(1, 11)))
    draw(many, "many", tmp_path / "many.svg")
    text = (tmp_path / "many.svg").read_text()
    assert "4 others" in text
    assert "L10" in text
    assert ">L4<" not in text


def test_a_label_without_end_is_drawn_without_a_warning(corpus: Corpus, tmp_path: Path) -> None:
    """No room is left beside it. Its dollar signs are no formula."""
    statistics = dataset_statistics(corpus)
    label = "a label of the words $\\frac$ " * 12
    draw(replace(statistics, labels=(replace(statistics.labels[0], label=label),)), "long", tmp_path / "long.svg")
    assert "a label of the words $\\frac$" in (tmp_path / "long.svg").read_text()


@pytest.mark.parametrize(("name", "said"), [("a.jpg", r"\.png, \.svg, \.pdf"), ("figure", r"\.png")])
def test_another_suffix_is_refused(corpus: Corpus, tmp_path: Path, name: str, said: str) -> None:
    """The message has the valid ones."""
    with pytest.raises(InputError, match=said):
        draw(dataset_statistics(corpus), "toy", tmp_path / name)


def test_a_folder_that_is_not_there(corpus: Corpus, tmp_path: Path) -> None:
    """It is said, and nothing is left."""
    with pytest.raises(InputError, match="cannot be written"):
        draw(dataset_statistics(corpus), "toy", tmp_path / "absent" / "a.png")
    assert not list(tmp_path.iterdir())
