"""The site of several results folders, read as HTML."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored
from command_line import adrbench as command

import adrbench
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting.site._corpora import corpora
from adrbench.reporting.site._front import rankings_page
from adrbench.results.combined import combine
from adrbench.results.merge import merge
from adrbench.results.store import Store

TEXTS = [f"d{number}" for number in range(6)]
GOLD = {name: [(0, 4, "ADR"), (5, 9, "<b>DRUG")] for name in TEXTS}


def measure(folder: Path, *taggers: str, dataset: str = "toy", folds: str = "toy-folds", **changes: Any) -> Path:
    """Keep a results folder in which the first tagger is right and each further one misses more."""
    store = Store.create(folder)
    card = f"card-{dataset}".replace(" ", "-")
    store.write_card(
        card, stored.card(GOLD, ("ADR", "<b>DRUG"), name=dataset, fingerprint=dataset.ljust(64, "0"), **changes)
    )
    store.write_words(card, stored.words(GOLD, dict.fromkeys(GOLD, (0, 1))))
    parts = (TEXTS[:3], TEXTS[3:])
    store.write_split(folds, stored.split(parts))
    rows = []
    for tagger in taggers:
        # A name says how many mentions the tagger misses.
        missed = len(tagger.partition("-")[2])
        keys = [f"{dataset}-{tagger}-{fold}".replace(" ", "-") for fold in range(2)]
        for fold, (key, test) in enumerate(zip(keys, parts, strict=True)):
            found = {name: GOLD[name][: 2 - (place < missed)] for place, name in enumerate(test)}
            common: dict[str, Any] = {"tagger": tagger, "fold": fold, "dataset": dataset}
            if missed > len(test):
                stored.keep_cell(store, key, reason="<script>no</script>", **common)
            else:
                stored.keep_cell(store, key, test, found, **common)
        rows.append(stored.row(tagger, keys, family="<i>F", code="c0de"))
    section = stored.section(rows, dataset=dataset, card=card, folds=folds)
    store.write_plan(stored.plan([section], benchmark=folder.name))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two folders on one corpus, and one on another; a tagger failed."""
    root = tmp_path_factory.mktemp("folders")
    return [
        measure(root / "first", "good", "fair-x", citation="Doe & <b>Roe</b> 2020"),
        measure(root / "second", "good", "poor-xx", "broken-xxxx", citation="Doe & <b>Roe</b> 2020"),
        measure(root / "third", "good", "fair-x", dataset="other corpus"),
    ]


