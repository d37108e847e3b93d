"""Makes a benchmark file to start from: recognises a corpus, reads it, and drafts a benchmark that runs as it is."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adrbench._system.paths import write_atomically
from adrbench.config import Benchmark, DatasetEntry, check_benchmark
from adrbench.config.corpora import load_corpus
from adrbench.config.draft import Draft, families
from adrbench.config.model import GroupEntry
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.recognition import corpus_name, readable, recognise
from adrbench.datasets.splits import Split
from adrbench.datasets.text import splitters
from adrbench.errors import InputError, closest
from adrbench.plugins import parameters
from adrbench.plugins.registry import Registry
from adrbench.running.expected_time import ExpectedTimes, TimeLeft
from adrbench.running.options import Options
from adrbench.running.plan import Plan, make_plan
from adrbench.running.prepare import split_corpora

FOLDS = 5
_LEAST_HOURS = 2
# A cell may take so many times the upper end of what is expected before it is stopped.
_PATIENCE = 2


@dataclass(frozen=True)
class Source:
    """What ``adrbench init`` is asked to read.

    Attributes:
        path: A file or folder, or the name of a corpus.
        format_name: The format of the files; empty: recognised by their content.
        name: The name of the benchmark and its corpus; empty: by the path.
        labels: The labels to find; empty: all.
        words: The word splitter; None: the words of the files, else the default splitter's.
        group: A pattern that is searched for in the id of a document, to find its source; None: as the format has it.
        params: Parameters of the reader.
        offline: Use no network.
    """

    path: str
    format_name: str = ""
    name: str = ""
    labels: tuple[str, ...] = ()
    words: str | None = None
    group: str | None = None
    params: Mapping[str, Any] | None = None
    offline: bool = False


@dataclass(frozen=True)
class Started:
    """A benchmark file that was written, and what it is about.

    Attributes:
        file: The file.
        evidence: Why the corpus is read in its format; empty if that was named.
        corpus: The corpus, with its ledger and its ceiling.
        splits: Its splits by name, each with how much train and test overlap.
        cells: How many cells a run has.
        skipped: Taggers that are not installed or cannot run here, with the reason.
        left: How long the others take.
    """

    file: Path
    evidence: str
    corpus: Corpus
    splits: Mapping[str, Split]
    cells: int
    skipped: Mapping[str, str]
    left: TimeLeft


def init(source: Source, out: Path | None, registry: Registry) -> Started:
    """Recognise a corpus, and write a benchmark file to start from.

    Args:
        source: The corpus.
        out: The file to write; None: the name of the benchmark with ``.toml``, in the current folder.
        registry: The installed plugins.

    Returns:
        The file, the corpus and how long a run takes.

    Raises:
        InputError: If the corpus cannot be recognised or read, has too few documents to divide, or the file exists.
            Nothing is written.
    """
    entry, evidence = _entry(source, registry)
    name = entry.name or entry.use
    file = Path(f"{name}.toml") if out is None else out
    _check_free(file)
    corpus = load_corpus(entry, Path(), registry, offline=source.offline)
    if corpus.unit == "document" and corpus.counts["documents"] < FOLDS:
        entry = entry.model_copy(update={"sentences": True})
        corpus = load_corpus(entry, Path(), registry, offline=source.offline)
    if corpus.counts["documents"] < 2:  # noqa: PLR2004
        raise InputError(f"{source.path}: a single text cannot be divided into training and test part")
    draft = _draft(file, name, entry, corpus, registry)
    plan = _plan(_checked(draft, registry, source.offline), corpus, registry, source.offline)
    times = ExpectedTimes(plan, None, registry)
    expected = [told.high for row, cell in plan.cells() if (told := times.of(row, cell)) is not None]
    hours = max(_LEAST_HOURS, ceil(_PATIENCE * max(expected, default=0) / 3600))
    _write(file, replace(draft, hours=hours).text())
    runnable = [(row, cell) for row, cell in plan.cells() if row.problem is None]
    skipped = {one.id: f"not installed; pip install {one.distribution}" for one in draft.taggers if not one.installed}
    skipped |= {row.tagger: row.problem[1] for row in plan.rows if row.problem is not None}
    splits = {split.name: split for split in plan.splits.values()}
    return Started(file, evidence, corpus, splits, len(runnable), skipped, times.left(runnable))


def _entry(source: Source, registry: Registry) -> tuple[DatasetEntry, str]:
    """The corpus as a benchmark file has it, and what speaks for its format."""
    names, path = registry.names("datasets"), Path(source.path)
    evidence = ""
    if source.words is not None and (wrong := splitters.problem(source.words)):
        raise InputError(f"--words {source.words}: {wrong}")
    if not path.exists():
        if source.path in names and registry.describe("datasets", source.path).format:
            raise InputError(f"{source.path}: a format, not a corpus; give the path of its files")
        if source.path not in names:
            raise InputError(f"{source.path}: neither a file or folder nor a corpus; {closest(source.path, names)}")
        if source.format_name:
            raise InputError(f"--format {source.format_name}: {source.path} is a corpus, which has its own reader")
        use, name, place = source.path, source.name or None, None
    else:
        use = source.format_name
        if use and use not in names:
            raise InputError(f"--format {use}: unknown; {closest(use, readable(registry))}")
        if not use:
            recognised = recognise(path, readable(registry))
            use, evidence = recognised.format, recognised.evidence
        name, place = source.name or corpus_name(path, use), str(path.resolve())
    try:
        entry = DatasetEntry(
            use=use,
            name=name,
            path=place,
            labels=source.labels,
            words=source.words,
            group=GroupEntry(pattern=source.group) if source.group is not None else None,
            params=dict(source.params or {}),
        )
    except ValidationError as error:
        option, message = parameters.explain(error, lambda _: [])[0]
        raise InputError(f"--{option or 'group'}: {message}") from error
    return entry, evidence


def _draft(file: Path, name: str, entry: DatasetEntry, corpus: Corpus, registry: Registry) -> Draft:
    documents, groups = corpus.counts["documents"], corpus.counts["groups"]
    parts = {part for own in corpus.parts.values() for part in own}
    written = entry.model_copy(
        update={
            "path": _path_from(file, entry.path) if entry.path else None,
            # Whatever the default becomes, the file goes on to mean these words.
            "words": entry.words or (corpus.words if splitters.problem(corpus.words) is None else None),
        }
    )
    return Draft(
        file=file,
        name=name,
        entry=written,
        labels=corpus.labels,
        provided={"train", "test"} <= parts,
        held_out="dev" in parts,
        folds=min(FOLDS, documents),
        group_folds=min(FOLDS, groups) if 1 < groups < documents else 0,
        taggers=families(registry),
    )


def _path_from(file: Path, path: str) -> str:
    """The path of a corpus from a benchmark file: relative if it lies beside or below the file."""
    here = file.absolute().parent.resolve()
    place = Path(path)
    relative = str(place.relative_to(here)) if place.is_relative_to(here) else path
    # With such a beginning it would mean a home folder.
    return path if relative.startswith("~") else relative


def _checked(draft: Draft, registry: Registry, offline: bool) -> Benchmark:
    """The draft as a run reads it; what is no valid file is never written."""
    text = draft.text()
    folder = draft.file.absolute().parent
    benchmark = check_benchmark(tomllib.loads(text), str(draft.file), folder, registry, text, offline=offline)
    # The limit is made from the times, which it should not bound.
    return benchmark.model_copy(update={"limits": benchmark.limits.model_copy(update={"timeout": None})})


def _plan(benchmark: Benchmark, corpus: Corpus, registry: Registry, offline: bool) -> Plan:
    corpora = {corpus.name: corpus}
    splits = split_corpora(benchmark, Options(strict=True), None, corpora, {})
    return make_plan(benchmark, corpora, splits, registry, offline=offline)


def _check_free(file: Path) -> None:
    if os.path.lexists(file):
        raise InputError(f"{file} is there already; give another file with --out")
    if not file.absolute().parent.is_dir():
        raise InputError(f"{file}: there is no folder {file.absolute().parent}; make it first")


def _write(file: Path, text: str) -> None:
    _check_free(file)
    try:
        write_atomically(file, text)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from error
