"""Recommendations as text for a terminal, as Markdown, and as records for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from adrbench.reporting.advice import Advice
from adrbench.reporting.escaping import for_markdown
from adrbench.reporting.formatting import points_between
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.rendering import render, render_records
from adrbench.reporting.tables import Column, Display, TableCell, TableView, table

# So many of the other taggers are in the table.
_SHOWN = 10


def recommendation_text(advice: Sequence[Advice], format_name: str) -> str:
    """Write recommendations as Markdown or JSON.

    Args:
        advice: A recommendation for each corpus.
        format_name: ``markdown`` or ``json``.

    Returns:
        The text.
    """
    if format_name == "json":
        return render_records((asdict(one) for one in advice), format_name)
    return "\n\n".join("\n\n".join(_markdown(one)) for one in advice)


def _markdown(advice: Advice) -> Iterator[str]:
    yield f"### {for_markdown(heading(advice))}"
    yield from (for_markdown(paragraph) for paragraph in paragraphs(advice))
    if advice.warnings:
        yield "\n".join(f"- {for_markdown(warning)}" for warning in advice.warnings)
    if advice.alternatives:
        yield render(Display((alternatives_table(advice),)), "markdown")


def heading(advice: Advice) -> str:
    """Name what a recommendation is for.

    Args:
        advice: The recommendation.

    Returns:
        Corpus and split, and the label where one was asked for.
    """
    label = "" if advice.label == "micro" else f" · {advice.label}"
    return f"{advice.dataset} · {advice.split}{label}"


def paragraphs(advice: Advice) -> list[str]:
    """Split the reason.

    Args:
        advice: The recommendation.

    Returns:
        Its paragraphs.
    """
    return advice.reason.split("\n\n")


def alternatives_table(advice: Advice) -> TableView:
    """Show the other taggers.

    Args:
        advice: The recommendation.

    Returns:
        A row for each: F1, by how much it differs, costs, limits that it breaks.
    """
    every = [one["costs"] for one in advice.alternatives if one["costs"]]
    money = any("money" in costs for costs in every)
    limited = any(one["breaks"] for one in advice.alternatives)
    gpu = any(one["peak_gpu_memory_bytes"] for one in every)
    columns = [
        Column("tagger", "Tagger"),
        COLUMNS["f1"],
        Column("difference", "Gain", "points", "its F1 less that of the recommended tagger"),
        Column("difference_interval", "95%", "interval"),
        Column("fit_seconds", "Fit all", "duration", "one fit on all documents"),
        Column("predict_seconds", "Tag", "duration", "tagging the documents"),
        COLUMNS["peak_memory_bytes"],
        *([COLUMNS["peak_gpu_memory_bytes"]] if gpu else []),
        *([Column("money", "Price", "number")] if money else []),
        *([Column("breaks", "Breaks")] if limited else []),
    ]
    shown = [
        one
        for place, one in enumerate(advice.alternatives)
        if place < _SHOWN or one["step"] or (one["equivalent"] and place < 2 * _SHOWN)
    ]
    hidden = len(advice.alternatives) - len(shown)
    notes = (f"… and {hidden} more: --format json",) if hidden else ()
    title = f"Instead of {advice.tagger}" if advice.tagger else "The taggers"
    return table(title, columns, (_row(one) for one in shown), notes=notes)


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    costs = one["costs"] or {}
    low, high = one["difference_low"], one["difference_high"]
    price = f"{costs['money']:,.3g} {costs['currency']}" if "money" in costs else ""
    return {
        **costs,
        **one,
        "difference_interval": TableCell(points_between(low, high)),
        "money": TableCell(price, costs.get("money")),
        "breaks": " ".join(one["breaks"]),
    }
