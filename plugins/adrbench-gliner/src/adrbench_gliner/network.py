"""The model of ``gliner2``: words and labels in, a logit for each label and stretch of words out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from gliner2 import Schema, SpanExtractor
from torch import Tensor

from adrbench.api import Unavailable
from adrbench_gliner.files import safe

# A longer word is read by its beginning: a window must hold it.
_LETTERS = 48
_KNOWN = "A patient took aspirin for headache and developed severe nausea after two days ."
_KNOWN_LABELS = ("drug", "symptom")
# Logits of a trained model span several units; those of layers that were never trained, a fraction of one.
_SPREAD = 1.0


class UniformScoresError(RuntimeError):
    """The model gives all stretches of a sentence the same score."""


class Network:
    """A GLiNER2 model of the span architecture.

    The words are those of adrbench, so that no mention is lost to another splitting.

    Args:
        folder: The checkpoint.
        device: ``"cpu"`` or a CUDA device.

    Raises:
        Unavailable: The checkpoint is not whole, brings code, or cannot be read.
    """

    def __init__(self, folder: Path, device: str) -> None:
        safe(folder)
        try:
            self.model: Any = SpanExtractor.from_pretrained(str(folder), word_splitter=_spaces)
        except Exception as error:  # what is wrong with its files shows in many libraries' ways
            raise Unavailable(f"{folder}: the checkpoint cannot be read: {error}") from error
        self.model.to(device).eval()
        self.width: int = self.model.max_width

    def sizes(self, words: Sequence[str]) -> list[int]:
        """Count the subwords of each word.

        Args:
            words: The words.

        Returns:
            A number a word.
        """
        tokenize = self.model.processor.tokenizer.tokenize
        return [len(tokenize(_seen(word).lower())) for word in words]

    def room(self, schema: Any) -> int:
        """Count the subwords that fit into a window beside the labels.

        Args:
            schema: The labels, as ``schema`` makes them.

        Returns:
            The number.

        Raises:
            ValueError: Labels and descriptions leave no room for a text.
        """
        positions = int(getattr(self.model.encoder.config, "max_position_embeddings", 0) or 512)
        # The full stop at the end of a text that has none is a word too.
        room = positions - int(self._batch([["."]], schema).input_ids.shape[1]) - 1
        if room < 2 * _LETTERS:
            raise ValueError(
                f"labels: names and descriptions leave {max(room, 0)} of {positions} subwords for the text; "
                "shorten the descriptions"
            )
        return room

    def logits(self, texts: Sequence[Sequence[str]], schema: Any) -> list[Tensor]:
        """Score each stretch of words for each label.

        Args:
            texts: The words of each window.
            schema: The labels, as ``schema`` makes them.

        Returns:
            For each window an array labels x words x widths. The last index 0 is one word.
        """
        batch = self._batch(texts, schema).to(self.model.device)
        tokens, schemas = self.model.processor.extract_embeddings_from_batch(
            self.model.encode_tokens(batch), batch.input_ids, batch
        )
        # The library asks a head that entities do not train whether a text has any mention. Here scores alone decide.
        queries = [self.model.count_embed(torch.stack(of_text[0])[1:], 1)[0] for of_text in schemas]
        scored = self.model.compute_span_scores_batched(tokens, queries, mask_invalid=False)
        return [of_text[:, : len(words)] for of_text, words in zip(scored, texts, strict=True)]

    def loss(self, logits: Tensor, gold: Sequence[Sequence[tuple[int, int]]]) -> Tensor:
        """Compute the loss of a window, the library's own.

        Args:
            logits: As ``logits`` gives them.
            gold: For each label its mentions: the first and the last word.

        Returns:
            A number: binary cross-entropy, summed.
        """
        loss: Tensor = self.model.compute_struct_loss_from_scores(logits[None], [1, [list(map(list, gold))]])
        return loss

    def check(self) -> None:
        """Score a known sentence, to see that the model tells stretches of words apart.

        Raises:
            UniformScoresError: It does not, or its scores are no numbers.
        """
        words = _KNOWN.split()
        with torch.inference_mode():
            [scored] = self.logits([words], schema(_KNOWN_LABELS, {}))
        values = scored[valid(scored)]
        spread = float(values.max() - values.min())
        if not math.isfinite(spread) or spread < _SPREAD:
            raise UniformScoresError(
                f"the scores of a known sentence are all alike (logits differ by {spread:.2f} at most): the weights "
                "were not read, were never trained, or this version of gliner2 or transformers does not fit them"
            )

    def _batch(self, texts: Sequence[Sequence[str]], schema: Any) -> Any:
        pairs = [(_joined(words), schema) for words in texts]
        return self.model.processor.collate_fn_inference(pairs, error_policy="raise")


def schema(labels: Sequence[str], descriptions: dict[str, str]) -> Any:
    """Make the part of the input that names the labels.

    Args:
        labels: The labels.
        descriptions: Descriptions by label; a label may have none.

    Returns:
        The schema of ``gliner2``.
    """
    return Schema().entities({label: descriptions.get(label, "") for label in labels})


def valid(logits: Tensor) -> Tensor:
    """Mark the stretches that end inside the text.

    Args:
        logits: An array labels x words x widths.

    Returns:
        An array of the same shape, of truth values.
    """
    words, widths = logits.shape[1:]
    starts = torch.arange(words, device=logits.device)[:, None]
    ends = starts + torch.arange(widths, device=logits.device)
    return (ends < words).expand_as(logits)


def _seen(word: str) -> str:
    return "".join(word.split())[:_LETTERS] or "?"


def _joined(words: Sequence[str]) -> str:
    text = " ".join(map(_seen, words))
    # The library would glue a full stop to the last word.
    return text if text.endswith((".", "!", "?")) else f"{text} ."


def _spaces(text: str, lower: bool = True) -> Iterator[tuple[str, int, int]]:
    at = 0
    for word in text.split(" "):
        yield (word.lower() if lower else word), at, at + len(word)
        at += len(word) + 1
