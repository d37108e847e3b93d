"""How fast predictions are judged: column files and spans beside seqeval, the bootstrap, a large leaderboard.

    python benchmarks/speed/scoring.py [RESULTS]

One process. Tokens are made up, 1,000,000 of them in sentences of about 20, a tenth of them in mentions of five labels,
with predictions that are right most of the time. Both sides read the same file, and their figures must be the same.
RESULTS (``results/ade``) gives predictions to resample, and cells to copy with small changes until there are 1,000 and
10,000. The leaderboard is timed as a command of its own. The exit code is 1 if a bound is missed.
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
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from seqeval.metrics import classification_report

from adrbench.plugins.registry import Registry
from adrbench.results.external import figures_of
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.predictions import collect, encode, plain_span
from adrbench.results.schema import SectionRecord
from adrbench.results.store import Store
from adrbench.scoring.external.folds import Documents
from adrbench.scoring.external.streams import TagColumns, read_stream
from adrbench.scoring.statistics.bootstrap import bca, bootstrap, by_unit, jackknife

TOKENS = 1_000_000
SECTIONS, TAGGERS = (20, 200), 10
REPEATS = 5
# Seconds of the bootstrap, and how often json.loads of its cells could be done while a leaderboard is made.
RESAMPLING, LOADS = 2.0, 2.5
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


def report(name: str, values: list[float]) -> float:
    """A time as median and range; gives the median."""
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name:<58} median {middle:.3f} s ({low:.3f}-{high:.3f})")
    return middle


def judged(name: str, figure: str, met: bool, bound: str) -> bool:
    """One figure against its bound; gives whether it holds."""
    print(f"{name:<58} {figure}, bound {bound}: {'ok' if met else 'TOO SLOW'}")
    return met


def compare(name: str, ours: float, theirs: float, bound: float) -> bool:
    """How many times as fast, with what it should be at least."""
    return judged(name, f"{theirs / ours:.1f}x", theirs / ours >= bound, f"{bound:.0f}x")


def beside_seqeval(folder: Path) -> list[bool]:
    """Read and judge a file, and judge spans that are decoded already, with both; gives which bounds hold."""
    path = folder / "tokens.txt"
    make_file(path)
    stream = read_stream(path, TagColumns())
    gold, predicted = read_plainly(path)
    # The last bit of a figure may differ: seqeval computes F1 from precision and recall.
    expected = classification_report(gold, predicted, output_dict=True, zero_division=0)
    figures = figures_of([stream], "exact", Registry())
    for label in LABELS:
        found = [figures[label][name] for name in ("precision", "recall", "f1", "support")]
        known = [expected[label][name] for name in ("precision", "recall", "f1-score", "support")]
        assert max(abs(a - b) for a, b in zip(found, known, strict=True)) < _SAME, label
    spans = len(stream.gold) + len(stream.predicted)
    print(f"{TOKENS:,} tokens, {len(stream.units):,} sentences, {spans:,} spans; the same figures")

    def judge_file() -> None:
        figures_of([read_stream(path, TagColumns())], "exact", Registry())

    def seqeval_file() -> None:
        classification_report(*read_plainly(path), digits=4, zero_division=0)

    theirs = report("read plainly and seqeval.classification_report", seconds(seqeval_file, 3))
    met = [compare("read and judge a file", report("adrbench, the same", seconds(judge_file)), theirs, 4)]
    theirs = report(
        "seqeval.classification_report", seconds(lambda: classification_report(gold, predicted, zero_division=0), 3)
    )
    ours = report("adrbench, columns of spans", seconds(lambda: figures_of([stream], "exact", Registry())))
    met.append(compare("report from spans in columns", ours, theirs, 50))
    documents = Documents("tokens", tuple(stream.cases()), stream.units)
    ours = report(
        "adrbench, lists of Span, a list a document", seconds(lambda: figures_of([documents], "exact", Registry()))
    )
    return [*met, compare("report from spans in lists", ours, theirs, 50)]


def resampling(results: Path) -> bool:
    """The bootstrap over the documents of a tagger, all folds; gives whether its bound holds."""
    store = Store(results)
    board = Scoreboard(store, Registry())
    section = store.read_plan().sections[0]
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
    middle = report(name, seconds(resample_all))
    return judged("this bootstrap", f"{middle:.2f} s", middle < RESAMPLING, f"{RESAMPLING:.1f} s")


def large_leaderboard(results: Path, folder: Path, sections: int) -> bool:
    """The leaderboard of ten taggers in each of so many sections, as a user asks for it.

    The cells are copies of those of one section, a few mentions left out of each, so that no two are alike. Gives
    whether the bound holds.
    """
    copy, plain = folder / f"results-{sections}", folder / f"plain-{sections}"
    keys = make_results(results, copy, plain, sections)
    store = Store(copy)
    sizes = [
        sum(path.stat().st_size for path in files) / 2**20 for files in (plain.iterdir(), map(store.path_of_cell, keys))
    ]
    print(
        f"{len(keys):,} cells in {sections} sections of {TAGGERS} taggers: {sizes[1]:.0f} MiB, {sizes[0]:.0f} as JSON"
    )
    files = sorted(plain.iterdir())
    loads = report("json.loads of these cells as lists of spans", seconds(lambda: [len(_load(f)) for f in files], 3))
    report("list these cells: status of each", seconds(lambda: [store.read_cell(key) for key in keys], 3))
    report("read these cells with their predictions", seconds(lambda: [store.read_answers(key) for key in keys], 3))
    looks = [_command(["leaderboard", str(copy)], folder / "cache") for _ in range(3)]
    wall = report("adrbench leaderboard, wall", [wall for wall, _ in looks])
    report("adrbench leaderboard, processor", [processor for _, processor in looks])
    times = wall / loads
    return judged("the leaderboard in times of json.loads", f"{times:.2f}", times <= LOADS, f"{LOADS:.1f}")


def make_results(results: Path, copy: Path, plain: Path, number: int) -> list[str]:
    """Write a results folder of so many sections, and its predictions as JSON in ``plain``; give the keys."""
    shutil.copytree(results, copy)
    plain.mkdir()
    store = Store(copy)
    plan = store.read_plan()
    section = plan.sections[0]
    split = store.read_split(section.folds)
    assert split is not None
    read = {row.tagger: [store.read_answers(key) for key in row.cells] for row in section.rows}
    rows = [row for row in section.rows if all(cell and cell[1] is not None for cell in read[row.tagger])]
    rng = random.Random(13)
    sections: list[SectionRecord] = []
    keys: list[str] = []
    for place in range(number):
        copies = []
        for n in range(TAGGERS):
            row = rows[n % len(rows)]
            own = tuple(f"{rng.getrandbits(128):032x}" for _ in row.cells)
            for key, cell, test in zip(own, read[row.tagger], split.test, strict=True):
                if cell is None or cell[1] is None:
                    continue
                spans = {
                    name: [span for span in found if rng.random() >= MISTAKES]
                    for name, found in zip(test, cell[1].by_document, strict=True)
                }
                answers, line = encode(
                    collect(test, {name: tuple(map(plain_span, own)) for name, own in spans.items()})
                )
                record = replace(cell[0], key=key, tagger=f"{row.tagger}-{n}", answers=answers)
                store.write_cell(record, line)
                lists = {name: [span.to_list() for span in found] for name, found in spans.items() if found}
                content = {**asdict(record), "predictions": lists}
                (plain / f"{key}.json").write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
            copies.append(replace(row, tagger=f"{row.tagger}-{n}", cells=own))
            keys += own
        sections.append(replace(section, split=f"{section.split}-{place}", rows=tuple(copies)))
    store.write_plan(replace(plan, sections=tuple(sections), published=()))
    return keys


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


def _load(file: Path) -> Any:
    return json.loads(file.read_bytes())


def main(results: Path) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        met = [*beside_seqeval(Path(scratch)), resampling(results)]
        met += [large_leaderboard(results, Path(scratch), sections) for sections in SECTIONS]
    if not all(met):
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "results" / "ade")
