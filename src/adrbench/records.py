"""What a run keeps in the results folder: the plan, corpus cards, folds, environments, cells, models."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from adrbench.corpora.corpus import Corpus
from adrbench.executors.local import Outcome
from adrbench.plan import PROTOCOL_VERSION, Cell, Plan, Row
from adrbench.splits import Kind, Split, make_split
from adrbench.store import Store, checksum


def find_split(corpus: Corpus, kind: Kind, folds: int, seed: int, store: Store | None) -> Split:
    """The stored folds, or new ones."""
    name = _split_name(corpus, kind, folds, seed)
    stored = store.read("splits", name) if store else None
    if stored is not None:
        return Split(kind, seed, tuple(tuple(ids) for ids in stored["folds"]))
    return make_split({a.document.id: a.document.group for a in corpus.documents}, kind, folds, seed)


def _split_name(corpus: Corpus, kind: str, folds: int, seed: int) -> str:
    """The name under which folds are stored: what they were made from."""
    return f"{corpus.name}-{kind}-{folds}-seed{seed}-{corpus.fingerprint[:16]}"


def keep_plan(plan: Plan, store: Store) -> None:
    """Keep what a run wants to measure, with its folds and the cards of its corpora; what was measured before stays."""
    for corpus in plan.corpora.values():
        if store.read("corpora", corpus.fingerprint[:16]) is None:
            store.write("corpora", corpus.fingerprint[:16], _card(corpus))
    # Figures of a whole corpus say nothing beside those of a part of it.
    whole = not any(corpus.filters.limit for corpus in plan.corpora.values())
    published = [row.model_dump() for row in plan.benchmark.published] if whole else []
    sections = []
    for (dataset, kind), split in plan.splits.items():
        corpus = plan.corpora[dataset]
        name = _split_name(corpus, kind, len(split.folds), split.seed)
        if store.read("splits", name) is None:
            store.write("splits", name, {"kind": kind, "seed": split.seed, "folds": split.folds})
        rows = [
            {
                "tagger": row.tagger,
                "use": row.use,
                "family": row.family,
                "version": row.version,
                "code": row.code,
                "params": row.params,
                "cells": [cell.key for cell in row.cells],
                "problem": row.problem,
            }
            for row in plan.rows
            if (row.dataset, row.splits) == (dataset, kind) and (row.chosen or _measured(row, store))
        ]
        if not rows:
            continue
        sections.append(
            {
                "dataset": dataset,
                "splits": kind,
                "fingerprint": corpus.fingerprint,
                "split": name,
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
            "evaluator": plan.benchmark.benchmark.evaluators[0],
            "sections": sections,
            "published": published,
        }
    )


def _measured(row: Row, store: Store) -> bool:
    """Whether an earlier run left a figure for a row that this run leaves alone."""
    return any((cell := store.read_cell(c.key)) is not None and cell["status"] == "ok" for c in row.cells)


def _card(corpus: Corpus) -> dict[str, Any]:
    """All that the store keeps of a corpus: ids, groups, counts and gold offsets; no text."""
    return {
        "name": corpus.name,
        "version": corpus.info.version,
        "licence": corpus.info.licence,
        "citation": corpus.info.citation,
        "published": dict(corpus.info.published),
        "labels": corpus.labels,
        "counts": dict(corpus.counts),
        "ledger": [asdict(entry) for entry in corpus.ledger],
        "files": dict(corpus.files),
        "fingerprint": corpus.fingerprint,
        "gold": {a.document.id: [(s.start, s.end, s.label) for s in a.spans] for a in corpus.documents},
        "group_of": {a.document.id: a.document.group for a in corpus.documents},
        "tokens_of": {a.document.id: len(a.document.tokens) for a in corpus.documents},
    }


def keep_environment(store: Store) -> str:
    """Keep the versions of Python and of every installed distribution, and give their name for cells to refer to."""
    packages = dict(sorted({d.name.lower(): d.version for d in distributions() if d.name}.items()))
    content = {"python": platform.python_version(), "packages": packages}
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
