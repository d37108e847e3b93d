"""From results folders to comparisons: which corpora and splits two taggers share, and why others are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from adrbench._system.hashing import content_hash
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.comparison.compare import Comparison, Counted, Judged, differences, documents_apart
from adrbench.results.leaderboard.gold import Scored
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.schema import RowRecord, SectionRecord, SplitRecord
from adrbench.results.selection import check_names
from adrbench.results.status import missing_folds
from adrbench.results.store import Store
from adrbench.scoring.evaluators.build import describe_evaluator
from adrbench.scoring.statistics.kinds import DEFAULT_DIFFERENCE, IntervalKind

EXACT = "exact"


@dataclass(frozen=True)
class Contender:
    """A tagger of a results folder.

    Attributes:
        tagger: Its id.
        folder: The results folder.
    """

    tagger: str
    folder: Path

    @classmethod
    def parse(cls, text: str, results: Path) -> Contender:
        """Read a tagger as a command line names it.

        Args:
            text: ``ID``, or ``ID@FOLDER`` for a tagger of another folder.
            results: The results folder.

        Returns:
            The tagger.

        Raises:
            InputError: The id or the folder is empty.
        """
        tagger, at, folder = text.partition("@")
        if not tagger or (at and not folder):
            raise InputError(f"{text}: a tagger is given as ID or ID@FOLDER")
        return cls(tagger, Path(folder) if at else results)


@dataclass(frozen=True)
class Found:
    """The comparisons that could be made.

    Attributes:
        comparisons: One for each shared corpus and split.
        left_out: The reason why there is no comparison, by corpus and split.
    """

    comparisons: tuple[Comparison, ...]
    left_out: Mapping[tuple[str, str], str] = field(default_factory=dict)


def compare(
    first: Contender,
    second: Contender,
    registry: Registry,
    *,
    evaluators: Sequence[str] = (),
    kind: IntervalKind = DEFAULT_DIFFERENCE,
    datasets: Sequence[str] = (),
    splits: Sequence[str] = (),
) -> Found:
    """Compare two taggers wherever both were measured on every fold of the same split of the same corpus.

    Args:
        first: The first tagger.
        second: The second tagger.
        registry: The registry of plugins.
        evaluators: ``NAME`` or ``NAME:VARIANT`` of each evaluator; empty: those of the benchmark.
        kind: The interval of the difference.
        datasets: The corpora to compare on; empty: all.
        splits: The splits to compare on; empty: all.

    Returns:
        The comparisons, and the reason for each corpus and split without one.

    Raises:
        InputError: A tagger, corpus, split or evaluator is unknown, or nothing can be compared.
    """
    if first.tagger == second.tagger and first.folder.resolve() == second.folder.resolve():
        raise InputError(f"{first.tagger} is compared with itself; name two taggers, or one in two folders (ID@DIR)")
    sides = (_Side(first, registry), _Side(second, registry))
    sections = sides[0].sections
    check_names("--dataset", datasets, [dataset for side in sides for dataset, _ in side.sections])
    check_names("--splits", splits, [name for side in sides for _, name in side.sections])
    names = tuple(dict.fromkeys(evaluators)) or sides[0].evaluators
    for name in names:
        describe_evaluator(registry, name)
    both = first.tagger != second.tagger
    titles = [c.tagger if both else f"{c.tagger}@{c.folder}" for c in (first, second)]
    found: list[Comparison] = []
    left_out: dict[tuple[str, str], str] = {}
    for key in dict.fromkeys([*sections, *sides[1].sections]):
        if (datasets and key[0] not in datasets) or (splits and key[1] not in splits):
            continue
        reason = next((why for side in sides if (why := side.lacks(key))), "") or _unlike(*sides, key)
        if reason:
            left_out[key] = reason
        else:
            found.append(_comparison(sides, key, titles, names, kind))
    if not found:
        reasons = [f"{dataset} {name}: {why}" for (dataset, name), why in left_out.items()]
        raise InputError("\n  ".join(["there is nothing to compare", *reasons]))
    return Found(tuple(found), left_out)


def count(scored: Sequence[Scored]) -> Counted:
    """Collect the counts of a tagger.

    Args:
        scored: Its cells, by fold.

    Returns:
        Its counts, the documents of each fold in the order of their ids.
    """
    orders = [np.argsort(np.asarray(cell.test, dtype=np.str_), kind="stable") for cell in scored]
    return Counted(
        scored[0].columns,
        tuple(tuple(cell.test[i] for i in order) for cell, order in zip(scored, orders, strict=True)),
        tuple(cell.counts[order] for cell, order in zip(scored, orders, strict=True)),
    )


def folds_key(split: SplitRecord) -> str:
    """Hash the ids of all parts of all folds.

    Args:
        split: The folds.

    Returns:
        A name that is the same for the same folds.
    """
    return content_hash([split.test, split.train, split.dev])[:16]


def describe_missing(missing: Sequence[tuple[int, str, str]], folds: int) -> str:
    """Say which folds are missing, with the reason of the first.

    Args:
        missing: Fold, status and reason of each (``adrbench.results.status.missing_folds``).
        folds: How many folds there are.

    Returns:
        The words after "no figure of".
    """
    _, status, reason = missing[0]
    which = ", ".join(str(fold) for fold, _, _ in missing)
    where = f"fold {which} of {folds}" if len(missing) < folds else "any fold"
    return f"{where} ({status}: {reason})"


class _Side:
    """A tagger with the plan that it stands in."""

    def __init__(self, contender: Contender, registry: Registry) -> None:
        self.registry = registry
        self.tagger, self.folder = contender.tagger, contender.folder
        self.store = Store(contender.folder)
        plan = self.store.read_plan()
        self.sections: dict[tuple[str, str], SectionRecord] = {
            (section.dataset, section.split): section for section in plan.sections
        }
        self.evaluators: tuple[str, ...] = plan.evaluators
        taggers = {row.tagger for section in plan.sections for row in section.rows}
        if self.tagger not in taggers:
            raise InputError(f"{self.folder}: no tagger {self.tagger!r}; {closest(self.tagger, taggers)}")

    def row(self, section: SectionRecord) -> RowRecord | None:
        return next((row for row in section.rows if row.tagger == self.tagger), None)

    def lacks(self, key: tuple[str, str]) -> str:
        """Why the tagger cannot be compared there; empty if it can."""
        section = self.sections.get(key)
        if section is None:
            return f"{self.folder} has no such corpus and split"
        row = self.row(section)
        if row is None:
            return f"{self.tagger} is not in the plan there"
        missing = missing_folds(self.store, row)
        return f"{self.tagger} has no figure of {describe_missing(missing, len(row.cells))}" if missing else ""

    def scored(self, section: SectionRecord, evaluator: str) -> tuple[Scoreboard, list[Scored]]:
        """The tagger's cells under an evaluator, without a look at any other tagger."""
        board = Scoreboard(self.store, self.registry, evaluator)
        row = self.row(section)
        return board, board.scored(section, row) if row is not None else []


