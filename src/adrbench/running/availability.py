"""Which of the benchmarks that come with adrbench can run here, and what the others lack."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adrbench.api import DatasetPlugin
from adrbench.config import Benchmark, read_shipped, shipped
from adrbench.datasets.load import local_copy
from adrbench.errors import ConfigError
from adrbench.plugins.registry import Registry
from adrbench.running.plan import unavailable


@dataclass(frozen=True)
class Availability:
    """A benchmark that comes with adrbench.

    Attributes:
        name: The name that ``adrbench run`` takes.
        description: A sentence about it.
        corpora: Its corpora.
        taggers: Its taggers.
        ready: Those of which every row can run here; empty if a corpus is not installed.
        missing: The corpora and taggers that cannot be had here, by reason.
    """

    name: str
    description: str
    corpora: tuple[str, ...]
    taggers: tuple[str, ...]
    ready: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]


def availabilities(registry: Registry, *, offline: bool = False) -> tuple[Availability, ...]:
    """Look at every benchmark that comes with adrbench. No corpus is read.

    Args:
        registry: The installed plugins.
        offline: Use no network.

    Returns:
        The benchmarks, in alphabetical order.
    """
    return tuple(_availability(name, registry, offline) for name in shipped.names())


def _availability(name: str, registry: Registry, offline: bool) -> Availability:
    raw = tomllib.loads(shipped.text(name))
    described = {
        "name": name,
        "description": raw["benchmark"].get("description", ""),
        "corpora": tuple(corpus.get("name") or corpus["use"] for corpus in raw["datasets"]),
        "taggers": tuple(tagger["id"] for tagger in raw["taggers"]),
    }
    missing: dict[str, tuple[str, ...]] = {}
    try:
        benchmark = read_shipped(name, registry, offline=offline)
    except ConfigError as error:
        return Availability(**described, ready=(), missing=dict.fromkeys(error.problems, ()))
    lacking = list(unavailable(benchmark, registry, offline=offline))
    for what, reason in (*_absent(benchmark, registry), *lacking):
        missing[reason] = (*missing.get(reason, ()), what)
    ready = [tagger for tagger in described["taggers"] if tagger not in dict(lacking)]
    return Availability(**described, ready=tuple(ready), missing=missing)


def _absent(benchmark: Benchmark, registry: Registry) -> Iterator[tuple[str, str]]:
    """The corpora that are not on this machine, each with the reason."""
    for use in dict.fromkeys(entry.use for entry in benchmark.datasets):
        plugin: DatasetPlugin = registry.describe("datasets", use)
        copy = local_copy(plugin)
        if copy.problem or copy.place == "":
            yield use, copy.problem or "not on this machine (adrbench data card NAME)"
