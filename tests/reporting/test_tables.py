"""Tables as Markdown, LaTeX and at a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

import adrbench
from adrbench.reporting.leaderboard.view import leaderboard_view
from adrbench.reporting.rendering import to_latex, to_markdown
from adrbench.reporting.tables import Display, figures, table, words
from adrbench.reporting.terminal import to_rich

RESULTS = Path(__file__).parents[2] / "results"


def shown(title: str, columns: tuple[str, ...], *rows: tuple[str, ...], notes: tuple[str, ...] = ()) -> Display:
    """A display of one table, its first column words."""
    return Display((table(title, (*words(columns[0]), *figures(*columns[1:])), rows, notes=notes),))


SHOWN = shown("A_1 & more", ("Label", "% of words"), ("a|b", "1,000"), ("x_y", "2.5"), notes=("50% {of} all",))


def printed(view: Display, width: int = 60) -> str:
    """What a terminal of a width shows."""
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(to_rich(view))
    return capture.get()


def test_markdown() -> None:
    """Words to the left, figures to the right; what would be markup is not."""
    assert to_markdown(SHOWN).splitlines() == [
        r"**A\_1 &amp; more**",
        "",
        "| Label | % of words |",
        "|---|---:|",
        r"| a\|b | 1,000 |",
        r"| x\_y | 2.5 |",
        "",
        "- 50% {of} all",
    ]


def test_latex() -> None:
    """A booktabs table with the notes in its caption; no character has a meaning of its own."""
    assert to_latex(SHOWN).splitlines() == [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\caption{A\_1 \& more}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"Label & \% of words \\",
        r"\midrule",
        r"a|b & 1,000 \\",
        r"x\_y & 2.5 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par{\footnotesize 50\% \{of\} all\par}",
        r"\end{table}",
    ]


def test_a_table_without_names_of_columns_has_no_header() -> None:
    """Neither at a terminal nor in LaTeX is there an empty line in its place."""
    plain = shown("T", ("", ""), ("Words", "7"))
    assert r"\midrule" not in to_latex(plain)
    assert [line.split() for line in printed(plain).splitlines()] == [["T"], ["Words", "7"]]


def test_a_figure_is_never_cut() -> None:
    """Where there is no room, words are folded."""
    text = printed(shown("T", ("Step", "Spans"), ("one step of many words in the ledger", "1,234,567")), width=24)
    assert "1,234,567" in text
    assert " ".join(re.findall("[a-z]+", text)) == "tep pans one step of many words in the ledger"


@given(st.text(max_size=20))
def test_any_cell_stays_in_its_row(cell: str) -> None:
    """No text breaks a row of Markdown or LaTeX, or opens a column of its own."""
    view = shown("T", ("A", "B"), (cell, "1"))
    [row] = [line for line in to_markdown(view).split("\n") if line.endswith("| 1 |")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3
    [row] = [line for line in to_latex(view).split("\n") if line.endswith(r"& 1 \\")]
    assert len(re.findall(r"(?<!\\)&", row)) == 1


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=25), st.integers(40, 100), st.text(max_size=40))
def test_columns_that_find_no_room_go_on_below(values: list[int], width: int, name: str) -> None:
    """No figure is cut, no line is wider than the terminal, and each part begins with the first column."""
    texts = [f"{value:,}" for value in values]
    view = shown("", ("Tagger", *(f"C{place}" for place in range(len(values)))), ("crf", *texts), (name, *texts))
    lines = [line.rstrip() for line in printed(view, width).splitlines()]
    assert max(map(cell_len, lines)) <= width  # of columns of a terminal: some characters take none
    rows = [line.split() for line in lines if line.startswith("crf")]
    assert [figure for row in rows for figure in row[1:]] == texts
    assert len([line for line in lines if line.startswith("Tagger")]) == len(rows)


def test_sentences_and_words_are_not_crushed() -> None:
    """A column of sentences goes on below rather than fold to a word a line, and a word is not broken to save that."""
    sentence = "a description of this row that is as long as a sentence mostly is"
    columns = ("Name", "Family", "Distribution", "State", "Description")
    view = shown(
        "", columns, *((name, "transition-based", f"a-distribution-{name}", "ready", sentence) for name in "ab")
    )
    lines = printed(view, 70).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("Name")] == ["Name", "Name"]
    assert sum("transition-based" in line and "a-distribution-" in line for line in lines) == 2
    # Two headers with their rules, two rows of a line, two rows of two.
    assert len([line for line in lines if line.strip()]) == 10


@pytest.fixture(scope="module")
def ade() -> Display:
    """The leaderboard of committed results: costs have a ±, and a paper's F1 stands beside."""
    return leaderboard_view(adrbench.leaderboard(RESULTS / "ade"), legend=False)


def measured_f1() -> dict[str, list[str]]:
    """The F1 of each tagger on both splits, as printed."""
    named: dict[str, list[str]] = {}
    for row in adrbench.Results(RESULTS / "ade"):
        if row.f1 is not None and row.label == "micro":
            named.setdefault(row.tagger, []).append(f"{100 * row.f1:.1f}")
    return named


@pytest.mark.parametrize("width", [50, 60, 70, 80, 90, 100, 101, 120])
def test_a_leaderboard_has_one_part(ade: Display, width: int) -> None:
    """Where there is no room, the ± of costs goes first, then columns of costs; what went is said.

    Where names and F1 have no room in a line, a table has several parts.
    """
    text = printed(ade, width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    said = " ".join(text.split())
    parts = sum(line.startswith("Tagger") for line in lines)
    if width == 50:
        assert parts > 2
        return
    assert parts == 2
    for f1 in measured_f1()["minilm"]:
        assert re.search(rf"minilm .*{f1}", text)
    if told := re.search(r"\((\d+) columns show all\)", said):
        assert int(told[1]) > width
        assert "Left out:" not in printed(ade, int(told[1]))
    else:
        assert width > 100
        assert "Left out:" not in text
    if width == 80:
        assert re.search(r"crf .* \d+ +\d\.\d\d +\d+ MiB", text)
        assert "Left out: Docs/s, Pre-training, ± of Fit, Predict, Memory (" in said
    if width == 60:
        assert "Left out: Fit, Predict, Docs/s, Pre-training, ± of Memory" in said


def test_the_best_and_those_that_tie_with_it_stand_out(ade: Display) -> None:
    """Their names and their F1 are bold, of no other row."""
    console = Console(width=120, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(to_rich(ade))
    bold = re.findall(r"\x1b\[1(?:;32)?m *([^\x1b]*?) *\x1b\[0m", capture.get())
    named = measured_f1()
    known = {*named, *(f1 for figures in named.values() for f1 in figures)}
    random, grouped = named["minilm"]
    assert [text for text in bold if text in known] == ["minilm", random, "minilm", grouped]
