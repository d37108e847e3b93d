"""The card of a kept tagger: what it is, what it learnt from, how well it did, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator

from adrbench.reporting.escaping import for_markdown
from adrbench.reporting.formatting import count, duration, percent_between, size
from adrbench.reporting.rendering import to_markdown
from adrbench.reporting.tables import Display, TableView, figures, table, words
from adrbench.results.schema import TaggerRecord, TrainingRecord


def tagger_card(record: TaggerRecord) -> str:
    """Make the card of a kept tagger.

    Args:
        record: What is known of it.

    Returns:
        Markdown.
    """
    name = for_markdown(record.tagger or record.use)
    return "\n\n".join([f"# {name}", to_markdown(tagger_view(record)), _USE]) + "\n"


_USE = """## Use

```
adrbench tag FOLDER TEXTS
```

From Python: `adrbench.load(FOLDER).predict(texts)`.
Everything that this card says, and more, stands in `tagger.json`."""


def tagger_view(record: TaggerRecord) -> Display:
    """Show a kept tagger.

    Args:
        record: What is known of it.

    Returns:
        Its facts, and the figures that a benchmark measured of it.
    """
    tables = [table("", words("Fact", "Value"), list(_facts(record)))]
    if record.measured:
        tables.append(_measured(record))
    return Display(tuple(tables))


def _facts(record: TaggerRecord) -> Iterator[tuple[str, str]]:
    plugin = f"{record.use} {record.version}"
    yield "Tagger", f"{plugin} ({record.distribution})" if record.distribution else plugin
    yield "Labels", ", ".join(record.labels)
    if record.benchmark:
        yield "Benchmark", record.benchmark
    if record.training is not None:
        yield from _learnt(record.training)
    yield "Words", f"made by {record.words}; a text is a {record.unit}"
    if record.training is not None and "format" in record.training.words:
        yield "", "its corpus had words of its own"
    yield "Scores of spans", "yes" if record.scores else "no"
    yield "Parameters", json.dumps(record.params, ensure_ascii=False)
    if record.tuned is not None:
        trials = f"{len(record.tuned.trials):,} trials"
        yield (
            "Search",
            f"{trials} in {duration(record.tuned.seconds)}; F1 {100 * record.tuned.value:.1f} on the holdout",
        )
    if record.pretrained is not None:
        yield "Pre-training", f"{record.pretrained.steps:,} steps in {duration(record.pretrained.seconds)}"
    if record.seed is not None:
        yield "Seed", str(record.seed)
    yield from _costs(record)
    if record.environment is not None:
        yield "Python", record.environment.python
    if record.own_interpreter:
        yield "Interpreter", "another one than adrbench's; requirements.txt lists what was installed there"
    if record.adrbench:
        yield "Kept by", f"adrbench {record.adrbench}"


def _learnt(training: TrainingRecord) -> Iterator[tuple[str, str]]:
    corpus = f"{training.dataset} {training.version}".strip()
    sizes = f"{count(training.documents)} documents with {count(training.mentions)} mentions"
    part = "all documents" if training.split is None else f"{training.split}, fold {(training.fold or 0) + 1}"
    yield "Learnt from", f"{corpus}, {part}: {sizes}"
    if training.parts:
        parts = ", ".join(f"{name} {number:,}" for name, number in training.parts.items())
        yield (
            "Parts of the release",
            f"{parts}{'; the test part is learnt from too' if 'test' in training.parts else ''}",
        )
    yield "Fingerprint", training.fingerprint


def _costs(record: TaggerRecord) -> Iterator[tuple[str, str]]:
    if record.costs is not None:
        yield "Fit", fit_time(record.costs.seconds["fit"], record.predicted_fit_seconds)
        yield "Peak memory", size(record.costs.peak_memory_bytes)
    if record.machine is not None:
        yield "Machine", ", ".join([record.machine.processor, *record.machine.gpus, record.machine.system])


def fit_time(seconds: float, predicted: float | None) -> str:
    """Show the time of a fit beside its prediction.

    >>> fit_time(66.0, 60.0), fit_time(3.25, None)
    ('66 s (60 s were predicted, 10% more)', '3.2 s')

    Args:
        seconds: Wall time of the fit in seconds.
        predicted: The predicted time; None if there is no prediction.

    Returns:
        The text.
    """
    if not predicted:
        return duration(seconds)
    told = f"{duration(seconds)} ({duration(predicted)} were predicted"
    off = round(100 * (seconds / predicted - 1))
    # Of a fit that is over at once, a share says nothing.
    beside = f", {abs(off)}% {'more' if off > 0 else 'less'}" if off and predicted >= 1 else ""
    return f"{told}{beside})"


def _measured(record: TaggerRecord) -> TableView:
    columns = (
        *words("Split", "Label"),
        *figures("Precision", "Recall", "F1", kind="percent"),
        *words("Interval"),
        *figures("Folds"),
        *figures("Fit s", kind="seconds"),
        *figures("Docs/s", kind="rate"),
    )
    rows = [
        (
            one.split,
            one.label,
            one.precision,
            one.recall,
            one.f1,
            percent_between(one.f1, one.f1_low, one.f1_high),
            one.folds,
            one.fit_seconds,
            one.documents_per_second,
        )
        for one in record.measured
        if one.label == "micro" or len(record.labels) > 1
    ]
    evaluators = sorted({one.evaluator for one in record.measured})
    notes = (
        "Measured on documents under test, with taggers of this kind that had learnt from the others.",
        f"Scored by {', '.join(evaluators)}; mean over folds, times too.",
    )
    return table("What the benchmark measured", columns, rows, notes=notes, identity=2)
