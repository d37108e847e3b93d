"""What a person sees while a tagger is fitted: a bar at a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import Self

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from adrbench.cli.progress import Lines, describe_corpus
from adrbench.datasets.corpus import Corpus
from adrbench.reporting.escaping import one_line
from adrbench.reporting.formatting import duration
from adrbench.reporting.terminal import SafeConsole
from adrbench.running.executors.local import Progress
from adrbench.running.fit import FitView
from adrbench.running.plan import PlannedRow


def make_view(console: SafeConsole) -> PlainFitView:
    """Choose how a fit is shown.

    Args:
        console: Where it is shown.

    Returns:
        A bar at a terminal, plain lines elsewhere.
    """
    return LiveFitView(console) if console.is_terminal else PlainFitView(console)


class PlainFitView(Lines, FitView):
    """A line for each thing that happens: for logs."""

    def reading(self, dataset: str) -> None:
        self._say(f"reading {dataset}")

    def notice(self, text: str) -> None:
        self._say(text)

    def started(self, row: PlannedRow, corpus: Corpus, predicted_seconds: float | None) -> None:
        for line in describe_corpus(corpus):
            self._say(line)
        if any("test" in parts for parts in corpus.parts.values()):
            self._say("the test part of the release is learnt from too; its figures are those of the benchmark")
        if row.tune is not None:
            self._say(f"{row.tagger} searches its parameters anew, on all documents: {row.tune['trials']} trials")
        expected = f", {duration(predicted_seconds)} are expected" if predicted_seconds else ""
        self._say(f"fitting {row.tagger} on all {corpus.counts['documents']:,} documents{expected}")


class LiveFitView(PlainFitView):
    """A bar with what the tagger says of itself."""

    def __init__(self, console: SafeConsole) -> None:
        super().__init__(console)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        self._bars = Bars(*columns, console=console, transient=True, refresh_per_second=1)
        self._task = self._bars.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def started(self, row: PlannedRow, corpus: Corpus, predicted_seconds: float | None) -> None:
        super().started(row, corpus, predicted_seconds)
        self._bars.update(self._task, description=one_line(row.tagger), visible=True)

    def progress(self, progress: Progress) -> None:
        done, total, note = progress
        self._bars.update(self._task, description=one_line(note)[:50], completed=done, total=total or None)
