"""What a corpus reader gives, and how a plugin describes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from adrbench.api.text import Span


@dataclass(frozen=True)
class DatasetInfo:
    """A corpus's card. ``published``: counts that its paper prints, by name, shown where ours differ."""

    name: str
    version: str
    licence: str
    citation: str
    labels: tuple[str, ...]
    url: str = ""
    published: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One text as read, before any filter. ``tokens`` only where the format itself fixes them."""

    id: str
    text: str
    spans: tuple[Span, ...]
    group: str
    tokens: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True)
class Reading:
    """All that a reader found.

    ``unlabelled``: further texts without gold that come with the corpus. ``origin``: where the bytes came from.
    ``files``: sha256 of each file read, by name. ``ledger``: what the reader itself merged, moved or left out, counted.
    """

    info: DatasetInfo
    records: tuple[Record, ...]
    origin: str
    files: Mapping[str, str]
    unlabelled: tuple[Record, ...] = ()
    ledger: Mapping[str, int] = field(default_factory=dict)


class Dataset(Protocol):
    """This is the protocol of a corpus reader: it turns files into records with spans."""

    info: DatasetInfo

    def load(self, params: Any, path: Path | None, offline: bool) -> Reading:
        """Read the corpus from ``path``, else from wherever it is at hand, else (unless ``offline``) from its source.

        Raises ``CorpusMissing`` if it cannot be had, another ``CorpusError`` if its bytes are not what they should be.
        """


@dataclass(frozen=True)
class DatasetPlugin:
    """What an entry point of the group ``adrbench.datasets`` names.

    ``params``: a frozen dataclass, as for taggers. ``implementation``: ``"module:Class"``, called without arguments.
    ``labels``: the ones a benchmark file gets that names none (empty: all). ``embedded``: needs no file and no network.
    """

    name: str
    summary: str
    params: type[Any]
    implementation: str
    labels: tuple[str, ...] = ()
    embedded: bool = False
