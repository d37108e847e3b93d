"""The figures of a report as files, and what is computed for them."""

from __future__ import annotations

import math
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from scipy.stats import linregress

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting._content import Figure as Drawn
from adrbench.reporting._drawing import LOOKS, WEB, Look, inline, write
from adrbench.reporting._page import make
from adrbench.reporting._source import Source
from adrbench.reporting.charts.areas import heat, stacks, stacks_height
from adrbench.reporting.charts.bars import grouped
from adrbench.reporting.charts.dots import Estimate, intervals, slopes, spaced
from adrbench.reporting.charts.grids import Axis, Panel, heat_maps
from adrbench.reporting.charts.lines import Dot, Line, legend_height, losses
from adrbench.reporting.charts.scales import folded, rows_taken
from adrbench.reporting.charts.scatter import Point, cost, front, trend
from adrbench.reporting.files import write_report
from adrbench.reporting.tables import table, words

BEGINNINGS = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}
VALUES = st.floats(1e-3, 1e6)
POINTS = st.lists(st.builds(Point, st.text("abc", min_size=1), VALUES, VALUES), min_size=1, max_size=12)


@pytest.mark.slow
def test_each_figure_for_one_and_two_columns_in_three_forms(toy: Any) -> None:
    """Named after corpus, split and what they show; text stays text; LaTeX tables stand beside them."""
    folder = toy.folder / "figures"
    toy.shorten()
    write_report(toy.results, Registry(), figures=folder)
    shown = ("f1", "f1-time", "f1-memory", "memory-time", "labels", "novelty", "errors", "published")
    names = {f"made-up-random-{what}-{width}" for what in shown for width in ("single", "double")}
    files = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert files == {f"{name}{suffix}" for name in names for suffix in BEGINNINGS} | {
        "leaderboard.tex",
    }
    for file in folder.glob("*.???"):
        assert file.read_bytes().startswith(BEGINNINGS.get(file.suffix, b"% needs"))
    assert ">good</text>" in (folder / "made-up-random-f1-single.svg").read_text()
    assert b"/Type0" in (folder / "made-up-random-f1-single.pdf").read_bytes()


def test_the_same_figure_gives_the_same_files(untouched: Any, tmp_path: Path) -> None:
    """Byte by byte, whatever the form."""
    figures = {figure.name: figure for figure in make(Source(untouched.store, Registry())).figures()}
    for name in ("one", "other"):
        files = list(write([figures["made-up-grouped-errors"]], tmp_path / name))
        assert len(files) == 6
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes(), file.name


def test_a_figure_without_room_is_drawn_without_a_warning(tmp_path: Path) -> None:
    """Matplotlib says that its layout was not applied, which no reader of a report can mend."""

    def crowded(canvas: Any, _look: Look) -> None:
        axes = canvas.subplots()
        axes.set_yticks([0], ["a name without end " * 40])

    figure = Drawn("crowded", "Crowded", "Nothing.", table("Nothing", words("Name"), [("a",)]), crowded, 2.0)
    assert len(list(write([figure], tmp_path))) == 6
    assert "<svg" in inline(figure)


