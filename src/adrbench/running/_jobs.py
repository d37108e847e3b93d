"""Makes the tasks of cells from a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from adrbench._system.hashing import content_hash, files_named_in, with_full_paths
from adrbench._system.machine import usable_cores
from adrbench._system.paths import with_home
from adrbench._system.variables import expand
from adrbench.api import Document, Resources
from adrbench.config.variants import DISTILLED
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.text.splitters import DEFAULT
from adrbench.datasets.text.tokens import tokenise
from adrbench.results.schema import CellRecord, CellStatus, Tuned
from adrbench.results.store import Store
from adrbench.running._budget import Purse
from adrbench.running._job import Job
from adrbench.running._material import gold_of, groups_of, write_documents
from adrbench.running.executors.local import Task
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.pretraining.keys import key_from
from adrbench.running.pretraining.text import collect, keep
from adrbench.running.pretraining.words import keep_words
from adrbench.running.same_machine import machines_of

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
    """Makes the tasks of a run.

    ``scratch``: a folder for files that cells read. ``responses``: the folder of responses, for rows that ask a server;
    ``purse``: the budget that their cells have shares of.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        options: Options,
        device: str,
        scratch: Path,
        responses: Path | None = None,
        purse: Purse | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._options = options
        self._device = device
        self._folder = plan.benchmark.folder.resolve()
        self._responses = responses
        self._purse = purse
        self._threads = _threads(plan, options)
        self._desks = {name: _CorpusFiles(corpus, scratch) for name, corpus in plan.corpora.items()}
        self._texts: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._scratch = scratch
        self._words = {entry.name or entry.use: entry.words or DEFAULT for entry in plan.benchmark.datasets}

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
        self._texts_of(row)

    def tasks(self, cells: Iterable[tuple[PlannedRow, PlannedCell]]) -> Iterator[Task]:
        """Make a task for each cell when it is asked for. By then the cells that it depends on must be stored.

        Args:
            cells: The cells with their rows.

        Yields:
            The task of each cell.
        """
        limits = self._plan.benchmark.limits
        for row, cell in cells:
            job = self._job(row, cell)
            yield Task(
                cell.key,
                job,
                limits.timeout,
                limits.memory,
                row.interpreter.path if row.interpreter else None,
                journal=self._store.folder.resolve() / STUDIES / f"{cell.key}.log",
                files=self._searched(job),
                resources=resources_of(row, self._plan, self._options),
                **self._pinned(row),
            )

    def _pinned(self, row: PlannedRow) -> dict[str, Any]:
        """What keeps the cells of a row on one machine, if that is asked for."""
        if not self._options.same_machine:
            return {}
        ran_on = machines_of(row, self._store)
        # Rows that have a cell in common belong together.
        return {"group": row.cells[0].key, "machine": ran_on[0] if ran_on else None}

    def _job(self, row: PlannedRow, cell: PlannedCell) -> Job:
        desk, split = self._desks[cell.dataset], self._plan.splits[cell.dataset, cell.splits]
        fold = split.folds[cell.fold]
        return Job(
            key=cell.key,
            use=row.use,
            params=with_full_paths(expand(self._params(row, cell)), self._folder),
            documents=str(desk.documents()),
            unlabelled=str(desk.unlabelled()),
            train=gold_of(desk.corpus.documents, fold.train),
            development=gold_of(desk.corpus.documents, fold.dev),
            test=fold.test,
            held_back_groups=groups_of(desk.corpus.documents, fold.test) if split.grouped else [],
            labels=desk.corpus.labels,
            seed=self._plan.benchmark.benchmark.seed,
            grouped=split.grouped,
            device=self._device_of(row),
            threads=self._threads,
            offline=self._options.offline,
            keep_model=self._options.keep_models,
            tune=self._tune(row, cell),
            pretrain=self._pretrain(row),
            scores=self._plan.benchmark.benchmark.scores,
            responses=str(self._responses) if row.records and self._responses is not None else None,
            texts=self._texts_of(row),
            budget=self._purse.share(cell.key) if row.records and self._purse is not None else None,
            keep_local=_keep_local(desk.corpus),
        )

    def _device_of(self, row: PlannedRow) -> str:
        if not self._options.remote:
            return self._device
        return "cuda:0" if resources_of(row, self._plan, self._options).gpus else "cpu"

    def _params(self, row: PlannedRow, cell: PlannedCell) -> dict[str, Any]:
        """The row's parameters, with those found in the first fold in their place."""
        tuned = tuned_in(row, cell, self._store).params if study_of(row, cell) != cell.key else {}
        return {**row.params, **tuned}

    def _tune(self, row: PlannedRow, cell: PlannedCell) -> dict[str, Any] | None:
        """The study that a cell does itself."""
        if row.tune is None or study_of(row, cell) != cell.key:
            return None
        tune = expand(row.tune)
        return {**tune, "params": with_full_paths(tune["params"], self._folder)}

    def _searched(self, job: Job) -> dict[str, Path]:
        """The files that a study chooses among. Its results have their names, so they keep them."""
        named = files_named_in(job.tune["space"], self._folder) if job.tune is not None else {}
        return {name: path for name, path in named.items() if not Path(name).is_absolute() and name[0] != "~"}

    def _pretrain(self, row: PlannedRow) -> dict[str, Any] | None:
        """How a row learns from text first, with the file that has it; the text is collected once for all folds."""
        if row.pretrain is None or row.pretraining is None:
            return None
        spec, benchmark = row.pretrain, self._plan.benchmark
        # An older adrbench in another environment does not say whether its tagger takes words.
        words = self._words[row.dataset] if row.pretraining.get("words") else None
        wanted = (row.dataset, *spec["text"], spec["sentences"], spec["test_text"], words)
        if wanted not in self._texts:
            corpus = self._desks[row.dataset].corpus
            collected = collect(
                _sources(spec["text"]),
                benchmark.folder,
                corpus.unlabelled,
                [annotated.document for annotated in corpus.documents],
                allow_test=spec["test_text"],
                limit=spec["sentences"],
                seed=benchmark.benchmark.seed,
            )
            path, digest = (keep(collected), collected.digest) if words is None else keep_words(collected, words)
            kept = {"texts": str(path.resolve()), "digest": digest}
            self._texts[wanted] = {**kept, "read": collected.read, "excluded": dict(collected.excluded)}
        texts = self._texts[wanted]
        key = key_from(row.pretraining, row.params, texts["digest"], benchmark.benchmark.seed, benchmark.folder)
        how = with_full_paths(expand(spec["how"]), self._folder)
        return {**texts, "key": key, "how": how, "test_text": spec["test_text"]}

    def _texts_of(self, row: PlannedRow) -> str | None:
        """The file of the texts that a teacher labels, in words as the corpus has them."""
        if row.use != DISTILLED:
            return None
        corpus, names, limit = self._desks[row.dataset].corpus, tuple(row.params["text"]), row.params["sentences"]
        limit = min((n for n in (limit, corpus.filters.limit) if n is not None), default=None)
        wanted = (DISTILLED, row.dataset, *names, limit)
        if wanted not in self._texts:
            labelled = [annotated.document for annotated in corpus.documents]
            seed, folder = self._plan.benchmark.benchmark.seed, self._plan.benchmark.folder
            collected = collect(_sources(names), folder, corpus.unlabelled, labelled, limit=limit, seed=seed)
            words = tokenise(collected.texts, words=self._words[row.dataset])
            # A run that goes on has fewer rows to do, and its tasks are to be the same.
            path = self._scratch / f"texts-{content_hash([wanted, collected.digest])[:32]}.jsonl"
            pairs = enumerate(zip(collected.texts, words, strict=True))
            write_documents(path, [Document(f"text {i}", text, own, f"text {i}") for i, (text, own) in pairs])
            self._texts[wanted] = {"texts": str(path)}
        texts: str = self._texts[wanted]["texts"]
        return texts


