"""Column files with gold and predicted tags: both in one file, as conlleval reads them, or in two parallel files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from adrbench.api import Span, SpanColumns
from adrbench.datasets.decode import read_lines
from adrbench.datasets.formats.columns import MARK, Columns, Sentence, Separator
from adrbench.errors import InputError
from adrbench.scoring.evaluators.packed import Ints, select
from adrbench.scoring.external.folds import Case
from adrbench.scoring.external.tags import Orphans, TagTable, find_mentions, label_names

_SEPARATORS: Mapping[str, Separator] = {"": "auto", "\t": "tab", "\\t": "tab", " ": "space"}


@dataclass(frozen=True)
class TagColumns:
    """How column files are read.

    ``delimiter``: between columns; empty: a tab if the first line has one, else spaces. ``raw``: tags are bare
    labels. ``outside``: a further tag of no mention. ``orphans``: whether a mention without the tag that begins one
    counts. ``borders``: whose sentences hold where two files have others; empty: they must have the same.
    """

    delimiter: str = ""
    raw: bool = False
    outside: str = "O"
    orphans: Orphans = "begin"
    encoding: str = "utf-8"
    borders: Literal["", "gold", "predicted"] = ""


@dataclass(frozen=True, eq=False)
class Stream:
    """Sentences with gold and predicted mentions; starts and ends count tokens of the file, from 0.

    ``firsts``: the first token of each sentence, and the number of tokens. ``units``: the document of each sentence if
    the file marks documents, else the sentence. ``processed``, ``right``: tokens as conlleval counts them, marks of
    documents included, and those whose tags are the same. ``orphans``: mentions without the tag that begins one, gold
    and predicted.
    """

    where: str
    names: tuple[str, ...]
    gold: SpanColumns
    predicted: SpanColumns
    firsts: Ints
    units: tuple[str, ...]
    unit: str
    processed: int
    right: int
    orphans: tuple[int, int]

    @property
    def labels(self) -> frozenset[str]:
        """All labels, of gold and predictions."""
        return frozenset(self.names)

    def only(self, labels: Sequence[str]) -> Stream:
        """Keep the mentions of some labels.

        Args:
            labels: The labels.

        Returns:
            The same sentences with these mentions only.
        """
        places = [place for place, name in enumerate(self.names) if name in labels]
        gold, predicted = (select(spans, np.isin(spans.labels, places)) for spans in (self.gold, self.predicted))
        renumbered = np.full(len(self.names), -1)
        renumbered[places] = range(len(places))
        return replace(
            self,
            names=tuple(self.names[place] for place in places),
            gold=replace(gold, labels=renumbered[gold.labels]),
            predicted=replace(predicted, labels=renumbered[predicted.labels]),
        )

    def packed(self, labels: Sequence[str]) -> tuple[SpanColumns, SpanColumns]:
        """Pack gold and predicted spans.

        Args:
            labels: All labels, numbered by their order.

        Returns:
            Gold and predicted spans.
        """
        numbers = np.array([labels.index(name) for name in self.names], dtype=np.int64)
        gold, predicted = (replace(spans, labels=numbers[spans.labels]) for spans in (self.gold, self.predicted))
        return gold, predicted

    def cases(self) -> Iterator[Case]:
        """The sentences one by one.

        Yields:
            Sentences with both annotations, spans counted in tokens of the sentence.
        """
        golden, found = self._by_sentence(self.gold), self._by_sentence(self.predicted)
        stem = Path(self.where).stem
        for number, (gold, predicted, length) in enumerate(
            zip(golden, found, np.diff(self.firsts).tolist(), strict=True), 1
        ):
            yield Case(f"{stem}.{number}", gold, predicted, tuple((i, i + 1) for i in range(length)))

    def _by_sentence(self, spans: SpanColumns) -> list[list[Span]]:
        found: list[list[Span]] = [[] for _ in self.units]
        begins = self.firsts[spans.documents]
        columns = (spans.documents, spans.starts - begins, spans.ends - begins, spans.labels)
        for document, start, end, label in zip(*(column.tolist() for column in columns), strict=True):
            found[document].append(Span(start, end, self.names[label]))
        return found


class _Lines:
    """The lines of a file, with tabs for an unusual delimiter.

    ``marks``: of documents; ``even``: those of them that have the same tags twice.

    Raises ``InputError`` if the first line of a token has fewer than ``least`` columns.
    """

    def __init__(self, path: Path, reading: TagColumns, least: int) -> None:
        self.lines = read_lines(path, reading.encoding)
        if reading.delimiter not in _SEPARATORS:
            self.lines = [line.replace(reading.delimiter, "\t") for line in self.lines]
        marks = [line.split() for line in self.lines if line.startswith(MARK)]
        self.marks = len(marks)
        self.even = sum(len(cells) < 3 or cells[-1] == cells[-2] for cells in marks)  # noqa: PLR2004
        tokens = (
            (number, line)
            for number, line in enumerate(self.lines, 1)
            if line.strip() and not line.startswith((MARK, "#"))
        )
        for number, line in islice(tokens, 1):
            count = len(line.split("\t") if "\t" in line else line.split())
            if count < least:
                raise InputError(
                    f"{path}:{number}: {count} column; a line ends with the gold and the predicted tag of its token, "
                    "parted by spaces or a tab (-d is for another delimiter); two files: --gold G --predicted P"
                )


def read_stream(path: Path, reading: TagColumns) -> Stream:
    """Read one file whose last two columns are the gold and the predicted tag.

    Args:
        path: The file.
        reading: How it is read.

    Returns:
        Its sentences.

    Raises:
        InputError: A line without two tags, or a tag without a meaning. The message names file and line.
    """
    lines = _Lines(path, reading, 2)
    sentences = _sentences(path, lines, reading, -2)
    gold = [tag for sentence in sentences for tag in sentence.tokens]
    predicted = [tag for sentence in sentences for tag in sentence.tags]
    return _stream(str(path), sentences, (gold, sentences, path), (predicted, sentences, path), reading, lines)


def read_pair(gold: Path, predicted: Path, reading: TagColumns) -> Stream:
    """Read two files of the same tokens, tokens first in each line and tags last.

    A mention ends with its sentence, so sentences that the files cut at other places are other mentions.

    Args:
        gold: The file with gold tags.
        predicted: The file with predicted tags.
        reading: How both are read.

    Returns:
        The sentences.

    Raises:
        InputError: A line without a tag, the first token or sentence border that differs, or a tag without a meaning.
            The message names file and line.
    """
    lines = _Lines(gold, reading, 1)
    first = _sentences(gold, lines, reading, 0)
    second = _sentences(predicted, _Lines(predicted, reading, 1), reading, 0)
    ours = [token for sentence in first for token in sentence.tokens]
    theirs = [token for sentence in second for token in sentence.tokens]
    if ours != theirs:
        raise InputError(_difference((gold, ours, first), (predicted, theirs, second)))
    if not reading.borders:
        _check_borders((gold, first), (predicted, second))
    tags = [[tag for sentence in sentences for tag in sentence.tags] for sentences in (first, second)]
    whole = second if reading.borders == "predicted" else first
    return _stream(str(predicted), whole, (tags[0], first, gold), (tags[1], second, predicted), reading, lines)


def _difference(gold: tuple[Path, list[str], list[Sentence]], predicted: tuple[Path, list[str], list[Sentence]]) -> str:
    (path, ours, first), (other, theirs, second) = gold, predicted
    place = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    if place == len(theirs):
        return f"{other}: ends after {place:,} tokens; {path}:{_line(first, place)} goes on with {ours[place]!r}"
    here = f"{other}:{_line(second, place)}: the token {theirs[place]!r}"
    if place == len(ours):
        return f"{here}, but {path} ends after {place:,} tokens"
    return f"{here}, but {path}:{_line(first, place)} has {ours[place]!r}; both need the same tokens in the same order"


def _check_borders(gold: tuple[Path, list[Sentence]], predicted: tuple[Path, list[Sentence]]) -> None:
    """Refuse sentences that begin at another token in the other file."""
    starts = [{0, *accumulate(len(sentence.tags) for sentence in own)} for _, own in (gold, predicted)]
    differing = starts[0] ^ starts[1]
    if not differing:
        return
    token = min(differing)
    (begins, own), (goes_on, other) = (gold, predicted) if token in starts[0] else (predicted, gold)
    many = f" ({len(differing):,} borders differ)" if len(differing) > 1 else ""
    raise InputError(
        f"{predicted[0]}:{_line(predicted[1], token)}: {begins}:{_line(own, token)} begins a sentence here, and "
        f"{goes_on}:{_line(other, token)} goes on with one{many}; an empty line ends a sentence; --borders gold or "
        "--borders predicted takes the sentences of one file"
    )


def _line(sentences: Sequence[Sentence], token: int) -> int:
    """The line of a token of the file."""
    for sentence in sentences:
        if token < len(sentence.tags):
            return sentence.line + token
        token -= len(sentence.tags)
    raise AssertionError(token)


def _sentences(path: Path, lines: _Lines, reading: TagColumns, token: int) -> list[Sentence]:
    columns = Columns(str(path), token, -1, _SEPARATORS.get(reading.delimiter, "tab"))
    found = list(columns.sentences(lines.lines, Counter()))
    if not found:
        raise InputError(f"{path}: no token in it; a line is a token and its tags, a blank line ends a sentence")
    return found


_Column = tuple[list[str], list[Sentence], Path]


def _stream(
    where: str, sentences: Sequence[Sentence], gold: _Column, predicted: _Column, reading: TagColumns, lines: _Lines
) -> Stream:
    tags = TagTable(reading.raw, reading.outside)
    for column, own, path in (gold, predicted):
        unknown = tags.learn(dict.fromkeys(column))
        if unknown is not None:
            raise InputError(
                f"{path}:{_line(own, column.index(unknown))}: unknown tag {unknown!r}; tags are O and B-LABEL, I-LABEL "
                "(or E-, S-), gold and predicted last in a line; -r takes bare labels"
            )
    lengths = np.fromiter((len(sentence.tags) for sentence in sentences), np.int64, len(sentences))
    firsts = np.concatenate([[0], np.cumsum(lengths)])
    columns = [tags.numbers(column) for column, _, _ in (gold, predicted)]
    letters, labels = tags.letters_and_labels()
    found, orphans = [], []
    for name, numbers in zip(("gold", "predicted"), columns, strict=True):
        mentions, begun_anew = find_mentions(letters[numbers], labels[numbers], firsts[:-1])
        if name == "gold" and reading.orphans == "reject" and mentions.is_iob1(begun_anew):
            raise InputError(
                f"{gold[2]}: its gold is IOB1, where mentions begin with I-, so --orphans reject would drop them"
            )
        orphans.append(int(mentions.orphans.sum()))
        kept = mentions.kept(reading.orphans)
        starts = mentions.starts[kept]
        place = np.searchsorted(firsts, starts, side="right") - 1
        found.append(SpanColumns(place, starts, mentions.ends[kept], mentions.labels[kept]))
    marked = any(sentence.document for sentence in sentences)
    units = (str(sentence.document) if marked else str(place) for place, sentence in enumerate(sentences))
    same: NDArray[np.bool_] = columns[0] == columns[1]
    return Stream(
        where=where,
        names=label_names(tags.labels),
        gold=found[0],
        predicted=found[1],
        firsts=firsts,
        units=tuple(units),
        unit="document" if marked else "sentence",
        processed=len(same) + lines.marks,
        right=int(same.sum()) + lines.even,
        orphans=(orphans[0], orphans[1]),
    )
