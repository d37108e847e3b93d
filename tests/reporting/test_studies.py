"""Reports on results with learning curves, grids, tuning and pre-training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import log10
from pathlib import Path
from typing import Any, Literal

import pytest
import stored
from matplotlib.text import Text

from adrbench.config import read_benchmark
from adrbench.plugins.registry import Registry
from adrbench.reporting._drawing import LOOKS, WEB, _drawn, _style
from adrbench.reporting._page import make
from adrbench.reporting._source import Source
from adrbench.reporting.files import write_report
from adrbench.results.comparison.results import Contender, compare
from adrbench.results.leaderboard import leaderboard
from adrbench.results.schema import Machine, Pretrained, Trial, Tuned
from adrbench.results.store import Store
from adrbench.running._records import keep_environment, keep_plan
from adrbench.running.options import Options
from adrbench.running.plan import PlannedCell, PlannedRow
from adrbench.running.prepare import prepare

pytestmark = pytest.mark.slow  # the page has every section

FILE = """
[benchmark]
name = "studied"
reference = "plain"
[[datasets]]
use = "jsonl"
name = "made-up"
path = "texts.jsonl"
[[splits]]
kind = "random"
folds = 3
train_fractions = [0.1, 0.25, 0.5, 1.0]
[[taggers]]
id = "plain"
use = "echo"
[[taggers]]
id = "plane"
use = "dial"
grid = { batch = [8, 16, 32], rate = [1e-6, 1e-5, 1e-4, 1e-3] }
[[taggers]]
id = "solid"
use = "dial"
grid = { batch = [8, 16], rate = [1e-5, 1e-4, 1e-3], scheme = ["bio", "bioes"] }
[[taggers]]
id = "line"
use = "dial"
grid = { rate = [1e-6, 1e-5, 1e-4, 1e-3] }
[[taggers]]
id = "tuned"
use = "dial"
tune = { trials = 12, pruner = "median" }
[[taggers]]
id = "once"
use = "dial"
tune = { trials = 5, scope = "first" }
[[taggers]]
id = "well-read"
use = "dial"
pretrain = { text = ["texts.txt"], steps = 200 }
"""
TEXTS = 120


class Studied:
    """A benchmark with all of them; each tagger misses and invents the more mentions the worse its setting is."""

    def __init__(self, folder: Path, machine: Machine, file: str = FILE) -> None:
        self.folder = folder
        self.file = folder / "studied.toml"
        self.results = folder / "results"
        texts = [
            {
                "id": f"d{n}",
                "text": f"Case {n}: rash came after Zelanol.",
                "spans": [{"start": len(f"Case {n}: "), "end": len(f"Case {n}: ") + 4, "label": "ADR"}],
                "group": f"g{n // 2}",
            }
            for n in range(TEXTS)
        ]
        (folder / "texts.jsonl").write_text("\n".join(map(json.dumps, texts)))
        (folder / "texts.txt").write_text("Plain words.\n")
        self.file.write_text(file)
        self.store = Store.create(self.results)
        self.plan = prepare(
            read_benchmark(self.file, Registry()), Options(offline=True), None, lambda _: None, Registry()
        )
        keep_plan(self.plan, self.store)
        common: dict[str, Any] = {"machine": machine, "environment": keep_environment(self.store), "jobs": 1}
        for row, cell in self.plan.cells():
            test = self.plan.splits[cell.dataset, cell.splits].folds[cell.fold].test
            content = self.content(row, cell)
            stored.keep_cell(self.store, cell.key, test, tagger=cell.tagger, fold=cell.fold, **common, **content)

    def content(self, row: PlannedRow, cell: PlannedCell) -> dict[str, Any]:
        """What a finished cell holds."""
        params = {**row.params}
        split = self.plan.splits[cell.dataset, cell.splits]
        rate, batch = params.get("rate", 1e-4), params.get("batch", 8)
        skill = 90 - 9 * abs(log10(rate) + 4) - batch / 4 + 3 * (params.get("scheme") == "bioes")
        skill -= 20 * (1 - split.fraction) ** 2
        skill += {"once": -3, "well-read": 4, "plain": -12}.get(row.tagger_id, 0)
        gold = self.plan.corpora["made-up"].gold
        predictions = {
            name: [span.to_list() for span in gold[name]]
            for name in split.folds[cell.fold].test
            if (37 * int(name[1:]) + 11 * cell.fold) % 100 < skill
        }
        content: dict[str, Any] = {
            "spans": predictions,
            "costs": stored.costs(
                seconds={"read": 1.0, "import": 1.0, "warm_up": 0.5, "fit": 2000.0 / batch, "predict": 0.5},
                peak_memory_bytes=2**20 * (400 + 50 * batch),
                energy_joules={"fit": 3000.0, "predict": 1000.0} if row.pretrain else None,
            ),
        }
        if row.tune:
            once = row.tune["scope"] == "first"
            content["tuned"] = _study(cell, 0 if once else cell.fold, row.tune)
        if row.pretrain:
            content["pretrained"] = Pretrained(
                key=f"read-{cell.fold}",
                seconds=3900.0,
                steps=200,
                sentences=12_345,
                loss=tuple((step, 3.0 + 5.0 / (1 + step / 20) + cell.fold / 10) for step in range(10, 201, 10)),
                facts={},
                read=12_345,
                excluded={},
                test_text=False,
            )
        return content


def _study(cell: PlannedCell, fold: int, tune: Mapping[str, Any]) -> Tuned:
    trials: list[Trial] = []
    for number in range(tune["trials"]):
        state: Literal["pruned", "failed", "complete"] = (
            "pruned" if number % 5 == 3 else "failed" if number == 6 else "complete"
        )
        rate = 10 ** -(3 + (number * 7 + fold) % 30 / 10)
        value = 0.7 - 0.05 * abs(log10(rate) + 4) + 0.01 * fold
        trials.append(
            Trial(
                number=number,
                state=state,
                value=None if state == "failed" else value - 0.1 * (state == "pruned"),
                params={"rate": rate, "scheme": "bioes" if number % 2 else "bio"},
                seconds=30.0,
                reason="ValueError: <b>loss</b> is nan" if state == "failed" else "",
            )
        )
    best = max((trial for trial in trials if trial.state == "complete"), key=lambda trial: trial.value or 0.0)
    return Tuned(
        study=f"study-{cell.splits}-{tune['scope']}-{fold}",
        scope=tune["scope"],
        value=best.value or 0.0,
        params=best.params,
        trials=tuple(trials),
        seconds=30.0 * len(trials),
        importance={"rate": 0.8 - fold / 10, "scheme": 0.2 + fold / 10},
    )


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Studied:
    """All of it measured. Not to be changed."""
    return Studied(tmp_path_factory.mktemp("studied"), stored.machine())


@pytest.fixture(scope="module")
def root(studied: Studied, page_of: Any, read: Any) -> Any:
    """Its page."""
    page = page_of(studied)
    assert len(page.encode()) < 2_000_000
    return read(page)


def _table(root: Any, caption: str) -> list[list[str]]:
    """The rows of the first table whose caption begins so."""
    for table in root.all("table"):
        found = table.all("caption")
        if found and found[0].said.startswith(caption):
            return [[cell.said.strip() for cell in row.children] for row in table.all("tr")]
    raise AssertionError(f"no table {caption!r}")


def test_what_was_studied_has_its_sections(root: Any) -> None:
    """Each with its figures; all of them have titles, descriptions and tables."""
    for section, figures in {
        "learning": {"made-up-random-learning"},
        "grids": {f"made-up-random-grid-{who}" for who in ("plane", "solid", "line")},
        "tuning": {f"made-up-random-{what}-{who}" for what in ("tuning", "importance") for who in ("tuned", "once")},
        "pretraining": {"made-up-pretraining"},
    }.items():
        found = root.named(section).all("figure")
        assert {figure.attributes["id"] for figure in found} == figures
        for figure in found:
            assert all(figure.named(f"{figure.attributes['id']}-{part}").said for part in ("title", "desc"))
            assert figure.all("table")[0].all("caption")[0].said
    assert "random at" not in root.named("leaderboard").said


def test_texts_stay_inside_their_figures(studied: Studied) -> None:
    """Whatever a figure shows of a study, at any size of it."""
    outside = []
    for figure in make(Source(studied.store, Registry())).figures():
        for width, look in {"page": WEB, **LOOKS}.items():
            with _style(look, salt=figure.name):
                canvas = _drawn(figure, look)
                # Ticks beyond the ends of an axis are texts too, though never drawn.
                ticks = {
                    label
                    for axes in canvas.axes
                    for axis in (axes.xaxis, axes.yaxis)
                    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
                    for label in (tick.label1, tick.label2)
                }
                for text in set(canvas.findobj(Text)) - ticks:
                    place = text.get_window_extent()
                    inside = place.x0 >= -1 and place.y0 >= -1  # a pixel for rounding
                    inside &= place.x1 <= canvas.bbox.width + 1 and place.y1 <= canvas.bbox.height + 1
                    if text.get_visible() and text.get_text() and not inside:
                        outside.append((figure.name, width, text.get_text()))
    assert outside == []


def test_what_judged_the_trials_is_said(studied: Studied, tmp_path: Path) -> None:
    """A part held out of the training part, or the development part if the split has one."""
    file = """
