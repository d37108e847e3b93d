"""Makes the tasks of cells from a plan."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adrbench._system.variables import expand
from adrbench.datasets.corpus import Corpus
from adrbench.results.schema import CellRecord, CellStatus, Tuned
from adrbench.results.store import Store
from adrbench.running._material import Job, gold_of, groups_of, write_documents
from adrbench.running.executors.local import Task
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.pretraining.keys import key_from
from adrbench.running.pretraining.text import collect, keep

STUDIES = "studies"


def study_of(row: PlannedRow, cell: PlannedCell) -> str:
    """The key of the cell whose study chooses a cell's parameters.

    Args:
        row: The row.
        cell: The cell.

    Returns:
        The cell's own key, or that of the first fold if a single study serves all folds.
    """
    return row.cells[0].key if row.tune is not None and row.tune["scope"] == "first" else cell.key


class NoStudy(LookupError):  # noqa: N818  (what is the matter, not only that something is)
    """The study that a cell depends on has not finished. ``status``: the status that this gives the cell."""

    def __init__(self, stored: CellRecord | None) -> None:
        ended = f"{stored.status}: {stored.reason}" if stored is not None else "not run"
        super().__init__(f"its parameters are chosen in fold 1, and that was {ended}")
        skipped = stored is not None and stored.status == "skipped"
        self.status: CellStatus = "skipped" if skipped else "failed"


def tuned_in(row: PlannedRow, cell: PlannedCell, store: Store) -> Tuned:
    """What the study found that a cell takes its parameters from.

    Raises ``NoStudy`` if that has not come to an end.
    """
    stored = store.read_cell(study_of(row, cell))
    if stored is None or stored.status != "ok" or stored.tuned is None:
        raise NoStudy(stored)
    return stored.tuned


class Jobs:
    """Makes the tasks of a run. ``scratch``: a folder for files that cells read."""

    def __init__(self, plan: Plan, store: Store, options: Options, device: str, scratch: Path) -> None:
        self._plan = plan
        self._store = store
        self._options = options
        self._device = device
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._threads = plan.benchmark.limits.threads or max(1, cores // options.jobs)
        self._desks = {name: _CorpusFiles(corpus, scratch) for name, corpus in plan.corpora.items()}
        self._texts: dict[tuple[Any, ...], dict[str, Any]] = {}

    def check(self, row: PlannedRow, cell: PlannedCell) -> None:
        """Check that a cell can be run.

        Args:
            row: The row.
            cell: The cell.

        Raises:
            NoStudy: If the study that it depends on has not finished.
            CorpusError: If the text to pretrain on is not valid.
            OSError: If a file cannot be written.
        """
        self._params(row, cell)
        self._pretrain(row)

    def tasks(self, cells: Iterable[tuple[PlannedRow, PlannedCell]]) -> Iterator[Task]:
        """Make a task for each cell when it is asked for. By then the cells that it depends on must be stored.

        Args:
            cells: The cells with their rows.

        Yields:
            The task of each cell.
        """
        limits, folder = self._plan.benchmark.limits, self._plan.benchmark.folder.resolve()
        for row, cell in cells:
            python = row.interpreter.path if row.interpreter else None
            yield Task(cell.key, self._job(row, cell), folder, limits.timeout, limits.memory, python)

    def _job(self, row: PlannedRow, cell: PlannedCell) -> Job:
        desk, split = self._desks[cell.dataset], self._plan.splits[cell.dataset, cell.splits]
        fold = split.folds[cell.fold]
        return Job(
            key=cell.key,
            use=row.use,
            params=expand(self._params(row, cell)),
            documents=str(desk.documents()),
            unlabelled=str(desk.unlabelled()),
            train=gold_of(desk.corpus.documents, fold.train),
            development=gold_of(desk.corpus.documents, fold.dev),
            test=fold.test,
            held_back_groups=groups_of(desk.corpus.documents, fold.test) if split.grouped else [],
            labels=desk.corpus.labels,
            seed=self._plan.benchmark.benchmark.seed,
            grouped=split.grouped,
            device=self._device,
            threads=self._threads,
            offline=self._options.offline,
            keep_model=self._options.keep_models,
            tune=self._tune(row, cell),
            pretrain=self._pretrain(row),
            scores=self._plan.benchmark.benchmark.scores,
        )

    def _params(self, row: PlannedRow, cell: PlannedCell) -> dict[str, Any]:
        """The row's parameters, with those found in the first fold in their place."""
        tuned = tuned_in(row, cell, self._store).params if study_of(row, cell) != cell.key else {}
        return {**row.params, **tuned}

    def _tune(self, row: PlannedRow, cell: PlannedCell) -> dict[str, Any] | None:
        """The study that a cell does itself, with the place where it is kept."""
        if row.tune is None or study_of(row, cell) != cell.key:
            return None
        return {**expand(row.tune), "journal": str(self._store.folder.resolve() / STUDIES / f"{cell.key}.log")}

    def _pretrain(self, row: PlannedRow) -> dict[str, Any] | None:
        """How a row learns from text first, with the file that has it; the text is collected once for all folds."""
        if row.pretrain is None or row.pretraining is None:
            return None
        spec, benchmark = row.pretrain, self._plan.benchmark
        wanted = (row.dataset, *spec["text"], spec["sentences"], spec["test_text"])
        if wanted not in self._texts:
            corpus = self._desks[row.dataset].corpus
            collected = collect(
                expand(spec["text"]),
                benchmark.folder,
                corpus.unlabelled,
                [annotated.document for annotated in corpus.documents],
                allow_test=spec["test_text"],
                limit=spec["sentences"],
                seed=benchmark.benchmark.seed,
            )
            kept = {"texts": str(keep(collected).resolve()), "digest": collected.digest}
            self._texts[wanted] = {**kept, "read": collected.read, "excluded": dict(collected.excluded)}
        texts = self._texts[wanted]
        key = key_from(row.pretraining, row.params, texts["digest"], benchmark.benchmark.seed, benchmark.folder)
        return {**texts, "key": key, "how": expand(spec["how"]), "test_text": spec["test_text"]}


class _CorpusFiles:
    """What the cells of one corpus have in common: files with its texts, written when first asked for."""

    def __init__(self, corpus: Corpus, scratch: Path) -> None:
        self.corpus = corpus
        self._scratch = scratch

    def documents(self) -> Path:
        path = self._scratch / f"{self.corpus.name}.jsonl"
        if not path.exists():
            write_documents(path, [a.document for a in self.corpus.documents])
        return path

    def unlabelled(self) -> Path:
        path = self._scratch / f"{self.corpus.name}-unlabelled.jsonl"
        if not path.exists():
            write_documents(path, self.corpus.unlabelled)
        return path
