"""What a corpus reader gives, and how a plugin describes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from adrbench.api.text import Span


@dataclass(frozen=True)
class DatasetInfo:
    """The card of a corpus.

    Attributes:
        name: The corpus's name.
        version: The release that was read.
        licence: The licence of its texts and annotations.
        citation: The paper to cite.
        labels: Its labels. Empty: the labels that its files hold.
        url: Where it comes from.
        published: Counts that its paper or release prints, shown where ours differ. Names: ``documents``, ``groups``,
            ``tokens`` (those of the format), ``spans``, ``discontinuous``, ``spans LABEL``, or ``words`` (the harness's
            own).
        how: For a corpus that cannot be downloaded: where to ask for it, and which files to put where.
        note: A fact that a reader of the counts needs, such as an error in the paper.
        external: Whether its texts may be sent to a server on another machine: ``allowed``; ``conditional``, where the
            origin of the texts has terms of its own; ``forbidden``. Empty: nothing is known, and the user decides.
        external_terms: The clause that says so, and where it stands.
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
    external: Literal["", "allowed", "conditional", "forbidden"] = ""
    external_terms: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One text as read, before any filter, with every span: nested, overlapping and discontinuous ones too.

    Attributes:
        id: Unique in the corpus.
        text: The text.
        spans: All gold spans.
        group: Its source, which a grouped split keeps on one side.
        tokens: Character ranges in order; None unless the format itself fixes them.
        parts: For a release with its own split: the part of this text in each fold, ``train``, ``dev``, ``test``, or
            ``""`` for no part. Most releases have one fold.
        metadata: Facts by name that a split may stratify by, such as the drug.
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
    """The result of reading a corpus.

    Attributes:
        info: The corpus's card.
        records: The texts with gold.
        origin: Where the bytes came from.
        files: sha256 of each file read, by name.
        unlabelled: Further texts without gold that come with the corpus.
        ledger: Counts of what the reader itself merged, moved or left out, by name.
        unit: Whether a record is one ``sentence``, or a ``document`` of several. A document is split into sentences,
            and then into words.
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

    Attributes:
        info: The corpus's card.
    """

    info: DatasetInfo

    def load(self, params: Any, path: Path | None, offline: bool) -> Reading:
        """Read the corpus.

        Args:
            params: An instance of the description's ``params``.
            path: A file or folder to read. None: the local copy, else, unless ``offline``, the corpus's source.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus cannot be had.
            CorpusError: Its bytes are not the expected ones.
        """


@dataclass(frozen=True)
class DatasetPlugin:
    """A light description of a corpus reader, named by an entry point of the group ``adrbench.datasets``.

    Attributes:
        name: The name in a benchmark file.
        summary: One line for listings.
        params: A frozen dataclass, as for taggers.
        implementation: ``"module:Class"``, called without arguments.
        labels: The labels of a benchmark file that names none. Empty: all.
        embedded: Whether it needs no file and no network.
        format: Whether it reads any files of a form, so that a path must be given. Otherwise it is one corpus.
        writer: ``"module:function"``, called as ``write(reading, path)``. It writes ``reading`` in this form. It
            returns counts, by name, of all that the form cannot hold. It raises ``CorpusError`` for a reading that it
            cannot write at all.
        api: The ``API_VERSION`` that it was written for, as for taggers.
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
