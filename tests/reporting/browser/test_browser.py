"""The report in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adrbench.plugins.registry import Registry
from adrbench.reporting.files import write_report

TABLE = "document.querySelector('#leaderboard table')"
ORDER = f"[...{TABLE}.tBodies[0].rows].map(row => row.cells[0].firstChild.textContent.trim())"
HEADERS = f"[...{TABLE}.tHead.rows[0].cells]"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
WHITE = "rgb(255, 255, 255)"


@pytest.fixture(scope="module")
def file(untouched: Any) -> Path:
    """The page of the toy, with examples."""
    path: Path = untouched.folder / "report.html"
    write_report(untouched.results, Registry(), html=path, text_from=untouched.file)
    return path


@pytest.fixture
def opened(file: Path, page: Any) -> Any:
    """The page, opened at desk width in a light system."""
    page.look(1280)
    page.open(file)
    return page


def test_it_opens_in_silence(opened: Any) -> None:
    """No error, no message, nothing fetched but the page; every figure is drawn and has its name and description."""
    assert opened.problems == []
    assert {url for url in opened.requests if not url.startswith("file:")} == set()
    assert len(set(opened.requests)) == 1
    nodes = opened.do("Accessibility.getFullAXTree")["nodes"]
    images = [node for node in nodes if node.get("role", {}).get("value") in {"image", "img"} and not node["ignored"]]
    assert len(images) == opened.evaluate("document.querySelectorAll('figure').length") > 0
    assert all(image["name"]["value"] for image in images)
    sizes = opened.evaluate("[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect().height)")
    assert min(sizes) > 50


def test_a_click_on_a_header_sorts(opened: Any) -> None:
    """By F1 at first; by another column downwards, then upwards; names by the alphabet. The header says which way."""
    assert opened.evaluate(ORDER) == ["best", "good", "fair", "poor"]
    assert opened.evaluate(f"{HEADERS}.findIndex(h => h.ariaSort === 'descending')") == 5
    fit = opened.evaluate(f"{HEADERS}.findIndex(h => h.textContent.startsWith('Fit'))")
    click = f"{HEADERS}[{fit}].querySelector('button').click()"
    sort = f"{HEADERS}[{fit}].ariaSort"
    opened.evaluate(click)
    assert (opened.evaluate(ORDER), opened.evaluate(sort)) == (["best", "good", "fair", "poor"], "descending")
    opened.evaluate(click)
    assert (opened.evaluate(ORDER), opened.evaluate(sort)) == (["poor", "fair", "good", "best"], "ascending")
    opened.evaluate(f"{HEADERS}[0].querySelector('button').click()")
    assert opened.evaluate(ORDER) == ["best", "fair", "good", "poor"]
    assert opened.evaluate(f"{HEADERS}.filter(h => h.ariaSort).length") == 1
    assert opened.problems == []


def test_headers_can_be_reached_and_pressed_by_keyboard(opened: Any) -> None:
    """Tab leads to the skip link first; Enter on a header sorts."""
    opened.press("Tab", 9)
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.evaluate(f"{HEADERS}[0].querySelector('button').focus()")
    opened.press("Enter", 13)
    assert opened.evaluate(ORDER) == ["best", "fair", "good", "poor"]


def test_cells_without_a_value_stay_last(opened: Any) -> None:
    """Whichever way a column is sorted: only the best tagger has a published figure."""
    place = opened.evaluate(f"{HEADERS}.findIndex(h => h.textContent.startsWith('Paper'))")
    for _ in range(2):
        opened.evaluate(f"{HEADERS}[{place}].querySelector('button').click()")
        assert opened.evaluate(ORDER)[0] == "best"


def test_light_and_dark(opened: Any) -> None:
    """The page follows the system until the button is pressed; figures follow the page."""
    ink = "getComputedStyle(document.querySelector('figure svg text')).fill"
    assert opened.evaluate(BACKGROUND) == WHITE
    light = opened.evaluate(ink)
    opened.look(1280, dark=True)
    assert opened.evaluate(BACKGROUND) != WHITE
    assert opened.evaluate(ink) != light
    opened.evaluate("document.getElementById('theme').click()")
    assert opened.evaluate(BACKGROUND) == WHITE
    assert opened.evaluate(ink) == light
    assert opened.evaluate("document.getElementById('theme').textContent") == "Dark theme"


@pytest.mark.parametrize("dark", [False, True])
def test_text_and_marks_stand_out(opened: Any, dark: bool) -> None:
    """By WCAG 2: text 4.5 to 1, marks of figures 3 to 1, in both themes."""
    opened.look(1280, dark=dark)
    names = ["ink", "muted", "accent", *(f"c{n}" for n in range(7))]
    script = f"""{names}.map(name => {{
        document.body.style.color = `var(--${{name}})`;
        return getComputedStyle(document.body).color;
    }})"""
    ground = _luminance(opened.evaluate(BACKGROUND))
    for name, colour in zip(names, opened.evaluate(script), strict=True):
        lights = sorted((_luminance(colour), ground))
        ratio = (lights[1] + 0.05) / (lights[0] + 0.05)
        assert ratio >= (3 if name[1:].isdecimal() else 4.5), (name, ratio)


def _luminance(colour: str) -> float:
    levels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_phone_needs_no_sideways_scrolling(opened: Any) -> None:
    """Only tables are wider than the page, and each of those can be scrolled by keyboard and has a name."""
    opened.look(390, phone=True)
    opened.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert opened.evaluate("new Promise(d => setTimeout(() => d(document.documentElement.scrollWidth), 200))") <= 390
    wide = "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth)"
    assert opened.evaluate(f"{wide}.length") > 0
    assert opened.evaluate(f"{wide}.every(s => s.tabIndex === 0 && s.ariaLabel)")


def test_tables_that_stand_open_fit_a_desk(opened: Any) -> None:
    """No table beside or below a figure needs sideways scrolling at 1,280 px."""
    cut = "[...document.querySelectorAll('figure .scroll')].filter(s => s.scrollWidth > s.clientWidth)"
    assert opened.evaluate(f"{cut}.map(s => s.querySelector('caption').textContent)") == []


def test_a_scrolled_table_keeps_its_names(opened: Any) -> None:
    """On a phone the first column and the caption of every table stay in view, however far it is scrolled."""
    opened.look(390, phone=True)
    script = """[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth).map(s => {
        s.scrollLeft = s.scrollWidth;
        const left = s.getBoundingClientRect().left, right = s.getBoundingClientRect().right;
        const boxes = [s.querySelector('tbody th'), s.querySelector('caption > span')]
            .filter(e => e.getClientRects().length).map(e => e.getBoundingClientRect());
        return boxes.every(b => b.width < 2 || (b.left >= left - 1 && b.left < right));
    })"""
    stays = opened.evaluate(script)
    assert stays
    assert all(stays)


def test_examples_can_be_narrowed_down(opened: Any) -> None:
    """To the documents where one tagger differs from the gold; how many there are is said."""
    options = opened.evaluate("[...document.getElementById('differs').options].map(o => o.value)")
    assert options == ["", "best", "fair", "good", "poor"]
    # Of those that pass, a page shows ten.
    visible = "[...document.querySelectorAll('.example')].filter(e => !e.hidden)"
    every = opened.evaluate("document.querySelectorAll('.example').length")
    opened.evaluate("document.getElementById('differs').value = 'best'")
    opened.evaluate("document.getElementById('differs').dispatchEvent(new Event('change')), 0")
    assert opened.evaluate(f"{visible}.every(e => JSON.parse(e.dataset.differing).includes('best'))")
    differing = "e => JSON.parse(e.dataset.differing).includes('best')"
    passing = opened.evaluate(f"[...document.querySelectorAll('.example')].filter({differing}).length")
    assert 0 < opened.evaluate(f"{visible}.length") <= passing < every
    assert f"{passing} of {every} documents" in opened.evaluate("document.getElementById('shown').textContent")


def test_it_prints(opened: Any, tmp_path: Path) -> None:
    """As PDF; on paper there are no buttons and no navigation, whatever the theme."""
    opened.look(1280, dark=True)
    opened.do("Emulation.setEmulatedMedia", media="print")
    assert opened.evaluate(BACKGROUND) == WHITE
    assert opened.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    opened.print(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
