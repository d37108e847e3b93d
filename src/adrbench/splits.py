"""Who is tested in which fold, decided once from document ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from adrbench.errors import CorpusError

Kind = Literal["random", "grouped"]


@dataclass(frozen=True)
class Split:
    """A partition of documents into folds. ``folds[i]`` holds the sorted ids that are tested in fold ``i``."""

    kind: Kind
    seed: int
    folds: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        """A content hash, the same wherever the same documents fall into the same folds."""
        text = json.dumps([self.kind, self.folds])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def train_ids(self, fold: int) -> list[str]:
        """The ids of every fold but this one, sorted."""
        return sorted(i for other, ids in enumerate(self.folds) if other != fold for i in ids)


def make_split(groups: Mapping[str, str], kind: Kind, folds: int, seed: int) -> Split:
    """Share documents (id to group) out into folds, independently of the order in which they come.

    ``random`` shuffles documents, as published studies do. ``grouped`` shuffles whole groups, so that no group
    stands on both sides.

    Raises ``CorpusError`` if there are fewer documents, or groups, than folds.
    """
    from sklearn.model_selection import GroupKFold, KFold  # noqa: PLC0415  (1.4 s: not for a command that reads stored folds)

    ids = sorted(groups)
    if kind == "random":
        if len(ids) < folds:
            raise CorpusError(f"{folds} folds need at least {folds} documents; there are {len(ids)}")
        parts = KFold(n_splits=folds, shuffle=True, random_state=seed).split(ids)
    else:
        count = len(set(groups.values()))
        if count < folds:
            raise CorpusError(f"{folds} folds need at least {folds} groups to keep whole; there are {count}")
        chooser = GroupKFold(n_splits=folds, shuffle=True, random_state=seed)
        parts = chooser.split(ids, groups=[groups[i] for i in ids])
    return Split(kind, seed, tuple(tuple(ids[i] for i in test) for _, test in parts))
