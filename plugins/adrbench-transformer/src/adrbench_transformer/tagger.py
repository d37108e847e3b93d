"""The tagger itself: words in, spans out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from adrbench.api import Annotated, Context, Document, Span, chunks, decode, encode, tag_set
from adrbench_transformer.batches import Example, budgeted, collate, examples
from adrbench_transformer.checkpoints import causal, fetch, lift, load_model, load_tokenizer, positions
from adrbench_transformer.decoding import Grammar, Scores
from adrbench_transformer.early import micro_f1
from adrbench_transformer.head import Chain, Network
from adrbench_transformer.machine import advice, computing, half
from adrbench_transformer.params import TransformerParams, recipe
from adrbench_transformer.subwords import Subwords
from adrbench_transformer.training import Conditions, autocast, fine_tune

# Subwords, padding included, in a batch of prediction: enough to keep the device busy, few enough for its memory.
_BUDGET = {"cpu": 2048, "cuda": 32768}
_CHAIN = "crf.safetensors"
# Parameters that a fitted tagger still needs.
_READING = ("bidirectional", "max_length", "overlap", "constrained", "precision")


class TransformerTagger:
    """A Hugging Face token classifier, fine-tuned in full.

    It labels a word at its first subword. Causal models label a word at its last subword.

    A span's score is its probability: the summed probability of all tag sequences of the document from which this very
    span is read, whatever the other words' tags are. With a CRF head these are the sequences of the CRF. With a linear
    head words are independent. Where decoding is constrained, only sequences that the scheme allows count.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: TransformerParams) -> None:
        self._params = params
        self._recipe = recipe(params)
        self._device = "cpu"
        self._model: Any = None
        self._chain: Chain | None = None
        self._best = 0
        self._scores_wanted = False

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Fine-tune the checkpoint on annotated documents.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: Its weights cannot be had.
            ValueError: No training document has a word that the tokenizer can read.
            FloatingPointError: The loss is no longer a number.
            MemoryError: With advice on which parameter to lower.
        """
        folder = fetch(self._params, offline=context.offline)
        torch.set_num_threads(context.threads)
        # Moments of embeddings that no batch touches decay into subnormal numbers, on which a CPU is very slow.
        torch.set_flush_denormal(True)
        torch.manual_seed(context.seed)
        self._device = context.device
        self._scores_wanted = context.scores
        how = self._recipe
        self._place(folder, tag_set(context.labels, how.scheme))
        kept, held = context.holdout(train, how.holdout) if how.holdout else (train, context.development)
        found = self._examples([annotated.document for annotated in kept])
        if not found:
            raise ValueError("no training document has a word that the model's tokenizer can read")
        bfloat16 = half(self._params.precision, self._device)
        conditions = Conditions(
            device=self._device,
            seed=context.seed,
            progress=context.progress,
            half=bfloat16,
            rounded=self._length if bfloat16 else 0,
            judge=self._judge(held if how.holdout or context.has_listener else [], context),
        )
        network = Network(self._model, self._chain)
        gold = self._gold(kept, found, context.labels)
        size = "batch_subwords" if how.batch_subwords else "batch_size"
        with advice(
            f"lower {size} (it is {getattr(how, size)}) or max_length (it is {self._length}); "
            "accumulation makes up for smaller batches"
        ):
            network, self._best = fine_tune(network, found, gold, self._frame, how, conditions)
        self._model, self._chain = network.classifier, network.chain

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents. Long documents are tagged whole, in overlapping windows.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order.

        Raises:
            MemoryError: With advice on which parameter to lower.
        """
        with advice(f"lower max_length (it is {self._length})"):
            network = Network(self._model, self._chain)
            return self._tagged(network, documents, self._examples(documents), scores=self._scores_wanted)

    def facts(self) -> Mapping[str, int]:
        """Count the model's parameters, and tell what it computes with.

        Returns:
            ``parameters``, a number; ``bfloat16`` and ``kernel_NAME`` (see ``machine.computing``). With a holdout also
            ``best_epoch``, the number of the epoch whose weights were kept.
        """
        parameters = sum(weight.numel() for weight in Network(self._model, self._chain).parameters())
        return {
            "parameters": parameters,
            **computing(self._params.precision, self._device),
            **({"best_epoch": self._best} if self._recipe.holdout else {}),
        }

    def save(self, folder: Path) -> None:
        """Write the model (safetensors), its tokenizer and the parameters.

        Args:
            folder: An existing folder.
        """
        self._model.save_pretrained(folder / "checkpoint", safe_serialization=True)
        self._frame.tokenizer.save_pretrained(folder / "checkpoint")
        if self._chain is not None:
            save_file(self._chain.state_dict(), folder / _CHAIN)
        chosen = {"scheme": self._recipe.scheme, "head": self._recipe.head}
        state = {
            "params": dataclasses.asdict(self._params),
            "recipe": chosen,
            "tags": self._tags,
            "scores": self._scores_wanted,
        }
        (folder / "tagger.json").write_text(json.dumps(state, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a tagger that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, on the CPU, which can predict.

        Raises:
            Unavailable: The saved checkpoint is damaged.
        """
        state = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
        checkpoint = folder.absolute() / "checkpoint"
        # What was fine-tuned may be gone; a loaded tagger's checkpoint is its own, and its training is over.
        kept = {name: state["params"][name] for name in _READING}
        tagger = cls(TransformerParams(model=str(checkpoint), **state["recipe"], **kept))
        tagger._scores_wanted = state.get("scores", False)
        tagger._place(checkpoint, state["tags"])
        if tagger._chain is not None:
            tagger._chain.load_state_dict(load_file(folder / _CHAIN))
        return tagger

    def _gold(self, train: Sequence[Annotated], found: Sequence[Example], labels: Sequence[str]) -> list[list[int]]:
        """Tag numbers of the words of each document."""
        gold = []
        for annotated in train:
            spans = [span for span in annotated.spans if span.label in labels]
            tags = encode(annotated.document.tokens, spans, self._recipe.scheme)
            gold.append([self._tags.index(tag) for tag in tags])
        if self._chain is None:
            return gold
        seen: list[set[int]] = [set() for _ in train]
        for example in found:
            seen[example.document].update(word for _, word in example.places)
        return [self._grammar.legal(tags, words) for tags, words in zip(gold, seen, strict=True)]

    def _judge(self, held: Sequence[Annotated], context: Context) -> Callable[[Network, int], float | None]:
        """Return what tells, and reports, the F1 of a network on documents held out; None if there are none."""
        documents = [annotated.document for annotated in held]
        found = self._examples(documents)

        def judge(network: Network, epoch: int) -> float | None:
            if not held:
                return None
            value = micro_f1(held, self._tagged(network, documents, found), context.labels)
            context.report(epoch, value)
            return value

        return judge

    def _place(self, folder: Path, tags: Sequence[str]) -> None:
        self._tags = list(tags)
        self._grammar = Grammar(tags)
        tokenizer = load_tokenizer(folder)
        self._model = load_model(folder, tags, tokenizer)
        # With or without its mask, a causal model has learnt to know a word at its last subword.
        self._frame = Subwords(tokenizer, causal=self._params.bidirectional or causal(self._model))
        if self._params.bidirectional:
            lift(self._model)
        self._chain = Chain(tags) if self._recipe.head == "crf" else None
        self._length = min(self._params.max_length, positions(self._model, self._frame.tokenizer))

    def _examples(self, documents: Sequence[Document]) -> list[Example]:
        split = self._frame.split([document.words() for document in documents])
        return [
            example
            for i, pieces in enumerate(split)
            for example in examples(i, pieces, self._frame, self._length, self._params.overlap)
        ]

    def _tagged(
        self, network: Network, documents: Sequence[Document], found: Sequence[Example], *, scores: bool = False
    ) -> list[list[Span]]:
        """Spans of each document by its windows ``found``, with or without scores."""
        moves = network.chain.weights() if network.chain is not None else None
        tagged: list[list[Span]] = []
        for document, rows in zip(documents, self._scores(network, documents, found), strict=True):
            numbers = self._grammar.best(rows, moves) if self._params.constrained else rows.argmax(axis=1)
            tags = [self._tags[i] for i in numbers]
            spans = decode(document.tokens, tags)
            if scores:
                weights = self._grammar.weights(moves) if self._params.constrained else None
                sure = self._grammar.probabilities(rows, chunks(tags), weights)
                spans = [dataclasses.replace(span, score=score) for span, score in zip(spans, sure, strict=True)]
            tagged.append(spans)
        return tagged

    def _scores(self, network: Network, documents: Sequence[Document], found: Sequence[Example]) -> list[Scores]:
        """Log-probabilities of the tags, words x tags, of each document; a word without subwords is surely ``O``."""
        rows = [np.full((len(document.tokens), len(self._tags)), -np.inf, dtype=np.float32) for document in documents]
        for scores in rows:
            scores[:, self._tags.index("O")] = 0.0
        network.to(self._device).eval()
        bfloat16 = half(self._params.precision, self._device)
        with torch.inference_mode():
            for chosen in budgeted([example.length for example in found], _BUDGET[self._device.partition(":")[0]]):
                rounded = self._length if bfloat16 else 0
                batch = collate([found[i] for i in chosen], self._frame, self._device, rounded=rounded)
                with autocast(self._device, half=bfloat16):
                    logits = network(batch)
                tagged = iter(logits.log_softmax(dim=-1).cpu().numpy())
                for i in chosen:
                    for _, word in found[i].places:
                        rows[found[i].document][word] = next(tagged)
        return rows
