"""The other side of ``bilstm_crf.py``: flair's SequenceTagger, in the environment that has flair.

    python flair_epochs.py FOLDER

Reads ``job.json`` and ``vectors.npy`` there, trains, tags, and writes ``outcome.json``: seconds of training an epoch,
without evaluation, and ranges of words in place of spans. It knows nothing of adrbench.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import flair
import numpy as np
import torch
from flair.data import Corpus, Dictionary, Sentence
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer
from flair.trainers.plugins import TrainerPlugin


class Stopwatch(TrainerPlugin):  # type: ignore[misc]  # flair is not there when types are checked
    """Times each epoch from its first batch to its last."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    @TrainerPlugin.hook  # type: ignore[untyped-decorator]
    def before_training_epoch(self, **_: Any) -> None:
        """Start."""
        self._began = time.perf_counter()

    @TrainerPlugin.hook  # type: ignore[untyped-decorator]
    def after_training_epoch(self, **_: Any) -> None:
        """Stop."""
        self.seconds.append(time.perf_counter() - self._began)


def annotated(document: dict[str, Any]) -> Sentence:
    """A sentence of given words, its spans labelled."""
    sentence = Sentence(document["words"])
    for first, end, label in document["spans"]:
        sentence[first:end].add_label("ner", label)
    return sentence


def characters(documents: list[dict[str, Any]]) -> Dictionary:
    """The characters of training words: flair's own list would be a download."""
    dictionary = Dictionary()
    for character in sorted({c for document in documents for word in document["words"] for c in word}):
        dictionary.add_item(character)
    return dictionary


def words(folder: Path, vocabulary: list[str]) -> WordEmbeddings:
    """The vectors that the other side has too, trained on as they are there."""
    matrix = np.load(folder / "vectors.npy")
    vocab = {word: i for i, word in enumerate(vocabulary)}
    embeddings = WordEmbeddings(None, vocab=vocab, embedding_length=matrix.shape[1], name="given", fine_tune=True)
    with torch.no_grad():
        embeddings.embedding.weight[:-1] = torch.from_numpy(matrix)
    return embeddings


def main(folder: Path) -> None:
    """Do the job of a folder."""
    logging.getLogger("flair").setLevel(logging.ERROR)
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    flair.device = torch.device("cpu")
    flair.set_seed(job["seed"])
    torch.set_num_threads(job["threads"])
    train, development = ([annotated(d) for d in job[part]] for part in ("train", "development"))
    corpus: Corpus[Sentence] = Corpus(train, development, sample_missing_splits=False)
    tagger = SequenceTagger(
        StackedEmbeddings(
            [
                words(folder, job["vocabulary"]),
                CharacterEmbeddings(characters(job["train"]), job["character_size"], job["character_features"] // 2),
            ]
        ),
        corpus.make_label_dictionary("ner"),
        "ner",
        hidden_size=job["hidden"],
    )
    watch = Stopwatch()
    ModelTrainer(tagger, corpus).train(
        folder / "flair",
        mini_batch_size=job["batch_size"],
        max_epochs=job["epochs"],
        # Otherwise it would judge the holdout by the first epoch's word vectors, although they learn.
        embeddings_storage_mode="none",
        save_final_model=False,
        plugins=[watch],
    )
    sentences = [Sentence(words_) for words_ in job["test"]]
    began = time.perf_counter()
    tagger.predict(sentences, mini_batch_size=64)
    predict = time.perf_counter() - began
    found = [[(s[0].idx - 1, s[-1].idx, s.get_label("ner").value) for s in one.get_spans("ner")] for one in sentences]
    outcome = {
        "epochs": watch.seconds,
        "predict": predict,
        "spans": found,
        "parameters": sum(weight.numel() for weight in tagger.parameters()),
        "versions": f"flair {flair.__version__}, torch {torch.__version__}",
    }
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
