"""In short: which tagger to use on each corpus, and what it will cost."""

from __future__ import annotations

from adrbench.errors import InputError
from adrbench.reporting._content import Block, Section
from adrbench.reporting._source import Source
from adrbench.reporting.advice import Advice, advise
from adrbench.reporting.recommendation_view import alternatives_table, heading, paragraphs
from adrbench.results.recommendation import Question, recommend
from adrbench.results.store import DamagedError

_ID, _HEADING = "in-short", "In short"


def in_short(source: Source) -> Section:
    """Recommend a tagger for each corpus, as ``adrbench recommend`` does without options.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each corpus.
    """
    try:
        found = recommend(source.store, source.registry, Question(), scores=source.scores, board=source.board)
    except DamagedError:
        raise
    except InputError as error:
        return Section(_ID, _HEADING, omitted=str(error))
    return Section(_ID, _HEADING, tuple(_block(advise(one)) for one in found))


def _block(advice: Advice) -> Block:
    tables = (alternatives_table(advice),) if advice.alternatives else ()
    return Block(heading(advice), tuple(paragraphs(advice)), tables, notes=advice.warnings)
