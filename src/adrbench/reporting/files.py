"""From a results folder to files: the page, the figures, the tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adrbench._system.paths import write_atomically
from adrbench.errors import CorpusError, InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting import _drawing as drawing
from adrbench.reporting._page import Report, make, render
from adrbench.reporting._source import Source
from adrbench.reporting.leaderboard_view import leaderboard_view
from adrbench.reporting.rendering import to_latex
from adrbench.reporting.tables import Display
from adrbench.results.store import Store
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, IntervalKind

if TYPE_CHECKING:
    from adrbench.datasets.corpus import Corpus


def write_report(
    results: Path,
    registry: Registry,
    *,
    html: Path | None = None,
    figures: Path | None = None,
    interval: IntervalKind = DEFAULT_INTERVAL,
    text_from: Path | None = None,
    labels: bool = False,
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

    Returns:
        A line for each thing that was written.

    Raises:
        InputError: If matplotlib is not installed, if the results cannot be read, if a file cannot be written, or if
            ``text_from`` is given and no corpus of the results is at hand unchanged.
    """
    drawing.require_matplotlib()
    source = Source(Store(results), registry, interval, labels=labels)
    report = make(source, _corpora(source, text_from, registry) if text_from else None)
    said = []
    if html is not None:
        page = render(report)
        try:
            write_atomically(html, page)
        except OSError as error:
            raise InputError(f"{html}: cannot be written ({error.strerror})") from error
        text = f", with {len(report.examples)} examples of corpus text" if text_from else ""
        said.append(f"{html}: {len(page.encode()) / 1000:,.0f} kB{text}")
    if figures is not None:
        count = sum(1 for _ in drawing.write(report.figures(), figures))
        write_atomically(figures / "leaderboard.tex", to_latex(leaderboard_view(source.board, labels=labels)) + "\n")
        tables = ["leaderboard.tex", *_write_tables(report, figures)]
        drawn = count // len(drawing.LOOKS) // len(drawing.FORMS)
        said.append(f"{figures}: {count} files of {drawn} figures, {', '.join(tables)}")
    return said


def _write_tables(report: Report, folder: Path) -> list[str]:
    """The tables of those sections that papers print, a file for each section; their names."""
    names = []
    for section in report.sections:
        found = [table for block in section.blocks for table in block.tables] if section.latex else []
        if found:
            names.append(f"{section.id}.tex")
            write_atomically(folder / names[-1], to_latex(Display(tuple(found))) + "\n")
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
