"""What a distillation took, and from how many documents on it pays."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from adrbench.results.schema import CellRecord
from adrbench.results.tokens import REPLAYED

_TIMES = ("teacher_fit", "labelling", "student_fit")


def distillation(cells: Sequence[tuple[CellRecord, int]]) -> dict[str, float]:
    """Average what the cells of a row say of a distillation.

    Args:
        cells: The cells of all folds, each with the number of its documents under test.

    Returns:
        ``texts``; ``teacher_fit_seconds``, ``labelling_seconds`` and ``student_fit_seconds``, means over folds; and
        ``break_even_documents``, from which labelling and the student's fit cost less time than the teacher's slower
        prediction; left out where the student predicts no faster, and where responses were replayed, since labelling
        waited for none of them. Empty for other taggers.
    """
    told = [(one.costs, documents) for one, documents in cells if one.costs is not None]
    told = [(costs, documents) for costs, documents in told if costs.facts.get("labelled_texts")]
    if not told:
        return {}
    texts = fmean(costs.facts["labelled_texts"] for costs, _ in told)
    times = {name: fmean(costs.facts[f"{name}_milliseconds"] for costs, _ in told) / 1000 for name in _TIMES}
    student = fmean(costs.seconds["predict"] / documents for costs, documents in told if documents)
    replayed = any(costs.facts.get(REPLAYED) for costs, _ in told)
    saved = times["labelling"] / texts - student
    pays = saved > 0 and not replayed
    more = {"break_even_documents": (times["labelling"] + times["student_fit"]) / saved} if pays else {}
    return {"texts": texts, **{f"{name}_seconds": seconds for name, seconds in times.items()}, **more}
