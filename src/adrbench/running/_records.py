"""Records of a run in the results folder: plan, corpus cards, folds, environments, cells, models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from adrbench._system import machine
from adrbench._system.environment import environment as environment_here
from adrbench._system.hashing import content_hash
from adrbench._system.protocol import PROTOCOL_VERSION
from adrbench.api import Span
from adrbench.config import Published
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Split
from adrbench.datasets.text.normalisation import normalise
from adrbench.results.imports import recover_imports
from adrbench.results.predictions import collect, encode, plain_span
from adrbench.results.schema import (
    CardRecord,
    CeilingRecord,
    CellRecord,
    EnvironmentRecord,
    LedgerRecord,
    Machine,
    Outcome,
    PlanRecord,
    PublishedRecord,
    RowRecord,
    SectionRecord,
    Tuned,
    WordsRecord,
)
from adrbench.results.store import DamagedError, Store
from adrbench.running._split_store import split_record
from adrbench.running.executors.local import Ended
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.superseded import Earlier


@dataclass(frozen=True)
class Where:
    """The conditions of a cell.

    Attributes:
        machine: the machine; None if nothing ran.
        environment: the name of the versions that were installed.
        jobs: how many cells ran at a time.
        tuned: the study of another cell that its parameters were chosen by.
    """

    machine: Machine | None
    environment: str | None
    jobs: int
    tuned: Tuned | None = None


def keep_plan(plan: Plan, store: Store) -> tuple[PlanRecord, list[DamagedError]]:
    """Keep what a run wants to measure, with its folds and the cards of its corpora; what was measured before stays.

    Returns:
        The plan as it is stored, and what was found to be damaged: files that can be made again were written anew,
        others set aside.
    """
    damaged: list[DamagedError] = []
    for corpus in plan.corpora.values():
        if _lacks(store.read_card, corpus.card, damaged):
            store.write_card(corpus.card, card_record(corpus))
        if _lacks(store.read_words, corpus.card, damaged):
            store.write_words(corpus.card, _words(corpus))
    before, recovered = _sections_before(store, damaged)
    for section in before:
        for row in section.rows:
            damaged += store.set_aside_damaged(row.cells)
    damaged += store.set_aside_damaged([cell.key for _, cell in plan.cells()])
    # Figures of a whole corpus say nothing beside those of a part of it.
    whole = not any(corpus.filters.limit for corpus in plan.corpora.values())
    sections = _sections_of_others(plan, before)
    earlier = Earlier(before, plan)
    for (dataset, name), split in plan.splits.items():
        corpus = plan.corpora[dataset]
        if _lacks(store.read_split, split.key, damaged):
            store.write_split(split.key, split_record(split, len(corpus.documents)))
        here = [row for row in plan.rows if (row.dataset, row.splits) == (dataset, name)]
        known = [(row, earlier.kept(row, store)) for row in here]
        rows = [old or _row(row) for row, old in known if old or row.chosen or _measured(row, store)]
        rows += _imported_rows(before, corpus, split) + recovered.get((dataset, name), [])
        if rows:
            sections.append(_section(corpus, split, name, rows))
    record = PlanRecord(
        benchmark=plan.benchmark.benchmark.name,
        protocol=PROTOCOL_VERSION,
        seed=plan.benchmark.benchmark.seed,
        evaluators=tuple(plan.benchmark.benchmark.evaluators),
        sections=tuple(sections),
        absent=dict(plan.absent),
        reference=plan.benchmark.benchmark.reference,
        published=tuple(map(_published, plan.benchmark.published)) if whole else (),
    )
    store.write_plan(record)
    return record, damaged


def _lacks(read: Callable[[str], object], name: str, damaged: list[DamagedError]) -> bool:
    """True if a file that can be made again is not there, or damaged."""
    try:
        return read(name) is None
    except DamagedError as error:
        damaged.append(error)
        return True


def _sections_before(
    store: Store, damaged: list[DamagedError]
) -> tuple[Sequence[SectionRecord], Mapping[tuple[str, str], list[RowRecord]]]:
    """The sections that earlier runs kept; of a damaged plan what cannot be planned again: imported rows."""
    try:
        before = store.find_plan()
    except DamagedError as error:
        damaged.append(error)
        store.set_aside(error.path)
        return (), recover_imports(store)
    return before.sections if before is not None else (), {}


def _section(corpus: Corpus, split: Split, name: str, rows: Sequence[RowRecord]) -> SectionRecord:
    return SectionRecord(
        dataset=corpus.name,
        split=name,
        full_split=split.of,
        card=corpus.card,
        folds=split.key,
        grouped=split.grouped,
        fraction=split.fraction,
        limit=corpus.filters.limit,
        stand_in_for=corpus.stand_in_for,
        reason=corpus.reason,
        rows=tuple(rows),
    )


def _row(row: PlannedRow) -> RowRecord:
    return RowRecord(
        tagger=row.tagger,
        tagger_id=row.tagger_id,
        grid_point=row.grid_point,
        use=row.use,
        family=row.family,
        version=row.version,
        code=row.code,
        params=row.params,
        tune=row.tune,
        pretrain=row.pretrain,
        cells=tuple(cell.key for cell in row.cells),
        problem=row.problem,
        chosen=row.chosen,
        imported=False,
    )


def _published(row: Published) -> PublishedRecord:
    return PublishedRecord(
        dataset=row.dataset,
        split=row.split,
        tagger=row.tagger or row.system,
        label=row.label,
        precision=row.precision,
        recall=row.recall,
        f1=row.f1,
        source=row.source,
        system=bool(row.system),
        precision_ends=row.ends("precision"),
        recall_ends=row.ends("recall"),
        f1_ends=row.ends("f1"),
        support=row.support,
        fit_seconds=row.fit_seconds,
    )


def _words(corpus: Corpus) -> WordsRecord:
    """Where the words of each document stand, and which gold spans have the same words; no text."""
    numbers: dict[tuple[str, str], int] = {}
    forms: dict[str, tuple[int, ...]] = {}
    ranges: dict[str, tuple[int, ...]] = {}
    for a in corpus.documents:
        document = a.document
        spans = corpus.gold[document.id]
        forms[document.id] = tuple(
            numbers.setdefault((span.label, _form(document.text, span)), len(numbers)) for span in spans
        )
        before = 0
        steps: list[int] = []
        for start, end in document.tokens:
            steps += (start - before, end - start)
            before = end
        ranges[document.id] = tuple(steps)
    return WordsRecord(ranges, forms)


def _form(text: str, span: Span) -> str:
    stretches = span.parts or ((span.start, span.end),)
    return normalise(" ".join(text[max(start, 0) : end] for start, end in stretches))


def _imported_rows(before: Sequence[SectionRecord], corpus: Corpus, split: Split) -> list[RowRecord]:
    """Rows of other systems' predictions on the same corpus and folds: a run does not throw them out."""
    return [
        row
        for section in before
        if (section.card, section.folds) == (corpus.card, split.key)
        for row in section.rows
        if row.imported
    ]


