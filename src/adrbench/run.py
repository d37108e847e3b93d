"""The main job: from a benchmark to finished cells in a results folder."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path
from types import FrameType
from typing import Any, Literal, Protocol

from adrbench import machine
from adrbench.cell import Job, write_documents
from adrbench.config import Benchmark
from adrbench.corpora.corpus import Corpus
from adrbench.corpora.load import load_corpus
from adrbench.errors import ConfigError, closest
from adrbench.executors.local import LocalExecutor, Outcome, Progress, Task
from adrbench.leaderboard import Board
from adrbench.leaderboard.score import IntervalKind, Scoreboard
from adrbench.plan import PROTOCOL_VERSION, Cell, Plan, Row, make_plan
from adrbench.splits import Split, make_split
from adrbench.store import Store, checksum


@dataclass(frozen=True)
class Options:
    """What the command line adds to the file.

    ``only`` and ``splits``: run just these taggers and splits; ``folds`` and ``limit`` (documents) make it smaller.
    """

    only: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    folds: int | None = None
    limit: int | None = None
    jobs: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"
    offline: bool = False
    strict: bool = False
    fail_fast: bool = False
    keep_models: bool = False
    interval: IntervalKind = "t"


class View(Protocol):
    """This is the protocol of what watches a run."""

    def reading(self, dataset: str) -> None:
        """A corpus is about to be read and tokenised."""

    def planned(self, plan: Plan, finished: int, waiting: int) -> None:
        """All is known: so many cells are in the store already, so many are to be run."""

    def started(self, row: Row, cell: Cell) -> None:
        """A cell's process is there."""

    def progress(self, row: Row, cell: Cell, progress: Progress) -> None:
        """A running cell says how far it is."""

    def ended(self, row: Row, cell: Cell, content: Mapping[str, Any], board: Board) -> None:
        """A cell is in the store; the board includes it."""


@dataclass(frozen=True)
class Summary:
    """How a run ended: the leaderboard, and how many cells have which status, those of earlier runs included."""

    board: Board
    statuses: Mapping[str, int]


def prepare(benchmark: Benchmark, options: Options, store: Store | None, view: View) -> Plan:
    """Corpora, splits and cells of a benchmark. With a store, its folds are used, and new ones kept there.

    Raises ``ConfigError`` for names in ``options`` that the file does not have, ``CorpusError`` for unusable corpora.
    """
    _check_names("--only", options.only, [tagger.id for tagger in benchmark.taggers])
    _check_names("--splits", options.splits, [split.kind for split in benchmark.splits])
    corpora: dict[str, Corpus] = {}
    for entry in benchmark.datasets:
        view.reading(entry.name or entry.use)
        corpus = load_corpus(
            entry, benchmark.folder, limit=options.limit, offline=options.offline, strict=options.strict
        )
        corpora.setdefault(corpus.name, corpus)
    splits: dict[tuple[str, str], Split] = {
        (name, entry.kind): _split(corpus, entry.kind, options.folds or entry.folds, entry.seed, store)
        for name, corpus in corpora.items()
        for entry in benchmark.splits
    }
    return make_plan(benchmark, corpora, splits, offline=options.offline, only=options.only, kinds=options.splits)


def run(benchmark: Benchmark, results: Path, options: Options, view: View) -> Summary:
    """Run every cell that is not finished, and give the leaderboard.

    Whatever happens to a cell becomes its status; the others go on. Killed at any moment, a run loses the running cells
    only.

    Raises ``InputError`` before anything is measured if file, corpora, options or results folder are wrong.
    """
    store = Store.create(results)
    with store.locked(), _terminable():
        plan = prepare(benchmark, options, store, view)
        _keep_plan(plan, store)
        scores = Scoreboard(store)
        todo = [(row, cell) for row, cell in plan.cells() if not _finished(cell, store, options)]
        runnable = [(row, cell) for row, cell in todo if row.problem is None]
        view.planned(plan, sum(1 for _ in plan.cells()) - len(todo), len(runnable))
        with tempfile.TemporaryDirectory(prefix="adrbench-run-") as scratch:
            _run_cells(plan, runnable, store, options, view, scores, Path(scratch))
        return Summary(scores.board(options.interval), _statuses(plan, store))


