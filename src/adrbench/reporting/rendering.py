"""Views as text: Markdown, CSV, JSON, LaTeX and HTML. ``adrbench.reporting.terminal`` has the form for a terminal."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from adrbench.reporting.escaping import for_csv, for_latex, for_markdown, for_terminal, to_json
from adrbench.reporting.tables import Display, TableCell, TableView

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# The version of every JSON that a command prints. Version 2 names one split ``split``; see docs/versions.md.
SCHEMA_VERSION = 2

Record = Mapping[str, Any]

# A part of a name, with the sign at its end.
_PART = re.compile(r"[^_,=/]*[_,=/]|[^_,=/]+\Z")
_CODE = re.compile("`([^`]+)`")


def render(view: Display, format_name: str) -> str:
    """Render a view as text. CSV and JSON have the rows of all tables; with several tables each row names its own.

    >>> from adrbench.reporting.tables import table, words
    >>> one = table("Names", words("Name"), [("crf",)])
    >>> print(render(Display((one,)), "csv"))
    schema_version,name
    2,crf

    Args:
        view: The view.
        format_name: One of ``tables.FORMATS`` but ``rich``.

    Returns:
        The text.
    """
    if format_name in {"csv", "json"}:
        several = len(view.tables) > 1
        records = (
            {"table": table.title, **record} if several else record
            for table in view.tables
            for record in table.records()
        )
        return render_records(records, format_name)
    return _RENDERERS[format_name](view)


def render_records(records: Iterable[Record], format_name: str) -> str:
    """Write plain records as JSON or CSV, each with the ``schema_version``.

    Args:
        records: The records; CSV has a column for every key of any of them.
        format_name: ``json`` or ``csv``.

    Returns:
        The text.
    """
    versioned = [{"schema_version": SCHEMA_VERSION, **record} for record in records]
    return to_json(versioned) if format_name == "json" else _to_csv(versioned)


def _to_csv(records: Sequence[Record]) -> str:
    keys = list(dict.fromkeys(key for record in records for key in record)) or ["schema_version"]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(for_csv, keys))
    writer.writerows([for_csv(_plain(record.get(key))) for key in keys] for record in records)
    return stream.getvalue().rstrip("\n")


def _plain(value: Any) -> Any:
    """What one cell holds: numbers of a list are separated by spaces, other nested values are JSON."""
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not value:
        return ""
    numbers = not isinstance(value, Mapping) and all(isinstance(one, int | float) for one in value)
    return " ".join(map(str, value)) if numbers else json.dumps(value, ensure_ascii=False)


def to_markdown(view: Display) -> str:
    """Render a view as tables of GitHub's Markdown, each with its notes as a list.

    Args:
        view: The view.

    Returns:
        The Markdown.
    """
    parts = ["\n".join(_markdown_lines(table)) for table in view.tables]
    if view.notes:
        parts.append("\n".join(f"<sub>{for_markdown(note)}</sub>  " for note in view.notes))
    return "\n\n".join(parts)


def _markdown_lines(table: TableView) -> Iterator[str]:
    columns = table.drawn
    if table.title:
        yield f"**{for_markdown(table.title)}**"
        yield ""
    if table.rows:
        yield _markdown_row(column.header for _, column in columns)
        yield "|" + "|".join("---" if column.is_words else "---:" for _, column in columns) + "|"
        for row in table.rows:
            yield _markdown_row(row[place].text for place, _ in columns)
        yield ""
    yield from (f"- {for_markdown(note)}" for note in _below(table))


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(for_markdown, cells)) + " |"


def to_latex(view: Display) -> str:
    """Render each table of a view as a booktabs table, its notes in small print beneath.

    Args:
        view: The view.

    Returns:
        The LaTeX; the view's own notes stand in comments.
    """
    parts = [r"% needs \usepackage{booktabs}", *("\n".join(_latex_lines(table)) for table in view.tables)]
    parts += ["\n".join(f"% {for_latex(note)}" for note in view.notes)] if view.notes else []
    return "\n".join(parts)


def _latex_lines(table: TableView) -> Iterator[str]:
    columns = table.drawn
    yield from (r"\begin{table}", r"\centering", rf"\caption{{{for_latex(_caption(table))}}}")
    yield rf"\begin{{tabular}}{{{''.join('l' if column.is_words else 'r' for _, column in columns)}}}"
    yield r"\toprule"
    if any(column.header for _, column in columns):
        yield _latex_row(TableCell(column.header) for _, column in columns)
        yield r"\midrule"
    for row in table.rows:
        yield _latex_row(row[place] for place, _ in columns)
    yield from (r"\bottomrule", r"\end{tabular}")
    yield from (rf"\par{{\footnotesize {for_latex(note)}\par}}" for note in _below(table))
    yield from (r"\end{table}", "")


def _caption(table: TableView) -> str:
    return f"{table.title}. {table.caption}" if table.caption else table.title


def _latex_row(cells: Iterable[TableCell]) -> str:
    shown = (rf"\textbf{{{for_latex(one.text)}}}" if one.strong else for_latex(one.text) for one in cells)
    return " & ".join(shown) + r" \\"


def to_html(view: Display) -> str:
    """Render a view as HTML without style or script, for a notebook or another page.

    Args:
        view: The view.

    Returns:
        The HTML.
    """
    plain = Display(tuple(table.for_people() for table in view.tables), view.notes)
    return for_terminal(environment().get_template("view.html.jinja").render(view=plain)).strip()


def environment() -> Environment:
    """Make the environment of the HTML templates.

    Returns:
        An environment that escapes whatever a template is given.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415  (only HTML needs it)

    folder = resources.files("adrbench.reporting")
    made = Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["with_code"] = _with_code
    made.filters["breakable"] = _breakable
    return made


def _with_code(text: str) -> Markup:
    """Text whose stretches between backticks are code.

    >>> str(_with_code("ask `adrbench run` for a<b"))
    'ask <code>adrbench run</code> for a&lt;b'
    """
    from markupsafe import Markup, escape  # noqa: PLC0415  (only HTML needs it)

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  (escaped)


def _breakable(name: str) -> Markup:
    """A name that may be broken between its parts, where it is too long for a line.

    >>> str(_breakable("grid[min_count=2,lists=a<b]"))
    'grid[min_<wbr>count=<wbr>2,<wbr>lists=<wbr>a&lt;b]'
    """
    from markupsafe import Markup, escape  # noqa: PLC0415  (only HTML needs it)

    return Markup("<wbr>").join(map(escape, _PART.findall(name)))


def _below(table: TableView) -> Iterator[str]:
    """The lines below a table: what could not be measured, then its notes."""
    yield from (f"{taggers}: {status}: {reason}" for taggers, status, reason in table.problems)
    yield from table.notes


_RENDERERS: Mapping[str, Callable[[Display], str]] = {"markdown": to_markdown, "latex": to_latex, "html": to_html}
