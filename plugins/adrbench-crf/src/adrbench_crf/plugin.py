"""The description of the CRF tagger: light, so that listing plugins stays cheap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from adrbench.api import Categorical, FloatRange, IntRange, Pretraining, Scale, Scheme, TaggerPlugin

PMI = "pmi"


@dataclass(frozen=True)
class CrfParams:
    """What the CRF sees of a token, and how it is trained."""

    scheme: Scheme = "BIOES"
    """How spans become tags."""

    window: Annotated[int, Field(ge=0, le=10)] = 3
    """How many words on each side of a token are features of it."""

    affix: Annotated[int, Field(ge=0, le=10)] = 5
    """The longest prefix and suffix of a word, in characters; 0: none."""

    bigrams: Annotated[int, Field(ge=0, le=5)] = 3
    """How far from a token pairs of neighbouring words are features of it; 0: none, 1: those with the token itself."""

    vectors: Annotated[str, Field(min_length=1)] = PMI
    """Where word vectors come from: ``"pmi"`` learns them in each fit, from the mutual information of words in the
    training and unlabelled text; anything else is a folder that ``adrbench pretrain`` left."""

    clusters: tuple[Annotated[int, Field(ge=2)], ...] = (64, 256, 1024)
    """Numbers of clusters that words are sorted into by their vectors; empty: none."""

    cluster_window: Annotated[int, Field(ge=0, le=10)] = 2
    """How many words on each side of a token show their clusters."""

    neighbours: Annotated[int, Field(ge=0)] = 4
    """How many of the words with the most similar vectors are features of a token; 0: none."""

    training_gazetteer: Annotated[int, Field(ge=0)] = 5
    """Match the training fold's terms, cross-fitted in this many parts (at least 2), as features; 0: not."""

    term_lists: tuple[str, ...] = ()
    """Files with terms whose matches are features, UTF-8, one a line; each file is a gazetteer of its own."""

    list_column: Annotated[int, Field(ge=0)] = 0
    """Which tab-separated column of the term lists holds the term, from 1; 0: the whole line is the term."""

    c1: Annotated[float, Field(ge=0)] = 0.1
    """Weight of the L1 penalty."""

    c2: Annotated[float, Field(ge=0)] = 0.1
    """Weight of the L2 penalty."""

    max_iterations: Annotated[int, Field(ge=1)] = 60
    """The most steps of L-BFGS (OWL-QN where ``c1`` > 0)."""

    all_transitions: bool = False
    """Let tags follow each other that never do so in training."""

    outside_bias: float = 0.7
    """Factor on the tags' bias weights at prediction. Where training made the weight of "outside" the largest, a factor
    below 1 finds more, and less of it is right; elsewhere it changes little."""

    def __post_init__(self) -> None:
        """Refuse a gazetteer that cannot be cross-fitted."""
        if self.training_gazetteer == 1:
            raise ValueError("training_gazetteer: cross-fitting takes at least 2 parts; 0 turns it off")


@dataclass(frozen=True)
class PretrainParams:
    """How word vectors are learnt from text without gold."""

    dimensions: Annotated[int, Field(ge=2, le=1000)] = 64
    """Of a vector, at most."""


def missing(params: CrfParams, offline: bool) -> str | None:  # noqa: ARG001 (the contract's signature)
    """Name the first term list that does not exist, or the folder of word vectors.

    Args:
        params: The parameters, checked.
        offline: Not used: all of them are local.

    Returns:
        Why the parameters cannot run on this machine, or None.
    """
    for name in params.term_lists:
        if not Path(name).is_file():
            return f"term list {name!r} is not a file"
    if params.vectors == PMI or Path(params.vectors).expanduser().is_dir():
        return None
    return f"no folder of word vectors at {params.vectors!r}; give one that adrbench pretrain left, or {PMI!r}"


_SPACE: dict[str, Scale] = {
    "c1": FloatRange(1e-3, 1.0, log=True),
    "c2": FloatRange(1e-3, 1.0, log=True),
    "window": IntRange(1, 4),
    "affix": IntRange(3, 6),
    "bigrams": IntRange(0, 3),
    "max_iterations": Categorical((40, 60, 100)),
    "outside_bias": FloatRange(0.5, 1.1),
}


plugin = TaggerPlugin(
    name="crf",
    family="crf",
    version="0.2.0",
    params=CrfParams,
    implementation="adrbench_crf.tagger:CrfTagger",
    summary="linear-chain CRF over words, shapes, affixes, context, gazetteers, word clusters and neighbours",
    cost=10,
    requires=("pycrfsuite", "sklearn"),
    distribution="adrbench-crf",
    missing=missing,
    space=_SPACE,
    api="1.3",
    pretraining=Pretraining(PretrainParams, "adrbench_crf.pretraining:pretrain", parameter="vectors", words=True),
)
