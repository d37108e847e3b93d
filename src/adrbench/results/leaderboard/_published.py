"""Figures of papers beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from adrbench.results.schema import PublishedRecord, SectionRecord


class PublishedFigures(TypedDict, total=False):
    """The fields of a leaderboard's row that a paper fills, as fractions."""

    published_precision: float | None
    published_recall: float | None
    published_f1: float | None
    published_source: str


def published_beside(
    section: SectionRecord, tagger: str, label: str, published: Sequence[PublishedRecord]
) -> PublishedFigures:
    """What a study found for a label, as fields of a leaderboard's row: fractions; nothing where it did not say."""
    wanted = (section.dataset, section.split, tagger, label)
    for figures in published:
        if (figures.dataset, figures.split, figures.tagger, figures.label) == wanted:
            return {
                "published_precision": _fraction(figures.precision),
                "published_recall": _fraction(figures.recall),
                "published_f1": _fraction(figures.f1),
                "published_source": figures.source,
            }
    return {}


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
