"""What a view consists of before it has a form: tables of typed columns, with notes.

A view is defined once. ``adrbench.reporting.rendering`` turns it into Markdown, CSV, JSON, LaTeX or HTML, and
``adrbench.reporting.terminal`` into what a terminal shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adrbench.reporting.formatting import Kind, formatted

# The formats of a view, in the order in which commands offer them; ``rich`` is for a terminal.
FORMATS = ("rich", "markdown", "csv", "json", "latex", "html")
# What stands for a figure that there is not, in tables as papers have them.
NONE = "–"
# Taggers, a status, and the reason for it.
Problem = tuple[str, str, str]
# Values of the columns, in their order or by key.
Row = Mapping[str, Any] | Sequence[Any]
_WORDS = frozenset({"text", "letters"})


@dataclass(frozen=True)
class Bar:
    """The place of a figure in a small bar, in percent of the bar's width.

    Attributes:
        middle: The figure; None if it was not measured.
        low: The lower end of its interval.
        high: The upper end of its interval.
        published: The published figure.
    """

    middle: float | None
    low: float | None = None
    high: float | None = None
    published: float | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        key: Its name in JSON and CSV, the same in every view.
        header: Its name in tables for people.
        kind: The kind of its values, which decides their form and alignment.
        says: The meaning of its values.
        shown: Whether tables for people have it; JSON and CSV have every column.
        spare: Shown only at a terminal that has room for it beside all others.
        optional: Left out where a terminal has no room for it, the highest first; 0: never, it goes on below.
    """

    key: str
    header: str
    kind: Kind = "text"
    says: str = ""
    shown: bool = True
    spare: bool = False
    optional: int = 0

    @property
    def is_words(self) -> bool:
        """Whether it is text: aligned to the left, and folded where there is little room. Figures are never cut."""
        return self.kind in _WORDS

    def cell(
        self, value: Any = None, text: str | None = None, *, note: str = "", strong: bool = False, brief: str = ""
    ) -> TableCell:
        """Make a cell of this column.

        Args:
            value: The value, shown in the form of the column's kind.
            text: Shown instead, if given.
            note: Small print beneath.
            strong: Whether it is among the best.
            brief: What is shown of it where there is little room; empty: all of it.

        Returns:
            The cell.
        """
        shown = formatted(self.kind, value) if text is None else text
        return TableCell(shown, value, note=note, strong=strong, brief=brief)

    def holding(self, value: Any) -> TableCell:
        """Make the cell of this column for a value of any type.

        Args:
            value: A number, shown in the form of the column's kind; a text or a cell, shown as it is.

        Returns:
            The cell.
        """
        if isinstance(value, TableCell):
            return value
        return TableCell(value) if isinstance(value, str) and not self.is_words else self.cell(value)


@dataclass(frozen=True)
class TableCell:
    """A cell of a table.

    Attributes:
        text: The text in tables for people.
        value: The value in JSON and CSV (a fraction, seconds, bytes), by which the column is sorted.
        bar: Drawn instead of the text where that is possible.
        note: Small print beneath, where there is room.
        strong: Whether it is among the best.
        link: Where the text leads in a page of a site.
        brief: The text at a terminal with little room; empty: the same.
    """

    text: str = ""
    value: Any = None
    bar: Bar | None = None
    note: str = ""
    strong: bool = False
    link: str = ""
    brief: str = ""

    @property
    def sort(self) -> float | None:
        """The number by which the column is sorted, if it is by a number."""
        return self.value if isinstance(self.value, int | float) and not isinstance(self.value, bool) else None


@dataclass(frozen=True)
class TableView:
    """A table: columns, and rows with a cell for each of them. The first cell names the row.

    Attributes:
        title: The headline.
        columns: The columns; if all headers are empty, no header is shown.
        rows: The rows.
        notes: The meaning of the figures.
        problems: What could not be measured: taggers, status, reason.
        marked: The numbers of rows with a problem.
        sorted_by: The column by which the rows fall; None if they have an order of their own.
        identity: How many columns name a row; they are repeated where the other columns continue below.
        caption: What must be said wherever the table stands alone.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    marked: frozenset[int] = frozenset()
    sorted_by: int | None = None
    identity: int = 1
    caption: str = ""

    def records(self) -> list[dict[str, Any]]:
        """List the rows as plain records, for programs.

        Returns:
            For each row the values by key of their column, or the text of a cell without a value. Intervals are left
            out: their ends have columns of their own.
        """
        return [
            {
                column.key: cell.value if cell.value is not None or cell.text == NONE else cell.text or None
                for column, cell in zip(self.columns, row, strict=True)
                if column.kind not in {"bar", "interval"}
            }
            for row in self.rows
        ]

    @property
    def drawn(self) -> list[tuple[int, Column]]:
        """The columns that text can show, with their places."""
        return [(place, one) for place, one in self.drawn_with_room if not one.spare]

    @property
    def drawn_with_room(self) -> list[tuple[int, Column]]:
        """The columns that text can show where there is room for all, with their places."""
        return [(place, one) for place, one in enumerate(self.columns) if one.shown and one.kind != "bar"]

    def for_people(self) -> TableView:
        """Keep the columns that text can show.

        Returns:
            The table without bars, which need a style, without columns for programs, and without buttons to sort by,
            which need a script.
        """
        places = [place for place, _ in self.drawn]
        rows = tuple(tuple(row[place] for place in places) for row in self.rows)
        return replace(self, columns=tuple(column for _, column in self.drawn), rows=rows, sorted_by=None)


@dataclass(frozen=True)
class Display:
    """What a command shows.

    Attributes:
        tables: The tables.
        notes: What holds for all of them.
    """

    tables: tuple[TableView, ...]
    notes: tuple[str, ...] = ()


def words(*headers: str) -> tuple[Column, ...]:
    """Make columns of text.

    Args:
        headers: Their headers; a key is made from each.

    Returns:
        A column for each header.
    """
    return tuple(Column(_key(header), header) for header in headers)


def figures(*headers: str, kind: Kind = "number") -> tuple[Column, ...]:
    """Make columns of figures.

    Args:
        headers: Their headers; a key is made from each.
        kind: What their values are.

    Returns:
        A column for each header.
    """
    return tuple(Column(_key(header), header, kind) for header in headers)


def _key(header: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in header.lower()).split())


def table(title: str, columns: Sequence[Column], rows: Iterable[Row], **more: Any) -> TableView:
    """Make a table of rows.

    Args:
        title: The title of the table.
        columns: Its columns.
        rows: Each with a value for every column, in order or by key. A column shows a number in the form of its kind;
            text and cells stay as they are.
        more: Further fields of ``TableView``.

    Returns:
        The table.
    """
    ordered = ([row.get(c.key) for c in columns] if isinstance(row, Mapping) else row for row in rows)
    made = tuple(tuple(c.holding(value) for c, value in zip(columns, row, strict=True)) for row in ordered)
    return TableView(title, tuple(columns), made, **more)
