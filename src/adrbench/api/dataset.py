"""What a corpus reader gives, and how a plugin describes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from adrbench.api.text import Span


@dataclass(frozen=True)
class DatasetInfo:
    """A corpus's card. Empty ``labels``: whatever the files hold.

    ``published``: counts that its paper or release prints, shown where ours differ, by name: ``documents``, ``groups``,
    ``tokens`` (those of the format), ``spans``, ``discontinuous``, ``spans LABEL``, or ``words`` (the harness's own).
    ``how``: for a corpus that cannot be downloaded, where to ask for it and what to put where. ``note``: what a reader
    of the counts must know, such as an error in the paper.
    """

    name: str
    version: str
    licence: str
    citation: str
    labels: tuple[str, ...]
    url: str = ""
    published: Mapping[str, int] = field(default_factory=dict)
    how: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One text as read, before any filter, with every span: nested, overlapping and discontinuous ones too.

    ``group``: its source, which must not stand on both sides of a grouped split. ``tokens``: character ranges in order,
    only where the format itself fixes them. ``parts``: where the release comes with its own split, the part (``train``,
    ``dev``, ``test``, or ``""`` for none) that this text plays in each fold of it; most releases have one fold.
    ``metadata``: facts by name that a split may stratify by, such as the drug.
    """

    id: str
    text: str
    spans: tuple[Span, ...]
    group: str
    tokens: tuple[tuple[int, int], ...] | None = None
    parts: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """All that a reader found.

    ``unlabelled``: further texts without gold that come with the corpus. ``origin``: where the bytes came from.
    ``files``: sha256 of each file read, by name. ``ledger``: what the reader itself merged, moved or left out, counted.
    ``unit``: whether a record is one ``sentence`` or a ``document`` of several, which are then split into words
    sentence by sentence.
    """

    info: DatasetInfo
    records: tuple[Record, ...]
    origin: str
    files: Mapping[str, str]
    unlabelled: tuple[Record, ...] = ()
    ledger: Mapping[str, int] = field(default_factory=dict)
    unit: Literal["sentence", "document"] = "sentence"


class Dataset(Protocol):
    """This is the protocol of a corpus reader: it turns files into records with spans.

    Optional: ``at_hand() -> str``, where the corpus lies on this machine, without reading it; raises ``CorpusMissing``.
    """

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
    ``format``: reads any files of a form, so a path must be given; otherwise it is one corpus. ``writer``:
    ``"module:function"``, called as ``write(reading, path)``; it writes ``reading`` in this form and returns, by
    name, counts of what the form cannot hold; a reading that it cannot write at all is a ``CorpusError``. ``api``: the
    ``API_VERSION`` that it was written for, as for taggers.
    """

    name: str
    summary: str
    params: type[Any]
    implementation: str
    labels: tuple[str, ...] = ()
    embedded: bool = False
    format: bool = False
    writer: str = ""
    api: str = ""
