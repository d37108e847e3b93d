"""The page of a corpus: a report on it, where its figures are from, downloads, how to cite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adrbench._system.version import __version__
from adrbench.reporting._content import Block, Section
from adrbench.reporting._page import SECTIONS, summary
from adrbench.reporting.leaderboard.view import leaderboard_text
from adrbench.reporting.sections.corpora import over_corpora
from adrbench.reporting.site._corpora import Corpus
from adrbench.reporting.site._pages import Page, software
from adrbench.reporting.tables import TableCell, TableView, table, words
from adrbench.results.status import statuses
from adrbench.results.store import Store

_FORMS = {
    "csv": "every row and column of the leaderboard, for a spreadsheet",
    "json": "the same, with nested values",
}


def corpus_page(corpus: Corpus, links: Mapping[str, str]) -> Page:
    """Make the page of a corpus.

    Args:
        corpus: The corpus.
        links: The page of the method of each row.

    Returns:
        The sections of a report on the corpus, and those of its own.
    """
    sections = [section(corpus.source) for section in SECTIONS if section is not over_corpora]
    own = (_provenance(corpus), _downloads(corpus), _citing(corpus))
    page = Page(corpus.path, corpus.name, "Corpus", summary(corpus.source), (*sections, *own))
    there = {name: f"{page.root}{path}" for name, path in links.items()}
    return replace(page, sections=tuple(_linked(section, there) for section in page.sections))


def downloads(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Write the leaderboard of a corpus for programs.

    Args:
        corpus: The corpus.

    Yields:
        The files beside its page, with their contents.
    """
    for format_name in _FORMS:
        yield f"corpora/{corpus.file}.{format_name}", f"{leaderboard_text(corpus.source.board, format_name)}\n"


def folders_table(stores: Sequence[Store]) -> TableView:
    """Show results folders: their benchmark, and how its cells stand.

    Args:
        stores: The results folders.

    Returns:
        A row for each folder, named without the folders above it.
    """
    rows = []
    for store in stores:
        plan = store.read_plan()
        # Every row of the folder, whatever the last run was to measure.
        whole = (replace(one, rows=tuple(replace(row, chosen=True) for row in one.rows)) for one in plan.sections)
        counted = statuses(store, replace(plan, sections=tuple(whole)))
        counts = ", ".join(f"{count:,} {status}" for status, count in sorted(counted.items()))
        conditions = f"protocol {plan.protocol}, seed {plan.seed}"
        rows.append((store.folder.resolve().name, plan.benchmark, counts, conditions))
    return table("Results folders", words("Folder", "Benchmark", "Cells", "Conditions"), rows)


def _provenance(corpus: Corpus) -> Section:
    line = "Each figure can be computed anew from stored predictions and stored gold: adrbench verify does so."
    reason = corpus.store.apart
    apart = (f"Other results of this corpus are on a page of their own: {reason}.",) if reason else ()
    blocks = (
        Block("Results folders", tables=(folders_table(corpus.store.stores),), notes=apart),
        Block("Code of the taggers", tables=(_code(corpus),)),
    )
    return Section("provenance", "Where the figures are from", blocks, (line,), layout="facts")


def _code(corpus: Corpus) -> TableView:
    taggers: dict[tuple[str, str, str], dict[str, None]] = {}
    for row in (row for section in corpus.source.plan.sections for row in section.rows):
        if not row.imported:
            taggers.setdefault((row.use, row.version, row.code), {})[row.tagger_id] = None
    rows = ((", ".join(names), *plugin) for plugin, names in taggers.items())
    return table("Code of the taggers", words("Taggers", "Plugin", "Version", "Hash of its code"), rows)


def _downloads(corpus: Corpus) -> Section:
    files = {format_name: f"{corpus.file}.{format_name}" for format_name in _FORMS}
    rows = [(TableCell(files[format_name], link=files[format_name]), says) for format_name, says in _FORMS.items()]
    line = "Figures are fractions, seconds and bytes. No file holds text of the corpus."
    block = Block("", tables=(table("Downloads", words("File", "Content"), rows),))
    return Section("downloads", "Downloads", (block,), (line,), layout="facts")


def _citing(corpus: Corpus) -> Section:
    card = corpus.source.places[0].card
    papers = sorted({row.published_source for row in corpus.source.board.rows if row.published_source})
    facts = (
        ("Corpus", card.citation),
        ("Its version", card.version),
        ("As benchmarked", f"fingerprint {card.fingerprint[:16]}"),
        ("Published figures", "; ".join(papers)),
        ("Software", software()),
    )
    line = f"Beside a figure, name the split, the kind of interval and adrbench {__version__}."
    block = Block("", tables=(table("How to cite", words("", ""), (fact for fact in facts if fact[1])),))
    return Section("cite", "How to cite", (block,), (line,), layout="facts")


def _linked(section: Section, links: Mapping[str, str]) -> Section:
    """Let the taggers of its tables lead to their methods."""

    def with_links(view: TableView) -> TableView:
        if not view.columns or view.columns[0].key != "tagger":
            return view
        rows = []
        for first, *rest in view.rows:
            # What stands behind the id in brackets is said of it; an id may hold brackets, too.
            name = first.text if first.text in links else first.text.rpartition(" (")[0]
            rows.append((replace(first, link=links.get(name, "")), *rest))
        return replace(view, rows=tuple(rows))

    blocks = (replace(block, tables=tuple(map(with_links, block.tables))) for block in section.blocks)
    return replace(section, blocks=tuple(blocks))