[benchmark]
name = "chosen"
[[datasets]]
use = "jsonl"
name = "made-up"
path = "texts.jsonl"
[[splits]]
kind = "random"
test = 0.2
dev = 0.2
[[taggers]]
id = "tuned"
use = "dial"
tune = { trials = 12 }
"""
    with_dev = Studied(tmp_path, stored.machine(), file)
    for results, expected in (
        (studied, "Tuned in each fold, on its own training part: a part held out of it judged the trials."),
        (with_dev, "Tuned in each fold, on its own training part: the split's development part judged the trials."),
    ):
        [section] = [one for one in make(Source(results.store, Registry())).sections if one.id == "tuning"]
        assert [block.lines[0] for block in section.blocks if block.heading.startswith("tuned")] == [expected]
        assert "never on test documents" in section.lines[0]


def test_the_curve_is_that_of_the_board(root: Any, studied: Studied) -> None:
    """F1 at each fraction, of a grid its best setting, and the documents learnt from."""
    head, *lines = _table(root, "made-up · random · F1 by share")
    assert head == ["Tagger", "10% (8)", "25% (20)", "50% (40)", "100% (80)"]
    [plain] = [line for line in lines if line[0] == "plain"]
    board = leaderboard(studied.store, Registry()).sections()
    names = ["random at 10%", "random at 25%", "random at 50%", "random"]
    expected = [next(row.f1 for row in board["made-up", name] if row.tagger == "plain") for name in names]
    assert [line.split()[0] for line in plain[1:]] == [f"{100 * (f1 or 0):.1f}" for f1 in expected]
    assert sum(line[0].startswith("plane") for line in lines) == 1


def test_a_grid_says_its_best_setting_and_that_it_is_optimistic(root: Any) -> None:
    """The table of best settings, the warning, every setting as a table; what is best over a third parameter."""
    section = root.named("grids")
    assert "chosen here on the very folds that it is scored on, so its F1 is optimistic" in section.said
    lines = {line[0]: line for line in _table(section, "Best settings")}
    assert lines["plane"][1] == "batch 8, rate 0.0001"
    assert lines["plane"][11] == "12 of 12"
    # Of F1, P and R.
    assert lines["Tagger"].count("95%") == 3
    assert len(_table(section, "Every setting of plane")) == 1 + 12
    [solid] = [f for f in section.all("figure") if f.attributes["id"] == "made-up-random-grid-solid"]
    assert "best F1 over scheme" in solid.all("figcaption")[0].said
    drawn = [text.said for text in solid.all("text")]
    for said in ("F1, %", "Fit a fold, min", "Peak memory, MiB", "1e-05", "0.0001"):
        assert said in drawn, said


def test_tuning_says_what_was_chosen_where_and_at_what_cost(root: Any) -> None:
    """Values by fold with their spread, counts of trials, time, scope, reasons of failed trials as text."""
    section = root.named("tuning")
    head, *lines = _table(section, "Best values of tuned, made-up · random")
    assert head == ["Parameter", "Searched", "Fold 1", "Fold 2", "Fold 3", "Spread"]
    values = {line[0]: line[1:] for line in lines}
    assert values["rate"] == ["1e-06 to 0.001, log", "0.0001", "7.94e-05", "0.000126", "7.94e-05 to 0.000126"]
    assert values["scheme"][0] == "bio, bioes"
    assert values["Trials"] == ["", "12", "12", "12", "36 in all"]
    assert "36 trials in 3 studies: 27 complete, 6 pruned, 3 failed. Time spent: 18 min." in section.said
    assert "5 trials in 1 study: 4 complete, 1 pruned." in section.said
    assert "which holds other folds' test documents: declared" in section.said
    assert "failed (3): ValueError: <b>loss</b> is nan" in section.said
    assert _table(section, "Best values of once, made-up · random")[0] == ["Parameter", "Searched", "Folds 1, 2 and 3"]


def test_pretraining_is_told_once(root: Any) -> None:
    """Each fold's pre-training is a line, with steps and time, whatever the fraction of gold; its loss is a table."""
    _, *lines = _table(root.named("pretraining"), "Pre-training")
    assert [line[1:4] for line in lines] == [["200", "12,345", "65 min"]] * 3
    head, *rows = _table(root.named("pretraining"), "Loss by step")
    assert (len(head), len(rows), rows[-1][0]) == (4, 20, "200")


