"""Differences to a reference over corpora: what each tagger adds to the one that the benchmark file names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, slug
from adrbench.reporting.charts.dots import Estimate, intervals
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.formatting import points, points_between
from adrbench.reporting.tables import Column, TableView, table, words
from adrbench.results.comparison.compare import Line, differences
from adrbench.results.comparison.results import count
from adrbench.results.leaderboard import Row

_LINES = (
    "Differences in F1 are paired: same folds, same documents. Corpora with less training text stand first.",
    "p: approximate randomisation, for each corpus alone.",
)


@dataclass(frozen=True)
class _Difference:
    """A tagger against the reference on a corpus; ``line`` is None where one of them was not measured on each fold."""

    place: Place
    line: Line | None
    published: float | None

    @property
    def training(self) -> float:
        """Training documents, mean over folds."""
        split = self.place.split
        every = len(self.place.card.gold)
        sizes = [len(fold) for fold in split.train] if split.train else [every - len(fold) for fold in split.test]
        return sum(sizes) / len(sizes)


def against_reference(source: Source) -> Section:
    """Show what each tagger adds to the reference of the benchmark file, corpus by corpus.

    Args:
        source: The results folder to report on.

    Returns:
        A figure and a table for each split and tagger.
    """
    reference = source.plan.reference
    why = ""
    blocks = tuple(_blocks(source, reference)) if reference else ()
    if reference and not blocks:
        why = f"nothing was measured or published beside the reference {reference}"
    return Section(
        "reference",
        f"Difference to {reference or 'a reference'}",
        blocks,
        _LINES,
        omitted=why,
        latex=True,
        layout="wide",
    )


def _blocks(source: Source, reference: str) -> Iterator[Block]:
    for split in dict.fromkeys(place.section.split for place in source.places):
        places = [place for place in source.places if place.section.split == split]
        found: dict[str, list[_Difference]] = {}
        for place in places:
            for tagger, difference in _differences(source, place, reference):
                found.setdefault(tagger, []).append(difference)
        for tagger, own in found.items():
            own.sort(key=lambda one: one.training)
            shown = _table(split, tagger, reference, own)
            measured = [one for one in own if one.line is not None]
            heading = f"{tagger} less {reference}, {split}"
            if measured:
                yield Block(heading, (), (shown,), (_figure(split, tagger, reference, measured, shown),))
            else:
                yield Block(heading, ("Not measured here on any corpus.",), (shown,))


def _differences(source: Source, place: Place, reference: str) -> Iterator[tuple[str, _Difference]]:
    measured = source.scores.measured(place.section)
    gold = source.scores.gold(place.section)
    whole = {name: scored for name, scored in measured.items() if len(scored) == len(place.split.test)}
    rows = {row.tagger: row for row in place.rows}
    known = {row.tagger for row in place.measured}
    for tagger, row in rows.items():
        published = _published(row, rows.get(reference))
        line = None
        if tagger in whole and reference in whole and tagger in known:
            [line] = differences(
                count(whole[tagger]),
                count(whole[reference]),
                gold.evaluator.score,
                groups=gold.groups if place.section.grouped else None,
                test_share=whole[tagger][0].test_share,
                only=("micro",),
            )
        if tagger != reference and (line is not None or published is not None):
            yield tagger, _Difference(place, line, published)


def _published(row: Row, reference: Row | None) -> float | None:
    if reference is None or row.published_f1 is None or reference.published_f1 is None:
        return None
    return row.published_f1 - reference.published_f1


def _table(split: str, tagger: str, reference: str, found: list[_Difference]) -> TableView:
    columns = (
        *words("Corpus"),
        Column("training", "Training documents", "count"),
        Column("difference", "Difference", "points"),
        Column("interval", "95%", "interval"),
        Column("p", "p", "p"),
        Column("published_difference", "Paper difference", "points"),
    )
    rows = []
    for one in found:
        line = one.line
        values = (line.difference, points_between(line.low, line.high), line.p) if line else (None, "", None)
        rows.append((one.place.section.dataset, one.training, *values, one.published))
    return table(f"F1 of {tagger} less {reference}, points, {split}", columns, rows)


def _figure(split: str, tagger: str, reference: str, found: list[_Difference], shown: TableView) -> Figure:
    lines = [(one.place.section.dataset, one.line) for one in found if one.line is not None]
    estimates = [
        Estimate(
            name,
            100 * line.difference,
            None if line.low is None else 100 * line.low,
            None if line.high is None else 100 * line.high,
        )
        for name, line in lines
    ]
    kinds = ", ".join(dict.fromkeys(line.interval for _, line in lines if line.interval))
    said = "; ".join(f"{name} {points(line.difference)}" for name, line in lines)
    return Figure(
        slug(split, "difference", tagger, reference),
        f"F1 of {tagger} less {reference}, {split}{f' · 95% {kinds}' if kinds else ''}",
        f"Difference in F1 in points on {len(lines)} corpora, with its interval; less training text first. {said}.",
        shown,
        partial(intervals, estimates=estimates, label="difference in F1, points", zero=True),
        0.85 + 0.34 * rows_taken([one.name for one in estimates]),
    )
