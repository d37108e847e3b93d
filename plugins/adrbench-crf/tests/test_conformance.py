"""The plugin keeps the contract of a tagger."""

from adrbench.testing import TaggerConformance


class TestCrf(TaggerConformance):
    """Every check of the kit, with few clusters and iterations."""

    name = "crf"
    params = {"clusters": [4], "max_iterations": 15}  # noqa: RUF012
