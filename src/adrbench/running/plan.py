"""The plan of a run: the product of datasets, splits and taggers, divided into cells with content keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adrbench._system import machine
from adrbench._system.hashing import FileHashes, content_hash
from adrbench._system.key_code import MATERIAL, PRETRAINING_TEXT, SUBWORDS, WORDS
from adrbench._system.protocol import PROTOCOL_VERSION
from adrbench._system.variables import expand, unset
from adrbench.api import ExpectedTime
from adrbench.config import Benchmark, TaggerEntry, interpreters
from adrbench.config.description import Described, Endpoint, Problem, describe
from adrbench.config.interpreters import Answer, Interpreter
from adrbench.config.model import CORPUS, NEEDS
from adrbench.config.toml_file import TomlFile
from adrbench.config.variants import DISTILLED, Variant, variants
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Split
from adrbench.errors import PluginError, Unavailable
from adrbench.plugins.registry import Registry
from adrbench.results.prices import PriceSheet


@dataclass(frozen=True)
class PlannedCell:
    """A tagger, fitted and asked once, on a fold of a split of a corpus.

    Attributes:
        key: The name of its result anywhere.
        dataset: The corpus.
        splits: The split.
        fold: The number of the fold, from 0.
        tagger: The row that it belongs to.
    """

    key: str
    dataset: str
    splits: str
    fold: int
    tagger: str


@dataclass(frozen=True)
class PlannedRow:
    """A planned row of the leaderboard: a tagger on a split of a corpus, with a cell for each fold.

    Attributes:
        dataset: The corpus.
        splits: The split.
        tagger: The id of the row.
        use: The tagger plugin.
        family: The plugin's family.
        cost: The plugin's cost; cheap rows run first.
        version: The version that the plugin declares.
        code: The hash of the plugin's sources.
        params: The parameters, every value decided.
        cells: Its cells by fold; empty if its plugin cannot be described.
        problem: Status and reason why its cells cannot be run here. Cells in the store count all the same.
        chosen: Whether this run is to measure it. Other rows show what earlier runs measured.
        tagger_id: The tagger's id in the benchmark file.
        grid_point: The row's values in the grid; empty without a grid.
        tune: The search before the fit, every value decided; None without a search.
        pretrain: The pre-training before the fit, every value decided; None without it.
        pretraining: What makes the checkpoint (see ``Described``).
        interpreter: The interpreter of its cells; None: this one.
        expected_time: How long its plugin declares to take; None if it does not.
        records: Whether it asks a server whose responses are recorded.
        endpoints: The servers that it sends texts to.
        asking: The taggers among its own that ask a server (see ``Described``).
    """

    dataset: str
    splits: str
    tagger: str
    use: str
    family: str
    cost: int
    version: str
    code: str
    params: Mapping[str, Any]
    cells: tuple[PlannedCell, ...]
    problem: Problem | None = None
    chosen: bool = True
    tagger_id: str = ""
    grid_point: Mapping[str, Any] = field(default_factory=dict)
    tune: Mapping[str, Any] | None = None
    pretrain: Mapping[str, Any] | None = None
    pretraining: Mapping[str, Any] | None = None
    interpreter: Interpreter | None = None
    expected_time: ExpectedTime | None = None
    records: bool = False
    endpoints: tuple[Endpoint, ...] = ()
    asking: tuple[Mapping[str, Any], ...] = ()

    @property
    def learns_from_text(self) -> bool:
        """Whether it learns from text without gold of its own, as it is or labelled by a teacher."""
        return self.pretrain is not None or self.use == DISTILLED


@dataclass(frozen=True)
class Plan:
    """All rows of a benchmark, cheap families first, with their corpora and splits.

    Attributes:
        benchmark: The benchmark.
        corpora: The corpora by name.
        splits: The splits by corpus and name.
        rows: The rows.
        absent: Corpora that are not available and splits that cannot be made, with the reason.
        notices: Sentences about terms that the user has to keep.
        prices: The price sheet; None without one.
    """

    benchmark: Benchmark
    corpora: Mapping[str, Corpus]
    splits: Mapping[tuple[str, str], Split]
    rows: tuple[PlannedRow, ...]
    absent: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    prices: PriceSheet | None = None

    def cells(self) -> Iterator[tuple[PlannedRow, PlannedCell]]:
        """The cells of chosen rows.

        Yields:
            Each cell with its row, in the order in which they should run.
        """
        for row in self.rows:
            for cell in row.cells if row.chosen else ():
                yield row, cell


def make_plan(
    benchmark: Benchmark,
    corpora: Mapping[str, Corpus],
    splits: Mapping[tuple[str, str], Split],
    registry: Registry,
    *,
    offline: bool = False,
    remote: bool = False,
    only: Collection[str] = (),
    names: Collection[str] = (),
    absent: Mapping[str, str] | None = None,
) -> Plan:
    """Plan every row and cell of a benchmark. Cheap families come first, then the order of the file.

    Args:
        benchmark: The benchmark.
        corpora: The corpora by name.
        splits: The splits by corpus and name.
        registry: The installed plugins.
        offline: Use no network.
        remote: Whether cells run on other machines, which have what the executor says.
        only: The ids of the taggers to run; empty: all.
        names: The splits to run; empty: all.
        absent: Corpora and splits that are not available, with the reason.

    Returns:
        The plan.

    Raises:
        ConfigError: If rows would have cells in common that different interpreters run.
    """
    cuda = any("cuda" in entry.needs for entry in benchmark.taggers) and bool(machine.gpus())
    here = _Here(offline, cuda, FileHashes(), registry, remote)
    sections = [_Section(corpora[dataset], split, _fold_hashes(split)) for (dataset, _), split in splits.items()]
    rows: list[PlannedRow] = []
    for entry in benchmark.taggers:
        taggers = list(_taggers(entry, benchmark, offline, registry))
        for section in sections:
            chosen = (not only or entry.id in only) and (not names or section.split.of in names)
            rows.extend(_row(benchmark, tagger, section, here, chosen) for tagger in taggers)
    _check_interpreters(rows, benchmark.file)
    return Plan(benchmark, corpora, splits, tuple(sorted(rows, key=lambda row: row.cost)), dict(absent or {}))


def unavailable(benchmark: Benchmark, registry: Registry, *, offline: bool = False) -> Iterator[tuple[str, str]]:
    """Find the taggers of a benchmark that cannot run here, without reading a corpus.

    Args:
        benchmark: The benchmark.
        registry: The installed plugins.
        offline: Use no network.

    Yields:
        The tagger and the reason, once for each reason that one of its rows has.
    """
    here = _Here(offline, bool(machine.gpus()), FileHashes(), registry)
    for entry in benchmark.taggers:
        problems = []
        for tagger in _taggers(entry, benchmark, offline, registry):
            told = tagger.told
            problems.append(_problem(told, entry.needs, here) if isinstance(told, Described) else told)
        if entry.pretrain is not None and (lacking := unset(entry.pretrain.text)):
            problems.append(("skipped", f"needs the environment variable {', '.join(lacking)}, which is not set"))
        yield from ((entry.id, reason) for reason in dict.fromkeys(problem[1] for problem in problems if problem))


@dataclass(frozen=True)
class _Here:
    """Facts that all rows share: network, CUDA, hashes of files, installed plugins."""

    offline: bool
    cuda: bool
    files: FileHashes
    registry: Registry
    remote: bool = False


@dataclass(frozen=True)
class _Section:
    """A split of a corpus; ``folds`` holds a hash over the ids of all parts of each fold."""

    corpus: Corpus
    split: Split
    folds: tuple[str, ...]


def _fold_hashes(split: Split) -> tuple[str, ...]:
    parts = ([fold.train, fold.test, fold.dev] if fold.dev else [fold.train, fold.test] for fold in split.folds)
    return tuple(content_hash(part) for part in parts)


@dataclass(frozen=True)
class _Tagger:
    """A point of a tagger's grid, with the description of its plugin or the reason why there is none."""

    variant: Variant
    told: Described | Problem
    interpreter: Interpreter | None = None


