"""How fast predictions are judged: column files and spans beside seqeval, the bootstrap, a large leaderboard.

    python benchmarks/speed/scoring.py [RESULTS]

One process. Tokens are made up, 1,000,000 of them in sentences of about 20, a tenth of them in mentions of five labels,
with predictions that are right most of the time. Both sides read the same file, and their figures must be the same.
RESULTS (``results/ade``) gives predictions to resample, and cells to copy with small changes until there are 1,000. The
leaderboard is timed as a command of its own, with an empty cache folder (first look) and with what that left (second).
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from seqeval.metrics import classification_report

from adrbench.plugins.registry import Registry
from adrbench.results.external import figures_of
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.store import Store
from adrbench.scoring.external.folds import Documents
from adrbench.scoring.external.streams import Reading, read_stream
from adrbench.scoring.statistics.bootstrap import bca, bootstrap, by_unit, jackknife

TOKENS = 1_000_000
SECTIONS, TAGGERS = 20, 10
REPEATS = 5
MENTIONS, MISTAKES = 0.06, 0.02
_SAME = 1e-12
LABELS = ("ADR", "DRUG", "DOSE", "DISEASE", "GENE")
Tags = list[list[str]]


def make_file(path: Path) -> None:
    """Write sentences of ``token gold predicted`` lines."""
    rng = random.Random(13)
    words = [f"word{i}" for i in range(20_000)]
    lines: list[str] = []
    written = 0
    while written < TOKENS:
        length = min(rng.randint(10, 30), TOKENS - written)
        gold, predicted = _sentence(rng, length)
        lines += [f"{rng.choice(words)} {g} {p}" for g, p in zip(gold, predicted, strict=True)]
        lines.append("")
        written += length
    path.write_text("\n".join(lines), encoding="utf-8")


def _sentence(rng: random.Random, length: int) -> tuple[list[str], list[str]]:
    gold: list[str] = []
    while len(gold) < length:
        if rng.random() < MENTIONS:
            label = rng.choice(LABELS)
            gold += [f"B-{label}", *[f"I-{label}"] * rng.choice((0, 0, 1, 2))]
        else:
            gold.append("O")
    del gold[length:]
    predicted = [rng.choice(("O", "B-ADR", "I-DRUG")) if rng.random() < MISTAKES else tag for tag in gold]
    return gold, predicted


def read_plainly(path: Path) -> tuple[Tags, Tags]:
    """Read the file as most scripts do."""
    gold: Tags = [[]]
    predicted: Tags = [[]]
    with path.open(encoding="utf-8") as file:
        for line in file:
            columns = line.split()
            if not columns:
                gold.append([])
                predicted.append([])
                continue
            gold[-1].append(columns[-2])
            predicted[-1].append(columns[-1])
    return gold, predicted


def seconds(call: Callable[[], Any], repeats: int = REPEATS) -> list[float]:
    """Wall seconds of several calls; the collector is on, as it is by default."""
    times = []
    for _ in range(repeats):
        gc.collect()
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times


def report(name: str, values: list[float], bound: float | None = None) -> float:
    """A time as median and range, with what it should stay below; gives the median."""
    low, middle, high = min(values), statistics.median(values), max(values)
    verdict = "" if bound is None else f", bound {bound:.1f} s: {'ok' if middle < bound else 'TOO SLOW'}"
    print(f"{name:<58} median {middle:.3f} s ({low:.3f}-{high:.3f}){verdict}")
    return middle


def compare(name: str, ours: float, theirs: float, bound: float) -> None:
    """How many times as fast, with what it should be at least."""
    times = theirs / ours
    print(f"{name:<58} {times:.1f}x, bound {bound:.0f}x: {'ok' if times >= bound else 'TOO SLOW'}")


def beside_seqeval(folder: Path) -> None:
    """Read and judge a file, and judge spans that are decoded already, with both."""
    path = folder / "tokens.txt"
    make_file(path)
    stream = read_stream(path, Reading())
    gold, predicted = read_plainly(path)
    # The last bit of a figure may differ: seqeval computes F1 from precision and recall.
    expected = classification_report(gold, predicted, output_dict=True, zero_division=0)
    figures = figures_of([stream], "exact", Registry())
    for label in LABELS:
        ours = [figures[label][name] for name in ("precision", "recall", "f1", "support")]
        theirs = [expected[label][name] for name in ("precision", "recall", "f1-score", "support")]
        assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < _SAME, label
    spans = len(stream.gold) + len(stream.predicted)
    print(f"{TOKENS:,} tokens, {len(stream.units):,} sentences, {spans:,} spans; the same figures")

    def judge_file() -> None:
        figures_of([read_stream(path, Reading())], "exact", Registry())

    def seqeval_file() -> None:
        classification_report(*read_plainly(path), digits=4, zero_division=0)

    theirs = report("read plainly and seqeval.classification_report", seconds(seqeval_file, 3))
    compare("read and judge a file", report("adrbench, the same", seconds(judge_file)), theirs, 4)
    theirs = report(
        "seqeval.classification_report", seconds(lambda: classification_report(gold, predicted, zero_division=0), 3)
    )
    ours = report("adrbench, columns of spans", seconds(lambda: figures_of([stream], "exact", Registry())))
    compare("report from spans in columns", ours, theirs, 50)
    documents = Documents("tokens", tuple(stream.cases()), stream.units)
    ours = report(
        "adrbench, lists of Span, a list a document", seconds(lambda: figures_of([documents], "exact", Registry()))
    )
    compare("report from spans in lists", ours, theirs, 50)


def resampling(results: Path) -> None:
    """The bootstrap over the documents of a tagger, all folds."""
    store = Store(results)
    board = Scoreboard(store, Registry())
    section = store.read_plan()["sections"][0]
    taggers = {name: cells for name, cells in board.measured(section).items() if cells}
    score = board.gold(section).evaluator.score

    def resample_all() -> None:
        for cells in taggers.values():
            ids = [name for cell in cells for name in cell.test]
            units = by_unit(np.concatenate([cell.counts for cell in cells]), ids)
            drawn = np.asarray(bootstrap(units, cells[0].columns, score, seed=13)["micro"]["f1"])
            left_out = np.asarray(jackknife(units, cells[0].columns, score)["micro"]["f1"])
            bca(drawn, float(np.median(drawn)), left_out)

    documents = sum(len(cell.test) for cell in next(iter(taggers.values())))
    name = f"10,000 resamples of {documents:,} documents, {len(taggers)} taggers"
    report(name, seconds(resample_all), 2.0)


def large_leaderboard(results: Path, folder: Path) -> None:
    """The leaderboard of 1,000 cells, ten taggers in each of 20 sections, as a user asks for it.

    The cells are copies of those of one section, a few mentions left out of each, so that no two are alike.
    """
    copy = folder / "results"
    keys = make_results(results, copy)
    size = sum((copy / "cells" / f"{key}.json").stat().st_size for key in keys) / 2**20
    print(f"{len(keys):,} cells, {size:.0f} MiB, in {SECTIONS} sections of {TAGGERS} taggers")
    store = Store(copy)
    report("json.loads of these cells, no more", seconds(lambda: [len(_load(copy, key)) for key in keys], 2))
    report("store.read_cell of these cells", seconds(lambda: [len(store.read_cell(key) or ()) for key in keys], 2))
    report("the command without cells: adrbench --version", [_command(["--version"], folder)[0] for _ in range(3)])
    first, again = [], []
    for number in range(3):
        cache = folder / f"cache-{number}"
        first.append(_command(["leaderboard", str(copy)], cache))
        again.append(_command(["leaderboard", str(copy)], cache))
    for name, looks in (("first look", first), ("second look", again)):
        report(f"adrbench leaderboard, {name}, wall", [wall for wall, _ in looks], 2.0)
        report(f"adrbench leaderboard, {name}, processor", [processor for _, processor in looks], 2.0)


def make_results(results: Path, copy: Path) -> list[str]:
    """Write a results folder of 1,000 cells; gives their keys."""
    shutil.copytree(results, copy)
    store = Store(copy)
    plan = store.read_plan()
    section = plan["sections"][0]
    cells = {row["tagger"]: [store.read_cell(key) for key in row["cells"]] for row in section["rows"]}
    rows = [row for row in section["rows"] if all(cell and cell["status"] == "ok" for cell in cells[row["tagger"]])]
    rng = random.Random(13)
    sections = []
    for place in range(SECTIONS):
        copies = []
        for number in range(TAGGERS):
            row = rows[number % len(rows)]
            keys = [f"{place:016d}{number:08d}{fold:08d}" for fold in range(len(row["cells"]))]
            for key, cell in zip(keys, cells[row["tagger"]], strict=True):
                predictions = {
                    name: [span for span in spans if rng.random() >= MISTAKES]
                    for name, spans in (cell or {})["predictions"].items()
                }
                changes = {"tagger": f"{row['tagger']}-{number}", "predictions": predictions}
                store.write_cell(key, {**(cell or {}), **changes})
            copies.append({**row, "tagger": f"{row['tagger']}-{number}", "cells": keys})
        sections.append({**section, "splits": f"{section['splits']}-{place}", "rows": copies})
    store.write_plan({**plan, "sections": sections, "published": []})
    return [key for part in sections for row in part["rows"] for key in row["cells"]]


def _command(arguments: list[str], cache: Path) -> tuple[float, float]:
    """Wall and processor seconds of the command line, with a cache folder of its own."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "adrbench", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "ADRBENCH_CACHE": str(cache)},
    )
    wall, after = time.perf_counter() - began, os.times()
    user, system = after.children_user - before.children_user, after.children_system - before.children_system
    return wall, user + system


def _load(folder: Path, key: str) -> Any:
    return json.loads((folder / "cells" / f"{key}.json").read_text(encoding="utf-8"))


def main(results: Path) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        beside_seqeval(Path(scratch))
        resampling(results)
        large_leaderboard(results, Path(scratch))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "results" / "ade")
