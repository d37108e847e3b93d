"""What does each interval cover under real cross-validation? Corpora drawn from a real one, real taggers, real folds.

    python benchmarks/coverage.py OUT [--designs NAME ...] [--replications N] [--minutes M] [--report]

A large corpus stands for all text of its kind. One replication draws a small corpus from it: some five of a hundred
units, which are sentences or abstracts with all their sentences. Folds are made by ``make_split``, a tagger is fitted
on each training part, and its test part is judged by exact spans. Then the fitted models are judged on units that were
not drawn, which are shared out among them at random. No unit is drawn twice: copies on both sides of a fold would make
figures vary more than real text does. Without replacement they vary a little less (by 2.5% at five of a hundred).

Two truths are asked for, of precision, recall and F1:

method  what the tagger scores on units that it did not learn from when it learns from a corpus of this size: the mean
        over all replications. That is what readers take a mean over folds for, so the default is chosen by it.
models  what the models of this replication score on such units: the claim of a bootstrap over documents, which keeps
        the models.

An interval covers a truth if the truth lies between its ends. The table has the share of replications in which it does,
which should be 95%, and the mean width. A share p of N replications has the standard error √(p (1 - p) / N).

OUT holds a line for each replication, so that the command goes on where it was stopped, and every interval can be
computed anew. A replication is the same whenever it is run: its number seeds it.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import adrbench
from adrbench.api import Annotated, Counts, Figures
from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.splits import Item, Recipe, make_split
from adrbench.plugins.registry import Registry
from adrbench.scoring.evaluators.figures import QUOTIENTS, quotients
from adrbench.scoring.statistics.bootstrap import bca, bootstrap, jackknife, percentile
from adrbench.scoring.statistics.intervals import Interval, interval
from adrbench.scoring.statistics.kinds import INTERVALS, IntervalKind, is_over_folds

COLUMNS = ("tp", "fp", "fn")
CORPORA: Mapping[str, DatasetEntry] = {
    "ade": DatasetEntry(use="ade", labels=("ADR",), params={"negatives": "unlabelled"}),
    "bc5cdr-disease": DatasetEntry(use="bc5cdr-disease", sentences=True, overlap="longest"),
}
Table = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """A kind of study.

    Attributes:
        corpus: The population, a name of ``CORPORA``.
        grouped: Whether whole groups (abstracts) are drawn and kept together, else single documents (sentences).
        units: How many units one replication draws.
        folds: How many folds.
        tagger: The tagger.
        params: Its parameters.
        judged: On how many of the other units the models are judged; None: all. A CRF takes seconds to tag a thousand.
    """

    corpus: str
    grouped: bool
    units: int
    folds: int = 5
    tagger: str = "dictionary"
    params: Mapping[str, Any] = field(default_factory=dict)
    judged: int | None = None

    @property
    def words(self) -> str:
        """The study in words."""
        unit = "abstracts, grouped" if self.grouped else "sentences, random"
        return f"{self.tagger}: {self.corpus}, {self.units} {unit}, {self.folds} folds"


# Plain features and fewer steps: a fit in a fifth of the time.
_QUICK: Mapping[str, Any] = {"max_iterations": 30, "clusters": (), "bigrams": 0, "training_gazetteer": 0}
DESIGNS: Mapping[str, Design] = {
    "sentences-dictionary": Design("ade", False, 200),
    "abstracts-dictionary": Design("ade", True, 80),
    "ten-folds-dictionary": Design("ade", True, 80, folds=10),
    "diseases-dictionary": Design("bc5cdr-disease", True, 80),
    "sentences-crf": Design("ade", False, 200, tagger="crf", params=_QUICK, judged=1000),
    "abstracts-crf": Design("ade", True, 80, tagger="crf", params=_QUICK, judged=400),
}


@dataclass(frozen=True)
class Population:
    """A corpus as units to draw from: each the documents that hang together."""

    corpus: Corpus
    units: Sequence[Sequence[Annotated]]


@cache
def population(name: str, *, grouped: bool) -> Population:
    """Read a population."""
    corpus = load_corpus(CORPORA[name], Path(), Registry(), offline=True)
    members: dict[str, list[Annotated]] = {}
    for a in corpus.documents:
        members.setdefault(a.document.group if grouped else a.document.id, []).append(a)
    return Population(corpus, [members[unit] for unit in sorted(members)])


def replicate(name: str, number: int) -> dict[str, Any]:
    """Do one cross-validation on a corpus of its own.

    Returns:
        ``folds``: counts (``COLUMNS``) of the units under test, fold by fold; ``others``: their sums for the models on
        other units; ``share``: the part that a fold tests.
    """
    design = DESIGNS[name]
    everything = population(design.corpus, grouped=design.grouped)
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    shuffled = [everything.units[i] for i in rng.permutation(len(everything.units))]
    drawn, others = shuffled[: design.units], shuffled[design.units :][: design.judged]
    documents = [a for unit in drawn for a in unit]
    by_id = {a.document.id: a for a in documents}
    unit_of = {a.document.id: unit[0].document.id for unit in shuffled for a in unit}
    kind: Literal["grouped", "random"] = "grouped" if design.grouped else "random"
    items = [Item(a.document.id, a.document.group) for a in documents]
    split = make_split(items, Recipe(kind, folds=design.folds, seed=number))
    tagger = adrbench.tagger(design.tagger, seed=number, threads=1, device="cpu", offline=True, **design.params)
    folds, truth = [], np.zeros(len(COLUMNS))
    for number_of_fold, fold in enumerate(split.folds):
        tagger.fit([by_id[i] for i in fold.train], labels=everything.corpus.labels)
        folds.append(count(tagger, [by_id[i] for i in fold.test], unit_of))
        own = [a for unit in others[number_of_fold :: design.folds] for a in unit]
        truth += np.sum(count(tagger, own, unit_of), axis=0)
    share = len(split.folds[0].test) / len(documents)
    return {"design": name, "number": number, "share": share, "folds": folds, "others": truth.tolist()}


def count(tagger: Any, documents: Sequence[Annotated], unit_of: Mapping[str, str]) -> list[list[int]]:
    """Count exact spans (``COLUMNS``) of each unit."""
    counts: dict[str, list[int]] = {}
    predicted = tagger.predict([a.document for a in documents])
    for a, spans in zip(documents, predicted, strict=True):
        gold, found = set(a.spans), set(spans)
        own = counts.setdefault(unit_of[a.document.id], [0] * len(COLUMNS))
        for place, spans_of in enumerate((gold & found, found - gold, gold - found)):
            own[place] += len(spans_of)
    return list(counts.values())


def score(total: Counts) -> Figures:
    """The figures of summed counts."""
    return {"micro": quotients(*(total[name] for name in COLUMNS))}


def figures(counts: Table) -> dict[str, Any]:
    """Precision, recall and F1 of summed counts [..., ``COLUMNS``]."""
    made = score(dict(zip(COLUMNS, np.moveaxis(counts, -1, 0), strict=True)))["micro"]
    return {name: made[name] for name in QUOTIENTS}


def intervals(line: Mapping[str, Any]) -> dict[tuple[IntervalKind, str], Interval]:
    """Every interval of every figure of one replication, as the leaderboard makes them."""
    tables = [np.array(fold, dtype=np.float64) for fold in line["folds"]]
    by_fold = figures(np.array([table.sum(axis=0) for table in tables]))
    units = np.concatenate(tables)
    values = bootstrap(units, COLUMNS, score, seed=line["number"])["micro"]
    left_out = jackknife(units, COLUMNS, score)["micro"]
    observed = figures(units.sum(axis=0))
    made: dict[tuple[IntervalKind, str], Interval] = {}
    for name in QUOTIENTS:
        for kind in INTERVALS:
            if is_over_folds(kind):
                found = interval(kind, by_fold[name].tolist(), line["share"])
                assert found is not None
            elif kind == "bootstrap":
                found = percentile(np.asarray(values[name]))
            else:
                found = bca(np.asarray(values[name]), float(observed[name]), np.asarray(left_out[name]))
            made[kind, name] = found
    return made


@dataclass
class Tally:
    """Of one interval of one figure: how often it covered each truth, and its summed width."""

    method: int = 0
    models: int = 0
    width: float = 0.0


@dataclass
class Coverage:
    """The tallies of one design by interval and figure, over so many replications."""

    replications: int = 0
    tallies: dict[tuple[IntervalKind, str], Tally] = field(default_factory=dict)


def covered(lines: Sequence[Mapping[str, Any]]) -> Coverage:
    """Tally the replications of one design."""
    each = [figures(np.array(line["others"])) for line in lines]
    truth = {name: float(np.mean([one[name] for one in each])) for name in QUOTIENTS}
    found = Coverage(len(lines))
    for line, own in zip(lines, each, strict=True):
        for (kind, name), made in intervals(line).items():
            tally = found.tallies.setdefault((kind, name), Tally())
            tally.method += made.low <= truth[name] <= made.high
            tally.models += made.low <= own[name] <= made.high
            tally.width += made.high - made.low
    return found


def rows(lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The table: a row for each design and interval; shares in percent, widths in points."""
    by_design: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_design.setdefault(line["design"], []).append(line)
    yield "| study | interval | F1 | P | R | F1, these models | width of F1 |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    told: dict[IntervalKind, list[float]] = {kind: [] for kind in INTERVALS}
    for name, design in DESIGNS.items():
        if name not in by_design:
            continue
        own = covered(by_design[name])
        n = own.replications
        for kind in INTERVALS:
            tally = {figure: own.tallies[kind, figure] for figure in QUOTIENTS}
            method = [100 * tally[figure].method / n for figure in ("f1", "precision", "recall")]
            told[kind].append(method[0])
            cells = " | ".join(f"{value:.1f}" for value in (*method, 100 * tally["f1"].models / n))
            study = f"{design.words} ({n:,})" if kind == INTERVALS[0] else ""
            yield f"| {study} | `{kind}` | {cells} | {100 * tally['f1'].width / n:.1f} |"
    for kind, shares in told.items():
        if shares:
            apart = math.sqrt(sum((share - 95) ** 2 for share in shares) / len(shares))
            yield f"| every study, root mean square from 95 | `{kind}` | {apart:.1f} | | | | |"


def main() -> None:
    """Run what is not run yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="a file of JSON lines")
    parser.add_argument("--designs", nargs="+", default=list(DESIGNS), choices=list(DESIGNS))
    parser.add_argument("--replications", type=int, default=200, help="of each design")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no replication after so many minutes")
    parser.add_argument("--report", action="store_true", help="run nothing, print the table of what there is")
    given = parser.parse_args()
    text = given.out.read_text(encoding="utf-8") if given.out.is_file() else ""
    # A line that was cut off has no end; it is run again.
    lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    done = {(line["design"], line["number"]) for line in lines}
    wanted = [(name, number) for number in range(given.replications) for name in given.designs]
    end = time.monotonic() + 60 * given.minutes
    if not given.report:
        given.out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        with given.out.open("a", encoding="utf-8") as stream:
            for name, number in wanted:
                if (name, number) in done or time.monotonic() > end:
                    continue
                lines.append(replicate(name, number))
                stream.write(json.dumps(lines[-1]) + "\n")
                stream.flush()
    print("\n".join(rows(lines)))


if __name__ == "__main__":
    main()
