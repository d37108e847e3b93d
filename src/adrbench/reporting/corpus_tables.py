"""A portrait as tables: the corpus, its entities, its hard cases, the published counts, and the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adrbench.datasets.corpus import Corpus
from adrbench.datasets.filters import Entry
from adrbench.datasets.statistics.counts import Distribution, Entities, Portrait
from adrbench.datasets.statistics.published import Comparison
from adrbench.reporting.tables import Sheet

NONE = "–"
# More are not named in a title.
_MOST_LABELS = 6


def number(value: float | None) -> str:
    """A count with thousands marks, a mean with one decimal."""
    if value is None:
        return NONE
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"


def mean(value: float | None) -> str:
    """A mean: one decimal, always."""
    return NONE if value is None else f"{value:,.1f}"


def percent(value: float | None) -> str:
    """A fraction as percent with one decimal."""
    return NONE if value is None else f"{100 * value:.1f}"


def _lengths(lengths: Distribution) -> tuple[str, ...]:
    return mean(lengths.mean), number(lengths.median), number(lengths.percentile(95)), number(lengths.most)


def tables(corpus: Corpus, portrait: Portrait, published: Sequence[Comparison]) -> Iterator[Sheet]:
    """All that is known of a corpus, a table for each question."""
    yield overview(corpus, portrait)
    if portrait.parts:
        columns = ("Part", "Documents", "Words", "Entities")
        rows = tuple((p.name, number(p.documents), number(p.words), number(p.mentions)) for p in portrait.parts)
        yield Sheet("The release's own split", columns, rows)
    yield entities(portrait)
    yield hard_cases(portrait)
    if published:
        yield published_counts(published)
    if corpus.ledger:
        yield ledger(corpus.ledger)


def title(corpus: Corpus) -> str:
    """A corpus's name, version and labels."""
    version = f" {corpus.info.version}" if corpus.info.version else ""
    labels = ", ".join(corpus.labels) if len(corpus.labels) <= _MOST_LABELS else f"{len(corpus.labels)} labels"
    return f"{corpus.name}{version} ({labels})"


def overview(corpus: Corpus, portrait: Portrait) -> Sheet:
    """What a paper's Table 1 says of a corpus as a whole."""
    all_, length = portrait.all, portrait.length
    share = all_.words / portrait.words if portrait.words else None
    rows = (
        ("Documents", number(portrait.documents)),
        ("Sentences", number(portrait.sentences)),
        ("Groups (sources)", number(portrait.groups)),
        ("Words", number(portrait.words)),
        ("Words per document: mean", mean(length.mean)),
        ("Words per document: median", number(length.median)),
        ("Words per document: 95th percentile", number(length.percentile(95))),
        ("Words per document: maximum", number(length.most)),
        ("Entities", number(all_.mentions)),
        ("Unique entities", number(all_.unique)),
        ("Words that belong to an entity, %", percent(share)),
        ("Documents without an entity", number(portrait.without)),
        ("Duplicate documents", number(portrait.duplicates)),
        *([("Documents without gold, for every tagger", number(len(corpus.unlabelled)))] if corpus.unlabelled else []),
    )
    what = "all annotated mentions" if corpus.filters.gold == "all" else "the flat mentions"
    notes = [f"Entities are {what}; unique ones differ in more than case. Read from: {corpus.origin}."]
    if not corpus.info.published:
        notes.append("No published counts to compare with.")
    if corpus.stand_in_for:
        notes.append(f"Standing in for {corpus.stand_in_for}: {corpus.reason}")
    return Sheet(title(corpus), ("", ""), rows, notes=tuple(notes))


def entities(portrait: Portrait) -> Sheet:
    """How many entities of each label, and how long they are."""
    columns = ("Label", "Entities", "Unique", "Documents", "% of words", "Mean", "Median", "P95", "Max")
    rows = tuple(
        (
            row.label,
            number(row.mentions),
            number(row.unique),
            number(row.documents),
            percent(row.words / portrait.words if portrait.words else None),
            *_lengths(row.length),
        )
        for row in portrait.rows
    )
    return Sheet("Entities", columns, rows, notes=("Documents: with such an entity. Mean to Max: words of an entity.",))


def hard_cases(portrait: Portrait) -> Sheet:
    """What flat tags of words cannot say, and what splits give away."""
    exposures = [exposure for exposure in portrait.exposures if not exposure.problem]
    seen = tuple(f"Seen: {exposure.split.partition(',')[0]}" for exposure in exposures)
    columns = ("Label", "Discontin.", "Overlap", "Nested", "Part words", *seen)

    def cells(row: Entities) -> tuple[str, ...]:
        whole = row is portrait.all
        shares = (percent(exposure.share(None if whole else row.label)) for exposure in exposures)
        hard = row.discontinuous, row.overlapping, row.nested, row.part_words
        return (row.label, *map(number, hard), *shares)

    folds = "; ".join(exposure.split for exposure in exposures)
    terms = "Overlap: share a character with another entity. Nested: lie inside one."
    notes = [f"{terms} Part words: begin or end where no word does."]
    if exposures:
        notes.append(f"Seen: % of test entities that training has too, case aside, with the same label ({folds}).")
    notes += [
        f"No split '{exposure.split}': {exposure.problem}." for exposure in portrait.exposures if exposure.problem
    ]
    return Sheet(
        "Hard cases, and what a split gives away", columns, tuple(map(cells, portrait.rows)), notes=tuple(notes)
    )


def published_counts(published: Sequence[Comparison]) -> Sheet:
    """Every published count beside ours, those that differ marked."""
    marked = frozenset(place for place, line in enumerate(published) if line.verdict != "same")
    rows = tuple((line.name, number(line.published), number(line.found), line.verdict) for line in published)
    counts = ("Count", "Published", "Found", "Difference")
    notes = ("Found: as read, before any filter.",)
    return Sheet("Published counts", counts, rows, notes=notes, marked=marked)


def ledger(entries: Sequence[Entry]) -> Sheet:
    """Every filter and repair on the way from the files to the benchmark."""
    rows = tuple(
        (entry.step, *(number(count) if count else "" for count in (entry.documents, entry.spans, entry.count)))
        for entry in entries
    )
    return Sheet("Ledger: filters and repairs", ("Step", "Documents", "Spans", "Count"), rows)
