"""Texts of the documents of results, which hold none: read again from the corpus, if it is the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from adrbench.config import read_benchmark
from adrbench.config.corpora import load_corpus
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.store import Store


def read_texts(
    benchmark: Path, results: Path, datasets: Collection[str], registry: Registry, *, offline: bool = False
) -> dict[str, Mapping[str, str]]:
    """Read the texts of a results folder's documents again from their corpora.

    Args:
        benchmark: The benchmark file of the results.
        results: The results folder.
        datasets: The names of the corpora in the results.
        registry: The plugins.
        offline: Use no network.

    Returns:
        By corpus and document id, the text as the benchmark file makes it.

    Raises:
        InputError: If the file has no such corpus, or if the corpus differs from that of the results.
    """
    read = read_benchmark(benchmark, registry)
    entries = {entry.name or entry.use: entry for entry in read.datasets}
    sections = {section.dataset: section for section in Store(results).read_plan().sections}
    texts: dict[str, Mapping[str, str]] = {}
    for dataset in datasets:
        section = sections[dataset]
        # A stand-in stands in the results under its own name; the file has the one that was wanted.
        wanted = next((name for name in (dataset, *section.stand_in_for.split(", ")) if name in entries), None)
        if wanted is None:
            raise InputError(f"{benchmark}: no dataset {dataset!r}; {closest(dataset, entries)}")
        corpus = load_corpus(entries[wanted], read.folder, registry, limit=section.limit, offline=offline)
        if corpus.card != section.card:
            raise InputError(
                f"{benchmark}: {corpus.name} comes out as card {corpus.card}, the results are of {section.card}: "
                "other text, gold or filters, so its texts are not shown"
            )
        texts[dataset] = {a.document.id: a.document.text for a in corpus.documents}
    return texts
