"""A format whose release may be one file or a folder with a file for each part: train, dev, test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adrbench._system.paths import write_atomically
from adrbench.api import CorpusError, DatasetInfo, Reading, Record
from adrbench.datasets.files import file_hash

PARTS = ("train", "dev", "test")
PART_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "devel", "develop", "development", "val", "valid", "validation", "testa"), "dev"),
    **dict.fromkeys(("test", "testb"), "test"),
}
# In names as releases have them (NCBIdevelopset_corpus.txt, CDR_TrainingSet.PubTator.txt), they stand anywhere.
_STEMS = ("train", "dev", "valid", "test")
GIVEN_TWICE = "documents given twice alike, merged"
FILES_IGNORED = "ignored files: not named train, dev or test"
SCORES_LOST = "scores, not written"


@dataclass(frozen=True)
class Source:
    """The files of a release.

    Attributes:
        files: Each file with its part; an empty one for no part.
        origin: Where the files came from.
        passed_over: How many other files of the folder were not read.
    """

    files: tuple[tuple[str, Path], ...]
    origin: str
    passed_over: int = 0

    def hashes(self) -> dict[str, str]:
        """Hash the files.

        Returns:
            The sha256 of each file, by name.
        """
        return {path.name: file_hash(path) for _, path in self.files}


def find(format_name: str, path: Path | None, suffixes: Sequence[str]) -> Source:
    """Find the files of a release.

    Where a folder has files named after parts, they are the release; else all its files with one of ``suffixes`` are.

    Args:
        format_name: The name of the format, for messages.
        path: A file or a folder.
        suffixes: How the files of the format end, in lower case.

    Returns:
        The file, or those of the folder in the order train, dev, test, then by name.

    Raises:
        CorpusError: If there is nothing to read, and for a name that speaks of two parts.
    """
    forms = " or ".join(suffixes)
    if path is None:
        should = f"a {forms} file, or a folder of them (train, dev, test)"
        raise CorpusError(f"{format_name}: no path given; it should be {should}")
    if path.is_file():
        return Source((("", path),), f"file {path.resolve().name}")
    if not path.is_dir():
        raise CorpusError(f"{format_name}: no file or folder {path}")
    files = [
        (part_of(file), file)
        for file in sorted(path.iterdir())
        if file.is_file() and file.suffix.lower() in suffixes and not file.name.startswith(".")
    ]
    chosen = sorted((f for f in files if f[0]), key=lambda f: PARTS.index(f[0])) or files
    if not chosen:
        raise CorpusError(f"{format_name}: {path} holds no {forms} file")
    return Source(tuple(chosen), f"folder {path.resolve().name}", len(files) - len(chosen))


def part_of(path: Path, names: Iterable[str] | None = None) -> str:
    """Tell the part of a split from a file's name.

    Args:
        path: The file.
        names: The names to look at, such as those of its folders; by default its own name.

    Returns:
        ``train``, ``dev`` or ``test``; or ``""`` if no name has such a word in it.

    Raises:
        CorpusError: If the names speak of two parts.

    >>> part_of(Path("CDR_DevelopmentSet.PubTator.txt")), part_of(Path("valid.xml")), part_of(Path("mine.xml"))
    ('dev', 'dev', '')
    """
    searched = [name.lower() for name in (names if names is not None else [path.name])]
    parts = sorted({PART_NAMES[stem] for stem in _STEMS if any(stem in name for name in searched)})
    if len(parts) > 1:
        raise CorpusError(f"{path}: is this file {' or '.join(parts)}? rename it, or take it out of the folder")
    return parts[0] if parts else ""


def read_parts(
    info: DatasetInfo, source: Source, read: Callable[[Path, str, dict[str, Record], Counter[str]], None]
) -> Reading:
    """Read all files of a release.

    Args:
        info: The card of the corpus.
        source: The files.
        read: Called as ``read(path, part, records, ledger)``; adds the records of a file with ``add``, and counts what
            it decides.

    Returns:
        A reading with the records of all files, in order.

    Raises:
        CorpusError: For a file without any record.
    """
    records: dict[str, Record] = {}
    ledger: Counter[str] = Counter()
    for part, path in source.files:
        before = len(records) + ledger[GIVEN_TWICE]
        read(path, part, records, ledger)
        if len(records) + ledger[GIVEN_TWICE] == before:
            raise CorpusError(f"{path}: no document in it; is it empty, or in another form?")
    ledger[FILES_IGNORED] += source.passed_over
    return Reading(info, tuple(records.values()), source.origin, source.hashes(), ledger=+ledger, unit="document")


def add(records: dict[str, Record], record: Record, where: str, ledger: Counter[str]) -> None:
    """Add a record by its id. One given twice alike is one document, its mentions as often as they are given.

    Args:
        records: The records so far, by id.
        record: The one to add.
        where: Its place in the file, for messages.
        ledger: Where decisions are counted.

    Raises:
        CorpusError: If the same id has another text, other mentions or another part.
    """
    first = records.setdefault(record.id, record)
    if first is record:
        return
    if first.parts != record.parts:
        both = " and ".join((*first.parts, *record.parts))
        raise CorpusError(f"{where}: the document {record.id} is in {both}; a part must not hold another's documents")
    if first.text != record.text or set(first.spans) != set(record.spans):
        raise CorpusError(f"{where}: the document {record.id} was given before, and not alike; each id once")
    ledger[GIVEN_TWICE] += 1
    records[record.id] = replace(first, spans=tuple(sorted(first.spans + record.spans)))


def write_parts(
    reading: Reading, path: Path, suffixes: Sequence[str], form: Callable[[Sequence[Record], Path], str]
) -> Counter[str]:
    """Write records to a file, or, if ``path`` has no suffix, to a folder with a file for each part.

    Args:
        reading: What is written.
        path: The file or folder.
        suffixes: How the files of the format end; a folder's files get the first.
        form: Called as ``form(records, file)``; gives the text of a file.

    Returns:
        Counts of what is lost, by what it is; mentions are counted by ``form``.

    Raises:
        CorpusError: If there is nothing to write, or if a file cannot be written.
    """
    if not reading.records:
        raise CorpusError(f"{path}: nothing to write, the corpus has no document")
    lost = Counter(
        {
            "texts without gold, not written": len(reading.unlabelled),
            "documents whose words are fixed, which is not written": sum(r.tokens is not None for r in reading.records),
            "sentences, read back as documents": len(reading.records) if reading.unit == "sentence" else 0,
        }
    )
    for file, records in _files(reading.records, path, suffixes, lost).items():
        text = form(records, file)
        try:
            write_atomically(file, text)
        except UnicodeEncodeError as error:
            raise CorpusError(f"{file}: half a surrogate pair in the text, which is no character") from error
        except OSError as error:
            raise CorpusError(f"{file}: cannot be written ({error.strerror})") from error
    return lost


def _files(
    records: Iterable[Record], path: Path, suffixes: Sequence[str], lost: Counter[str]
) -> dict[Path, list[Record]]:
    if path.suffix:
        if path.suffix.lower() not in suffixes:
            raise CorpusError(f"{path}: its name should end in {' or '.join(suffixes)}, or, for a folder, in neither")
        lost["documents whose part is not written (a folder would keep it)"] += sum(bool(r.parts) for r in records)
        return {path: list(records)}
    by_part: dict[str, list[Record]] = {}
    for record in records:
        if len(record.parts) > 1 or (record.parts and record.parts[0] not in PARTS):
            raise CorpusError(
                f"{path}: document {record.id} has the parts {record.parts}; files have train, dev or test"
            )
        by_part.setdefault(record.parts[0] if record.parts else "", []).append(record)
    if "" in by_part and len(by_part) > 1:
        raise CorpusError(f"{path}: {len(by_part[''])} documents have no part, others do; write to one file instead")
    return {path / f"{part or 'all'}{suffixes[0]}": chosen for part, chosen in by_part.items()}
