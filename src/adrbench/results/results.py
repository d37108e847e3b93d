"""A results folder as an object: rows, comparisons, predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from adrbench.api import Span
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.rows import Board, Row
from adrbench.results.prices import PriceSheet, price_sheet
from adrbench.results.schema import SectionRecord
from adrbench.results.status import status_of, statuses
from adrbench.results.store import Store, results_folder
from adrbench.results.timings import RowTimings, timings
from adrbench.scoring.statistics.kinds import DEFAULT_DIFFERENCE, DEFAULT_INTERVAL, INTERVALS

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped, import-not-found, unused-ignore]

    from adrbench.results.audit.acceptance import Effect
    from adrbench.results.audit.audit import Audit
    from adrbench.results.comparison.results import Found
    from adrbench.results.failures import Failure
    from adrbench.results.forecast import Forecast
    from adrbench.scoring.statistics.kinds import IntervalKind


class StoredResults:
    """A results folder. Iterating gives the rows of its leaderboard.

    Attributes:
        folder: The results folder. A benchmark file may be given instead: its results are in ``runs/NAME``.

    Raises:
        adrbench.errors.InputError: The folder is no results folder.
    """

    def __init__(self, folder: str | Path, summary: Summary | None = None, registry: Registry | None = None) -> None:
        self._registry = registry or Registry()
        self.folder = results_folder(Path(folder), self._registry)
        self._store = Store(self.folder)
        self._plan = self._store.read_plan()
        self._summary = summary

    @cached_property
    def board(self) -> Board:
        """The leaderboard, with the default interval and by the evaluator that the benchmark ranks by."""
        return self._summary.board if self._summary is not None else self.leaderboard()

    @cached_property
    def statuses(self) -> Mapping[str, int]:
        """How many cells of the last run have which status: ok, failed, timeout, oom, skipped or pending."""
        return statuses(self._store, self._plan)

    @property
    def benchmark(self) -> str:
        """The name of the benchmark."""
        return self._plan.benchmark

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the leaderboard: one for each corpus, split, tagger and label, ``micro`` for all labels."""
        return self.board.rows

    @property
    def taggers(self) -> tuple[str, ...]:
        """The ids of all taggers, as they stand in the plan."""
        return tuple(dict.fromkeys(row.tagger for section in self._plan.sections for row in section.rows))

    def leaderboard(
        self,
        *,
        interval: IntervalKind = DEFAULT_INTERVAL,
        evaluator: str = "",
        front: bool = False,
        prices: str | Path | PriceSheet | None = None,
        dataset: str = "",
        splits: str = "",
    ) -> Board:
        """Make the leaderboard with another interval or evaluator, or of a part of the results.

        Args:
            interval: The interval of precision, recall and F1.
            evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
            front: Only taggers on the Pareto front of F1, time, memory, and tokens or price.
            prices: A price sheet, or its file; None: nothing is priced.
            dataset: The corpus; empty: all.
            splits: The split; empty: all.

        Returns:
            The leaderboard.

        Raises:
            InputError: The interval, the evaluator, a corpus or a split is unknown, or a price is lacking.
        """
        from adrbench.results.leaderboard.front import on_front  # noqa: PLC0415
        from adrbench.results.leaderboard.score import leaderboard  # noqa: PLC0415
        from adrbench.results.selection import sections_of  # noqa: PLC0415

        if interval not in INTERVALS:
            raise InputError(f"unknown interval {interval!r}; {closest(str(interval), INTERVALS)}")
        board = leaderboard(self._store, self._registry, interval, evaluator, price_sheet(prices))
        board = sections_of(board, [dataset] if dataset else [], [splits] if splits else [])
        return on_front(board) if front else board

    def compare(
        self,
        a: str,
        b: str,
        *,
        evaluator: str | Sequence[str] = (),
        interval: IntervalKind = DEFAULT_DIFFERENCE,
        dataset: str = "",
        splits: str = "",
    ) -> Found:
        """Compare two taggers wherever both have every fold.

        Args:
            a: The id of the first tagger, or ``ID@FOLDER`` for a tagger of another folder.
            b: The second tagger. Differences are ``a`` less ``b``.
            evaluator: One evaluator or several; empty: those of the benchmark.
            interval: The interval of the difference.
            dataset: The corpus; empty: all.
            splits: The split; empty: all.

        Returns:
            An object with the ``comparisons``, and the reason for each corpus and split ``left_out``.

        Raises:
            InputError: A name is unknown, or nothing can be compared.
        """
        from adrbench.results.comparison.results import Contender, compare  # noqa: PLC0415

        if interval not in INTERVALS:
            raise InputError(f"unknown interval {interval!r}; {closest(str(interval), INTERVALS)}")
        if dataset or splits:
            self._section(dataset, splits, several=True)
        return compare(
            Contender.parse(a, self.folder),
            Contender.parse(b, self.folder),
            self._registry,
            evaluators=(evaluator,) if isinstance(evaluator, str) else tuple(evaluator),
            kind=interval,
            datasets=(dataset,) if dataset else (),
            splits=(splits,) if splits else (),
        )

    def audit(self, *, dataset: str = "", splits: str = "") -> tuple[Audit, ...]:
        """Find gold that looks wrong, from predictions of documents that taggers did not learn from.

        Args:
            dataset: The corpus; empty: all.
            splits: The split; empty: of each corpus that which keeps groups whole, else the first.

        Returns:
            An audit of each corpus with taggers of two families or more, its ``items`` most likely errors first.

        Raises:
            InputError: A name is unknown, or no corpus can be audited.
        """
        from adrbench.results.audit.audit import audit  # noqa: PLC0415

        chosen = {"datasets": dataset, "splits": splits}
        return tuple(audit(self._store, self._registry, **{k: (name,) for k, name in chosen.items() if name})[0])

    def accept(self, audit: Audit, count: int) -> tuple[Effect, ...]:
        """Score all taggers by the gold with the first findings of an audit accepted. Nothing is trained.

        Args:
            audit: An audit of these results.
            count: How many findings are accepted.

        Returns:
            F1 and tie groups of each tagger before and after.

        Raises:
            InputError: There are fewer findings, or the benchmark's evaluator asks which mentions were learnt.
        """
        from adrbench.results.audit.acceptance import accept  # noqa: PLC0415

        return accept(self._store, self._registry, audit, count)

    def forecast(
        self,
        *,
        target: float | None = None,
        times: Sequence[float] = (1.5, 2.0, 4.0),
        evaluator: str = "",
        dataset: str = "",
        splits: str = "",
        tagger: str = "",
    ) -> tuple[Forecast, ...]:
        """Forecast F1 with more annotated text, from learning curves.

        Args:
            target: An F1 as a fraction, to say how many training documents it needs.
            times: Multiples of the training documents of the largest fraction, from 1 to 10.
            evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
            dataset: The corpus; empty: all.
            splits: The split with whole training parts; empty: all.
            tagger: The id of a row; empty: all.

        Returns:
            A forecast, or a refusal with its reason, for each corpus, split and tagger with a learning curve.

        Raises:
            InputError: A name or a number is not valid, or no split has a learning curve.
        """
        from adrbench.results.forecast import forecast  # noqa: PLC0415

        chosen = {"datasets": dataset, "splits": splits, "taggers": tagger}
        return forecast(
            self._store,
            self._registry,
            target=target,
            times=times,
            evaluator=evaluator,
            **{option: (name,) for option, name in chosen.items() if name},
        )

    def failures(self, tagger: str) -> tuple[Failure, ...]:
        """Tell how the cells of a tagger ended that did not go well.

        Args:
            tagger: Its id.

        Returns:
            Status, reason, traceback and output; folds that ended alike are told once.

        Raises:
            InputError: There is no such tagger.
        """
        from adrbench.results.failures import failures  # noqa: PLC0415

        return failures(self._store, tagger)

    @property
    def timings(self) -> tuple[RowTimings, ...]:
        """How the costs of each row vary when its cells are run again (``time_again`` of ``run``)."""
        return timings(self._store)

    def predictions(
        self, tagger: str, *, fold: int | None = None, dataset: str = "", splits: str = ""
    ) -> dict[str, tuple[Span, ...]]:
        """Read the spans that a tagger predicted.

        Args:
            tagger: Its id.
            fold: The fold, from 1. None: all folds, if each tests other documents.
            dataset: The corpus; may be left out if there is one.
            splits: The split; may be left out if there is one.

        Returns:
            Sorted spans by the id of each document under test.

        Raises:
            InputError: A name or a fold is unknown, a fold has no predictions, or no fold is given for a split that
                tests documents several times.
        """
        section = self._section(dataset, splits)
        rows = {row.tagger: row for row in section.rows}
        if tagger not in rows:
            raise InputError(f"{self.folder}: no tagger {tagger!r}; {closest(tagger, rows)}")
        row = rows[tagger]
        if not row.cells:
            raise InputError(f"{tagger} was not measured ({': '.join(status_of(row, None))})")
        found: dict[str, tuple[Span, ...]] = {}
        for number, tested in self._folds(section, fold):
            cell, answers = self._store.read_answers(row.cells[number]) or (None, None)
            if answers is None:
                raise InputError(
                    f"{tagger} has no predictions of fold {number + 1} ({': '.join(status_of(row, cell))})"
                )
            if not answers.answers(tested):
                raise self._store.unfit(row.cells[number])
            found.update(zip(tested, answers.by_document, strict=True))
        return found

    def gold(self, *, fold: int | None = None, dataset: str = "", splits: str = "") -> dict[str, tuple[Span, ...]]:
        """Read the gold, for ``adrbench.evaluate`` together with ``predictions``.

        Args:
            fold: The fold, from 1. None: all folds, if each tests other documents.
            dataset: The corpus; may be left out if there is one.
            splits: The split; may be left out if there is one.

        Returns:
            Sorted spans by the id of each document under test.

        Raises:
            InputError: A name or a fold is unknown, or no fold is given for a split that tests documents several times.
        """
        section = self._section(dataset, splits)
        card = self._store.need_card(section.card)
        tested = [name for _, names in self._folds(section, fold) for name in names]
        return {name: tuple(sorted(map(Span.from_list, card.gold[name]))) for name in tested}

    def to_pandas(self) -> DataFrame:
        """Turn the rows into a ``pandas.DataFrame``.

        Returns:
            A column for each field of a row, costs included.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415  (it is no requirement)
        except ImportError as error:
            raise InputError(
                "to_pandas needs pandas: pip install pandas; without it, .rows are plain objects"
            ) from error
        return pd.DataFrame([row.flat() for row in self.rows])

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        cells = ", ".join(f"{count:,} {status}" for status, count in sorted(self.statuses.items()))
        return f"Results({str(self.folder)!r}: {self.benchmark}, {len(self.taggers)} taggers, cells: {cells or 'none'})"

    def _section(self, dataset: str, splits: str, *, several: bool = False) -> SectionRecord:
        """The part of the plan with this corpus and split; empty names fit any, if that leaves one."""
        found = list(self._plan.sections)
        for what, place, name in (("dataset", 0, dataset), ("splits", 1, splits)):
            known = [(section.dataset, section.split)[place] for section in found]
            if name and name not in known:
                raise InputError(f"{self.folder}: no {what} {name!r}; {closest(name, known)}")
            found = [section for section, own in zip(found, known, strict=True) if name in {"", own}]
        if not found or (len(found) > 1 and not several):
            there = "; ".join(f"dataset={one.dataset!r}, splits={one.split!r}" for one in found)
            raise InputError(f"{self.folder}: say which: {there}" if there else f"{self.folder}: holds nothing")
        return found[0]

    def _folds(self, section: SectionRecord, fold: int | None) -> list[tuple[int, Sequence[str]]]:
        """The chosen folds: numbers counted from 0, and the ids that each tests."""
        folds: list[tuple[int, Sequence[str]]] = list(enumerate(self._store.need_split(section.folds).test))
        if fold is not None:
            if not 1 <= fold <= len(folds):
                raise InputError(f"no fold {fold}; folds are counted from 1 to {len(folds)}")
            return folds[fold - 1 : fold]
        if len({name for _, tested in folds for name in tested}) < sum(len(tested) for _, tested in folds):
            raise InputError(f"{section.split} tests documents in several of its {len(folds)} folds; say which fold")
        return folds


@dataclass(frozen=True)
class Summary:
    """The result of a run.

    Attributes:
        board: The leaderboard.
        statuses: How many cells have which status, those of earlier runs included.
        timings: The further timings of the folder, if this run took some.
        untimed: How many cells could not be run again, by status.
    """

    board: Board
    statuses: Mapping[str, int]
    timings: tuple[RowTimings, ...] = ()
    untimed: Mapping[str, int] = field(default_factory=dict)
