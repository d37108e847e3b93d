"""Makes a plan from a benchmark file and options: loads corpora, splits them, plans the cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from adrbench._system import machine
from adrbench.config import Benchmark, SplitEntry
from adrbench.config.corpora import load_corpus
from adrbench.config.published import label_problems
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.leakage import compare
from adrbench.datasets.splits import Recipe, Split
from adrbench.errors import ConfigError, CorpusError, CorpusMissing, InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.asked_models import models_of
from adrbench.results.prices import PriceSheet, read_prices
from adrbench.results.store import Store
from adrbench.running._privacy import check_endpoints
from adrbench.running._split_store import find_split
from adrbench.running.executors.choice import check_executor
from adrbench.running.options import Options
from adrbench.running.plan import Plan, make_plan
from adrbench.running.same_machine import check_can_pin


def prepare(
    benchmark: Benchmark, options: Options, store: Store | None, reading: Callable[[str], None], registry: Registry
) -> Plan:
    """Load the corpora of a benchmark, split them and plan the cells. Writes nothing.

    Args:
        benchmark: The benchmark.
        options: The options of the command line.
        store: The results folder, whose folds are used again; None if there is none.
        reading: Called with the name of each corpus before it is read.
        registry: The installed plugins.

    Returns:
        The plan.

    Raises:
        ConfigError: If the file or the machine cannot meet an option.
        CorpusError: If no corpus can be used.
    """
    _check_options(benchmark, options, registry)
    absent: dict[str, str] = {}
    corpora = _load_corpora(benchmark, options, reading, absent, registry)
    _check_published(benchmark, corpora, registry)
    splits = split_corpora(benchmark, options, store, corpora, absent)
    plan = make_plan(
        benchmark,
        corpora,
        splits,
        registry,
        offline=options.offline,
        remote=options.remote,
        only=options.only,
        names=options.splits,
        absent=absent,
    )
    # Who is offline sends nothing.
    notices = () if options.offline else check_endpoints(plan)
    return replace(plan, notices=notices, prices=_prices(plan, options))


def _prices(plan: Plan, options: Options) -> PriceSheet | None:
    """The price sheet, which must have every model that is asked."""
    if options.prices is None:
        return None
    prices = read_prices(options.prices)
    for row in plan.rows:
        for one in row.asking if row.chosen else ():
            for model in models_of(one["params"]):
                try:
                    prices.tokens(model)
                except InputError as error:
                    raise InputError(f"{options.prices}: {error}") from error
    return prices


def _check_options(benchmark: Benchmark, options: Options, registry: Registry) -> None:
    check_executor(options.executor, options.executor_options, registry)
    if options.same_machine:
        check_can_pin(options.executor, options.executor_options, registry)
    if (budget := benchmark.limits.budget) is not None and budget.money is not None and options.prices is None:
        place = "limits.budget.money"
        raise benchmark.file.error([(place, f"{place}: needs prices; add --prices FILE, or give tokens")])
    if options.device == "cuda" and not options.remote and not machine.gpus():
        raise ConfigError("--device", [f"no CUDA GPU is visible; valid here: auto, cpu{machine.gpu_advice()}"])
    _check_names("--only", options.only, [tagger.id for tagger in benchmark.taggers])
    _check_names("--splits", options.splits, [split.label for split in benchmark.splits])
    _check_names("--datasets", options.datasets, [entry.name or entry.use for entry in benchmark.datasets])
    if options.folds and all(entry.kind == "provided" or entry.test for entry in benchmark.splits):
        raise ConfigError("--folds", ["no split of the file is a cross-validation, so it would have no effect"])


def _check_published(benchmark: Benchmark, corpora: Mapping[str, Corpus], registry: Registry) -> None:
    """Labels of published figures that only the corpus's files tell. A part of a corpus may lack some of them."""
    read = {corpus.name: corpus.labels for corpus in corpora.values() if corpus.filters.limit is None}
    if problems := [(path, f"{path}: {message}") for path, message in label_problems(benchmark, read, registry)]:
        raise benchmark.file.error(problems)


def _load_corpora(
    benchmark: Benchmark,
    options: Options,
    reading: Callable[[str], None],
    absent: dict[str, str],
    registry: Registry,
) -> dict[str, Corpus]:
    """The corpora by name. Those that cannot be had go to ``absent`` with the reason, as long as there is one."""
    corpora: dict[str, Corpus] = {}
    for place, entry in enumerate(benchmark.datasets):
        name = entry.name or entry.use
        if options.datasets and name not in options.datasets:
            continue
        reading(name)
        try:
            corpus = load_corpus(
                entry, benchmark.folder, registry, limit=options.limit, offline=options.offline, strict=options.strict
            )
        except CorpusMissing as error:
            if options.strict:
                raise
            absent[name] = str(error)
            continue
        other = corpora.get(corpus.name)
        if other is not None and other.card != corpus.card:
            problem = f"two corpora come out as {corpus.name!r}, one as a stand-in, with other filters"
            raise benchmark.file.error([(f"datasets[{place}]", f"datasets: {problem}")])
        if other is not None:
            wanted = ", ".join(name for name in (other.stand_in_for, corpus.stand_in_for) if name)
            corpus = replace(corpus, stand_in_for=wanted)
        corpora[corpus.name] = corpus
    if not corpora:
        raise CorpusMissing("\n".join(absent.values()))
    return corpora


def split_corpora(
    benchmark: Benchmark,
    options: Options,
    store: Store | None,
    corpora: Mapping[str, Corpus],
    absent: dict[str, str],
) -> dict[tuple[str, str], Split]:
    """Split corpora as a benchmark says.

    Args:
        benchmark: The benchmark.
        options: The options of the command line.
        store: The results folder, whose folds are used again; None if there is none.
        corpora: The corpora by name.
        absent: Filled with the splits that a corpus lacks, such as official parts, and the reason.

    Returns:
        The splits by corpus and name.

    Raises:
        CorpusError: If a corpus cannot be split so.
    """
    splits: dict[tuple[str, str], Split] = {}
    for name, corpus in corpora.items():
        alike = cache(partial(compare, [a.document for a in corpus.documents]))
        for split in benchmark.splits:
            recipe = _recipe(split, options.folds)
            try:
                for fraction in split.train_fractions:
                    called, part = split.label_at(fraction), replace(recipe, fraction=fraction)
                    splits[name, called] = find_split(corpus, part, called, store, alike, split.label)
            except CorpusError as error:
                # Not every corpus has parts of its release, and a stand-in hardly the metadata that a split goes by.
                if options.strict or not (split.kind == "provided" or corpus.stand_in_for):
                    raise
                absent[f"{name} {split.label}"] = str(error)
    if not splits:
        raise CorpusError("\n".join(absent.values()))
    return splits


def _recipe(entry: SplitEntry, folds: int | None) -> Recipe:
    """What an entry of the file asks for; ``folds`` replaces the number of a cross-validation's folds."""
    return Recipe(
        kind=entry.kind,
        folds=folds or entry.folds,
        repeats=entry.repeats,
        seed=entry.seed,
        by=entry.by or "",
        test=entry.test,
        dev=entry.dev or 0.0,
        development=entry.development,
    )


def _check_names(option: str, names: Sequence[str], valid: Sequence[str]) -> None:
    problems = [f"{name!r} is not in the benchmark file; {closest(name, valid)}" for name in names if name not in valid]
    if problems:
        raise ConfigError(option, problems)
