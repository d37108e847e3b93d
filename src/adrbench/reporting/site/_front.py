"""The pages that a site has once: its front, the rankings over corpora, and how to contribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adrbench.reporting._content import Block, Section
from adrbench.reporting._source import Place
from adrbench.reporting.leaderboard.cells import bounds
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.sections.corpora import FEWEST, RANKED, complete, distinct, ranking_block
from adrbench.reporting.site._corpora import Corpus
from adrbench.reporting.site._corpus import folders_table
from adrbench.reporting.site._methods import Method, methods_table
from adrbench.reporting.site._pages import Page, software
from adrbench.reporting.tables import TableCell, TableView, figures, table, words
from adrbench.results.schema import CardRecord
from adrbench.results.store import Store

RANKINGS, CONTRIBUTE = "rankings.html", "contribute.html"
_MOST_LABELS = 4


def front_page(title: str, corpora: Sequence[Corpus], methods: Sequence[Method], stores: Sequence[Store]) -> Page:
    """Make the first page of a site.

    Args:
        title: The name of the site.
        corpora: The corpora.
        methods: The methods.
        stores: The results folders.

    Returns:
        The corpora with their best taggers, the methods, the results folders.
    """
    lead = (
        f"{len(corpora)} corpora and {len(methods)} methods of named entity recognition, measured under the same "
        "conditions: same documents, folds and words for every method."
    )
    absent = tuple(
        f"{name}: left out: {reason}" for store in stores for name, reason in store.read_plan().absent.items()
    )
    sections = (
        Section("corpora", "Corpora", (Block("", tables=(_corpora(corpora),), notes=absent),), layout="wide"),
        Section("methods", "Methods", (Block("", tables=(methods_table(methods, len(corpora)),)),), layout="wide"),
        Section("folders", "Results folders", (Block("", tables=(folders_table(stores),)),), layout="wide"),
        Section(
            "cite",
            "How to cite",
            (Block("", (f"{software()}. The page of a corpus names the papers of the corpus and of its figures.",)),),
            layout="wide",
        ),
    )
    return Page("index.html", title, "adrbench", lead, sections)


def rankings_page(corpora: Sequence[Corpus], links: Mapping[str, str]) -> Page:
    """Make the page of rankings over corpora.

    Args:
        corpora: The corpora.
        links: The page of the method of each row.

    Returns:
        F1 of every method on every corpus, and mean ranks of those that are measured on all of some corpora.
    """
    measured = [one for one in corpora if complete(one.place)]
    apart = distinct([one.place for one in measured])
    chosen = _block(apart)
    names = {id(one.place): one.name for one in corpora}
    block = ranking_block("one split of each corpus", chosen)
    notes = [
        f"{names[id(place)]} is left out: too few methods are measured there."
        for place in apart
        if chosen and place not in chosen
    ]
    notes += [
        f"{one.name} is left out: its texts are those of another corpus, and count once."
        for one in measured
        if one.place not in apart
    ]
    none = Block("", ("No ranking: no two methods are measured in full on two corpora.", *notes))
    ranked = Section("ranks", "Mean ranks", (block or none,), (*RANKED, *notes) if block else (), layout="wide")
    splits = tuple(f"{one.name}: the split {one.place.section.split}" for one in measured)
    matrix = Section(
        "matrix", "F1 on each corpus", (Block("", tables=(_matrix(measured, links),), notes=splits),), layout="wide"
    )
    lead = (
        "Each corpus counts once, by the split that a recommendation goes by: one that keeps sources apart, where "
        f"there is one. A critical difference takes {FEWEST} corpora."
    )
    return Page(RANKINGS, "Over corpora", "Rankings", lead, (ranked, matrix))


def _block(places: Sequence[Place]) -> list[Place]:
    """The corpora, best measured first, that give most figures of methods that are on all of them."""
    ordered = sorted(places, key=lambda place: -len(complete(place)))
    sizes = {}
    for count in range(2, len(ordered) + 1):
        common = set.intersection(*(set(complete(place)) for place in ordered[:count]))
        sizes[count] = len(common) * count if len(common) > 1 else 0
    best = max(sizes, key=lambda count: (sizes[count], count), default=0)
    return [place for place in places if place in ordered[:best]]


def _corpora(corpora: Sequence[Corpus]) -> TableView:
    columns = (
        *words("Corpus", "Labels"),
        *figures("Texts", "Mentions", kind="count"),
        *words("Split", "Recommended"),
        COLUMNS["f1"],
        COLUMNS["f1_interval"],
        *figures("Taggers measured"),
    )
    rows = []
    for one in corpora:
        card, best = one.place.card, one.recommended
        rows.append(
            (
                TableCell(one.name, link=one.path),
                _labels(card),
                len(card.gold),
                sum(map(len, card.gold.values())),
                one.place.section.split,
                best.tagger if best else "",
                best.f1 if best else None,
                bounds(best) if best else "",
                len(one.place.measured),
            )
        )
    return table("Corpora", columns, rows)


def _labels(card: CardRecord) -> str:
    shown = ", ".join(card.labels[:_MOST_LABELS])
    more = len(card.labels) - _MOST_LABELS
    return f"{shown} and {more} more" if more > 0 else shown


def _matrix(corpora: Sequence[Corpus], links: Mapping[str, str]) -> TableView:
    by_corpus = [{row.tagger: row for row in one.place.measured} for one in corpora]
    names = dict.fromkeys(name for rows in by_corpus for name in rows)
    order = sorted(names, key=lambda name: -sum(name in rows for rows in by_corpus))
    rows = []
    for name in order:
        cells = [TableCell(name, link=links.get(name, ""))]
        for own in by_corpus:
            row = own.get(name)
            cells.append(COLUMNS["f1"].cell(row.f1 if row else None))
        rows.append(tuple(cells))
    heads = figures(*(one.name for one in corpora), kind="percent")
    return table("F1 in percent on each corpus", (*words("Method"), *heads), rows)


def contribute_page(corpora: Sequence[Corpus], stores: Sequence[Store], repository: str) -> Page:
    """Make the page that says how to add a row.

    Args:
        corpora: The corpora.
        stores: The results folders.
        repository: The address of the repository that the results folders are in; empty if it is not to be named.

    Returns:
        The steps, with commands that fit the results folders.
    """
    folder = stores[0].folder.resolve().name
    where = f"the repository of these results, {repository}" if repository else "the repository of these results"
    blocks = (
        Block(
            "1. Measure",
            (
                "Write a benchmark file with your tagger, and with the corpus and splits of a results folder.",
                "Corpus, words, folds and seed must be those of the folder, and the id of your tagger a new one.",
            ),
            code=("adrbench run mine.toml --results runs/mine",),
        ),
        Block(
            "2. Check",
            ("Files, folds and every figure are computed anew, and three cells are run again.",),
            code=("adrbench verify runs/mine --benchmark mine.toml --cells 3",),
        ),
        Block(
            "3. Merge",
            (
                f"Clone {where}, and merge your results into the folder of the same corpus.",
                "Cells are matched by their keys. Contradictions are refused, and nothing is written then.",
            ),
            code=(f"adrbench merge runs/mine --into results/{folder}\nadrbench verify results/{folder}",),
        ),
        Block(
            "4. Look",
            ("This is the site with your row.",),
            code=(f"adrbench site results/{folder} --out site/",),
        ),
        Block(
            "5. Open a pull request",
            (
                "Commit the results folder and the benchmark file.",
                "Say on which machine you measured, and how many cells ran at a time.",
            ),
            code=(f"git add results/{folder} mine.toml\ngit commit -m 'Measure mine'",),
        ),
    )
    rows = [(one.name, ", ".join(store.folder.resolve().name for store in one.store.stores)) for one in corpora]
    places = Block("", tables=(table("Where a corpus is", words("Corpus", "Results folders"), rows),))
    sections = (
        Section("steps", "Steps", blocks, layout="pair"),
        Section("places", "Where a corpus is", (places,), layout="wide"),
    )
    lead = "A row of this site is a tagger that was measured and verified. You add one by a pull request."
    return Page(CONTRIBUTE, "How to contribute a row", "Contribute", lead, sections)
