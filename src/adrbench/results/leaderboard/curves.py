"""Learning curves: what a split gives at several fractions of its training parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adrbench.results.leaderboard.rows import PUBLISHED, Board, Row, together

_SEVERAL = 2


@dataclass(frozen=True)
class Curve:
    """The rows of a split of a corpus by fraction, for all labels together.

    Attributes:
        dataset: The corpus.
        split: The name of the split with the whole training parts.
        sections: The name of the section for each fraction, in rising order.
        rows: By tagger, best at the largest fraction first, then by fraction.
    """

    dataset: str
    split: str
    sections: Mapping[float, str]
    rows: Mapping[str, Mapping[float, Row]]

    @property
    def fractions(self) -> tuple[float, ...]:
        """In rising order."""
        return tuple(self.sections)

    @property
    def whole(self) -> str:
        """The name of the section with the most to learn from, which is shown in full."""
        return self.sections[self.fractions[-1]]

    def documents(self, fraction: float) -> float | None:
        """Count the training documents at a fraction.

        Args:
            fraction: The fraction of the training parts.

        Returns:
            The mean over folds; None where no plan says so.
        """
        found = (rows[fraction].train_documents for rows in self.rows.values() if fraction in rows)
        return next((count for count in found if count is not None), None)

    def unmeasured(self) -> list[tuple[str, str, str]]:
        """List taggers without a figure at the smaller fractions.

        Returns:
            Taggers, status and reason.
        """
        return together(
            (f"{tagger} at {100 * fraction:g}%", row.status, row.reason)
            for tagger, rows in self.rows.items()
            for fraction, row in rows.items()
            if row.status not in {"ok", PUBLISHED} and fraction != self.fractions[-1]
        )


def curves(board: Board) -> dict[tuple[str, str], Curve]:
    """Find the splits that were learnt from at several fractions.

    Args:
        board: The leaderboard.

    Returns:
        A curve for each, by corpus and name of the split with the whole training parts.
    """
    found: dict[tuple[str, str], dict[float, list[Row]]] = {}
    for rows in board.sections().values():
        first = rows[0]
        found.setdefault((first.dataset, first.full_split or first.split), {})[first.fraction] = rows
    return {key: _curve(*key, by_fraction) for key, by_fraction in found.items() if len(by_fraction) >= _SEVERAL}


def _curve(dataset: str, splits: str, by_fraction: Mapping[float, list[Row]]) -> Curve:
    fractions = sorted(by_fraction)
    rows: dict[str, dict[float, Row]] = {}
    # The rows of a section stand best first; a tagger that is missing at the largest fraction comes last.
    for fraction in reversed(fractions):
        for row in by_fraction[fraction]:
            rows.setdefault(row.tagger, {})[fraction] = row
    ordered = {tagger: dict(sorted(own.items())) for tagger, own in rows.items()}
    return Curve(dataset, splits, {fraction: by_fraction[fraction][0].split for fraction in fractions}, ordered)


def sections(board: Board) -> Iterator[tuple[list[Row], Curve | None]]:
    """Walk through the sections that are shown in full.

    Args:
        board: The leaderboard.

    Yields:
        The rows of each corpus and split, in order, with the curve that sums up its smaller fractions, if there is one.
    """
    found = curves(board)
    for (dataset, splits), rows in board.sections().items():
        curve = found.get((dataset, rows[0].full_split or splits))
        if curve is None or curve.whole == splits:
            yield rows, curve