def _unlike(first: _Side, second: _Side, key: tuple[str, str]) -> str:
    """Why the figures of two folders are not of one corpus and the same folds; empty if they are."""
    if first.folder == second.folder:
        return ""
    one, other = first.sections[key], second.sections[key]
    if one.card != other.card:
        return f"the corpus of {first.folder} (card {one.card}) is not that of {second.folder} ({other.card})"
    keys = [
        folds_key(Scoreboard(side.store, side.registry).split(section))
        for side, section in ((first, one), (second, other))
    ]
    return "" if keys[0] == keys[1] else f"the folds of {first.folder} are not those of {second.folder}"


def _comparison(
    sides: Sequence[_Side], key: tuple[str, str], titles: Sequence[str], evaluators: Sequence[str], kind: IntervalKind
) -> Comparison:
    sections = [side.sections[key] for side in sides]
    section = sections[0]
    # Documents in which they differ are told by exact spans, whatever else judges.
    cells = {
        name: [side.scored(s, name) for side, s in zip(sides, sections, strict=True)]
        for name in dict.fromkeys([*evaluators, EXACT])
    }
    board, ours = cells[EXACT][0]
    theirs = cells[EXACT][1][1]
    gold = board.gold(section)
    tests = [cell.test for cell in ours]
    apart, who = documents_apart(
        gold.spans, tests, [c.predictions.by_document for c in ours], [c.predictions.by_document for c in theirs]
    )
    groups = gold.groups if section.grouped else None
    tested = {name for test in tests for name in test}
    judged = []
    for name in evaluators:
        (judge, one), (_, other) = cells[name]
        try:
            lines = differences(
                count(one),
                count(other),
                judge.gold(section).evaluator.score,
                groups=groups,
                test_share=ours[0].test_share,
                kind=kind,
                # The only label there is says nothing that micro does not say.
                but=gold.card.labels if len(gold.card.labels) == 1 else (),
            )
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
        judged.append(Judged(name, lines))
    return Comparison(
        dataset=key[0],
        split=key[1],
        first=titles[0],
        second=titles[1],
        folds=len(tests),
        documents=len(tested),
        unit="group" if groups else "document",
        units=len({groups[name] for name in tested}) if groups else len(tested),
        judged=tuple(judged),
        apart=apart,
        found=who,
        gold=gold.card.gold_is,
        limit=section.limit,
        stand_in_for=section.stand_in_for,
    )
