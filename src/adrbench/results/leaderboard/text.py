"""Figures of a leaderboard as text: what every form of it has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from adrbench._system.machine import describe
from adrbench.results.leaderboard.curves import Curve
from adrbench.results.leaderboard.grids import Grid, best_only, grids
from adrbench.results.leaderboard.rows import Board, Cost, Row
from adrbench.results.leaderboard.settings import setting, tuned_values

_TIES = (
    "Ties: taggers that share a letter do not differ (paired randomisation over documents, or groups of a grouped "
    "split; Holm; 5%)."
)


_ONE_FOLD = "One fold: the interval is a bootstrap over its documents (or groups), not over folds."


_GOLD = {
    "all": "All gold: scored against every mention as annotated; what flat spans cannot say is a miss.",
    "flat": "Flat gold: scored against the flat spans that the benchmark file makes of the annotation.",
}


GRID = (
    "A grid's best setting is chosen here on the very folds that it is scored on, so its F1 is optimistic; "
    "[taggers.tune] chooses on training parts only."
)


_TUNED = "Tuned: the parameters were chosen on training parts; the time this took is in none of the other times."


def percent(value: float | None) -> str:
    """A fraction as percent with one decimal; empty for none."""
    return "" if value is None else f"{100 * value:.1f}"


def seconds(value: float | None) -> str:
    """A time with as many digits as it deserves."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004


def size(value: int | None) -> str:
    """Bytes in MiB or GiB."""
    if value is None:
        return ""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:,.0f} MiB"


def energy(value: float | None) -> str:
    """Joules, or kilojoules from 10,000 on."""
    if value is None:
        return ""
    return f"{value / 1000:,.0f} kJ" if value >= 10_000 else f"{value:,.0f} J"  # noqa: PLR2004


def span(value: float | None) -> str:
    """A long time in seconds, minutes or hours, as one reads it.

    >>> span(8.25), span(95), span(5400), span(200_000)
    ('8.2 s', '95 s', '90 min', '55.6 h')
    """
    if value is None:
        return ""
    if value < 120:  # noqa: PLR2004
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004
    return f"{value / 60:,.0f} min" if value < 7200 else f"{value / 3600:,.1f} h"  # noqa: PLR2004


def extra_costs(rows: Iterable[Row]) -> dict[str, Callable[[Cost], tuple[str, float | None]]]:
    """Columns for costs that few taggers have, where one of these has them: name, then text and value."""
    found = [row.cost for row in rows]
    columns: dict[str, Callable[[Cost], tuple[str, float | None]]] = {}
    if any(cost.tune_seconds is not None for cost in found):
        columns["Tuning"] = lambda cost: (span(cost.tune_seconds), cost.tune_seconds)
    if any(cost.pretrain_seconds is not None for cost in found):
        columns["Pre-training"] = lambda cost: (span(cost.pretrain_seconds), cost.pretrain_seconds)
    if any(cost.energy_joules is not None for cost in found):
        columns["Energy"] = lambda cost: (energy(cost.energy_joules), cost.energy_joules)
    return columns


def bounds(row: Row) -> str:
    """The interval of F1 in percent: as ± where it lies evenly about F1, else its two ends."""
    if row.f1 is None or row.f1_low is None or row.f1_high is None:
        return ""
    below, above = row.f1 - row.f1_low, row.f1_high - row.f1
    if abs(below - above) < 1e-9:  # noqa: PLR2004
        return f"±{100 * above:.1f}"
    return f"{percent(row.f1_low)}–{percent(row.f1_high)}"


def title(row: Row) -> str:
    """What a table shows: corpus, split, folds; and for which corpus this one stands in."""
    folds = f"{row.folds_planned} fold{'s' if row.folds_planned != 1 else ''}"
    text = f"{row.dataset} · {row.split} · {folds} · {'all gold' if row.gold == 'all' else 'flat gold'}"
    if row.limit is not None:
        text += f" · only {row.limit:,} documents"
    return f"{text} · standing in for {row.stand_in_for}" if row.stand_in_for else text


