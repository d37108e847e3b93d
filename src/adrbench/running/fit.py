"""A tagger of a benchmark file, fitted on all documents of its corpus and kept in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from adrbench._system import machine
from adrbench._system.paths import cache_folder
from adrbench._system.signals import terminable
from adrbench.config import Benchmark, SplitEntry, TaggerEntry
from adrbench.config.corpora import load_corpus
from adrbench.config.variants import variants
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Fold, Split
from adrbench.errors import ConfigError, FitFailed, InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.kept import CARD, REQUIREMENTS, check_target, copy_model, write_kept
from adrbench.results.kept_models import tagger_record
from adrbench.results.responses import Responses, responses_folder
from adrbench.results.schema import CellRecord, TaggerRecord
from adrbench.results.store import Store
from adrbench.running._fit_figures import Figures, figures_of
from adrbench.running._jobs import STUDIES, Jobs
from adrbench.running._privacy import check_endpoints
from adrbench.running._records import Where, cell_record, keep_environment, keep_plan, machine_here
from adrbench.running._scratch import scratch_folder
from adrbench.running.executors.local import Ended, LocalExecutor, Progress, Task
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedCell, PlannedRow, make_plan

ALL = "all documents"
"""The name of the split that has a single part, from which everything is learnt."""
# So many documents are tagged after the fit: a tagger that cannot predict is not kept.
_TRIED = 100


class FitView:
    """Watches a fit. Its methods do nothing; override those that matter."""

    def reading(self, dataset: str) -> None:
        """A corpus is about to be read and split into words.

        Args:
            dataset: The name of the corpus.
        """

    def notice(self, text: str) -> None:
        """There are terms that the user has to keep.

        Args:
            text: A sentence about them.
        """

    def started(self, row: PlannedRow, corpus: Corpus, predicted_seconds: float | None) -> None:
        """The fit has started.

        Args:
            row: The row of the tagger.
            corpus: The corpus.
            predicted_seconds: Wall time of the fit in seconds, predicted from results; None if there are none.
        """

    def progress(self, progress: Progress) -> None:
        """The fit reports its progress.

        Args:
            progress: How far it is.
        """


@dataclass(frozen=True)
class Fitted:
    """A tagger that was fitted and kept.

    Attributes:
        folder: Where it is kept.
        record: What is known of it.
        seconds: Wall time of the fit in seconds, without imports, warm-up, search and pre-training.
        figures: What results say of its row; None without results.
    """

    folder: Path
    record: TaggerRecord
    seconds: float
    figures: Figures | None


def fit(
    benchmark: Benchmark,
    out: Path,
    tagger: str,
    registry: Registry,
    *,
    card: Callable[[TaggerRecord], str],
    dataset: str = "",
    split: str = "",
    results: Path | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    offline: bool = False,
    scores: bool = True,
    overwrite: bool = False,
    view: FitView | None = None,
) -> Fitted:
    """Fit a tagger of a benchmark on all documents of a corpus, under the conditions of a cell, and keep it.

    A tuned tagger searches anew, on all documents. No stand-in takes the place of a corpus.

    Args:
        benchmark: The benchmark.
        out: A folder that is new or empty.
        tagger: The id of the row: of a tagger, or of a point of its grid.
        registry: The installed plugins.
        card: Makes the card of the tagger, in Markdown.
        dataset: The corpus; empty: the only one.
        split: The split whose conditions hold; empty: the first grouped one, else the first.
        results: A results folder of the benchmark, whose figures are kept beside; None: no figures.
        device: The device.
        offline: Use no network.
        scores: Ask the tagger for the scores of spans.
        overwrite: Replace a tagger that is kept in the folder.
        view: Its methods are called as the work goes on.

    Returns:
        The tagger's folder, with what is known of it.

    Raises:
        InputError: If a name, the corpus, the folder or the results are wrong. Nothing was fitted.
        FitFailed: If the tagger cannot be fitted. Nothing was kept.
    """
    view = view or FitView()
    check_target(out, replace=overwrite)
    if device == "cuda" and not machine.gpus():
        raise ConfigError("--device", [f"no CUDA GPU is visible; valid here: auto, cpu{machine.gpu_advice()}"])
    entry = _tagger_entry(benchmark, tagger)
    condition = _split_entry(benchmark, split)
    known = _results(results)
    header = benchmark.benchmark.model_copy(update={"scores": scores})
    alone = benchmark.model_copy(update={"taggers": (entry,), "benchmark": header})
    corpus = _corpus(benchmark, dataset, offline, view, registry)
    plan = _plan(alone, corpus, condition, registry, offline)
    for notice in plan.notices:
        view.notice(notice)
    row = _row(plan, tagger)
    figures = figures_of(known, row, corpus, condition, registry) if known is not None else None
    view.started(row, corpus, figures.predicted_seconds if figures else None)
    with scratch_folder() as scratch, terminable(), _responses(known, row) as responses:
        store = Store.create(scratch / "results")
        options = Options(device=device, offline=offline, keep_models=True)
        keep_plan(plan, store)
        executor, task = _task(plan, row, store, options, scratch, responses)
        with closing(executor.run([task], lambda _: None, lambda _, progress: view.progress(progress))) as running:
            # Its model is there until the next one is asked for.
            ended = next(running)
            cell = _stored(plan, row, ended, store)
            record = _record(store, cell, row, corpus, figures, registry, scores=scores)
            save = partial(_save, ended.model, row.use)
            files = {CARD: card(record), **_requirements(record)}
            write_kept(out, record, save, files=files, replace=overwrite)
    _journal(task.key).unlink(missing_ok=True)
    seconds = cell.costs.seconds["fit"] if cell.costs else 0.0
    return Fitted(out, record, seconds, figures)


def _tagger_entry(benchmark: Benchmark, tagger: str) -> TaggerEntry:
    """The entry of a row, by the id of the row, or by its own if it has a single row."""
    rows = {variant.id: entry for entry in benchmark.taggers for variant in variants(entry)}
    if tagger in rows:
        return rows[tagger]
    points = [variant.id for entry in benchmark.taggers if entry.id == tagger for variant in variants(entry)]
    if points:
        shown = ", ".join(points[:_SHOWN]) + (" …" if len(points) > _SHOWN else "")
        raise ConfigError("--tagger", [f"{tagger!r} has a grid of {len(points)} rows; name one of them: {shown}"])
    raise ConfigError("--tagger", [f"{tagger!r} is not in the benchmark file; {closest(tagger, rows)}"])


_SHOWN = 8


def _split_entry(benchmark: Benchmark, split: str) -> SplitEntry:
    labels = {entry.label: entry for entry in benchmark.splits}
    if split and split not in labels:
        raise ConfigError("--split", [f"{split!r} is not in the benchmark file; {closest(split, labels)}"])
    if split:
        return labels[split]
    # Who holds groups together in one split has groups that matter.
    return next((entry for entry in benchmark.splits if "grouped" in entry.kind), benchmark.splits[0])


def _results(results: Path | None) -> Store | None:
    """The results folder, whose plan can be read."""
    if results is None:
        return None
    store = Store(results)
    store.read_plan()
    return store


def _corpus(benchmark: Benchmark, dataset: str, offline: bool, view: FitView, registry: Registry) -> Corpus:
    names = [entry.name or entry.use for entry in benchmark.datasets]
    if dataset and dataset not in names:
        raise ConfigError("--dataset", [f"{dataset!r} is not in the benchmark file; {closest(dataset, names)}"])
    if not dataset and len(names) > 1:
        raise ConfigError("--dataset", [f"the benchmark file has {len(names)} corpora; name one: {', '.join(names)}"])
    place = names.index(dataset) if dataset else 0
    view.reading(names[place])
    return load_corpus(benchmark.datasets[place], benchmark.folder, registry, offline=offline, strict=True)


def _plan(benchmark: Benchmark, corpus: Corpus, condition: SplitEntry, registry: Registry, offline: bool) -> Plan:
    """A plan with a single fold, in which everything is learnt from."""
    ids = tuple(sorted(a.document.id for a in corpus.documents))
    grouped = "grouped" in condition.kind
    split = Split(
        ALL, condition.kind, condition.seed, (Fold(ids, ids[:_TRIED]),), grouped, key=ALL.replace(" ", "-"), of=ALL
    )
    plan = make_plan(benchmark, {corpus.name: corpus}, {(corpus.name, ALL): split}, registry, offline=offline)
    return plan if offline else replace(plan, notices=check_endpoints(plan))


def _row(plan: Plan, tagger: str) -> PlannedRow:
    row = next(row for row in plan.rows if row.tagger == tagger)
    if row.problem is not None:
        status, reason = row.problem
        raise FitFailed(status, f"{tagger} cannot be fitted here: {reason}")
    return row


@contextmanager
def _responses(known: Store | None, row: PlannedRow) -> Iterator[Path | None]:
    """The responses beside the results, for the documents that are tried; None for a tagger that asks no server."""
    if known is None or not row.records:
        yield None
        return
    responses = Responses(responses_folder(known.folder))
    responses.create()
    with responses.locked():
        yield responses.folder


def _task(
    plan: Plan, row: PlannedRow, store: Store, options: Options, scratch: Path, responses: Path | None
) -> tuple[LocalExecutor, Task]:
    """The task of the fit: that of a cell, without its time limit, which is that of a part of the documents."""
    gpus = machine.gpu_ids() if options.device != "cpu" else ()
    jobs = Jobs(plan, store, options, "cuda:0" if gpus else "cpu", scratch, responses)
    [cell] = row.cells
    [task] = jobs.tasks([(row, cell)])
    # The documents that are tried are learnt from, so nothing is to be kept from the tagger.
    job = replace(task.job, held_back_groups=[])
    # The results folder goes with this run; a search that is killed is continued from the cache.
    return LocalExecutor(1, gpus, scratch), replace(task, job=job, timeout=None, journal=_journal(cell.key))


def _save(model: Path | None, use: str, place: Path) -> None:
    if model is None:
        raise FitFailed("failed", f"{use} left no model")
    copy_model(model, place)


def _journal(key: str) -> Path:
    return cache_folder().absolute() / STUDIES / f"{key}.log"


def _stored(plan: Plan, row: PlannedRow, ended: Ended, store: Store) -> CellRecord:
    """Check how the process ended, and keep its cell."""
    [cell] = row.cells
    corpus, split = plan.corpora[row.dataset], plan.splits[row.dataset, row.splits]
    environment = keep_environment(store, row.interpreter.environment if row.interpreter else None)
    where = Where(machine_here(), environment, 1)
    record, line = cell_record(row, cell, ended, corpus, split.folds[0].test, where)
    if record.status != "ok":
        raise FitFailed(record.status, _why(row, cell, record))
    store.write_cell(record, line)
    return record


def _why(row: PlannedRow, cell: PlannedCell, record: CellRecord) -> str:
    last = [line for line in record.log.strip().splitlines()[-3:] if record.status != "skipped"]
    return "\n".join([f"{row.tagger} on {cell.dataset}: {record.status}: {record.reason}", *last])


def _record(
    store: Store,
    cell: CellRecord,
    row: PlannedRow,
    corpus: Corpus,
    figures: Figures | None,
    registry: Registry,
    *,
    scores: bool,
) -> TaggerRecord:
    source = registry.distribution_of("taggers", row.use) or ""
    record = tagger_record(store, cell, distribution=source, own_interpreter=row.interpreter is not None)
    if record.training is None:
        raise InputError(f"{corpus.name}: nothing is known of what was learnt from")
    parts = Counter(part for a in corpus.documents for part in corpus.parts.get(a.document.id, ()))
    training = replace(record.training, split=None, fold=None, parts=dict(sorted(parts.items())))
    if cell.answers is not None and not cell.answers.spans:
        # No span of those that were tried says whether it has scores.
        record = replace(record, scores=scores)
    record = replace(record, training=training)
    if figures is None:
        return record
    return replace(record, measured=figures.measured, predicted_fit_seconds=figures.predicted_seconds)


def _requirements(record: TaggerRecord) -> Mapping[str, str]:
    if not record.own_interpreter or record.environment is None:
        return {}
    lines = [f"# Python {record.environment.python}", *(f"{n}=={v}" for n, v in record.environment.packages.items())]
    return {REQUIREMENTS: "\n".join(lines) + "\n"}
