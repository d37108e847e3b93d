"""The statistics of a corpus as a view: its entities, its hard cases, the published counts, and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adrbench.datasets.corpus import Corpus
from adrbench.datasets.filters import Entry
from adrbench.datasets.statistics.by_field import FieldCount
from adrbench.datasets.statistics.counts import DatasetStatistics, Distribution, Entities
from adrbench.datasets.statistics.published import PublishedCount
from adrbench.datasets.statistics.subwords import SubwordLengths
from adrbench.reporting import formatting
from adrbench.reporting.formatting import Kind
from adrbench.reporting.tables import NONE, Column, Display, TableCell, TableView, figures, table, words

# More are not named in a title.
_MOST_LABELS = 6


def number(value: float | None) -> TableCell:
    """Show a count with thousands marks, or a mean with one decimal.

    Args:
        value: Any number.

    Returns:
        A cell; a dash for None, as in a paper's table.
    """
    return TableCell(formatting.number(value) or NONE, value)


def mean(value: float | None) -> TableCell:
    """Show a mean with one decimal.

    Args:
        value: Any number.

    Returns:
        A cell; a dash for None.
    """
    return TableCell(NONE if value is None else f"{value:,.1f}", value)


def percent(value: float | None) -> TableCell:
    """Show a fraction in percent with one decimal.

    Args:
        value: A fraction.

    Returns:
        A cell; a dash for None.
    """
    return TableCell(formatting.percent(value) or NONE, value)


def _lengths(lengths: Distribution) -> tuple[TableCell, ...]:
    return mean(lengths.mean), number(lengths.median), number(lengths.percentile(95)), number(lengths.most)


def corpus_view(
    corpus: Corpus,
    statistics: DatasetStatistics,
    published: Sequence[PublishedCount],
    *,
    by: tuple[str, Sequence[FieldCount]] = ("", ()),
    subwords: SubwordLengths | None = None,
) -> Display:
    """Show the statistics of a corpus.

    Args:
        corpus: The corpus.
        statistics: Its counts.
        published: Its published counts, beside those found.
        by: A field of the metadata, and the counts by its values.
        subwords: The lengths of its documents in subwords.

    Returns:
        Overview, counts by a field, parts, entities, hard cases, published counts and ledger, a table each.
    """
    return Display(tuple(_tables(corpus, statistics, published, by, subwords)))


def _tables(
    corpus: Corpus,
    statistics: DatasetStatistics,
    published: Sequence[PublishedCount],
    by: tuple[str, Sequence[FieldCount]],
    subwords: SubwordLengths | None,
) -> Iterator[TableView]:
    yield overview(corpus, statistics)
    if subwords is not None:
        yield subword_table(subwords)
    field, classes = by
    if classes:
        yield field_table(field, classes, statistics)
    if statistics.parts:
        columns = (*words("Part"), *figures("Documents", "Words", "Entities"))
        rows = ((part.name, part.documents, part.words, part.mentions) for part in statistics.parts)
        yield table("The release's own split", columns, rows)
    yield entities(statistics)
    yield hard_cases(statistics)
    yield ceiling(corpus)
    if published:
        yield published_counts(published)
    if corpus.ledger:
        yield ledger(corpus.ledger)


def field_table(field: str, classes: Sequence[FieldCount], statistics: DatasetStatistics) -> TableView:
    """Show a corpus by a field of its metadata.

    Args:
        field: The name of the field.
        classes: The counts by its values.
        statistics: The counts of the whole corpus.

    Returns:
        A row for each value, and one for all of them.
    """
    counts = [(one.value or "(none)", one.documents, one.words, one.mentions) for one in classes]
    total = ("all", statistics.documents, statistics.words, statistics.all.mentions)
    columns = (Column(field, field), *figures("Documents", "Words", "Entities"))
    return table(f"By {field}", columns, [*counts, total])


_BERT = 510


def subword_table(lengths: SubwordLengths) -> TableView:
    """Show how long documents are in subwords.

    Args:
        lengths: The lengths.

    Returns:
        Mean, median, 95th percentile, maximum, and the documents that are longer than BERT takes.
    """
    length = lengths.length
    rows = (
        ("Subwords per document: mean", mean(length.mean)),
        ("Subwords per document: median", number(length.median)),
        ("Subwords per document: 95th percentile", number(length.percentile(95))),
        ("Subwords per document: maximum", number(length.most)),
        (f"Documents of more than {_BERT} (512 with special tokens)", number(lengths.longer_than(_BERT))),
    )
    return facts("Subwords", rows, (f"Special tokens are not counted. Vocabulary: {lengths.vocabulary}.",))


def title(corpus: Corpus) -> str:
    """Name a corpus.

    Args:
        corpus: The corpus.

    Returns:
        Its name, version and labels; the number of labels if they are many.
    """
    version = f" {corpus.info.version}" if corpus.info.version else ""
    labels = ", ".join(corpus.labels) if len(corpus.labels) <= _MOST_LABELS else f"{len(corpus.labels)} labels"
    return f"{corpus.name}{version} ({labels})"


def overview(corpus: Corpus, statistics: DatasetStatistics) -> TableView:
    """Show the figures of a corpus as a whole, as in a paper's Table 1.

    Args:
        corpus: The corpus.
        statistics: Its counts.

    Returns:
        A row for each figure.
    """
    all_, length = statistics.all, statistics.length
    share = all_.words / statistics.words if statistics.words else None
    rows = (
        ("Documents", number(statistics.documents)),
        ("Sentences", number(statistics.sentences)),
        ("Groups (sources)", number(statistics.groups)),
        ("Words", number(statistics.words)),
        ("Words per document: mean", mean(length.mean)),
        ("Words per document: median", number(length.median)),
        ("Words per document: 95th percentile", number(length.percentile(95))),
        ("Words per document: maximum", number(length.most)),
        ("Entities", number(all_.mentions)),
        ("Unique entities", number(all_.unique)),
        ("Words that belong to an entity, %", percent(share)),
        ("Documents without an entity", number(statistics.without)),
        ("Duplicate documents", number(statistics.duplicates)),
        *([("Documents without gold, for every tagger", number(len(corpus.unlabelled)))] if corpus.unlabelled else []),
    )
    what = "all annotated mentions" if corpus.filters.gold == "all" else "the flat mentions"
    notes = [f"Entities are {what}; unique ones differ in more than case. Read from: {corpus.origin}."]
    if not corpus.info.published:
        notes.append("No published counts to compare with.")
    if corpus.stand_in_for:
        notes.append(f"Standing in for {corpus.stand_in_for}: {corpus.reason}")
    return facts(title(corpus), rows, notes)


def facts(
    heading: str, rows: Iterable[tuple[str, TableCell | str]], notes: Iterable[str] = (), kind: Kind = "number"
) -> TableView:
    """Show facts by name, in a table without a header.

    Args:
        heading: The title of the table.
        rows: Names and values.
        notes: Lines below the table.
        kind: What the values are.

    Returns:
        A table of two columns.
    """
    columns = (Column("fact", ""), Column("value", "", kind))
    return table(heading, columns, rows, notes=tuple(notes))


def entities(statistics: DatasetStatistics) -> TableView:
    """Show how many entities each label has, and how long they are.

    Args:
        statistics: The counts of a corpus.

    Returns:
        A row for each label, and one for all.
    """
    counts = ("Entities", "Unique", "Documents", "% of words", "Mean", "Median", "P95", "Max")
    rows = (
        (
            row.label,
            row.mentions,
            row.unique,
            row.documents,
            percent(row.words / statistics.words if statistics.words else None),
            *_lengths(row.length),
        )
        for row in statistics.rows
    )
    columns = (*words("Label"), *figures(*counts))
    notes = ("Documents: with such an entity. Mean to Max: words of an entity.",)
    return table("Entities", columns, rows, notes=notes)


def hard_cases(statistics: DatasetStatistics) -> TableView:
    """Count the entities that flat word tags cannot express, and those that training has seen.

    Args:
        statistics: The counts of a corpus.

    Returns:
        A row for each label, and one for all.
    """
    exposures = [exposure for exposure in statistics.exposures if not exposure.problem]
    seen = tuple(f"Seen: {exposure.split.partition(',')[0]}" for exposure in exposures)
    columns = (*words("Label"), *figures("Discontin.", "Overlap", "Nested", "Part words", *seen))

    def of(row: Entities) -> tuple[TableCell | str | int, ...]:
        whole = row is statistics.all
        shares = (percent(exposure.share(None if whole else row.label)) for exposure in exposures)
        return row.label, row.discontinuous, row.overlapping, row.nested, row.part_words, *shares

    folds = "; ".join(exposure.split for exposure in exposures)
    terms = "Overlap: share a character with another entity. Nested: lie inside one."
    notes = [f"{terms} Part words: begin or end where no word does."]
    if exposures:
        notes.append(f"Seen: % of test entities that training has too, case aside, with the same label ({folds}).")
    notes += [
        f"No split '{exposure.split}': {exposure.problem}." for exposure in statistics.exposures if exposure.problem
    ]
    return table("Hard cases, and what a split gives away", columns, map(of, statistics.rows), notes=tuple(notes))


def ceiling(corpus: Corpus) -> TableView:
    """Show the scores of a tagger of these words that makes no mistake.

    Args:
        corpus: The corpus.

    Returns:
        A row for each label.
    """
    shown = corpus.ceiling if len(corpus.labels) > 1 else corpus.ceiling[:1]
    rows = ((row.label, percent(row.precision), percent(row.recall), percent(row.f1)) for row in shown)
    notes = ("Gold copied through tags of words, scored as predictions are: what a word tagger without a mistake has.",)
    heading = f'Ceiling of word taggers, % (words = "{corpus.words}")'
    return table(heading, (*words("Label"), *figures("P", "R", "F1")), rows, notes=notes)


def published_counts(published: Sequence[PublishedCount]) -> TableView:
    """Show published counts beside those found.

    Args:
        published: The counts.

    Returns:
        A row for each count; those that differ are marked.
    """
    marked = frozenset(place for place, line in enumerate(published) if line.verdict != "same")
    rows = ((line.name, number(line.published), number(line.found), line.verdict) for line in published)
    columns = (*words("Count"), *figures("Published", "Found", "Difference"))
    notes = ("Found: as read, before any filter.",)
    return table("Published counts", columns, rows, notes=notes, marked=marked)


def ledger(entries: Sequence[Entry]) -> TableView:
    """Show every filter and repair between the corpus files and the benchmark.

    Args:
        entries: The ledger of a corpus.

    Returns:
        A row for each step.
    """
    rows = ((entry.step, entry.documents or None, entry.spans or None, entry.count or None) for entry in entries)
    columns = (*words("Step"), *figures("Documents", "Spans", "Count"))
    return table("Ledger: filters and repairs", columns, rows)
