"""Which words should be the default? Taggers with different words, on holdouts of training parts.

    python benchmarks/words.py OUT [--taggers crf bilstm-crf crf:window=3,bigrams=3] [--words nltk punctuation]

No test document is looked at: of each corpus the training part is taken (of a release with parts its own, else that of
the first of five folds, random or grouped) and shared out into FOLDS inner folds. Every cell (corpus, split, words,
tagger, fold) is fitted on the inner training part and judged on the inner holdout, against all gold. OUT holds a line
for each finished cell, so that the command goes on where it was stopped. The table gives pooled P, R and F1, and the
difference to NLTK's words with the tagger's defaults: a paired bootstrap over groups of documents, 95%.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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
from adrbench.datasets.splits import Item, Recipe, make_split
from adrbench.plugins.registry import Registry

SPLITS = ("random", "grouped")
OLD = "nltk"
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
    split: str
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


def inner_folds(corpus: Corpus, split: str, folds: int) -> list[tuple[set[str], set[str]]]:
    """Ids to learn from and to judge on, fold by fold, all within the training part."""
    items = [Item(a.document.id, a.document.group, parts=corpus.parts.get(a.document.id, ())) for a in corpus.documents]
    provided = any(any(parts) for parts in corpus.parts.values())
    outer = make_split(items, Recipe("provided") if provided else Recipe(split, folds=5)).folds[0]
    inside = set(outer.train)
    made = make_split([item for item in items if item.id in inside], Recipe(split, folds=folds, seed=29))
    return [(set(fold.train), set(fold.test)) for fold in made.folds]


def splits_of(corpus: str) -> tuple[str, ...]:
    """A random split tells little where the documents are whole groups cut into sentences; ADE's papers use one."""
    return SPLITS if corpus == "ade-adr" else ("grouped",)


def measure(cell: Cell) -> dict[str, Any]:
    """Fit, predict, and count right, given and wanted spans of each group."""
    import adrbench  # noqa: PLC0415
    from adrbench.cli.data.selection import parse_params  # noqa: PLC0415

    corpus = corpus_of(cell.corpus, cell.words)
    train, test = inner_folds(corpus, cell.split, cell.folds)[cell.fold]
    use, _, given = cell.tagger.partition(":")
    params = parse_params(given.split(",")) if given else {}
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


def rows(done: dict[str, dict[str, Any]], cells: Sequence[Cell]) -> Iterator[str]:
    """A line for each corpus, split, tagger and words whose folds are all there."""
    sections: dict[tuple[str, str, str, str], dict[str, list[float]]] = {}
    seconds: Counter[tuple[str, str, str, str]] = Counter()
    whole: Counter[tuple[str, str, str, str]] = Counter()
    for cell in cells:
        if cell.key in done:
            place = cell.corpus, cell.split, cell.tagger, cell.words
            # A group is in several folds where the split is random.
            pooled = sections.setdefault(place, {})
            for group, counts in done[cell.key]["groups"].items():
                pooled[group] = [a + b for a, b in zip(pooled.get(group, [0, 0, 0]), counts, strict=True)]
            seconds[place] += done[cell.key]["fit_cpu"]
            whole[place] += 1
    yield "| corpus | split | tagger | words | P | R | F1 | difference (95%) | fit, CPU s a fold |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for place, pooled in sorted(sections.items()):
        corpus, split, tagger, words = place
        table = np.array([pooled[group] for group in sorted(pooled)], dtype=float)
        right, given, wanted = table.sum(axis=0)
        base = sections.get((corpus, split, tagger.partition(":")[0], OLD))
        difference = ""
        if base is not None and base is not pooled and whole[place] == cells[0].folds:
            old = np.array([base[group] for group in sorted(base)], dtype=float)
            difference = _difference(table, old)
        figures = (
            f"{100 * right / max(given, 1):.1f} | {100 * right / max(wanted, 1):.1f} | {f1(table.sum(axis=0)):.1f}"
        )
        missing = "" if whole[place] == cells[0].folds else f" ({whole[place]} of {cells[0].folds} folds)"
        each = seconds[place] / whole[place]
        yield f"| {corpus} | {split} | {tagger} | {words}{missing} | {figures} | {difference} | {each:.0f} |"


def _difference(new: np.ndarray[Any, Any], old: np.ndarray[Any, Any]) -> str:
    rng = np.random.default_rng(13)
    often = rng.multinomial(len(new), np.full(len(new), 1 / len(new)), size=RESAMPLES).astype(float)
    low, high = np.percentile(f1(often @ new) - f1(often @ old), [2.5, 97.5])
    return f"{f1(new.sum(axis=0)) - f1(old.sum(axis=0)):+.1f} ({low:+.1f} to {high:+.1f})"


def main() -> None:
    """Measure what is not measured yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="a file of JSON lines")
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA), choices=list(CORPORA))
    parser.add_argument("--taggers", nargs="+", default=["crf", "bilstm-crf"], metavar="NAME[:KEY=VALUE,...]")
    parser.add_argument("--words", nargs="+", default=[OLD, "punctuation"])
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="measure nothing, print what there is")
    given = parser.parse_args()
    cells = [
        Cell(corpus, split, words, tagger, fold, given.folds)
        for tagger in given.taggers
        for fold in range(given.folds)
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
    print("\n".join(rows(done, cells)))


if __name__ == "__main__":
    main()
