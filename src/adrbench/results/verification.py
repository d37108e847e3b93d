"""`adrbench verify`, as far as the results folder suffices: files, folds, predictions, and every figure once more.

Figures are counted here in the plainest way, span by span, without the columns and sums of the leaderboard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Literal

from adrbench.api import Span
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.score import leaderboard
from adrbench.results.responses import Responses, responses_folder
from adrbench.results.schema import CardRecord, PlanRecord, SplitRecord
from adrbench.results.store import DamagedError, Store

# Sums in another order differ in the last bits.
_TOLERANCE = 1e-9
_MICRO = "micro"
_Figures = tuple[float, float, float]


@dataclass(frozen=True)
class Check:
    """One thing that was verified.

    Attributes:
        name: What was looked at.
        state: ``ok``, ``failed``, or ``skipped`` where it could not be checked.
        detail: How much was checked, or what is wrong.
    """

    name: str
    state: Literal["ok", "failed", "skipped"]
    detail: str


def verify_stored(store: Store, registry: Registry) -> Iterator[Check]:
    """Verify a results folder by itself.

    Args:
        store: The results folder.
        registry: The plugins.

    Yields:
        A check after another. After damage, none that would read the damaged files.

    Raises:
        StoreError: There is no plan, or a file that the plan needs is missing.
    """
    damaged = list(_damaged(store))
    yield from (Check("files", "failed", str(error)) for error in damaged)
    if damaged:
        return
    plan = store.read_plan()
    yield Check("files", "ok", f"{sum(1 for _ in store.cell_keys()):,} cells and all records are as they were written")
    problems, counted = _cells_elsewhere(store, plan)
    yield check_of("cells", problems, f"{counted:,} cells stand in the row, split and fold that they were measured for")
    if problems:
        return
    problems, counted = [], 0
    for section in plan.sections:
        card, split = store.need_card(section.card), store.need_split(section.folds)
        problems += [f"{section.dataset} {section.split}: {problem}" for problem in _wrong_folds(card, split)]
        counted += len(split.test)
    yield check_of("folds", problems, f"{counted:,} folds: nobody learns from what is tested, and groups stay together")
    problems, counted = _wrong_figures(store, plan, registry)
    yield check_of("figures", problems, f"{counted:,} figures counted anew from predictions and gold")
    responses = Responses(responses_folder(store.folder))
    if files := responses.files():
        lost = list(map(str, responses.damage()))
        yield check_of("responses", lost, f"{len(files):,} files of recorded responses are as they were written")


def check_of(name: str, problems: Sequence[str], detail: str) -> Check:
    """Make a check of what was found.

    Args:
        name: What was looked at.
        problems: What is wrong.
        detail: What is said if nothing is.

    Returns:
        The check; it tells the first problem and the number of the others.
    """
    if not problems:
        return Check(name, "ok", detail)
    more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
    return Check(name, "failed", f"{problems[0]}{more}")


def _damaged(store: Store) -> Iterator[DamagedError]:
    """Every file that is not what was written."""
    readers: Mapping[str, Callable[[str], object]] = {
        "corpora": store.read_card,
        "words": store.read_words,
        "splits": store.read_split,
        "environments": store.read_environment,
    }
    reads: list[Callable[[], object]] = [
        partial(read, name) for kind, read in readers.items() for name in store.names(kind)
    ]
    reads += [partial(store.read_answers, key) for key in store.cell_keys()]
    for read in [store.find_plan, *reads]:
        try:
            read()
        except DamagedError as error:
            yield error


def _cells_elsewhere(store: Store, plan: PlanRecord) -> tuple[list[str], int]:
    """Cells that are of another corpus, plugin or fold than the plan says, or whose predictions are."""
    problems, counted = [], 0
    for section in plan.sections:
        split = store.need_split(section.folds)
        for row in section.rows:
            for fold, key in enumerate(row.cells):
                read = store.read_answers(key)
                if read is None:
                    continue
                counted += 1
                record, answers = read
                beyond = fold >= len(split.test)
                if beyond or (record.dataset, record.use, record.fold) != (section.dataset, row.use, fold):
                    problems.append(f"{section.dataset} {section.split}: {row.tagger}: cell {key} is of another place")
                elif answers is not None and not answers.answers(split.test[fold]):
                    problems.append(
                        f"{section.dataset} {section.split}: {row.tagger}: cell {key} tests other documents"
                    )
    return problems, counted


def _wrong_folds(card: CardRecord, split: SplitRecord) -> Iterator[str]:
    for fold, test in enumerate(split.test):
        number = fold + 1
        tested = set(test)
        if unknown := tested - card.gold.keys():
            yield f"fold {number} tests {min(unknown)!r}, which the corpus does not have"
            continue
        train = set(split.train[fold]) if split.train is not None else card.gold.keys() - tested
        dev = set(split.dev[fold]) if split.dev is not None else set()
        if both := tested & (train | dev):
            yield f"fold {number} learns from {min(both)!r}, which it tests"
        if split.grouped and (
            shared := {card.group_of[name] for name in tested}
            & {card.group_of[name] for name in train if name in card.group_of}
        ):
            yield f"fold {number} has documents of the group {min(shared)!r} in train and in test"


def _wrong_figures(store: Store, plan: PlanRecord, registry: Registry) -> tuple[list[str], int]:
    """Figures of the leaderboard that are not those of a plain count."""
    board = leaderboard(store, registry, "z", "exact")
    shown = {(row.dataset, row.split, row.tagger, row.label): row for row in board.rows}
    problems, counted = [], 0
    for section in plan.sections:
        card, split = store.need_card(section.card), store.need_split(section.folds)
        gold = {name: {Span.from_list(span) for span in spans} for name, spans in card.gold.items()}
        for row in section.rows:
            folds = []
            for fold, key in enumerate(row.cells):
                read = store.read_answers(key)
                if read is not None and read[1] is not None:
                    folds.append(
                        _count(gold, dict(zip(split.test[fold], read[1].by_document, strict=True)), card.labels)
                    )
            for label in (*card.labels, _MICRO) if folds else ():
                means = tuple(fmean(figures[label][place] for figures in folds) for place in range(3))
                place = (section.dataset, section.split, row.tagger, label)
                there = shown.get(place)
                if there is None:
                    continue
                for name, figure in zip(("precision", "recall", "f1"), means, strict=True):
                    said = getattr(there, name)
                    counted += 1
                    if said is None or abs(said - figure) > _TOLERANCE:
                        problems.append(f"{' '.join(place)}: {name} is {figure:.6f}, and the leaderboard has {said}")
    return problems, counted


def _count(
    gold: Mapping[str, set[Span]], predicted: Mapping[str, Sequence[Span]], labels: Sequence[str]
) -> dict[str, _Figures]:
    """Precision, recall and F1 of exact spans, by label and for all of them."""
    right, said, wanted = Counter[str](), Counter[str](), Counter[str]()
    for name, spans in predicted.items():
        for counts, group in ((right, gold[name] & set(spans)), (said, set(spans)), (wanted, gold[name])):
            for span in group:
                counts.update((span.label, _MICRO))
    return {label: _figures(right[label], said[label], wanted[label]) for label in (*labels, _MICRO)}


def _figures(right: int, said: int, wanted: int) -> _Figures:
    return (
        right / said if said else 0.0,
        right / wanted if wanted else 0.0,
        2 * right / (said + wanted) if said + wanted else 0.0,
    )
