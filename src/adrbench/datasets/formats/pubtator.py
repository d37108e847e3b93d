"""PubTator: abstracts with their mentions below them, one line each.

Wei, Kao and Lu (2013), Nucleic Acids Research 41 (W1), W518-W522.

    PMID|t|title
    PMID|a|abstract
    PMID<TAB>start<TAB>end<TAB>words<TAB>type<TAB>identifier

Offsets count characters of title, one character between, and abstract; that one is read as a line end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets.decode import iter_lines
from adrbench.datasets.formats import parts
from adrbench.datasets.formats._offsets import Mismatch, check_words
from adrbench.datasets.formats.parts import SCORES_LOST
from adrbench.datasets.formats.schema import Schema

_SUFFIXES = (".txt", ".pubtator")
_TEXT = re.compile(r"([^|\t]*)\|([a-z])\|(.*)", re.DOTALL)
_MENTION_IN_TEXT = re.compile(r"\t[0-9]+\t[0-9]+\t")
_OFFSET = re.compile(r"[0-9]{1,9}")
_ID = re.compile(r"[^\s|\0\ufeff]+")
# PMID, start, end, words, type, then the identifier and, for composite mentions, the single ones.
_COLUMNS = 6
_NO_IDENTIFIER = "-"


@dataclass(frozen=True)
class PubtatorParams:
    """``mismatch``: a mention whose words are not those at its offsets is an ``error``, or counted and read there."""

    mismatch: Mismatch = "error"


plugin = DatasetPlugin(
    name="pubtator",
    summary="PubTator files: abstracts with mentions by offset",
    params=PubtatorParams,
    implementation="adrbench.datasets.formats.pubtator:Pubtator",
    format=True,
    writer="adrbench.datasets.formats.pubtator:write",
)


class Pubtator:
    """Reads a file, or a folder with one for each part."""

    info = DatasetInfo(name="pubtator", version="", licence="", citation="", labels=())
    schema = Schema({"line": ("|t|", "|a|")})

    def load(self, params: PubtatorParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A file, or a folder with a file for each part.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: There is no such file, or its form is wrong.
        """
        return _read(self.info, parts.find("pubtator", path, _SUFFIXES), params, {})


def load_pubtator(
    info: DatasetInfo,
    files: Mapping[str, Path],
    origin: str,
    params: PubtatorParams | None = None,
    leave_out: Mapping[str, Collection[str]] | None = None,
) -> Reading:
    """Read PubTator files.

    Args:
        info: The card of the corpus.
        files: The files by the part that each is: ``train``, ``dev``, ``test``, or ``""`` for none.
        origin: Where the files came from, as ``LocalFiles.origin`` has it.
        params: What becomes of mentions that do not fit the text; by default an error.
        leave_out: By part, ids of documents that its file holds but that belong to another part; counted.

    Returns:
        A reading with a record for each abstract, in the order of ``files``.

    Raises:
        CorpusError: With file and line, for what is not PubTator, and for a document that differs where it is given
            twice.
    """
    return _read(info, parts.Source(tuple(files.items()), origin), params or PubtatorParams(), leave_out or {})


def _read(
    info: DatasetInfo, source: parts.Source, params: PubtatorParams, leave_out: Mapping[str, Collection[str]]
) -> Reading:
    def read(file: Path, part: str, records: dict[str, Record], ledger: Counter[str]) -> None:
        parse(iter_lines(file), str(file), part, records, ledger, params.mismatch, leave_out.get(part, ()))

    return parts.read_parts(info, source, read)


@dataclass
class _Draft:
    """A document while its lines are read; ``lines`` are those below the text, with where they stand."""

    id: str
    where: str
    title: str
    abstract: str | None = None
    lines: list[tuple[str, list[str]]] = field(default_factory=list)


def parse(
    lines: Iterable[str],
    where: str,
    part: str,
    records: dict[str, Record],
    ledger: Counter[str],
    mismatch: Mismatch = "error",
    leave_out: Collection[str] = (),
) -> None:
    r"""Add the abstracts of a file to ``records``, by PMID.

    Args:
        lines: The lines of the file.
        where: The name of the file, for messages.
        part: The part of the release; empty: none.
        records: The records by id; abstracts are added to it.
        ledger: Counts of repairs; they are added to it.
        mismatch: What becomes of mentions that do not fit the text.
        leave_out: The ids of documents that another part holds too.

    Raises:
        CorpusError: This is no PubTator, or it contradicts itself. The message has the line.

    >>> records, lines = {}, ["1|t|Rash", "1|a|It went.", "1\t0\t4\tRash\tDisease\tD005076"]
    >>> parse(lines, "example", "test", records, Counter())
    >>> records["1"].text, records["1"].spans
    ('Rash\nIt went.', (Span(start=0, end=4, label='Disease'),))
    """
    for draft in _drafts(lines, where, ledger):
        if draft.id in leave_out:
            ledger["documents that another part holds too, left out here"] += 1
        else:
            parts.add(records, _record(draft, part, ledger, mismatch), draft.where, ledger)


