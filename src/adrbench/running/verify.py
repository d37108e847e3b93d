"""`adrbench verify` with the corpora at hand: what was read, how it was split, and some cells once more."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

from adrbench._system import machine
from adrbench._system.signals import terminable
from adrbench.api import Span
from adrbench.config import Benchmark
from adrbench.datasets.corpus import Corpus
from adrbench.errors import CorpusError, InputError
from adrbench.plugins.registry import Registry
from adrbench.results.machines import same_class
from adrbench.results.precisions import precisions
from adrbench.results.predictions import decode
from adrbench.results.responses import Responses, responses_folder
from adrbench.results.schema import CardRecord, CellRecord, PlanRecord, SectionRecord
from adrbench.results.store import Store
from adrbench.results.verification import Check, check_of, verify_stored
from adrbench.running._jobs import study_of
from adrbench.running._records import Where, card_record, cell_record, machine_here
from adrbench.running._scratch import scratch_folder
from adrbench.running._split_store import split_record
from adrbench.running.executors.local import Ended, LocalExecutor
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.prepare import prepare
from adrbench.running.run import View, outcomes

_OF_CARD = ("files", "counted", "counts", "ledger", "labels", "gold", "group_of", "tokens_of", "fingerprint")
DEFAULT_BOUND = 0.01
"""The largest difference in F1, a fraction, of a cell that is run again under other conditions."""
Device = Literal["auto", "cpu", "cuda"]


def verify(
    results: Path,
    registry: Registry,
    benchmark: Benchmark | None = None,
    *,
    cells: int = 0,
    seed: int = 0,
    bound: float = DEFAULT_BOUND,
    device: Device | None = None,
    offline: bool = False,
) -> Iterator[Check]:
    """Verify a results folder.

    Args:
        results: The results folder; nothing is written to it.
        registry: The plugins.
        benchmark: The benchmark that was run; None: corpora are not looked at, and no cell is run.
        cells: How many finished cells to run again, drawn at random.
        seed: The seed of that draw.
        bound: The largest difference in F1, a fraction, of a cell that is run again under other conditions: on another
            kind of machine, on another device, or in another precision.
        device: Where to run cells again: ``auto``, ``cpu`` or ``cuda``; None: as each was measured.
        offline: Use no network.

    Yields:
        A check after another.

    Raises:
        InputError: The folder is no results folder, or the benchmark cannot be planned.
    """
    if cells < 0:
        raise InputError(f"cells {cells}: should be 0 or more")
    if cells and benchmark is None:
        raise InputError(f"cells {cells}: give the benchmark, too, which says what a cell is")
    if not 0 <= bound <= 1:
        raise InputError(f"bound {bound}: should be a fraction of F1 from 0 to 1")
    if device not in {None, "auto", "cpu", "cuda"}:
        raise InputError(f"device {device!r}: should be auto, cpu or cuda")
    store = Store(results)
    if benchmark is not None:
        # What is replayed costs nothing, so a budget of money needs no prices here.
        benchmark = benchmark.model_copy(update={"limits": benchmark.limits.model_copy(update={"budget": None})})
    sound = True
    for check in verify_stored(store, registry):
        sound &= check.state != "failed"
        yield check
    if benchmark is None or not sound:
        return
    stored = store.read_plan()
    options = _options_of(stored, store, benchmark, device or "auto", offline=offline)
    try:
        plan = prepare(benchmark, options, None, lambda _: None, registry)
    except CorpusError as error:
        yield Check("corpora", "skipped", str(error))
        return
    yield from _check_corpora(stored, store, plan)
    same = [(row, cell) for row, cell in plan.cells() if row.problem is None and store.is_measured(cell.key)]
    finished = sum(
        1
        for section in stored.sections
        for row in section.rows
        for key in row.cells
        if not row.imported and store.is_measured(key)
    )
    yield Check("keys", "ok", f"{len(same):,} of {finished:,} finished cells have the keys of the code installed here")
    drawn = random.Random(seed).sample(same, min(cells, len(same)))
    if cells and not drawn:
        yield Check("cells again", "skipped", "no finished cell has the key of the code installed here")
    yield from _run_again(drawn, plan, store, options, bound, as_measured=device is None)


def _options_of(stored: PlanRecord, store: Store, benchmark: Benchmark, device: Device, *, offline: bool) -> Options:
    """The options that change a plan, as the folder was made with them."""
    limits = {section.limit for section in stored.sections}
    crossed = {
        entry.label_at(fraction): entry
        for entry in benchmark.splits
        if entry.kind != "provided" and not entry.test
        for fraction in entry.train_fractions
    }
    made = {
        len(split.test) // crossed[section.split].repeats
        for section in stored.sections
        if section.split in crossed and (split := store.read_split(section.folds)) is not None
    }
    given = len(made) == 1 and made != {entry.folds for entry in crossed.values()}
    limit, folds = limits.pop() if len(limits) == 1 else None, made.pop() if given else None
    return Options(limit=limit, folds=folds, device=device, offline=offline)


def _check_corpora(stored: PlanRecord, store: Store, plan: Plan) -> Iterator[Check]:
    for name in dict.fromkeys(section.dataset for section in stored.sections):
        corpus = plan.corpora.get(name)
        sections = [section for section in stored.sections if section.dataset == name]
        card = store.read_card(sections[0].card)
        if corpus is None or card is None:
            yield Check(f"corpus {name}", "skipped", plan.absent.get(name, "not in the benchmark file"))
            continue
        yield check_of(f"corpus {name}", _other_facts(card, corpus), f"{len(card.gold):,} documents, as they were read")
        yield check_of(f"splits of {name}", list(_other_folds(sections, store, plan)), "made anew, they are the same")


def _other_facts(card: CardRecord, corpus: Corpus) -> list[str]:
    now = card_record(corpus)
    return [f"its {fact} differs from what was kept" for fact in _OF_CARD if getattr(card, fact) != getattr(now, fact)]


def _other_folds(sections: Sequence[SectionRecord], store: Store, plan: Plan) -> Iterator[str]:
    for section in sections:
        made, kept = plan.splits.get((section.dataset, section.split)), store.read_split(section.folds)
        if made is None:
            yield f"{section.split}: not in the benchmark file"
            continue
        again = split_record(made, len(plan.corpora[section.dataset].documents))
        for part, verb in (("test", "tested"), ("train", "learnt from"), ("dev", "for development")):
            if kept is None or getattr(kept, part) != getattr(again, part):
                yield f"{section.split}: other documents are {verb} than when the folder was made"
                break


def _run_again(
    drawn: Sequence[tuple[PlannedRow, PlannedCell]],
    plan: Plan,
    store: Store,
    options: Options,
    bound: float,
    *,
    as_measured: bool,
) -> Iterator[Check]:
    """Run cells in a folder of their own, and compare their answers with those that were kept."""
    if not drawn:
        return
    by_key = {cell.key: (row, cell) for row, cell in drawn}
    with scratch_folder() as scratch, terminable():
        aside = Store.create(scratch / "results")
        for row, cell in drawn:
            # A study that other cells borrow from is taken as it is; a cell's own is done again.
            if study_of(row, cell) != cell.key:
                aside.copy("cells", study_of(row, cell), store)
        Responses(responses_folder(aside.folder)).take(Responses(responses_folder(store.folder)))
        # Who asks a server repeats its answers from what is recorded; asking again would be paid, and prove nothing.
        how = {key: (row.records, *_conditions(store.read_cell(key))) for key, (row, _) in by_key.items()}
        for asks, measured, jobs in sorted(set(how.values())):
            device = measured if as_measured else options.device
            here = replace(options, offline=options.offline or asks, device=device, jobs=jobs)
            cells = {key: one for key, one in by_key.items() if how[key] == (asks, measured, jobs)}
            executor = LocalExecutor(1, machine.gpu_ids() if device != "cpu" else (), scratch)
            with closing(outcomes(plan, cells, aside, executor, here, View(), scratch)) as ended:
                for told in ended:
                    row, cell = by_key[told.outcome.key]
                    yield _compared(row, cell, told, plan, store, bound)


def _conditions(kept: CellRecord | None) -> tuple[Device, int]:
    """On which device a cell was measured, and how many at a time, which decides how many threads it had."""
    return "cpu" if kept is not None and not _had_gpu(kept) else "auto", (kept and kept.jobs) or 1


def _had_gpu(record: CellRecord) -> bool:
    """Whether a cell was to use a GPU: torch says so, or the meter that is read only then."""
    costs = record.costs
    return costs is not None and (costs.peak_gpu_memory_bytes is not None or "nvml" in costs.energy_from)


def _compared(row: PlannedRow, cell: PlannedCell, ended: Ended, plan: Plan, store: Store, bound: float) -> Check:
    name = f"{cell.dataset} {cell.splits}: {cell.tagger}, fold {cell.fold + 1}, again"
    corpus, test = plan.corpora[cell.dataset], plan.splits[cell.dataset, cell.splits].folds[cell.fold].test
    here = machine_here()
    record, line = cell_record(row, cell, ended, corpus, test, Where(here, None, 1))
    kept = store.read_answers(cell.key)
    if record.status == "skipped":
        return Check(name, "skipped", record.reason)
    if record.answers is None or kept is None or kept[1] is None:
        return Check(name, "failed", f"{record.status}: {record.reason}")
    before, now = kept[1].by_document, decode(record.answers, line).by_document
    differing = sum(one != other for one, other in zip(before, now, strict=True))
    if not differing:
        return Check(name, "ok", "the same predictions")
    change = abs(_f1(corpus, test, now) - _f1(corpus, test, before))
    others = list(_other_conditions(kept[0], record))
    said = f"{differing:,} of {len(test):,} documents have other predictions, and F1 differs by {100 * change:.2f}"
    if not others:
        return Check(name, "failed", f"{said}, on a machine of the same kind")
    allowed = f"{said}, {' and '.join(others)} (at most {100 * bound:.2f} is allowed)"
    return Check(name, "ok" if change <= bound else "failed", allowed)


def _other_conditions(before: CellRecord, now: CellRecord) -> Iterator[str]:
    """What lets a network round differently."""
    if before.machine is None or now.machine is None or not same_class(before.machine, now.machine):
        yield "on a machine of another kind"
    if _had_gpu(before) != _had_gpu(now):
        yield "with a GPU before and without one now" if _had_gpu(before) else "without a GPU before and with one now"
    was, computed = ("".join(precisions([record])) for record in (before, now))
    if was != computed:
        yield f"in {computed or 'an unknown precision'} and before in {was or 'an unknown precision'}"


def _f1(corpus: Corpus, test: Sequence[str], answers: Sequence[Sequence[Span]]) -> float:
    """Exact micro F1 of one fold, a fraction."""
    gold = {(name, span) for name in test for span in corpus.gold[name]}
    predicted = {(name, span) for name, spans in zip(test, answers, strict=True) for span in spans}
    both = len(gold) + len(predicted)
    return 2 * len(gold & predicted) / both if both else 0.0
