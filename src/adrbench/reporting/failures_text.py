"""Why cells did not go well, as text for a terminal and as records for programs."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.reporting.rendering import render_records
from adrbench.results.failures import Failure


def failures_text(failures: Sequence[Failure], format_name: str = "rich") -> str:
    """Write failures with their tracebacks and output.

    Args:
        failures: The failures.
        format_name: ``json`` or ``csv`` for records; any other format is plain text.

    Returns:
        The text.
    """
    if format_name in {"json", "csv"}:
        return render_records((vars(one) for one in failures), format_name)
    return "\n\n".join("\n".join(_lines(one)) for one in failures)


def _lines(one: Failure) -> list[str]:
    folds = f", fold{'s' if len(one.folds) > 1 else ''} {', '.join(map(str, one.folds))}" if one.folds else ""
    lines = [f"{one.dataset} {one.split} {one.tagger}{folds}: {one.status}: {one.reason}"]
    if one.traceback:
        lines += ["", one.traceback.rstrip()]
    if one.log:
        lines += ["", "What its process printed:", one.log.rstrip()]
    return lines
