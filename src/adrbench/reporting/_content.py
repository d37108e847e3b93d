"""What a report consists of, before it is a page: sections with tables and figures, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bar:
    """Where a figure stands in a small bar, in percent of the bar's width; ``low`` and ``high`` bound its interval."""

    middle: float | None
    low: float | None = None
    high: float | None = None
    published: float | None = None


@dataclass(frozen=True)
class Cell:
    """What a table shows at one place.

    ``sort``: what the column is sorted by, if not the text. ``badges``: letters, each shown in a box of its own.
    ``note``: small print beneath.
    """

    text: str = ""
    sort: float | None = None
    bar: Bar | None = None
    badges: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption. The first cell of a row is its header. ``numeric``: columns that are set flush right.

    ``sorted_by``: the column by which the rows of a sortable table stand in falling order.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    sortable: bool = False
    sorted_by: int | None = None


Draw = Callable[[Any, Any], None]


@dataclass(frozen=True)
class Figure:
    """A figure with its alternative in words (``summary``) and in numbers (``table``).

    ``name`` names its files. ``draw(figure, look)`` draws on a matplotlib figure. ``height``: in inches at the width of
    one column.
    """

    name: str
    title: str
    summary: str
    table: Table
    draw: Draw
    height: float
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A part of a section, such as all that concerns one corpus and split. ``folded``: shown only when asked for."""

    heading: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    folded: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Section:
    """A section of the page; without blocks it is left out, and ``omitted``, unless empty, says why.

    ``latex``: its tables go into a file of their own beside the figures.
    """

    id: str
    heading: str
    blocks: tuple[Block, ...] = ()
    lines: tuple[str, ...] = ()
    omitted: str = ""
    latex: bool = False


@dataclass(frozen=True)
class Segment:
    """A run of text of an example. ``verdict``: of the innermost mention it is in; ``mark``: our sign, not text."""

    text: str
    depth: int = 0
    verdict: str = ""
    mark: bool = False


@dataclass(frozen=True)
class Answer:
    """What some taggers, or the gold, see in a text. ``wrong``: in how many spans it differs from the gold."""

    who: tuple[str, ...]
    segments: tuple[Segment, ...]
    right: int
    wrong: int
    missed: int
    gold: bool = False


@dataclass(frozen=True)
class Example:
    """A document with the gold and the answers of all taggers, those that agree told once."""

    document: str
    where: str
    answers: tuple[Answer, ...] = field(default=())
    cut: bool = False

    @property
    def differing(self) -> list[str]:
        """The taggers whose answer is not the gold."""
        return [
            name for answer in self.answers if not answer.gold and answer.wrong + answer.missed for name in answer.who
        ]


def cells(*values: Cell | str) -> tuple[Cell, ...]:
    """A row of a table; plain strings become cells."""
    return tuple(value if isinstance(value, Cell) else Cell(value) for value in values)


def number(text: str, value: float | None) -> Cell:
    """A cell that sorts by its value, and last where there is none."""
    return Cell(text, sort=value)
