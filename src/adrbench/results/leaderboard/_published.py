"""Figures of papers beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypedDict

from adrbench.results.leaderboard.rows import PUBLISHED, Row
from adrbench.results.schema import PublishedRecord, SectionRecord


class PublishedFigures(TypedDict, total=False):
    """The fields of a leaderboard's row that a paper fills, as fractions and seconds."""

    published_precision: float | None
    published_recall: float | None
    published_f1: float | None
    published_source: str
    published_precision_low: float | None
    published_precision_high: float | None
    published_recall_low: float | None
    published_recall_high: float | None
    published_f1_low: float | None
    published_f1_high: float | None
    published_support: int | None
    published_fit_seconds: float | None


def published_beside(
    section: SectionRecord, tagger: str, label: str, published: Sequence[PublishedRecord]
) -> PublishedFigures:
    """What a study found for a label, as fields of a leaderboard's row: fractions; nothing where it did not say."""
    wanted = (section.dataset, section.split, tagger, label)
    for figures in published:
        if (figures.dataset, figures.split, figures.tagger, figures.label) == wanted:
            return figures_of(figures)
    return {}


def figures_of(figures: PublishedRecord) -> PublishedFigures:
    """Figures of a paper as fields of a leaderboard's row."""
    ends = [_fractions(getattr(figures, f"{name}_ends")) for name in ("precision", "recall", "f1")]
    (precision_low, precision_high), (recall_low, recall_high), (f1_low, f1_high) = ends
    return {
        "published_precision": _fraction(figures.precision),
        "published_recall": _fraction(figures.recall),
        "published_f1": _fraction(figures.f1),
        "published_source": figures.source,
        "published_precision_low": precision_low,
        "published_precision_high": precision_high,
        "published_recall_low": recall_low,
        "published_recall_high": recall_high,
        "published_f1_low": f1_low,
        "published_f1_high": f1_high,
        "published_support": figures.support,
        "published_fit_seconds": figures.fit_seconds,
    }


def rows_of_systems(section: SectionRecord, like: Row, published: Sequence[PublishedRecord]) -> Iterator[Row]:
    """A row for each system and label that only a paper has; ``like``: a row of the section."""
    for figures in published:
        if figures.system and (figures.dataset, figures.split) == (section.dataset, section.split):
            bare = Row(section.dataset, section.split, figures.tagger, PUBLISHED, figures.label, PUBLISHED)
            yield replace(
                bare,
                tagger_id=figures.tagger,
                full_split=section.full_split,
                fraction=section.fraction,
                stand_in_for=section.stand_in_for,
                limit=section.limit,
                gold=like.gold,
                evaluator=like.evaluator,
                **figures_of(figures),
            )


def _fractions(ends: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return (None, None) if ends is None else (_fraction(ends[0]), _fraction(ends[1]))


def _fraction(percent: float | None) -> float | None:
    # As printed: 87.34 is 0.8734, where a division gives 0.8734000000000001.
    return None if percent is None else round(percent / 100, 10)
