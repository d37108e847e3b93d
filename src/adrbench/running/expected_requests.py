"""What the cells of a plan are going to ask of servers: requests, tokens and money, before any of them is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from adrbench._system.variables import expand
from adrbench.api import Annotated, Context, Document, RequestEstimate, TaggerPlugin
from adrbench.config.variants import CALIBRATED, DISTILLED
from adrbench.errors import InputError
from adrbench.plugins.composition import specs
from adrbench.plugins.registry import Registry
from adrbench.results.store import Store
from adrbench.results.tokens import Tokens, tokens_price
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.pretraining.text import collect
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
                found.append(_sum(named, [one for cell in cells for one in estimates.of(cell)], plan))
            except _Unknown as reason:
                found.append(ExpectedRequests(*named, reason=str(reason)))
    return tuple(found)


class _Unknown(Exception):  # noqa: N818  (says what is the matter)
    """Nothing is known of a row; says why."""


class _Cells:
    """Asks the plugins of a row about its cells."""

    def __init__(self, plan: Plan, row: PlannedRow, registry: Registry) -> None:
        self._plan, self._row, self._registry = plan, row, registry
        corpus = plan.corpora[row.dataset]
        self._labels = corpus.labels
        self._documents = {a.document.id: a for a in corpus.documents}

    def of(self, cell: PlannedCell) -> list[RequestEstimate]:
        """The estimates of a cell, one for each time that a tagger predicts. Raises ``_Unknown``."""
        if self._row.interpreter is not None:
            raise _Unknown("its plugin is in another interpreter")
        if self._row.tune is not None:
            raise _Unknown("its search asks too, and how often is not known")
        plugin: TaggerPlugin = self._registry.describe("taggers", self._row.use)
        split = self._plan.splits[cell.dataset, cell.splits]
        fold = split.folds[cell.fold]
        conditions = Context(
            seed=self._plan.benchmark.benchmark.seed,
            labels=self._labels,
            scratch=Path(),
            grouped=split.grouped,
            development=self._annotated(fold.dev),
        )
        params, _ = self._registry.check(plugin.params, expand(self._row.params))
        train, test = self._annotated(fold.train), [a.document for a in self._annotated(fold.test)]
        return list(self._estimates(plugin, params, train, test, conditions))

    def _estimates(
        self,
        plugin: TaggerPlugin,
        params: Any,
        train: Sequence[Annotated],
        documents: Sequence[Document],
        conditions: Context,
    ) -> Iterator[RequestEstimate]:
        """What a tagger asks in a fit and a prediction, or those do that it builds."""
        if plugin.name == CALIBRATED:
            inner = params.tagger
            kept, held = conditions.holdout(train, params.holdout)
            if held and self._plan.benchmark.benchmark.scores:
                texts = [annotated.document for annotated in held]
                yield from self._estimates(inner.plugin, inner.checked, kept, texts, conditions)
            yield from self._estimates(inner.plugin, inner.checked, train, documents, conditions)
        elif plugin.name == DISTILLED:
            teacher, student = params.teacher, params.student
            texts = self._texts if _asks(teacher.plugin, teacher.checked) else []
            yield from self._estimates(teacher.plugin, teacher.checked, train, texts, conditions)
            yield from self._estimates(student.plugin, student.checked, train, documents, conditions)
        elif _asks(plugin, params):
            yield self._estimate(plugin, params, train, documents)

    def _estimate(
        self, plugin: TaggerPlugin, params: Any, train: Sequence[Annotated], documents: Sequence[Document]
    ) -> RequestEstimate:
        if plugin.estimate is None:
            raise _Unknown("its plugin gives no estimate")
        try:
            made: Any = plugin.estimate(params, train, documents, self._labels)
        except Exception as error:
            raise _Unknown(f"its plugin cannot tell: {type(error).__name__}: {error}") from error
        if not isinstance(made, RequestEstimate):
            raise _Unknown("its plugin gives something else than a RequestEstimate")
        return made

    @cached_property
    def _texts(self) -> list[Document]:
        """The texts that a teacher labels."""
        corpus, names, limit = self._plan.corpora[self._row.dataset], self._row.params["text"], self._row.params
        most = min((n for n in (limit["sentences"], corpus.filters.limit) if n is not None), default=None)
        labelled = [annotated.document for annotated in corpus.documents]
        benchmark = self._plan.benchmark
        seed = benchmark.benchmark.seed
        try:
            found = collect(expand(names), benchmark.folder, corpus.unlabelled, labelled, limit=most, seed=seed)
        except (InputError, OSError) as error:
            raise _Unknown(f"its texts cannot be read: {error}") from error
        return [Document(str(number), text, (), str(number)) for number, text in enumerate(found.texts)]

    def _annotated(self, ids: Sequence[str]) -> list[Annotated]:
        return [self._documents[name] for name in ids]


def _asks(plugin: TaggerPlugin, params: Any) -> bool:
    return plugin.records or any(spec.plugin.records for spec in specs(params))


def _sum(named: tuple[str, str, str, int], estimates: Sequence[RequestEstimate], plan: Plan) -> ExpectedRequests:
    return ExpectedRequests(
        *named,
        requests=sum(one.requests for one in estimates),
        prompt_tokens=sum(one.prompt_tokens for one in estimates),
        completion_tokens=sum(one.completion_tokens for one in estimates),
        money=sum(_price(estimates, plan)) if plan.prices is not None else None,
    )


def _price(estimates: Sequence[RequestEstimate], plan: Plan) -> Iterator[float]:
    for one in estimates:
        if plan.prices is not None:
            tokens = Tokens(one.prompt_tokens, 0, one.completion_tokens)
            yield tokens_price(tokens, plan.prices.tokens(one.model).by_kind())