def test_a_folder_that_cannot_be(toy: Any, tmp_path: Path) -> None:
    """It is said which."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="taken: cannot be used as a folder for figures"):
        write_report(toy.results, Registry(), figures=tmp_path / "taken")


@given(POINTS)
def test_the_front_is_what_no_other_point_beats(points: list[Point]) -> None:
    """By the definition, for every point."""

    def beaten(p: Point) -> bool:
        return any(q.x <= p.x and q.y >= p.y and (q.x, q.y) != (p.x, p.y) for q in points)

    places = {(p.x, p.y) for p in points if not beaten(p)}
    assert {(p.x, p.y) for p in front(points)} == places


def test_the_trend_of_a_power_law() -> None:
    """Exponent, factor and correlation come out."""
    found = trend([Point("", x, 3 * x**1.5) for x in (1.0, 2.0, 5.0, 10.0, 40.0, 90.0, 300.0, 1000.0)])
    assert found is not None
    assert (found.exponent, found.at(1), found.r) == pytest.approx((1.5, 3, 1))


Positive = st.floats(1e-3, 1e9)


@given(st.lists(st.tuples(Positive, Positive), min_size=3, max_size=12))
def test_the_trend_agrees_with_scipy(places: list[tuple[float, float]]) -> None:
    """Least squares on the logarithms of any points."""
    x, y = ([math.log10(place[axis]) for place in places] for axis in (0, 1))
    assume(all(max(own) - min(own) >= math.log10(1.1) for own in (x, y)))
    found, expected = trend([Point("", *place) for place in places], 3), linregress(x, y)
    assert found is not None
    assert (found.exponent, found.r) == pytest.approx((expected.slope, expected.rvalue), rel=1e-6, abs=1e-6)
    logs = [math.log10(found.at(place[0])) for place in places]
    assert logs == pytest.approx([expected.intercept + expected.slope * one for one in x], rel=1e-6, abs=1e-6)


def test_no_trend_through_models_of_nearly_one_memory() -> None:
    """Its exponent would say nothing, and its factor can be larger than a number can be."""
    assert trend([Point("", 600e6, 5.0), Point("", 600e6 + 4096, 20.0), Point("", 600e6 + 8192, 9.0)], 3) is None
    assert trend([Point("", 600e6, 5.0), Point("", 700e6, 5.1), Point("", 800e6, 5.2)], 3) is None


@pytest.mark.parametrize(
    "points", [[Point("", x, 2 * x) for x in range(1, 8)], [Point("", 1, float(y)) for y in range(1, 9)]]
)
def test_no_trend_of_few_points_or_without_spread(points: list[Point]) -> None:
    """Seven points, or all at one place."""
    assert trend(points) is None


@given(st.lists(st.floats(0, 100), min_size=1, max_size=10), st.floats(0.5, 10))
def test_labels_are_kept_apart(places: list[float], apart: float) -> None:
    """By as much as asked for, in the order of the values, about the same middle."""
    moved = spaced(places, apart)
    ordered = sorted(moved)
    assert all(b - a >= apart - 1e-6 for a, b in pairwise(ordered))
    by_value = sorted(range(len(places)), key=lambda i: (places[i], i))
    assert [moved[i] for i in by_value] == ordered
    assert sum(moved) == pytest.approx(sum(places), abs=1e-6)


def test_the_texts_of_a_slope_chart_are_whole() -> None:
    """However long names are, no text sticks out of the figure; at any size of it."""
    for look in (WEB, *LOOKS.values()):
        canvas = Figure(figsize=(look.width, 3), layout="constrained")
        FigureCanvasAgg(canvas)
        with mpl.rc_context({"font.size": look.size}):
            slopes(canvas, look, ["W" * 40, "b"], [(99.9, 10.0), (20.0, 99.9)], ("random", "grouped"))
            canvas.draw_without_rendering()
            ends = [text.get_window_extent() for text in canvas.axes[0].texts]
        assert len(ends) == 4
        # A pixel for rounding.
        assert min(end.x0 for end in ends) >= -1
        assert max(end.x1 for end in ends) <= look.width * canvas.dpi + 1


@pytest.mark.parametrize(
    ("names", "at_left"), [(["dictionary", "crf"], "dictionary  59.9"), (["dictionary-sider", "crf"], "59.9")]
)
def test_names_of_a_slope_chart_are_not_cut_to_stand_twice(names: list[str], at_left: str) -> None:
    """Names too long for both ends stand at the right one alone, whole."""
    canvas = Figure(figsize=(WEB.width, 3), layout="constrained")
    FigureCanvasAgg(canvas)
    with mpl.rc_context({"font.size": WEB.size}):
        slopes(canvas, WEB, names, [(59.9, 50.7), (78.3, 74.5)], ("random", "grouped"))
    texts = [text.get_text() for text in canvas.axes[0].texts]
    assert texts[0] == at_left
    assert f"50.7  {names[0]}" in texts


@pytest.mark.parametrize("draw", ["intervals", "heat", "stacks"])
def test_long_names_at_rows_are_whole(draw: str) -> None:
    """A name of up to 54 characters stands in two lines that keep to their row and to the figure."""
    name = "a-transformer-that-read-more-clinical-text-base-cased"
    names = [name, "crf", name + "2"]
    canvas = Figure(figsize=(WEB.width, 1.25 + 0.32 * len(names)), layout="constrained")
    FigureCanvasAgg(canvas)
    with mpl.rc_context({"font.size": WEB.size}):
        if draw == "intervals":
            intervals(canvas, WEB, [Estimate(one, 80.0, 79.0, 81.0) for one in names], "F1, %")
        elif draw == "heat":
            heat(canvas, WEB, names, ["ADR", "DRUG"], [[80.0, 90.0]] * 3)
        else:
            stacks(canvas, WEB, names, ["missed"], [[10.0]] * 3, "errors", [0])
        canvas.draw_without_rendering()
        labels = canvas.axes[0].get_yticklabels()
        boxes = [label.get_window_extent() for label in labels]
    assert labels[0].get_text().replace("\n", "") == name
    assert min(box.x0 for box in boxes) >= -1
    assert all(above.y0 >= below.y1 - 1 for above, below in pairwise(boxes))


def test_a_name_away_from_its_point_has_a_line_to_it() -> None:
    """Where points crowd, a name that finds no place beside its own is joined to it."""
    canvas = Figure(figsize=(WEB.width, 3), layout="constrained")
    FigureCanvasAgg(canvas)
    points = [Point(f"tagger-{n}", 100.0, 70 + n / 100) for n in range(12)]
    with mpl.rc_context({"font.size": WEB.size}):
        cost(canvas, WEB, points, memory=False, label="time")
    names = [text for text in canvas.axes[0].texts if isinstance(text, Annotation)]
    away = [name for name in names if abs(name.xyann[1]) > 9]
    assert 0 < len(away) < len(names)
    assert all((name.arrow_patch is not None) == (name in away) for name in names)


@pytest.mark.parametrize("count", [2, 4, 6])
def test_names_of_equal_points_do_not_cover_each_other(count: int) -> None:
    """Settings of one tagger often have nearly the same cost and F1."""
    canvas = Figure(figsize=(WEB.width, 3), layout="constrained")
    FigureCanvasAgg(canvas)
    points = [Point(f"minilm-{n}", 100.0, 80 + n / 1000) for n in range(count)] + [Point("crf", 20.0, 75.0)]
    with mpl.rc_context({"font.size": WEB.size}):
        cost(canvas, WEB, points, memory=False, label="time")
        canvas.draw_without_rendering()
        # Of an annotation the box includes its line, of its text it does not.
        boxes = [Text.get_window_extent(text) for text in canvas.axes[0].texts]
    assert len(boxes) == count + 1
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("look", [WEB, *LOOKS.values()], ids=["web", *LOOKS])
def test_names_without_room_stand_in_a_key_below(look: Look) -> None:
    """Where long names crowd, a number stands at the point, nothing covers anything, and no name is lost."""
    canvas = Figure(figsize=(look.width, 3 * look.size / WEB.size), layout="constrained")
    FigureCanvasAgg(canvas)
    names = [f"a-dictionary-with-quite-a-long-name-{letter}" for letter in "abcde"]
    points = [Point(name, 100.0 + n, 80 + n / 10) for n, name in enumerate(names)] + [Point("crf", 2000.0, 90.0)]
    with mpl.rc_context({"font.size": look.size}):
        cost(canvas, look, points, memory=False, label="time")
        canvas.draw_without_rendering()
        beside = [text.get_text().replace("\n", "") for text in canvas.axes[0].texts]
        boxes = [Text.get_window_extent(text) for text in canvas.axes[0].texts]
        key = [text.get_text().replace("\n", "") for legend in canvas.legends for text in legend.get_texts()]
        [legend] = canvas.legends
        below = legend.get_window_extent().y1 <= canvas.axes[0].xaxis.label.get_window_extent().y0
    numbers = [name for name in beside if name.isdecimal()]
    assert [entry.partition(" ")[0] for entry in key] == sorted(numbers)
    assert {*beside, *(entry.partition(" ")[2] for entry in key)} == {*names, "crf", *numbers}
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert below


def test_a_key_of_many_names_leaves_the_figure_its_room() -> None:
    """Of forty settings of a grid at one place some have numbers, and the axes keep their height."""
    canvas = Figure(figsize=(WEB.width, 3), layout="constrained")
    FigureCanvasAgg(canvas)
    points = [Point(f"biobert[batch_size={n},epochs=3]", 100.0, 80 + n / 1000) for n in range(40)]
    with mpl.rc_context({"font.size": WEB.size}):
        cost(canvas, WEB, points, memory=False, label="time")
        canvas.draw_without_rendering()
    [legend] = canvas.legends
    assert legend.get_texts()[0].get_text().startswith("1 biobert[")
    assert canvas.axes[0].get_window_extent().height > 0.4 * canvas.bbox.height


def test_settings_of_a_grid_that_two_lines_cannot_hold_have_their_values_alone() -> None:
    """A name that is too long loses the parameters' names first: its values tell it from the others."""
    model = "a-model-with-a-name-of-its-own-base"
    settings = [f"{model}[batch_size={size},learning_rate={rate}]" for size in (8, 16) for rate in (1e-05, 0.001)]
    assert [folded(name).replace("\n", "") for name in settings] == [
        f"{model}[8,1e-05]",
        f"{model}[8,0.001]",
        f"{model}[16,1e-05]",
        f"{model}[16,0.001]",
    ]
    assert folded("crf[c1=0.1,c2=0.1]") == "crf[c1=0.1,c2=0.1]"


