"""What is known of corpora without reading any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adrbench.api import CorpusError, CorpusMissing, DatasetInfo, DatasetPlugin
from adrbench.datasets.load import local_copy
from adrbench.plugins.registry import Registry

INFO = DatasetInfo("toy", "1", "CC0", "nobody", ("ADR",))


class Silent:
    """A reader that cannot tell where its corpus is."""

    info = INFO


class Here(Silent):
    """A reader whose corpus is there."""

    def at_hand(self) -> str:
        return "the cache"


class Missing(Silent):
    """A reader whose corpus is not there."""

    def at_hand(self) -> str:
        raise CorpusMissing("ask its authors")


class Damaged(Silent):
    """A reader whose corpus is there, in part."""

    def at_hand(self) -> str:
        raise CorpusError("half of it")


class Broken(Silent):
    """A reader with a mistake in it."""

    def at_hand(self) -> str:
        raise ZeroDivisionError("oh")


PLUGIN = DatasetPlugin("toy", "invented", Silent, "")


def plugin(reader: type[Silent]) -> DatasetPlugin:
    """A corpus with this reader, which is found wherever the tests are imported from."""
    return replace(PLUGIN, implementation=f"{__name__}:{reader.__name__}")


@pytest.mark.parametrize(
    ("reader", "place", "reason"),
    [(Silent, None, ""), (Here, "the cache", ""), (Missing, "", "authors"), (Damaged, "", "half of it")],
)
def test_where_a_corpus_is(reader: type[Silent], place: str | None, reason: str) -> None:
    """Somewhere, nowhere (with the reason), or not known; its card is there all the same."""
    holding = local_copy(plugin(reader))
    assert (holding.place, holding.info, holding.problem) == (place, INFO, "")
    assert reason in holding.reason


@pytest.mark.parametrize(
    ("described", "said"),
    [(plugin(Broken), "ZeroDivisionError: oh"), (replace(PLUGIN, implementation="no.such:Reader"), "ModuleNotFound")],
)
def test_a_broken_reader_is_a_problem_and_no_error(described: DatasetPlugin, said: str) -> None:
    """Whatever it raises, it is said in the holding."""
    holding = local_copy(described)
    assert said in holding.problem
    assert holding.info is None


def test_an_embedded_corpus_is_always_there() -> None:
    """Its class is not even asked."""
    assert local_copy(Registry().describe("datasets", "adr-mini")).place == "embedded"
