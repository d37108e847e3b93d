"""What a view consists of before it has a form: tables of typed columns, with notes.

A view is defined once. ``adrbench.reporting.rendering`` turns it into Markdown, CSV, JSON, LaTeX or HTML, and
``adrbench.reporting.terminal`` into what a terminal shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adrbench.reporting.formatting import Kind, formatted

# The formats of a view, in the order in which commands offer them; ``rich`` is for a terminal.
FORMATS = ("rich", "markdown", "csv", "json", "latex", "html")
# What stands for a figure that there is not, in tables as papers have them.
NONE = "–"
# Taggers, a status, and the reason for it.
Problem = tuple[str, str, str]
_WORDS = frozenset({"text", "letters"})


@dataclass(frozen=True)
class Bar:
    """Where a figure stands in a small bar, in percent of the bar's width; ``low`` and ``high`` bound its interval."""

    middle: float | None
    low: float | None = None
    high: float | None = None
    published: float | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    ``key``: its name in JSON and CSV, the same in every view. ``header``: its name where people read it. ``kind``: what
    its values are, and so how they are shown and on which side they stand. ``says``: what they mean. ``shown``: whether
    tables for people have it; JSON and CSV have every column.
    """

    key: str
    header: str
    kind: Kind = "text"
    says: str = ""
    shown: bool = True

    @property
    def is_words(self) -> bool:
        """Whether it stands to the left, and may be folded; figures stand to the right and are never cut."""
        return self.kind in _WORDS

    def cell(self, value: Any = None, text: str | None = None, *, note: str = "", strong: bool = False) -> TableCell:
        """Make a cell of this column.

        Args:
            value: The value, shown in the form of the column's kind.
            text: Shown instead, if given.
            note: Small print beneath.
            strong: Whether it is among the best.

        Returns:
            The cell.
        """
        return TableCell(formatted(self.kind, value) if text is None else text, value, note=note, strong=strong)


@dataclass(frozen=True)
class TableCell:
    """What a table shows at one place.

    ``value``: what JSON and CSV have, fractions, seconds and bytes, and what the column is sorted by. ``note``: small
    print beneath, where there is room. ``strong``: among the best.
    """

    text: str = ""
    value: Any = None
    bar: Bar | None = None
    note: str = ""
    strong: bool = False

    @property
    def sort(self) -> float | None:
        """The number by which the column is sorted, if it is by a number."""
        return self.value if isinstance(self.value, int | float) and not isinstance(self.value, bool) else None


@dataclass(frozen=True)
class TableView:
    """A table: columns, and rows with a cell for each of them.

    The first cell of a row says what the row is about. Columns whose headers are all empty need no header. ``notes``:
    what the figures mean. ``problems``: what could not be measured. ``marked``: the rows in which something is not as
    it should be. ``sorted_by``: the column by which the rows stand in falling order; None for a table in an order of
    its own. ``identity``: how many columns say what a row is about; they are repeated where the others go on below.
    ``caption``: what must be said wherever the table stands alone.
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
        return [(place, one) for place, one in enumerate(self.columns) if one.shown and one.kind != "bar"]


@dataclass(frozen=True)
class Display:
    """What a command shows: tables, and below them what holds for all of them."""

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


def cells(*values: TableCell | str) -> tuple[TableCell, ...]:
    """A row of a table; plain strings become cells."""
    return tuple(value if isinstance(value, TableCell) else TableCell(value) for value in values)


def number(text: str, value: float | None) -> TableCell:
    """A cell that sorts by its value, and last where there is none."""
    return TableCell(text, value)


def table(title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], **more: Any) -> TableView:
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
    made = tuple(
        tuple(one if isinstance(one := row.get(c.key), TableCell) else c.cell(one) for c in columns) for row in rows
    )
    return TableView(title, tuple(columns), made, **more)
