"""The plugin keeps the contract of a tagger."""

import pytest

from adrbench.testing import TaggerConformance

pytestmark = pytest.mark.slow  # networks are trained


class TestBilstmCrf(TaggerConformance):
    """Every check of the kit, with a network of a few units."""

    name = "bilstm-crf"
    params = {  # noqa: RUF012
        "vector_size": 16, "vector_epochs": 1, "hidden": 16, "character_size": 8, "character_features": 8,
        "batch_size": 4, "epochs": 5, "least_steps": 0, "learning_rate": 0.03, "averaging": 0.0, "dropout": 0.1,
    }  # fmt: skip
