"""What a check is, and how it can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

Status = Literal["passed", "failed", "advice", "expected", "skipped"]
Bench = TypeVar("Bench")


@dataclass(frozen=True)
class Check:
    """A check of the conformance kit.

    Attributes:
        id: Its id.
        title: A sentence that is true of a plugin that passes it.
        gate: Whether no further check is made after this one fails.
    """

    id: str
    title: str
    gate: bool = False


@dataclass(frozen=True)
class Verdict:
    """How a check ended.

    Attributes:
        check: The id of the check.
        title: A sentence that is true of a plugin that passes it.
        status: ``advice`` is the finding of a check that is a heuristic. ``expected`` is a declared failure.
        detail: What was observed, or why there was nothing to observe.
    """

    check: str
    title: str
    status: Status
    detail: str = ""


class Failure(Exception):  # noqa: N818  (the plugin's error, not ours: a finding)
    """The plugin does not do what the check asks for; the message says what it does instead."""


class Skip(Exception):  # noqa: N818  (no error: a status)
    """There is nothing to check; the message has the reason."""


@dataclass(frozen=True)
class Probe(Generic[Bench]):
    """A check with its function, which is called with the bench and may return a remark."""

    check: Check
    make: Callable[[Bench], str | None]


class Probes(Generic[Bench]):
    """The checks of one kind of plugin, in the order in which they are made."""

    def __init__(self) -> None:
        self.all: dict[str, Probe[Bench]] = {}

    def add(self, name: str, title: str, *, gate: bool = False) -> Callable[[Any], Any]:
        """Add a function as the check of this id."""

        def register(make: Callable[[Bench], str | None]) -> Callable[[Bench], str | None]:
            self.all[name] = Probe(Check(name, title, gate), make)
            return make

        return register

    def checks(self) -> tuple[Check, ...]:
        """Every check, in order."""
        return tuple(probe.check for probe in self.all.values())


# Heuristics, which may be wrong: their findings are advice, and fail nothing.
ADVISORY = frozenset({"light-description", "parameters", "thread-limit"})
# These compare answers, which chance can make equal.
_BY_CHANCE = frozenset(
    {
        "deterministic",
        "state-between-fits",
        "repeated-question",
        "batch",
        "document-order",
        "gold-by-id",
        "gold-in-reach",
        "save-and-load",
        "scores",
    }
)


def by_chance(check: str, expected: Mapping[str, str]) -> bool:
    """Whether a check may pass by chance: it is a heuristic, or the tagger is declared to be non-deterministic."""
    varies = not {"deterministic", "repeated-question"}.isdisjoint(expected)
    return check in ADVISORY or (varies and check in _BY_CHANCE)


def judged(verdict: Verdict, expected: Mapping[str, str]) -> Verdict:
    """Turn a verdict into advice, or into an expected failure, where that applies.

    An expected failure that does not happen is a failure, unless it may pass by chance (``by_chance``).

    >>> judged(Verdict("batch", "", "failed", "2 of 3 differ"), {"batch": "it votes"}).status
    'expected'
    """
    reason = expected.get(verdict.check)
    if reason is None:
        found = verdict.status == "failed" and verdict.check in ADVISORY
        return replace(verdict, status="advice") if found else verdict
    if verdict.status == "failed":
        return replace(verdict, status="expected", detail=f"{reason} ({verdict.detail})")
    if verdict.status == "passed" and not by_chance(verdict.check, expected):
        detail = f"was expected to fail ({reason}), but passes: remove it from the expected failures"
        return replace(verdict, status="failed", detail=detail)
    return verdict
