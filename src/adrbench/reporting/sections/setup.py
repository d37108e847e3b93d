"""What was run: corpora, protocol, machines, environments, taggers with their parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from adrbench._system.machine import describe
from adrbench.datasets.leakage import Leaks
from adrbench.datasets.splits import alone_line
from adrbench.reporting._content import Block, Section
from adrbench.reporting._source import Place, Source, listed
from adrbench.reporting.tables import TableCell, TableView, figures, table, words
from adrbench.results.schema import CardRecord


def setup(source: Source) -> Section:
    """Describe the corpora, splits, machines, environments and taggers.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each corpus, then the protocol, the machines and the taggers.
    """
    corpora = {place.section.card: place for place in source.places}
    blocks = [_corpus(place) for place in corpora.values()]
    blocks += [_protocol(source), _machines(source), _taggers(source)]
    lines = [f"{name}: left out: {reason}" for name, reason in source.plan.absent.items()]
    return Section("setup", "What was run", tuple(blocks), tuple(lines), layout="facts")


def _corpus(place: Place) -> Block:
    card, section = place.card, place.section
    version = card.version
    lines = []
    if section.stand_in_for:
        lines.append(f"Stands in for {section.stand_in_for}: {section.reason}")
    if section.limit is not None:
        lines.append(f"Only {section.limit:,} documents: a quick look, not the benchmark.")
    facts = [
        ("Licence", card.licence),
        ("Citation", card.citation),
        ("Labels", ", ".join(card.labels)),
        (
            "A document is",
            {"sentence": "a sentence", "document": "a text of several sentences"}.get(card.unit, ""),
        ),
        (
            "Scored against",
            "all gold, as annotated" if card.gold_is == "all" else "flat gold, as the benchmark file makes it",
        ),
        ("Fingerprint", str(card.fingerprint)[:16]),
    ]
    about = table(f"The corpus {card.name}", words("", ""), (fact for fact in facts if fact[1]))
    tables = [about, *_counts(card)]
    if card.ledger:
        tables.append(_ledger(card))
    return Block(f"Corpus {card.name}{f', version {version}' if version else ''}", tuple(lines), tuple(tables))


def _counts(card: CardRecord) -> Iterator[TableView]:
    """Counts as benchmarked; and those that the corpus's paper prints, beside those found where the card has them."""
    if card.counts:
        yield table("Counts, as benchmarked", (*words("What"), *figures("Count")), card.counts.items())
    if card.published:
        found = card.counted
        rows: tuple[tuple[Any, ...], ...] = tuple(
            (name, count, found.get(name, "not counted"), _verdict(count, found.get(name)))
            for name, count in card.published.items()
        )
        if found:
            caption = "Counts of the release, before any filter: published against found"
            head: tuple[str, ...] = ("Published", "Found", "Difference")
        else:
            caption = "Counts that the release or its paper prints"
            head, rows = ("Published",), tuple(row[:2] for row in rows)
        yield table(caption, (*words("What"), *figures(*head)), rows)


def _verdict(published: int, found: int | None) -> str:
    if found is None:
        return ""
    return "same" if published == found else f"{found - published:+,}"


def _ledger(card: CardRecord) -> TableView:
    rows = []
    for entry in card.ledger:
        touched = [(entry.documents, "document"), (entry.spans, "span"), (entry.count, "")]
        said = ", ".join(
            f"{count:,} {what}{'s' * (what != '' and count > 1)}".strip() for count, what in touched if count
        )
        rows.append((entry.step, said))
    return table("Ledger: every filter and repair of the corpus", (*words("Step"), *figures("Concerned")), rows)


def _protocol(source: Source) -> Block:
    rows = []
    notes = []
    for place in source.all_places:
        split = place.split
        sizes = [len(fold) for fold in split.test]
        tested = f"{min(sizes):,}" if min(sizes) == max(sizes) else f"{min(sizes):,} to {max(sizes):,}"
        rows.append(
            (
                place.name,
                split.kind,
                len(sizes),
                tested,
                str(split.seed),
                "yes" if place.section.grouped else "no",
            )
        )
        leaks = Leaks(**vars(split.leaks)) if split.leaks else None
        said = leaks.lines() if leaks else []
        if place not in source.places:
            continue  # a fraction of a split: how much train and test of the whole overlap was said
        if alone := alone_line(split.kind, grouped=split.grouped):
            notes.append(f"{place.name}: {alone}.")
        notes += [f"{place.name}: {line}." for line in said]
        if leaks and not said:
            notes.append(f"{place.name}: train and test share no text, near duplicate or group.")
    columns = (
        *words("Corpus and split", "Kind"),
        *figures("Folds", "Documents under test", "Seed"),
        *words("Groups kept whole"),
    )
    line = (
        f"Protocol {source.plan.protocol}; seed of the taggers {source.plan.seed}; judged by "
        f"{source.scores.evaluator}. Every tagger gets the same documents, folds, seed and tokens; gold is visible in "
        "training only; a missing prediction is a miss; costs are those of a cell's own process."
    )
    return Block("Protocol", (line,), (table("Splits", columns, rows),), notes=tuple(notes))


def _machines(source: Source) -> Block:
    known = list(source.cells())
    lines = [f"{name}: {describe(vars(facts))}." for name, facts in sorted(source.board.machines.items())]
    jobs = sorted({cell.jobs for cell in known if cell.jobs is not None})
    if jobs:
        lines.append(f"Cells at a time: {', '.join(map(str, jobs))}.")
    if not lines:
        lines.append("No machine is known: nothing was measured here.")
    folded = []
    users: dict[str, dict[str, None]] = {}
    for cell in known:
        if cell.environment is not None:
            users.setdefault(cell.environment, {})[cell.tagger] = None
    for name, taggers in sorted(users.items()):
        content = source.store.read_environment(name)
        if content is not None:
            versions = f"Python {content.python}, {len(content.packages)} distributions"
            heading = f"Environment {name} of {listed(taggers)}: {versions}"
            folded.append(table(heading, words("Distribution", "Version"), content.packages.items()))
    return Block("Machines and environments", tuple(lines), folded=tuple(folded))


def _taggers(source: Source) -> Block:
    seen: dict[tuple[str, ...], list[str]] = {}
    for place in source.places:
        for entry in place.section.rows:
            shown = json.dumps(entry.params, sort_keys=True, ensure_ascii=False)
            key = (entry.tagger, entry.family, entry.use, entry.version, shown)
            seen.setdefault(key, []).append(place.name)
    everywhere = len(source.places)
    rows = []
    for (tagger, family, use, version, shown), places in seen.items():
        said = parameters(json.loads(shown))
        note = "" if len(places) == everywhere else f"on {', '.join(places)}"
        rows.append((TableCell(tagger, note=note), family, f"{use} {version}".strip(), said))
    columns = words("Tagger", "Family", "Plugin", "Parameters")
    return Block("Taggers", folded=(table("Taggers and their parameters", columns, rows),))


def parameters(params: Mapping[str, Any]) -> str:
    """Say the parameters of a tagger.

    >>> parameters(
    ...     {
    ...         "vote": "majority",
    ...         "members": [{"use": "crf", "params": {"c1": 0.1, "lists": []}}],
    ...         "seed": None,
    ...         "label": "",
    ...     }
    ... )
    'vote majority; members (use crf; params (c1 0.1; lists none))'

    Args:
        params: Values by name.

    Returns:
        Those that have a value.
    """
    return "; ".join(f"{name} {_plain(value)}" for name, value in params.items() if value not in (None, ""))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({parameters(value)})" if value else "none"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
