"""Tuning: which values the studies chose, how they got there, and what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import JsonValue

from adrbench.api.space import Categorical, IntRange, Scale
from adrbench.config.search_space import from_plain
from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, listed
from adrbench.reporting.charts.bars import shares
from adrbench.reporting.charts.lines import Dot, Line, best_so_far, legend_height
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.formatting import duration, percent
from adrbench.reporting.tables import Column, TableView, figures, table, words
from adrbench.results.leaderboard.settings import brief, plain, spread
from adrbench.results.schema import Trial, Tuned

_SCOPES = {
    "fold": "Tuned in each fold, on its own training part: {} judged the trials.",
    "first": "Tuned once, on the first fold's training part, which holds other folds' test documents: declared.",
}
_HELD_OUT, _DEVELOPMENT = "a part held out of it", "the split's development part"
_LINES = (
    (
        "The value of a trial is its F1 on a holdout: a part of the training part, or the split's development part, "
        "but never on test documents. The time of all trials is a cost of its own, in none of the fit times."
    ),
)
_STATES: tuple[Literal["complete", "pruned", "failed"], ...] = ("complete", "pruned", "failed")


@dataclass(frozen=True)
class Study:
    """A study as its cells keep it.

    Attributes:
        name: The folds that took its values.
        content: Its trials and best values.
    """

    name: str
    content: Tuned

    @property
    def trials(self) -> Sequence[Trial]:
        """In the order in which they were tried."""
        return sorted(self.content.trials, key=lambda trial: trial.number)

    @property
    def params(self) -> Mapping[str, JsonValue]:
        """The best values."""
        return self.content.params

    def of(self, *states: str) -> list[tuple[int, float]]:
        """Select trials by how they ended.

        Args:
            states: States of a trial: ``complete``, ``pruned`` or ``failed``.

        Returns:
            Number of the trial, from 1, and its F1 in percent, for trials with a value.
        """
        return [
            (trial.number + 1, 100 * trial.value)
            for trial in self.trials
            if trial.state in states and trial.value is not None
        ]


def tuning(source: Source) -> Section:
    """Show the values that tuning studies chose, and what the studies cost.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each tuned tagger on each corpus and split.
    """
    blocks = tuple(block for place in source.places for block in _blocks(place, source))
    return Section("tuning", "Tuning", blocks, _LINES, latex=True, layout="wide")


def _blocks(place: Place, source: Source) -> Iterator[Block]:
    measured = source.scores.measured(place.section)
    for row in place.measured:
        found: dict[str, tuple[Tuned, list[int]]] = {}
        for scored in measured[row.tagger]:
            content = scored.cell.tuned
            if content:
                found.setdefault(content.study, (content, []))[1].append(scored.cell.fold + 1)
        if found:
            studies = [Study(_folds(folds), content) for content, folds in found.values()]
            yield _block(place, row.tagger, studies, _searched(place, row.tagger))


def _folds(folds: Sequence[int]) -> str:
    return f"fold {folds[0]}" if len(folds) == 1 else f"folds {listed(map(str, sorted(folds)))}"


def _searched(place: Place, tagger: str) -> dict[str, str]:
    """In words, what each parameter was drawn from; empty for a row without a plan of its own."""
    tune = next((row.tune for row in place.section.rows if row.tagger == tagger), None)
    space = tune["space"] if tune else None
    tables = {name: one for name, one in space.items() if isinstance(one, dict)} if isinstance(space, dict) else {}
    return {name: _scale(scale) for name, scale in from_plain(tables).items()}


def _scale(scale: Scale) -> str:
    if isinstance(scale, Categorical):
        return ", ".join(map(plain, scale.values))
    steps = f", steps of {scale.step}" if isinstance(scale, IntRange) and scale.step > 1 else ""
    return f"{brief(scale.low)} to {brief(scale.high)}{steps}{', log' if scale.log else ''}"


def _block(place: Place, tagger: str, studies: Sequence[Study], searched: Mapping[str, str]) -> Block:
    states = Counter(trial.state for study in studies for trial in study.trials)
    counted = ", ".join(f"{states[state]:,} {state}" for state in _STATES if states[state])
    spent = sum(study.content.seconds for study in studies)
    judge = _DEVELOPMENT if place.split.dev and any(place.split.dev) else _HELD_OUT
    scope = dict.fromkeys(_SCOPES[study.content.scope].format(judge) for study in studies)
    trials = f"{states.total():,} trials in {len(studies)} {'study' if len(studies) == 1 else 'studies'}: {counted}."
    reasons = Counter(
        trial.reason for study in studies for trial in study.trials if trial.state == "failed" and trial.reason
    )
    return Block(
        f"{tagger}, {place.name}",
        (*scope, f"{trials} Time spent: {duration(spent)}."),
        (_values(place, tagger, studies, searched),),
        tuple(_figures(place, tagger, studies)),
        tuple(f"failed ({count}): {reason}" for reason, count in reasons.most_common(5)),
    )


def _values(place: Place, tagger: str, studies: Sequence[Study], searched: Mapping[str, str]) -> TableView:
    """What was searched and the best values, a column for each study, with their spread."""
    names = dict.fromkeys(name for study in studies for name in study.params)
    several = len(studies) > 1
    rows = []
    for name in names:
        values = [study.params[name] for study in studies if name in study.params]
        shown = [brief(study.params[name]) if name in study.params else "" for study in studies]
        rows.append((name, searched.get(name, ""), *shown, *([spread(values)] if several else [])))
    f1 = [study.content.value for study in studies]
    ends = [percent(min(f1)), percent(max(f1))]
    rows.append(("F1 on the holdout, %", "", *map(percent, f1), *([" to ".join(ends)] if several else [])))
    counts = [len(study.trials) for study in studies]
    rows.append(("Trials", "", *map(str, counts), *([f"{sum(counts):,} in all"] if several else [])))
    times = [study.content.seconds for study in studies]
    rows.append(("Time", "", *map(duration, times), *([f"{duration(sum(times))} in all"] if several else [])))
    head = (*(study.name.capitalize() for study in studies), *(["Spread"] if several else []))
    return table(f"Best values of {tagger}, {place.name}", (*words("Parameter", "Searched"), *figures(*head)), rows)


def _figures(place: Place, tagger: str, studies: Sequence[Study]) -> Iterator[Figure]:
    lines = [line for study in studies if (line := _line(study)).loose]
    if lines:
        by_trial = table(
            f"F1 on the holdout in percent by trial, {tagger}, {place.name}",
            (*words("Trial"), *figures(*(study.name.capitalize() for study in studies))),
            _trials(studies),
        )
        ends = "; ".join(f"{line.name}: {line.dots[-1].y:.1f}" for line in lines if line.dots)
        yield Figure(
            place.figure("tuning", tagger),
            f"Best F1 over trials, {tagger}, {place.name}",
            f"The best F1 on the holdout in percent after each trial, a stair for each study, with every trial as a "
            f"ring. Best of all trials: {ends}.",
            by_trial,
            partial(best_so_far, lines=lines),
            2.7 + legend_height([line.name for line in lines]),
            ("A ring is a trial (of a pruned one, the last value it told), the stair the best complete one so far.",),
        )
    importance: dict[str, list[float]] = {}
    for study in studies:
        for name, share in study.content.importance.items():
            importance.setdefault(name, []).append(100 * share)
    if importance:
        yield _importance(place, tagger, importance)


def _line(study: Study) -> Line:
    best: list[Dot] = []
    for trial, value in study.of("complete"):
        if not best or value > best[-1].y:
            best.append(Dot(trial, value))
    return Line(study.name, tuple(best), tuple(Dot(*pair) for pair in study.of("complete", "pruned")))


def _trials(studies: Sequence[Study]) -> Iterator[tuple[str, ...]]:
    by_number = [{trial.number: trial for trial in study.trials} for study in studies]
    for trial in sorted({trial for trials in by_number for trial in trials}):
        yield (str(trial + 1), *(_told(trials.get(trial)) for trials in by_number))


def _told(trial: Trial | None) -> str:
    if trial is None:
        return ""
    value = percent(trial.value)
    return value if trial.state == "complete" else f"{value} {trial.state}".strip()


def _importance(place: Place, tagger: str, importance: Mapping[str, Sequence[float]]) -> Figure:
    means = {name: sum(values) / len(values) for name, values in importance.items()}
    names = sorted(means, key=lambda name: -means[name])
    rows = ((name, means[name], f"{min(importance[name]):.0f} to {max(importance[name]):.0f}") for name in names)
    rings = " A ring is one study." if any(len(values) > 1 for values in importance.values()) else ""
    return Figure(
        place.figure("importance", tagger),
        f"Importance of parameters, {tagger}, {place.name}",
        f"How much of the difference between trials each parameter explains, in percent, as mean over studies. Most: "
        f"{names[0]} with {means[names[0]]:.0f}.",
        table(
            f"Importance in percent, {tagger}, {place.name}",
            (*words("Parameter"), Column("mean", "Mean", "count"), *figures("Range")),
            rows,
        ),
        partial(
            shares, names=names, values=[importance[name] for name in names], label="share of the difference in F1, %"
        ),
        0.75 + 0.34 * rows_taken(names),
        (f"An estimate from few trials: a hint, not a measurement.{rings}",),
    )
