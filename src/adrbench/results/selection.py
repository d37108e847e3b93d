"""What is chosen from results by name: corpora, splits, taggers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from adrbench.errors import InputError, closest
from adrbench.results.leaderboard.rows import Board


def check_names(option: str, given: Iterable[str], valid: Iterable[str]) -> None:
    """Check names that a user gives.

    Args:
        option: The option of the command line, for the message.
        given: The names.
        valid: The names that there are.

    Raises:
        InputError: A name is unknown. The message has the closest one.
    """
    known = set(valid)
    for name in given:
        if name not in known:
            raise InputError(f"{option} {name}: there is no such in the results; {closest(name, known)}")


def sections_of(board: Board, datasets: Collection[str] = (), splits: Collection[str] = ()) -> Board:
    """Reduce a leaderboard to some corpora and splits.

    Args:
        board: The leaderboard.
        datasets: The corpora; empty: all.
        splits: The splits; empty: all.

    Returns:
        The same with fewer rows.

    Raises:
        InputError: A name is unknown, or no corpus was measured on any of the splits.
    """
    check_names("--dataset", datasets, [*(row.dataset for row in board.rows), *board.absent])
    check_names("--split", splits, [row.split for row in board.rows])
    rows = tuple(
        row for row in board.rows if (not datasets or row.dataset in datasets) and (not splits or row.split in splits)
    )
    absent = {name: why for name, why in board.absent.items() if not datasets or name in datasets}
    if board.rows and not rows and not absent:
        raise InputError(f"no tagger was planned for {', '.join(datasets)} on the split {', '.join(splits)}")
    return replace(board, rows=rows, absent=absent)
