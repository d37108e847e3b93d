"""Loads the corpus of an entry: its reader, its filters, and its stand-in if it is not available."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from adrbench._system.paths import with_home
from adrbench.api import DatasetPlugin
from adrbench.config.model import DatasetEntry
from adrbench.datasets.corpus import Corpus, prepare
from adrbench.datasets.filters import Entry, Filters, SubwordLimit
from adrbench.datasets.grouping import Grouping
from adrbench.datasets.load import read_dataset
from adrbench.datasets.recognition import AUTO, UnclearFormat, readable, recognise
from adrbench.errors import CorpusError, CorpusMissing, InputError
from adrbench.plugins.registry import Registry


def load_corpus(
    entry: DatasetEntry,
    folder: Path,
    registry: Registry,
    *,
    limit: int | None = None,
    offline: bool = False,
    strict: bool = False,
) -> Corpus:
    """Load the corpus of an entry, or its stand-in if the corpus is not available.

    Args:
        entry: The entry of the benchmark file.
        folder: Where a relative ``path`` starts.
        registry: The installed plugins.
        limit: The largest number of documents.
        offline: Use no network.
        strict: Do not load a stand-in.

    Returns:
        The corpus. A stand-in keeps its own name and states for which corpus it stands in, and why.

    Raises:
        CorpusMissing: If the corpus is not available and the entry names no stand-in.
        CorpusError: If the corpus is damaged, a filter does not fit it, a path begins with a home folder that nobody
            has, or ``strict`` forbids its stand-in.
    """
    subwords = entry.max_subwords
    filters = Filters(
        labels=entry.labels,
        relabel=entry.relabel,
        sentences=entry.sentences,
        drop_duplicates=entry.drop_duplicates,
        drop_unannotated=entry.drop_unannotated,
        negatives=entry.negatives,
        max_words=entry.max_words,
        max_subwords=SubwordLimit(subwords.limit, subwords.vocabulary) if subwords else None,
        limit=limit,
        discontinuous=entry.discontinuous,
        overlap=entry.overlap,
        gold=entry.gold,
        words=entry.words,
        group=Grouping(**entry.group.model_dump()) if entry.group else None,
        folder=folder,
        offline=offline,
    )
    name = entry.name or entry.use
    path = folder / with_home(entry.path, f"{name}: path") if entry.path is not None else None
    try:
        return _load(entry.use, filters, entry.params, path, offline, name, registry)
    except CorpusMissing as error:
        if entry.stand_in is None:
            raise
        if strict:
            raise CorpusError(f"{error}; --strict forbids the stand-in {entry.stand_in!r}") from error
        # What is said of the corpus that was asked for (its labels, a vocabulary) means nothing for another one.
        plain = replace(filters, labels=(), relabel={}, max_subwords=None, group=None)
        corpus = _load(entry.stand_in, plain, {}, None, offline, entry.stand_in, registry)
        return replace(corpus, stand_in_for=name, reason=str(error))


def _load(
    use: str,
    filters: Filters,
    params: dict[str, object],
    path: Path | None,
    offline: bool,
    name: str,
    registry: Registry,
) -> Corpus:
    if use == AUTO and path is not None:
        try:
            recognised = recognise(path, readable(registry))
        except UnclearFormat as error:
            raise InputError(f'{error}\nName the format by use = "…" in place of "auto".') from error
        corpus = _load(recognised.format, filters, params, path, offline, name, registry)
        said = Entry(f"format recognised: {recognised.format} ({recognised.evidence})")
        return replace(corpus, ledger=(said, *corpus.ledger))
    plugin: DatasetPlugin = registry.describe("datasets", use)
    reading = read_dataset(registry, use, params, path, offline)
    return prepare(reading, replace(filters, labels=filters.labels or plugin.labels), name)
