"""Views for a terminal. Where they are too wide, words are folded and columns go on below; figures are never cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from adrbench.reporting.escaping import for_terminal, one_line
from adrbench.reporting.tables import Display, Problem, TableView

_STATUS_STYLE = {
    **dict.fromkeys(("failed", "oom", "timeout", "broken"), "red"),
    **dict.fromkeys(("skipped", "advice", "expected"), "yellow"),
    "pending": "dim",
}
_BEST = "bold green"
# Between two columns; what a column of words, folded, keeps at least; the longest word that is not broken; and from
# which length on words are sentences, which keep more, or every row would be as tall as a page.
_GAP, _FOLDED, _UNBROKEN, _SENTENCE, _READABLE = 2, 12, 20, 40, 28


class SafeConsole(Console):
    """A console on which no text can steer the terminal, whoever wrote it."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render without control characters, apart from those that the console itself sends.

        Args:
            renderable: What to print.
            options: The size of the console.

        Yields:
            Segments of text and style.
        """
        for segment in super().render(renderable, options):
            text = for_terminal(segment.text)
            yield segment if segment.control or text == segment.text else Segment(text, segment.style)


def to_rich(view: Display) -> RenderableType:
    """Render a view for a terminal.

    Args:
        view: The view.

    Returns:
        The tables one below the other, then the notes.
    """
    parts = [part for table in view.tables for part in (table_to_rich(table), Text())]
    return Group(*(parts if view.notes else parts[:-1]), *(_note(note) for note in view.notes))


def table_to_rich(table: TableView) -> RenderableType:
    """Render a table for a terminal, with its title above and its problems and notes below.

    Args:
        table: The table.

    Returns:
        What ``rich`` prints.
    """
    # Not as the table's own title and caption, which would be as narrow as it is.
    title = [Text(one_line(table.title), style="bold")] if table.title else []
    return Group(*title, _Folding(table), *problem_lines(table.problems), *(_note(note) for note in table.notes))


def problem_lines(problems: Iterable[Problem]) -> Iterator[Text]:
    """Render problems for a terminal.

    Args:
        problems: Taggers, a status and its reason.

    Yields:
        A line for each problem.
    """
    for taggers, status, reason in problems:
        yield Text.assemble(
            (one_line(taggers), "bold"), " ", (one_line(status), _STATUS_STYLE.get(status, "")), f": {one_line(reason)}"
        )


def _note(note: str) -> Text:
    return Text(one_line(note), style="dim")


@dataclass(frozen=True)
class _Shown:
    """Which columns are shown, with the texts of all cells: whole, or as brief as they can be."""

    places: tuple[int, ...]
    rows: Sequence[Sequence[str]]


class _Folding:
    """A table as wide as there is room.

    Where there is too little, cells become brief, then optional columns are left out. If that is not enough, columns
    that find no room stand in another table below, beside the first ones.
    """

    def __init__(self, table: TableView) -> None:
        self._table = table
        places = [place for place, _ in table.drawn_with_room]
        self._columns = [table.columns[place] for place in places]
        self._texts = [[one_line(row[place].text) for place in places] for row in table.rows]
        self._briefs = [[one_line(row[place].brief or row[place].text) for place in places] for row in table.rows]
        self._strong = [[row[place].strong for place in places] for row in table.rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self._texts:
            return
        choices = list(self._choices())
        whole = choices[1]
        shown = next((one for one in choices if self._width(one) <= options.max_width), whole)
        for places, widths in self._parts(shown, options.max_width):
            yield self._part(places, widths, shown.rows)
        if left_out := self._left_out(shown):
            yield _note(f"Left out: {left_out} ({self._width(whole)} columns show all).")

    def _choices(self) -> Iterator[_Shown]:
        """What could be shown, most first."""
        places = tuple(range(len(self._columns)))
        yield _Shown(places, self._texts)
        places = tuple(place for place in places if not self._columns[place].spare)
        yield _Shown(places, self._texts)
        yield _Shown(places, self._briefs)
        for place in sorted(places, key=lambda place: -self._columns[place].optional):
            if self._columns[place].optional:
                places = tuple(one for one in places if one != place)
                yield _Shown(places, self._briefs)

    def _width(self, shown: _Shown) -> int:
        """What it takes to show it without going on below."""
        return sum(self._least(place, shown.rows) + _GAP for place in shown.places) - _GAP

    def _left_out(self, shown: _Shown) -> str:
        """What is left out though it is no spare column."""
        names = [one.header for place, one in enumerate(self._columns) if place not in shown.places and not one.spare]
        cut = [
            self._columns[place].header
            for place in shown.places
            if any(row[place] != whole[place] for row, whole in zip(shown.rows, self._texts, strict=True))
        ]
        said = [*names, *([f"± of {', '.join(cut)}"] if cut else [])]
        return ", ".join(said)

    def _parts(self, shown: _Shown, room: int) -> Iterator[tuple[list[int], list[int]]]:
        """The columns of each part, with their widths."""
        wanted = [
            max([cell_len(one_line(column.header)), *(cell_len(row[place]) for row in shown.rows)])
            for place, column in enumerate(self._columns)
        ]
        least = [self._least(place, shown.rows) for place in range(len(self._columns))]
        first = shown.places[: self._table.identity]
        part = list(first)
        for place in shown.places[len(first) :]:
            if len(part) > len(first) and sum(least[p] + _GAP for p in (*part, place)) - _GAP > room:
                yield part, _widths(part, least, wanted, room)
                part = list(first)
            part.append(place)
        yield part, _widths(part, least, wanted, room)

    def _least(self, place: int, rows: Sequence[Sequence[str]]) -> int:
        column = self._columns[place]
        longest = max(cell_len(row[place]) for row in rows)
        if column.is_words:
            word = max((cell_len(word) for row in rows for word in row[place].split()), default=0)
            is_sentence = longest > _SENTENCE and place >= self._table.identity
            most = _READABLE if is_sentence else max(_FOLDED, min(word, _UNBROKEN))
            return min(max(cell_len(one_line(column.header)), longest), most)
        # A header may be folded between its words.
        return max([longest, *(cell_len(word) for word in one_line(column.header).split())])

    def _part(self, places: Sequence[int], widths: Sequence[int], rows: Sequence[Sequence[str]]) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
            show_header=any(column.header for column in self._columns),
            collapse_padding=True,
        )
        for place, width in zip(places, widths, strict=True):
            column = self._columns[place]
            table.add_column(
                Text(one_line(column.header)),
                justify="left" if column.is_words else "right",
                overflow="fold",
                width=width,
            )
        for number, (row, strong) in enumerate(zip(rows, self._strong, strict=True)):
            # The name of a row stands out with what is best in it.
            best = {place: _BEST for place in places if strong[place]} | ({0: "bold"} if any(strong) else {})
            cells = [Text(row[place], style=best.get(place, "")) for place in places]
            table.add_row(*cells, style="yellow" if number in self._table.marked else "")
        return table


def _widths(part: Sequence[int], least: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """What is left of the room goes to the narrowest column that wants more."""
    widths = {place: least[place] for place in part}
    for _ in range(room - sum(widths.values()) - _GAP * (len(part) - 1)):
        wanting = [place for place in part if widths[place] < wanted[place]]
        if not wanting:
            break
        widths[min(wanting, key=widths.__getitem__)] += 1
    return list(widths.values())
