"""Pages of tagged texts in a real browser: on a phone, in the dark, by label."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import adrbench

if TYPE_CHECKING:
    from tests.reporting.browser.conftest import Page


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages of texts with mentions of two labels, a long word, and markup."""
    folder = tmp_path_factory.mktemp("tagged")
    tagger = adrbench.tagger("dictionary", words="punctuation", scores=True)
    tagger.fit(["A rash after Zelanol"], [[(2, 6, "ADR"), (13, 20, "DRUG")]]).save(folder / "kept")
    texts = ["A rash.", "Zelanol helps.", "rash after Zelanol", f"No word of {'x' * 400}", "<script>rash</script>"]
    lines = (json.dumps({"id": f"text {n}", "text": texts[n % 5]}) + "\n" for n in range(60))
    (folder / "texts.jsonl").write_text("".join(lines))
    adrbench.tag(folder / "kept", folder / "texts.jsonl", folder / "pages", to="html")
    return folder / "pages"


def test_pages_fit_a_phone_and_fetch_nothing(page: Page, pages: Path) -> None:
    for dark in (False, True):
        page.look(390, dark=dark, phone=True)
        page.open(pages / "index.html")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(22, 24, 28)" if dark else "rgb(255, 255, 255)")
    assert not page.problems
    assert all(url.startswith("file:") for url in page.requests)


def test_a_label_filters_texts_and_goes_along_to_the_next_page(page: Page, pages: Path) -> None:
    page.look(1200)
    page.open(pages / "index.html")
    page.evaluate("chosen.value = 'DRUG'; chosen.dispatchEvent(new Event('change'))")
    assert page.evaluate("document.getElementById('shown').textContent") == "20 of 50 texts on this page"
    visible = "[...document.querySelectorAll('article')].filter((one) => one.checkVisibility())"
    assert page.evaluate(f"{visible}.length") == 20
    assert page.evaluate(f"{visible}[1].querySelectorAll('mark:not(.off)').length") == 1
    assert page.evaluate("document.querySelector('[rel=next]').getAttribute('href')") == "page-2.html#label=DRUG"
    assert page.evaluate("document.querySelectorAll('main script').length") == 0
    page.evaluate("location.hash")
    assert not page.problems
