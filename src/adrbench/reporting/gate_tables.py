"""The verdicts of the gate as a table."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.reporting.comparison_tables import bounds, points
from adrbench.reporting.tables import Sheet
from adrbench.results.gate.baseline import Time
from adrbench.results.gate.verdicts import LEAST_SECONDS, GateVerdict, Limits
from adrbench.results.leaderboard.rows import together
from adrbench.results.leaderboard.text import percent, seconds


def sheet(verdicts: Sequence[GateVerdict], limits: Limits, evaluator: str, baseline: str) -> Sheet:
    """A row for each verdict, what is worse marked; below, why, and how it was decided."""
    worse = sum(verdict.outcome == "worse" for verdict in verdicts)
    measured = sum(verdict.measured for verdict in verdicts)
    if not measured:
        summary = "nothing was measured"
    else:
        summary = f"{worse} worse, {measured} of {sum(v.outcome != 'new' for v in verdicts)} compared"
    # An evaluator without F1 is judged by its recall.
    figure = next((v.line.figure for v in verdicts if v.line is not None), "f1").capitalize()
    times = ("s then", "s now", "Times")
    columns = ("Corpus", "Split", "Tagger", "Verdict", f"{figure} then", f"{figure} now", "Change", "95%", *times)
    said = together((" ".join(v.key), v.outcome, reason) for v in verdicts for reason in v.reasons)
    reasons = tuple(f"{rows}: {outcome}: {reason}" for rows, outcome, reason in said)
    return Sheet(
        f"Gate: {summary}, against {baseline}",
        columns,
        tuple(_row(verdict) for verdict in verdicts),
        text=4,
        notes=(*reasons, *_rules(limits, evaluator, figure)),
        marked=frozenset(place for place, verdict in enumerate(verdicts) if verdict.outcome == "worse"),
    )


def _row(verdict: GateVerdict) -> tuple[str, ...]:
    line = verdict.line
    figures = ("", "", "", "")
    if line is not None:
        figures = (
            percent(line.second),
            percent(line.first),
            points(line.difference),
            bounds(line.low, line.high),
        )
    times = (_seconds(verdict.before), _seconds(verdict.now))
    slowdown = "" if verdict.slowdown is None else f"{verdict.slowdown:.2f}"
    return (*verdict.key, verdict.outcome, *figures, *times, slowdown)


def _seconds(time: Time | None) -> str:
    return seconds(time.seconds if time else None)


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
