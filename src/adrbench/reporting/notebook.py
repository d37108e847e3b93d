"""A results folder as an object that shows its leaderboard."""

from __future__ import annotations

from adrbench.errors import InputError, closest
from adrbench.reporting.leaderboard_view import leaderboard_text
from adrbench.reporting.tables import FORMATS
from adrbench.results.results import StoredResults


class Results(StoredResults):
    """A results folder: its rows, comparisons and predictions, and its leaderboard as text.

    Iterating gives the rows of the leaderboard. Its ``folder`` is a results folder, or a benchmark file whose results
    are in ``runs/NAME``.
    """

    def render(
        self, format_name: str, *, everything: bool = False, labels: bool = False, provenance: bool = False
    ) -> str:
        """The leaderboard as text.

        Args:
            format_name: ``markdown``, ``csv``, ``json``, ``latex`` or ``html``. CSV and JSON have every row and column.
            everything: All settings of large grids instead of only the best and worst few.
            labels: The figures by label, too.
            provenance: Which plugin, version and code is behind each tagger.

        Returns:
            The text.

        Raises:
            InputError: For another format.
        """
        texts = [name for name in FORMATS if name != "rich"]
        if format_name not in texts:
            raise InputError(f"unknown format {format_name!r}; {closest(format_name, texts)}")
        return leaderboard_text(self.board, format_name, everything=everything, labels=labels, provenance=provenance)

    def _repr_html_(self) -> str:
        """The leaderboard for a notebook."""
        return self.render("html")
