"""Who is tested in which fold, decided once from document ids."""

from __future__ import annotations

import hashlib
import random
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, Literal

from adrbench._system.seed import DEFAULT_SEED
from adrbench.datasets.leakage import Leaks
from adrbench.errors import CorpusError, closest

Kind = Literal["random", "grouped", "stratified", "stratified-grouped", "provided"]


@dataclass(frozen=True)
class Recipe:
    """How documents are shared out.

    ``folds`` of a cross-validation, done ``repeats`` times with other seeds; or, if ``test`` is given, one part for
    testing that holds this share of all documents, and one of the share ``dev`` for development. ``by``: what
    stratified kinds keep even: the name of a metadata field, or empty for the labels that a document has. ``provided``
    takes the parts that the release itself names; ``development`` says whether its development part is a ``holdout``
    or training text like the rest (``train``). ``fraction``: how much of each training part is learnt from.
    """

    kind: Kind
    folds: int = 5
    repeats: int = 1
    seed: int = DEFAULT_SEED
    by: str = ""
    test: float | None = None
    dev: float = 0.0
    development: Literal["holdout", "train"] = "holdout"
    fraction: float = 1.0


@dataclass(frozen=True)
class Item:
    """What a split may know of a document: no text, and of its gold only which labels there are."""

    id: str
    group: str
    labels: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fold:
    """Sorted ids: what is learnt from, what is tested, and the split's own development part, if it has one."""

    train: tuple[str, ...]
    test: tuple[str, ...]
    dev: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """Folds under a name.

    Attributes:
        name: The name of the split.
        kind: How documents are shared out.
        seed: The seed of that.
        folds: The folds.
        grouped: True if no group has documents in train and test of a fold; then holdouts keep groups whole, too.
        key: The name in a results folder.
        leaks: How much train and test overlap all the same.
        fraction: The fraction of each training part that is learnt from.
        of: The name of the split with whole training parts.
    """

    name: str
    kind: Kind
    seed: int
    folds: tuple[Fold, ...]
    grouped: bool
    key: str = ""
    leaks: Leaks | None = None
    fraction: float = 1.0
    of: str = ""

    def lines(self) -> list[str]:
        """Say what a reader of figures should know: groups that are single documents, and overlap of train and test.

        Returns:
            The sentences.
        """
        alone = alone_line(self.kind, grouped=self.grouped)
        return [*([alone] if alone else []), *(self.leaks.lines() if self.leaks else [])]


def make_split(items: Sequence[Item], recipe: Recipe, name: str = "") -> Split:
    """Share documents out, independently of the order in which they come.

    ``random`` shuffles documents, as published studies do. ``grouped`` shuffles whole groups, so that no group is in
    train and in test. The stratified kinds do the same and keep classes even. In a fold, the training part at a smaller
    fraction is contained in that at a larger one. It consists of documents, or of whole groups where the split keeps
    those together, in one random order: as many as come nearest to the fraction, at least one.

    Args:
        items: The documents.
        recipe: How to share them out.
        name: The name of the split; empty: its kind.

    Returns:
        The folds.

    Raises:
        CorpusError: There are fewer documents, or groups, than folds, or the recipe needs a fact that is missing.
    """
    ordered = sorted(items, key=lambda item: item.id)
    wanted = recipe
    if recipe.kind.endswith("grouped") and len({item.group for item in ordered}) == len(ordered):
        # Nothing to keep together: the very folds of the kind without groups, so that their cells are shared.
        recipe = replace(recipe, kind="random" if recipe.kind == "grouped" else "stratified")
    if recipe.kind == "provided":
        made = list(_provided(ordered, recipe.development))
        return _split(name, recipe, ordered, made, grouped=_keeps_groups(ordered, made))
    made = []
    for repeat in range(recipe.repeats):
        seed = recipe.seed + repeat
        if recipe.test is None:
            ids = [item.id for item in ordered]
            for test in _cross_validation(ordered, recipe, seed):
                tested = set(test)
                made.append(Fold(tuple(i for i in ids if i not in tested), test))
        else:
            made.append(_held_out(ordered, recipe, recipe.test, seed))
    split = _split(name, recipe, ordered, made, grouped=recipe.kind.endswith("grouped"))
    return replace(split, name=name or wanted.kind, kind=wanted.kind)