def _taggers(entry: TaggerEntry, benchmark: Benchmark, offline: bool, registry: Registry) -> Iterator[_Tagger]:
    """Each point of a tagger's grid, described by the interpreter that it is for."""
    folder = benchmark.folder
    if entry.python is not None:
        answer: Answer | None = benchmark.answers.get((entry.id, offline))
        if answer is None:
            answer = _ask(entry, entry.python, folder, offline, registry)
        for i, variant in enumerate(variants(entry)):
            yield _Tagger(variant, answer.unfit or answer.rows[i], answer.interpreter)
        return
    # Only a file that comes with adrbench gets here with a name that is not installed.
    if entry.use not in registry.names("taggers"):
        reason = registry.unknown("taggers", entry.use)
        yield from (_Tagger(variant, ("skipped", reason)) for variant in variants(entry))
        return
    for variant in variants(entry):
        try:
            yield _Tagger(variant, describe(variant, folder, offline, registry))
        except PluginError as error:
            yield _Tagger(variant, ("failed", str(error)))


def _ask(entry: TaggerEntry, python: str, folder: Path, offline: bool, registry: Registry) -> Answer:
    """Ask another interpreter about its tagger, if reading the file did not ask it under the same conditions."""
    try:
        plain = entry.model_dump(mode="json", exclude_unset=True)
        return interpreters.ask(interpreters.find(python, folder), plain, folder, registry, offline=offline)
    except Unavailable as error:
        return Answer(unfit=("skipped", str(error)))


