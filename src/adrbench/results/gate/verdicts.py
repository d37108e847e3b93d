"""Results against their baseline: what became worse, and what cannot be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.comparison.compare import Counted, Line, differences
from adrbench.results.comparison.results import count, describe_missing, folds_key
from adrbench.results.gate.baseline import Baseline, Entry, Key, Time, read_baseline, write_baseline
from adrbench.results.leaderboard.gold import Scored
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.machines import classes
from adrbench.results.schema import RowRecord, SectionRecord
from adrbench.results.selection import check_names
from adrbench.results.status import missing_folds
from adrbench.results.store import Store
from adrbench.scoring.evaluators.build import describe_evaluator

Outcome = Literal["fine", "worse", "not compared", "new"]
# A process is not timed more exactly than this, so less is never a slowdown.
LEAST_SECONDS = 0.1


@dataclass(frozen=True)
class Limits:
    """The change that is allowed.

    Attributes:
        max_drop: By how many points F1 may fall.
        max_slowdown: How many times the baseline's time a row may take; None: any.

    Raises:
        InputError: A number is out of range.
    """

    max_drop: float = 1.0
    max_slowdown: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.max_drop < math.inf:
            raise InputError(f"max_drop {self.max_drop}: give points from 0 on")
        if self.max_slowdown is not None and not 1 <= self.max_slowdown < math.inf:
            raise InputError(f"max_slowdown {self.max_slowdown}: give a multiple from 1 on")


@dataclass(frozen=True)
class Selection:
    """The rows to look at.

    Attributes:
        datasets: Corpora; empty: all.
        splits: Splits; empty: all.
        taggers: Taggers; empty: all.
    """

    datasets: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    taggers: tuple[str, ...] = ()

    def has(self, key: Key) -> bool:
        """Tell whether a row is selected.

        Args:
            key: Corpus, split and tagger.

        Returns:
            True if it is.
        """
        return all(not names or name in names for names, name in zip(vars(self).values(), key, strict=True))


@dataclass(frozen=True)
class Updated:
    """What became of the rows of a baseline.

    Attributes:
        written: How many rows are new measurements.
        kept: How many rows stayed as they were.
        dropped: How many rows went.
    """

    written: int
    kept: int
    dropped: int


@dataclass(frozen=True)
class GateVerdict:
    """The verdict on a row.

    Attributes:
        key: Corpus, split and tagger.
        outcome: The verdict.
        reasons: The reasons for it.
        line: Micro F1 now (first) and in the baseline (second), with their paired difference; None without a figure
            now.
        before: The time in the baseline.
        now: The time now.
        slowdown: The time now as a multiple of the baseline's; None where the two cannot be compared.
    """

    key: Key
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    line: Line | None = None
    before: Time | None = None
    now: Time | None = None
    slowdown: float | None = None

    @property
    def measured(self) -> bool:
        """Whether there is a figure now."""
        return self.line is not None


def gate(
    store: Store, baseline: Baseline, limits: Limits, registry: Registry, choice: Selection | None = None
) -> tuple[GateVerdict, ...]:
    """Compare results with their baseline.

    A row is worse if micro F1 of pooled counts fell by more than ``max_drop`` points and the 95% interval of its
    difference excludes 0 (percentiles of 10,000 paired resamples of the documents, or groups of a grouped split). It
    is also worse if it took more than ``max_slowdown`` times as long on the same machine, or if it is gone or failed.
    A row that this machine cannot run is not compared.

    Args:
        store: The results folder.
        baseline: The baseline.
        limits: The change that is allowed.
        registry: The registry of plugins.
        choice: The rows to look at; None: all.

    Returns:
        A verdict on each row of the baseline, then on rows that the baseline lacks.

    Raises:
        InputError: Corpus, gold or folds differ from those of the baseline, or a name is unknown.
    """
    choice = choice or Selection()
    now = GatedResults(store, baseline.evaluator, registry)
    _check_choice(choice, [*baseline.entries, *now.rows])
    entries = [entry for key, entry in baseline.entries.items() if choice.has(key)]
    if not entries:
        raise InputError("the baseline has no row that was chosen; --update adds the rows that were measured")
    verdicts = [_verdict(entry, now, limits) for entry in entries]
    new = [key for key in now.rows if key not in baseline.entries and choice.has(key) and not now.lacks(key)]
    return (*verdicts, *(GateVerdict(key, "new", ("not in the baseline",)) for key in new))


def exit_code(verdicts: Sequence[GateVerdict]) -> int:
    """Choose the exit code of the gate.

    Args:
        verdicts: The verdict on each row.

    Returns:
        4 if no row of the baseline has a figure now, 1 if one became worse, else 0.
    """
    if not any(verdict.measured for verdict in verdicts):
        return 4
    return 1 if any(verdict.outcome == "worse" for verdict in verdicts) else 0


def update(
    store: Store, old: Baseline | None, evaluator: str, registry: Registry, choice: Selection | None = None
) -> tuple[Baseline, int]:
    """Make a baseline of results.

    Rows that were not chosen stay. Chosen rows without a figure now (a machine may lack a GPU) stay if the plan has
    them on the same corpus and folds. Other rows go.

    Args:
        store: The results folder.
        old: The baseline before; None if there is none.
        evaluator: The evaluator that counts the rows.
        registry: The registry of plugins.
        choice: The rows to take; None: all.

    Returns:
        The baseline, and how many of its rows are new measurements.

    Raises:
        InputError: A name is unknown, or rows that stay were counted by another evaluator.
    """
    choice = choice or Selection()
    before = dict(old.entries) if old else {}
    now = GatedResults(store, evaluator, registry)
    _check_choice(choice, [*before, *now.rows])
    measured = [key for key in now.rows if choice.has(key) and not now.lacks(key)]
    kept = [e for key, e in before.items() if key not in measured and (not choice.has(key) or now.is_of(e))]
    if old and kept and old.evaluator != evaluator:
        raise InputError(f"the baseline is judged by {old.evaluator!r}, and rows of it would stay: not {evaluator!r}")
    return Baseline.of(evaluator, [*map(now.entry, measured), *kept]), len(measured)


def update_file(
    store: Store, path: Path, evaluator: str, registry: Registry, choice: Selection | None = None
) -> Updated:
    """Write a baseline of results.

    Args:
        store: The results folder.
        path: The baseline. Rows of it that were not chosen stay.
        evaluator: The evaluator that counts the rows; empty: the baseline's, else the benchmark's.
        registry: The registry of plugins.
        choice: The rows to take; None: all.

    Returns:
        What became of the rows. If nothing was measured, no row is written and the file is not touched.

    Raises:
        InputError: A name is unknown, the file is no baseline or cannot be written, or rows that stay were counted by
            another evaluator.
    """
    old = read_baseline(path) if path.is_file() else None
    judge = evaluator or (old.evaluator if old else store.read_plan().evaluators[0])
    describe_evaluator(registry, judge)
    new, measured = update(store, old, judge, registry, choice)
    if not measured:
        return Updated(0, len(old.entries) if old else 0, 0)
    write_baseline(path, new)
    dropped = len(set(old.entries) - set(new.entries)) if old else 0
    return Updated(measured, len(new.entries) - measured, dropped)


class GatedResults:
    """A results folder as the gate sees it: rows by key."""

    def __init__(self, store: Store, evaluator: str, registry: Registry) -> None:
        self._store = store
        self._board = Scoreboard(store, registry, evaluator)
        self.plan = store.read_plan()
        self.rows: dict[Key, tuple[SectionRecord, RowRecord]] = {
            (section.dataset, section.split, row.tagger): (section, row)
            for section in self.plan.sections
            for row in section.rows
        }

    def lacks(self, key: Key) -> Sequence[tuple[int, str, str]]:
        """List the folds without a figure.

        Args:
            key: Corpus, split and tagger.

        Returns:
            Fold, status and reason of each.
        """
        return missing_folds(self._store, self.rows[key][1])

    def is_of(self, entry: Entry) -> bool:
        """Tell whether the plan has a row on the same corpus and folds.

        Args:
            entry: The row of the baseline.

        Returns:
            True if it has.
        """
        return entry.key in self.rows and not self.unlike(entry)

    def unlike(self, entry: Entry) -> str:
        """Say how the corpus differs from the baseline's.

        Args:
            entry: The row of the baseline.

        Returns:
            The difference in words; empty if there is none.
        """
        section, _ = self.rows[entry.key]
        if section.card != entry.card:
            return f"the baseline is of another version of the corpus (card {entry.card}, now {section.card})"
        folds = folds_key(self._board.split(section))
        return f"the baseline is of other folds ({entry.folds}, now {folds})" if folds != entry.folds else ""

    def entry(self, key: Key) -> Entry:
        """Make a baseline's entry of a complete row.

        Args:
            key: Corpus, split and tagger.

        Returns:
            The entry.
        """
        section, _ = self.rows[key]
        scored = self._scored(key)
        counted = count(scored)
        return Entry(
            *key,
            card=section.card,
            folds=folds_key(self._board.split(section)),
            columns=counted.columns,
            counts=counted.folds,
            time=_time(scored),
        )

    def line(self, entry: Entry) -> Line:
        """Compare micro F1 now with that of the baseline.

        Args:
            entry: The row of the baseline.

        Returns:
            Both figures with their paired difference.

        Raises:
            InputError: The baseline has other columns or documents.
        """
        section, _ = self.rows[entry.key]
        gold, now = self._board.gold(section), count(self._scored(entry.key))
        if now.columns != entry.columns or [len(f) for f in now.folds] != [len(f) for f in entry.counts]:
            raise InputError(f"{_name(entry.key)}: the baseline was counted otherwise; write it again with --update")
        return differences(
            now,
            Counted(entry.columns, now.ids, entry.counts),
            gold.evaluator.score,
            groups=gold.groups if section.grouped else None,
            test_share=self._scored(entry.key)[0].test_share,
            only=("micro",),
        )[0]

    def time(self, key: Key) -> Time | None:
        """Add up the time of a complete row.

        Args:
            key: Corpus, split and tagger.

        Returns:
            The time; None where its folds cannot be added up.
        """
        return _time(self._scored(key))

    def _scored(self, key: Key) -> list[Scored]:
        return self._board.scored(*self.rows[key])


def _verdict(entry: Entry, now: GatedResults, limits: Limits) -> GateVerdict:
    if entry.key not in now.rows:
        return _gone(entry, now)
    if unlike := now.unlike(entry):
        raise InputError(f"{_name(entry.key)}: {unlike}; figures of both say nothing beside each other")
    if missing := now.lacks(entry.key):
        outcome: Outcome = "not compared" if all(status == "skipped" for _, status, _ in missing) else "worse"
        folds = len(now.rows[entry.key][1].cells)
        return GateVerdict(entry.key, outcome, (f"no figure of {describe_missing(missing, folds)}",))
    line = now.line(entry)
    found = GateVerdict(entry.key, "fine", line=line, before=entry.time, now=now.time(entry.key))
    for judge in (_judge_drop, _judge_time):
        found = judge(found, limits)
    return found


def _gone(entry: Entry, now: GatedResults) -> GateVerdict:
    absent = now.plan.absent
    for name in (entry.dataset, f"{entry.dataset} {entry.split}"):
        if name in absent:
            return GateVerdict(entry.key, "not compared", (absent[name],))
    for section in now.plan.sections:
        if entry.dataset in section.stand_in_for.split(", "):
            return GateVerdict(entry.key, "not compared", (f"{section.dataset} stands in: {section.reason}",))
    return GateVerdict(entry.key, "worse", ("gone: it is no longer in the plan of the results; --update drops it",))


def _judge_drop(verdict: GateVerdict, limits: Limits) -> GateVerdict:
    line = verdict.line
    if line is None or -100 * line.difference <= limits.max_drop:
        return verdict
    drop = f"{-100 * line.difference:.2f} points lower"
    if line.high is None:
        return _with(verdict, "fine", f"{drop}, but of a single unit, which cannot tell it from noise")
    if line.high >= 0:
        return _with(verdict, "fine", f"{drop}, but the interval of the change reaches 0: may be noise")
    return _with(verdict, "worse", f"{drop}, more than {limits.max_drop:g}, and the interval of the change excludes 0")


def _judge_time(verdict: GateVerdict, limits: Limits) -> GateVerdict:
    before, now = verdict.before, verdict.now
    if before is None or now is None:
        return verdict if limits.max_slowdown is None else _with(verdict, "fine", "time not compared: not known")
    if before.machine != now.machine:
        return _with(verdict, "fine", f"time not compared: another machine ({before.machine}, now {now.machine})")
    if before.jobs != now.jobs:
        return _with(verdict, "fine", f"time not compared: {now.jobs} cells at a time, then {before.jobs}")
    slowdown = now.seconds / before.seconds if before.seconds else None
    verdict = replace(verdict, slowdown=slowdown)
    most = limits.max_slowdown
    if most is None or now.seconds <= most * before.seconds or now.seconds - before.seconds < LEAST_SECONDS:
        return verdict
    return _with(verdict, "worse", f"takes {now.seconds:.1f} s for {before.seconds:.1f} s, more than {most:g} times")


def _with(verdict: GateVerdict, outcome: Outcome, reason: str) -> GateVerdict:
    """The verdict with one more reason; worse stays worse."""
    worst: Outcome = "worse" if "worse" in {verdict.outcome, outcome} else outcome
    return replace(verdict, outcome=worst, reasons=(*verdict.reasons, reason))


def _time(scored: Sequence[Scored]) -> Time | None:
    cells = [cell.cell for cell in scored]
    costs = [cell.costs for cell in cells if cell.costs is not None]
    if len(costs) < len(cells):
        return None
    stands_for = classes(cell.machine for cell in cells if cell.machine is not None)
    conditions = {(stands_for[cell.machine.id] if cell.machine else "", cell.jobs or 1) for cell in cells}
    if len(conditions) != 1:
        return None
    ((machine, jobs),) = conditions
    seconds = sum(cost.seconds[phase] for cost in costs for phase in ("fit", "predict"))
    return Time(round(seconds, 3), machine, jobs)


def _name(key: Key) -> str:
    return " ".join(key)


def _check_choice(choice: Selection, keys: Sequence[Key]) -> None:
    options = ("--dataset", "--splits", "--tagger")
    for place, (option, given) in enumerate(zip(options, vars(choice).values(), strict=True)):
        check_names(option, given, [key[place] for key in keys])
