"""The verdicts of the gate as a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adrbench.reporting.comparison_view import POOLED
from adrbench.reporting.formatting import points_between
from adrbench.reporting.tables import Column, Display, TableCell, table
from adrbench.results.gate.verdicts import LEAST_SECONDS, GateVerdict, Limits
from adrbench.results.leaderboard.rows import together


def gate_view(verdicts: Sequence[GateVerdict], limits: Limits, evaluator: str, baseline: str) -> Display:
    """Show the verdicts of a regression gate.

    Args:
        verdicts: One for each corpus, split and tagger.
        limits: The limits that were applied.
        evaluator: The evaluator that judged.
        baseline: The name of the baseline.

    Returns:
        A row for each verdict, with regressions marked; below, the reasons and the rules.
    """
    worse = sum(verdict.outcome == "worse" for verdict in verdicts)
    measured = sum(verdict.measured for verdict in verdicts)
    if not measured:
        summary = "nothing was measured"
    else:
        summary = f"{worse} worse, {measured} of {sum(v.outcome != 'new' for v in verdicts)} compared"
    # An evaluator without F1 is judged by its recall.
    figure = next((v.line.figure for v in verdicts if v.line is not None), "f1")
    name = figure.capitalize()
    kinds = dict.fromkeys(v.line.interval for v in verdicts if v.line is not None and v.line.interval)
    named = f" · 95% {' or '.join(kinds)}" if kinds else ""
    columns = (
        Column("dataset", "Corpus"),
        Column("split", "Split"),
        Column("tagger", "Tagger"),
        Column("verdict", "Verdict"),
        Column(f"pooled_{figure}_then", f"Pooled {name} then", "percent"),
        Column(f"pooled_{figure}_now", f"Pooled {name} now", "percent"),
        Column("change", "Change", "points"),
        Column("bounds", "95%", "interval"),
        Column("low", "low", "points", shown=False),
        Column("high", "high", "points", shown=False),
        Column("seconds_then", "s then", "seconds"),
        Column("seconds_now", "s now", "seconds"),
        Column("slowdown", "Times", "number"),
        Column("reasons", "Reasons", shown=False),
    )
    said = together((" ".join(v.key), v.outcome, reason) for v in verdicts for reason in v.reasons)
    reasons = (f"{rows}: {outcome}: {reason}" for rows, outcome, reason in said)
    made = table(
        f"Gate: {summary}, against {baseline}{named}",
        columns,
        (_record(verdict, figure) for verdict in verdicts),
        notes=(*reasons, *_rules(limits, evaluator, name), POOLED),
        marked=frozenset(place for place, verdict in enumerate(verdicts) if verdict.outcome == "worse"),
        identity=3,
    )
    return Display((made,))


def _record(verdict: GateVerdict, figure: str) -> dict[str, Any]:
    dataset, split, tagger = verdict.key
    line, slowdown = verdict.line, verdict.slowdown
    record: dict[str, Any] = {"dataset": dataset, "split": split, "tagger": tagger, "verdict": verdict.outcome}
    record["reasons"] = "; ".join(verdict.reasons)
    if line is not None:
        record |= {f"pooled_{figure}_then": line.second, f"pooled_{figure}_now": line.first}
        record |= {"change": line.difference, "low": line.low, "high": line.high}
        record |= {"bounds": TableCell(points_between(line.low, line.high))}
    record |= {"seconds_then": verdict.before and verdict.before.seconds}
    record |= {"seconds_now": verdict.now and verdict.now.seconds}
    return record | {"slowdown": TableCell("" if slowdown is None else f"{slowdown:.2f}", slowdown)}


def _rules(limits: Limits, evaluator: str, figure: str) -> list[str]:
    drop = (
        f"Worse: {figure} ({evaluator}, micro, counts pooled over folds, percent) fell by more than "
        f"{limits.max_drop:g} points and the 95% interval of the change excludes 0 (10,000 paired resamples of "
        "documents, or of groups where the split keeps them whole); or a tagger failed or is gone. What this machine "
        "lacks is not compared."
    )
    if limits.max_slowdown is None:
        return [drop]
    time = (
        f"Or fit and predict of all folds took more than {limits.max_slowdown:g} times as long, by at least "
        f"{LEAST_SECONDS:g} s, on the same machine with as many cells at a time."
    )
    return [drop, time]
