"""A results folder as an object that shows its leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adrbench.errors import InputError, closest
from adrbench.reporting.advice import Advice, advise
from adrbench.reporting.leaderboard.view import leaderboard_text
from adrbench.reporting.tables import FORMATS
from adrbench.results.prices import PriceSheet, price_sheet
from adrbench.results.recommendation import ask, recommend
from adrbench.results.results import StoredResults
from adrbench.results.store import DamagedError
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, IntervalKind


class Results(StoredResults):
    """A results folder: its rows, comparisons and predictions, and its leaderboard as text.

    Iterating gives the rows of the leaderboard. Its ``folder`` is a results folder, or a benchmark file whose results
    are in ``runs/NAME``.
    """

    def render(
        self,
        format_name: str,
        *,
        everything: bool = False,
        labels: bool = False,
        provenance: bool = False,
        intervals: bool = False,
        published: bool = False,
        corpora: bool = False,
    ) -> str:
        """The leaderboard as text.

        Args:
            format_name: ``markdown``, ``csv``, ``json``, ``latex`` or ``html``. CSV and JSON have every row and column.
            everything: All settings of large grids instead of only the best and worst few.
            labels: The figures by label, too.
            provenance: Which plugin, version and code is behind each tagger.
            intervals: Columns for the intervals of precision and recall.
            published: A table of all published figures.
            corpora: All corpora of a split side by side, with their average.

        Returns:
            The text.

        Raises:
            InputError: For another format.
        """
        texts = [name for name in FORMATS if name != "rich"]
        if format_name not in texts:
            raise InputError(f"unknown format {format_name!r}; {closest(format_name, texts)}")
        return leaderboard_text(
            self.board,
            format_name,
            everything=everything,
            labels=labels,
            provenance=provenance,
            intervals=intervals,
            published=published,
            corpora=corpora,
        )

    def report(
        self,
        *,
        html: str | Path | None = None,
        figures: str | Path | None = None,
        interval: IntervalKind = DEFAULT_INTERVAL,
        labels: bool = False,
        text_from: str | Path | None = None,
        prices: str | Path | PriceSheet | None = None,
    ) -> list[str]:
        """Write a report: a page, a folder of figures and LaTeX tables, or both.

        Args:
            html: The page to write.
            figures: The folder to write figures and tables to.
            interval: The interval of precision, recall and F1.
            labels: Show the figures by label, which the page otherwise keeps folded.
            text_from: A benchmark file; the page then shows examples of text from its corpora.
            prices: A price sheet, or its file; None: nothing is priced.

        Returns:
            A line for each thing that was written.

        Raises:
            InputError: If there is nothing to write, if matplotlib is not installed, or if a file cannot be written.
        """
        from adrbench.reporting.files import write_report  # noqa: PLC0415  (a page needs much that a table does not)

        if html is None and figures is None:
            raise InputError("nothing to write: give html, figures or both")
        return write_report(
            self.folder,
            self._registry,
            html=Path(html) if html is not None else None,
            figures=Path(figures) if figures is not None else None,
            interval=interval,
            labels=labels,
            text_from=Path(text_from) if text_from is not None else None,
            prices=price_sheet(prices),
        )

    def recommend(
        self,
        *,
        dataset: str = "",
        split: str = "",
        label: str = "",
        evaluator: str = "",
        prices: str | Path | PriceSheet | None = None,
        **asked: Any,
    ) -> tuple[Advice, ...]:
        """Say which tagger to use, and what it will cost.

        Args:
            dataset: The corpus; empty: all.
            split: The split; empty: a grouped one, where there is one.
            label: The label in question; empty: all of them together.
            evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
            prices: A price sheet, or its file; None: seconds are compared.
            asked: The other options of ``adrbench recommend``: ``margin`` in F1 points, ``documents``,
                ``max_seconds_per_1000``, ``max_fit`` (seconds, or as in '2h'), ``max_memory`` (bytes, or as in '8GiB'),
                ``max_price_per_1000``, ``min_recall`` in percent, ``no_gpu``.

        Returns:
            The advice for each corpus, with ``tagger``, ``reason``, ``f1``, ``costs``, ``alternatives``, ``warnings``.

        Raises:
            InputError: A name or a value is wrong.
        """
        question = ask(prices, **asked)
        found = recommend(
            self._store, self._registry, question, label=label, evaluator=evaluator, dataset=dataset, split=split
        )
        return tuple(map(advise, found))

    def headlines(self) -> tuple[str, ...]:
        """Say in a sentence for each corpus which tagger to use.

        Returns:
            The first sentences of ``recommend()``, without the rest of its work; none if there is no F1 to choose by.
        """
        try:
            found = recommend(self._store, self._registry, ask(), brief=True)
        except DamagedError:
            raise
        except InputError:
            return ()
        return tuple(advise(one).headline for one in found)

    def _repr_html_(self) -> str:
        """The leaderboard for a notebook."""
        return self.render("html")
