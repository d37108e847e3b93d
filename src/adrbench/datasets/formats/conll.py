"""Column files, as of the CoNLL shared tasks: a token and its tag a line, a blank line after each sentence.

Tjong Kim Sang and De Meulder (2003), CoNLL-2003, 142-147, for the form with ``-DOCSTART-``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record
from adrbench.datasets.decode import iter_lines
from adrbench.datasets.formats._folds import ColumnFile, Layout, find
from adrbench.datasets.formats._schemes import Scheme, Tags
from adrbench.datasets.formats.columns import MARK, Columns, Separator
from adrbench.datasets.formats.schema import Schema

Pair = tuple[int, int]
_NO_FACTS: dict[str, str] = {}


@dataclass(frozen=True)
class ConllParams:
    """How the files are laid out; the defaults fit nearly all.

    ``token``, ``tag``: their columns, from 0, or negative from the end. ``separator``: of columns; ``auto`` is a tab if
    the first line has one, else spaces. ``scheme``: ``auto`` finds it in the whole file; ``IO`` takes every tag as a
    bare label. ``orphans``: a mention without the tag that begins one is begun and counted, or an error (``reject``).
    ``outside``: the tags of no mention. ``label``: what mentions are whose tags are ``B`` and ``I`` alone.
    """

    token: int = 0
    tag: int = -1
    separator: Separator = "auto"
    scheme: Scheme = "auto"
    orphans: Literal["begin", "reject"] = "begin"
    outside: tuple[str, ...] = ("O", "o", "0")
    label: str = "ENTITY"
    encoding: str = "utf-8"


plugin = DatasetPlugin(
    name="conll",
    summary="column files: a token and its tag a line (IOB1, IOB2, BIOES), in one file, in parts, or in folds",
    params=ConllParams,
    implementation="adrbench.datasets.formats.conll:Conll",
    format=True,
    writer="adrbench.datasets.formats._conll_write:write",
)


class Conll:
    """Reads a file, a folder of train, dev and test files, or a folder of folders with those for each fold."""

    info = DatasetInfo(name="conll", version="", licence="", citation="", labels=())
    schema = Schema({"line": (MARK, "B-", "I-")})

    def load(self, params: ConllParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
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
        return _read(self.info, find(path), params)


def load_conll(info: DatasetInfo, files: Mapping[str, Path], origin: str, params: ConllParams | None = None) -> Reading:
    """Read column files.

    Args:
        info: The card of the corpus.
        files: The files by the part that each is: ``train``, ``dev``, ``test``, or ``""`` for none.
        origin: Where the files came from, as ``LocalFiles.origin`` has it.
        params: How the files are laid out; by default as nearly all are.

    Returns:
        A reading with a record for each sentence, in the order of ``files``.

    Raises:
        CorpusError: With file and line, for what is no sentence.
    """
    return _read(
        info,
        Layout((tuple(ColumnFile(path, path.name, part) for part, path in files.items()),), origin),
        params or ConllParams(),
    )


def _read(info: DatasetInfo, layout: Layout, params: ConllParams) -> Reading:
    ledger: Counter[str] = Counter({"files of the folder named after no part, not read": layout.passed_over})
    # The same few ranges occur in every sentence: kept once, they cost a pointer each.
    pairs: dict[Pair, Pair] = {}
    if len(layout.folds) == 1:
        records = [record for file in layout.folds[0] for record in _records(file, params, pairs, ledger)]
    else:
        records = _across(layout.folds, params, pairs, ledger)
    return Reading(info, tuple(records), layout.origin, layout.hashes(), ledger=+ledger)


def _records(file: ColumnFile, params: ConllParams, pairs: dict[Pair, Pair], ledger: Counter[str]) -> Iterator[Record]:
    """The sentences of a file. Without a mark of documents, each is a group of its own."""
    where = str(file.path)
    name = file.part or file.path.stem
    parts = (file.part,) if file.part else ()
    tags = Tags(where, params.scheme, params.outside, params.label)
    columns = Columns(where, params.token, params.tag, params.separator)
    number = 0
    lines = iter_lines(file.path, params.encoding)
    for number, sentence in enumerate(columns.sentences(lines, ledger), 1):
        tokens = _ranges(sentence.tokens, pairs)
        spans = tags.spans(tokens, sentence.tags, sentence.line)
        key = f"{name}.{number}"
        group = f"{name}.doc{sentence.document}" if sentence.document else key
        yield Record(key, " ".join(sentence.tokens), spans, group, tokens, parts, _NO_FACTS)
    if not number:
        raise CorpusError(f"{where}: no sentence in it; a line is a token and its tag, a blank line ends a sentence")
    if params.orphans == "reject" and tags.repaired:
        raise CorpusError(
            f"{where}:{tags.first_orphan}: a mention begins without the tag that begins one in {tags.scheme}, the "
            f'first of {tags.repaired}; with orphans = "begin" they are begun and counted'
        )
    ledger[f"files read as {tags.scheme}" if tags.scheme else "files without a mention"] += 1
    ledger["mentions without the tag that begins one, begun all the same"] += tags.repaired
    ledger["mentions without the tag that ends one, ended all the same"] += tags.unclosed
    ledger["tokens outside of mentions whose tag is written otherwise than O"] += tags.odd


def _ranges(tokens: Sequence[str], pairs: dict[Pair, Pair]) -> tuple[Pair, ...]:
    """Where tokens stand when one space parts them."""
    ranges = []
    start = 0
    for token in tokens:
        end = start + len(token)
        pair = (start, end)
        ranges.append(pairs.setdefault(pair, pair))
        start = end + 1
    return tuple(ranges)


def _across(
    folds: Sequence[Sequence[ColumnFile]], params: ConllParams, pairs: dict[Pair, Pair], ledger: Counter[str]
) -> list[Record]:
    """Every sentence once, with the part it plays in each fold.

    A sentence that occurs several times is several records: the first in one fold is the first in every other.
    """
    records: dict[object, Record] = {}
    played: dict[object, list[str]] = {}
    groups: dict[tuple[int, str], str] = {}
    for number, files in enumerate(folds):
        times: Counter[object] = Counter()
        for file in files:
            for record in _records(file, params, pairs, ledger):
                content = (record.text, record.tokens, record.spans)
                key = (*content, times[content])
                times[content] += 1
                if key not in records:
                    name = f"s{len(records) + 1}"
                    # What a document is the first fold says that has the sentence.
                    marked = record.group != record.id
                    group = groups.setdefault((number, record.group), f"doc{len(groups) + 1}") if marked else name
                    records[key] = replace(record, id=name, group=group)
                    played[key] = [""] * len(folds)
                played[key][number] = file.part
    return [replace(record, parts=tuple(played[key])) for key, record in records.items()]
