"""How long corpora take to load, and in how much memory: read, checked, tokenised, made flat, each in a fresh process.

    python benchmarks/speed/corpora.py [--sentences N]

Corpora that are not at hand are left out, and said to be. The column file is generated: N sentences of twenty words
(1,000,000 by default; about 160 MB in a scratch folder). Words are cached by content between loads, so that a corpus
whose words are ours is loaded twice: for the first time, and again. The exit code is 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

# name, seconds within which a load should be done (the second one, where words are cached)
BOUNDS = {"ade": 1.0, "tac2017": 5.0, "europepmc": 2.0}
# For a million sentences.
SECONDS, MEMORY = 40.0, 1_200_000_000
# How many words of the generated file are mentions.
MENTIONS = 0.1

LOAD = """
import gc, json, sys, time
gc.disable()
began = time.perf_counter()
from pathlib import Path
from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.load import read_dataset
from adrbench.running._costs import peak_memory_bytes
from adrbench.errors import CorpusMissing
from adrbench.plugins.registry import Registry
imported = time.perf_counter()
base = peak_memory_bytes()
name, path = sys.argv[1], sys.argv[2] or None
try:
    corpus = load_corpus(DatasetEntry(use=name, path=path), Path(), Registry(), offline=True)
except CorpusMissing as error:
    print(json.dumps({"missing": str(error)}))
else:
    loaded = time.perf_counter()
    print(json.dumps({
        "imports": imported - began, "load": loaded - imported, "documents": corpus.counts["documents"],
        "words": corpus.counts["words"], "peak": peak_memory_bytes(), "base": base,
    }))
"""


def load(name: str, path: str = "") -> dict[str, float]:
    """One load in a process of its own."""
    done = subprocess.run([sys.executable, "-c", LOAD, name, path], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def report(name: str, found: dict[str, float], bound: float, memory: float | None = None) -> bool:
    """One line: time against its bound, memory by word; gives whether the bounds hold."""
    if "missing" in found:
        print(f"{name:<28} not at hand: {found['missing']}")
        return True
    by_word = (found["peak"] - found["base"]) / max(found["words"], 1)
    slow = found["load"] >= bound or (memory is not None and found["peak"] >= memory)
    print(
        f"{name:<28} {found['load']:6.2f} s (bound {bound:g} s, imports {found['imports']:.2f} s), "
        f"{found['documents']:,} documents, {found['words']:,} words, peak {found['peak'] / 2**20:,.0f} MiB "
        f"({by_word:.0f} bytes a word): {'TOO MUCH' if slow else 'ok'}"
    )
    return not slow


def write_columns(file: Path, sentences: int) -> None:
    """A column file of invented words, one in ten of them a mention."""
    chance = random.Random(13)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 11))) for _ in range(20_000)]
    with file.open("w", encoding="utf-8") as stream:
        for _ in range(sentences):
            lines = [
                f"{word}\t{'B-ADR' if chance.random() < MENTIONS else 'O'}" for word in chance.choices(words, k=20)
            ]
            stream.write("\n".join(lines) + "\n\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sentences", type=int, default=1_000_000)
    sentences = parser.parse_args().sentences
    met = []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ADRBENCH_CACHE"] = f"{scratch}/cache"
        for name, bound in BOUNDS.items():
            report(f"{name}, first time", load(name), float("inf"))
            met.append(report(f"{name}, again", load(name), bound))
        file = Path(scratch) / "columns.tsv"
        write_columns(file, sentences)
        share = sentences / 1_000_000
        met.append(
            report(f"{sentences:,} sentences", load("conll", str(file)), SECONDS * share, MEMORY * max(share, 1))
        )
    if not all(met):
        sys.exit(1)


if __name__ == "__main__":
    main()