def test_settings_among_points_have_their_values_alone() -> None:
    """Names in two lines would cover each other; tables and captions have them whole."""
    canvas = Figure(figsize=(WEB.width, 3), layout="constrained")
    FigureCanvasAgg(canvas)
    points = [Point(f"minilm-text[pretrain.sentences={n}]", 100.0 + n, 70 + n / 100) for n in (50, 100)]
    with mpl.rc_context({"font.size": WEB.size}):
        cost(canvas, WEB, points, memory=False, label="time")
    names = {text.get_text() for text in canvas.axes[0].texts}
    assert names == {"minilm-text[50]", "minilm-text[100]"}


@given(st.integers(0, 300).flatmap(lambda length: st.text("ab-_[]=,. ", min_size=length, max_size=length)))
@example("minilm-steps[pretrain.steps=2]")
def test_any_name_is_folded_whole_into_six_lines_at_most(name: str) -> None:
    """Nothing but spaces around a fold is lost, unless the name is too long for all lines."""
    lines = folded(name).split("\n")
    assert len(lines) <= 6
    assert max(map(len, lines)) <= (27 if len(lines) == 1 else 33)
    if len(name) <= 66 or (len(name) <= 190 and "[" not in name):
        assert "".join(lines).replace(" ", "") == name.replace(" ", "")