def alone_line(kind: str, *, grouped: bool) -> str:
    """What to say of a grouped split whose groups are all single documents, else an empty text.

    Args:
        kind: The kind that the benchmark file asks for.
        grouped: Whether the split keeps groups together.

    Returns:
        A sentence without its period.
    """
    if not kind.endswith("grouped") or grouped:
        return ""
    other = "random" if kind == "grouped" else "stratified"
    return f"every document is a group of its own, so this {kind} split is the {other} one and shares its cells"


def _split(name: str, recipe: Recipe, items: Sequence[Item], folds: Sequence[Fold], *, grouped: bool) -> Split:
    if recipe.fraction < 1:
        unit = {item.id: item.group if grouped else item.id for item in items}
        folds = [
            replace(fold, train=_fraction(fold.train, unit, recipe.fraction, f"{recipe.seed} {number}"))
            for number, fold in enumerate(folds)
        ]
    return Split(name or recipe.kind, recipe.kind, recipe.seed, tuple(folds), grouped, fraction=recipe.fraction)


def _fraction(train: Sequence[str], unit: Mapping[str, str], fraction: float, seed: str) -> tuple[str, ...]:
    """As much of a training part as comes nearest to a fraction of its documents, in whole units, one at least."""
    members: dict[str, list[str]] = {}
    for name in train:
        members.setdefault(unit[name], []).append(name)
    order = sorted(members)
    random.Random(seed).shuffle(order)
    sizes = list(accumulate(len(members[u]) for u in order))
    count = 1 + min(range(len(sizes)), key=lambda i: abs(sizes[i] - fraction * len(train)))
    return tuple(sorted(name for u in order[:count] for name in members[u]))


def _cross_validation(items: Sequence[Item], recipe: Recipe, seed: int) -> Iterator[tuple[str, ...]]:
    """The ids under test of each fold, by scikit-learn."""
    from sklearn import model_selection  # noqa: PLC0415  (1.4 s: not for a command that reads stored folds)

    grouped = recipe.kind.endswith("grouped")
    units = {item.group if grouped else item.id for item in items}
    if len(units) < recipe.folds:
        what = "groups to keep whole" if grouped else "documents"
        raise CorpusError(f"{recipe.folds} folds need at least {recipe.folds} {what}; there are {len(units)}")
    how = {"n_splits": recipe.folds, "shuffle": True, "random_state": seed}
    chooser: Any = {
        "random": model_selection.KFold,
        "grouped": model_selection.GroupKFold,
        "stratified": model_selection.StratifiedKFold,
        "stratified-grouped": model_selection.StratifiedGroupKFold,
    }[recipe.kind](**how)
    classes = _classes(items, recipe.by) if recipe.kind.startswith("stratified") else None
    if classes and max(Counter(classes).values()) < recipe.folds:
        raise CorpusError(f"stratified by {recipe.by or 'labels'}: no class has {recipe.folds} documents, one a fold")
    with warnings.catch_warnings():
        # A class of fewer documents than folds cannot be in every fold; that is so, and no reason to warn.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        parts = chooser.split(items, classes, [item.group for item in items] if grouped else None)
        for _, test in parts:
            yield tuple(items[i].id for i in test)