def name_of(row: Row) -> str:
    """The tagger, with how many of its folds there are if not all, and a mark if adrbench did not run it."""
    partial = f" ({row.folds}/{row.folds_planned})" if 0 < row.folds < row.folds_planned else ""
    return f"{row.tagger}{' (tuned)' if row.tuned else ''}{partial}{' (imported)' if row.imported else ''}"


def curve_title(curve: Curve) -> str:
    """What the table of a learning curve shows."""
    return f"{curve.dataset} · {curve.split} · F1 by share of the training documents (their number)"


def curve_head(curve: Curve) -> list[str]:
    """The columns of a learning curve: share, and how many documents that is."""
    counts = {fraction: curve.documents(fraction) for fraction in curve.fractions}
    return [
        f"{100 * fraction:g}%" + (f" ({count:,.0f})" if count is not None else "") for fraction, count in counts.items()
    ]


def curve_rows(curve: Curve, *, everything: bool) -> list[list[str]]:
    """A line for each tagger: F1 with its interval at each fraction. ``everything``: all settings of a grid."""
    found = []
    for tagger in curve_taggers(curve, everything=everything):
        rows = curve.rows[tagger]
        shown = [rows.get(fraction) for fraction in curve.fractions]
        if any(row is not None and row.f1 is not None for row in shown):
            last = rows[max(rows)]
            found.append([f"{tagger}{' (tuned)' if last.tuned else ''}", *map(_estimate, shown)])
    return found


def curve_taggers(curve: Curve, *, everything: bool) -> list[str]:
    """The taggers of a learning curve; of a grid the setting that is best with the most to learn from."""
    last = {tagger: rows[max(rows)] for tagger, rows in curve.rows.items()}
    kept = tuple(last.values()) if everything else best_only(tuple(last.values()), most=1)
    return [row.tagger for row in kept]


def _estimate(row: Row | None) -> str:
    if row is None or row.f1 is None:
        return ""
    interval = bounds(row)
    return percent(row.f1) + (f" {interval}" if interval.startswith("±") else f" ({interval})" if interval else "")


def remarks(rows: Sequence[Row]) -> list[str]:
    """What a reader should know of grids and tuned taggers."""
    lines = [_best_of(grid) for grid in grids(rows) if grid.best is not None]
    lines += [f"{row.tagger}, tuned: best values {found}." for row in rows if (found := tuned_values(row.tuned))]
    return lines


def _best_of(grid: Grid) -> str:
    best = grid.best
    where = f"{setting(best.grid_point)}, F1 {percent(best.f1)}" if best is not None else "none"
    return (
        f"{grid.tagger_id}: best of {len(grid.measured):,} settings: {where} (chosen on the test folds, so optimistic)."
    )


def legend(board: Board) -> list[str]:
    """What the figures are: which mean, which interval, which test, which machine."""
    pooled = " over documents or groups, pooled" if board.interval in {"bootstrap", "bca"} else " over folds"
    lines = [
        f"P, R, F1: {_judged(board)}, micro, mean over folds in percent; interval: 95% {board.interval}{pooled}.",
        *(
            [_ONE_FOLD]
            if any(row.folds_planned == 1 for row in board.rows) and board.interval not in {"bootstrap", "bca"}
            else []
        ),
        *(_GOLD[kind] for kind in ("all", "flat") if any(row.gold == kind for row in board.rows)),
        _TIES,
        "Fit, predict: wall seconds a fold; memory: the largest peak of a cell's own process.",
    ]
    if any(row.grid_point for row in board.rows):
        lines.append(GRID)
    if any(row.tuned for row in board.rows):
        lines.append(_TUNED)
    sources = sorted({row.published_source for row in board.rows if row.published_source})
    if sources:
        lines.append(f"Paper: F1 as published, {'; '.join(sources)}.")
    lines += [f"Machine {name}: {describe(dict(facts))}." for name, facts in sorted(board.machines.items())]
    return lines


def _judged(board: Board) -> str:
    names = sorted({row.evaluator for row in board.rows})
    return "exact spans" if names in ([], ["exact"]) else f"by the evaluator {', '.join(names)}"
