"""The plugin keeps the contract of a tagger."""

import pytest

from adrbench.testing import TaggerConformance

pytestmark = pytest.mark.slow  # every check in a process


class TestCrf(TaggerConformance):
    """Every check of the kit, with few clusters and iterations."""

    name = "crf"
    params = {"clusters": [4], "max_iterations": 15}  # noqa: RUF012
