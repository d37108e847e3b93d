"""Calibration: how far the scores of mentions can be trusted, and what checking the least certain ones gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean

from adrbench.api import Figures
from adrbench.errors import InputError
from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.lines import Dot, Line, legend_height, percentages
from adrbench.reporting.formatting import percent
from adrbench.reporting.tables import TableView, figures, table, words
from adrbench.results.leaderboard.gold import Scored
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.store import DamagedError
from adrbench.scoring.evaluators.calibration import BINS, CHECKED, COVERED

_ID, _HEADING = "calibration", "Scores of mentions"
_LINES = (
    (
        "ECE: the mean difference between score and share right, in ten equal bins; 0 is best. Brier: the mean "
        "squared difference between score and outcome. Both are means over folds; the figures pool all folds."
    ),
    (
        "F1 after checks: the mentions with the lowest scores are checked and the wrong ones of them removed. Missed "
        "mentions stay missed."
    ),
)


def calibration(source: Source) -> Section:
    """Compare the scores of mentions with the share that is right.

    Args:
        source: The results folder to report on.

    Returns:
        For each corpus and split with scores: ECE and F1 after checks as a table, a reliability diagram, and risk
        against coverage.
    """
    places = [place for place in source.places if _has_scores(source, place)]
    if not places:
        return Section(_ID, _HEADING, omitted="no mention has a score; `scores = true` in [benchmark] asks for them")
    judged = source.judged("calibration")
    try:
        blocks = tuple(block for place in places if (block := _block(place, judged)))
    except DamagedError:
        raise
    except InputError as error:
        return Section(_ID, _HEADING, omitted=str(error))
    return Section(_ID, _HEADING, blocks, _LINES, "" if blocks else "nothing was measured")


def _has_scores(source: Source, place: Place) -> bool:
    measured = source.scores.measured(place.section).values()
    return any(cell.predictions.scores is not None for scored in measured for cell in scored)


def _block(place: Place, judged: Scoreboard) -> Block | None:
    cells = judged.measured(place.section)
    evaluator = judged.gold(place.section).evaluator
    measured: dict[str, Sequence[Scored]] = {}
    pooled: dict[str, Figures] = {}
    for row in place.measured:
        scored = cells.get(row.tagger, [])
        if scored and all(cell.figures["micro"]["scored"] for cell in scored):
            total = sum(cell.counts.sum(axis=0) for cell in scored)
            measured[row.tagger] = scored
            pooled[row.tagger] = evaluator.score(dict(zip(scored[0].columns, map(float, total), strict=True)))
    if not measured:
        return None
    without = [row.tagger for row in place.measured if row.tagger not in measured]
    notes = (f"Without scores: {', '.join(without)}.",) if without else ()
    shown = (_reliability(place, pooled), _coverage(place, pooled))
    return Block(place.name, tables=(_table(place, measured),), figures=shown, notes=notes)


def _table(place: Place, measured: Mapping[str, Sequence[Scored]]) -> TableView:
    """Figures as means over folds."""
    names = ("ece", "brier", "aurc", "f1", *(f"f1_checked/{share}" for share in CHECKED))
    heads = ("ECE", "Brier", "AURC", "F1", *(f"{share}% checked" for share in CHECKED))
    rows = (
        (tagger, *(fmean(float(cell.figures["micro"][name]) for cell in scored) for name in names))
        for tagger, scored in measured.items()
    )
    columns = (*words("Tagger"), *figures(*heads, kind="percent"))
    return table(f"Calibration, and F1 after checks, in percent, {place.name}", columns, rows)


def _reliability(place: Place, pooled: Mapping[str, Figures]) -> Figure:
    bins = {
        tagger: [
            tuple(float(of["micro"][f"bin/{edge}/{key}"]) for key in ("confidence", "right", "predicted"))
            for edge in BINS
        ]
        for tagger, of in pooled.items()
    }
    lines = [
        Line(tagger, tuple(Dot(100 * score, 100 * right) for score, right, n in own if n))
        for tagger, own in bins.items()
    ]
    rows = (
        (tagger, f"{edge:g}", n, score, right)
        for tagger, own in bins.items()
        for edge, (score, right, n) in zip(BINS, own, strict=True)
        if n
    )
    columns = (
        *words("Tagger", "Scores from"),
        *figures("Mentions", kind="count"),
        *figures("Mean score", "Right", kind="percent"),
    )
    return Figure(
        place.figure("reliability"),
        f"Share right against score, {place.name}",
        f"A line for each of {len(lines)} taggers: the share of right mentions against the mean score, in ten bins. "
        "On the dotted line both are equal; below it scores are too high.",
        table(f"Share right by score, in percent, {place.name}", columns, rows),
        partial(percentages, lines=lines, across="mean score, %", up="right, %", diagonal=True),
        2.9 + legend_height([line.name for line in lines]),
    )


def _coverage(place: Place, pooled: Mapping[str, Figures]) -> Figure:
    risks = {tagger: [float(of["micro"][f"risk/{share}"]) for share in COVERED] for tagger, of in pooled.items()}
    lines = [
        Line(tagger, tuple(Dot(float(share), 100 * risk) for share, risk in zip(COVERED, own, strict=True)))
        for tagger, own in risks.items()
    ]
    said = " ".join(
        f"{tagger}: {percent(own[-1])}, of the surest half {percent(own[4])}." for tagger, own in risks.items()
    )
    return Figure(
        place.figure("coverage"),
        f"Wrong mentions against coverage, {place.name}",
        f"The share of wrong mentions among those with the highest scores, a line for each of {len(lines)} taggers, "
        f"against the share that is kept. {said}",
        table(
            f"Wrong mentions in percent by share kept, {place.name}",
            (*words("Tagger"), *figures(*(f"{share}%" for share in COVERED), kind="percent")),
            ((tagger, *own) for tagger, own in risks.items()),
        ),
        partial(percentages, lines=lines, across="mentions kept, %", up="wrong, %"),
        2.9 + legend_height([line.name for line in lines]),
    )
