"""Does an audit find wrong gold? ADE with 5% of its mentions spoilt at random, three times.

    python benchmarks/audit.py OUT [--taggers dictionary crf bilstm-crf] [--table]

For each seed a twentieth of the mentions (adverse reactions and drugs) is dropped, gets the other label, or has an end
moved by a word. Taggers learn from this gold and are tested on it, in three folds that keep abstracts whole. The audit
sees their stored predictions and the spoilt gold. A finding is right if it points at a spoilt mention.

ADE has errors of its own, which count as wrong here. OUT holds the spoilt corpora, the errors and the results; the same
command goes on where it was stopped. ``--table`` runs nothing.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import adrbench
from adrbench.api import Annotated, Reading, Record, Span
from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.formats.jsonl import write
from adrbench.plugins.registry import Registry
from adrbench.results.audit.audit import AuditItem
from adrbench.results.audit.likelihood import points_at
from adrbench.results.audit.spoiling import Mention, Spoilt, spoil

SEEDS = (1, 2, 3)
SHARE = 0.05
DEPTHS = (20, 50, 100, 200)
LABELS = ("ADR", "DRUG")
BENCHMARK = """\
[benchmark]
name = "audit"
[[datasets]]
use = "jsonl"
name = "ade-spoilt"
path = "ade-spoilt.jsonl"
labels = ["ADR", "DRUG"]
[[splits]]
kind = "grouped"
folds = 3
[limits]
timeout = "2h"
"""


def prepare(out: Path, taggers: list[str]) -> None:
    """Write the spoilt corpus and the benchmark file of each seed, as far as they are missing."""
    corpus = load_corpus(DatasetEntry(use="ade", labels=LABELS), Path(), Registry(), offline=True)
    gold = {one.document.id: [(s.start, s.end, s.label) for s in one.spans] for one in corpus.documents}
    words = {one.document.id: one.document.tokens for one in corpus.documents}
    for seed in SEEDS:
        folder = out / f"seed{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        made, spoilt = spoil(gold, words, LABELS, share=SHARE, seed=seed)
        if not (folder / "errors.json").exists():
            records = tuple(_record(one, made[one.document.id]) for one in corpus.documents)
            write(Reading(corpus.info, records, "", {}), folder / "ade-spoilt.jsonl")
            (folder / "errors.json").write_text(json.dumps([astuple(one) for one in spoilt]))
        rows = "".join(f'[[taggers]]\nid = "{name}"\nuse = "{name}"\n' for name in taggers)
        (folder / "audit.toml").write_text(BENCHMARK + rows)


def _record(one: Annotated, mentions: list[tuple[int, int, str]]) -> Record:
    document = one.document
    spans = tuple(Span(*mention) for mention in mentions)
    return Record(document.id, document.text, spans, group=document.group, tokens=document.tokens)


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--taggers", nargs="+", default=["dictionary", "crf", "bilstm-crf"])
    parser.add_argument("--table", action="store_true", help="run nothing")
    options = parser.parse_args()
    if not options.table:
        prepare(options.out, options.taggers)
        for seed in SEEDS:
            adrbench.run(options.out / f"seed{seed}" / "audit.toml", results=options.out / f"seed{seed}" / "results")
    print(f"`python benchmarks/audit.py OUT`, {datetime.now(UTC):%d %B %Y}, adrbench {adrbench.__version__}\n")
    print(f"| seed | families | spoilt | {' | '.join(f'precision at {k}' for k in DEPTHS)} | found of all spoilt |")
    print("|---|---|---|" + "---|" * (len(DEPTHS) + 1))
    for seed in SEEDS:
        folder = options.out / f"seed{seed}"
        errors = [
            Spoilt(document, way, _mention(before), after and _mention(after))
            for document, way, before, after in json.loads((folder / "errors.json").read_text())
        ]
        [audit] = adrbench.audit(folder / "results")
        right = [any(_points_at(item, error) for error in errors) for item in audit.items]
        found = sum(any(_points_at(item, error) for item in audit.items) for error in errors)
        depths = " | ".join(f"{sum(right[:k]) / k:.2f}" for k in DEPTHS)
        print(f"| {seed} | {', '.join(audit.taggers)} | {len(errors)} | {depths} | {100 * found / len(errors):.0f}% |")


def _points_at(item: AuditItem, error: Spoilt) -> bool:
    return item.document == error.document and points_at(item.finding, error.before, error.after)


def _mention(value: list[Any]) -> Mention:
    start, end, label = value
    return start, end, label


if __name__ == "__main__":
    main()
