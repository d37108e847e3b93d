"""flair's own training, told to the cell epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flair.data import Corpus, Sentence
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer
from flair.trainers.plugins import TrainerPlugin

from adrbench.api import Context
from adrbench_flair.plugin import Params


class _Voice(TrainerPlugin):  # type: ignore[misc]
    """Says how far training is, and how good on the holdout, if there is one."""

    def __init__(self, context: Context, epochs: int, held: Sequence[Sentence]) -> None:
        super().__init__()
        self._context, self._epochs, self._held = context, epochs, held

    @TrainerPlugin.hook  # type: ignore[untyped-decorator]
    def after_evaluation(self, epoch: int, validation_scores: tuple[float, ...], **_: Any) -> None:
        """An epoch is over."""
        # flair keeps embeddings whose vectors have no gradient, and judged without gradients none has: it would judge
        # all later epochs by the word vectors of the first one.
        for sentence in self._held:
            sentence.clear_embeddings()
        score = validation_scores[0]
        note = f"F1 {score:.3f}" if self._held else f"loss {score:.4f}"
        self._context.progress(epoch, self._epochs, f"epoch {epoch}: {note}")
        if self._held:
            self._context.report(epoch, score)


def train(
    model: SequenceTagger, kept: Sequence[Sentence], held: Sequence[Sentence], params: Params, context: Context
) -> None:
    """Train as flair does: SGD with a learning rate that is halved when the score stops improving.

    Args:
        model: The model, trained in place.
        kept: The training sentences.
        held: The sentences of the holdout, whose F1 decides, and whose best pass is kept. Without any, the training
            loss decides, and the last pass is kept.
        params: The parameters, checked.
        context: The conditions of the cell.
    """
    context.progress(0, params.epochs, "training")
    corpus: Corpus[Sentence] = Corpus(list(kept), list(held) or None, sample_missing_splits=False)
    ModelTrainer(model, corpus).train(
        context.scratch / "flair",
        learning_rate=params.learning_rate,
        mini_batch_size=params.batch_size,
        max_epochs=params.epochs,
        train_with_dev=not held,
        save_final_model=False,
        create_file_logs=False,
        create_loss_file=False,
        plugins=[_Voice(context, params.epochs, held)],
    )
    model.eval()