@pytest.fixture(scope="module")
def site(folders: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of these folders."""
    out = tmp_path_factory.mktemp("site") / "out"
    done = command("site", *map(str, folders), "--out", str(out), "--title", "<Results> & more")
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout
    return out


def pages(site: Path) -> dict[str, str]:
    """Every page by its path."""
    return {file.relative_to(site).as_posix(): file.read_text("utf-8") for file in sorted(site.rglob("*.html"))}


def test_there_is_a_page_for_each_corpus_and_method(site: Path) -> None:
    """And the front, the rankings, and how to contribute."""
    assert set(pages(site)) == {
        *("index.html", "rankings.html", "contribute.html"),
        *("corpora/toy.html", "corpora/other-corpus.html"),
        *(f"methods/{name}.html" for name in ("good", "fair-x", "poor-xx", "broken-xxxx")),
    }


def test_every_link_leads_somewhere_and_nothing_is_fetched(site: Path, read: Any) -> None:
    """Links between pages and within them; the rest as in a report."""
    for path, page in pages(site).items():
        root = read(page)
        ids = Counter(one.attributes["id"] for one in root.everything() if "id" in one.attributes)
        assert set(ids.values()) == {1}
        links = [one.attributes["href"] for one in root.all("a")]
        assert len(links) > 3
        for link in links:
            target, _, anchor = link.partition("#")
            assert not target or (site / path).parent.joinpath(target).resolve().is_file(), (path, link)
            assert not anchor or anchor in ids
        assert not any({"src", "srcset"} & set(one.attributes) for one in root.everything())
        policy = next(m.attributes["content"] for m in root.all("meta") if "http-equiv" in m.attributes)
        assert policy.startswith("default-src 'none';")


def test_what_comes_from_results_is_escaped(site: Path, read: Any) -> None:
    """Labels, families, reasons, citations and the title."""
    told = ""
    for page in pages(site).values():
        root = read(page)
        assert not root.all("i")
        assert not [b for b in root.all("b") if "tie" not in (b.attributes.get("class") or "")]
        assert len(root.all("script")) == 1
        told += root.said
    for text in ("<b>DRUG", "<i>F", "<script>no</script>", "Doe & <b>Roe</b> 2020", "<Results> & more"):
        assert text in told


def test_a_corpus_has_the_rows_of_all_folders(site: Path, folders: list[Path], tmp_path: Path, read: Any) -> None:
    """The figures and ties are those of the merged folder."""
    merge(folders[:2], tmp_path / "merged")
    board = adrbench.leaderboard(tmp_path / "merged")
    rows = [row for row in board.rows if row.label == "micro"]
    assert len(rows) == 4
    with (site / "corpora" / "toy.csv").open() as file:
        kept = [row for row in csv.DictReader(file) if row["label"] == "micro"]
    assert {row["tagger"]: (row["f1"], row["ties"]) for row in kept} == {
        row.tagger: ("" if row.f1 is None else str(row.f1), row.ties) for row in rows
    }
    assert len(json.loads((site / "corpora" / "toy.json").read_text())) == len(board.rows)
    root = read((site / "corpora" / "toy.html").read_text("utf-8"))
    sections = [section.attributes["id"] for section in root.all("section")]
    assert sections[:2] == ["in-short", "leaderboard"]
    assert sections[-3:] == ["provenance", "downloads", "cite"]
    assert "corpora" not in sections
    links = {a.said: a.attributes["href"] for a in root.named("leaderboard").all("a")}
    assert links["poor-xx"] == "../methods/poor-xx.html"
    cells = read(str((site / "corpora" / "toy.html").read_text("utf-8"))).named("provenance").said
    assert "first" in cells
    assert "4 ok" in cells
    assert "c0de" in cells


def test_a_method_has_its_figures_on_all_corpora(site: Path, read: Any) -> None:
    """With its place, its parameters, and where it failed and why."""
    good = read(pages(site)["methods/good.html"])
    told = " ".join(good.named("results").said.split())
    # P, R and F1, each with its interval.
    assert "Place P 95% R 95% F1 95% Ties" in told
    assert re.search(r"toy random 1 of 3 100\.0 (\S+) 100\.0 \1 100\.0 \1 ", told), told
    assert "other corpus random 1 of 2" in told
    assert "c0de" in good.named("setup").said
    broken = " ".join(read(pages(site)["methods/broken-xxxx.html"]).said.split())
    assert "toy · random: failed: <script>no</script>" in broken


def test_rankings_take_five_corpora(tmp_path: Path, site: Path, read: Any) -> None:
    """Below, the page says why there is no critical difference."""
    two = read(pages(site)["rankings.html"])
    assert not two.all("figure")
    assert "No critical difference: there are 2 corpora, and it takes 5" in two.said
    five = [measure(tmp_path / f"f{n}", "good", "fair-x", dataset=f"c{n}", folds=f"folds{n}") for n in range(5)]
    page = rankings_page(corpora(list(map(Store, five)), Registry()), {})
    [block] = page.sections[0].blocks
    assert [figure.title for figure in block.figures] == ["Mean ranks over 5 corpora, one split of each corpus"]
    assert "Friedman over 5 corpora" in block.notes[0]


def test_the_same_texts_count_once(tmp_path: Path) -> None:
    """Other labels of a release are no further corpus for a test over corpora."""
    twice = [
        measure(tmp_path / name, "good", "fair-x", dataset=name, citation="Doe 2020") for name in ("drugs", "reactions")
    ]
    page = rankings_page(corpora(list(map(Store, twice)), Registry()), {})
    [block] = page.sections[0].blocks
    assert not block.tables
    assert block.lines[0].startswith("No ranking")
    assert block.lines[1].startswith("reactions is left out: its texts are those of another corpus")


def test_results_that_contradict_each_other_have_pages_of_their_own(tmp_path: Path, read: Any) -> None:
    """Another seed: two pages, the second of which says why."""
    first, second = (measure(tmp_path / name, "good", "fair-x") for name in ("one", "two"))
    store = Store(second)
    store.write_plan(replace(store.read_plan(), seed=99))
    adrbench.site([first, second], tmp_path / "out")
    found = pages(tmp_path / "out")
    assert {path for path in found if path.startswith("corpora/")} == {"corpora/toy.html", "corpora/toy-two.html"}
    told = read(found["corpora/toy-two.html"]).said
    assert "two: the plan: seed differs from that of one" in told
    assert str(tmp_path) not in told


def test_a_finished_cell_is_preferred(tmp_path: Path) -> None:
    """A cell that failed in the first folder and went well in the second one counts as finished."""
    first, second = (measure(tmp_path / name, "good", "fair-x") for name in ("one", "two"))
    stored.keep_cell(Store(first), "toy-good-0", reason="no", tagger="good")
    [both] = combine([Store(first), Store(second)])
    assert [cell.status for key in both.cell_keys() if (cell := both.read_cell(key))] == ["ok"] * 4


def test_the_same_results_give_the_same_site(site: Path, folders: list[Path], tmp_path: Path) -> None:
    """Byte for byte; and a site is replaced by a new one, with the old pages gone."""
    again = tmp_path / "out"
    adrbench.site(folders, again, title="<Results> & more")
    assert {f.relative_to(site): f.read_bytes() for f in site.rglob("*.*") if f.is_file()} == {
        f.relative_to(again): f.read_bytes() for f in again.rglob("*.*") if f.is_file()
    }
    adrbench.site(folders[2], again)
    assert not (again / "corpora" / "toy.html").exists()
    assert not [file for file in tmp_path.iterdir() if file != again]


def test_nothing_but_a_site_is_replaced(site: Path, folders: list[Path], tmp_path: Path) -> None:
    """Not a folder of something else, a link, a results folder, or a site with other or changed files."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("years of work")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    added, changed = tmp_path / "added", tmp_path / "changed"
    for copy in (added, changed):
        shutil.copytree(site, copy)
    (added / "CNAME").write_text("example.org")
    (changed / "index.html").write_text("mine")
    for out, why in (
        (foreign, "no site of adrbench"),
        (tmp_path / "link", "is no folder"),
        (foreign / "thesis.txt", "is no folder"),
        (folders[0], "lies in the results folder"),
        (folders[0] / "site", "lies in the results folder"),
        (added, "holds CNAME"),
        (changed, "index.html was changed"),
    ):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(InputError, match=re.escape(str(out)) + ".*" + why):
            adrbench.site(folders, out)
        assert sorted(tmp_path.rglob("*")) == before
    assert (foreign / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("repository", ["javascript:alert(1)", "example.org", "https://"])
def test_a_repository_has_an_address(repository: str, folders: list[Path], tmp_path: Path) -> None:
    """Otherwise it is wrong input, exit code 2."""
    done = command("site", str(folders[0]), "--out", str(tmp_path / "out"), "--repository", repository)
    assert done.returncode == 2
    assert "begins with https://" in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_no_results_folder_is_told(folders: list[Path], tmp_path: Path) -> None:
    """With its name, and nothing is written."""
    done = command("site", str(folders[0]), str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert f"{tmp_path / 'nowhere'}: no such folder" in done.stderr
    assert not (tmp_path / "out").exists()
