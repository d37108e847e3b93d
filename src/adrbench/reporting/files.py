"""From a results folder to files: the page, the figures, the tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adrbench._system.paths import write_output
from adrbench.errors import CorpusError, InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.reporting import _drawing as drawing
from adrbench.reporting._page import Report, make, render
from adrbench.reporting._source import Source
from adrbench.reporting.leaderboard.view import leaderboard_view
from adrbench.reporting.rendering import to_latex
from adrbench.reporting.tables import Display
from adrbench.results.prices import PriceSheet
from adrbench.results.store import Store
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, INTERVALS, IntervalKind

if TYPE_CHECKING:
    from adrbench.datasets.corpus import Corpus

_MARK = ".adrbench-figures"


def write_report(
    results: Path,
    registry: Registry,
    *,
    html: Path | None = None,
    figures: Path | None = None,
    interval: IntervalKind = DEFAULT_INTERVAL,
    text_from: Path | None = None,
    labels: bool = False,
    prices: PriceSheet | None = None,
) -> list[str]:
    """Write a report on a results folder: a page, a folder of figures, or both.

    Args:
        results: The results folder.
        registry: The plugins.
        html: The page to write.
        figures: The folder to write figures and LaTeX tables to.
        interval: The interval of F1.
        text_from: A benchmark file; the page then shows examples from those of its corpora that are at hand.
        labels: Show the figures by label, which the page otherwise keeps folded.
        prices: The price sheet; None: nothing is priced.

    Returns:
        A line for each thing that was written.

    Raises:
        InputError: If matplotlib is not installed, if a price is lacking, if the results cannot be read, if a file
            cannot be written, or if ``text_from`` is given and no corpus of the results is at hand unchanged.
    """
    if interval not in INTERVALS:
        raise InputError(f"unknown interval {interval!r}; {closest(str(interval), INTERVALS)}")
    drawing.require_matplotlib()
    store = Store(results)
    if html is not None:
        store.refuse_output(html)
    source = Source(store, registry, interval, labels=labels, prices=prices)
    report = make(source, _corpora(source, text_from, registry) if text_from else None)
    said = []
    if html is not None:
        page = render(report)
        write_output(html, page)
        text = f", with {len(report.examples)} examples of corpus text" if text_from else ""
        said.append(f"{html}: {len(page.encode()) / 1000:,.0f} kB{text}")
    if figures is not None:
        _claim(figures)
        count = sum(1 for _ in drawing.write(report.figures(), figures))
        write_output(figures / "leaderboard.tex", to_latex(leaderboard_view(source.board, labels=labels)) + "\n")
        tables = ["leaderboard.tex", *_write_tables(report, figures)]
        drawn = count // len(drawing.LOOKS) // len(drawing.FORMS)
        said.append(f"{figures}: {count} files of {drawn} figures, {', '.join(tables)}")
    return said


def _claim(folder: Path) -> None:
    """Make a folder for figures, or make sure that it is one: what it has of the same names is replaced."""
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).is_file():
            raise InputError(f"{folder}: holds files that are not ours; give a folder that is new or empty")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise InputError(f"{folder}: cannot be used as a folder for figures ({error.strerror})") from error


def _write_tables(report: Report, folder: Path) -> list[str]:
    """The tables of those sections that papers print, a file for each section; their names."""
    names = []
    for section in report.sections:
        found = [table for block in section.blocks for table in block.tables] if section.latex else []
        if found:
            names.append(f"{section.id}.tex")
            write_output(folder / names[-1], to_latex(Display(tuple(found))) + "\n")
    return names


def _corpora(source: Source, file: Path, registry: Registry) -> dict[str, Corpus]:
    """The corpora of the results that are at hand unchanged, by card. Nothing is downloaded."""
    # Readers of corpora take a while to import, and a page without text needs none.
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.config.corpora import load_corpus  # noqa: PLC0415

    benchmark = read_benchmark(file, registry)
    wanted = {place.section.card: place.section for place in source.places}
    limits = sorted({section.limit for section in wanted.values()}, key=str)
    found: dict[str, Corpus] = {}
    problems = []
    for entry in benchmark.datasets:
        for limit in limits:
            try:
                corpus = load_corpus(entry, benchmark.folder, registry, limit=limit, offline=True)
            except CorpusError as error:
                problems.append(str(error))
                continue
            if corpus.card in wanted:
                found[corpus.card] = corpus
            else:
                problems.append(f"{corpus.name} as it is here is not the corpus of the results (card {corpus.card})")
    if not found:
        raise InputError(
            f"{file}: none of its corpora can be shown: {'; '.join(dict.fromkeys(problems))}; leave out --with-text"
        )
    return found
