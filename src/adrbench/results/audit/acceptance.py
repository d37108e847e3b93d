"""The effect on the leaderboard if the first findings of an audit were accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.audit.audit import Audit, AuditItem
from adrbench.results.leaderboard.rows import Row
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.schema import CardRecord, PlainSpan, PlanRecord
from adrbench.results.store import Store
from adrbench.scoring.evaluators.build import describe_evaluator


@dataclass(frozen=True)
class Effect:
    """F1 and tie groups of a tagger by the gold as it is, and by the gold with the first findings accepted.

    Attributes:
        tagger: The id of the row.
        f1: F1 by the gold as it is, a fraction, mean over folds; None if it was not measured.
        ties: The letters of its tie groups.
        accepted_f1: F1 by the accepted gold.
        accepted_ties: The letters of its tie groups then.
    """

    tagger: str
    f1: float | None
    ties: str
    accepted_f1: float | None
    accepted_ties: str


def accept(store: Store, registry: Registry, audit: Audit, count: int) -> tuple[Effect, ...]:
    """Score all taggers by the gold with the first findings accepted, without training anything.

    Args:
        store: The results folder.
        registry: The registry of plugins.
        audit: The audit of one of its corpora.
        count: How many findings are accepted.

    Returns:
        The effects, best tagger by the gold as it is first.

    Raises:
        InputError: There are fewer findings, or the benchmark's evaluator asks which mentions were learnt.
    """
    if not 0 < count <= len(audit.items):
        raise InputError(
            f"{count} findings cannot be accepted: the audit of {audit.dataset} has {len(audit.items):,}; "
            f"give a number from 1 to {len(audit.items)}"
        )
    evaluator = store.read_plan().evaluators[0]
    if "seen" in describe_evaluator(registry, evaluator)[0].needs:
        raise InputError(f"corrected gold cannot be scored by {evaluator}, which asks for the words of each mention")
    before = _rows(_Corrected(store, audit, ()), registry)
    after = {row.tagger: row for row in _rows(_Corrected(store, audit, audit.items[:count]), registry)}
    return tuple(
        Effect(row.tagger, row.f1, row.ties, after[row.tagger].f1, after[row.tagger].ties)
        for row in before
        if row.f1 is not None
    )


def corrected(
    gold: Mapping[str, tuple[PlainSpan, ...]], items: Iterable[AuditItem]
) -> dict[str, tuple[PlainSpan, ...]]:
    """Apply findings to gold: a mention is replaced by the proposal, added or removed.

    Args:
        gold: Mentions by document id.
        items: The findings that are accepted.

    Returns:
        The gold afterwards.
    """
    made = dict(gold)
    for item in items:
        mention, proposal = item.finding.gold, item.finding.proposal
        kept = [span for span in made[item.document] if span != mention]
        made[item.document] = tuple(sorted([*kept, proposal] if proposal is not None else kept))
    return made


def _rows(store: Store, registry: Registry) -> list[Row]:
    board = Scoreboard(store, registry, store.read_plan().evaluators[0], keep=False).board()
    return next(iter(board.sections().values()), [])


class _Corrected(Store):
    """A results folder as if it held a single section, and other gold."""

    def __init__(self, store: Store, audit: Audit, items: Iterable[AuditItem]) -> None:
        super().__init__(store.folder)
        self._audit = audit
        self._items = tuple(items)

    def read_plan(self) -> PlanRecord:
        plan = super().read_plan()
        own = self._audit.dataset, self._audit.split
        return replace(plan, sections=tuple(one for one in plan.sections if (one.dataset, one.split) == own))

    def read_card(self, name: str) -> CardRecord | None:
        card = super().read_card(name)
        return card and replace(card, gold=corrected(card.gold, self._items))
