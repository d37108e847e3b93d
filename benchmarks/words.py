"""Which words should be the default? Taggers with different words, on holdouts of training parts.

    python benchmarks/words.py OUT [--taggers dictionary crf crf:window=2,bigrams=2] [--words nltk punctuation]

No test document is looked at: of each corpus the training part is taken (of a release with parts its own, else that of
the first of five folds, random or grouped) and shared out into FOLDS inner folds. Every cell (corpus, split, words,
tagger, fold) is fitted on the inner training part and judged on the inner holdout, against all gold. OUT holds a line
for each finished cell, so that the command goes on where it was stopped. The table gives pooled P, R and F1, and the
difference to NLTK's words with the defaults of their time: a paired bootstrap over groups of documents, 95%. The
seconds are the CPU time of a fit.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Item, Kind, Recipe, make_split
from adrbench.plugins.registry import Registry

SPLITS: tuple[Kind, ...] = ("random", "grouped")
OLD = "nltk"
# The parameters that were the defaults while NLTK's words were.
OLD_TAGGERS = {"crf": "crf:window=2,bigrams=2"}
RESAMPLES = 10_000

# Adverse reactions, drugs and chemicals, diseases; in case reports, abstracts, drug labels and patients' posts.
CORPORA: dict[str, dict[str, Any]] = {
    "ade-adr": {"use": "ade", "labels": ("ADR",)},
    "ade-drug": {"use": "ade", "labels": ("DRUG",)},
    "bc5cdr-chemical": {"use": "bc5cdr-chemical", "sentences": True, "overlap": "longest"},
    "bc5cdr-disease": {"use": "bc5cdr-disease", "sentences": True, "overlap": "longest"},
    "ncbi-disease": {"use": "ncbi-disease", "sentences": True, "overlap": "longest"},
    "psytar": {"use": "psytar", "labels": ("ADR",)},
    "tac2017": {"use": "tac2017", "labels": ("AdverseReaction",), "sentences": True, "overlap": "longest"},
}


@dataclass(frozen=True)
class Cell:
    """One fit: a corpus split some way, the words, a tagger with parameters (``crf:window=3``), an inner fold."""

    corpus: str
    split: Kind
    words: str
    tagger: str
    fold: int
    folds: int

    @property
    def key(self) -> str:
        """What a finished cell is called."""
        return " ".join((self.corpus, self.split, self.words, self.tagger, f"{self.fold}/{self.folds}"))


@cache
def corpus_of(name: str, words: str) -> Corpus:
    """A corpus with the words asked for."""
    return load_corpus(DatasetEntry(words=words, **CORPORA[name]), Path(), Registry(), offline=True)


def inner_folds(corpus: Corpus, split: Kind, folds: int) -> list[tuple[set[str], set[str]]]:
    """Ids to learn from and to judge on, fold by fold, all within the training part."""
    items = [Item(a.document.id, a.document.group, parts=corpus.parts.get(a.document.id, ())) for a in corpus.documents]
    provided = any(any(parts) for parts in corpus.parts.values())
    outer = make_split(items, Recipe("provided") if provided else Recipe(split, folds=5)).folds[0]
    inside = set(outer.train)
    made = make_split([item for item in items if item.id in inside], Recipe(split, folds=folds, seed=29))
    return [(set(fold.train), set(fold.test)) for fold in made.folds]


def splits_of(corpus: str) -> tuple[Kind, ...]:
    """A random split tells little where the documents are whole groups cut into sentences; ADE's papers use one."""
    return SPLITS if corpus == "ade-adr" else ("grouped",)


def measure(cell: Cell) -> dict[str, Any]:
    """Fit, predict, and count right, given and wanted spans of each group."""
    import adrbench  # noqa: PLC0415
    from adrbench.cli.data.selection import parse_params  # noqa: PLC0415

    corpus = corpus_of(cell.corpus, cell.words)
    train, test = inner_folds(corpus, cell.split, cell.folds)[cell.fold]
    use, _, given = cell.tagger.partition(":")
    params: dict[str, Any] = parse_params(given.split(",")) if given else {}
    tagger = adrbench.tagger(use, seed=13, threads=1, device="cpu", offline=True, **params)
    began = time.process_time()
    tagger.fit([a for a in corpus.documents if a.document.id in train], labels=corpus.labels)
    fitted = time.process_time()
    documents = [a.document for a in corpus.documents if a.document.id in test]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for document, spans in zip(documents, tagger.predict(documents), strict=True):
        gold = set(corpus.gold[document.id])
        counts[document.group] += Counter(right=len(gold & set(spans)), given=len(set(spans)), wanted=len(gold))
    groups = {group: [c["right"], c["given"], c["wanted"]] for group, c in counts.items()}
    return {"key": cell.key, "groups": groups, "fit_cpu": fitted - began, "predict_cpu": time.process_time() - fitted}


