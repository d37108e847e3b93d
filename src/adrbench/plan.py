"""What is to be measured: the product of datasets, splits and taggers, cut into cells with content keys."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import chdir, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from adrbench import machine, parameters, plugins
from adrbench.api import TaggerPlugin
from adrbench.config import Benchmark
from adrbench.config.variants import Variant, variants
from adrbench.corpora.corpus import Corpus
from adrbench.errors import PluginError
from adrbench.pretraining.text import CORPUS
from adrbench.splits import Split
from adrbench.store import checksum
from adrbench.tuning.space import as_plain, resolve
from adrbench.tuning.study import missing

# Raised when a change to the harness makes older cells incomparable: how gold reaches fit, how time is taken.
PROTOCOL_VERSION = 1


@dataclass(frozen=True)
class Cell:
    """One tagger, fitted and asked once, on one fold of one split of a corpus. ``key`` names its result anywhere."""

    key: str
    dataset: str
    splits: str
    fold: int
    tagger: str


@dataclass(frozen=True)
class Row:
    """A line of the leaderboard to be: a tagger on a split of a corpus, with a cell for each fold.

    ``problem`` says, as (status, reason), why its cells cannot be run here; cells in the store count all the same.
    ``chosen``: whether this run is to measure it; other rows are there for what earlier runs measured. ``of``: the
    tagger's id in the file; ``point``: where in its grid the row stands. ``tune`` and ``pretrain``: what comes before
    the fit, every value decided; None where nothing does.
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
    cells: tuple[Cell, ...]
    problem: tuple[str, str] | None = None
    chosen: bool = True
    of: str = ""
    point: Mapping[str, Any] = field(default_factory=dict)
    tune: Mapping[str, Any] | None = None
    pretrain: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """All rows of a benchmark, cheap families first, with the corpora and splits that they refer to.

    ``absent``: corpora of the file that cannot be had here, and splits that cannot be made, with the reason.
    """

    benchmark: Benchmark
    corpora: Mapping[str, Corpus]
    splits: Mapping[tuple[str, str], Split]
    rows: tuple[Row, ...]
    absent: Mapping[str, str] = field(default_factory=dict)

    def cells(self) -> Iterator[tuple[Row, Cell]]:
        """Every cell of a chosen row, with its row, in the order in which they should be run."""
        for row in self.rows:
            for cell in row.cells if row.chosen else ():
                yield row, cell


def make_plan(
    benchmark: Benchmark,
    corpora: Mapping[str, Corpus],
    splits: Mapping[tuple[str, str], Split],
    *,
    offline: bool = False,
    only: Collection[str] = (),
    names: Collection[str] = (),
    absent: Mapping[str, str] | None = None,
) -> Plan:
    """Every row and cell of a benchmark. Cheap families come first, then the order of the file.

    ``only`` (tagger ids) and ``names`` (of splits) say which rows are chosen; empty: all.
    """
    # Files may have changed since the last plan of this process; within one plan each is read once.
    _tree_hash.cache_clear()
    sections = [_Section(corpora[dataset], split, _fold_hashes(split)) for (dataset, _), split in splits.items()]
    rows: list[Row] = []
    for entry in benchmark.taggers:
        for section in sections:
            chosen = (not only or entry.id in only) and (not names or section.split.of in names)
            rows.extend(_row(benchmark, variant, section, offline, chosen) for variant in variants(entry))
    return Plan(benchmark, corpora, splits, tuple(sorted(rows, key=lambda row: row.cost)), dict(absent or {}))


@dataclass(frozen=True)
class _Section:
    """A split of a corpus; ``folds`` holds a hash over the ids of all parts of each fold."""

    corpus: Corpus
    split: Split
    folds: tuple[str, ...]


def _fold_hashes(split: Split) -> tuple[str, ...]:
    parts = ([fold.train, fold.test, fold.dev] if fold.dev else [fold.train, fold.test] for fold in split.folds)
    return tuple(checksum(part) for part in parts)


def _row(benchmark: Benchmark, variant: Variant, section: _Section, offline: bool, chosen: bool) -> Row:
    corpus, split = section.corpus, section.split
    entry = variant.entry
    common: dict[str, Any] = {
        "dataset": corpus.name,
        "splits": split.name,
        "tagger": variant.id,
        "use": entry.use,
        "chosen": chosen,
        "of": entry.id,
        "point": variant.point,
    }
    try:
        plugin: TaggerPlugin = plugins.describe("taggers", entry.use)
        code = plugins.code_hash(plugin.implementation)
        params, problems = parameters.check(plugin.params, variant.params)
        tune = _tune(plugin, variant)
    except PluginError as error:
        unknown: dict[str, Any] = {"family": "?", "cost": 99, "version": "?", "code": "?", "cells": ()}
        return Row(**common, **unknown, params=variant.params, problem=("failed", str(error)))
    if problems:
        raise PluginError(f"{variant.id}: {problems[0][0]}: {problems[0][1]}")
    plain = parameters.as_json(params)
    pretrain = _pretrain(plugin, variant, benchmark.folder)
    content = {
        "protocol": PROTOCOL_VERSION,
        "corpus": corpus.fingerprint,
        "labels": corpus.labels,
        "plugin": plugin.name,
        "version": plugin.version,
        "code": code,
        "params": plain,
        "files": file_hashes(plain, benchmark.folder),
        "seed": benchmark.benchmark.seed,
        "grouped": split.grouped,
    }
    if pretrain is not None:
        content["pretrain"] = pretrain
    if tune is not None:
        content["tune"] = tune
        if tune["scope"] == "first":
            content["tuned on"] = section.folds[0]
    cells = tuple(
        Cell(
            checksum({**content, "documents": documents})[7:39],
            corpus.name,
            split.name,
            fold,
            variant.id,
        )
        for fold, documents in enumerate(section.folds)
    )
    # As in a cell's process, relative paths in parameters start at the benchmark file.
    with chdir(benchmark.folder):
        problem = _problem(plugin, params, entry.needs, offline) if chosen else None
    if problem is None and chosen:
        lacking = missing() if tune is not None else None
        lacking = lacking or _without_text(pretrain, corpus, benchmark.folder)
        problem = ("skipped", lacking) if lacking else None
    return Row(
        **common,
        family=plugin.family,
        cost=plugin.cost,
        version=plugin.version,
        code=code,
        params=plain,
        cells=cells,
        problem=problem,
        tune=tune,
        pretrain=pretrain,
    )


