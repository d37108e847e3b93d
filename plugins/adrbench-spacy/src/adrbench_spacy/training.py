"""The pipeline and its training."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Protocol, cast

import spacy
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.training import Example
from spacy.training.batchers import minibatch_by_words
from thinc.api import Adam, compounding, fix_random_seed

from adrbench.api import Unavailable
from adrbench_spacy.plugin import SpacyParams

_NAME = "ner"


class Watcher(Protocol):
    """Called after each pass over the training part."""

    def __call__(self, epoch: int, epochs: int, loss: float, f1: float | None) -> None:
        """Take notice of a pass, of how many, and of the mean loss of a document in it."""


def pipeline(params: SpacyParams, labels: Sequence[str]) -> Language:
    """Make a blank pipeline with a named entity recogniser. Its weights are not yet drawn.

    Args:
        params: The parameters, checked.
        labels: The labels to recognise.

    Returns:
        The pipeline.

    Raises:
        Unavailable: spaCy does not know the language, or lacks a library for it.
    """
    try:
        nlp = spacy.blank(params.language)
    except ImportError as error:
        raise Unavailable(f"spaCy cannot load the language {params.language!r}: {error}") from error
    shape = {"width": params.width, "depth": params.depth, "embed_size": params.rows}
    nlp.add_pipe(_NAME, config={"model": {"hidden_width": params.hidden, "tok2vec": shape}})
    for label in labels:
        _recogniser(nlp).add_label(label)
    return nlp


def _recogniser(nlp: Language) -> EntityRecognizer:
    return cast("EntityRecognizer", nlp.get_pipe(_NAME))


def train(
    nlp: Language,
    examples: Sequence[Example],
    params: SpacyParams,
    seed: int,
    quality: Callable[[], float] | None,
    watch: Watcher,
) -> None:
    """Train a pipeline in place.

    Args:
        nlp: The pipeline.
        examples: The training examples.
        params: The parameters, checked.
        seed: The seed of the weights, of dropout and of the order of examples.
        quality: Gives the F1 on the holdout, a fraction, for the pipeline's present weights. It is called after each
            pass; the weights of the best pass are kept. None: those of the last pass are kept.
        watch: Called after each pass.
    """
    fix_random_seed(seed)
    optimizer = Adam(
        params.learning_rate, L2=0.01, L2_is_weight_decay=True, grad_clip=1.0, use_averages=params.averaging
    )
    nlp.initialize(lambda: examples, sgd=optimizer)
    # Any iterable of sizes will do, whatever the annotation says; it goes on from one pass to the next.
    sizes = cast("Sequence[int]", compounding(params.batch_start, params.batch_stop, params.batch_growth))
    order = random.Random(seed)
    rows = list(examples)
    more = _more_passes(rows, params)
    epochs, patience = params.epochs * more, params.patience * more
    best, best_epoch, kept = -1.0, 0, b""
    for epoch in range(1, epochs + 1):
        order.shuffle(rows)
        losses: dict[str, float] = {}
        for batch in minibatch_by_words(rows, sizes):
            nlp.update(batch, drop=params.dropout, sgd=optimizer, losses=losses)
        # The averages take the weights' place for a moment; training goes on from the weights.
        with nlp.use_params(optimizer.averages):
            f1 = quality() if quality else None
            if (f1 > best) if f1 is not None else (epoch == epochs):
                best, best_epoch = f1 or 0.0, epoch
                kept = _recogniser(nlp).model.to_bytes()
        watch(epoch, epochs, losses[_NAME] / len(rows), f1)
        if f1 is not None and epoch - best_epoch >= patience:
            break
    _recogniser(nlp).model.from_bytes(kept)


def _more_passes(examples: Sequence[Example], params: SpacyParams) -> int:
    """By how much the passes have to be multiplied, so that there are steps enough; as if steps did not grow."""
    steps = params.epochs * math.ceil(sum(map(len, examples)) / params.batch_start)
    return max(1, math.ceil(params.least_steps / steps))


def weights(nlp: Language) -> int:
    """Count the weights that training sets.

    Args:
        nlp: A trained pipeline.

    Returns:
        Their number.
    """
    nodes = list(_recogniser(nlp).model.walk())
    return sum(node.get_param(name).size for node in nodes for name in node.param_names if node.has_param(name))
