"""The README in a real browser, drawn as GitHub draws it: on a wide screen and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[3]
_COLUMN, _PHONE = 838, 390
# A screen and a half of 1,080 pixels.
_HEIGHT = 1620
# What decides about sizes in GitHub's own style sheet (github-markdown-css).
_STYLE = """
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.5 "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; overflow-wrap: break-word }
body > :first-child { margin-top: 0 }
body > :last-child { margin-bottom: 0 }
p, ul, table, pre, details { margin-top: 0; margin-bottom: 16px }
h1, h2 { margin: 24px 0 16px; line-height: 1.25; padding-bottom: .3em; border-bottom: 1px solid }
h1 { font-size: 2em }
h2 { font-size: 1.5em }
ul { padding-left: 2em }
li + li { margin-top: .25em }
code, pre { font-family: "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 85% }
code { padding: .2em .4em; white-space: break-spaces }
pre { padding: 16px; overflow: auto; line-height: 1.45 }
pre code { padding: 0; font-size: 100%; white-space: pre }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto }
th, td { padding: 6px 13px; border: 1px solid }
img { max-width: 100% }
"""


@pytest.fixture
def readme(page: Any, tmp_path: Path) -> Any:
    """The README, open."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render((ROOT / "README.md").read_text("utf-8"))
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    file = tmp_path / "readme.html"
    file.write_text(f'{head}<base href="{ROOT.as_uri()}/"><style>{_STYLE}</style><body>{body}</body>', encoding="utf-8")
    page.look(_COLUMN)
    page.open(file)
    return page


def test_the_readme_takes_one_screen_and_a_half(readme: Any) -> None:
    """It is read before anybody knows whether it is worth the time."""
    assert readme.evaluate("[...document.images].every(image => image.naturalWidth)")
    assert readme.evaluate("document.body.getBoundingClientRect().height") <= _HEIGHT
    cut = "[...document.querySelectorAll('body > pre')].filter(block => block.scrollWidth > block.clientWidth)"
    assert readme.evaluate(f"{cut}.map(block => block.textContent)") == []


def test_the_readme_fits_a_phone(readme: Any) -> None:
    """Nothing but code and tables scrolls sideways, and the terminal is as wide as the screen."""
    readme.look(_PHONE, phone=True)
    assert readme.evaluate("document.documentElement.scrollWidth") == _PHONE
    assert readme.evaluate("Math.max(...[...document.images].map(image => image.width))") == _PHONE
