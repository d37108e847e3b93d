"""What a report consists of before it is a page: sections with tables and figures, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from adrbench.reporting.tables import TableView

Draw = Callable[[Any, Any], None]


@dataclass(frozen=True)
class Figure:
    """A figure with its alternatives in words and in numbers.

    Attributes:
        name: Names its files.
        title: The headline.
        summary: The figure in words.
        table: The figure in numbers.
        draw: Draws it on a matplotlib figure with a ``Look``.
        height: Inches at the width of one column.
        lines: What the caption adds to the title.
        unfolded: Whether its numbers are shown without asking for them.
    """

    name: str
    title: str
    summary: str
    table: TableView
    draw: Draw
    height: float
    lines: tuple[str, ...] = ()
    unfolded: bool = False


@dataclass(frozen=True)
class Block:
    """A part of a section, such as all that concerns one corpus and split.

    Attributes:
        heading: Its headline.
        lines: Its paragraphs.
        tables: Its tables.
        figures: Its figures.
        notes: The meaning of the figures.
        folded: Tables that are shown only when asked for.
        code: Commands to copy.
    """

    heading: str
    lines: tuple[str, ...] = ()
    tables: tuple[TableView, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    folded: tuple[TableView, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        id: Its anchor.
        heading: Its headline.
        blocks: Its parts; without any the section is left out.
        lines: Its introduction.
        omitted: Why it is left out.
        latex: Whether its tables go into a LaTeX file beside the figures.
        layout: How its parts stand: two beside each other, each as wide as the page, or each a list of facts.
        legend: Whether its introduction explains columns, and so stands below them.
    """

    id: str
    heading: str
    blocks: tuple[Block, ...] = ()
    lines: tuple[str, ...] = ()
    omitted: str = ""
    latex: bool = False
    layout: Literal["pair", "wide", "facts"] = "pair"
    legend: bool = False


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
