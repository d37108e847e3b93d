"""The plugin keeps the contract of a tagger."""

import pytest

from adrbench.testing import TaggerConformance

pytestmark = pytest.mark.slow  # networks are trained


class TestSpacy(TaggerConformance):
    """Every check of the kit, with a small network and small steps."""

    name = "spacy"
    params = {"width": 32, "depth": 1, "rows": 200, "batch_start": 60, "learning_rate": 0.01, "least_steps": 60}  # noqa: RUF012