def resources_of(row: PlannedRow, plan: Plan, options: Options) -> Resources:
    """What the cells of a row take of a node.

    Args:
        row: The row.
        plan: The plan.
        options: The options of the run.

    Returns:
        The resources. A row has GPUs if its tagger needs CUDA, or if every tagger is to run there.
    """
    limits = plan.benchmark.limits
    needs = next((tagger.needs for tagger in plan.benchmark.taggers if tagger.id == row.tagger_id), ())
    wanted = options.device == "cuda" or (options.device == "auto" and "cuda" in needs)
    custom = {name: amount for name, amount in limits.resources.items() if name in needs}
    return Resources(_threads(plan, options), limits.gpus if wanted else 0.0, limits.memory, custom)


def _keep_local(corpus: Corpus) -> str:
    """The terms that keep a corpus's texts on this machine; empty: none do."""
    if corpus.info.external != "forbidden":
        return ""
    return corpus.info.external_terms or f"the terms of {corpus.name} forbid it"


def _threads(plan: Plan, options: Options) -> int:
    # What this machine has says nothing of others.
    default = 1 if options.remote else max(1, usable_cores() // options.at_a_time)
    return plan.benchmark.limits.threads or default


def _sources(names: Sequence[str]) -> list[str]:
    """Sources of text with the values of their environment variables."""
    sources: list[str] = expand(list(names))
    for source in sources:
        with_home(source, "text")
    return sources


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
