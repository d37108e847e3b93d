"""What the cells of a plan are going to ask of servers: requests, tokens and money, before any of them is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adrbench._system.variables import expand
from adrbench.api import Annotated, RequestEstimate, TaggerPlugin
from adrbench.plugins.registry import Registry
from adrbench.results.store import Store
from adrbench.results.tokens import Tokens, tokens_price
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.superseded import finished


@dataclass(frozen=True)
class ExpectedRequests:
    """An estimate for the unfinished cells of a row that asks a server.

    Attributes:
        dataset: The corpus.
        split: The split.
        tagger: The id of the row.
        cells: How many cells are not finished.
        requests: Their requests; None if the plugin cannot tell.
        prompt_tokens: Tokens that are sent.
        completion_tokens: Tokens that come back.
        money: Their price; None without a price sheet.
        reason: Why nothing is known.
    """

    dataset: str
    split: str
    tagger: str
    cells: int
    requests: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    money: float | None = None
    reason: str = ""


def expected_requests(plan: Plan, store: Store | None, registry: Registry) -> tuple[ExpectedRequests, ...]:
    """Estimate what the unfinished cells of a plan ask of servers, if no response is recorded yet.

    Args:
        plan: The plan.
        store: The results folder; None if there is none.
        registry: The installed plugins.

    Returns:
        An estimate for each chosen row that asks a server and has unfinished cells.
    """
    found = []
    for row in plan.rows:
        cells = [cell for cell in row.cells if store is None or not finished(store, cell.key)]
        if row.records and row.chosen and row.problem is None and cells:
            named = (row.dataset, row.splits, row.tagger, len(cells))
            estimates = _Cells(plan, row, registry)
            try:
                found.append(_sum(named, [estimates.of(cell) for cell in cells], plan))
            except _Unknown as reason:
                found.append(ExpectedRequests(*named, reason=str(reason)))
    return tuple(found)


class _Unknown(Exception):  # noqa: N818  (says what is the matter)
    """Nothing is known of a row; says why."""


class _Cells:
    """Asks the plugin of a row about its cells."""

    def __init__(self, plan: Plan, row: PlannedRow, registry: Registry) -> None:
        self._plan, self._row, self._registry = plan, row, registry
        corpus = plan.corpora[row.dataset]
        self._labels = corpus.labels
        self._documents = {a.document.id: a for a in corpus.documents}

    def of(self, cell: PlannedCell) -> RequestEstimate:
        """The estimate of a cell. Raises ``_Unknown``."""
        if self._row.interpreter is not None:
            raise _Unknown("its plugin is in another interpreter")
        plugin: TaggerPlugin = self._registry.describe("taggers", self._row.use)
        if plugin.estimate is None:
            raise _Unknown("its plugin gives no estimate")
        if self._row.tune is not None:
            raise _Unknown("its search asks too, and how often is not known")
        fold = self._plan.splits[cell.dataset, cell.splits].folds[cell.fold]
        train = self._annotated(fold.train)
        test = [a.document for a in self._annotated(fold.test)]
        try:
            params, _ = self._registry.check(plugin.params, expand(self._row.params))
            made: Any = plugin.estimate(params, train, test, self._labels)
        except Exception as error:
            raise _Unknown(f"its plugin cannot tell: {type(error).__name__}: {error}") from error
        if not isinstance(made, RequestEstimate):
            raise _Unknown("its plugin gives something else than a RequestEstimate")
        return made

    def _annotated(self, ids: Sequence[str]) -> list[Annotated]:
        return [self._documents[name] for name in ids]


def _sum(named: tuple[str, str, str, int], cells: Sequence[RequestEstimate], plan: Plan) -> ExpectedRequests:
    return ExpectedRequests(
        *named,
        requests=sum(cell.requests for cell in cells),
        prompt_tokens=sum(cell.prompt_tokens for cell in cells),
        completion_tokens=sum(cell.completion_tokens for cell in cells),
        money=sum(_price(cells, plan)) if plan.prices is not None else None,
    )


def _price(cells: Sequence[RequestEstimate], plan: Plan) -> Iterator[float]:
    for cell in cells:
        if plan.prices is not None:
            tokens = Tokens(cell.prompt_tokens, 0, cell.completion_tokens)
            yield tokens_price(tokens, plan.prices.tokens(cell.model).by_kind())
