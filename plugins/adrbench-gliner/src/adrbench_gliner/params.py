"""The parameters of the tagger. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from adrbench_gliner.candidates import FLOOR
from adrbench_transformer.presets import PRESETS
from adrbench_transformer.weights import check

DEFAULT = "fastino/gliner2-base-v1"
COMMIT = "f5b2ecedebe4381b088c1cf276f5bf72a52cac54"
_Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class GlinerParams:
    """Which checkpoint is used, how it is trained, and which spans count."""

    model: Annotated[str, Field(min_length=1)] = DEFAULT
    """A GLiNER2 checkpoint of the span architecture: a folder, or a name on the Hugging Face hub."""

    revision: str | None = None
    """Commit, branch or tag on the hub; the default model has a commit, any other hub name must give one."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Descriptions by label, which the model reads; a label without one stands there by its name."""

    threshold: Annotated[float, Field(ge=FLOOR, lt=1)] | Literal["held-out"] = "held-out"
    """The least score of a span, from 0.05 on. ``held-out``: for each label that with the best F1 on held-out text."""

    holdout: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the training part (or the split's development part) on which thresholds are chosen."""

    window: Annotated[int, Field(ge=16)] = 128
    """The most words that the model sees at once; fewer where the model has no positions for their subwords."""

    epochs: Annotated[int, Field(ge=0)] = 0
    """Times that the training part is seen; 0: zero-shot, the model is used as it is."""

    batch_size: Annotated[int, Field(ge=1)] = 8
    """Windows in a batch, in training and in prediction."""

    learning_rate: _Rate = 2e-5
    """Peak learning rate of the encoder."""

    head_learning_rate: _Rate = 5e-4
    """Peak learning rate of all other layers."""

    def __post_init__(self) -> None:
        """Refuse a name that can mean no checkpoint of this architecture."""
        if self.model in PRESETS:
            raise ValueError(f"model: {self.model!r} is a preset of the transformer tagger, and no GLiNER2 checkpoint")
        if self.model == DEFAULT and self.revision is None:
            object.__setattr__(self, "revision", COMMIT)
        try:
            check(self.model, self.revision)
        except ValueError as error:
            # Its hint names the presets of the transformer tagger.
            raise ValueError(str(error).partition("; ")[0] if self.revision is None else str(error)) from None
