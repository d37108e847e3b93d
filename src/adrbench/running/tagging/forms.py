"""What tagged texts become: lines of a stream, pairs of files of brat, or pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from adrbench.api import Record
from adrbench.datasets.formats import brat
from adrbench.datasets.streams import STREAMS, check_labels, make_stream
from adrbench.errors import CorpusError, InputError
from adrbench.running.tagging.destination import Piece
from adrbench.running.tagging.predictor import Tagged

BRAT, HTML = "brat", "html"
FORMS = ("jsonl", BRAT, *(name for name in STREAMS if name != "jsonl"), HTML)
"""The formats of tagged texts, the default first."""

# Texts that are tagged and written together: enough for a tagger that sorts them by length, soon enough for a person.
_BATCH = 256
_PAGE = 50

Render = Callable[[int, Sequence[Record], bool], tuple[str, str]]
"""Makes a page of some texts: its file's name and its HTML, from its number, the texts, and whether it is the last."""


class Refused(NamedTuple):
    """A text that a format cannot hold, and why."""

    text: Tagged
    reason: str


class Form(Protocol):
    """This is the protocol of a format of tagged texts.

    Attributes:
        folder: Whether it is a folder of files.
        batch: How many texts are written together.
        head: What stands before all texts.
        tail: What stands behind all texts.
    """

    folder: bool
    batch: int
    head: bytes
    tail: bytes

    def pieces(
        self, number: int, texts: Sequence[Tagged], lost: Counter[str], *, last: bool
    ) -> Iterator[Piece | Refused]:
        """Write a batch.

        Args:
            number: The number of the batch, from 0.
            texts: The texts that were tagged.
            lost: Counts of what the format cannot hold; they are added to it.
            last: Whether no batch follows.

        Yields:
            What is written, and the texts that the format cannot hold.
        """

    def skip(self, record: Record) -> None:
        """Pass over a text that an earlier run has written.

        Args:
            record: The text.
        """


def make_form(name: str, out: str, labels: Sequence[str], render: Render | None = None) -> Form:
    """Make a format of tagged texts.

    Args:
        name: One of ``FORMS``.
        out: Where they go, for messages.
        labels: The labels of the tagger.
        render: Makes the pages of ``html``.

    Returns:
        The format.

    Raises:
        InputError: If the format cannot hold a label.
    """
    if name == HTML:
        if render is None:
            raise ValueError("html needs what renders it")
        return _Pages(render)
    form = _Brat(Path(out)) if name == BRAT else _Lines(name, Path(out))
    try:
        check_labels(form.check, labels)
    except CorpusError as error:
        raise InputError(f"{error}; choose another format by --to") from error
    return form


class _Lines:
    """One stream of records."""

    folder = False
    batch = _BATCH

    def __init__(self, name: str, out: Path) -> None:
        self._stream = make_stream(name)
        self._out = out
        self.head = self._stream.head
        self.tail = self._stream.tail

    def check(self, record: Record) -> None:
        self._stream.form(record, lambda: [(record, record.tokens or ())], self._out, Counter())

    def pieces(
        self,
        number: int,  # noqa: ARG002
        texts: Sequence[Tagged],
        lost: Counter[str],
        *,
        last: bool,  # noqa: ARG002
    ) -> Iterator[Piece | Refused]:
        form = self._stream.form
        written = []
        for one in texts:
            try:
                written.append(form(one.record, one.sentences, self._out, lost))
            except CorpusError as error:
                yield Refused(one, str(error))
        yield "", b"".join(written)

    def skip(self, record: Record) -> None:
        """Do nothing: a stream knows nothing of its beginning."""


class _Brat:
    """A pair of files a text, by its id."""

    folder = True
    batch = _BATCH
    head = tail = b""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._names: set[str] = set()

    def check(self, record: Record) -> None:
        brat.contents(record, self._out, Counter())

    def pieces(
        self,
        number: int,  # noqa: ARG002
        texts: Sequence[Tagged],
        lost: Counter[str],
        *,
        last: bool,  # noqa: ARG002
    ) -> Iterator[Piece | Refused]:
        for one in texts:
            name = self._name(one.record, lost)
            try:
                text, annotations = brat.contents(one.record, self._out, lost)
            except CorpusError as error:
                yield Refused(one, str(error))
                continue
            yield f"{name}.txt", text
            yield f"{name}.ann", annotations

    def skip(self, record: Record) -> None:
        self._name(record, Counter())

    def _name(self, record: Record, lost: Counter[str]) -> str:
        name = safe = brat.safe_name(record.id)
        lost["ids that are no file name, percent-encoded in it"] += safe != record.id
        count = 1
        # Where names differ in case alone, some file systems have one file for both.
        while name.casefold() in self._names:
            count += 1
            name = f"{safe}~{count}"
        lost["ids that came before, numbered in the file name"] += count > 1
        self._names.add(name.casefold())
        return name


class _Pages:
    """A page a batch."""

    folder = True
    batch = _PAGE
    head = tail = b""

    def __init__(self, render: Render) -> None:
        self._render = render

    def pieces(
        self,
        number: int,
        texts: Sequence[Tagged],
        lost: Counter[str],  # noqa: ARG002
        *,
        last: bool,
    ) -> Iterator[Piece | Refused]:
        name, page = self._render(number + 1, [one.record for one in texts], last)
        yield name, page.encode("utf-8", "replace")

    def skip(self, record: Record) -> None:
        """Do nothing: pages are numbered like batches."""
