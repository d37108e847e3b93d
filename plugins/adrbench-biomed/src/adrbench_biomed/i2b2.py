"""The concept files of the 2010 i2b2/VA challenge: texts of a sentence a line, and concepts by line and word.

Uzuner, South, Shen and DuVall (2011), Journal of the American Medical Informatics Association 18(5), 552-556.

    record.txt    one sentence a line, its words (and punctuation) parted by blanks
    record.con    c="chest pain" 12:3 12:4||t="problem"

Lines count from 1, words from 0, the last word included; the words of a concept are in lower case. A line is a record;
lines that a concept runs across are one record, joined by a line end. A text and its concepts have the same name; they
lie in one folder, or in folders beside one another (``txt`` and ``concept``; ``test_data`` and
``reference_standard_for_test_data/concepts``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets import PARTS, Schema, file_hash, part_of, read_lines

Mismatch = Literal["error", "count"]

_CONCEPT = re.compile(r'c="(.*)" ([0-9]{1,9}):([0-9]{1,9}) ([0-9]{1,9}):([0-9]{1,9})\|\|t="([^"]+)"\s*')
_TOKEN = re.compile(r"[^ \t\r\f\v]+")
# Folders that say what a file is, not which text it belongs to.
_KINDS = {"txt", "con", "concept", "concepts"}
_REFERENCE = {"reference_standard_for_test_data": "test_data"}


AGREEMENT = "the n2c2 data use agreement forbids to give the data to others, so to a server elsewhere"
"""Why texts of the i2b2 and n2c2 challenges may not leave the machine."""


@dataclass(frozen=True)
class I2b2Params:
    """``mismatch``: concepts with other words than those at their place: ``error``, or read there and a ``count``."""

    mismatch: Mismatch = "error"


plugin = DatasetPlugin(
    name="i2b2",
    summary="texts (.txt) and concepts by line and word (.con), as of the 2010 i2b2/VA challenge",
    params=I2b2Params,
    implementation="adrbench_biomed.i2b2:I2b2",
    format=True,
)


class I2b2:
    """Reads all texts and concepts in a folder and below; ``train``, ``dev`` and ``test`` in folder names are parts."""

    info = DatasetInfo(
        name="i2b2",
        version="",
        licence="",
        citation="",
        labels=(),
        external="forbidden",
        external_terms=f"files of this form are those of the n2c2 challenges, and {AGREEMENT}",
    )
    schema = Schema({"line": ('c="', '||t="')})

    def load(self, params: I2b2Params, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder with texts and concepts in it or below.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: There is no such file, or its form is wrong.
        """
        if path is None or not path.is_dir():
            given = "no path given" if path is None else f"no folder {path}"
            raise CorpusError(f"i2b2: {given}; it should be a folder with .txt and .con files in it or below")
        return read_folder(self.info, path, f"folder {path.resolve().name}", params.mismatch)


@dataclass(frozen=True)
class _Concept:
    words: str
    first: tuple[int, int]
    last: tuple[int, int]
    label: str
    where: str


def read_folder(info: DatasetInfo, folder: Path, origin: str, mismatch: Mismatch) -> Reading:
    """Read every text of a folder that has concepts.

    Args:
        info: The card of the corpus.
        folder: The folder, which holds ``.txt`` and ``.con`` files in it or below.
        origin: Where it came from, as ``LocalFolder.origin`` has it.
        mismatch: Whether a concept with other words than those at its place is an ``error``, or a ``count``.

    Returns:
        A reading with a record for each line of text, the training part first.

    Raises:
        CorpusError: With file and line, for what is no concept; naming the file that a text or its concepts lack.
    """
    texts, concepts = _files(folder, ".txt"), _files(folder, ".con")
    if not concepts:
        raise CorpusError(f"{folder}: holds no .con file")
    ledger: Counter[str] = Counter()
    annotated = {home for home, _ in concepts}
    for key in sorted(texts.keys() | concepts.keys()):
        if key not in texts:
            raise CorpusError(f"{concepts[key]}: there is no {key[1]}.txt in {'/'.join(key[0]) or folder} or beside it")
        if key not in concepts and key[0] in annotated:
            raise CorpusError(f"{texts[key]}: there is no {key[1]}.con beside it, as other texts of its folder have")
        ledger[".txt files of folders without concepts, not read"] += key not in concepts
    parts = {key: part_of(texts[key], key[0]) for key in concepts}
    records: list[Record] = []
    names: dict[str, Path] = {}
    for key in sorted(concepts, key=lambda key: ((*PARTS, "").index(parts[key]), key)):
        # The folder that says the part says no more: in the release, 'beth' and 'partners' are left.
        name = ".".join((*(part for part in key[0] if not part_of(Path(part))), key[1]))
        if name in names:
            raise CorpusError(f"{texts[key]}: another text is called {name} too: {names[name]}")
        names[name] = texts[key]
        mentions = parse(read_lines(concepts[key]), str(concepts[key]))
        records += records_of(read_lines(texts[key]), mentions, name, parts[key], ledger, mismatch)
    paths = sorted(path for key in concepts for path in (texts[key], concepts[key]))
    hashes = {path.relative_to(folder).as_posix(): file_hash(path) for path in paths}
    return Reading(info, tuple(records), origin, hashes, ledger=dict(+ledger))