def _check_interpreters(rows: Sequence[PlannedRow], file: TomlFile) -> None:
    """Raise ``ConfigError`` if different interpreters would run the same cell, for only a single result is stored."""
    first: dict[str, PlannedRow] = {}
    for row in rows:
        for cell in row.cells:
            other = first.setdefault(cell.key, row)
            if other.interpreter != row.interpreter:
                same = "the same tagger, code and parameters in two interpreters are one cell"
                both = f"taggers: {other.tagger_id} and {row.tagger_id}"
                problem = f"{both}: {same}; give each a benchmark file of its own"
                raise file.error([(file.tagger(row.tagger_id), problem)])


def _row(benchmark: Benchmark, tagger: _Tagger, section: _Section, here: _Here, chosen: bool) -> PlannedRow:
    corpus, split = section.corpus, section.split
    variant, told = tagger.variant, tagger.told
    entry = variant.entry
    common: dict[str, Any] = {
        "dataset": corpus.name,
        "splits": split.name,
        "tagger": variant.id,
        "use": variant.use,
        "chosen": chosen,
        "tagger_id": entry.id,
        "grid_point": variant.point,
        "interpreter": tagger.interpreter,
    }
    if not isinstance(told, Described):
        unknown: dict[str, Any] = {"family": "?", "cost": 99, "version": "?", "code": "?", "cells": ()}
        return PlannedRow(**common, **unknown, params=variant.params, problem=told)
    tune = told.tune
    pretrain = _pretrain(told, variant, benchmark.folder, corpus.filters.limit, here.files)
    files = here.files.named_in(_named(told, tune, pretrain), benchmark.folder)
    _check_variables(told, files, entry.id, benchmark.file)
    content = {
        "protocol": PROTOCOL_VERSION,
        "corpus": corpus.fingerprint,
        "labels": corpus.labels,
        "plugin": told.name,
        "version": told.version,
        "code": told.code,
        "core": [told.core, here.registry.core_hash(_prepared_by(corpus, pretrain, distilled=told.name == DISTILLED))],
        "params": told.key_params,
        "files": files,
        "seed": benchmark.benchmark.seed,
        "grouped": split.grouped,
    }
    if benchmark.benchmark.scores:
        # Spans are the same, but what is stored of them is not. Without scores, keys are what they were before 1.1.
        content["scores"] = True
    if pretrain is not None:
        content["pretrain"] = pretrain
    if tune is not None:
        content["tune"] = tune
        if tune["scope"] == "first":
            content["tuned on"] = section.folds[0]
    keys = (content_hash({**content, "documents": documents})[:32] for documents in section.folds)
    cells = tuple(PlannedCell(key, corpus.name, split.name, fold, variant.id) for fold, key in enumerate(keys))
    problem = _problem(told, entry.needs, here) if chosen else None
    if problem is None and chosen and (lacking := _without_text(pretrain, corpus)):
        problem = ("skipped", lacking)
    return PlannedRow(
        **common,
        family=told.family,
        cost=told.cost,
        version=told.version,
        code=told.code,
        params=told.params,
        cells=cells,
        problem=problem,
        tune=tune,
        pretrain=pretrain,
        pretraining=told.pretraining,
        expected_time=told.expected_time,
        records=told.records,
        endpoints=told.endpoints,
        asking=told.asking,
    )


