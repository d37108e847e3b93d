"""What a person sees while texts are tagged: a bar at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from adrbench.cli.output import echo
from adrbench.datasets.texts import Unreadable
from adrbench.reporting.formatting import duration
from adrbench.running.tagging.journal import State
from adrbench.running.tagging.tag import View

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# A line of progress where there is no terminal.
_LINE_SECONDS = 30.0


def count_texts(count: int) -> str:
    """Put a number of texts into words.

    Args:
        count: The number.

    Returns:
        Such as ``1 text`` or ``1,200 texts``.
    """
    return f"{count:,} text{'' if count == 1 else 's'}"


class TagView(View):  # its methods are described there
    """A bar with the time left at a terminal, else a line now and then; all on standard error."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said = time.monotonic()
        self._began = self._said
        self._start: int | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                Progress,
                TaskProgressColumn,
                TextColumn,
                TimeRemainingColumn,
            )

            from adrbench.reporting.terminal import SafeConsole  # noqa: PLC0415

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=SafeConsole(stderr=True), transient=True)
            self._task = self._bar.add_task("tagging", total=None)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def resumed(self, state: State) -> None:
        self._say(f"{count_texts(state.texts)} are done already; going on")

    def failed(self, text: Unreadable) -> None:
        self._say(f"{text.where}: {text.reason}")

    def progress(self, texts: int, read: int, total: int | None) -> None:
        self._start = read if self._start is None else self._start
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=read, total=total or None, description=f"{texts:,} texts")
            return
        now = time.monotonic()
        if now - self._said < _LINE_SECONDS:
            return
        self._said = now
        left = ""
        if total and total > read > self._start:
            rest = (total - read) * (now - self._began) / (read - self._start)
            left = f", {read / total:.0%}; about {duration(rest)} left"
        self._say(f"{texts:,} texts{left}")

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)
        else:
            echo(text, err=True)
