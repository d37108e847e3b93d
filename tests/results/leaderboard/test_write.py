"""The leaderboard for programs and papers."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stored

from adrbench.plugins.registry import Registry
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.view import leaderboard_text, leaderboard_view
from adrbench.reporting.terminal import SafeConsole, to_rich
from adrbench.results.leaderboard import Board, leaderboard
from adrbench.results.leaderboard.rows import RENAMED
from adrbench.results.schema import CardRecord, CeilingRecord
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, INTERVALS

if TYPE_CHECKING:
    from tests.results.leaderboard.conftest import Results

# What JSON and CSV have as two ends, and what only HTML can draw.
SHOWN_ONLY = {"precision_interval", "recall_interval", "f1_interval", "f1_bar"}


@pytest.fixture
def board(results: Results) -> Board:
    """Two taggers measured, one that failed with an awkward reason, and published figures."""
    figures = {"f1": 58.91, "precision": None, "recall": None, "source": "A & B_{x}"}
    results.published = [stored.published(tagger="a_1", **figures)]
    results.measured("a_1")
    results.measured("b")
    results.row("c", problem=("failed", 'ValueError: a|b\n  50% of "x", \\y'))
    return leaderboard(results.plan(), Registry())


def test_json_is_a_list_of_rows_in_fractions(board: Board) -> None:
    """A row for each tagger and label; what there is no figure for is null."""
    rows = json.loads(leaderboard_text(board, "json"))
    assert [(r["tagger"], r["label"]) for r in rows] == [
        (t, x) for t in ("a_1", "b", "c") for x in ("micro", "ADR", "DRUG", "macro", "weighted")
    ]
    assert rows[0]["f1"] == pytest.approx(11 / 14)
    assert rows[0]["published_f1"] == pytest.approx(0.5891)
    assert (rows[0]["fit_seconds"], rows[0]["peak_memory_bytes"]) == (2.5, 101 * 2**20)
    assert (rows[10]["f1"], rows[10]["status"], rows[10]["interval"]) == (None, "failed", None)


def test_every_column_is_defined_once(board: Board) -> None:
    """What JSON has is what the definition of columns has, but for the old names and what only text can show."""
    [keys] = {tuple(row) for row in json.loads(leaderboard_text(board, "json"))}
    assert set(keys) - set(RENAMED) == set(COLUMNS) - SHOWN_ONLY
    assert all(column.says for column in COLUMNS.values())


def test_csv_has_the_same_figures(board: Board) -> None:
    """The same names and rows as JSON; awkward reasons survive."""
    rows = list(csv.DictReader(io.StringIO(leaderboard_text(board, "csv"))))
    plain = json.loads(leaderboard_text(board, "json"))
    assert list(rows[0]) == list(plain[0])
    assert [row["tagger"] for row in rows] == [row["tagger"] for row in plain]
    assert float(rows[0]["f1"]) == plain[0]["f1"]
    assert [float(f1) for f1 in rows[0]["fold_f1"].split()] == plain[0]["fold_f1"]
    assert (rows[10]["f1"], rows[10]["reason"]) == ("", " ".join(plain[10]["reason"].split()))


def test_renamed_columns_have_both_names(board: Board) -> None:
    """For one minor version the old names stand beside the new ones, in JSON and CSV; rows say their version."""
    for row in (
        json.loads(leaderboard_text(board, "json"))[0],
        next(csv.DictReader(io.StringIO(leaderboard_text(board, "csv")))),
    ):
        assert (int(row["schema_version"]), row["split"], row["tagger_id"]) == (2, "random", "a_1")
        assert all(row[old] == row[new] for old, new in RENAMED.items())


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_old_attributes_warn(board: Board, old: str, new: str) -> None:
    """They give what the new ones give, and say which those are."""
    with pytest.warns(DeprecationWarning, match=f"Row.{old} goes with version 0.2: use Row.{new}"):
        assert getattr(board.rows[0], old) == getattr(board.rows[0], new)


def test_markdown_tables_are_well_formed(board: Board) -> None:
    """Every line of the table has as many cells as its head; what failed is a list item of one line."""
    lines = leaderboard_text(board, "markdown").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in table} == {table[0].count("|")}
    assert len(table) == 2 + 2
    assert re.match(r"\| a\\_1 \| 83\.3 \| 75\.0 \| 78\.6 \|", table[2])
    assert "58.9" in table[2]
    [item] = [line for line in lines if line.startswith("- c: failed")]
    assert item.endswith('ValueError: a\\|b 50% of "x", \\\\y')
    assert "**toy · random · 2 folds · all gold · 95% nadeau-bengio**" in lines


def test_latex_tables_are_well_formed(board: Board) -> None:
    """Every row has as many cells as there are columns, and nothing that TeX would trip over is left."""
    text = leaderboard_text(board, "latex")
    [spec] = re.findall(r"\\begin\{tabular\}\{([lrc]+)\}", text)
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + 2
    assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(spec)}
    assert r"a\_1" in rows[1]
    assert not re.search(r"(?<!\\)[#_]|(?<![\\\n])%", f"\n{text}"[1:].removeprefix("%"))
    assert text.count("{") == text.count("}")
    for environment in ("table", "tabular"):
        assert text.count(rf"\begin{{{environment}}}") == text.count(rf"\end{{{environment}}}") == 1


def test_the_best_are_bold_in_latex(board: Board) -> None:
    """The best F1, and those that share a letter with it."""
    assert leaderboard_text(board, "latex").count(r"\textbf{78.6}") == 2


def test_awkward_text_is_escaped_in_latex(results: Results) -> None:
    """Braces, tildes and the like become text."""
    results.section["stand_in_for"] = r"a~b^c{d}\e<f>"
    results.measured("a")
    text = leaderboard_text(leaderboard(results.plan(), Registry()), "latex")
    assert r"a\textasciitilde{}b\textasciicircum{}c\{d\}\textbackslash{}e\textless{}f\textgreater{}" in text


def test_a_board_without_a_measured_row_can_be_written(results: Results) -> None:
    """Nothing measured yet gives headers and reasons, in each form."""
    results.row("a", problem=("skipped", "needs a CUDA GPU"))
    board = leaderboard(results.plan(), Registry())
    assert "- a: skipped: needs a CUDA GPU" in leaderboard_text(board, "markdown")
    assert r"\bottomrule" in leaderboard_text(board, "latex")
    assert len(leaderboard_text(board, "csv").splitlines()) == 1 + 5
    assert json.loads(leaderboard_text(board, "json"))[0]["status"] == "skipped"


@pytest.mark.parametrize("format_name", ["markdown", "latex", "html"])
def test_figures_by_label_stand_where_they_are_asked_for(board: Board, format_name: str) -> None:
    """A row for each label and tagger, as JSON has them."""
    rows = [row for row in json.loads(leaderboard_text(board, "json")) if row["label"] != "micro" and row["f1"]]
    assert "by label" not in leaderboard_text(board, format_name)
    text = leaderboard_text(board, format_name, labels=True).partition("by label")[2]
    assert len(rows) == 2 * len(("ADR", "DRUG", "macro", "weighted"))
    for row in rows:
        assert row["label"] in text
        assert f"{100 * row['f1']:.1f}" in text


@pytest.mark.parametrize("format_name", ["markdown", "latex", "html"])
def test_all_published_figures_stand_where_they_are_asked_for(results: Results, format_name: str) -> None:
    """Intervals, supports and times of the paper, and systems that are no tagger; sources stand below."""
    figures = {"f1": 58.91, "precision": 59.02, "recall": None, "source": "Doe, Table 2"}
    results.published = [
        stored.published(tagger="a", **figures, f1_ends=(57.92, 59.9), fit_seconds=1800.0),
        stored.published(tagger="state of the art", system=True, **{**figures, "f1": 91.25, "support": 1234}),
    ]
    results.measured("a")
    board = leaderboard(results.plan(), Registry())
    assert "published figures" not in leaderboard_text(board, format_name)
    main, _, papers = leaderboard_text(board, format_name, published=True).partition("published figures")
    assert "state of the art" in main
    for said in ("58.9", "1.0", "59.0", "30 min", "+19.7", "state of the art", "91.2", "1,234", "Doe, Table 2"):
        assert said in papers, said
    assert "state of the art: published" not in main


def test_the_reference_of_columns_is_whole() -> None:
    """docs/reports.md names every column of JSON and CSV, and each old name."""
    text = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")
    fields = text.partition("## The fields of JSON and CSV")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", fields))
    assert (set(COLUMNS) - SHOWN_ONLY) | set(RENAMED) <= named


def card_of(results: Results) -> CardRecord:
    """The card of the small corpus."""
    card = results.store.read_card("f" * 16)
    assert card is not None
    return card


def at_a_terminal(board: Board, width: int, **options: bool) -> str:
    """What a terminal of so many columns shows."""
    stream = io.StringIO()
    SafeConsole(file=stream, width=width).print(to_rich(leaderboard_view(board, legend=False, **options)))
    return stream.getvalue()


def test_intervals_of_precision_and_recall_stand_where_there_is_room(board: Board) -> None:
    """A wide terminal has them at once, a narrow one and Markdown where they are asked for; no line is too long."""
    assert at_a_terminal(board, 80).count("95%") == 1 + 1
    assert at_a_terminal(board, 130).count("95%") == 1 + 3
    asked = at_a_terminal(board, 80, intervals=True)
    assert asked.count("95%") == 1 + 3
    assert max(map(len, asked.splitlines())) <= 80
    assert "| P | R | F1 | 95% |" in leaderboard_text(board, "markdown")
    assert "| P | 95% | R | 95% | F1 | 95% |" in leaderboard_text(board, "markdown", intervals=True)


def test_every_headline_names_the_interval(results: Results) -> None:
    """The kind that is shown, in each form for people, by label too; a board without any names none."""
    results.measured("a")
    store = results.plan()
    for kind in INTERVALS:
        named = leaderboard(store, Registry(), kind)
        for format_name in ("markdown", "latex", "html"):
            text = leaderboard_text(named, format_name, labels=True).replace(r"\%", "%")
            assert text.count(f"95% {kind}") >= 2
        assert f"95% {kind}" in at_a_terminal(named, 80)
    assert leaderboard(store, Registry()).interval == DEFAULT_INTERVAL
    results.rows.clear()
    results.row("b", problem=("skipped", "needs a CUDA GPU"))
    assert "95% nadeau" not in at_a_terminal(leaderboard(results.plan(), Registry()), 80)


@pytest.mark.parametrize(("f1", "shown"), [(0.857, True), (0.9949, True), (0.995, False), (1.0, False)])
def test_a_low_ceiling_stands_in_the_headline(results: Results, *, f1: float, shown: bool) -> None:
    """Precision, recall and F1 of the perfect word tagger, in every form for people; programs always have them."""
    micro = CeilingRecord(label="micro", precision=0.875, recall=0.839, f1=f1)
    results.store.write_card("f" * 16, replace(card_of(results), ceiling=(micro,)))
    results.measured("a")
    board = leaderboard(results.plan(), Registry())
    headline = f"exact-span ceiling F1 {100 * f1:.1f} (P 87.5, R 83.9)"
    for format_name in ("markdown", "latex", "html"):
        assert (headline in leaderboard_text(board, format_name)) == shown
    assert (headline in " ".join(at_a_terminal(board, 80).split())) == shown
    row = json.loads(leaderboard_text(board, "json"))[0]
    assert (row["ceiling_precision"], row["ceiling_recall"], row["ceiling_f1"]) == (0.875, 0.839, f1)
