"""The objective of a study: fit on a part of the training part, score on the rest."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Tagger
from adrbench.plugins.registry import Registry
from adrbench.running.tuning._trials import Judge, Report
from adrbench.scoring.evaluators.exact import ExactMatch


def holdout_objective(
    build: Callable[[Any], Tagger],
    plugin_params_class: type[Any],
    base_params: Mapping[str, Any],
    train: Sequence[Annotated],
    context: Context,
    holdout: float,
    labels: Sequence[str],
) -> Judge:
    """The objective of a study: micro F1 of exact spans on a held-out part of the training part.

    That part is ``context.holdout(train, holdout)``, or the split's own development part if it has one. It is the same
    for every trial. Each trial builds a tagger in a scratch folder of its own, and passes the held-out part as
    development part.

    Args:
        build: Makes a tagger from parameters.
        plugin_params_class: The dataclass of the parameters.
        base_params: The values that hold in all trials.
        train: The training part.
        context: The conditions of the cell.
        holdout: The fraction of the training part to hold out.
        labels: The labels to score.

    Returns:
        The objective, F1 as a fraction. It raises ``ValueError`` if values are not valid together, and whatever the
        tagger raises.

    Raises:
        ValueError: If nothing can be held out.
    """
    kept, held = context.holdout(train, holdout)
    if not held:
        raise ValueError("nothing can be held out for tuning: the training part is a single document or group")
    evaluator, registry = ExactMatch(labels), Registry()

    def judge(values: Mapping[str, Any], report: Report) -> float:
        params, problems = registry.check(plugin_params_class, {**base_params, **values})
        if problems:
            raise ValueError("; ".join(f"{path}: {message}".removeprefix(": ") for path, message in problems))
        with tempfile.TemporaryDirectory(dir=context.scratch, prefix="trial-") as scratch:
            tagger = build(params)
            if hasattr(tagger, "warm_up"):
                tagger.warm_up()
            trial = dataclasses.replace(
                context, development=held, scratch=Path(scratch), report=report, progress=_unshown
            )
            tagger.fit(kept, trial)
            predicted = tagger.predict([annotated.document for annotated in held])
        if len(predicted) != len(held):
            raise ValueError(f"predict gave {len(predicted)} answers for {len(held)} documents")
        total: Counter[str] = Counter()
        for annotated, spans in zip(held, predicted, strict=True):
            total.update(evaluator.count(annotated.spans, spans))
        return float(evaluator.score(total)["micro"]["f1"])

    return judge


def _unshown(done: float, total: float, note: str = "") -> None:
    """Ignore the progress of a trial: the study shows its own."""
