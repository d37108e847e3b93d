"""The methods of a site: the card of each over all corpora."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, listed, slug
from adrbench.reporting.charts.dots import intervals
from adrbench.reporting.leaderboard.cells import row_cell
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.headings import interval_names
from adrbench.reporting.sections.setup import parameters
from adrbench.reporting.sections.spread import estimate
from adrbench.reporting.site._corpora import Corpus
from adrbench.reporting.site._pages import Page, file_names
from adrbench.reporting.tables import Column, TableCell, TableView, table, words
from adrbench.results.leaderboard import Row
from adrbench.results.leaderboard.rows import together
from adrbench.results.schema import RowRecord

_SHOWN = (
    "precision", "precision_interval", "recall", "recall_interval", "f1", "f1_interval", "ties",
    "fit_seconds", "predict_seconds", "documents_per_second", "peak_memory_bytes",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A method on a split of a corpus.

    Attributes:
        corpus: The corpus.
        place: The split, with all of its rows.
        row: The row of the method; of a grid the best one.
        planned: The same row as it was planned.
    """

    corpus: Corpus
    place: Place
    row: Row
    planned: RowRecord

    @property
    def name(self) -> str:
        """Corpus and split."""
        return f"{self.corpus.name} · {self.place.section.split}"


@dataclass(frozen=True)
class Method:
    """A tagger of the benchmark files, under its id.

    Attributes:
        name: The id.
        path: The file of its page.
        entries: It on each split of each corpus.
    """

    name: str
    path: str
    entries: tuple[Entry, ...]

    @property
    def measured(self) -> tuple[Entry, ...]:
        """Where it has an F1."""
        return tuple(one for one in self.entries if one.row.f1 is not None)

    @property
    def corpora(self) -> int:
        """On how many corpora it has an F1."""
        return len({one.corpus.name for one in self.measured})

    def among_best(self) -> int:
        """Count the corpora on which it is best, or not significantly worse than the best."""
        speak = (one for one in self.measured if one.place.section is one.corpus.place.section)
        return sum(
            one.row is one.place.rows[0] or bool(set(one.row.ties) & set(one.place.rows[0].ties)) for one in speak
        )


def methods(found: Sequence[Corpus]) -> tuple[Method, ...]:
    """Gather the methods of all corpora.

    Args:
        found: The corpora.

    Returns:
        The methods, those that are measured on most corpora first.
    """
    entries: dict[str, list[Entry]] = {}
    for corpus in found:
        for place in corpus.source.places:
            planned = {row.tagger: row for row in place.section.rows}
            seen = set[str]()
            # Best first, so that of a grid the best setting is the one. What only a paper has was not planned.
            for row in place.rows:
                if row.tagger in planned and row.tagger_id not in seen:
                    seen.add(row.tagger_id)
                    entries.setdefault(row.tagger_id, []).append(Entry(corpus, place, row, planned[row.tagger]))
    files = file_names(entries)
    made = [Method(name, f"methods/{files[name]}.html", tuple(own)) for name, own in entries.items()]
    return tuple(sorted(made, key=lambda one: (-one.corpora, -one.among_best(), one.name)))


def links(found: Sequence[Method]) -> Mapping[str, str]:
    """Name the page of the method of each row.

    Args:
        found: The methods.

    Returns:
        Paths in the site by the id of a row.
    """
    return {
        row.tagger: method.path
        for method in found
        for entry in method.entries
        for row in entry.place.rows
        if row.tagger_id == method.name
    }


def method_page(method: Method) -> Page:
    """Make the page of a method: its card over all corpora.

    Args:
        method: The method.

    Returns:
        Its figures and costs on each split of each corpus, and how it was set up.
    """
    first = method.entries[0].row
    measured = f"{method.corpora} {'corpus' if method.corpora == 1 else 'corpora'}"
    places = f"{len(method.measured)} of {len(method.entries)} splits"
    lead = f"Family {first.family}; plugin {first.use}. Measured on {measured}, {places}."
    sections = (_results(method), _setup(method))
    return Page(method.path, method.name, "Method", lead, sections)


