"""What holds for all figures of a leaderboard: how they were judged, and what is behind them."""

from __future__ import annotations

from adrbench._system.machine import describe
from adrbench.api.evaluator import AVERAGES
from adrbench.results.leaderboard.rows import Board
from adrbench.scoring.statistics.kinds import RESAMPLED

GRID = (
    "A grid's best setting is chosen here on the very folds that it is scored on, so its F1 is optimistic; "
    "[taggers.tune] chooses on training parts only."
)
_TIES = (
    "Ties: taggers that share a letter are not significantly different (paired randomisation over documents, or groups "
    "of a grouped split; Holm; 5%)."
)
_ONE_FOLD = "One fold: the interval is a bootstrap over its documents (or groups), not over folds."
_GOLD = {
    "all": "All gold: scored against every mention as annotated; nested or discontinuous mentions that a tagger cannot "
    "output count as missed.",
    "flat": "Flat gold: scored against the flat spans that the benchmark file makes of the annotation.",
}
_TUNED = "Tuned: the parameters were chosen on training parts; the time this took is in none of the other times."


def legend_lines(board: Board) -> list[str]:
    """Explain the figures: mean, interval, test, machines.

    Args:
        board: The leaderboard.

    Returns:
        A line for each explanation.
    """
    kinds = dict.fromkeys(row.interval for row in board.rows if row.interval) or {board.interval: None}
    over = (f"{kind} over {'documents or groups, pooled' if kind in RESAMPLED else 'folds'}" for kind in kinds)
    lines = [
        f"P, R, F1: {_judged(board)}, micro, mean over folds in percent; interval: 95% {' or '.join(over)}.",
        *([_ONE_FOLD] if any(row.folds_planned == 1 for row in board.rows) and board.interval not in RESAMPLED else []),
        *(_GOLD[kind] for kind in ("all", "flat") if any(row.gold == kind for row in board.rows)),
        _TIES,
    ]
    if any(row.cost.fit_seconds is not None for row in board.rows):
        lines.append("Fit, Predict: wall seconds a fold; Memory: the largest peak of a cell's own process.")
    if any(row.cost.fit_seconds_sd is not None for row in board.rows):
        lines.append("± after a cost: its standard deviation over folds.")
    if any(row.cost.prompt_tokens_per_1000 is not None for row in board.rows):
        lines.append("Sent, Received: tokens for 1,000 documents, as the server counts them.")
    if board.prices is not None and any(row.cost.money_per_1000 is not None for row in board.rows):
        what = "tokens" if board.prices.tokens_only else "machine time, energy where it was measured, and tokens"
        lines.append(f"Price: {board.prices.currency} for tagging 1,000 documents: {what}.")
    if any(row.grid_point for row in board.rows):
        lines.append(GRID)
    if any(row.tuned for row in board.rows):
        lines.append(_TUNED)
    sources = sorted({row.published_source for row in board.rows if row.published_source})
    if sources:
        lines.append(f"Paper F1: as published, {'; '.join(sources)}.")
    lines += [f"Machine {name}: {describe(vars(facts))}." for name, facts in sorted(board.machines.items())]
    return lines


def _judged(board: Board) -> str:
    names = sorted({row.evaluator for row in board.rows if row.label in AVERAGES})
    return "exact spans" if names in ([], ["exact"]) else f"by the evaluator {', '.join(names)}"


def provenance_lines(board: Board) -> list[str]:
    """Say which plugin, of which version and code, is behind each tagger.

    Args:
        board: The leaderboard.

    Returns:
        A line for each plugin.
    """
    taggers: dict[tuple[str, str, str], dict[str, None]] = {}
    for row in board.rows:
        if not row.imported:
            taggers.setdefault((row.use, row.version, row.code), {})[row.tagger_id] = None
    return [
        f"Plugin {use} {version}, code {code}: {', '.join(names)}." for (use, version, code), names in taggers.items()
    ]