def f1(counts: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Micro F1 in percent of counts [..., (right, given, wanted)]."""
    return 200 * counts[..., 0] / np.maximum(counts[..., 1] + counts[..., 2], 1)


def figures(done: Mapping[str, dict[str, Any]], cells: Sequence[Cell]) -> Iterator[dict[str, str]]:
    """A row for each corpus, split, tagger and words that has a finished fold: names of columns and what stands there.

    A difference is over the folds that both sides have.
    """
    places: dict[tuple[str, str, str, str], dict[int, dict[str, Any]]] = defaultdict(dict)
    for cell in cells:
        if cell.key in done:
            places[cell.corpus, cell.split, cell.tagger, cell.words][cell.fold] = done[cell.key]
    for (corpus, split, tagger, words), each in sorted(places.items()):
        right, given, wanted = _pooled(each, each).sum(axis=0)
        row = {"corpus": corpus, "split": split, "tagger": tagger, "words": words, "folds": f"{len(each)}"}
        row |= {"precision": f"{100 * right / max(given, 1):.1f}", "recall": f"{100 * right / max(wanted, 1):.1f}"}
        row |= {"f1": f"{f1(np.array([right, given, wanted])):.1f}", "difference": "", "low": "", "high": ""}
        use = tagger.partition(":")[0]
        old = places.get((corpus, split, OLD_TAGGERS.get(use, tagger), OLD), {})
        if old is not each and (both := sorted(each.keys() & old.keys())):
            difference = _difference(_pooled(each, both), _pooled(old, both))
            row |= dict(zip(("difference", "low", "high"), (f"{value:+.1f}" for value in difference), strict=True))
        yield row | {"fit_cpu_seconds": f"{sum(line['fit_cpu'] for line in each.values()) / len(each):.0f}"}


def _pooled(lines: Mapping[int, dict[str, Any]], folds: Iterable[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Counts [groups, (right, given, wanted)] of some folds; a group is in several where the split is random."""
    groups: dict[str, list[int]] = {}
    for fold in folds:
        for group, counts in lines[fold]["groups"].items():
            groups[group] = [a + b for a, b in zip(groups.get(group, [0, 0, 0]), counts, strict=True)]
    return np.array([groups[group] for group in sorted(groups)], dtype=float)


def _difference(new: np.ndarray[Any, Any], old: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    rng = np.random.default_rng(13)
    often = rng.multinomial(len(new), np.full(len(new), 1 / len(new)), size=RESAMPLES).astype(float)
    low, high = np.percentile(f1(often @ new) - f1(often @ old), [2.5, 97.5])
    return float(f1(new.sum(axis=0)) - f1(old.sum(axis=0))), float(low), float(high)


def main() -> None:
    """Measure what is not measured yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="a file of JSON lines")
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA), choices=list(CORPORA))
    parser.add_argument(
        "--taggers",
        nargs="+",
        default=["dictionary", "crf", OLD_TAGGERS["crf"], "bilstm-crf"],
        metavar="NAME[:KEY=VALUE,...]",
    )
    parser.add_argument("--words", nargs="+", default=[OLD, "punctuation"])
    parser.add_argument("--folds", type=int, default=3, help="inner folds that a training part is shared out into")
    parser.add_argument("--first", type=int, metavar="N", help="measure the first N of them only")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="measure nothing, print the table of what there is")
    parser.add_argument("--csv", type=Path, help="write the table to this file too")
    given = parser.parse_args()
    cells = [
        Cell(corpus, split, words, tagger, fold, given.folds)
        for tagger in given.taggers
        for fold in range(given.folds if given.first is None else min(given.first, given.folds))
        for corpus in given.corpora
        for split in splits_of(corpus)
        for words in given.words
    ]
    lines = given.out.read_text(encoding="utf-8").splitlines() if given.out.is_file() else []
    done = {line["key"]: line for line in map(json.loads, lines)}
    wanted = [] if given.report else [cell for cell in cells if cell.key not in done]
    context = get_context("spawn")
    with ProcessPoolExecutor(given.jobs, mp_context=context) as pool, given.out.open("a", encoding="utf-8") as stream:
        for future in as_completed([pool.submit(measure, cell) for cell in wanted]):
            line = future.result()
            done[line["key"]] = line
            stream.write(json.dumps(line) + "\n")
            stream.flush()
            print(f"{line['key']}: {line['fit_cpu']:.0f} s", flush=True)
    rows = list(figures(done, cells))
    columns = list(rows[0]) if rows else []
    for row in [dict(zip(columns, columns, strict=True)), dict.fromkeys(columns, "---"), *rows]:
        print(f"| {' | '.join(row.values())} |")
    if given.csv:
        with given.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
