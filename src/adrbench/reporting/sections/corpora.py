"""Which tagger is best over several corpora: mean ranks, and whether they differ."""

from __future__ import annotations

from functools import partial

import numpy as np

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, slug
from adrbench.reporting.charts.ranks import critical_difference
from adrbench.reporting.tables import TableCell, TableView, figures, table, words
from adrbench.scoring.statistics.ranks import Ranking, rank

_FEW = 2


def over_corpora(source: Source) -> Section:
    """Rank taggers over several corpora of one split, by mean rank.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each split that several corpora have. Only taggers that are measured on all of them are ranked.
    """
    blocks = []
    for splits in dict.fromkeys(place.section.split for place in source.places):
        # The same texts judged by other gold are no further corpus.
        places = {p.card.fingerprint: p for p in source.places if p.section.split == splits and p.measured}
        block = _block(splits, list(places.values()))
        if block is not None:
            blocks.append(block)
    lines = (
        "Taggers are ranked on each corpus, and the ranks averaged (Demšar 2006); 1 is best.",
        "A bar joins those whose mean ranks are less than the critical difference apart (Nemenyi, 5%).",
        "With few corpora no difference can be shown, however large it is.",
    )
    omitted = "no two taggers are measured in full on two corpora under one split"
    return Section("corpora", "Over corpora", tuple(blocks), lines, "" if blocks else omitted)


def _block(splits: str, places: list[Place]) -> Block | None:
    scores = [{row.tagger: row.f1 for row in place.measured if row.status == "ok"} for place in places]
    taggers = [name for name in (scores[0] if scores else ()) if all(name in found for found in scores)]
    if len(places) < _FEW or len(taggers) < _FEW:
        return None
    found = rank(taggers, np.array([[one[name] for name in taggers] for one in scores], dtype=float))
    means = dict(zip(found.taggers, found.mean_ranks, strict=True))
    names = [place.section.dataset for place in places]
    ranked = table(
        f"Mean rank and F1 in percent, {splits}",
        (*words("Tagger"), *figures("Mean rank"), *figures(*names, kind="percent")),
        (
            (name, TableCell(f"{means[name]:.2f}", -means[name]), *(one[name] for one in scores))
            for name in found.taggers
        ),
    )
    return Block(splits, figures=(_figure(splits, found, ranked),), notes=(_test(found),))


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
