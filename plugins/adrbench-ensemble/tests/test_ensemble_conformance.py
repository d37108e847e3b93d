"""The plugin keeps the contract of a tagger."""

import pytest

from adrbench.testing import TaggerConformance

pytestmark = pytest.mark.slow  # every check in a process

MEMBERS = [
    {"use": "dictionary"},
    {"use": "crf", "params": {"clusters": [4], "max_iterations": 15}},
]


class TestMajority(TaggerConformance):
    """Every check of the kit, with a dictionary and a small CRF."""

    name = "ensemble"
    params = {"members": MEMBERS}  # noqa: RUF012


class TestWeighted(TaggerConformance):
    """Every check of the kit, with the same members, weighed first."""

    name = "ensemble"
    params = {"members": MEMBERS, "vote": "weighted"}  # noqa: RUF012
