"""Untrusted text in every format: it can steer no terminal, begin no formula, be no markup, leave no cell."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from adrbench.reporting.escaping import for_csv, for_latex, for_markdown, to_json
from adrbench.reporting.rendering import render, render_records
from adrbench.reporting.tables import Display, figures, table, words
from adrbench.reporting.terminal import SafeConsole, to_rich

HOSTILE = (
    "=1+1|<script>alert(1)</script>\x1b]0;title\x07\x1b[2J\x9b31m\u202e\u2066\u200f\r\n\t@[x](javascript:1)&lt;`$_^~#"
)
ANY = st.text(max_size=30) | st.text(
    "=+-@\t\r\n\x1b\x07\x9b\u202e\u2066\u200f\u061c\u2028\ud800|<>&`[]()*_#%${}\\~^a1", max_size=30
)
BIDIRECTIONAL = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


def steers(character: str, allowed: str = "\n") -> bool:
    """Whether a terminal could take a character for an order, a turn of direction, or another line."""
    turns = unicodedata.bidirectional(character) in BIDIRECTIONAL or character in "\u200e\u200f\u061c"
    control = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in allowed
    return turns or control


def shown(text: str) -> Display:
    """A display with one text wherever text can stand."""
    made = table(
        text,
        (*words("Label", text), *figures("F1", text)),
        [(text, text, "1.0", text)],
        notes=(text,),
        problems=((text, text, text),),
        caption=text,
    )
    return Display((made,), (text,))


@settings(max_examples=40)  # a table is made for each
@given(ANY)
@example(HOSTILE)
def test_no_format_steers_a_terminal(text: str) -> None:
    """Not one of them, wherever the text stands; and all of them can be encoded."""
    view = shown(text)
    stream = io.StringIO()
    SafeConsole(file=stream, width=80).print(to_rich(view))
    texts = {name: render(view, name) for name in ("markdown", "csv", "json", "latex", "html")}
    for name, printed in {**texts, "rich": stream.getvalue()}.items():
        assert not [c for c in printed if steers(c, "\n\t" if name == "html" else "\n")], name
        printed.encode()


@given(ANY)
@example(HOSTILE)
def test_a_console_is_safe_whatever_is_printed(text: str) -> None:
    """Plain text, too; its own colours are all that is left of control characters."""
    stream = io.StringIO()
    SafeConsole(file=stream, width=80).print(text, markup=False)
    assert not any(steers(character, "\n\t") for character in stream.getvalue())
    plain, safe = io.StringIO(), io.StringIO()
    for kind, target in ((Console, plain), (SafeConsole, safe)):
        kind(file=target, width=80, force_terminal=True, color_system="standard").print("[red]x[/] y")
    assert plain.getvalue() == safe.getvalue()


@given(ANY)
@example(HOSTILE)
def test_no_cell_of_csv_begins_a_formula(text: str) -> None:
    """Nor a name of a column; each row has as many cells as there are columns."""
    header, row = csv.reader(io.StringIO(render_records([{"a": text, text + "b": text, "n": -1.5}], "csv")))
    assert len(header) == len(row) == 4
    assert row[-1] == "-1.5"
    for cell in (*header, *row[:-1]):
        assert not cell.startswith(tuple("=+-@\t\r\n"))


@given(st.integers() | st.floats(allow_nan=False))
def test_numbers_stay_numbers_in_csv(number: float) -> None:
    """Negative ones, too."""
    [_, row] = csv.reader(io.StringIO(render_records([{"n": number}], "csv")))
    assert type(number)(row[1]) == number
    assert for_csv(number) is number


@given(ANY)
@example(HOSTILE)
def test_json_loses_nothing(text: str) -> None:
    """What is escaped comes back as it was."""
    assert json.loads(to_json({"a": [text]})) == {"a": [text]}


@given(ANY)
@example(HOSTILE)
def test_markdown_has_no_html_and_keeps_cells(text: str) -> None:
    """Every mark is escaped, and a row stays one row of as many cells."""
    line = for_markdown(text)
    assert "\n" not in line
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>|`*_\[\]#~]", line)
    rows = [row for row in render(shown(text), "markdown").split("\n") if row.startswith("|")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} == {5}


@given(ANY)
@example(HOSTILE)
def test_latex_keeps_its_braces(text: str) -> None:
    """Nothing in it is a command, an environment, a comment or a column."""
    assert re.fullmatch(
        r"(?:[^\\&%_#${}~^<>\[\]]|\\[&%_#${}]|\\(?:text[a-z]+|ldots)\{\}|\$\\[a-z]+\$|\{[\[\]]\})*", for_latex(text)
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@settings(max_examples=40)  # a table is made for each
@given(ANY)
@example(HOSTILE)
@example('" onclick="alert(1)')
def test_html_has_our_tags_only(text: str) -> None:
    """And our attributes."""
    parser = _Tags()
    parser.feed(render(shown(text), "html"))
    assert parser.tags <= {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
        "small",
        "span",
        "b",
        "wbr",
    }
    assert parser.attributes <= {"class", "scope", "title", "data-value"}
