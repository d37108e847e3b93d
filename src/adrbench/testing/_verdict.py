"""What a check is, and how it can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

Status = Literal["passed", "failed", "advice", "expected", "skipped"]
Bench = TypeVar("Bench")


@dataclass(frozen=True)
class Check:
    """A check by its id, with what is true of a plugin that passes it. After a failed ``gate`` no other is made."""

    id: str
    title: str
    gate: bool = False


@dataclass(frozen=True)
class Verdict:
    """How a check ended.

    Attributes:
        check: The id of the check.
        title: What is true of a plugin that passes it.
        status: ``advice`` is what a check found that is a heuristic; ``expected`` is a failure that was declared.
        detail: What was seen, or why nothing was.
    """

    check: str
    title: str
    status: Status
    detail: str = ""


class Failure(Exception):  # noqa: N818  (no error of ours: the plugin's, as a finding)
    """The plugin does not do what the check asks for; the message says what it does instead."""


class Skip(Exception):  # noqa: N818  (no error: a status)
    """There is nothing to check, for the reason given."""


@dataclass(frozen=True)
class Probe(Generic[Bench]):
    """A check with what makes it: a function of the bench on which the plugin lies. It may return a remark."""

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


# Heuristics, which may be wrong: what they find is advice, and fails nothing.
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
    """Whether a check may pass by luck: a heuristic, or its tagger is declared to answer otherwise each time."""
    varies = not {"deterministic", "repeated-question"}.isdisjoint(expected)
    return check in ADVISORY or (varies and check in _BY_CHANCE)


def judged(verdict: Verdict, expected: Mapping[str, str]) -> Verdict:
    """A verdict in the light of what was declared, and of what a check can know.

    An expected failure that does not happen is a failure, except where that can have been luck (``by_chance``).

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
        return replace(verdict, status="failed", detail=f"was expected to fail ({reason}), but passes: take that back")
    return verdict
