"""Measuring: what a benchmark file says, and running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adrbench.config import read_benchmark
from adrbench.config.model import Benchmark
from adrbench.plugins.registry import Registry
from adrbench.reporting.notebook import Results
from adrbench.results.store import Store, usual_folder
from adrbench.running.availability import Availability, availabilities
from adrbench.running.expected_requests import ExpectedRequests
from adrbench.running.expected_requests import expected_requests as expected
from adrbench.running.init import Source, Started
from adrbench.running.init import init as start
from adrbench.running.options import Options, from_names
from adrbench.running.prepare import prepare
from adrbench.running.run import View
from adrbench.running.run import run as run_benchmark


def run(file: str | Path, *, results: str | Path | None = None, view: View | None = None, **options: Any) -> Results:
    """Run the unfinished cells of a benchmark file.

    Args:
        file: The benchmark file, or the name of a benchmark that comes with adrbench.
        results: The results folder; None: ``runs/NAME``, by the benchmark's name.
        view: Its methods are called as the run goes on.
        options: The fields of ``adrbench.running.options.Options``: ``only``, ``splits``, ``folds``, ``limit`` and so
            on.

    Returns:
        The results of the benchmark.

    Raises:
        adrbench.errors.InputError: If the file, an option, a corpus or the results folder is wrong. Nothing was
        measured.
        adrbench.errors.ExecutorLost: If the engine that ran cells is gone. Finished cells are stored.
    """
    benchmark, folder, chosen, registry = _read(file, results, options)
    summary = run_benchmark(benchmark, folder, chosen, view or View(), registry)
    return Results(folder, summary, registry)


def expected_requests(
    file: str | Path, *, results: str | Path | None = None, **options: Any
) -> tuple[ExpectedRequests, ...]:
    """Estimate what a run would ask of servers: requests, tokens and, with prices, money. Nothing is run.

    Args:
        file: The benchmark file, or the name of a benchmark that comes with adrbench.
        results: The results folder; None: ``runs/NAME``, by the benchmark's name.
        options: The fields of ``adrbench.running.options.Options``.

    Returns:
        An estimate for each tagger that asks a server and has unfinished cells, as if no response were recorded.

    Raises:
        adrbench.errors.InputError: If the file, an option, a corpus or the results folder is wrong.
    """
    benchmark, folder, chosen, registry = _read(file, results, options)
    store = Store.find(folder)
    return expected(prepare(benchmark, chosen, store, lambda _: None, registry), store, registry)


def benchmarks(*, offline: bool = False) -> tuple[Availability, ...]:
    """List the benchmarks that come with adrbench, and what they lack on this machine. No corpus is read.

    Args:
        offline: Use no network.

    Returns:
        The benchmarks, in alphabetical order; ``.name`` is what ``run`` takes.
    """
    return availabilities(Registry(), offline=offline)


def validate(file: str | Path) -> Benchmark:
    """Check a benchmark file without reading a corpus or running anything.

    Args:
        file: The benchmark file.

    Returns:
        What the file says, with every default filled in.

    Raises:
        adrbench.errors.ConfigError: With every problem of the file, each with its line and the closest valid name.
    """
    return read_benchmark(Path(file), Registry(), offline=True)


def init(
    path: str | Path,
    out: str | Path | None = None,
    *,
    name: str = "",
    format_name: str = "",
    labels: Sequence[str] = (),
    words: str | None = None,
    group: str | None = None,
    params: Mapping[str, Any] | None = None,
    offline: bool = False,
) -> Started:
    """Recognise a corpus, and write a benchmark file to start from. The file runs as it is.

    Args:
        path: A file or folder, or the name of a corpus.
        out: The file to write, which must be new; None: ``NAME.toml`` in the current folder.
        name: The name of the benchmark and its corpus; empty: by the path.
        format_name: The format of the files; empty: recognised by their content.
        labels: The labels to find; empty: all.
        words: The word splitter; None: the words of the files, else the default splitter's.
        group: A regular expression that is searched for in the id of a document, to find its source; None: as the
            format has it.
        params: Parameters of the reader.
        offline: Use no network.

    Returns:
        The file, the corpus with its ledger and ceiling, its splits with their overlap, and how long a run takes.

    Raises:
        adrbench.errors.InputError: If the corpus cannot be recognised or read, has too few documents to divide, or the
            file exists. Nothing is written.
    """
    source = Source(str(path), format_name, name, tuple(labels), words, group, params, offline)
    return start(source, None if out is None else Path(out), Registry())


def _read(
    file: str | Path, results: str | Path | None, options: Mapping[str, Any]
) -> tuple[Benchmark, Path, Options, Registry]:
    """The benchmark, its results folder, the checked options and the plugins."""
    registry, chosen = Registry(), from_names(options)
    benchmark = read_benchmark(Path(file), registry, offline=chosen.offline)
    return benchmark, Path(results) if results else usual_folder(benchmark.benchmark.name), chosen, registry