def parse(lines: Iterable[str], where: str) -> list[_Concept]:
    """Parse the lines of a ``.con`` file.

    Args:
        lines: Its lines.
        where: The name of the file, for messages.

    Returns:
        The concepts, in order.

    Raises:
        CorpusError: With the line, for what is no concept.
    """
    concepts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not (match := _CONCEPT.fullmatch(line)):
            raise CorpusError(f'{where}:{number}: not of the form c="words" LINE:WORD LINE:WORD||t="label"')
        words, *places, label = match.groups()
        line_1, word_1, line_2, word_2 = map(int, places)
        concepts.append(_Concept(words, (line_1, word_1), (line_2, word_2), label, f"{where}:{number}"))
    return concepts


def records_of(
    lines: Sequence[str], concepts: Iterable[_Concept], name: str, part: str, ledger: Counter[str], mismatch: Mismatch
) -> Iterator[Record]:
    """Make the records of one text.

    Args:
        lines: The lines of the text.
        concepts: Its concepts.
        name: Its name, which is the group of its records.
        part: Its part of the split; empty for none.
        ledger: Where decisions are counted.
        mismatch: As for ``read_folder``.

    Yields:
        A record for each line that has a word, or for several lines that a concept runs across.

    Raises:
        CorpusError: With the line of a concept that is outside the text or has other words.
    """
    words = [[match.span() for match in _TOKEN.finditer(line)] for line in lines]
    joined: set[int] = set()
    by_line: dict[int, list[_Concept]] = {}
    for concept in concepts:
        _check(concept, lines, words, ledger, mismatch)
        joined.update(range(concept.first[0] + 1, concept.last[0] + 1))
        by_line.setdefault(concept.first[0], []).append(concept)
    ledger["lines joined to the one before, as a concept runs across their border"] += len(joined)
    runs: list[list[int]] = []
    for number in range(1, len(lines) + 1):
        if number in joined:
            runs[-1].append(number)
        elif words[number - 1]:
            runs.append([number])
        else:
            ledger["blank lines, not read"] += 1
    for run in runs:
        yield _record(run, lines, words, [concept for number in run for concept in by_line.get(number, [])], name, part)


def _record(
    run: Sequence[int],
    lines: Sequence[str],
    words: Sequence[Sequence[tuple[int, int]]],
    concepts: Iterable[_Concept],
    name: str,
    part: str,
) -> Record:
    tokens: dict[tuple[int, int], tuple[int, int]] = {}
    place = 0
    for number in run:
        for index, (start, end) in enumerate(words[number - 1]):
            tokens[number, index] = (place + start, place + end)
        place += len(lines[number - 1]) + 1
    return Record(
        id=f"{name}.{run[0]}",
        text="\n".join(lines[number - 1] for number in run),
        spans=tuple(sorted(Span(tokens[c.first][0], tokens[c.last][1], c.label) for c in concepts)),
        group=name,
        tokens=tuple(tokens.values()),
        parts=(part,) if part else (),
    )


def _check(
    concept: _Concept,
    lines: Sequence[str],
    words: Sequence[Sequence[tuple[int, int]]],
    ledger: Counter[str],
    mismatch: Mismatch,
) -> None:
    for line, word in (concept.first, concept.last):
        if not 1 <= line <= len(lines):
            raise CorpusError(f"{concept.where}: there is no line {line}; the text has {len(lines)}, the first being 1")
        if word >= len(words[line - 1]):
            raise CorpusError(
                f"{concept.where}: line {line} has no word {word}; it has {len(words[line - 1])}, the first being 0"
            )
    (line, word), (last_line, last_word) = concept.first, concept.last
    if (line, word) > (last_line, last_word):
        raise CorpusError(f"{concept.where}: the concept ends at {last_line}:{last_word}, before it begins")
    own_words: list[str] = []
    for number in range(line, last_line + 1):
        own = words[number - 1][word if number == line else 0 : last_word + 1 if number == last_line else None]
        own_words += [lines[number - 1][start:end] for start, end in own]
    if concept.words.casefold().split() != " ".join(own_words).casefold().split():
        if mismatch == "error":
            raise CorpusError(
                f"{concept.where}: {concept.words!r} is not at {line}:{word} {last_line}:{last_word}, where the text "
                f'has {" ".join(own_words)!r}; mismatch = "count" reads such concepts at their place'
            )
        ledger["concepts whose words are not those at their place, read at the place"] += 1


def _files(folder: Path, suffix: str) -> dict[tuple[tuple[str, ...], str], Path]:
    """Files by where they belong, which is the same for a text and its concepts, and by name."""
    files: dict[tuple[tuple[str, ...], str], Path] = {}
    for path in sorted(folder.rglob(f"*{suffix}")):
        if path.is_file() and not path.name.startswith("."):
            parents = path.relative_to(folder).parts[:-1]
            home = tuple(_REFERENCE.get(part, part) for part in parents if part not in _KINDS)
            if other := files.get((home, path.stem)):
                raise CorpusError(f"{path}: and {other} would be the same text; take one out of the folder")
            files[home, path.stem] = path
    return files