_LONG = "a-model-with-quite-a-long-name-that-says-everything-about-its-pretraining-and-its-size-cased-v"


@pytest.mark.parametrize("kind", ["legend", "rows", "columns"])
@pytest.mark.parametrize("look", [WEB, *LOOKS.values()], ids=["web", *LOOKS])
def test_long_names_are_whole_and_inside_the_figure(look: Look, kind: str) -> None:
    """A reader tells two names apart that differ in their last character only, and none overlaps another."""
    names = [f"{_LONG}{n}" for n in (1, 2, 3)]
    lines = [Line(name, (Dot(1, 50), Dot(2, 60))) for name in names]
    estimates = [Estimate(name, 50, 40, 60) for name in names]
    height, draw = {
        "legend": (2.9 + legend_height(names), partial(losses, lines=lines)),
        "rows": (0.75 + 0.34 * rows_taken(names), partial(intervals, estimates=estimates, label="F1, %")),
        "columns": (
            1.4 + legend_height(names),
            partial(grouped, names=["a"], parts=names, values=[[1.0, 2.0, 3.0]], axis="F1, %"),
        ),
    }[kind]
    canvas = Figure(figsize=(look.width, height * look.size / WEB.size), layout="constrained")
    FigureCanvasAgg(canvas)
    with mpl.rc_context(dict.fromkeys(("font.size", "legend.fontsize", "ytick.labelsize"), look.size)):
        draw(canvas, look)
        canvas.draw_without_rendering()
        boxes = {
            text.get_text().replace("\n", ""): text.get_window_extent()
            for text in canvas.findobj(Text)
            if text.get_text().startswith("a-model") and text.get_window_extent().width > 1
        }
    assert set(boxes) == set(names)
    assert all(box.x0 >= 0 and box.x1 <= canvas.bbox.x1 for box in boxes.values())
    assert not any(one.overlaps(other) for one, other in combinations(boxes.values(), 2))


