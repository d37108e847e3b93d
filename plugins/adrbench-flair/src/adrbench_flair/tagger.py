"""The tagger: from documents to spans by way of flair."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import flair
import torch
from flair.data import Dictionary, Sentence
from flair.models import SequenceTagger

from adrbench.api import Annotated, Context, Document, Facts, Span, Unavailable, chunks, decode, encode, tag_set
from adrbench_flair import embeddings
from adrbench_flair.pieces import cut, mentions, spelt
from adrbench_flair.plugin import Params
from adrbench_flair.training import train as train_model

_TYPE = "ner"
_HOLDOUT = 0.1
_PREDICT_BATCH = 32

# flair logs to standard output, which belongs to whoever runs the tagger.
logging.getLogger("flair").setLevel(logging.CRITICAL)


def _words(document: Document) -> list[str]:
    return [spelt(word) for word in document.words()]


def _annotated(annotated: Annotated) -> list[Sentence]:
    """A document as sentences with labelled spans."""
    words, tags = _words(annotated.document), encode(annotated.document.tokens, annotated.spans, "BIOES")
    sentences = []
    for start, end in cut(words):
        sentence = Sentence(words[start:end])
        for first, last, label in mentions(tags[start:end]):
            sentence[first:last].add_label(_TYPE, label)
        sentences.append(sentence)
    return sentences


class FlairTagger:
    """flair's SequenceTagger (Akbik, Blythe and Vollgraf 2018).

    A span's score is the minimum of the confidences that flair has in its words' tags. Without a CRF such a confidence
    is the probability of the tag. With one it is flair's softmax over the scores of the best paths up to the word,
    which disregards what follows.

    Without any mention in the training part there is nothing to learn, and it predicts none.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: Params) -> None:
        self.params = params
        self.tags: list[str] = []
        self.scores = False
        self.model: SequenceTagger | None = None

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Train on all but a tenth, and keep the pass that was best on that.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: The device is missing, or flair cannot get the embeddings.
        """
        if context.device.startswith("cuda") and not torch.cuda.is_available():
            raise Unavailable(f"no CUDA device for {context.device!r}")
        flair.device = torch.device(context.device)
        # Its matrices are small, and most time is Python's: a second thread waits, and costs as if it worked.
        torch.set_num_threads(1)
        flair.set_seed(context.seed)
        self.tags, self.scores, self.model = tag_set(context.labels, "BIOES"), context.scores, None
        kept, held = ([s for a in part for s in _annotated(a)] for part in context.holdout(train, _HOLDOUT))
        if not any(sentence.get_spans(_TYPE) for sentence in kept):
            return
        context.progress(0, self.params.epochs, "embeddings")
        labels = Dictionary(add_unk=False)
        labels.span_labels = True
        for label in context.labels:
            labels.add_item(label)
        self.model = SequenceTagger(
            embeddings.build(
                self.params,
                [_words(a.document) for a in train],
                [_words(d) for d in context.unlabelled],
                context.seed,
            ),
            labels,
            _TYPE,
            hidden_size=self.params.hidden,
            use_crf=self.params.crf,
            locked_dropout=self.params.dropout,
        )
        train_model(self.model, kept, held, self.params, context)

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.
        """
        tags = [["O"] * len(document.tokens) for document in documents]
        sure = [[1.0] * len(document.tokens) for document in documents]
        if self.model is None:
            return [[] for _ in documents]
        pieces = [
            (number, start, Sentence(words[start:end]))
            for number, words in enumerate(map(_words, documents))
            for start, end in cut(words)
        ]
        pieces.sort(key=lambda piece: len(piece[2]))
        # flair itself would go over all sentences after each batch.
        for i in range(0, len(pieces), _PREDICT_BATCH):
            batch = pieces[i : i + _PREDICT_BATCH]
            self.model.predict([s for *_, s in batch], _PREDICT_BATCH, force_token_predictions=True)
            for number, start, sentence in batch:
                labels = [token.get_label(_TYPE, "O") for token in sentence]
                end = start + len(labels)
                tags[number][start:end] = [label.value if label.value in self.tags else "O" for label in labels]
                sure[number][start:end] = [label.score for label in labels]
        return [self._spans(*one) for one in zip(documents, tags, sure, strict=True)]

    def _spans(self, document: Document, tags: Sequence[str], sure: Sequence[float]) -> list[Span]:
        spans = decode(document.tokens, tags)
        if not self.scores:
            return spans
        # Sums of rounded numbers can exceed 1 by a hair.
        scores = (min(1.0, *sure[first : last + 1]) for first, last, _ in chunks(tags))
        return [dataclasses.replace(span, score=score) for span, score in zip(spans, scores, strict=True)]

    def facts(self) -> Facts:
        """Count the trained weights.

        Returns:
            ``parameters``, a number.
        """
        weights = self.model.parameters() if self.model else ()
        return {"parameters": sum(p.numel() for p in weights if p.requires_grad)}

    def save(self, folder: Path) -> None:
        """Write ``tagger.json`` and, if there is a model, ``tagger.pt`` in flair's own form.

        Args:
            folder: A folder, made if it does not exist.
        """
        folder.mkdir(parents=True, exist_ok=True)
        facts = {
            "params": dataclasses.asdict(self.params),
            "tags": self.tags,
            "scores": self.scores,
            "model": self.model is not None,
        }
        (folder / "tagger.json").write_text(json.dumps(facts), encoding="utf-8")
        if self.model is not None:
            # It would name folders of this machine.
            self.model.model_card = None
            self.model.save(folder / "tagger.pt")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a tagger that ``save`` wrote. Its model is unpickled, which can run code: the folder must be trusted.

        Args:
            folder: The folder.

        Returns:
            The tagger, on the CPU, which can predict.
        """
        facts = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
        tagger = cls(Params(**{**facts["params"], "embeddings": tuple(facts["params"]["embeddings"])}))
        tagger.tags, tagger.scores = facts["tags"], facts.get("scores", False)
        if facts["model"]:
            flair.device = torch.device("cpu")
            tagger.model = SequenceTagger.load(folder / "tagger.pt")
        return tagger
