"""The tagger: from documents to spans by way of a spaCy pipeline."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import spacy
from spacy.language import Language
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adrbench.api import Annotated, Context, Document, Facts, Span
from adrbench_spacy import training
from adrbench_spacy.documents import as_doc, as_example, spans_of, visible
from adrbench_spacy.plugin import SpacyParams

_STATE, _PIPELINE = "spacy.json", "pipeline"


class SpacyTagger:
    """Builds the mentions of a text word by word, a transition at a time (Honnibal et al., spaCy 3).

    Without any mention in the training part there is nothing to learn, and it predicts none. Spans have no score: the
    parser chooses one action after the other and gives no probability of a span.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: SpacyParams) -> None:
        self.params = params
        self._nlp: Language | None = None

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Train a new pipeline.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: spaCy does not know the language, or lacks a library for it.
        """
        params = self.params
        self._nlp = None
        kept, held = context.holdout(train, params.holdout) if params.patience else (train, [])
        kept, held = _usable(kept, context.labels), _usable(held, context.labels)
        nlp = training.pipeline(params, context.labels)
        examples = [as_example(nlp.vocab, a) for a in kept]
        if not any(example.reference.ents for example in examples):
            return

        def quality() -> float:
            predicted = _predict(nlp, [a.document for a in held])
            return _f1([a.spans for a in held], predicted)

        def watch(epoch: int, epochs: int, loss: float, f1: float | None) -> None:
            note = f"loss {loss:.2f}" if f1 is None else f"loss {loss:.2f}, F1 {100 * f1:.1f}"
            context.progress(epoch, epochs, note)
            if f1 is not None:
                context.report(epoch, f1)

        with threadpool_limits(context.threads):
            training.train(nlp, examples, params, context.seed, quality if held else None, watch)
        self._nlp = nlp

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.
        """
        return _predict(self._nlp, documents) if self._nlp else [[] for _ in documents]

    def facts(self) -> Facts:
        """Count the trained weights.

        Returns:
            ``parameters``, a number.
        """
        return {"parameters": training.weights(self._nlp) if self._nlp else 0}

    def save(self, folder: Path) -> None:
        """Write the parameters as JSON, and the pipeline in spaCy's form.

        ``spacy.load`` reads the folder ``pipeline`` inside.

        Args:
            folder: An existing folder.
        """
        (folder / _STATE).write_text(json.dumps(dataclasses.asdict(self.params)), encoding="utf-8")
        if self._nlp:
            self._nlp.to_disk(folder / _PIPELINE)

    @classmethod
    def load(cls, folder: Path) -> SpacyTagger:
        """Read a tagger that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, which can predict.
        """
        tagger = cls(SpacyParams(**json.loads((folder / _STATE).read_text(encoding="utf-8"))))
        if (folder / _PIPELINE).exists():
            tagger._nlp = spacy.load(folder / _PIPELINE)
        return tagger


def _usable(annotated: Sequence[Annotated], labels: Sequence[str]) -> list[Annotated]:
    """Documents with words, and of their spans those with a label that is asked for."""
    return [
        Annotated(a.document, tuple(span for span in a.spans if span.label in labels))
        for a in annotated
        if visible(a.document)
    ]


def _predict(nlp: Language, documents: Sequence[Document]) -> list[list[Span]]:
    docs = nlp.pipe(as_doc(nlp.vocab, document) for document in documents)
    return [spans_of(document, doc) for document, doc in zip(documents, docs, strict=True)]


def _f1(gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]) -> float:
    """Exact-match F1 over documents; 1 where there is nothing to find and nothing found."""
    both = sum(len(set(g) & set(p)) for g, p in zip(gold, predicted, strict=True))
    total = sum(map(len, gold)) + sum(map(len, predicted))
    return 2 * both / total if total else 1.0