def test_costs_of_what_came_before_stand_beside(root: Any) -> None:
    """Tuning, pre-training and energy have columns where there are any."""
    head, *lines = _table(root.named("costs"), "F1 and cost")
    assert head[-3:] == ["Tuning", "Pre-training", "Energy"]
    values = {line[0]: line[-3:] for line in lines}
    assert values["tuned"] == ["18 min", "", ""]
    assert values["once"] == ["2 min", "", ""]
    assert values["well-read"] == ["", "3.2 h", "12 kJ, ±0 J a fold"]


def test_models_stand_side_by_side_over_their_grids(root: Any) -> None:
    """F1 at each value that all grids have; time and memory are means over settings, a point a model."""
    found = {figure.attributes["id"]: figure for figure in root.named("models").all("figure")}
    assert set(found) == {f"made-up-random-models-{what}" for what in ("f1", "costs", "memory-time")}
    means = {line[0]: line[1:] for line in _table(root, "Time and memory of each model")}
    seconds = sum(4 * (2000 / batch + 0.5) for batch in (8, 16, 32)) / 12
    mib = sum(400 + 50 * batch for batch in (8, 16, 32)) / 3
    assert means["plane"][:2] == ["12", f"{seconds:.0f}"]
    assert means["plane"][2] == f"{mib / 1024:.1f} GiB"
    assert means["line"][0] == "4"
    by_rate = _table(root, "F1 in percent by rate")
    assert len(by_rate[0]) == 1 + 4
    assert {line[0] for line in by_rate[1:]} == {"plane", "solid", "line"}
    drawn = [text.said for text in found["made-up-random-models-memory-time"].all("text")]
    assert {"plane", "solid", "line"} <= set(drawn)
    # A line through three points says nothing.
    assert not [text for text in drawn if "∝" in text]
    assert "No trend line: it takes 8 models" in root.named("models").said
    for panel in ("Precision, %", "Recall, %"):
        assert panel in [text.said for text in root.named("made-up-random-grid-plane").all("text")]


