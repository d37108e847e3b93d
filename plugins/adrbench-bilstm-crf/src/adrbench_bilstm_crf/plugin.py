"""What adrbench reads before it needs torch: the tagger's parameters and its description."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from adrbench.api import Pretraining, Scheme, TaggerPlugin

TRAINED = ("word2vec", "fasttext")
RANDOM = "random"

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class Params:
    """Everything that can be chosen. The defaults were found on holdouts of ADE's training folds.

    Attributes:
        scheme: How spans become tags.
        vectors: Where word vectors come from: ``"word2vec"`` or ``"fasttext"`` trains them on the training part and the
            benchmark's unlabelled text, ``"random"`` draws them, and anything else is the path of a word2vec, GloVe
            or fastText file, or of a folder that ``adrbench pretrain`` left.
        vector_size: Their dimensions; None stands for 100, or for whatever the file has.
        vector_window: Words to either side that training looks at (trained vectors only).
        vector_epochs: Passes over the text in training (trained vectors only).
        vector_limit: At most so many words, the file's first, are read (vectors from a file only).
        tune_vectors: Whether the vectors of training words change in training.
        characters: What reads a word's spelling.
        character_size: Dimensions of a character's vector, unless ``characters = "none"``.
        character_features: Filters of the CNN, or half of them a direction of the LSTM.
        shapes: Whether a word's capitalisation and digits are features.
        hidden: Units of the LSTM, a direction.
        layers: Layers of the LSTM.
        dropout: Share of the network's inputs and outputs that are dropped in training.
        word_dropout: Share of words that are taken for unknown ones in training.
        batch_size: Sentences a training step.
        epochs: Most passes over the training part; the learning rate falls to zero over them.
        least_steps: Where ``epochs`` passes are fewer steps than this, there are more passes, and patience grows alike.
        patience: Passes without a better holdout F1 after which training ends.
        learning_rate: Adam's, after a warm-up over the first pass.
        averaging: Decay of the moving average of weights, which is what is kept; 0 keeps the weights themselves.
        clip: Largest norm of a step's gradient.
        holdout: Share of the training part that decides when to stop.
    """

    scheme: Scheme = "BIOES"
    vectors: Annotated[str, Field(min_length=1)] = "word2vec"
    vector_size: Count | None = None
    vector_window: Count = 5
    vector_epochs: Count = 10
    vector_limit: Count = 400_000
    tune_vectors: bool = True
    characters: Literal["cnn", "lstm", "none"] = "cnn"
    character_size: Count = 30
    character_features: Annotated[int, Field(ge=2, multiple_of=2)] = 50
    shapes: bool = True
    hidden: Count = 128
    layers: Count = 1
    dropout: Share = 0.5
    word_dropout: Share = 0.05
    batch_size: Count = 32
    epochs: Count = 14
    least_steps: Annotated[int, Field(ge=0)] = 600
    patience: Count = 5
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    averaging: Share = 0.99
    clip: Annotated[float, Field(gt=0)] = 5.0
    holdout: Annotated[float, Field(gt=0, lt=1)] = 0.1


@dataclass(frozen=True)
class PretrainParams:
    """How word vectors are learnt from text without gold.

    Attributes:
        size: Dimensions of a vector.
        window: Words to either side that count as context.
        epochs: Passes over the text.
        least_count: Words that occur less often have no vector.
    """

    size: Count = 100
    window: Count = 5
    epochs: Count = 3
    least_count: Count = 2


def missing(params: Params, offline: bool) -> str | None:  # noqa: ARG001 (nothing here comes from a network)
    """Check that the file or folder of word vectors exists.

    Args:
        params: The parameters, checked.
        offline: Not used: nothing is downloaded.

    Returns:
        Why the parameters cannot run on this machine, or None.
    """
    if params.vectors in {*TRAINED, RANDOM} or Path(params.vectors).expanduser().exists():
        return None
    return f"no word vectors at {params.vectors!r}; give a file, a folder, or one of {', '.join((*TRAINED, RANDOM))}"


plugin = TaggerPlugin(
    name="bilstm-crf",
    family="bilstm-crf",
    version="0.1.0",
    params=Params,
    implementation="adrbench_bilstm_crf.tagger:BilstmCrfTagger",
    summary="BiLSTM-CRF with word vectors, a character CNN or LSTM, and early stopping on a holdout",
    cost=20,
    requires=("torch", "gensim", "safetensors"),
    distribution="adrbench-bilstm-crf",
    missing=missing,
    api="1.3",
    pretraining=Pretraining(
        PretrainParams, "adrbench_bilstm_crf.pretraining:pretrain", parameter="vectors", words=True
    ),
)
