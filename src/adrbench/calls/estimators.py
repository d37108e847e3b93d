"""Taggers and spans in memory, outside the harness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from adrbench.plugins.registry import Registry
from adrbench.running.estimator import Estimator
from adrbench.scoring.external.spans import evaluate as judge

# The reference shows the names of these types instead of all that they stand for.
if TYPE_CHECKING:
    from adrbench.scoring.external.spans import Documents, Texts


def evaluate(
    gold: Documents,
    predicted: Documents,
    evaluator: str = "exact",
    labels: Sequence[str] | None = None,
    *,
    texts: Texts | None = None,
) -> dict[str, Mapping[str, Any]]:
    """Score predicted spans against gold spans.

    Args:
        gold: A list of spans for each document, lists of spans by document id, or the spans of a single document. A
            span is a ``Span`` or ``(start, end, label)``, with offsets in characters.
        predicted: The predictions, in the form of ``gold`` and in the same order.
        evaluator: ``NAME`` or ``NAME:VARIANT``.
        labels: All labels; None: those that occur.
        texts: The texts in the form of ``gold``, for evaluators that compare words.

    Returns:
        Figures by label and by name. ``micro`` stands for all labels together. Figures are fractions, counts are
        numbers of spans. Without any span all of them are 0.

    Raises:
        adrbench.errors.InputError: If documents do not match, something is no span, a label is not in ``labels``, or
            the evaluator is unknown or needs ``texts``.
    """
    return judge(gold, predicted, evaluator, labels, texts, Registry())


def tagger(
    use: str,
    *,
    seed: int = 0,
    threads: int = 0,
    device: str = "auto",
    offline: bool = False,
    unit: Literal["sentence", "document"] = "document",
    scores: bool = False,
    words: str | None = None,
    **params: Any,
) -> Estimator:
    """Make a tagger for use outside the harness.

    Args:
        use: The name of the tagger, as in a benchmark file.
        seed: The seed of whatever the tagger draws.
        threads: How many threads it may use; 0: one for each core.
        device: ``cpu``, ``cuda:0`` or ``auto``, which takes a GPU if there is one.
        offline: Use no network.
        unit: Whether a text is a sentence or a document. A document is split into sentences before words are made.
        scores: Give predicted spans a ``score`` (a fraction) if the tagger can tell. The spans stay the same.
        words: The word splitter, as in a benchmark file: ``nltk``, ``punctuation`` or ``module:function``.
        params: The tagger's parameters.

    Returns:
        An estimator with ``fit``, ``predict``, ``score``, ``save`` and ``load``.

    Raises:
        adrbench.errors.InputError: If the tagger or a parameter is unknown, or a value is not valid.
    """
    return Estimator(
        use, seed=seed, threads=threads, device=device, offline=offline, unit=unit, scores=scores, words=words, **params
    )


def load(folder: str | Path, *, trust: bool = False) -> Estimator:
    """Load a kept tagger, wherever it was kept: by ``fit``, by ``run`` with ``keep_models``, or by ``save``.

    Args:
        folder: The folder of the tagger.
        trust: Whether the folder may run code, as a pickle does. Trust only folders whose maker you know.

    Returns:
        The tagger, ready to predict. ``.record`` holds what is known of it.

    Raises:
        adrbench.errors.InputError: If the folder holds no tagger, is damaged or of another version, or needs trust.
    """
    return Estimator.load(folder, trust=trust)
