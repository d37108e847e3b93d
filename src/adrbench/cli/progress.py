"""What a person sees while a run goes on: a live leaderboard at a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adrbench.datasets.corpus import Corpus
from adrbench.datasets.statistics.published import compare
from adrbench.reporting.formatting import duration, percent, seconds
from adrbench.reporting.leaderboard_view import leaderboard_view
from adrbench.reporting.tables import Display, figures, table, words
from adrbench.reporting.terminal import SafeConsole, to_rich
from adrbench.reporting.timings_view import timings_view
from adrbench.results.leaderboard import Board
from adrbench.results.leaderboard.rows import together
from adrbench.results.results import Summary
from adrbench.results.schema import CellRecord, TimingRecord
from adrbench.results.store import DamagedError, Store
from adrbench.running.availability import Availability
from adrbench.running.executors.local import Progress
from adrbench.running.expected_time import Basis, ExpectedTimes, TimeLeft
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.run import View
from adrbench.running.superseded import Superseded, finished, superseded


def make_view(console: SafeConsole) -> PlainView:
    """A live view at a terminal, plain lines elsewhere."""
    return LiveView(console) if console.is_terminal else PlainView(console)


def describe_corpus(corpus: Corpus) -> list[str]:
    """A corpus in words: what it is, where from, how large, and every line of its ledger."""
    counts = corpus.counts
    sizes = f"{counts['documents']:,} documents, {counts['groups']:,} groups, {counts['words']:,} words"
    spans = f"{counts['spans']:,} spans of {', '.join(corpus.labels)}"
    lines = [f"{corpus.name} {corpus.info.version} ({corpus.origin}): {sizes}, {spans}"]
    if corpus.stand_in_for:
        lines.append(f"  a stand-in: {corpus.reason}")
    lines += [
        f"  published: {one.published:,} {one.name}; found {one.found:,}"
        for one in compare(corpus)
        if one.found is not None and one.verdict != "same"
    ]
    for entry in corpus.ledger:
        amounts = ((entry.documents, " documents"), (entry.spans, " spans"), (entry.count, ""))
        numbers = [f"{n:,}{what}" for n, what in amounts if n]
        lines.append(f"  {entry.step}: {', '.join(numbers)}")
    if counts["unlabelled documents"]:
        lines.append(f"  unlabelled text for every tagger: {counts['unlabelled documents']:,} documents")
    return lines


class Lines:
    """Writes lines to a console, and holds nothing that would have to be closed."""

    def __init__(self, console: SafeConsole) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class PlainView(Lines, View):
    """A line for each thing that happens: for logs."""

    def __init__(self, console: SafeConsole) -> None:
        super().__init__(console)
        self._done = 0
        self._waiting = 0
        self._left: TimeLeft | None = None

    def reading(self, dataset: str) -> None:
        self._say(f"reading {dataset}")

    def planned(self, plan: Plan, finished: int, waiting: int) -> None:
        for corpus in plan.corpora.values():
            for line in describe_corpus(corpus):
                self._say(line)
        for (dataset, name), split in plan.splits.items():
            for line in split.lines():
                self._say(f"{dataset} {name}: {line}")
        for name, reason in plan.absent.items():
            self._say(f"{name}: left out: {reason}")
        self._waiting = waiting
        self._say(f"{finished} cells are finished already, {waiting} to run")

    def time_left(self, left: TimeLeft) -> None:
        if not self._done and self._left is None:
            self._say(time_left_line(left))
        self._left = left

    def superseded(self, cells: Superseded) -> None:
        for line in cells.lines():
            self._say(line)

    def fitted_again(self, cells: int) -> None:
        self._say(f"{cells} of these are finished, but their models were not kept: they are fitted again")

    def started(self, row: PlannedRow, cell: PlannedCell) -> None:
        pass

    def progress(self, row: PlannedRow, cell: PlannedCell, progress: Progress) -> None:
        pass

    def damaged(self, error: DamagedError) -> None:
        self._say(f"{error.path}: damaged ({error.why}); written anew, or set aside to be measured anew")

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
        self._done += 1
        left = f"; {_range(self._left)} left" if self._left is not None and self._left.cells else ""
        self._say(f"[{self._done}/{self._waiting}] {_name(cell)}: {_result(cell, record, board)}{left}")

    def timed_again(self, runs: int) -> None:
        self._done, self._waiting, self._left = 0, runs, None
        self._say(f"{runs} further timings of finished cells to take")

    def timed(self, row: PlannedRow, cell: PlannedCell, timing: TimingRecord | CellRecord) -> None:
        self._done += 1
        self._say(f"[{self._done}/{self._waiting}] {_name(cell)}, timed again: {_timing(timing)}")

    def close(self, summary: Summary, folder: Path) -> None:
        """Show the leaderboard and where its figures are kept."""
        self._console.print()
        self._console.print(to_rich(leaderboard_view(summary.board)))
        if summary.timings:
            self._console.print()
            self._console.print(to_rich(timings_view(summary.timings)))
        statuses = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
        self._say(f"\nCells: {statuses}. Results: {folder}")


class LiveView(PlainView):
    """A leaderboard that grows as cells finish, above what is running now."""

    def __init__(self, console: SafeConsole) -> None:
        super().__init__(console)
        # Drawn when something has happened, and not more than once a second: it takes time from what is measured.
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._drawn = 0.0
        self._board: Board | None = None
        self._running: dict[str, tuple[str, float, float, str]] = {}
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.update(Text(), refresh=True)
        self._live.stop()

    def reading(self, dataset: str) -> None:
        self._live.update(Text(f"reading {dataset} …", style="dim"), refresh=True)

    def time_left(self, left: TimeLeft) -> None:
        self._left, self._told = left, time.monotonic()

    def started(self, row: PlannedRow, cell: PlannedCell) -> None:
        self._running[cell.key] = (_name(cell), 0.0, 0.0, "")
        self._refresh()

    def progress(self, row: PlannedRow, cell: PlannedCell, progress: Progress) -> None:
        shown = (_name(cell), *progress)
        if self._running.get(cell.key) != shown:
            self._running[cell.key] = shown
            if time.monotonic() - self._drawn >= 1:
                self._refresh()

    def timed(self, row: PlannedRow, cell: PlannedCell, timing: TimingRecord | CellRecord) -> None:
        self._running.pop(cell.key, None)
        super().timed(row, cell, timing)
        self._refresh()

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
        self._running.pop(cell.key, None)
        self._board = board
        self._done += 1
        self._refresh()

    def _refresh(self) -> None:
        self._drawn = time.monotonic()
        status = Table.grid(padding=(0, 1))
        elapsed = time.monotonic() - self._began
        status.add_row(
            f"{self._done}/{self._waiting} cells", ProgressBar(self._waiting, self._done, width=30), f"{elapsed:,.0f} s"
        )
        for name, done, total, note in self._running.values():
            bar = ProgressBar(total or None, done, width=30, pulse=not total)
            status.add_row(Text(name), bar, Text(note))
        parts: list[RenderableType] = (
            [to_rich(leaderboard_view(self._board, legend=False)), Text()] if self._board else []
        )
        if self._left is not None and self._running:
            parts.append(Text(time_left_line(self._left, time.monotonic() - self._told)))
        self._live.update(Group(*parts, status), refresh=True)


def _timing(timing: TimingRecord | CellRecord) -> str:
    if isinstance(timing, CellRecord):
        return f"{timing.status}: {timing.reason}"
    times = timing.costs.seconds
    told = f"fit {seconds(times['fit'])} s, predict {seconds(times['predict'])} s"
    return told if timing.same_answers else f"{told}, OTHER ANSWERS than at first"


def _name(cell: PlannedCell) -> str:
    return f"{cell.dataset} {cell.splits} {cell.tagger} fold {cell.fold + 1}"


def _result(cell: PlannedCell, record: CellRecord, board: Board) -> str:
    if record.status != "ok" or record.costs is None:
        return f"{record.status}: {record.reason}"
    [row] = [
        row
        for row in board.rows
        if (row.dataset, row.split, row.tagger, row.label) == (cell.dataset, cell.splits, cell.tagger, "micro")
    ]
    times = record.costs.seconds
    return (
        f"F1 {percent(row.f1)} over {row.folds} of {row.folds_planned} folds "
        f"(fit {seconds(times['fit'])} s, predict {seconds(times['predict'])} s)"
    )


_BASES: Mapping[Basis, str] = {
    "folds": "finished folds",
    "tagger": "the same tagger elsewhere",
    "grid": "other points of the grid",
    "declared": "declared times",
}


def time_left_line(left: TimeLeft, passed: float = 0.0) -> str:
    """A sentence on the time left, with what the estimate stands on. ``passed``: seconds since it was made."""
    return f"time left: {expected_time(left, passed)}"


def expected_time(left: TimeLeft, passed: float = 0.0) -> str:
    """A range of time, with what it stands on. ``passed``: seconds since it was estimated."""
    told = ", ".join(f"{_BASES[basis]} ({count})" for basis, count in left.cells.items())
    known = f"{_range(left, passed)}, by {told}" if told else "not known"
    unknown = ", ".join(f"{tagger} ({count})" for tagger, count in left.unknown.items())
    return f"{known}; beside {unknown}, of which nothing is known" if unknown and told else known


def _range(left: TimeLeft, passed: float = 0.0) -> str:
    low, high = (_rounded(max(0.0, end - passed)) for end in (left.low, left.high))
    if low == high:
        return high
    (first, unit), (_, other) = low.rsplit(" ", 1), high.rsplit(" ", 1)
    return f"{first if unit == other else low} to {high}"


def _rounded(value: float) -> str:
    return f"{value:.0f} s" if value < 10 else duration(value)  # noqa: PLR2004


def dry_run_view(plan: Plan, store: Store | None, times: ExpectedTimes, jobs: int) -> Display:
    """What a run would do, row by row."""
    lines = [line for corpus in plan.corpora.values() for line in describe_corpus(corpus)]
    lines += [f"{dataset} {name}: {line}" for (dataset, name), split in plan.splits.items() for line in split.lines()]
    lines += [f"{name}: left out: {reason}" for name, reason in plan.absent.items()]
    lines += superseded(plan, store).lines()
    columns = (*words("Dataset", "Split", "Tagger"), *figures("Cells", "Finished"), *words("Time left", "By", "State"))
    rows = [row for row in plan.rows if row.chosen]
    made = []
    waiting: list[tuple[PlannedRow, PlannedCell]] = []
    for row in rows:
        left = [(row, cell) for cell in row.cells if store is None or not finished(store, cell.key)]
        state = row.problem[0] if row.problem else "ready" if left else "finished"
        expected = times.left(left) if state == "ready" else None
        by = ", ".join(expected.cells) if expected else ""
        shown = "" if expected is None else _range(expected) if expected.cells else "not known"
        done = len(row.cells) - len(left)
        made.append((row.dataset, row.splits, row.tagger, len(row.cells), done, shown, by, state))
        waiting += left if state == "ready" else []
    if waiting:
        lines.append(time_left_line(times.left(waiting, jobs)))
    problems = tuple(together((row.tagger, *row.problem) for row in rows if row.problem))
    return Display((table("Nothing was run.", columns, made, problems=problems, identity=3),), tuple(lines))


# More names are not told in one cell.
_MOST_NAMES = 4


def listing_view(benchmarks: Sequence[Availability]) -> Display:
    """The benchmarks that come with adrbench, what they lack on this machine, and why."""
    reasons: dict[str, dict[str, None]] = {}
    rows = []
    for one in benchmarks:
        for reason, names in one.missing.items():
            reasons.setdefault(reason, {}).update(dict.fromkeys(names))
        lacking = dict.fromkeys(name for names in one.missing.values() for name in names)
        rows.append((one.name, _few(one.corpora), _few(one.ready), _few(tuple(lacking))))
    found = [table("adrbench run NAME", words("Name", "Corpora", "Ready", "Missing here"), rows)]
    if reasons:
        why = ((reason, ", ".join(names)) for reason, names in reasons.items())
        notes = ("What is missing here is left out or skipped, with its reason.",)
        found.append(table("What is missing here", words("Reason", "Corpora and taggers"), why, notes=notes))
    return Display(tuple(found))


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"
