"""Seen against unseen: what is found of mentions that training had, and of those that it had not."""

from __future__ import annotations

from functools import partial

from adrbench.errors import InputError
from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, rows_of
from adrbench.reporting.charts.dots import pairs
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.tables import Column, figures, table, words
from adrbench.results.leaderboard import Board
from adrbench.results.store import DamagedError

_ID, _HEADING = "novelty", "Seen against unseen mentions"
_DIFFERENCE = Column("difference", "Difference", "points")


def novelty(source: Source) -> Section:
    """Compare recall of mentions seen in training with recall of unseen mentions.

    Args:
        source: The results folder to report on.

    Returns:
        A figure for each corpus and split.
    """
    try:
        seen, unseen = (source.judged(f"novelty:{part}").board(ties=False) for part in ("seen", "unseen"))
    except DamagedError:
        raise
    except InputError as error:
        return Section(_ID, _HEADING, omitted=str(error))
    blocks = tuple(block for place in source.places if (block := _block(place, seen, unseen)))
    line = (
        "A mention is seen if one of the same label and the same words, case aside, is in what the tagger learnt from. "
        "Recall of exact spans, mean over folds."
    )
    return Section(_ID, _HEADING, blocks, (line,), "" if blocks else "nothing was measured")


def _block(place: Place, seen: Board, unseen: Board) -> Block | None:
    on_seen, on_unseen = rows_of(seen, place), rows_of(unseen, place)
    found = {
        row.tagger: (a, b)
        for row in place.measured
        if (a := on_seen[row.tagger].recall) is not None and (b := on_unseen[row.tagger].recall) is not None
    }
    if not found:
        return None
    first = place.measured[0].tagger
    mentions = on_seen[first].support or 0, on_unseen[first].support or 0
    share = 100 * mentions[1] / (sum(mentions) or 1)
    said = f"{mentions[1]:,} of {sum(mentions):,} gold mentions ({share:.0f}%) are unseen."
    return Block(
        place.name,
        figures=(
            Figure(
                place.figure("novelty"),
                f"Recall of seen and unseen mentions, {place.name}",
                f"Recall in percent of {len(found)} taggers on mentions seen in training and on unseen ones. {said}",
                table(
                    f"Recall in percent, {place.name}",
                    (*words("Tagger"), *figures("Seen", "Unseen", kind="percent"), _DIFFERENCE),
                    ((name, a, b, b - a) for name, (a, b) in found.items()),
                ),
                partial(
                    pairs,
                    names=list(found),
                    values=[(100 * a, 100 * b) for a, b in found.values()],
                    labels=("seen", "unseen"),
                    axis="recall, %",
                ),
                1.05 + 0.32 * rows_taken(list(found)),
                (said,),
            ),
        ),
    )