def _drafts(lines: Iterable[str], where: str, ledger: Counter[str]) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for number, given in enumerate(lines, 1):
        place = f"{where}:{number}"
        line = given.replace("\r", " ")
        ledger["carriage returns inside a line, read as spaces"] += given.count("\r")
        text = _TEXT.fullmatch(line)
        if text is not None and _MENTION_IN_TEXT.search(text[3]):
            raise CorpusError(f"{place}: a line of text holds the columns of a mention; is a line end missing?")
        if text is not None and text[2] == "t":
            if draft is not None:
                yield draft
            draft = _Draft(_checked_id(text[1], place), place, text[3])
        elif text is not None:
            above = _follows(draft, text[1], place)
            if text[2] != "a" or above.abstract is not None:
                raise CorpusError(
                    f"{place}: '|{text[2]}|' once more or unknown; a document has one title (t), one abstract (a)"
                )
            above.abstract = text[3]
        elif line.strip():
            columns = line.split("\t")
            if len(columns) == 1:
                raise CorpusError(f"{place}: neither 'PMID|t|title', 'PMID|a|abstract' nor columns between tabs")
            _follows(draft, columns[0], place).lines.append((place, columns))
    if draft is not None:
        yield draft


def _follows(draft: _Draft | None, pmid: str, place: str) -> _Draft:
    if draft is None or draft.id != pmid:
        above = f"below those of {draft.id!r}" if draft is not None else "at the beginning"
        raise CorpusError(f"{place}: a line of document {pmid!r} {above}; 'PMID|t|title' opens a document")
    return draft


def _checked_id(pmid: str, place: str) -> str:
    if not _ID.fullmatch(pmid):
        raise CorpusError(f"{place}: the document id {pmid!r} is empty or holds white space")
    return pmid


def _record(draft: _Draft, part: str, ledger: Counter[str], mismatch: Mismatch) -> Record:
    text = draft.title if draft.abstract is None else f"{draft.title}\n{draft.abstract}"
    spans = []
    for place, columns in draft.lines:
        if _is_relation(columns):
            ledger["relations, not read"] += 1
        else:
            spans.append(_mention(columns, text, place, ledger, mismatch))
    return Record(draft.id, text, tuple(sorted(spans)), draft.id, parts=(part,) if part else ())


def _is_relation(columns: list[str]) -> bool:
    """``PMID CID D1 D2``: a word where a mention has its start. A mention with a broken start has more columns."""
    return 4 <= len(columns) < _COLUMNS and columns[1][:1].isalpha()  # noqa: PLR2004


def _mention(columns: list[str], text: str, place: str, ledger: Counter[str], mismatch: Mismatch) -> Span:
    if len(columns) < _COLUMNS - 1:
        raise CorpusError(f"{place}: {len(columns)} columns between tabs; a mention has 6; is the file truncated?")
    _, first, last, words, label, *rest = columns
    if not (_OFFSET.fullmatch(first) and _OFFSET.fullmatch(last)):
        raise CorpusError(f"{place}: the offsets of {words!r} are {first!r:.60} and {last!r:.60}, not whole numbers")
    start, end = int(first), int(last)
    if not start < end <= len(text):
        raise CorpusError(f"{place}: the offsets {start}-{end} are empty or outside the {len(text)} characters of text")
    if not label:
        raise CorpusError(f"{place}: the type of {words!r} (column 5) is empty")
    check_words(words, text, [(start, end)], f"{place}: {words!r}", ledger, mismatch)
    ledger["composite mentions, read as one"] += len(rest) > 1
    return Span(start, end, label)


def write(reading: Reading, path: Path) -> dict[str, int]:
    """Write a corpus as PubTator. The first line of a text is its title.

    Args:
        reading: The corpus.
        path: A file, or, without a suffix, a folder with a file for each part.

    Returns:
        Counts of what the format cannot hold.

    Raises:
        CorpusError: An id or a label would break a line.
    """
    lost: Counter[str] = Counter()

    def form(records: Sequence[Record], file: Path) -> str:
        return "\n".join(line for record in records for line in (*lines(record, file, lost), ""))

    return dict(+(parts.write_parts(reading, path, _SUFFIXES, form) + lost))


def lines(record: Record, file: Path, lost: Counter[str]) -> list[str]:
    """Write a record as lines of PubTator.

    Args:
        record: The record. The first line of its text is its title.
        file: The file, for messages.
        lost: What the format cannot hold is counted here.

    Returns:
        The lines, without their ends and without the blank line that ends a document.

    Raises:
        CorpusError: The id or a label would break a line.
    """
    if not _ID.fullmatch(record.id):
        raise CorpusError(
            f"{file}: PubTator cannot hold the document id {record.id!r}: empty, or white space or '|' in it"
        )
    title, end, abstract = record.text.partition("\n")
    written = [f"{record.id}|t|{_one_line(title, lost)}"]
    if end:
        written.append(f"{record.id}|a|{_one_line(abstract, lost)}")
    for span in record.spans:
        ranges = span.parts or ((span.start, span.end),)
        if any(not 0 <= start < end <= len(record.text) for start, end in ranges):
            lost["mentions that leave their text, not written"] += 1
            continue
        lost["discontinuous mentions, written from their first to their last character"] += len(ranges) > 1
        if not span.label or re.search(r"[\t\n\r\0]", span.label):
            raise CorpusError(f"{file}: PubTator cannot hold the label {span.label!r} of document {record.id}")
        words = re.sub(r"[\t\n\r\0]", " ", record.text[span.start : span.end])
        written.append("\t".join((record.id, str(span.start), str(span.end), words, span.label, _NO_IDENTIFIER)))
    lost["documents whose group is not written"] += record.group != record.id
    lost["documents whose metadata is not written"] += bool(record.metadata)
    lost[SCORES_LOST] += sum(span.score is not None for span in record.spans)
    return written


def _one_line(text: str, lost: Counter[str]) -> str:
    plain = re.sub(r"[\n\r\0]", " ", text)
    lost["line ends and NUL in a text, written as spaces"] += sum(a != b for a, b in zip(text, plain, strict=True))
    return plain
