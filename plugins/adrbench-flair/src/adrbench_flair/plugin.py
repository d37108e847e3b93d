"""What adrbench reads without flair: the tagger's parameters and its description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from adrbench.api import Categorical, FloatRange, IntRange, TaggerPlugin

TRAINED = "trained"
# Names that flair downloads, by kind. A transformer may be called anything.
_NAMES = {
    "words": re.compile(r"(en-)?(glove|turian|extvec|pubmed|crawl|news|twitter)|[a-z]{2}(-wiki|-crawl)?"),
    "flair": re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-(forward|backward)(-fast)?"),
    "transformer": re.compile(r"\w[\w.-]*(/\w[\w.-]*)?"),
}
_EXAMPLES = {
    "words": "'words:glove' or the path of a file of gensim or word2vec",
    "flair": "'flair:news-forward', 'flair:pubmed-backward' or the path of a language model",
    "transformer": "'transformer:distilbert-base-cased' or a folder",
}

Count = Annotated[int, Field(ge=1)]


def _is_name(kind: str, name: str) -> bool:
    return _NAMES[kind].fullmatch(name) is not None


def _embedding(value: str) -> str:
    """Check one of ``embeddings``: its kind, and that the name can be one. Whether a file is there is seen later."""
    if value == TRAINED:
        return value
    kind, _, name = value.partition(":")
    if kind not in _NAMES:
        raise ValueError(f"embeddings are {TRAINED!r} or {', '.join(f'{k}:NAME' for k in _NAMES)}")
    if not (_is_name(kind, name) or "/" in name or "." in name):
        raise ValueError(f"no {kind} embeddings have such a name; valid: {_EXAMPLES[kind]}")
    return value


@dataclass(frozen=True)
class Params:
    """What can be chosen; the rest is as flair has it.

    Attributes:
        embeddings: What a word is told by, side by side. ``"trained"``: skip-gram vectors of the training part and
            the benchmark's unlabelled text, changed in training. Others stay as they are: ``"words:NAME"``,
            ``"flair:NAME"`` and ``"transformer:NAME"``, each a name that flair knows (a download) or a path.
        characters: Units, a direction, of an LSTM over the characters of a word; 0: none.
        hidden: Units of the LSTM over words, a direction.
        crf: Whether a CRF chooses the sequence of tags, rather than each word its own.
        dropout: Share of features that are dropped in training, the same ones in all words of a sentence.
        batch_size: Sentences a training step.
        epochs: Most passes over the training part.
        learning_rate: SGD's at first; it is halved when the holdout has not gained for four passes.
    """

    embeddings: Annotated[tuple[Annotated[str, AfterValidator(_embedding)], ...], Field(min_length=1)] = (TRAINED,)
    characters: Annotated[int, Field(ge=0)] = 25
    hidden: Count = 256
    crf: bool = True
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    batch_size: Count = 32
    epochs: Count = 20
    learning_rate: Annotated[float, Field(gt=0)] = 0.1


def missing(params: Params, offline: bool) -> str | None:
    """Check that the embeddings can be had here.

    Args:
        params: The parameters, checked.
        offline: Whether the network must not be used.

    Returns:
        Why the parameters cannot run on this machine: a path without a file, or a download without a network. None if
        they can.
    """
    for value in params.embeddings:
        kind, _, name = value.partition(":")
        if value == TRAINED or Path(name).expanduser().exists():
            continue
        if not _is_name(kind, name):
            return f"no {kind} embeddings at {name!r}"
        if offline:
            return f"{value!r} is a download, and no network may be used: give the path of a copy"
    return None


plugin = TaggerPlugin(
    name="flair",
    family="bilstm-crf",
    version="0.1.0",
    params=Params,
    implementation="adrbench_flair.tagger:FlairTagger",
    summary="flair's SequenceTagger: an LSTM over word, character or flair embeddings, and a CRF",
    cost=25,
    requires=("flair", "gensim"),
    distribution="adrbench-flair",
    missing=missing,
    space={
        "hidden": IntRange(64, 512, log=True),
        "dropout": FloatRange(0.1, 0.6),
        "batch_size": Categorical((8, 16, 32)),
        "learning_rate": FloatRange(0.02, 0.3, log=True),
    },
    api="1.1",
)
