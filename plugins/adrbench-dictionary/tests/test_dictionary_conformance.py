"""The plugin keeps the contract of a tagger."""

from adrbench.testing import TaggerConformance


class TestDictionary(TaggerConformance):
    """Every check of the kit, with the default parameters."""

    name = "dictionary"