def _sections_of_others(plan: Plan, before: Sequence[SectionRecord]) -> list[SectionRecord]:
    """What earlier runs kept of corpora that this run does not look at."""
    names = {entry.name or entry.use for entry in plan.benchmark.datasets} - set(plan.corpora)
    return [
        replace(section, rows=tuple(replace(row, chosen=False) for row in section.rows))
        for section in before
        if section.dataset in names
    ]


def _measured(row: PlannedRow, store: Store) -> bool:
    """Whether an earlier run left a figure for a row that this run leaves alone."""
    store.set_aside_damaged([cell.key for cell in row.cells])
    return any(store.is_measured(cell.key) for cell in row.cells)


def card_record(corpus: Corpus) -> CardRecord:
    """All that the store keeps of a corpus: ids, groups, counts and gold offsets; no text."""
    return CardRecord(
        name=corpus.name,
        version=corpus.info.version,
        unit=corpus.unit,
        words_by=corpus.words,
        ceiling=tuple(CeilingRecord(**asdict(row)) for row in corpus.ceiling),
        gold_is=corpus.filters.gold,
        licence=corpus.info.licence,
        citation=corpus.info.citation,
        published=dict(corpus.info.published),
        counted=dict(corpus.found),
        labels=tuple(corpus.labels),
        counts=dict(corpus.counts),
        ledger=tuple(LedgerRecord(**asdict(entry)) for entry in corpus.ledger),
        files=dict(corpus.files),
        fingerprint=corpus.fingerprint,
        gold={a.document.id: tuple(map(plain_span, corpus.gold[a.document.id])) for a in corpus.documents},
        group_of={a.document.id: a.document.group for a in corpus.documents},
        tokens_of={a.document.id: len(a.document.tokens) for a in corpus.documents},
    )


def keep_environment(store: Store, found: Mapping[str, Any] | None = None) -> str:
    """Keep the versions of Python and of every installed distribution, and give their name for cells to refer to.

    Args:
        store: the results folder.
        found: those of another interpreter; by default of this one.
    """
    content = environment_here() if found is None else found
    name = content_hash(content)[:16]
    if _lacks(store.read_environment, name, []):
        store.write_environment(name, EnvironmentRecord(**content))
    return name


def cell_record(
    row: PlannedRow, cell: PlannedCell, ended: Ended, corpus: Corpus, test: Sequence[str], where: Where
) -> tuple[CellRecord, bytes]:
    """All that is kept of a cell: its record, and the line of its predictions.

    What a process left and no evaluator could use (documents that are not under test, spans outside their text) makes
    the cell a failed one.
    """
    outcome, answers, line = ended.outcome, None, b""
    if outcome.status == "ok":
        lengths = {a.document.id: len(a.document.text) for a in corpus.documents}
        try:
            found = collect(test, outcome.predictions, lengths=lengths, labels=corpus.labels)
        except ValueError as error:
            outcome = Outcome(cell.key, "failed", reason=f"its process left what cannot be used: {error}")
        else:
            answers, line = encode(found)
    record = CellRecord(
        key=cell.key,
        dataset=cell.dataset,
        split=cell.splits,
        fold=cell.fold,
        tagger=cell.tagger,
        use=row.use,
        version=row.version,
        code=row.code,
        params=row.params,
        status=outcome.status,
        reason=outcome.reason,
        imported=False,
        costs=outcome.costs,
        wall_seconds=ended.wall_seconds,
        machine=where.machine,
        environment=where.environment,
        jobs=where.jobs,
        log=ended.log if outcome.status != "ok" else "",
        traceback=outcome.traceback,
        tuned=where.tuned or outcome.tuned,
        pretrained=outcome.pretrained,
        answers=answers,
    )
    return record, line


def machine_here() -> Machine:
    """This machine, as far as it matters to times."""
    facts = machine.fingerprint()
    return Machine(**{**facts, "gpus": tuple(facts["gpus"])})