def _check_names(option: str, names: Sequence[str], valid: Sequence[str]) -> None:
    problems = [f"{name!r} is not in the benchmark file; {closest(name, valid)}" for name in names if name not in valid]
    if problems:
        raise ConfigError(option, problems)


def _split(corpus: Corpus, kind: Literal["random", "grouped"], folds: int, seed: int, store: Store | None) -> Split:
    name = split_name(corpus, kind, folds, seed)
    stored = store.read("splits", name) if store else None
    if stored is not None:
        return Split(kind, seed, tuple(tuple(ids) for ids in stored["folds"]))
    split = make_split({a.document.id: a.document.group for a in corpus.documents}, kind, folds, seed)
    if store:
        store.write("splits", name, {"kind": kind, "seed": seed, "folds": split.folds})
    return split


def split_name(corpus: Corpus, kind: str, folds: int, seed: int) -> str:
    """The name under which folds are stored: what they were made from."""
    return f"{corpus.name}-{kind}-{folds}-seed{seed}-{corpus.fingerprint[:16]}"


def _keep_plan(plan: Plan, store: Store) -> None:
    for corpus in plan.corpora.values():
        if store.read("corpora", corpus.fingerprint[:16]) is None:
            store.write("corpora", corpus.fingerprint[:16], _card(corpus))
    # Figures of a whole corpus say nothing beside those of a part of it.
    whole = not any(corpus.filters.limit for corpus in plan.corpora.values())
    published = [row.model_dump() for row in plan.benchmark.published] if whole else []
    sections = []
    for (dataset, kind), split in plan.splits.items():
        corpus = plan.corpora[dataset]
        rows = [
            {
                "tagger": row.tagger,
                "use": row.use,
                "family": row.family,
                "version": row.version,
                "code": row.code,
                "params": row.params,
                "cells": [cell.key for cell in row.cells],
                "problem": row.problem,
            }
            for row in plan.rows
            if (row.dataset, row.splits) == (dataset, kind) and (row.chosen or _measured(row, store))
        ]
        if not rows:
            continue
        sections.append(
            {
                "dataset": dataset,
                "splits": kind,
                "fingerprint": corpus.fingerprint,
                "split": split_name(corpus, kind, len(split.folds), split.seed),
                "limit": corpus.filters.limit,
                "stand_in_for": corpus.stand_in_for,
                "reason": corpus.reason,
                "rows": rows,
            }
        )
    store.write_plan(
        {
            "benchmark": plan.benchmark.benchmark.name,
            "protocol": PROTOCOL_VERSION,
            "seed": plan.benchmark.benchmark.seed,
            "sections": sections,
            "published": published,
        }
    )


def _measured(row: Row, store: Store) -> bool:
    """Whether an earlier run left a figure for a row that this run leaves alone."""
    return any((cell := store.read_cell(c.key)) is not None and cell["status"] == "ok" for c in row.cells)


def _card(corpus: Corpus) -> dict[str, Any]:
    """All that the store keeps of a corpus: ids, groups, counts and gold offsets; no text."""
    return {
        "name": corpus.name,
        "version": corpus.info.version,
        "licence": corpus.info.licence,
        "citation": corpus.info.citation,
        "published": dict(corpus.info.published),
        "labels": corpus.labels,
        "counts": dict(corpus.counts),
        "ledger": [asdict(entry) for entry in corpus.ledger],
        "files": dict(corpus.files),
        "fingerprint": corpus.fingerprint,
        "gold": {a.document.id: [(s.start, s.end, s.label) for s in a.spans] for a in corpus.documents},
        "group_of": {a.document.id: a.document.group for a in corpus.documents},
        "tokens_of": {a.document.id: len(a.document.tokens) for a in corpus.documents},
    }


def _finished(cell: Cell, store: Store, options: Options) -> bool:
    stored = store.read_cell(cell.key)
    if stored is None or stored["status"] != "ok":
        return False
    return not options.keep_models or (store.folder / "models" / cell.key).is_dir()