def _held_out(items: Sequence[Item], recipe: Recipe, share: float, seed: int) -> Fold:
    """One fold with parts of given shares: units in random order within their class, taken at even distances."""
    grouped = recipe.kind.endswith("grouped")
    members: dict[str, list[Item]] = {}
    for item in items:
        members.setdefault(item.group if grouped else item.id, []).append(item)
    stratified = recipe.kind.startswith("stratified")
    classes = dict(zip((i.id for i in items), _classes(items, recipe.by), strict=True)) if stratified else {}
    shuffled = list(members)
    random.Random(seed).shuffle(shuffled)
    if stratified:
        kinds = {unit: Counter(classes[i.id] for i in members[unit]).most_common(1)[0][0] for unit in shuffled}
        shuffled.sort(key=lambda unit: kinds[unit])
    test = _every(shuffled, members, share)
    rest = [unit for unit in shuffled if unit not in test]
    dev = _every(rest, members, recipe.dev / (1 - share)) if recipe.dev else set()
    part = {unit: "test" if unit in test else "dev" if unit in dev else "train" for unit in shuffled}
    ids = {name: tuple(sorted(i.id for u in members if part[u] == name for i in members[u])) for name in _PARTS}
    for name in ("train", "test", *(["dev"] if recipe.dev else [])):
        if not ids[name]:
            raise CorpusError(
                f"{len(shuffled)} {'groups' if grouped else 'documents'} leave none for the part {name!r}"
            )
    return Fold(ids["train"], ids["test"], ids["dev"])


_PARTS = ("train", "dev", "test")


def _every(units: Sequence[str], members: Mapping[str, Sequence[Item]], share: float) -> set[str]:
    """Units, evenly from the whole sequence, that hold this share of the documents as nearly as may be."""
    chosen: set[str] = set()
    seen = taken = 0
    for unit in units:
        size = len(members[unit])
        seen += size
        # Half a unit more or less: over the whole sequence that evens out.
        if taken + size / 2 <= share * seen:
            chosen.add(unit)
            taken += size
    return chosen


def _classes(items: Sequence[Item], by: str) -> list[str]:
    if not by:
        return [" ".join(sorted(item.labels)) for item in items]
    known = {name for item in items for name in item.metadata}
    for item in items:
        if by not in item.metadata:
            raise CorpusError(f"document {item.id} has no metadata {by!r} to stratify by; {closest(by, known)}")
    return [item.metadata[by] for item in items]


def _provided(items: Sequence[Item], development: str) -> Iterator[Fold]:
    count = max((len(item.parts) for item in items), default=0)
    if not count:
        raise CorpusError("the corpus comes without a split of its own; valid: random, grouped, stratified")
    for number in range(count):
        ids: dict[str, list[str]] = {name: [] for name in ("", *_PARTS)}
        for item in items:
            ids[item.parts[number] if number < len(item.parts) else ""].append(item.id)
        train, dev = ids["train"], ids["dev"]
        if not train and dev:
            train, dev = dev, []
        if development == "train":
            train, dev = sorted(train + dev), []
        if not train or not ids["test"]:
            absent = "train" if not train else "test"
            fold = f" of its fold {number + 1}" if count > 1 else ""
            raise CorpusError(f"the corpus's own split has no document in the part {absent!r}{fold}")
        yield Fold(tuple(train), tuple(ids["test"]), tuple(dev))


def _keeps_groups(items: Sequence[Item], folds: Sequence[Fold]) -> bool:
    group = {item.id: item.group for item in items}
    return all({group[i] for i in fold.test}.isdisjoint({group[i] for i in (*fold.train, *fold.dev)}) for fold in folds)


def recipe_key(recipe: Recipe, items: Sequence[Item]) -> str:
    """Name a split in a results folder by all that decides it, apart from the corpus.

    Args:
        recipe: How documents are shared out.
        items: The documents.

    Returns:
        The name.
    """
    if recipe.fraction < 1:
        whole = recipe_key(replace(recipe, fraction=1.0), items)
        return f"{whole}-train{recipe.fraction:g}" + (f"-seed{recipe.seed}" if recipe.kind == "provided" else "")
    name = f"{recipe.kind}-{recipe.folds}-seed{recipe.seed}"
    if recipe.kind == "provided":
        parts = sorted((item.id, item.parts) for item in items)
        return f"provided-{recipe.development}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:12]}"
    if recipe.test is not None:
        name = f"{recipe.kind}-test{recipe.test:g}-dev{recipe.dev:g}-seed{recipe.seed}"
    if recipe.kind.startswith("stratified"):
        classes = sorted(zip((item.id for item in items), _classes(items, recipe.by), strict=True))
        name += f"-by-{hashlib.sha256(repr((recipe.by, classes)).encode()).hexdigest()[:12]}"
    return name if recipe.repeats == 1 else f"{name}-repeats{recipe.repeats}"
