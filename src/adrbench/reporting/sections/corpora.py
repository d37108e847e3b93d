"""Which tagger is best over several corpora: mean ranks, and whether they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, slug
from adrbench.reporting.charts.ranks import critical_difference
from adrbench.reporting.leaderboard.averages import averages_table
from adrbench.reporting.tables import TableCell, TableView, figures, table, words
from adrbench.scoring.statistics.ranks import Ranking, rank

# With fewer corpora no difference can be shown, however large it is: two taggers need four.
FEWEST = 5
_FEW = 2


def over_corpora(source: Source) -> Section:
    """Rank taggers over several corpora of one split, by mean rank.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each split that several corpora have: their figures side by side with the average, and mean ranks.
        Only taggers that are measured on all of them are averaged and ranked.
    """
    blocks = []
    for splits in dict.fromkeys(place.section.split for place in source.places):
        places = [place for place in source.places if place.section.split == splits and place.measured]
        apart = distinct(places)
        block = ranking_block(splits, apart)
        if side_by_side := averages_table(source.board, splits):
            below = block or Block(splits)
            block = replace(below, tables=(side_by_side, *below.tables), notes=(*side_by_side.notes, *below.notes))
        if block is not None:
            blocks.append(replace(block, notes=(*block.notes, *_unranked(places, apart))))
    omitted = "no two taggers are measured in full on two corpora under one split"
    return Section("corpora", "Over corpora", tuple(blocks), RANKED, "" if blocks else omitted)


RANKED = (
    "Taggers are ranked on each corpus, and the ranks averaged (Demšar 2006); 1 is best.",
    f"From {FEWEST} corpora on, a diagram has the critical difference (Nemenyi, 5%).",
    "A bar joins taggers whose mean ranks are closer than that.",
)


def distinct(places: Sequence[Place]) -> list[Place]:
    """Leave out corpora whose texts another corpus has: tests over corpora take them for independent.

    Args:
        places: A place of each corpus.

    Returns:
        The first place of each set of texts.
    """
    found: dict[tuple[str, ...], Place] = {}
    for place in places:
        found.setdefault(_texts(place), place)
    return list(found.values())


def _unranked(places: Sequence[Place], apart: Sequence[Place]) -> Iterator[str]:
    """Say which corpora were left out, and whose texts they have."""
    first = {_texts(place): place for place in apart}
    for place in places:
        same = first[_texts(place)]
        if place is not same:
            yield f"{place.section.dataset} is not ranked: its texts are those of {same.section.dataset}."


def _texts(place: Place) -> tuple[str, ...]:
    """Names the texts: of a release by their ids, whatever its labels and words; else by the fingerprint."""
    card = place.card
    return (card.citation, card.version, *sorted(card.gold)) if card.citation else (card.fingerprint,)


def ranking_block(heading: str, places: Sequence[Place]) -> Block | None:
    """Rank the taggers that are measured in full on all of some corpora.

    Args:
        heading: The headline.
        places: A corpus and split each.

    Returns:
        Mean ranks; with five corpora or more a critical-difference diagram and Friedman's test. None below two corpora
        or two such taggers.
    """
    scores = [complete(place) for place in places]
    taggers = [name for name in (scores[0] if scores else ()) if all(name in found for found in scores)]
    if len(places) < _FEW or len(taggers) < _FEW:
        return None
    found = rank(taggers, np.array([[one[name] for name in taggers] for one in scores], dtype=float))
    means = dict(zip(found.taggers, found.mean_ranks, strict=True))
    names = [place.section.dataset for place in places]
    ranked = table(
        f"Mean rank and F1 in percent, {heading}",
        (*words("Tagger"), *figures("Mean rank"), *figures(*names, kind="percent")),
        (
            (name, TableCell(f"{means[name]:.2f}", -means[name]), *(one[name] for one in scores))
            for name in found.taggers
        ),
    )
    if len(places) < FEWEST:
        few = f"No critical difference: there are {len(places)} corpora, and it takes {FEWEST} to show one."
        return Block(heading, tables=(ranked,), notes=(few,))
    return Block(heading, figures=(_figure(heading, found, ranked),), notes=(_test(found),))


def complete(place: Place) -> dict[str, float]:
    """F1 of the taggers that are measured on every fold.

    Args:
        place: A corpus and split.

    Returns:
        F1 by tagger, best first.
    """
    return {row.tagger: row.f1 for row in place.measured if row.status == "ok" and row.f1 is not None}


def _figure(splits: str, found: Ranking, ranked: TableView) -> Figure:
    return Figure(
        slug(splits, "critical-difference"),
        f"Mean ranks over {found.corpora} corpora, {splits}",
        f"Critical-difference diagram of {len(found.taggers)} taggers over {found.corpora} corpora. Best: "
        f"{found.taggers[0]} with a mean rank of {found.mean_ranks[0]:.2f}; critical difference "
        f"{found.critical_difference:.2f}.",
        ranked,
        partial(
            critical_difference,
            taggers=found.taggers,
            mean_ranks=found.mean_ranks,
            groups=found.groups,
            difference=found.critical_difference,
        ),
        1.3 + 0.14 * len(found.taggers),
    )


def _test(found: Ranking) -> str:
    test = found.friedman
    return (
        f"Friedman over {found.corpora} corpora: χ² {test.chi_square:.2f}, p {test.p:.3f}; "
        f"Iman and Davenport: F {test.f:.2f}, p {test.f_p:.3f}."
    )
