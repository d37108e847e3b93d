"""The texts and the gold that a cell is given. Part of every cell's key."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, overload

from adrbench._system.paths import write_atomically
from adrbench.api import Annotated, Document


def write_documents(path: Path, documents: Sequence[Document]) -> None:
    """Texts and tokens for cells to read, without gold: a line each."""
    lines = (json.dumps([d.id, d.text, list(chain.from_iterable(d.tokens)), d.group]) for d in documents)
    write_atomically(path, "\n".join(lines))


def read_documents(path: Path) -> Iterator[Document]:
    """What ``write_documents`` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            name, text, edges, group = json.loads(line)
            yield Document(name, text, tuple(zip(edges[::2], edges[1::2], strict=True)), group)


class Unlabelled(Sequence[Document]):
    """Documents that are read when they are first looked at: who has no use for them pays neither time nor memory."""

    def __init__(self, path: Path, held_back: Collection[str]) -> None:
        self._path = path
        self._held_back = held_back

    @cached_property
    def _documents(self) -> list[Document]:
        return [document for document in read_documents(self._path) if document.group not in self._held_back]

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Document]: ...
    def __getitem__(self, index: int | slice) -> Document | Sequence[Document]:
        return self._documents[index]

    def __len__(self) -> int:
        return len(self._documents)


def gold_of(documents: Sequence[Annotated], ids: Collection[str]) -> dict[str, list[Any]]:
    """The gold of some documents as plain data, by id, in the order of the corpus."""
    wanted = frozenset(ids)
    return {a.document.id: [span.to_list() for span in a.spans] for a in documents if a.document.id in wanted}


def groups_of(documents: Sequence[Annotated], ids: Collection[str]) -> list[str]:
    """The groups of some documents, sorted."""
    wanted = frozenset(ids)
    return sorted({a.document.group for a in documents if a.document.id in wanted})
