"""The page of a report, read as HTML."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

import adrbench
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import leaderboard


@pytest.fixture(scope="module")
def plain(untouched: Any, page_of: Any) -> str:
    """The page of the toy as it is."""
    page: str = page_of(untouched)
    return page


@pytest.fixture(scope="module")
def root(plain: str, read: Any) -> Any:
    """The same, as a tree."""
    return read(plain)


def test_every_section_that_the_results_have_is_there(root: Any) -> None:
    """Three labels, two kinds of splits, published figures and costs: what compares corpora or families is left out."""
    sections = [section.attributes["id"] for section in root.all("section") if section.attributes["id"] != "missing"]
    expected = ["in-short", "leaderboard", "costs", "labels", "folds", "grouping", "novelty", "errors"]
    expected += ["published", "setup"]
    assert sections == expected
    assert len(root.named("missing").all("li")) == 3
    assert [heading.tag for heading in root.all("h1")] == ["h1"]
    links = {link.attributes["href"] for link in root.all("nav")[0].all("a")}
    assert links == {f"#{name}" for name in expected}


def test_the_page_opens_with_the_recommendation(root: Any, untouched: Any) -> None:
    """It is that of the command: the reason, and the other taggers."""
    found = adrbench.recommend(untouched.results)
    said = root.named("in-short").said
    told = " ".join(said.split())
    assert all(paragraph in told for advice in found for paragraph in advice.reason.split("\n\n"))
    assert all(one["tagger"] in told for advice in found for one in advice.alternatives)


def test_figures_have_alternatives(root: Any) -> None:
    """Each figure has a title, a description, a caption and a table with a header for each row and column."""
    figures = root.all("figure")
    assert len(figures) == 2 * 6 + 1 + 1 + 2
    for figure in figures:
        [svg] = figure.all("svg")
        assert svg.attributes["role"] == "img"
        named = [svg.named(name).said for name in svg.attributes["aria-labelledby"].split()]
        assert len(named) == 2
        assert all(named)
        assert figure.all("figcaption")[0].said
        [table] = figure.all("details")[0].all("table")
        assert table.all("caption")[0].said
        assert {header.attributes["scope"] for header in table.all("th")} == {"row", "col"}
        assert len(table.all("tbody")[0].all("tr")) >= 1


def test_the_page_needs_nothing_from_elsewhere(root: Any, plain: str) -> None:
    """No address outside the page, no id twice, no reference to nothing; a policy that forbids all fetching."""
    ids = Counter(one.attributes["id"] for one in root.everything() if "id" in one.attributes)
    assert set(ids.values()) == {1}
    for one in root.everything():
        assert not {"src", "srcset", "xlink:href", "onclick", "onload"} & set(one.attributes)
        assert one.tag not in {"link", "img", "iframe", "object", "base"}
        if one.attributes.get("href"):
            assert one.attributes["href"].removeprefix("#") in ids
        for name in (one.attributes.get("aria-labelledby") or "").split():
            assert name in ids
    assert set(re.findall(r"url\(([^)]*)\)", plain)) <= {f"#{name}" for name in ids}
    assert "@import" not in plain
    policy = next(m.attributes["content"] for m in root.all("meta") if "http-equiv" in m.attributes)
    assert policy.startswith("default-src 'none';")


def test_the_table_says_what_the_board_says(root: Any, untouched: Any) -> None:
    """Figures of the leaderboard stand in the page as they do in the board, best first."""
    table = root.named("leaderboard").all("table")[0]
    headers = [header.all("button")[0].said for header in table.all("thead")[0].all("th")]
    assert headers[:7] == ["Tagger", "P", "95%", "R", "95%", "F1", "95%"]
    rows = leaderboard(untouched.store, Registry()).sections()["made-up", "random"]
    shown = [[cell.said.strip() for cell in row.children] for row in table.all("tbody")[0].all("tr")]
    assert [line[5] for line in shown] == [f"{100 * row.f1:.1f}" for row in rows if row.f1 is not None]
    assert [line[0].startswith(row.tagger) for line, row in zip(shown, rows, strict=False)] == [True] * 4
    assert "70.5" in shown[0]


def test_the_same_results_give_the_same_page_from_python(toy: Any, plain: str) -> None:
    """Byte by byte, wherever they lie; without a place for the page, an error says what is missing."""
    results = adrbench.Results(toy.results)
    file = toy.folder / "from-python.html"
    [line] = results.report(html=file)
    assert file.read_text(encoding="utf-8") == plain
    assert str(file) in line
    with pytest.raises(InputError, match="nothing to write: give html, figures or both"):
        results.report()


def test_no_text_of_the_corpus_is_in_the_page(plain: str) -> None:
    """Unless it is asked for: neither a document nor a word of a mention."""
    assert "Zelanol" not in plain
    assert "Case 1" not in plain
    assert "nausea" not in plain


def test_examples_are_shown_when_asked_for(untouched: Any, page_of: Any, read: Any) -> None:
    """Gold and answers stand in brackets, nested and discontinuous ones too; signs tell right from wrong."""
    root = read(page_of(untouched, text_from=untouched.file))
    articles = root.named("examples").all("article")
    assert 1 < len(articles) <= 60
    said = " ".join(article.said for article in articles)
    assert "came <soon> after" in said
    assert "✓]" in said
    assert "✗]" in said
    assert re.search(r"\[\[\w+\|ADR\]", said)
    assert said.count("|ADR 1]") > 1
    assert len([one for one in root.named("examples").all("nav") if one.attributes["class"] == "pages"]) == 2
    for article in articles:
        names = [name.strip() for dt in article.all("dt")[1:] for name in str(dt.content[0]).split(",")]
        assert sorted(names) == ["best", "fair", "good", "poor"]


def test_an_environment_says_which_taggers_used_it(root: Any) -> None:
    """Each set of versions is headed by those that ran with them."""
    folded = [one.said.strip() for one in root.named("setup").all("summary")]
    [heading] = [text for text in folded if text.startswith("Environment")]
    assert re.match(r"Environment \w+ of best, good, fair and poor: Python 3", heading)


def test_the_classes_of_errors_have_their_numbers(root: Any) -> None:
    """The table of the figure is open."""
    details = [one for figure in root.named("errors").all("figure") for one in figure.all("details")]
    assert details
    assert all("open" in one.attributes for one in details)


def test_text_only_of_the_very_corpus(toy: Any, page_of: Any) -> None:
    """A corpus that has changed since is refused, and no page is written."""
    lines = (toy.folder / "toy.jsonl").read_text().replace("came", "went")
    (toy.folder / "toy.jsonl").write_text(lines)
    with pytest.raises(InputError, match="made-up as it is here is not the corpus of the results"):
        page_of(toy, text_from=toy.file)
    assert not (toy.folder / "report.html").exists()