def _tune(plugin: TaggerPlugin, variant: Variant) -> dict[str, Any] | None:
    """What is searched for a row and how, every value decided. Raises ``PluginError`` if that can't be searched."""
    entry = variant.entry.tune
    if entry is None:
        return None
    space, problems = resolve(plugin, variant.params, entry.model_dump()["space"])
    if problems:
        raise PluginError(f"{variant.id}: {problems[0][0]}: {problems[0][1]}")
    return {**entry.model_dump(), "space": as_plain(space)}


def _pretrain(plugin: TaggerPlugin, variant: Variant, folder: Path) -> dict[str, Any] | None:
    """What a row learns from before it is fitted: the text, by name and by bytes, and how, every value decided."""
    entry = variant.pretrain
    if entry is None:
        return None
    if plugin.pretraining is None:
        raise PluginError(f"{variant.id}: {plugin.name} cannot be pretrained")
    how, problems = parameters.check(plugin.pretraining.params, entry.params)
    if problems:
        raise PluginError(f"{variant.id}: pretrain.{problems[0][0]}: {problems[0][1]}")
    places = {name: folder / Path(name).expanduser() for name in entry.text if name != CORPUS}
    return {
        "text": list(entry.text),
        "sentences": entry.sentences,
        "test_text": entry.test_text,
        "files": {name: _tree_hash(place.resolve()) for name, place in places.items() if place.exists()},
        "how": parameters.as_json(how),
    }


def _without_text(pretrain: Mapping[str, Any] | None, corpus: Corpus, folder: Path) -> str | None:
    """Why there is nothing to learn from beforehand, or None."""
    for source in pretrain["text"] if pretrain else ():
        if source == CORPUS and not corpus.unlabelled:
            return f"{corpus.name} has no unlabelled text to pretrain on"
        if source != CORPUS and not (folder / Path(source).expanduser()).exists():
            return f"no such file or folder to pretrain on: {source}"
    return None


def _problem(plugin: TaggerPlugin, params: Any, needs: Sequence[str], offline: bool) -> tuple[str, str] | None:
    """Why a tagger cannot run here, as (status, reason); a plugin that fails to say so has failed."""
    try:
        reason = unavailable(plugin, params, needs, offline)
    except Exception as error:  # noqa: BLE001  (a broken plugin is a row with its reason; the others go on)
        return "failed", f"tagger {plugin.name!r} cannot say what it lacks: {type(error).__name__}: {error}"
    return ("skipped", reason) if reason else None


def unavailable(plugin: TaggerPlugin, params: Any, needs: Sequence[str], offline: bool) -> str | None:
    """Why a tagger cannot run on this machine, or None: libraries, hardware, network, then what the plugin says."""
    if reason := plugins.lacking(plugin):
        return reason
    if "cuda" in needs and not machine.gpus():
        return "needs a CUDA GPU; this machine shows none"
    if "hub" in needs and offline:
        return "needs the model hub; --offline forbids it"
    return plugin.missing(params, offline) if plugin.missing else None


def file_hashes(params: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """The sha256 of every file or folder that a parameter names, by its name: other bytes make another cell."""
    found = {}
    for name in _strings(params):
        # A bare word is a name, not a file that happens to lie about; dots and slashes alone are punctuation.
        if not ("/" in name or "." in name) or not name.strip("./") or name.startswith("package:"):
            continue
        # What is too long for a path, may not be looked at, or is nobody's home, is no file of ours.
        with suppress(OSError, RuntimeError):
            path = folder / Path(name).expanduser()
            if path.exists():
                found[name] = _tree_hash(path.resolve())
    return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if 0 < len(value) < 4096 and "\0" not in value:  # noqa: PLR2004  (no longer path exists)
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _strings(inner)


@cache
def _tree_hash(path: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                inner = hashlib.file_digest(stream, "sha256").hexdigest()
            digest.update(f"{file.relative_to(path).as_posix()} {inner}\n".encode())
    return digest.hexdigest()
