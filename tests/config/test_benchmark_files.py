"""The files of ``benchmarks/``: figures of studies are copied once by hand, so they are checked against each other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from adrbench.api.evaluator import AVERAGE
from adrbench.config import Benchmark, read_shipped
from adrbench.plugins.registry import Registry

FILES = sorted((Path(__file__).parents[2] / "benchmarks").glob("*.toml"))


@pytest.fixture(scope="module")
def benchmarks() -> dict[str, Benchmark]:
    """Every benchmark file of this repository, by its name; they are shipped, so a plugin may be missing here."""
    return {file.stem: read_shipped(file.stem, Registry()) for file in FILES}


def test_published_f1_fits_its_precision_and_recall(benchmarks: dict[str, Benchmark]) -> None:
    """A published F1 is the harmonic mean of its precision and recall, as near as studies print it."""
    for name, benchmark in benchmarks.items():
        for row in benchmark.published:
            # The F1 of a mean, over labels or over corpora, is the mean of F1.
            mean = row.label == "macro" or row.dataset == AVERAGE
            if row.precision and row.recall and row.f1 and not mean:
                whole = all(value == int(value) for value in (row.precision, row.recall, row.f1))
                # Means over folds differ by hundredths; Lee et al. print 90.12 for BioBERT on i2b2-2010, where
                # precision and recall make 90.01, and 74.98 for an earlier system on S800, where they make 75.14.
                half, much = (0.5, 0.51) if whole else (0.0, 0.17)
                low, high = (_harmonic(row.precision + sign * half, row.recall + sign * half) for sign in (-1, 1))
                assert low - much <= row.f1 <= high + much, (name, row)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


def test_a_figure_is_the_same_in_every_file(benchmarks: dict[str, Benchmark]) -> None:
    """Where two files set the same figure of a study beside the same tagger, they agree on it."""
    found = defaultdict(set)
    for benchmark in benchmarks.values():
        for row in benchmark.published:
            place = row.dataset, row.split, row.tagger or row.system, row.label
            found[place].add((row.precision, row.recall, row.f1))
    assert {key: figures for key, figures in found.items() if len(figures) > 1} == {}


def test_published_figures_say_where_they_are_printed(benchmarks: dict[str, Benchmark]) -> None:
    """Each names a table, or a figure, of its study."""
    for name, benchmark in benchmarks.items():
        for row in benchmark.published:
            assert "Table " in row.source or "Figure" in row.source, (name, row)


def test_what_needs_a_gpu_is_never_all_there_is(benchmarks: dict[str, Benchmark]) -> None:
    """Every file has a row that runs without a GPU and without the hub."""
    assert [name for name, b in benchmarks.items() if all(tagger.needs for tagger in b.taggers)] == []
