"""The writer of `outcome.json`: what the process of a cell leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adrbench.results.schema import CellStatus


# `adrbench.results.schema.Outcome` is not used here: importing it takes some 90 ms of processor time (pydantic builds
# a validator for each record), and every cell would pay for that. The run reads the line as an `Outcome`, which
# refuses a name that is missing or unknown.
def outcome_line(
    *,
    key: str,
    status: CellStatus,
    reason: str = "",
    traceback: str = "",
    predictions: Mapping[str, object] | None = None,
    tuned: Mapping[str, object] | None = None,
    pretrained: Mapping[str, object] | None = None,
    seconds: Mapping[str, float],
    cpu_seconds: Mapping[str, float],
    peak_memory_bytes: int,
    peak_gpu_memory_bytes: int | None,
    energy_joules: Mapping[str, float] | None,
    energy_from: list[str],
    facts: Mapping[str, int] | None = None,
) -> str:
    """Write an `adrbench.results.schema.Outcome` as JSON.

    Args:
        key: The key of the cell.
        status: How it ended.
        reason: Why it did not go well.
        traceback: Where it went wrong.
        predictions: Plain spans by document id.
        tuned: The fields of a `Tuned`.
        pretrained: The fields of a `Pretrained`.
        seconds: Wall time in seconds by phase.
        cpu_seconds: Processor time in seconds by phase.
        peak_memory_bytes: The most resident memory.
        peak_gpu_memory_bytes: The most GPU memory; None without a GPU.
        energy_joules: Energy by phase; None where no meter can tell.
        energy_from: The meters of the energy.
        facts: Numbers that the tagger gives about itself.

    Returns:
        One line of JSON. Half a surrogate pair in the reason or the traceback is replaced, since it is no text.
    """
    costs = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_memory_bytes": peak_memory_bytes,
        "peak_gpu_memory_bytes": peak_gpu_memory_bytes,
        "energy_joules": energy_joules,
        "energy_from": energy_from,
        "facts": facts or {},
    }
    outcome = {
        "key": key,
        "status": status,
        "reason": _text(reason),
        "traceback": _text(traceback),
        "predictions": predictions or {},
        "costs": costs,
        "tuned": tuned,
        "pretrained": pretrained,
    }
    return json.dumps(outcome)


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
