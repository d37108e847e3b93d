"""The page: sections put into the template, with style and script inside and nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adrbench.reporting._content import Example, Figure, Section
from adrbench.reporting._drawing import inline
from adrbench.reporting._html import page_maker
from adrbench.reporting._source import Place, Source, listed
from adrbench.reporting.sections import spread
from adrbench.reporting.sections.audit import audit
from adrbench.reporting.sections.calibration import calibration
from adrbench.reporting.sections.corpora import over_corpora
from adrbench.reporting.sections.costs import costs
from adrbench.reporting.sections.differences import against_reference
from adrbench.reporting.sections.errors import errors
from adrbench.reporting.sections.examples import examples
from adrbench.reporting.sections.grouping import grouping
from adrbench.reporting.sections.in_short import in_short
from adrbench.reporting.sections.labels import labels
from adrbench.reporting.sections.learning import learning_curves
from adrbench.reporting.sections.models import models
from adrbench.reporting.sections.novelty import novelty
from adrbench.reporting.sections.pretraining import pretraining
from adrbench.reporting.sections.published import published
from adrbench.reporting.sections.ranking import ranking
from adrbench.reporting.sections.settings import settings
from adrbench.reporting.sections.setup import setup
from adrbench.reporting.sections.tuning import tuning
from adrbench.results.leaderboard.rows import PUBLISHED

if TYPE_CHECKING:
    from markupsafe import Markup

    from adrbench.datasets.corpus import Corpus

# In the order of the page.
SECTIONS = (
    in_short,
    ranking,
    over_corpora,
    against_reference,
    costs,
    learning_curves,
    settings,
    models,
    tuning,
    pretraining,
    labels,
    spread.spread,
    grouping,
    novelty,
    errors,
    calibration,
    audit,
    published,
    setup,
)


@dataclass(frozen=True)
class Report:
    """All that a page or a folder of figures is made of."""

    benchmark: str
    summary: str
    sections: tuple[Section, ...]
    examples: tuple[Example, ...]
    further: tuple[Figure, ...]

    def figures(self) -> Iterator[Figure]:
        """Every figure of the page, then those for files only."""
        for section in self.sections:
            for block in section.blocks:
                yield from block.figures
        yield from self.further


def make(source: Source, corpora: Mapping[str, Corpus] | None = None) -> Report:
    """The report of a results folder. ``corpora``, by card: those whose text may be shown; without, no text is."""
    sections = tuple(section(source) for section in SECTIONS)
    shown = {figure.name for section in sections for block in section.blocks for figure in block.figures}
    # With one fold the bars of the table say it all; a paper may want the figure nevertheless.
    further = [spread.figure(place) for place in source.places if place.measured]
    return Report(
        source.plan.benchmark,
        summary(source),
        sections,
        tuple(examples(source, corpora or {})),
        tuple(figure for figure in further if figure.name not in shown),
    )


def summary(source: Source) -> str:
    """What was run, in a line or two."""
    corpora = {place.card.name: place.card for place in source.places}
    sizes = [
        f"{name} ({len(card.gold):,} {card.unit or 'document'}s, {sum(map(len, card.gold.values())):,} mentions)"
        for name, card in corpora.items()
    ]
    splits = dict.fromkeys(f"{place.section.split}, {_folds(place)}" for place in source.places)
    planned = {row.tagger for place in source.places for row in place.rows if row.status != PUBLISHED}
    measured = {row.tagger for place in source.places for row in place.rows if row.folds}
    return (
        f"{listed(sizes)}. Split{'s' if len(splits) > 1 else ''}: {'; '.join(splits)}. "
        f"{len(measured)} of {len(planned)} taggers measured."
    )


def _folds(place: Place) -> str:
    count = len(place.split.test)
    return f"{count} fold{'s' if count != 1 else ''}"


def render(report: Report) -> str:
    """The report as one HTML page: no network, no time stamp; the same report gives the same text."""
    return page_maker("page.html.jinja")(report=report, inline=markup)


def markup(figure: Figure) -> Markup:
    """The figure as an element for a template; what is text in it is escaped."""
    from markupsafe import Markup  # noqa: PLC0415

    return Markup(inline(figure))  # noqa: S704  (see above)
