"""Folds: those of the results folder, else new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from adrbench.api import Annotated
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.leakage import Leaks, Likeness
from adrbench.datasets.splits import Fold, Item, Recipe, Split, make_split, recipe_key
from adrbench.errors import CorpusError
from adrbench.results.schema import LeaksRecord, SplitRecord
from adrbench.results.store import DamagedError, Store


def find_split(
    corpus: Corpus, recipe: Recipe, name: str, store: Store | None, alike: Callable[[], Likeness], of: str = ""
) -> Split:
    """The stored folds, or new ones, with their name in the store and how much train and test overlap.

    ``alike``: finds the documents that are alike, which takes a moment; asked only if the store has no answer.
    ``of``: what the split is called that learns from all of its training parts.

    Raises ``CorpusError`` if the corpus cannot be split so.
    """
    items = [_item(corpus, a) for a in corpus.documents]
    try:
        key = f"{corpus.name}-{recipe_key(recipe, items)}-{corpus.fingerprint[:16]}"
        stored = _read(store, key) if store else None
        split = make_split(items, recipe, name) if stored is None else _stored_split(stored, items, recipe, name)
        split = replace(split, of=of or name)
        if split.leaks is None:
            found = alike().leaks(((*fold.train, *fold.dev), fold.test) for fold in split.folds)
            split = replace(split, leaks=found)
    except CorpusError as error:
        raise CorpusError(f"{corpus.name}, split {name!r}: {error}") from error
    return replace(split, key=key)


def _item(corpus: Corpus, annotated: Annotated) -> Item:
    document = annotated.document
    labels = frozenset(span.label for span in corpus.gold[document.id])
    return Item(
        document.id, document.group, labels, corpus.metadata.get(document.id, {}), corpus.parts.get(document.id, ())
    )


def _read(store: Store, key: str) -> SplitRecord | None:
    """The stored folds; None for a damaged file, since the same recipe gives the same folds."""
    try:
        return store.read_split(key)
    except DamagedError:
        return None


def _stored_split(stored: SplitRecord, items: Sequence[Item], recipe: Recipe, name: str) -> Split:
    ids = sorted(item.id for item in items)
    folds = []
    for number, test in enumerate(stored.test):
        tested = set(test)
        train = stored.train[number] if stored.train is not None else tuple(i for i in ids if i not in tested)
        dev = stored.dev[number] if stored.dev is not None else ()
        folds.append(Fold(train, test, dev))
    leaks = Leaks(**vars(stored.leaks)) if stored.leaks is not None else None
    return Split(name, recipe.kind, recipe.seed, tuple(folds), stored.grouped, leaks=leaks, fraction=recipe.fraction)


def split_record(split: Split, documents: int) -> SplitRecord:
    """Ids under test by fold; those to learn from too, where they are not all the others."""
    parts = any(len(fold.train) + len(fold.test) != documents for fold in split.folds)
    return SplitRecord(
        kind=split.kind,
        seed=split.seed,
        grouped=split.grouped,
        leaks=LeaksRecord(**asdict(split.leaks)) if split.leaks else None,
        test=tuple(fold.test for fold in split.folds),
        train=tuple(fold.train for fold in split.folds) if parts else None,
        dev=tuple(fold.dev for fold in split.folds) if parts else None,
    )
