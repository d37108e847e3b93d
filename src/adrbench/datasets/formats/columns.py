"""Lines of columns to sentences: a token a line, a blank line after each sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import Literal, NamedTuple

from adrbench.api import CorpusError

Separator = Literal["auto", "tab", "space"]

MARK = "-DOCSTART-"
_COMMENTS = "comment lines left out"
# Lines of white space alone end sentences too.
_BLANK = re.compile(r"\n[^\S\n]+(?=\n)")
_LIKE_MARK = re.compile(r"^(?:-\S{4,14}|doc\S{3,12})(?!\S)", re.MULTILINE | re.IGNORECASE)
_ALIKE = 0.75
_LINES_AT_ONCE = 20_000
# Titles of the two columns that matter, as tables have them in their first line.
_TOKEN_TITLES = frozenset({"token", "tokens", "word", "words", "sentence #", "text", "form"})
_TAG_TITLES = frozenset({"tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "iob", "bio", "pred", "gold"})
_TAG = re.compile(r"[BIESLUMW]-\S+")
_OUTSIDE = frozenset({"O", "o", "0", "_", "-", ""})
# A column of more different cells holds no tags.
_MOST_TAGS = 500


class Sentence(NamedTuple):
    """Tokens and tags of a sentence, the line of its first token, and its document (0: before any mark of one)."""

    tokens: Sequence[str]
    tags: Sequence[str]
    line: int
    document: int


def like_tags(cells: Iterable[str]) -> bool:
    """Tell whether cells are tags of a scheme and nothing else.

    Args:
        cells: The cells.

    Returns:
        True if each is ``O`` or has a prefix.
    """
    return all(cell == "O" or _TAG.fullmatch(cell) for cell in cells)


def like_mark(token: str) -> bool:
    """Tell whether a token marks a document, or resembles a mark so much that it is a typing error.

    Args:
        token: The token.

    Returns:
        True if it does.
    """
    alike = _LIKE_MARK.fullmatch(token) and get_close_matches(token.upper(), [MARK], cutoff=_ALIKE)
    return token.startswith(MARK) or bool(alike)


class Columns:
    """How the lines of a file (``where``, for messages) are laid out.

    ``token``, ``tag``: which columns hold them, from 0, negative from the end. ``separator``: ``auto`` is a tab if the
    first line has one, else spaces, any number of them.
    """

    def __init__(self, where: str, token: int, tag: int, separator: Separator) -> None:
        self._where = where
        self._token = token
        self._tag = tag
        self._between = {"auto": "", "tab": "\t", "space": " "}[separator]
        self._count = 0
        # What the columns that are not read hold, as long as it may be tags.
        self._others: dict[int, set[str]] = {}

    @property
    def count(self) -> int:
        """How many columns there are; 0 before the first line is read."""
        return self._count

    def tag_columns(self) -> list[int]:
        """Find further columns of tags.

        Returns:
            The numbers, from 0, of columns that hold tags of mentions and were not read.
        """
        return [
            column
            for column, cells in self._others.items()
            if (tags := cells - _OUTSIDE) and all(_TAG.fullmatch(tag) for tag in tags)
        ]

    def sentences(self, lines: Iterable[str], ledger: Counter[str]) -> Iterator[Sentence]:
        """Read the sentences of a file. Every line must have as many columns as the first.

        ``-DOCSTART-`` begins a document. A line that starts with ``#`` at the head of a sentence and has another
        number of columns is a comment.

        Args:
            lines: The lines of the file.
            ledger: Counts of repairs; comments are added to it.

        Yields:
            The sentences.

        Raises:
            CorpusError: A line has more or fewer columns, or an empty token. The message has the line.
        """
        document = 0
        for start, block in _blocks(self._measured(lines)):
            if "\r" in block:
                self._check_returns(block, start)
            if block[0] == "-" or "\n-" in block or "DOC" in block.upper():
                self._check_marks(block, start)
            if block[0] == "#" or MARK in block:
                for number, piece, marks in _around_marks(block, start):
                    document += marks
                    sentence = self._sentence(piece, number, document, ledger)
                    if sentence is not None:
                        yield sentence
            else:
                yield self._cells(block, start, document)

    def _check_returns(self, block: str, start: int) -> None:
        """Refuse a line that is several lines, each of whose ends is a carriage return alone."""
        for number, line in enumerate(block.split("\n"), start):
            pieces = [self._row(piece) for piece in line.split("\r") if piece.strip()]
            if len(pieces) > 1 and all(len(piece) > 1 for piece in pieces):
                raise CorpusError(
                    f"{self._where}:{number}: a carriage return inside the line; lines should end in LF or CRLF, so "
                    "convert the line ends first"
                )

    def _check_marks(self, block: str, start: int) -> None:
        """Refuse lines that begin almost like a mark of documents."""
        for match in _LIKE_MARK.finditer(block):
            if not match[0].startswith(MARK) and like_mark(match[0]):
                line = start + block.count("\n", 0, match.start())
                raise CorpusError(f"{self._where}:{line}: {match[0]!r} begins a line; did you mean {MARK!r}?")

    def _measured(self, lines: Iterable[str]) -> Iterator[str]:
        """All the lines again, once the first has told separator and number of columns."""
        rest = iter(lines)
        head: list[str] = []
        for line in rest:
            head.append(line)
            if line and not line.isspace() and not line.startswith((MARK, "#")):
                break
        # A file may begin with comments, and nothing tells them from tokens if it holds no other line.
        tokens = [(number, line) for number, line in enumerate(head, 1) if line.strip() and not line.startswith(MARK)]
        if tokens:
            self._measure(*tokens[-1])
        return chain(head, rest)

    def _measure(self, number: int, line: str) -> None:
        self._between = self._between or ("\t" if "\t" in line else " ")
        self._count = count = len(self._row(line))
        where = f"{self._where}:{number}: {count} column{'s' * (count > 1)}"
        for column, name in ((self._token, "token"), (self._tag, "tag")):
            if not -count <= column < count:
                raise CorpusError(f"{where}, so {name} = {column} names none; valid: 0 to {count - 1}, -1 for the last")
        if self._token % count == self._tag % count:
            raise CorpusError(
                f"{where}, the same one for token and tag; a line is a token and its tag, parted by a tab or by spaces"
            )
        row = [cell.strip().lower() for cell in self._row(line)]
        if row[self._tag] in _TAG_TITLES and (titles := [n for n, cell in enumerate(row) if cell in _TOKEN_TITLES]):
            other = f", and token = {titles[0]} names the words" if self._token % count not in titles else ""
            raise CorpusError(f"{self._where}:{number}: {line!r:.80} names the columns; take this line out{other}")
        self._others = {n: set() for n in range(count) if n not in {self._token % count, self._tag % count}}

    def _row(self, line: str) -> list[str]:
        cells = line.split(self._between)
        return cells if self._between == "\t" else [cell for cell in cells if cell]

    def _sentence(self, block: str, start: int, document: int, ledger: Counter[str]) -> Sentence | None:
        """A sentence that may begin with comments; None if it is nothing else."""
        while block.startswith("#"):
            line, _, rest = block.partition("\n")
            if len(self._row(line)) == self._count:
                break
            ledger[_COMMENTS] += 1
            start += 1
            block = rest
        return self._cells(block, start, document) if block else None

    def _cells(self, block: str, start: int, document: int) -> Sentence:
        # All lines of a sentence at once, each line end a cell of its own that must stand where even columns put it:
        # looking at every line by itself takes several times as long.
        between, count = self._between, self._count
        cells = block.replace("\n", f"{between}\n{between}").split(between)
        ends = cells[count :: count + 1]
        if len(cells) % (count + 1) != count or ends.count("\n") != len(ends) or (between == " " and "" in cells):
            cells = self._line_by_line(block, start)
        tokens = cells[self._token % count :: count + 1]
        tags = cells[self._tag % count :: count + 1]
        for column, held in list(self._others.items()):
            held.update(cells[column :: count + 1])
            if len(held) > _MOST_TAGS:
                del self._others[column]
        if "" in tokens:
            place = tokens.index("")
            raise CorpusError(f"{self._where}:{start + place}: the tag {tags[place]!r} without a token")
        return Sentence(tokens, tags, start, document)

    def _line_by_line(self, block: str, start: int) -> list[str]:
        cells: list[str] = []
        for number, line in enumerate(block.split("\n"), start):
            row = self._row(line)
            if len(row) != self._count:
                name = "tabs" if self._between == "\t" else "spaces"
                raise CorpusError(
                    f"{self._where}:{number}: {len(row)} column{'s' * (len(row) != 1)} between {name}, not "
                    f"{self._count} as in the first line; is the file whole, and are columns parted alike throughout?"
                )
            cells += [*row, "\n"]
        return cells[:-1]


def _blocks(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Runs of lines that are not blank, as one text each, with the number of the first line."""
    number = 1
    for text in _between_blanks(lines):
        for block in text.split("\n\n"):
            run = block.lstrip("\n")
            if run:
                yield number + len(block) - len(run), run.rstrip("\n")
            number += block.count("\n") + 2


def _between_blanks(lines: Iterator[str]) -> Iterator[str]:
    """The lines in large pieces, cut at blank lines; the line end and the blank line at a cut are left out."""
    begun: list[str] = []
    while some := list(islice(lines, _LINES_AT_ONCE)):
        text = _BLANK.sub("\n", "\n".join(["", *some, ""]))[1:]
        whole, blank, rest = text.rpartition("\n\n")
        if blank:
            yield "".join([*begun, whole])
            begun = [rest]
        else:
            begun.append(text)
    yield "".join(begun)


def _around_marks(block: str, start: int) -> Iterator[tuple[int, str, int]]:
    """The runs of lines between marks of documents, each with its first line's number and the marks just before it."""
    marks = 0
    run: list[str] = []
    for number, line in enumerate([*block.split("\n"), MARK], start):
        if not line.startswith(MARK):
            run.append(line)
            continue
        if run:
            yield number - len(run), "\n".join(run), marks
            run, marks = [], 0
        marks += 1
    yield 0, "", marks - 1
