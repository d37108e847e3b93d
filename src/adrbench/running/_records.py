"""What a run keeps in the results folder: the plan, corpus cards, folds, environments, cells, models."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adrbench._system.environment import environment as environment_here
from adrbench._system.protocol import PROTOCOL_VERSION
from adrbench.api import Span
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Split
from adrbench.results.store import Store, checksum
from adrbench.running._split_store import split_content
from adrbench.running.executors.local import Outcome
from adrbench.running.plan import Cell, Plan, Row


def keep_plan(plan: Plan, store: Store) -> None:
    """Keep what a run wants to measure, with its folds and the cards of its corpora; what was measured before stays."""
    for corpus in plan.corpora.values():
        if store.read("corpora", corpus.card) is None:
            store.write("corpora", corpus.card, _card(corpus))
        if store.read("words", corpus.card) is None:
            store.write("words", corpus.card, _words(corpus))
    # Figures of a whole corpus say nothing beside those of a part of it.
    whole = not any(corpus.filters.limit for corpus in plan.corpora.values())
    published = [row.model_dump() for row in plan.benchmark.published] if whole else []
    sections = _sections_of_others(plan, store)
    for (dataset, name), split in plan.splits.items():
        corpus = plan.corpora[dataset]
        if store.read("splits", split.key) is None:
            store.write("splits", split.key, split_content(split, len(corpus.documents)))
        rows: list[Mapping[str, Any]] = [
            {
                "tagger": row.tagger,
                "use": row.use,
                "family": row.family,
                "version": row.version,
                "code": row.code,
                "params": row.params,
                "cells": [cell.key for cell in row.cells],
                "problem": row.problem,
                "of": row.of,
                "point": row.point,
                "tune": row.tune,
                "pretrain": row.pretrain,
            }
            for row in plan.rows
            if (row.dataset, row.splits) == (dataset, name) and (row.chosen or _measured(row, store))
        ]
        rows += _imported_rows(store, corpus, split)
        if not rows:
            continue
        sections.append(
            {
                "dataset": dataset,
                "splits": name,
                "card": corpus.card,
                "split": split.key,
                "grouped": split.grouped,
                "fraction": split.fraction,
                "of": split.of,
                "limit": corpus.filters.limit,
                "stand_in_for": corpus.stand_in_for,
                "reason": corpus.reason,
                "rows": rows,
            }
        )
    store.write_plan(
        {
            "benchmark": plan.benchmark.benchmark.name,
            "protocol": PROTOCOL_VERSION,
            "seed": plan.benchmark.benchmark.seed,
            "evaluators": plan.benchmark.benchmark.evaluators,
            "sections": sections,
            "absent": dict(plan.absent),
            "published": published,
        }
    )


def _words(corpus: Corpus) -> dict[str, Any]:
    """Where the words of each document stand, and which gold spans have the same words; no text.

    ``ranges``: for each word the distance from the one before and its length. ``forms``: for each gold span a number,
    the same for spans of one label whose words are the same, case and white space aside.
    """
    numbers: dict[tuple[str, str], int] = {}
    forms: dict[str, list[int]] = {}
    ranges: dict[str, list[int]] = {}
    for a in corpus.documents:
        document = a.document
        spans = corpus.gold[document.id]
        forms[document.id] = [
            numbers.setdefault((span.label, _form(document.text, span)), len(numbers)) for span in spans
        ]
        before = 0
        steps: list[int] = []
        for start, end in document.tokens:
            steps += (start - before, end - start)
            before = end
        ranges[document.id] = steps
    return {"ranges": ranges, "forms": forms}


def _form(text: str, span: Span) -> str:
    stretches = span.parts or ((span.start, span.end),)
    return " ".join(" ".join(text[max(start, 0) : end] for start, end in stretches).casefold().split())


def _imported_rows(store: Store, corpus: Corpus, split: Split) -> list[Mapping[str, Any]]:
    """Rows of other systems' predictions on the same corpus and folds: a run does not throw them out."""
    before = store.find_plan() or {"sections": []}
    return [
        row
        for section in before["sections"]
        if (section["card"], section["split"]) == (corpus.card, split.key)
        for row in section["rows"]
        if row.get("imported")
    ]


def _sections_of_others(plan: Plan, store: Store) -> list[Mapping[str, Any]]:
    """What earlier runs kept of corpora that this run does not look at."""
    names = {entry.name or entry.use for entry in plan.benchmark.datasets} - set(plan.corpora)
    before = store.find_plan() or {"sections": []}
    return [section for section in before["sections"] if section["dataset"] in names]


def _measured(row: Row, store: Store) -> bool:
    """Whether an earlier run left a figure for a row that this run leaves alone."""
    return any((cell := store.read_cell(c.key)) is not None and cell["status"] == "ok" for c in row.cells)


def _card(corpus: Corpus) -> dict[str, Any]:
    """All that the store keeps of a corpus: ids, groups, counts and gold offsets; no text."""
    return {
        "name": corpus.name,
        "version": corpus.info.version,
        "unit": corpus.unit,
        "words_by": corpus.words,
        "ceiling": [asdict(row) for row in corpus.ceiling],
        "gold_is": corpus.filters.gold,
        "licence": corpus.info.licence,
        "citation": corpus.info.citation,
        "published": dict(corpus.info.published),
        "found": dict(corpus.found),
        "labels": corpus.labels,
        "counts": dict(corpus.counts),
        "ledger": [asdict(entry) for entry in corpus.ledger],
        "files": dict(corpus.files),
        "fingerprint": corpus.fingerprint,
        "gold": {a.document.id: [s.to_list() for s in corpus.gold[a.document.id]] for a in corpus.documents},
        "group_of": {a.document.id: a.document.group for a in corpus.documents},
        "tokens_of": {a.document.id: len(a.document.tokens) for a in corpus.documents},
    }


def keep_environment(store: Store, found: Mapping[str, Any] | None = None) -> str:
    """Keep the versions of Python and of every installed distribution, and give their name for cells to refer to.

    ``found``: those of another interpreter; by default of this one.
    """
    content = environment_here() if found is None else found
    name = checksum(content)[7:23]
    if store.read("environments", name) is None:
        store.write("environments", name, content)
    return name


def cell_content(row: Row, cell: Cell, outcome: Outcome, environment: Mapping[str, Any], jobs: int) -> dict[str, Any]:
    """All that is kept of a cell. ``jobs``: how many ran at a time, for whoever reads its times."""
    return {
        "dataset": cell.dataset,
        "splits": cell.splits,
        "fold": cell.fold,
        "tagger": cell.tagger,
        "use": row.use,
        "version": row.version,
        "code": row.code,
        "params": dict(row.params),
        "jobs": jobs,
        **environment,
        **outcome.content,
    }


def keep_model(source: Path, target: Path) -> None:
    """Copy a model's folder to its place in the store, whole or not at all."""
    # Copied beside its place first, so that a folder of that name is always whole.
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, draft)
    draft.replace(target)
