"""What a person sees while a run goes on: a live leaderboard at a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adrbench.cli.output import failure_hint, why_hint
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.statistics.published import compare
from adrbench.reporting.formatting import duration, formatted, percent, seconds
from adrbench.reporting.leaderboard.view import leaderboard_view
from adrbench.reporting.tables import Column, Display, TableView, figures, table, words
from adrbench.reporting.terminal import SafeConsole, to_rich
from adrbench.reporting.timings_view import timings_view
from adrbench.results.leaderboard import Board
from adrbench.results.leaderboard.rows import together
from adrbench.results.results import Summary
from adrbench.results.schema import CellRecord, TimingRecord
from adrbench.results.store import DamagedError, Store
from adrbench.running.availability import Availability
from adrbench.running.executors.local import Progress
from adrbench.running.expected_requests import ExpectedRequests
from adrbench.running.expected_time import Basis, ExpectedTimes, TimeLeft
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.run import View
from adrbench.running.superseded import Superseded, finished, superseded

# So many labels of a corpus are named.
_LABELS = 20
# Cells that ended so have nothing to look into.
_WELL = frozenset({"ok", "skipped"})


def make_view(console: SafeConsole, results: Path | None = None) -> PlainView:
    """Choose how a run is shown.

    Args:
        console: Where it is shown.
        results: The results folder, as hints name it.

    Returns:
        A live view at a terminal, plain lines elsewhere.
    """
    return LiveView(console, results=results) if console.is_terminal else PlainView(console, results)


def describe_corpus(corpus: Corpus) -> list[str]:
    """Describe a corpus in words.

    Args:
        corpus: The corpus.

    Returns:
        Lines: its name, origin and size, and each entry of its ledger.
    """
    counts = corpus.counts
    sizes = f"{counts['documents']:,} documents, {counts['groups']:,} groups, {counts['words']:,} words"
    more = len(corpus.labels) - _LABELS
    labels = f"{', '.join(corpus.labels[:_LABELS])}{f' and {more:,} more labels' if more > 0 else ''}"
    spans = f"{counts['spans']:,} spans of {labels}"
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
        lines.append(f"  {entry.step}{': ' if numbers else ''}{', '.join(numbers)}")
    if counts["unlabelled documents"]:
        lines.append(f"  unlabelled text for every tagger: {counts['unlabelled documents']:,} documents")
    return lines


class Lines:
    """Writes lines to a console, and holds nothing that would have to be closed."""

    def __init__(self, console: SafeConsole) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class PlainView(Lines, View):
    """A line for each thing that happens: for logs. ``results``: as hints name the folder."""

    def __init__(self, console: SafeConsole, results: Path | None = None) -> None:
        super().__init__(console)
        self._results = results
        self._hinted = False
        self._done = 0
        self._waiting = 0
        self._left: TimeLeft | None = None

    def reading(self, dataset: str) -> None:
        self._say(f"reading {dataset}")

    def collecting(self, row: PlannedRow) -> None:
        self._say(f"{row.tagger}: reading the text without gold that it learns from")

    def planned(self, plan: Plan, finished: int, waiting: int) -> None:
        for corpus in plan.corpora.values():
            for line in describe_corpus(corpus):
                self._say(line)
        for (dataset, name), split in plan.splits.items():
            for line in split.lines():
                self._say(f"{dataset} {name}: {line}")
        for name, reason in plan.absent.items():
            self._say(f"{name}: left out: {reason}")
        for notice in plan.notices:
            self._say(notice)
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

    def node_refused(self, node: str, reason: str) -> None:
        self._say(f"refused {node}: {reason}")

    def response_lost(self, error: DamagedError) -> None:
        self._say(str(error))

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
        self._done += 1
        left = f"; {_range(self._left)} left" if self._left is not None and self._left.cells else ""
        self._say(f"[{self._done}/{self._waiting}] {_name(cell)}: {_result(cell, record, board)}{left}")
        if record.status not in _WELL:
            self._hint(cell)

    def _hint(self, cell: PlannedCell) -> None:
        """Say once how to see why a cell failed: at the first, as the run may be interrupted before its end."""
        if self._results is not None and not self._hinted:
            self._hinted = True
            self._say(why_hint(cell.tagger, self._results))

    def timed_again(self, runs: int) -> None:
        self._done, self._waiting, self._left = 0, runs, None
        self._say(f"{runs} further timings of finished cells to take")

    def timed(self, row: PlannedRow, cell: PlannedCell, timing: TimingRecord | CellRecord) -> None:
        self._done += 1
        self._say(f"[{self._done}/{self._waiting}] {_name(cell)}, timed again: {_timing(timing)}")

    def close(self, summary: Summary, folder: Path) -> None:
        """Show the leaderboard and where its figures are kept.

        Args:
            summary: The leaderboard, and how many cells have each status.
            folder: The results folder.
        """
        self._console.print()
        self._console.print(to_rich(leaderboard_view(summary.board)))
        if summary.timings:
            self._console.print()
            self._console.print(to_rich(timings_view(summary.timings)))
        statuses = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
        self._say(f"\nCells: {statuses}. Results: {folder}")
        if hint := failure_hint(summary.board, folder):
            self._say(hint)


class LiveView(PlainView):
    """A leaderboard that grows as cells finish, above what is running now."""

    def __init__(
        self, console: SafeConsole, clock: Callable[[], float] = time.monotonic, results: Path | None = None
    ) -> None:
        super().__init__(console, results)
        self._clock = clock
        # Drawn when something has happened, and not more than once a second: it takes time from what is measured.
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._drawn = 0.0
        self._board: Board | None = None
        self._here: tuple[str, str] | None = None
        self._running: dict[str, tuple[str, float, float, str]] = {}
        self._began = self._told = self._clock()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.update(Text(), refresh=True)
        self._live.stop()

    def resumed(self, board: Board) -> None:
        self._board = board
        self._refresh()

    def reading(self, dataset: str) -> None:
        self._live.update(Text(f"reading {dataset} …", style="dim"), refresh=True)

    def collecting(self, row: PlannedRow) -> None:
        self._live.update(
            Text(f"{row.tagger}: reading the text without gold that it learns from …", style="dim"), refresh=True
        )

    def time_left(self, left: TimeLeft) -> None:
        self._left, self._told = left, self._clock()

    def started(self, row: PlannedRow, cell: PlannedCell) -> None:
        self._running[cell.key] = (_name(cell), 0.0, 0.0, "")
        self._here = (cell.dataset, cell.splits)
        self._refresh()

    def progress(self, row: PlannedRow, cell: PlannedCell, progress: Progress) -> None:
        shown = (_name(cell), *progress)
        if self._running.get(cell.key) != shown:
            self._running[cell.key] = shown
            if self._clock() - self._drawn >= 1:
                self._refresh()

    def timed(self, row: PlannedRow, cell: PlannedCell, timing: TimingRecord | CellRecord) -> None:
        self._running.pop(cell.key, None)
        super().timed(row, cell, timing)
        self._refresh()

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
        self._running.pop(cell.key, None)
        self._board = board
        self._done += 1
        if record.status not in _WELL:
            self._say(f"{_name(cell)}: {_result(cell, record, board)}")
            self._hint(cell)
        self._refresh()

    def _refresh(self) -> None:
        self._drawn = self._clock()
        self._live.update(self.picture(), refresh=True)

    def picture(self) -> RenderableType:
        """Draw what is shown now.

        Returns:
            As much of the leaderboard as there is room for, then the progress.
        """
        # One line stays free: the cursor stands there.
        lines = self._console.height - 1
        status = self._status(max(1, lines // 2))
        left = lines - self._height(status)
        board = [] if self._board is None else [self._shortened(self._board, left)]
        return Group(*board, status)

    def _status(self, most: int) -> RenderableType:
        """How far the run is, and the cells that are running: as many as ``most`` lines hold."""
        width = max(8, min(30, self._console.width // 4))
        elapsed = self._clock() - self._began
        whole = Table.grid(padding=(0, 1))
        bar = ProgressBar(self._waiting, self._done, width=width)
        whole.add_row(f"{self._done}/{self._waiting} cells", bar, f"{elapsed:,.0f} s")
        parts: list[RenderableType] = []
        if self._left is not None and self._running:
            parts.append(Text(time_left_line(self._left, self._clock() - self._told)))
        parts.append(whole)
        cells = Table.grid(padding=(0, 1))
        shown = list(self._running.values())[: max(1, most - self._height(Group(*parts)) - 1)]
        for name, done, total, note in shown:
            running = ProgressBar(total or None, done, width=width, pulse=not total)
            cells.add_row(Text(name, overflow="fold"), running, Text(note, no_wrap=True))
        parts += [cells] if shown else []
        if more := len(self._running) - len(shown):
            parts.append(Text(f"… and {more} more running", style="dim"))
        return Group(*parts)

    def _shortened(self, board: Board, lines: int) -> RenderableType:
        """The leaderboard in as many lines: without its notes, then only what is measured now, then fewer rows."""
        whole = leaderboard_view(board, legend=False)
        bare = Display(tuple(replace(one, notes=(), problems=()) for one in whole.tables))
        choices = [whole, bare]
        here = self._here if self._here in board.sections() else next(iter(board.sections()), None)
        if here is not None and bare.tables:
            [table, *_] = leaderboard_view(replace(board, rows=tuple(board.sections()[here])), legend=False).tables
            more = len(bare.tables) - 1
            for count in range(len(table.rows), 0, -1):
                hidden = [f"{len(table.rows) - count} more rows"] if count < len(table.rows) else []
                hidden += [f"{more} more table{'s' if more > 1 else ''}"] if more else []
                notes = (f"… {' and '.join(hidden)}",) if hidden else ()
                choices.append(Display((replace(table, rows=table.rows[:count], notes=notes, problems=()),)))
        fitting = (to_rich(view) for view in choices if self._height(to_rich(view)) + 1 <= lines)
        found = next(fitting, None)
        return Text() if found is None else Group(found, Text())

    def _height(self, shown: RenderableType) -> int:
        return len(self._console.render_lines(shown, pad=False))


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
    """Say how much time is left.

    Args:
        left: The estimate.
        passed: Seconds since it was made.

    Returns:
        A sentence with a range of time and the basis of the estimate.
    """
    return f"time left: {expected_time(left, passed)}"


def expected_time(left: TimeLeft, passed: float = 0.0) -> str:
    """Put an estimate of time into words.

    Args:
        left: The estimate.
        passed: Seconds since it was made.

    Returns:
        A range of time, with the basis of the estimate.
    """
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


def dry_run_view(
    plan: Plan, store: Store | None, times: ExpectedTimes, jobs: int, requests: Sequence[ExpectedRequests] = ()
) -> Display:
    """Show what a run would do, row by row, and what it would ask of servers.

    Args:
        plan: The plan of the run.
        store: The results folder; None if there is none yet.
        times: Estimates of the time that cells take.
        jobs: How many cells run at a time.
        requests: Estimates of requests to servers.

    Returns:
        The view.
    """
    lines = [line for corpus in plan.corpora.values() for line in describe_corpus(corpus)]
    lines += [f"{dataset} {name}: {line}" for (dataset, name), split in plan.splits.items() for line in split.lines()]
    lines += [f"{name}: left out: {reason}" for name, reason in plan.absent.items()]
    lines += plan.notices
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
    plain = table("Nothing was run.", columns, made, problems=problems, identity=3)
    return Display((plain, *([_requests_table(requests, plan)] if requests else [])), tuple(lines))


def _requests_table(requests: Sequence[ExpectedRequests], plan: Plan) -> TableView:
    """What is asked of servers, by row and together, with the budget."""
    currency = plan.prices.currency if plan.prices is not None else ""
    columns = (
        *words("Dataset", "Split", "Tagger"),
        *figures("Cells", "Requests", "Sent", "Received"),
        *([Column("price", f"Price, {currency}", "money")] if currency else []),
    )
    made = []
    for one in requests:
        known = (one.requests, one.prompt_tokens, one.completion_tokens, *([one.money] if currency else []))
        made.append((one.dataset, one.split, one.tagger, one.cells, *known))
    tokens = sum((one.prompt_tokens or 0) + (one.completion_tokens or 0) for one in requests)
    money = sum(one.money or 0.0 for one in requests)
    total = f"{tokens:,} tokens" + (f", {formatted('money', money)} {currency}" if currency else "")
    notes = [
        f"An estimate: {total} in all, at most. What is recorded already, or shared by cells, is not asked again.",
        *(f"{one.tagger}: not known: {one.reason}." for one in requests if one.reason),
    ]
    if (budget := plan.benchmark.limits.budget) is not None:
        limit = f"{budget.tokens:,} tokens" if budget.tokens is not None else f"{budget.money:g} {currency}"
        notes.append(f"The budget is {limit}, earlier runs of this results folder included.")
    return table("Requests to servers (tokens sent and received)", columns, made, notes=tuple(notes), identity=3)


# More names are not told in one cell.
_MOST_NAMES = 4


def listing_view(benchmarks: Sequence[Availability]) -> Display:
    """Show the benchmarks that come with adrbench.

    Args:
        benchmarks: Each with what it lacks on this machine, and why.

    Returns:
        The view.
    """
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
