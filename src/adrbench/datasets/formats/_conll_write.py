"""A corpus as column files: two columns with a tab between, IOB2."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from adrbench._system.paths import write_atomically
from adrbench.api import CorpusError, Reading, Record
from adrbench.datasets.formats._folds import part_of
from adrbench.datasets.formats._schemes import tag
from adrbench.datasets.formats.columns import MARK, like_mark
from adrbench.datasets.formats.parts import PARTS, SCORES_LOST
from adrbench.datasets.text.tokens import tokenise

# Line ends and tabs part lines and columns; half a surrogate pair cannot be written, and NUL is refused by readers.
_BREAKS = re.compile(r"[\t\n]")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_BOM = "\ufeff"

Words = tuple[tuple[int, int], ...]


def write(reading: Reading, path: Path) -> dict[str, int]:
    """Write a corpus as IOB2: to one file, or, where records have parts and ``path`` has no suffix, as a folder.

    The folder has train, dev and test files, or such a folder for each fold. Tokens are those of the format that was
    read, else the harness's own. Returns, by name, what columns cannot hold.

    Raises ``CorpusError`` if there is nothing to write, a file cannot be written, or no tag can hold a label.
    """
    records = [record for record in reading.records if record.text.strip()]
    if not records:
        raise CorpusError(f"{path}: nothing to write, the corpus has no text")
    lost = Counter(
        {
            "texts of nothing but white space left out": len(reading.records) - len(records),
            "texts without gold left out": len(reading.unlabelled),
            "documents written as one sentence each": len(records) if reading.unit == "document" else 0,
        }
    )
    ours = iter(tokenise([record.text for record in records if record.tokens is None]))
    texts = [(record, next(ours) if record.tokens is None else record.tokens) for record in records]
    for file, chosen in _files(texts, path, lost).items():
        written = "".join(lines(chosen, file, lost))
        try:
            # A reader takes a byte-order mark at the very start for none of the text.
            write_atomically(file, _BOM + written if written.startswith(_BOM) else written)
        except OSError as error:
            raise CorpusError(f"{file}: cannot be written ({error.strerror})") from error
    return dict(+lost)


def _files(
    texts: Sequence[tuple[Record, Words]], path: Path, lost: Counter[str]
) -> dict[Path, list[tuple[Record, Words]]]:
    folds = max(len(record.parts) for record, _ in texts)
    if path.suffix or not folds:
        lost["texts whose part is not written, as a folder would"] += sum(any(r.parts) for r, _ in texts)
        return {path: list(texts)}
    files: dict[Path, list[tuple[Record, Words]]] = {}
    for record, words in texts:
        if len(record.parts) != folds or not any(record.parts) or not {*record.parts} <= {"", *PARTS}:
            raise CorpusError(
                f"{path}: document {record.id} has the parts {record.parts}, others have {folds}; "
                "each needs train, dev or test in some fold. One file, such as all.tsv, can be written without parts"
            )
        for number, part in enumerate(record.parts, 1):
            if part:
                folder = path if folds == 1 else path / f"fold{number}"
                files.setdefault(folder / f"{part}.tsv", []).append((record, words))
    for folder in {file.parent for file in files}:
        stale = [f for f in folder.iterdir() if part_of(f.name) and f not in files] if folder.is_dir() else []
        if stale:
            raise CorpusError(
                f"{stale[0]}: would be read together with what is written; take it away or choose a new folder"
            )
    return files


def lines(texts: Iterable[tuple[Record, Words]], file: Path, lost: Counter[str]) -> Iterator[str]:
    """The lines of some texts, each with its words, which becomes one sentence. ``lost``: where losses are counted.

    Raises ``CorpusError`` for a label that no tag can hold.
    """
    group = ""
    for record, words in _by_document(texts):
        if record.group != group and (group or record.group != record.id):
            yield f"{MARK}\tO\n\n"
            group = record.group
        plain = [record.text[start:end] for start, end in words]
        lost["texts whose white space became one space between tokens"] += record.text != " ".join(plain)
        lost[SCORES_LOST] += sum(span.score is not None for span in record.spans)
        for span in record.spans:
            if not span.label or any(c.isspace() or c == "/" for c in span.label):
                raise CorpusError(f"{file}: document {record.id}: no tag can hold the label {span.label!r}")
        for token, name in zip(plain, tag(words, record.spans, lost), strict=True):
            written = _NO_TEXT.sub("\ufffd", _BREAKS.sub(" ", token))
            if like_mark(written):
                written = f"_{written}"
            lost["tokens with characters that columns cannot hold, replaced"] += written != token
            yield f"{written}\t{name}\n"
        yield "\n"


def _by_document(texts: Iterable[tuple[Record, Words]]) -> list[tuple[Record, Words]]:
    """Texts of one document side by side, those of none first: a mark begins a document, and nothing ends one."""
    places: dict[str, int] = {}
    ordered = list(texts)
    for record, _ in ordered:
        places.setdefault(record.group, len(places))
    return sorted(ordered, key=lambda t: -1 if t[0].group == t[0].id else places[t[0].group])
