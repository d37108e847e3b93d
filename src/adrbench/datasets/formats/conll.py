"""Column files, as of the CoNLL shared tasks: a token and its tag a line, a blank line after each sentence.

Tjong Kim Sang and De Meulder (2003), CoNLL-2003, 142-147, for the form with ``-DOCSTART-``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets.decode import iter_lines
from adrbench.datasets.formats._folds import ColumnFile, Layout, find
from adrbench.datasets.formats._schemes import Scheme, Tags
from adrbench.datasets.formats.columns import MARK, Columns, Separator, like_tags
from adrbench.datasets.formats.parts import FILES_IGNORED
from adrbench.datasets.formats.schema import Schema

Pair = tuple[int, int]
_Content = tuple[str, object, tuple[Span, ...]]
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
    """Reads a file, a folder of train, dev and test files, or a folder of folders with those for each fold.

    A folder with the test files of a cross-validation alone, ``test1.tsv`` to ``test5.tsv``, is that cross-validation:
    fold i is tested on file i and learns from the others.
    """

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


def load_conll(
    info: DatasetInfo, files: Mapping[str, Path] | Path, origin: str, params: ConllParams | None = None
) -> Reading:
    """Read column files.

    Args:
        info: The card of the corpus.
        files: The files by the part that each is: ``train``, ``dev``, ``test``, or ``""`` for none. A folder: its files
            as the format ``conll`` takes them, folds included.
        origin: Where the files came from, as ``LocalFiles.origin`` has it.
        params: How the files are laid out; by default as nearly all are.

    Returns:
        A reading with a record for each sentence, in the order of ``files``.

    Raises:
        CorpusError: With file and line, for what is no sentence.
    """
    if isinstance(files, Path):
        return _read(info, replace(find(files), origin=origin), params or ConllParams())
    return _read(
        info,
        Layout((tuple(ColumnFile(path, path.name, part) for part, path in files.items()),), origin),
        params or ConllParams(),
    )


def _read(info: DatasetInfo, layout: Layout, params: ConllParams) -> Reading:
    ledger: Counter[str] = Counter({FILES_IGNORED: layout.passed_over})
    # The same few ranges occur in every sentence: kept once, they cost a pointer each.
    pairs: dict[Pair, Pair] = {}
    if layout.tests:
        records = list(_tests(layout.tests, params, ledger))
    elif len(layout.folds) == 1:
        records = [record for file in layout.folds[0] for record in _records(file, params, pairs, ledger)]
    else:
        records = _across(layout.folds, params, pairs, ledger)
    return Reading(info, tuple(records), layout.origin, layout.hashes(), ledger=+ledger)


def _records(file: ColumnFile, params: ConllParams, pairs: dict[Pair, Pair], ledger: Counter[str]) -> Iterator[Record]:
    """The sentences of a file. Without a mark of documents, each is a group of its own."""
    where = str(file.path)
    name = file.part or (Path(file.name).stem if "/" not in file.name else Path(file.name).parts[0])
    parts = (file.part,) if file.part else ()
    tags = Tags(where, params.scheme, params.outside, params.label)
    columns = Columns(where, params.token, params.tag, params.separator)
    number = 0
    numbered, longest = params.token == 0, 0
    tagged = params.scheme == "auto"
    lines = iter_lines(file.path, params.encoding)
    for number, sentence in enumerate(columns.sentences(lines, ledger), 1):
        numbered, longest = numbered and _counts(sentence.tokens), max(longest, len(sentence.tokens))
        tagged = tagged and like_tags(sentence.tokens)
        tokens = _ranges(sentence.tokens, pairs)
        spans = tags.spans(tokens, sentence.tags, sentence.line)
        key = f"{name}.{number}"
        group = f"{name}.doc{sentence.document}" if sentence.document else key
        yield Record(key, " ".join(sentence.tokens), spans, group, tokens, parts, _NO_FACTS)
    if not number:
        raise CorpusError(f"{where}: no sentence in it; a line is a token and its tag, a blank line ends a sentence")
    if numbered and longest > 1 and columns.count > 2:  # noqa: PLR2004
        raise CorpusError(
            f"{where}: column 0 numbers the tokens of each sentence; token = 1 takes the tokens from the next column"
        )
    if tagged and tags.scheme == "IO":
        raise CorpusError(
            f"{where}: column {params.token} holds tags, and column {params.tag} something else; params.token and "
            "params.tag say which column holds what"
        )
    if params.orphans == "reject" and tags.repaired:
        raise CorpusError(
            f"{where}:{tags.first_orphan}: a mention begins without the tag that begins one in {tags.scheme}, the "
            f'first of {tags.repaired}; with orphans = "begin" they are begun and counted'
        )
    ledger[f"files read as {tags.scheme}" if tags.scheme else "files without a mention"] += 1
    ledger["mentions without the tag that begins one, begun all the same"] += tags.repaired
    ledger["mentions without the tag that ends one, ended all the same"] += tags.unclosed
    ledger["tokens outside of mentions whose tag is written otherwise than O"] += tags.odd
    ledger["further columns of tags, not read"] += len(columns.tag_columns())


def _counts(tokens: Sequence[str]) -> bool:
    """Whether the tokens are 1, 2, 3 and so on."""
    return tokens[0] == "1" and all(token == str(number) for number, token in enumerate(tokens, 1))


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

    A sentence that occurs several times is a record for each occurrence. Each is tested where it stands: the first that
    any fold tests is the first record, the next in this or a later fold the second. The others of a fold follow in
    order.
    """
    read = [
        [(file.part, record) for file in files for record in _records(file, params, pairs, ledger)] for files in folds
    ]
    occurring: Counter[_Content] = Counter()
    for fold in read:
        occurring |= Counter(_content(record) for _, record in fold)
    tested: Counter[_Content] = Counter()
    records: dict[object, Record] = {}
    played: dict[object, list[str]] = {}
    groups: dict[tuple[int, str], str] = {}
    for number, fold in enumerate(read):
        here = Counter(_content(record) for part, record in fold if part == "test")
        places: dict[tuple[_Content, bool], Iterator[int]] = {}
        for part, record in fold:
            content = _content(record)
            if (content, False) not in places:
                count, first = occurring[content], tested[content]
                own = [(first + n) % count for n in range(here[content])]
                places[content, True] = iter(own)
                places[content, False] = iter([n for n in range(count) if n not in own])
            key = (content, next(places[content, part == "test"]))
            if key not in records:
                name = f"s{len(records) + 1}"
                # What a document is the first fold says that has the sentence.
                marked = record.group != record.id
                group = groups.setdefault((number, record.group), f"doc{len(groups) + 1}") if marked else name
                records[key] = replace(record, id=name, group=group)
                played[key] = [""] * len(folds)
            played[key][number] = part
        tested += here
    return [replace(record, parts=tuple(played[key])) for key, record in records.items()]


def _content(record: Record) -> _Content:
    return record.text, record.tokens, record.spans


def _tests(files: Sequence[ColumnFile], params: ConllParams, ledger: Counter[str]) -> Iterator[Record]:
    """The sentences of test files: each is tested in the fold of its file, and learnt from in the others."""
    pairs: dict[Pair, Pair] = {}
    for fold, file in enumerate(files):
        parts = tuple("test" if other == fold else "train" for other in range(len(files)))
        for record in _records(file, params, pairs, ledger):
            yield replace(record, parts=parts)
