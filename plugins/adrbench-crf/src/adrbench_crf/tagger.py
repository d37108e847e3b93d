"""The CRF tagger."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Facts, Span, chunks, decode, encode
from adrbench_crf import clusters, vectors
from adrbench_crf.features import Template
from adrbench_crf.gazetteer import Gazetteer, cross_fitted, read_terms, terms_of
from adrbench_crf.model import Model, Rows
from adrbench_crf.plugin import PMI, CrfParams
from adrbench_crf.words import normal

_STATE, _MODEL = "crf.json", "model.crfsuite"


class CrfTagger:
    """Tags tokens with a linear-chain CRF (Lafferty, McCallum and Pereira, 2001) and reads spans off the tags.

    A span's score is the minimum of the marginal probabilities of its tags. It is never less than the probability of
    all of them together, which CRFsuite does not give.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: CrfParams) -> None:
        self.params = params
        self._scores = False
        self._template = Template(params, {}, {})
        self._gazetteers: list[Gazetteer] = []
        self._model: Model | None = None

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Train on the documents that have tokens.

        If no training span has a label of the cell, nothing is learnt, and no span is predicted.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: A term list is not there.
            CorpusError: A term list or the word vectors cannot be used.
        """
        params = self.params
        self._scores = context.scores
        train = [
            Annotated(a.document, tuple(s for s in a.spans if s.label in context.labels))
            for a in train
            if a.document.tokens
        ]
        self._gazetteers = [Gazetteer(read_terms(Path(name), params.list_column)) for name in params.term_lists]
        self._template = Template(params, *self._learn_contexts(train, context))
        self._model = None
        if not any(a.spans for a in train):
            return
        self._model = Model.train(
            self._sequences(train, context),
            params,
            context.scratch / _MODEL,
            lambda iteration: context.progress(iteration, params.max_iterations, "iterations"),
        )
        if params.training_gazetteer:
            self._gazetteers.append(Gazetteer(terms_of(train)))

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.
        """
        model = self._model
        if model is None:
            return [[] for _ in documents]
        return [self._spans(model, document) if document.tokens else [] for document in documents]

    def _spans(self, model: Model, document: Document) -> list[Span]:
        tags = model.tag(self._rows(document, self._gazetteers))
        spans = decode(document.tokens, tags)
        if not self._scores:
            return spans
        scores = (min(model.marginals(tags, first, last)) for first, last, _ in chunks(tags))
        return [dataclasses.replace(span, score=score) for span, score in zip(spans, scores, strict=True)]

    def facts(self) -> Facts:
        """Measure the model.

        Returns:
            ``model_bytes``, the size of CRFsuite's model file in bytes.
        """
        return {"model_bytes": len(self._model.content) if self._model else 0}

    def save(self, folder: Path) -> None:
        """Write CRFsuite's model file, and everything else as one JSON file.

        Args:
            folder: An existing folder.
        """
        state = {
            "params": dataclasses.asdict(self.params),
            "gazetteers": [sorted(gazetteer.terms) for gazetteer in self._gazetteers],
            "clusters": self._template.clusters,
            "neighbours": self._template.neighbours,
            "scores": self._scores,
        }
        (folder / _STATE).write_text(json.dumps(state), encoding="utf-8")
        if self._model:
            (folder / _MODEL).write_bytes(self._model.content)

    @classmethod
    def load(cls, folder: Path) -> CrfTagger:
        """Read a tagger that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, which can predict.
        """
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        params: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in state["params"].items()}
        tagger = cls(CrfParams(**params))
        tagger._scores = state.get("scores", False)
        tagger._template = Template(tagger.params, state["clusters"], state["neighbours"])
        tagger._gazetteers = [Gazetteer(terms) for terms in state["gazetteers"]]
        if (folder / _MODEL).exists():
            tagger._model = Model((folder / _MODEL).read_bytes(), tagger.params.outside_bias)
        return tagger

    def _learn_contexts(
        self, train: Sequence[Annotated], context: Context
    ) -> tuple[clusters.Clusters, clusters.Neighbours]:
        params = self.params
        fewest = clusters.fewest_words(params.clusters, params.neighbours)
        if fewest is None:
            return {}, {}
        context.progress(0, 1, "word contexts")
        if params.vectors == PMI:
            documents = [*(a.document for a in train), *context.unlabelled]
            sentences = [[normal(word) for word in document.words()] for document in documents]
            known = vectors.learn(sentences, context.seed, fewest=fewest)
        else:
            known = vectors.WordVectors.load(Path(params.vectors).expanduser())
        return clusters.learn(known, params.clusters, params.neighbours, context.seed)

    def _sequences(self, train: Sequence[Annotated], context: Context) -> Iterator[tuple[Rows, list[str]]]:
        """Features and tags of each training document; its own terms are in no gazetteer that looks at it."""
        parts = self.params.training_gazetteer
        own = [[gazetteer] for gazetteer in cross_fitted(train, parts, context)] if parts else [[] for _ in train]
        for a, gazetteer in zip(train, own, strict=True):
            rows = self._rows(a.document, [*self._gazetteers, *gazetteer])
            yield rows, encode(a.document.tokens, a.spans, self.params.scheme)

    def _rows(self, document: Document, gazetteers: Sequence[Gazetteer]) -> Rows:
        words = document.words()
        return self._template.features(words, [gazetteer.tags(words) for gazetteer in gazetteers])
