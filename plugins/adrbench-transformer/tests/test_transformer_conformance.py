"""The plugin keeps the contract of a tagger."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adrbench.testing import TaggerConformance

pytestmark = pytest.mark.slow  # networks are trained


class TestTransformer(TaggerConformance):
    """Every check of the kit, with a checkpoint of two small layers."""

    name = "transformer"
    folder: ClassVar[Path]

    @pytest.fixture(autouse=True)
    def _made(self, checkpoint: Callable[[str], Path]) -> None:
        type(self).folder = checkpoint("bert-uncased")

    @classmethod
    def parameters(cls) -> Mapping[str, Any]:
        """A learning rate at which a network that knows nothing learns a few sentences."""
        return {
            "model": str(cls.folder), "max_length": 48, "overlap": 8, "epochs": 8, "batch_size": 4,
            "learning_rate": 0.02, "layer_decay": 1.0, "head_factor": 1.0, "freeze_embeddings": False,
            "word_dropout": 0.0, "averaging": 0.0, "holdout": 0.0, "precision": "float32",
        }  # fmt: skip