def _run_cells(
    plan: Plan,
    cells: Sequence[tuple[Row, Cell]],
    store: Store,
    options: Options,
    view: View,
    scores: Scoreboard,
    scratch: Path,
) -> None:
    by_key = {cell.key: (row, cell) for row, cell in cells}
    gpus = len(machine.gpus()) if options.device != "cpu" else 0
    if options.device == "cuda" and not gpus:
        raise ConfigError("--device", ["no CUDA GPU is visible; valid here: auto, cpu"])
    environment = {"machine": machine.fingerprint(), "environment": _keep_environment(store)} if cells else {}
    executor = LocalExecutor(options.jobs, gpus)
    outcomes = executor.run(
        _tasks(plan, list(by_key.values()), options, "cuda:0" if gpus else "cpu", scratch),
        lambda task: view.started(*by_key[task.key]),
        lambda task, progress: view.progress(*by_key[task.key], progress),
    )
    with closing(outcomes):
        for outcome in outcomes:
            row, cell = by_key[outcome.key]
            content = _cell_content(row, cell, outcome, environment, options)
            if outcome.model is not None:
                _keep_model(outcome.model, store.folder / "models" / cell.key)
            store.write_cell(cell.key, content)
            view.ended(row, cell, content, scores.board(options.interval, ties=False))
            if options.fail_fast and content["status"] not in {"ok", "skipped"}:
                return


def _tasks(
    plan: Plan, cells: Sequence[tuple[Row, Cell]], options: Options, device: str, scratch: Path
) -> Iterator[Task]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = plan.benchmark.limits
    threads = limits.threads or max(1, cores // options.jobs)
    texts: dict[str, tuple[Path, Path]] = {}
    for row, cell in cells:
        corpus = plan.corpora[cell.dataset]
        if cell.dataset not in texts:
            texts[cell.dataset] = scratch / f"{cell.dataset}.jsonl", scratch / f"{cell.dataset}-unlabelled.jsonl"
            write_documents(texts[cell.dataset][0], [a.document for a in corpus.documents])
            write_documents(texts[cell.dataset][1], corpus.unlabelled)
        test = plan.splits[cell.dataset, cell.splits].folds[cell.fold]
        under_test = set(test)
        job = Job(
            use=row.use,
            params=row.params,
            documents=str(texts[cell.dataset][0]),
            unlabelled=str(texts[cell.dataset][1]),
            train={
                a.document.id: [(s.start, s.end, s.label) for s in a.spans]
                for a in corpus.documents
                if a.document.id not in under_test
            },
            test=test,
            held_back_groups=sorted({a.document.group for a in corpus.documents if a.document.id in under_test})
            if cell.splits == "grouped"
            else [],
            labels=corpus.labels,
            seed=plan.benchmark.benchmark.seed,
            grouped=cell.splits == "grouped",
            device=device,
            threads=threads,
            offline=options.offline,
            keep_model=options.keep_models,
        )
        yield Task(cell.key, job, plan.benchmark.folder.resolve(), limits.timeout, limits.memory)


def _cell_content(
    row: Row, cell: Cell, outcome: Outcome, environment: Mapping[str, Any], options: Options
) -> dict[str, Any]:
    return {
        "dataset": cell.dataset,
        "splits": cell.splits,
        "fold": cell.fold,
        "tagger": cell.tagger,
        "use": row.use,
        "version": row.version,
        "code": row.code,
        "params": dict(row.params),
        "jobs": options.jobs,
        **environment,
        **outcome.content,
    }


def _keep_model(source: Path, target: Path) -> None:
    # Copied beside its place first, so that a folder of that name is always whole.
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, draft)
    draft.replace(target)


def _statuses(plan: Plan, store: Store) -> dict[str, int]:
    statuses: Counter[str] = Counter()
    for row in plan.rows:
        if not row.chosen:
            continue
        if not row.cells and row.problem:
            statuses[row.problem[0]] += 1
        for cell in row.cells:
            stored = store.read_cell(cell.key)
            if stored is not None and (stored["status"] == "ok" or row.problem is None):
                statuses[stored["status"]] += 1
            else:
                statuses[row.problem[0] if row.problem else "pending"] += 1
    return dict(statuses)


def _keep_environment(store: Store) -> str:
    """Keep the versions of Python and of every installed distribution, and give their name for cells to refer to."""
    packages = dict(sorted({d.name.lower(): d.version for d in distributions() if d.name}.items()))
    content = {"python": platform.python_version(), "packages": packages}
    name = checksum(content)[7:23]
    if store.read("environments", name) is None:
        store.write("environments", name, content)
    return name


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a polite kill (SIGTERM) end a run as cleanly as Ctrl-C does. Only the main thread can."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
