"""What calibrated scores were learnt from."""

from __future__ import annotations

from collections.abc import Iterable

from adrbench.results.schema import CellRecord

_NAMES = ("documents", "mentions", "right")


def calibration(cells: Iterable[CellRecord]) -> dict[str, int]:
    """Sum up what the cells of a row say of the holdout that their scores were calibrated on.

    Args:
        cells: The cells of all folds.

    Returns:
        ``documents``, the ``mentions`` that were found in them, and how many of these were ``right``, all folds
        together; empty for other taggers.
    """
    facts = [cell.costs.facts for cell in cells if cell.costs is not None]
    facts = [told for told in facts if "calibration_documents" in told]
    return {name: sum(told.get(f"calibration_{name}", 0) for told in facts) for name in _NAMES} if facts else {}
