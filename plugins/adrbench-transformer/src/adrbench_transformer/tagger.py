"""The tagger itself: words in, spans out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from adrbench.api import Annotated, Context, Document, Span, decode, encode, tag_set
from adrbench_transformer.batches import Example, budgeted, collate, examples
from adrbench_transformer.checkpoints import fetch, load_model, load_tokenizer, positions
from adrbench_transformer.decoding import Grammar, Scores
from adrbench_transformer.plugin import TransformerParams
from adrbench_transformer.presets import recipe
from adrbench_transformer.subwords import Subwords
from adrbench_transformer.training import fine_tune, first_logits

# Subwords, padding included, in a batch of prediction: enough to keep the device busy, few enough for its memory.
_BUDGET = {"cpu": 2048, "cuda": 32768}


class TransformerTagger:
    """A Hugging Face token classifier, fine-tuned in full on the first subword of each word."""

    def __init__(self, params: TransformerParams) -> None:
        self._params = params
        self._device = "cpu"
        self._model: Any = None

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Fine-tune the checkpoint on annotated documents.

        Raises ``adrbench.api.Unavailable`` if its weights cannot be had, ``ValueError`` if there is no word to learn
        from, and ``FloatingPointError`` if the loss is no longer a number.
        """
        folder = fetch(self._params, offline=context.offline)
        torch.set_num_threads(context.threads)
        # Moments of embeddings that no batch touches decay into subnormal numbers, on which a CPU is very slow.
        torch.set_flush_denormal(True)
        torch.manual_seed(context.seed)
        self._device = context.device
        self._place(load_tokenizer(folder), tag_set(context.labels, self._params.scheme), folder)
        found = self._examples([annotated.document for annotated in train])
        if not found:
            raise ValueError("no training document has a word that the model's tokenizer knows how to read")
        gold = [self._numbers(annotated, context.labels) for annotated in train]
        self._model = fine_tune(
            self._model,
            found,
            gold,
            self._frame,
            recipe(self._params),
            device=self._device,
            seed=context.seed,
            progress=context.progress,
        )

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Spans of each document. Documents of any length are tagged whole, in overlapping windows."""
        scores = self._scores(documents)
        found: list[list[Span]] = []
        for document, rows in zip(documents, scores, strict=True):
            numbers = self._grammar.best(rows) if self._params.constrained else rows.argmax(axis=1)
            found.append(decode(document.tokens, [self._tags[i] for i in numbers]))
        return found

    def facts(self) -> Mapping[str, int]:
        """Return the number of the model's parameters."""
        return {"parameters": sum(weight.numel() for weight in self._model.parameters())}

    def save(self, folder: Path) -> None:
        """Write the model (safetensors), its tokenizer and our parameters into ``folder``."""
        self._model.save_pretrained(folder / "checkpoint", safe_serialization=True)
        self._frame.tokenizer.save_pretrained(folder / "checkpoint")
        state = {"params": dataclasses.asdict(self._params), "tags": self._tags}
        (folder / "tagger.json").write_text(json.dumps(state, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote. The tagger runs on the CPU."""
        state = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
        checkpoint = folder.absolute() / "checkpoint"
        # What was fine-tuned may be gone; a loaded tagger's checkpoint is its own.
        tagger = cls(TransformerParams(**{**state["params"], "model": str(checkpoint), "revision": None}))
        tagger._place(load_tokenizer(checkpoint), state["tags"], checkpoint)
        return tagger

    def _numbers(self, annotated: Annotated, labels: Sequence[str]) -> list[int]:
        spans = [span for span in annotated.spans if span.label in labels]
        return [self._tags.index(tag) for tag in encode(annotated.document.tokens, spans, self._params.scheme)]

    def _place(self, tokenizer: Any, tags: Sequence[str], folder: Path) -> None:
        self._tags = list(tags)
        self._grammar = Grammar(tags)
        self._frame = Subwords(tokenizer)
        self._model = load_model(folder, tags)
        self._length = min(self._params.max_length, positions(self._model, tokenizer))

    def _examples(self, documents: Sequence[Document]) -> list[Example]:
        split = self._frame.split([document.words() for document in documents])
        return [
            example
            for i, pieces in enumerate(split)
            for example in examples(i, pieces, self._frame, self._length, self._params.overlap)
        ]

    def _scores(self, documents: Sequence[Document]) -> list[Scores]:
        """Log-probabilities of the tags, words x tags, of each document; a word without subwords is surely ``O``."""
        rows = [np.full((len(document.tokens), len(self._tags)), -np.inf, dtype=np.float32) for document in documents]
        for scores in rows:
            scores[:, self._tags.index("O")] = 0.0
        found = self._examples(documents)
        self._model.to(self._device).eval()
        with torch.inference_mode():
            for chosen in budgeted([example.length for example in found], _BUDGET[self._device.partition(":")[0]]):
                batch = collate([found[i] for i in chosen], self._frame, self._device)
                with torch.autocast("cuda", torch.bfloat16, enabled=self._device.startswith("cuda")):
                    logits = first_logits(self._model, batch.ids, batch.attention, batch.firsts)
                tagged = iter(logits.log_softmax(dim=-1).cpu().numpy())
                for i in chosen:
                    for _, word in found[i].places:
                        rows[found[i].document][word] = next(tagged)
        return rows
