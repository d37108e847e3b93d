"""Which column files a path stands for: a file, one for each part, a folder of those or a test file for each fold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from adrbench.api import CorpusError
from adrbench.datasets.files import file_hash
from adrbench.datasets.formats.parts import PART_NAMES, PARTS

_SUFFIXES = frozenset({".tsv", ".txt", ".conll", ".iob", ".iob2", ".bio", ".csv"})
_NUMBERED = re.compile(r"test[-_. ]?([0-9]{1,4})", re.IGNORECASE)
_EXPECTED = "train, dev or test in its name, and .tsv, .txt, .conll, .iob, .iob2, .bio, .csv or nothing behind"


@dataclass(frozen=True)
class ColumnFile:
    """A file, its name below the given path, and its part (empty: none)."""

    path: Path
    name: str
    part: str = ""


@dataclass(frozen=True)
class Layout:
    """The files of each fold, train before dev before test.

    ``passed_over``: what else a folder holds, not read. ``tests``: instead of ``folds``, the test file of each fold of
    a cross-validation, which learns from the others.
    """

    folds: tuple[tuple[ColumnFile, ...], ...]
    origin: str
    passed_over: int = 0
    tests: tuple[ColumnFile, ...] = ()

    def hashes(self) -> dict[str, str]:
        """The sha256 of each file, by name."""
        return {file.name: file_hash(file.path) for fold in (*self.folds, self.tests) for file in fold}


def find(path: Path | None) -> Layout:
    """What there is to read at ``path``.

    Raises ``CorpusError`` if it is nothing that holds columns, if two files claim one part, and if a fold lacks its
    training or its test part.
    """
    if path is None:
        raise CorpusError(
            "conll: no path given; it should be a column file, or a folder with train, dev and test files"
        )
    if path.is_file():
        return Layout(((ColumnFile(path, path.name),),), f"file {path.resolve().name}")
    if not path.is_dir():
        raise CorpusError(f"conll: no file or folder {path}")
    origin = f"folder {path.resolve().name}"
    files, others = _parts(path, "")
    if files:
        return Layout((files,), origin, others)
    if tests := _numbered_tests(path):
        return Layout((), origin, others - len(tests), tests)
    return _folders(path, origin, others)


def _folders(path: Path, origin: str, others: int) -> Layout:
    """The folders of a path, each of which holds the files of a fold, or its test file alone."""
    folds = []
    for folder in sorted((f for f in path.iterdir() if f.is_dir()), key=_by_number):
        files, more = _parts(folder, f"{folder.name}/")
        others += more
        if files:
            folds.append(files)
    if not folds:
        raise CorpusError(
            f"conll: {path} holds no file with {_EXPECTED}, no test1 and test2 of a cross-validation, and no folders "
            "of such files; or name one file as the path"
        )
    if len(folds) > 1 and all([file.part for file in files] == ["test"] for files in folds):
        return Layout((), origin, others, tuple(ColumnFile(file.path, file.name) for [file] in folds))
    for files in folds:
        if absent := {"train", "test"} - {file.part for file in files}:
            folder = files[0].path.parent
            raise CorpusError(f"conll: {folder} has no {' and no '.join(sorted(absent))} file ({_EXPECTED})")
    return Layout(tuple(folds), origin, others)


def _numbered_tests(folder: Path) -> tuple[ColumnFile, ...]:
    """The files ``test1`` to ``testN`` of a cross-validation, in the order of their numbers."""
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _NUMBERED.fullmatch(path.stem) if path.is_file() and path.suffix.lower() in _SUFFIXES else None
        if match is not None:
            number = int(match[1])
            if number in found:
                raise CorpusError(f"conll: {folder} has two tests {number}, {found[number].name} and {path.name}")
            found[number] = path
    if not found:
        return ()
    first = min(found)
    whole = range(min(first, 1), max(found) + 1)
    if absent := [number for number in whole if number not in found]:
        raise CorpusError(
            f"conll: {folder} has {found[first].name} but no test {absent[0]}: each fold learns from all the others"
        )
    if len(found) == 1:
        raise CorpusError(f"conll: {folder} has {found[first].name} alone: a cross-validation has two tests at least")
    return tuple(ColumnFile(found[number], found[number].name) for number in whole)


def part_of(name: str) -> str:
    """The part that a file's name speaks of, or nothing, as for one that speaks of two or ends like no column file.

    >>> part_of("valid.txt"), part_of("eng.testb"), part_of("train_dev.tsv"), part_of("train.json")
    ('dev', 'test', '', '')
    """
    words = re.split(r"[^a-z0-9]+", Path(name).stem.lower())
    suffix = Path(name).suffix.lower()
    if suffix not in _SUFFIXES:
        if suffix[1:] not in {"", *PART_NAMES}:
            return ""
        words.append(suffix[1:])
    parts = {PART_NAMES[word] for word in words if word in PART_NAMES}
    return parts.pop() if len(parts) == 1 else ""


def _parts(folder: Path, prefix: str) -> tuple[tuple[ColumnFile, ...], int]:
    """The files of a folder that are parts, and how many are none."""
    files: dict[str, ColumnFile] = {}
    others = 0
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        part = part_of(path.name)
        if not part:
            others += 1
        elif part in files:
            raise CorpusError(
                f"conll: {folder} has two {part} files, {files[part].path.name} and {path.name}; take one out"
            )
        else:
            files[part] = ColumnFile(path, f"{prefix}{path.name}", part)
    return tuple(files[part] for part in PARTS if part in files), others


def _by_number(folder: Path) -> list[tuple[int, str]]:
    """Sorts fold2 before fold10."""
    pieces = re.split(r"([0-9]+)", folder.name)
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in pieces]
