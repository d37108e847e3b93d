"""The tagger: words in, scored stretches of words, spans out."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import torch

from adrbench.api import Annotated, Context, Document, Span
from adrbench_gliner.candidates import FLOOR, choose, flat
from adrbench_gliner.files import safe
from adrbench_gliner.network import Network, schema, valid
from adrbench_gliner.params import GlinerParams
from adrbench_gliner.windows import windows
from adrbench_transformer.checkpoints import fetch

_STATE, _CHECKPOINT = "tagger.json", "checkpoint"
_WARM_UP = 0.1
_CLIP = 1.0


@dataclass(frozen=True)
class _Window:
    document: int
    first: int
    words: tuple[str, ...]


class GlinerTagger:
    """GLiNER2, zero-shot or fine-tuned on the training part.

    A span's score is the sigmoid of its logit.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: GlinerParams) -> None:
        self._params = params
        self._network: Network | None = None
        self._labels: tuple[str, ...] = ()
        self._schema: Any = None
        self._thresholds: Mapping[str, float] = {}
        self._scores = False
        self._too_long = 0

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Load the checkpoint, train it if ``epochs`` says so, and choose thresholds on held-out training text.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: The checkpoint cannot be had, or may not be read.
            ValueError: A label that has a description is misspelt, or descriptions are too long.
            FloatingPointError: The loss is no longer a number.
        """
        params = self._params
        descriptions = _descriptions(params.labels, context.labels)
        torch.set_num_threads(context.threads)
        torch.manual_seed(context.seed)
        self._network = Network(_folder(params, offline=context.offline), context.device)
        self._labels, self._scores = context.labels, context.scores
        self._schema = schema(context.labels, descriptions)
        chosen = params.threshold == "held-out"
        kept, held = context.holdout(train, params.holdout) if chosen else (train, ())
        self._too_long = sum(last - first >= self._network.width for a in train for _, first, last in self._mentions(a))
        if params.epochs:
            self._train(kept, context)
        documents = [annotated.document for annotated in held]
        self._thresholds = (
            choose(held, self._candidates(documents), self._labels)
            if params.threshold == "held-out"
            else dict.fromkeys(self._labels, params.threshold)
        )

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents. Long documents are tagged whole, in overlapping windows.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order.

        Raises:
            UniformScoresError: The model gives every stretch of a known sentence the same score.
        """
        self._fitted.check()
        found = [flat(candidates, self._thresholds) for candidates in self._candidates(documents)]
        if self._scores:
            return found
        return [[dataclasses.replace(span, score=None) for span in spans] for spans in found]

    def facts(self) -> Mapping[str, int]:
        """Count the model's parameters, and tell its thresholds.

        Returns:
            ``parameters``; ``too_long``, the training mentions with more words than the model's stretches; and
            ``threshold_LABEL``, the threshold in percent.
        """
        parameters = sum(weight.numel() for weight in self._fitted.model.parameters())
        thresholds = {f"threshold_{label}": round(100 * value) for label, value in self._thresholds.items()}
        return {"parameters": parameters, "too_long": self._too_long, **thresholds}

    def save(self, folder: Path) -> None:
        """Write the model (safetensors), its tokenizer, the labels and the thresholds.

        Args:
            folder: An existing folder.
        """
        self._fitted.model.save_pretrained(str(folder / _CHECKPOINT))
        state = {
            "labels": self._labels,
            "descriptions": dict(self._params.labels),
            "thresholds": dict(self._thresholds),
            "window": self._params.window,
            "batch_size": self._params.batch_size,
            "scores": self._scores,
        }
        (folder / _STATE).write_text(json.dumps(state, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a tagger that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, on the CPU, which can predict.

        Raises:
            Unavailable: The saved checkpoint is damaged, or brings code.
        """
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        checkpoint = folder.absolute() / _CHECKPOINT
        params = GlinerParams(
            model=str(checkpoint),
            labels=state["descriptions"],
            window=state["window"],
            batch_size=state["batch_size"],
        )
        tagger = cls(params)
        tagger._network = Network(checkpoint, "cpu")
        tagger._labels, tagger._scores = tuple(state["labels"]), state["scores"]
        tagger._schema = schema(tagger._labels, _descriptions(params.labels, tagger._labels))
        tagger._thresholds = state["thresholds"]
        return tagger

    @property
    def _fitted(self) -> Network:
        if self._network is None:
            raise RuntimeError("the tagger is not fitted")
        return self._network

    def _windows(self, documents: Sequence[Document]) -> list[_Window]:
        network = self._fitted
        room = network.room(self._schema)
        found = []
        for number, document in enumerate(documents):
            words = document.words()
            cut = windows(network.sizes(words), self._params.window, room, network.width - 1)
            found += [_Window(number, part.start, tuple(words[part.start : part.stop])) for part in cut]
        return found

    def _candidates(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Spans with their scores, for each document; of a stretch in two windows the higher score counts."""
        network = self._fitted
        found: list[dict[tuple[int, int, str], float]] = [{} for _ in documents]
        # Windows of like length share a batch.
        ordered = sorted(self._windows(documents), key=lambda window: len(window.words))
        network.model.eval()
        with torch.inference_mode():
            for batch in _batches(ordered, self._params.batch_size):
                logits = network.logits([window.words for window in batch], self._schema)
                for window, scored in zip(batch, logits, strict=True):
                    scores = scored.float().sigmoid()
                    tokens = documents[window.document].tokens
                    for label, start, width in ((scores >= FLOOR) & valid(scores)).nonzero().tolist():
                        first, last = window.first + start, window.first + start + width
                        key = (tokens[first][0], tokens[last][1], self._labels[label])
                        score = float(scores[label, start, width])
                        of_document = found[window.document]
                        of_document[key] = max(score, of_document.get(key, 0.0))
        return [[Span(*key, score=score) for key, score in of_document.items()] for of_document in found]

    def _train(self, train: Sequence[Annotated], context: Context) -> None:
        """Train all weights: AdamW, with warm-up and linear decay."""
        params, network = self._params, self._fitted
        gold = [self._mentions(annotated) for annotated in train]
        found = self._windows([annotated.document for annotated in train])
        encoder = {id(weight) for weight in network.model.encoder.parameters()}
        weights = [weight for weight in network.model.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(
            [
                {"params": [w for w in weights if id(w) in encoder], "lr": params.learning_rate},
                {"params": [w for w in weights if id(w) not in encoder], "lr": params.head_learning_rate},
            ],
            weight_decay=0.01,
        )
        steps = params.epochs * math.ceil(len(found) / params.batch_size)
        warm = max(1, round(_WARM_UP * steps))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm))
        )
        rng = random.Random(context.seed)
        step = 0
        network.model.train()
        for epoch in range(1, params.epochs + 1):
            rng.shuffle(found)
            for batch in _batches(found, params.batch_size):
                logits = network.logits([window.words for window in batch], self._schema)
                losses = [
                    network.loss(scored, self._inside(window, gold[window.document]))
                    for window, scored in zip(batch, logits, strict=True)
                ]
                loss = torch.stack(losses).mean()
                if not math.isfinite(loss.item()):
                    raise FloatingPointError(
                        f"the loss became {loss.item()} at step {step + 1} of {steps}: lower learning_rate "
                        f"(it is {params.learning_rate}) or head_learning_rate (it is {params.head_learning_rate})"
                    )
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(weights, _CLIP)
                optimizer.step()
                schedule.step()
                step += 1
                context.progress(step, steps, f"epoch {epoch} of {params.epochs}")
        network.model.eval()

    def _mentions(self, annotated: Annotated) -> list[tuple[int, int, int]]:
        """Gold as label, first and last word: the words that a span touches."""
        mentions = []
        for span in annotated.spans:
            touched = [
                number
                for number, (start, end) in enumerate(annotated.document.tokens)
                if start < span.end and span.start < end
            ]
            if touched and span.label in self._labels:
                mentions.append((self._labels.index(span.label), touched[0], touched[-1]))
        return mentions

    def _inside(self, window: _Window, mentions: Sequence[tuple[int, int, int]]) -> list[list[tuple[int, int]]]:
        """The mentions that lie whole in a window, for each label."""
        inside: list[list[tuple[int, int]]] = [[] for _ in self._labels]
        for label, first, last in mentions:
            if window.first <= first and last < window.first + len(window.words):
                inside[label].append((first - window.first, last - window.first))
        return inside


def _folder(params: GlinerParams, *, offline: bool) -> Path:
    # It reads the name and the revision only, as ``weights.Checkpoint`` has them.
    folder = fetch(cast("Any", params), offline=offline)
    safe(folder)
    return folder


def _batches(found: Sequence[_Window], size: int) -> list[Sequence[_Window]]:
    return [found[at : at + size] for at in range(0, len(found), size)]


def _descriptions(described: Mapping[str, str], labels: Sequence[str]) -> dict[str, str]:
    """The descriptions of these labels. A name that looks like a label that has none is taken for a slip."""
    without = [label for label in labels if label not in described]
    for name in described:
        near = difflib.get_close_matches(name, without, n=1) if name not in labels else []
        if near:
            raise ValueError(f"labels: there is no label {name!r}; did you mean {near[0]!r}?")
    return {label: described[label] for label in labels if label in described}