def _check_variables(told: Described, files: Mapping[str, str], tagger: str, file: TomlFile) -> None:
    """Refuse variables in values that a server is asked with: keys hold them as they are written.

    Raises:
        ConfigError: A parameter that shapes answers names a variable, and no file. It may be one of a tagger that
            another one builds.
    """
    searched = {name: told.tune[name] for name in ("params", "space")} if told.tune and told.asking else {}
    values = [*_strings({f"tune.{name}": value for name, value in searched.items()}, "")]
    for one in told.asking:
        inner = f"{one['use']}: " if one["use"] != told.name else ""
        values += _strings(one["params"], f"{inner}params")
    for place, value in values:
        if value not in files and expand(value) != value:
            problem = (
                f"{tagger}: {place}: {value!r} names a variable, whose value is no part of a cell's key, so the "
                "answers of two models would be taken for one another; write the value itself"
            )
            # A value of a tagger within another one has no place of this name: then it is the tagger's line.
            raise file.error([(f"{file.tagger(tagger)}.{place}", problem)])


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every string in plain data, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _strings(inner, f"{place}.{name}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{place}[{number}]")


def _prepared_by(corpus: Corpus, pretrain: Mapping[str, Any] | None, *, distilled: bool) -> tuple[str, ...]:
    """The modules of adrbench that make what a row is given, before its cells' processes start."""
    subwords = SUBWORDS if corpus.filters.max_subwords is not None else ()
    collected = PRETRAINING_TEXT if pretrain is not None or distilled else ()
    return (*WORDS, *MATERIAL, *subwords, *collected)


def _named(told: Described, tune: Mapping[str, Any] | None, pretrain: Mapping[str, Any] | None) -> dict[str, Any]:
    """All values that may name a file: parameters, those that are searched or hold in trials, those of pre-training."""
    searched = {name: tune[name] for name in ("params", "space")} if tune else {}
    return {"params": told.key_params, "tune": searched, "pretrain": pretrain["how"] if pretrain else {}}


def _pretrain(
    told: Described, variant: Variant, folder: Path, limit: int | None, hashes: FileHashes
) -> dict[str, Any] | None:
    """What a row learns from before it is fitted: the text, by name and by bytes, and how, every value decided.

    Of a corpus cut to ``limit`` documents, at most so many texts are learnt from.
    """
    entry = variant.pretrain
    if entry is None or told.pretraining is None:
        return None
    files = {}
    for name in entry.text:
        with suppress(OSError, RuntimeError):
            place = folder / Path(expand(name)).expanduser()
            if name != CORPUS and place.exists():
                files[name] = hashes.of(place.resolve())
    return {
        "text": list(entry.text),
        "sentences": min((n for n in (entry.sentences, limit) if n is not None), default=None),
        "test_text": entry.test_text,
        "files": files,
        "how": told.pretraining["how"],
    }


def _without_text(pretrain: Mapping[str, Any] | None, corpus: Corpus) -> str | None:
    """Say why there is no text to pretrain on; None if there is some."""
    if pretrain is None:
        return None
    for source in pretrain["text"]:
        if source == CORPUS and not corpus.unlabelled:
            return f"{corpus.name} has no unlabelled text to pretrain on"
        if lacking := unset(source):
            return f"needs the environment variable {', '.join(lacking)}, which is not set"
        if source != CORPUS and source not in pretrain["files"]:
            return f"no such file or folder to pretrain on, or none that can be read: {source}"
    return None


def _problem(told: Described, needs: Sequence[str], here: _Here) -> Problem | None:
    """Why a tagger cannot run on this machine: libraries, hardware, network, then what the plugin says."""
    if told.lacking:
        return "skipped", told.lacking
    if "cuda" in needs and not here.cuda and not here.remote:
        return "skipped", f"needs a CUDA GPU; this machine shows none{machine.gpu_advice()}"
    if "hub" in needs and here.offline:
        return "skipped", "needs the model hub; --offline forbids it"
    if not here.remote and (named := sorted(set(needs).difference(NEEDS))):
        return "skipped", f"needs {', '.join(named)}, which machines of a cluster have (--executor)"
    return told.missing
