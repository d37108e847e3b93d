"""A results folder with learning curves whose F1 is given: a document has one mention, found or misplaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import stored

from adrbench.results.store import Store

Law = Callable[[float], float]
FRACTIONS = (0.05, 0.1, 0.2, 0.35, 0.5, 1.0)


def write(
    folder: Path,
    laws: Mapping[str, Law],
    fractions: tuple[float, ...] = FRACTIONS,
    *,
    documents: int = 900,
    folds: int = 3,
    missing: Mapping[str, tuple[float, ...]] | None = None,
) -> Store:
    """Write a results folder.

    Args:
        folder: Where.
        laws: By tagger, F1 for a number of training documents.
        fractions: The fractions of the training parts.
        documents: Documents of the corpus.
        folds: Folds.
        missing: By tagger, the fractions at which its first fold failed.

    Returns:
        The folder, as a store.
    """
    store = Store.create(folder)
    names = [f"d{number:04}" for number in range(documents)]
    gold = {name: [(0, 4, "ADR")] for name in names}
    store.write_card("card", stored.card(gold, ("ADR",)))
    tests = [names[fold::folds] for fold in range(folds)]
    sections = []
    for fraction in fractions:
        trains = [[name for name in names if name not in set(test)] for test in tests]
        trains = [train[: round(fraction * len(train))] for train in trains]
        title = "random" if fraction == 1 else f"random at {100 * fraction:g}%"
        key = f"folds-{fraction:g}"
        store.write_split(key, stored.split(tests, train=tuple(map(tuple, trains))))
        rows = []
        for tagger, law in laws.items():
            cells = [f"{tagger}-{fraction:g}-{fold}" for fold in range(folds)]
            rows.append(stored.row(tagger, cells))
            for fold, cell in enumerate(cells):
                if not fold and fraction in (missing or {}).get(tagger, ()):
                    stored.keep_cell(store, cell, fold=fold, tagger=tagger, reason="no memory")
                    continue
                found = round(law(len(trains[fold])) * len(tests[fold]))
                spans = {name: [(0, 4 if i < found else 3, "ADR")] for i, name in enumerate(tests[fold])}
                stored.keep_cell(store, cell, tests[fold], spans, fold=fold, tagger=tagger)
        sections.append(stored.section(rows, split=title, full_split="random", folds=key, fraction=fraction))
    store.write_plan(stored.plan(sections))
    return store