@pytest.mark.parametrize("look", [WEB, *LOOKS.values()])
def test_the_names_of_parameters_do_not_run_into_each_other(look: Look) -> None:
    """However few rows a grid has, what is said beside its heat maps can be read."""
    canvas = Figure(figsize=(look.width, (0.45 + 5 * 0.95) * look.size / WEB.size), layout="constrained")
    FigureCanvasAgg(canvas)
    panels = [Panel(f"measure {n}", ((1.0, 2.0, 3.0), (3.0, 2.0, 1.0)), "{:.1f}") for n in range(5)]
    axis = Axis("learning_rate", ("1e-05", "0.001")), Axis("batch_size", ("8", "16", "32"))
    with mpl.rc_context({"font.size": look.size, "axes.labelsize": look.size}):
        heat_maps(canvas, look, *axis, panels, (0, 0))
        canvas.draw_without_rendering()
        places = sorted(
            (text.get_window_extent() for text in canvas.findobj(Text) if text.get_text() == "learning_rate"),
            key=lambda place: place.y0,
        )
    assert places
    assert all(above.y0 - below.y1 >= look.size / 2 for below, above in pairwise(places))
    assert all(0 <= place.y0 <= place.y1 <= canvas.bbox.height for place in places)


def test_parts_of_a_stack_are_told_apart_without_colour() -> None:
    """Each class of errors has a pattern of its own."""
    canvas = Figure(figsize=(5, 2), layout="constrained")
    FigureCanvasAgg(canvas)
    parts = [f"part {number}" for number in range(7)]
    stacks(canvas, WEB, ["a"], parts, [[10.0] * 7], "errors", list(range(7)))
    hatches = [bar.get_hatch() for bar in canvas.axes[0].patches]
    assert len(set(hatches)) == len(hatches) == 7


@pytest.mark.parametrize("look", [WEB, *LOOKS.values()], ids=["web", *LOOKS])
@pytest.mark.parametrize("name", ["crf", "a-transformer-that-read-more-clinical-text-base-cased"])
def test_every_part_of_a_stack_has_its_number(look: Look, name: str) -> None:
    """However small the part is; numbers keep apart from each other, and inside the figure."""
    values = [
        [268.0, 270.0, 4.0, 8.0, 77.0, 1029.0, 555.0],
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        [6.0, 0.0, 1.0, 2.0, 1.0, 4381.0, 3.0],
        [4385.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
    names = [name + str(row) for row in range(len(values))]
    canvas = Figure(figsize=(look.width, stacks_height(names) * look.size / WEB.size), layout="constrained")
    FigureCanvasAgg(canvas)
    with mpl.rc_context({"font.size": look.size, "ytick.labelsize": look.size}):
        stacks(canvas, look, names, [f"part {part}" for part in range(7)], values, "errors", list(range(7)))
        canvas.draw_without_rendering()
        [axes] = canvas.axes
        texts = [(text.get_text(), text.get_window_extent()) for text in axes.texts]
        beside = [label.get_window_extent() for label in axes.get_yticklabels()]
        bars = [bar.get_window_extent() for bar in axes.patches]
    assert sorted(text for text, _ in texts) == sorted(f"{value:,.0f}" for row in values for value in row if value)
    places = [place for _, place in texts]
    for one, other in combinations([*places, *beside], 2):
        assert not one.overlaps(other)
    for place in places:
        # Within a bar, or away from all.
        assert all(bar.x0 <= place.x0 < place.x1 <= bar.x1 for bar in bars if bar.overlaps(place))
        assert place.x0 >= 0
        assert place.x1 <= canvas.bbox.width
        assert place.y0 >= axes.get_window_extent().y0
