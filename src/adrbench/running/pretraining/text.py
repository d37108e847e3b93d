"""Text to pretrain on: read from its sources, without text of labelled documents, sampled."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adrbench._system.paths import cache_folder, write_atomically
from adrbench.api import Document
from adrbench.config.model import CORPUS
from adrbench.errors import CorpusError
from adrbench.running.pretraining._leaks import Labelled, words

_SUFFIXES = (".txt", ".txt.gz", ".jsonl", ".jsonl.gz")
SAME_GROUP = "of a group with a labelled document"
TWICE = "there already, in the same words"
EMPTY = "without a word"


@dataclass(frozen=True)
class Collected:
    """Texts in a seeded order. Any first part of them is a sample, too.

    Attributes:
        texts: The texts, each on one line.
        read: The number of texts in the sources.
        excluded: The number of texts that were left out, by reason. Other texts that are missing were beyond the limit.
        digest: The sha256 of the texts.
    """

    texts: tuple[str, ...]
    read: int
    excluded: Mapping[str, int]
    digest: str

    def lines(self) -> list[str]:
        """Sentences for a ledger.

        Returns:
            How many texts were read, left out and kept.
        """
        sentences = [f"texts read for pre-training: {self.read:,}"]
        sentences += [f"texts left out of pre-training, {reason}: {count:,}" for reason, count in self.excluded.items()]
        return [*sentences, f"texts to pretrain on: {len(self.texts):,}"]

    def write(self, path: Path) -> None:
        """Write the texts as JSON lines ``{"text": ...}``, whole or not at all.

        Args:
            path: The file.
        """
        write_atomically(path, "".join(json.dumps({"text": text}) + "\n" for text in self.texts))


def collect(
    sources: Sequence[str],
    folder: Path,
    unlabelled: Sequence[Document],
    labelled: Sequence[Document],
    *,
    allow_test: bool = False,
    limit: int | None = None,
    seed: int = 0,
) -> Collected:
    """Collect the texts to pretrain on.

    A larger sample contains every smaller one. Of texts with the same words a single text is kept.

    Args:
        sources: ``corpus`` (for ``unlabelled``), folders, or files: ``.txt`` with a text a line, ``.jsonl`` with
            objects ``{"text": ...}``; either may be compressed (``.gz``).
        folder: Where relative sources start.
        unlabelled: The unlabelled text of the corpus.
        labelled: The labelled documents of the corpus. Texts that contain text of theirs are left out (see
            ``adrbench.running.pretraining._leaks``), and unlabelled texts of the same group.
        allow_test: Leave nothing out.
        limit: The largest number of texts; None: all.
        seed: The seed of the sample.

    Returns:
        The texts.

    Raises:
        CorpusError: If a source does not exist or is not valid, or no text is left.
    """
    excluded: Counter[str] = Counter()
    known = Labelled(() if allow_test else (document.text for document in labelled))
    groups = set() if allow_test else {document.group for document in labelled}
    chosen: dict[bytes, tuple[bytes, str]] = {}
    read = 0
    for text, group in _texts(sources, folder, unlabelled):
        read += 1
        tokens = words(text)
        reason = EMPTY if not tokens else SAME_GROUP if group is not None and group in groups else known.reason(tokens)
        if reason is not None:
            excluded[reason] += 1
            continue
        # The order is by a hash of seed and words: it depends neither on the sources' order nor on what else there is.
        name = hashlib.blake2b(" ".join(tokens).encode(), digest_size=16).digest()
        place = hashlib.blake2b(name, digest_size=16, key=str(seed).encode()[:64]).digest()
        if name in chosen:
            excluded[TWICE] += 1
            # Whichever comes first in some order of its own, so that the sources' order does not matter.
            text = min(text, chosen[name][1])  # noqa: PLW2901
        chosen[name] = (place, text)
    if not chosen:
        why = ", ".join(f"{count:,} {reason}" for reason, count in excluded.items())
        raise CorpusError(
            f"{', '.join(sources)}: no text is left to pretrain on of {read:,}" + (f": {why}" * bool(why))
        )
    texts = tuple(text for _, text in sorted(chosen.values()))[:limit]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return Collected(texts, read, dict(sorted(excluded.items())), digest)


def _texts(sources: Sequence[str], folder: Path, unlabelled: Sequence[Document]) -> Iterator[tuple[str, str | None]]:
    """Every text on one line, and its group if it has one."""
    if not sources:
        raise CorpusError("no text to pretrain on is named")
    for source in sources:
        if source == CORPUS:
            if not unlabelled:
                raise CorpusError(
                    f'text = "{CORPUS}": the corpus has no unlabelled text (ADE has, with negatives = "unlabelled")'
                )
            for document in unlabelled:
                yield _line(document.text), document.group
            continue
        for file in _files(folder / Path(source).expanduser(), source):
            for text in _read(file):
                yield _line(text), None


def _line(text: str) -> str:
    # Half a surrogate pair is no text; to write it down would fail.
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _files(path: Path, source: str) -> Iterable[Path]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.name.endswith(_SUFFIXES) and file.is_file())
        if not files:
            raise CorpusError(f"{path}: holds no text file; valid: {', '.join(_SUFFIXES)}")
        return files
    if not path.exists():
        raise CorpusError(f"{path}: no such file or folder to pretrain on (text = {source!r})")
    if not path.name.endswith(_SUFFIXES):
        raise CorpusError(f"{path}: unknown suffix; valid: {', '.join(_SUFFIXES)}")
    return [path]


def _read(path: Path) -> Iterator[str]:
    as_json = ".jsonl" in path.suffixes
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if text.strip():
                    yield _from_json(text, f"{path}:{number}") if as_json else text
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}:{number}: not UTF-8 ({error.reason} at byte {error.start + 1})") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"{path}: cannot be read after line {number} ({reason})") from error


def _from_json(line: str, where: str) -> str:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{where}: not JSON ({error})") from error
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise CorpusError(f'{where}: not of the form {{"text": "..."}}')
    text: str = value["text"]
    return text


def keep(collected: Collected) -> Path:
    """Keep texts in the cache, in a file that is named by their digest.

    Args:
        collected: The texts.

    Returns:
        The file.
    """
    path = cache_folder() / "pretraining" / "texts" / f"{collected.digest[:32]}.jsonl"
    if not path.is_file():
        collected.write(path)
    return path
