"""How much of what is tested was seen in training: the mentions that a list of training mentions would find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Item, Recipe, Split, make_split
from adrbench.datasets.statistics._mentions import surface
from adrbench.errors import CorpusError


@dataclass(frozen=True)
class Exposure:
    """Of the mentions ``tested`` in a split, over its folds, those ``seen`` in training; both by label.

    Seen: its surface (case aside) is that of a mention with the same label in the training part. ``problem``: why the
    corpus has no such split; nothing is counted then.
    """

    split: str
    tested: Mapping[str, int]
    seen: Mapping[str, int]
    problem: str = ""

    def share(self, label: str | None = None) -> float | None:
        """The share seen of a label, or of all; None if none is tested."""
        tested = sum(self.tested.values()) if label is None else self.tested.get(label, 0)
        seen = sum(self.seen.values()) if label is None else self.seen.get(label, 0)
        return seen / tested if tested else None

    def to_dict(self) -> dict[str, Any]:
        """As plain data; shares are fractions."""
        labels = {
            label: {"tested": tested, "seen": self.seen.get(label, 0), "share": self.share(label)}
            for label, tested in sorted(self.tested.items())
        }
        plain = {"split": self.split, "share": self.share(), "labels": labels}
        return plain | {"problem": self.problem} if self.problem else plain


FOLDS = 5


def expose(corpus: Corpus) -> Iterator[Exposure]:
    """What a random and a grouped split of five folds would give away, and the release's own split if it has one."""
    # A split is made by id and group alone; what a document holds is looked at afterwards.
    items = [Item(a.document.id, a.document.group, parts=corpus.parts.get(a.document.id, ())) for a in corpus.documents]
    surfaces = {
        a.document.id: [(span.label, surface(a.document.text, span)) for span in corpus.gold[a.document.id]]
        for a in corpus.documents
    }
    recipes = {
        f"random, {FOLDS} folds": Recipe("random", folds=FOLDS),
        f"grouped, {FOLDS} folds": Recipe("grouped", folds=FOLDS),
    }
    if any(any(parts) for parts in corpus.parts.values()):
        recipes["provided"] = Recipe("provided")
    for name, recipe in recipes.items():
        try:
            split = make_split(items, recipe, name)
        except CorpusError as error:
            yield Exposure(name, {}, {}, str(error))
        else:
            yield _exposure(split, surfaces)


def _exposure(split: Split, surfaces: Mapping[str, list[tuple[str, str]]]) -> Exposure:
    tested: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for fold in split.folds:
        known = {mention for i in fold.train for mention in surfaces[i]}
        for i in fold.test:
            for mention in surfaces[i]:
                tested[mention[0]] += 1
                seen[mention[0]] += mention in known
    return Exposure(split.name, dict(tested), dict(seen))
