"""Means over corpora: one row for each tagger that every corpus of a split has a figure for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean

from adrbench.api.evaluator import AVERAGE
from adrbench.results.leaderboard._published import figures_of
from adrbench.results.leaderboard.rows import PUBLISHED, Board, Row

_SEVERAL = 2


def splits_of_several(board: Board) -> tuple[str, ...]:
    """List the splits that several corpora have.

    Args:
        board: The leaderboard.

    Returns:
        Their names, in the order of the leaderboard.
    """
    names = dict.fromkeys(split for _, split in board.sections())
    return tuple(name for name in names if len(corpora_of(board, name)) >= _SEVERAL)


def corpora_of(board: Board, split: str) -> dict[str, list[Row]]:
    """Gather the rows of a split. The same texts scored against other gold are no further corpus.

    Args:
        board: The leaderboard.
        split: The split.

    Returns:
        The rows for all labels together, by corpus, best first.
    """
    found: dict[str, list[Row]] = {}
    texts = set()
    for (dataset, own), rows in board.sections().items():
        card = board.corpora.get(dataset)
        same = card.fingerprint if card else dataset
        if own == split and same not in texts:
            texts.add(same)
            found[dataset] = rows
    return found


def averages(board: Board, split: str) -> tuple[Row, ...]:
    """Average precision, recall and F1 over corpora, each with the same weight.

    Args:
        board: The leaderboard.
        split: A split of several corpora.

    Returns:
        A row of the corpus ``average`` for each tagger: with measured figures if each corpus has them on every fold,
        and with the published mean if the benchmark file has one; the best first.
    """
    sections = list(corpora_of(board, split).values())
    by_tagger: dict[str, list[Row]] = {}
    for rows in sections:
        for row in rows:
            by_tagger.setdefault(row.tagger, []).append(row)
    published = {
        one.tagger: figures_of(one) for one in board.published_elsewhere if (one.dataset, one.split) == (AVERAGE, split)
    }
    found = [
        replace(_average(own, len(sections)), **published.get(tagger, {}))
        for tagger, own in by_tagger.items()
        if len(own) == len(sections) or tagger in published
    ]
    return tuple(sorted((row for row in found if row.has_figures), key=lambda row: (row.f1 is None, -(row.f1 or 0.0))))


def absent_rows(board: Board, split: str) -> dict[str, list[Row]]:
    """Make rows of published figures on corpora that could not be had.

    Args:
        board: The leaderboard.
        split: The split.

    Returns:
        Rows with the paper's figures alone, by corpus.
    """
    found: dict[str, list[Row]] = {}
    for one in board.published_elsewhere:
        if one.split == split and one.dataset != AVERAGE and one.label == "micro":
            bare = Row(one.dataset, split, one.tagger, PUBLISHED, one.label, PUBLISHED, tagger_id=one.tagger)
            found.setdefault(one.dataset, []).append(replace(bare, **figures_of(one)))
    return found


def _average(rows: Sequence[Row], corpora: int) -> Row:
    first = rows[0]
    whole = len(rows) == corpora and all(row.f1 is not None and row.status == "ok" for row in rows)
    status = first.status if first.status == PUBLISHED else "ok" if whole else "pending"
    return Row(
        AVERAGE,
        first.split,
        first.tagger,
        first.family,
        "micro",
        status,
        "not measured on every corpus" if status == "pending" else "",
        precision=_mean(row.precision for row in rows) if whole else None,
        recall=_mean(row.recall for row in rows) if whole else None,
        f1=_mean(row.f1 for row in rows) if whole else None,
        evaluator=first.evaluator,
        tagger_id=first.tagger_id,
        full_split=first.full_split,
        fraction=first.fraction,
        gold=first.gold,
        limit=first.limit,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    """Their mean; None if one is not known, such as the precision of an evaluator that gives none."""
    known = list(values)
    return None if None in known else fmean(value for value in known if value is not None)