def test_differences_to_the_reference_are_those_of_compare(root: Any, studied: Studied) -> None:
    """Of each tagger that was measured on every fold, with the interval of ``adrbench compare``."""
    section = root.named("reference")
    assert "Difference to plain" in section.said
    rows = _table(root, "F1 of tuned less plain")
    registry = Registry()
    tuned, plain = (Contender(name, studied.results) for name in ("tuned", "plain"))
    [one] = compare(tuned, plain, registry, splits=["random"]).comparisons
    line = one.judged[0].lines[0]
    assert rows[1][0] == "made-up"
    assert rows[1][2] == f"{100 * line.difference:+.1f}"
    assert rows[1][3] == f"{100 * (line.low or 0):+.1f} to {100 * (line.high or 0):+.1f}"


def test_sections_of_studies_have_tables_as_latex(studied: Studied) -> None:
    """Those with tables."""
    latex = {
        section.id for section in make(Source(studied.store, Registry())).sections if section.latex and section.blocks
    }
    assert latex == {"grids", "models", "reference", "tuning", "pretraining"}


@pytest.mark.slow  # charts are written in every form and width
def test_tables_of_studies_as_latex(tmp_path: Path) -> None:
    """A file for each section that has tables, and the learning curve beside the leaderboard."""
    small = FILE[: FILE.index('[[taggers]]\nid = "solid"')].replace(", 0.25, 0.5", "")
    made = Studied(tmp_path, stored.machine(), small)
    write_report(made.results, Registry(), figures=tmp_path / "figures")
    assert {path.name for path in (tmp_path / "figures").glob("*.tex")} == {
        "leaderboard.tex",
        "grids.tex",
        "reference.tex",
    }
    assert "optimistic" in (tmp_path / "figures" / "grids.tex").read_text()
    assert "share of the training documents" in (tmp_path / "figures" / "leaderboard.tex").read_text()
    for name in ("learning", "grid-plane"):
        assert (tmp_path / "figures" / f"made-up-random-{name}-double.png").exists()


def test_results_without_studies_have_none_of_it(untouched: Any, page_of: Any, read: Any) -> None:
    """No section, no column, and no word that something is missing."""
    root = read(page_of(untouched))
    sections = {section.attributes["id"] for section in root.all("section")}
    assert not sections & {"learning", "grids", "tuning", "pretraining"}
    for word in ("Tuning", "Pre-training", "Energy", "optimistic", "Learning curves"):
        assert word not in root.said
