"""Pages of all kinds of results: hostile names, nothing measured, no costs, several machines."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from typing import Any

import pytest
import stored

from adrbench.cli.report import report
from adrbench.results.predictions import encode


def test_what_others_wrote_is_text(toy: Any, page_of: Any, read: Any) -> None:
    """Labels, reasons, machines, sources and names of imported taggers may hold HTML; it is shown, not obeyed."""
    toy.shorten()
    sections = [
        replace(
            one, rows=(one.rows[0], replace(one.rows[1], tagger="<script>1</script>$x$", imported=True), *one.rows[2:])
        )
        for one in toy.store.read_plan().sections
    ]
    toy.replan(sections=tuple(sections), absent={"ghost": "</style><script>alert(2)</script>"})
    page = page_of(toy)
    root = read(page)
    assert len(root.all("script")) == 1
    assert "alert" not in root.all("script")[0].said
    assert not root.all("img")
    assert not root.all("i")
    for said in (
        "<script>1</script>$x$",
        "</style><script>alert(2)</script>",
        "<img src=x",
        "<i>SYM&",
        "<b>Roe",
    ):
        assert said in root.said
    svg = next(figure for figure in root.all("figure") if figure.attributes["id"] == "made-up-random-f1").all("svg")[0]
    assert "<script>1</script>$x$" in [text.said for text in svg.all("text")]


def test_imported_rows_have_no_costs(toy: Any, page_of: Any, read: Any) -> None:
    """A page without any cost has no section about it, and says why; the rest is there."""
    toy.shorten()
    toy.measure(costs=False)
    root = read(page_of(toy))
    assert "no two taggers have costs from one machine" in root.named("missing").said
    assert "costs" not in [section.attributes["id"] for section in root.all("section")]
    assert "Memory" not in root.named("leaderboard").said
    assert "No machine is known" in root.named("setup").said


def test_costs_of_two_machines_are_not_mixed(toy: Any, page_of: Any, read: Any) -> None:
    """Taggers measured elsewhere get figures of their own."""
    toy.shorten()
    for row, cell in toy.plan.cells():
        if row.tagger in {"fair", "poor"}:
            record, found = toy.store.read_answers(cell.key)
            toy.store.write_cell(replace(record, machine=stored.machine("two")), encode(found)[1])
    root = read(page_of(toy))
    figures = {figure.attributes["id"] for figure in root.all("figure")}
    assert {"made-up-random-f1-time-one", "made-up-random-f1-time-two"} <= figures
    machines = [row.children[-1].said.strip() for row in root.named("leaderboard").all("tbody")[0].all("tr")]
    assert machines == ["one", "one", "two", "two"]


def test_an_evaluator_that_is_not_there(toy: Any, monkeypatch: pytest.MonkeyPatch, page_of: Any, read: Any) -> None:
    """The sections that need it are left out, with its reason."""
    toy.shorten()
    exact = importlib.metadata.EntryPoints(importlib.metadata.entry_points(group="adrbench.evaluators", name="exact"))
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda: exact)
    said = read(page_of(toy)).named("missing").said
    assert "unknown evaluator 'novelty'" in said
    assert "unknown evaluator 'errors'" in said


def test_nothing_measured_yet(toy: Any, page_of: Any, read: Any) -> None:
    """A page of reasons, without a figure."""
    for _, cell in toy.plan.cells():
        toy.store.remove_cell(cell.key)
    root = read(page_of(toy))
    assert not root.all("figure")
    assert "not run yet" in root.named("leaderboard").said


def test_one_tagger_with_one_label_on_one_fold(toy: Any, page_of: Any, read: Any) -> None:
    """What compares taggers, labels or folds is left out; the board, novelty and errors are there."""
    plan = toy.store.read_plan()
    section = plan.sections[0]
    [row] = [replace(row, cells=row.cells[:1]) for row in section.rows if row.tagger == "fair"]
    split = toy.store.read_split(section.folds)
    toy.store.write_split(section.folds, replace(split, test=split.test[:1]))
    toy.replan(sections=(replace(section, rows=(row,)),), published=())
    card = toy.store.read_card(section.card)
    gold = {name: tuple((s[0], s[1], "ADR", *s[3:]) for s in spans) for name, spans in card.gold.items()}
    toy.store.write_card(section.card, replace(card, gold=gold, labels=("ADR",)))
    for key in row.cells:
        record, found = toy.store.read_answers(key)
        answers, line = encode(replace(found, names=("ADR",), labels=found.labels * 0))
        toy.store.write_cell(replace(record, answers=answers), line)
    root = read(page_of(toy))
    sections = [section.attributes["id"] for section in root.all("section")]
    assert sections == ["in-short", "leaderboard", "novelty", "errors", "setup", "missing"]
    assert "bootstrap" in root.named("leaderboard").said


@pytest.mark.slow
def test_ten_taggers_stay_below_two_megabytes(make_toy: Any, page_of: Any) -> None:
    """With every section there is."""
    many = make_toy(labels=("A", "B", "C", "D"), taggers=tuple(f"tagger-{n}" for n in range(10)))
    many.measure()
    assert len(page_of(many, text_from=many.file).encode()) < 2_000_000


def test_the_command_says_what_it_wrote(toy: Any) -> None:
    """And refuses what would be without effect."""
    from click.testing import CliRunner

    toy.shorten()
    run = CliRunner()
    done = run.invoke(report, [str(toy.results), "--html", str(toy.folder / "r.html"), "--interval", "z"])
    assert done.exit_code == 0, done.output
    assert "r.html" in done.output
    assert "95% z" in (toy.folder / "r.html").read_text()
    assert "nothing to write" in run.invoke(report, [str(toy.results)]).output
    without = run.invoke(report, [str(toy.results), "--html", "r.html", "--with-text"])
    assert without.exit_code == 2
    assert "--benchmark" in without.output


@pytest.mark.slow
def test_names_of_any_length_and_script(make_toy: Any, page_of: Any, read: Any) -> None:
    """Figures have a long one whole; neither letters without a glyph nor half a surrogate harm."""
    long = "a-model-with-a-very-long-name-" + "x" * 60 + "-base-cased"
    toy = make_toy(labels=("病", "薬"), taggers=(long, "short"), broken="wrecked")
    toy.measure()
    for row, cell in toy.plan.cells():
        if row.tagger == "wrecked":
            stored.keep_cell(toy.store, cell.key, reason="no file ?.txt", tagger="wrecked")
    root = read(page_of(toy))
    assert "no file ?.txt" in root.named("leaderboard").said
    figure = root.named("made-up-random-labels")
    drawn = [text.said for text in figure.all("svg")[0].all("text")]
    assert long in "".join(drawn)
    assert "病" in drawn
    assert long in figure.all("table")[0].said
