"""Tables as plain text in cells, and the forms they are shown in: at a terminal, as Markdown, as LaTeX (booktabs)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Sheet:
    """A table. The first ``text`` columns hold words, the others figures. ``notes``: what its figures mean.

    Columns whose names are all empty need no header.

    ``marked``: the rows in which something is not as it should be.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text: int = 1
    notes: tuple[str, ...] = ()
    marked: frozenset[int] = frozenset()


def to_rich(sheet: Sheet) -> RenderableType:
    """The table for a terminal, its notes below: words are folded where there is no room, figures never."""
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        show_header=any(sheet.columns),
        collapse_padding=True,
    )
    for place, name in enumerate(sheet.columns):
        words = place < sheet.text
        table.add_column(Text(name), justify="left" if words else "right", no_wrap=not words, overflow="fold")
    for place, row in enumerate(sheet.rows):
        table.add_row(*(Text(cell) for cell in row), style="yellow" if place in sheet.marked else "")
    # Above and below, not as the table's own title and caption, which would be as narrow as it is.
    return Group(Text(sheet.title, style="bold"), table, *(Text(note, style="dim") for note in sheet.notes))


def to_markdown(sheets: Iterable[Sheet]) -> str:
    """Tables of GitHub's Markdown, one below the other."""
    parts = []
    for sheet in sheets:
        lines = [f"**{_markdown(sheet.title)}**", ""]
        lines.append(_row(sheet.columns))
        lines.append(
            "|" + "|".join("---" if place < sheet.text else "---:" for place in range(len(sheet.columns))) + "|"
        )
        lines += [_row(row) for row in sheet.rows]
        if sheet.notes:
            lines += ["", *(f"<sub>{_markdown(note)}</sub>  " for note in sheet.notes)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_markdown(cell) for cell in cells) + " |"


_MARKS = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|<>"})


def _markdown(text: str) -> str:
    return " ".join(text.split()).translate(_MARKS)


def to_latex(sheets: Iterable[Sheet]) -> str:
    """A booktabs table for each sheet, its notes in the caption."""
    parts = []
    for sheet in sheets:
        caption = " ".join((f"{sheet.title}.", *sheet.notes))
        lines = [r"\begin{table}", r"\centering", rf"\caption{{{_latex(caption)}}}"]
        lines.append(rf"\begin{{tabular}}{{{'l' * sheet.text}{'r' * (len(sheet.columns) - sheet.text)}}}")
        lines.append(r"\toprule")
        if any(sheet.columns):
            lines += [_latex_row(sheet.columns), r"\midrule"]
        lines += [_latex_row(row) for row in sheet.rows]
        lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
        parts.append("\n".join(lines))
    return "% needs \\usepackage{booktabs}\n" + "\n\n".join(parts)


def _latex_row(cells: Iterable[str]) -> str:
    return " & ".join(_latex(cell) for cell in cells) + r" \\"


_TEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%_#${}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        # A bracket after a line end would be its argument.
        "[": "{[}",
        "]": "{]}",
        "–": "--",
        "—": "---",
        "·": r"$\cdot$",
        "≤": r"$\leq$",
        "×": r"$\times$",
    }
)


def _latex(text: str) -> str:
    return " ".join(text.split()).translate(_TEX)