def methods_table(found: Sequence[Method], corpora: int) -> TableView:
    """Show the methods of a site.

    Args:
        found: The methods.
        corpora: How many corpora the site has.

    Returns:
        A row for each method.
    """
    columns = words("Method", "Family", "Plugin", "Measured on", "Best, or not significantly worse, on")
    rows = (
        (
            TableCell(one.name, link=one.path),
            one.entries[0].row.family,
            one.entries[0].row.use,
            f"{one.corpora} of {corpora} corpora",
            f"{one.among_best()} of them" if one.corpora else "",
        )
        for one in found
    )
    return table("Methods", columns, rows)


def _results(method: Method) -> Section:
    notes = tuple(f"{where}: {status}: {reason}" for where, status, reason in _unmeasured(method))
    if not method.measured:
        return Section("results", "Results", (Block("Not measured", notes=notes),), layout="wide")
    block = Block(
        f"On each corpus and split{interval_names(one.row for one in method.measured)}",
        tables=(_table(method),),
        figures=(_figure(method),) if len(method.measured) > 1 else (),
        notes=notes,
    )
    lines = (
        "Place: the rank of the mean F1 among all taggers there.",
        "Ties: taggers of a corpus and split that share a letter are not significantly different.",
        "Figures of different corpora are not on one scale.",
    )
    return Section("results", "Results", (block,), lines, layout="wide", legend=True)


def _unmeasured(method: Method) -> list[tuple[str, str, str]]:
    return together((one.name, one.row.status, one.row.reason) for one in method.entries if one.row.status != "ok")


def _table(method: Method) -> TableView:
    known = [
        COLUMNS[key]
        for key in _SHOWN
        if any(
            getattr(one.row.cost, key, None) is not None or not hasattr(one.row.cost, key) for one in method.measured
        )
    ]
    columns = (*words("Corpus", "Split", "Place"), *known)
    rows = (
        (
            TableCell(one.corpus.name, link=f"../{one.corpus.path}"),
            one.place.section.split,
            _rank(one),
            *(row_cell(column, one.row) for column in known),
        )
        for one in method.measured
    )
    return table(f"{method.name} on each corpus", columns, rows, identity=2)


def _rank(entry: Entry) -> TableCell:
    others = [row.f1 for row in entry.place.measured if row.f1 is not None]
    own = 1 + sum(f1 > (entry.row.f1 or 0.0) for f1 in others)
    return TableCell(f"{own} of {len(others)}", own)


def _figure(method: Method) -> Figure:
    rows = [one.row for one in method.measured]
    columns = (Column("corpus", "Corpus and split"), COLUMNS["f1"], COLUMNS["f1_interval"])
    shown = table(
        f"F1 in percent, {method.name}",
        columns,
        ((one.name, *(row_cell(column, one.row) for column in columns[1:])) for one in method.measured),
    )
    return Figure(
        slug("f1", method.name),
        f"F1 of {method.name} with interval and folds",
        f"F1 in percent of {method.name} on {listed(one.name for one in method.measured)}.",
        shown,
        partial(
            intervals,
            estimates=[estimate(row, name=one.name) for one, row in zip(method.measured, rows, strict=True)],
            label="F1, %",
        ),
        0.75 + 0.34 * len(rows),
    )


def _setup(method: Method) -> Section:
    line = "Two rows mean that a plugin, its code or its parameters differ between corpora."
    found = tuple(_versions(method))
    columns = words("Plugin", "Hash of its code", "Parameters", "On")
    block = Block("", tables=(table("Plugin and parameters", columns, found),))
    return Section("setup", "How it was set up", (block,), (line,) if len(found) > 1 else (), layout="facts")


def _versions(method: Method) -> Iterator[tuple[str, ...]]:
    places: dict[tuple[str, str, str], list[str]] = {}
    for one in method.entries:
        plan = one.planned
        shown = json.dumps(dict(plan.params), sort_keys=True, ensure_ascii=False)
        places.setdefault((f"{plan.use} {plan.version}".strip(), plan.code, shown), []).append(one.name)
    for (plugin, code, shown), own in places.items():
        yield plugin, code, parameters(json.loads(shown)), ", ".join(own)
