"""The description of the spaCy tagger: light, so that listing plugins stays cheap."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import Field

from adrbench.api import Categorical, FloatRange, IntRange, Scale, TaggerPlugin


@dataclass(frozen=True)
class SpacyParams:
    """The network's size and its training. What is not here is as in spaCy's own default configuration."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    """spaCy's code of the language; ``"xx"``: several. It norms words, and a kept pipeline tokenises as it does."""

    width: Annotated[int, Field(ge=2, le=1024)] = 96
    """Dimensions of a word's vector."""

    depth: Annotated[int, Field(ge=1, le=16)] = 4
    """Layers of the convolutional network, each of which looks one word further to either side."""

    rows: Annotated[int, Field(ge=100, le=1_000_000)] = 2000
    """Rows of the hash table for a word's normal form; prefix, suffix and shape have half as many each."""

    hidden: Annotated[int, Field(ge=2, le=1024)] = 64
    """Units of the layer that chooses a transition."""

    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of a layer's outputs that are dropped in training."""

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 1e-3
    """Adam's, the same throughout."""

    averaging: bool = True
    """Keep the moving average of the weights, not the last ones."""

    batch_start: Annotated[int, Field(ge=1)] = 100
    """Words of the first training step."""

    batch_stop: Annotated[int, Field(ge=1)] = 1000
    """The most words of a step."""

    batch_growth: Annotated[float, Field(ge=1, le=2)] = 1.001
    """Factor by which the words of a step grow from each step to the next."""

    epochs: Annotated[int, Field(ge=1, le=1000)] = 5
    """The most passes over the training part."""

    least_steps: Annotated[int, Field(ge=0)] = 100
    """Where ``epochs`` passes are fewer steps than this, there are more passes, and patience grows alike."""

    patience: Annotated[int, Field(ge=0)] = 0
    """Passes without a better holdout F1 after which training ends, the best one being kept; 0: all, and no holdout."""

    holdout: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the training part that is held out if there is patience, unless the split has a development part."""

    def __post_init__(self) -> None:
        """Refuse steps that would have to shrink."""
        if self.batch_stop < self.batch_start:
            raise ValueError(f"batch_stop: {self.batch_stop} is less than batch_start, which is {self.batch_start}")


def missing(params: SpacyParams, offline: bool) -> str | None:  # noqa: ARG001 (the contract's signature)
    """Check that the installed spaCy knows the language, without importing spaCy, which takes seconds.

    Args:
        params: The parameters, checked.
        offline: Not used: nothing is downloaded.

    Returns:
        Why the parameters cannot run on this machine, with the closest language; or None.
    """
    spec = find_spec("spacy")
    if spec is None or spec.origin is None:
        return "spaCy is not installed"
    known = sorted(folder.name for folder in (Path(spec.origin).parent / "lang").iterdir() if folder.is_dir())
    if params.language in known:
        return None
    near = get_close_matches(params.language, known, n=1)
    return f"spaCy knows no language {params.language!r}" + (f"; did you mean {near[0]!r}?" if near else "")


_SPACE: dict[str, Scale] = {
    "width": Categorical((64, 96, 128)),
    "depth": IntRange(2, 6),
    "hidden": Categorical((64, 128)),
    "dropout": FloatRange(0.0, 0.5),
    "learning_rate": FloatRange(2e-4, 5e-3, log=True),
    "epochs": IntRange(5, 30, step=5),
}


plugin = TaggerPlugin(
    name="spacy",
    family="transition-based",
    version="0.1.0",
    params=SpacyParams,
    implementation="adrbench_spacy.tagger:SpacyTagger",
    summary="spaCy's named entity recogniser, trained from a blank pipeline",
    cost=15,
    requires=("spacy",),
    distribution="adrbench-spacy",
    missing=missing,
    space=_SPACE,
    api="1.0",
)
