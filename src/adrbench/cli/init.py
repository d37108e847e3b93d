"""``adrbench init``."""

from __future__ import annotations

import gc
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import OFFLINE, PARAM, parse_params
from adrbench.cli.output import echo
from adrbench.errors import InputError
from adrbench.reporting.formatting import percent

if TYPE_CHECKING:
    from adrbench.running.init import Started


@click.command()
@click.argument("path")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the benchmark to this new file.  [default: NAME.toml]",
)
@click.option("--name", default="", help="Name the benchmark and its corpus.  [default: by PATH]")
@click.option("--format", "format_name", default="", metavar="FORMAT", help="Read PATH so.  [default: by its content]")
@click.option("--label", "labels", multiple=True, help="Find only this label (repeatable).  [default: all]")
@click.option(
    "--words",
    metavar="SPLITTER",
    help="Split words with nltk, punctuation, an installed splitter, or module:function.  "
    "[default: the words in the files, else the default splitter's]",
)
@click.option(
    "--group",
    metavar="PATTERN",
    help="Find the source of a document (patient, article) by this regular expression in its id, for a grouped split.",
)
@PARAM
@OFFLINE
def init(path: str, out: Path | None, params: tuple[str, ...], **options: Any) -> None:
    """Write a benchmark file for the corpus in PATH, a file, a folder or the name of a corpus.

    The corpus is recognised and read. The file has a dictionary, a CRF, a BiLSTM-CRF and a small transformer, and runs
    as it is.
    """
    gc.disable()
    from adrbench.calls.measurement import init as start  # noqa: PLC0415
    from adrbench.datasets.recognition import UnclearFormat  # noqa: PLC0415

    try:
        started = start(path, out, params=parse_params(params), **options)
    except UnclearFormat as error:
        raise InputError(f"{error}\nName the format by --format.") from error
    for line in _lines(started):
        echo(line)


def _lines(started: Started) -> Iterator[str]:
    from adrbench.cli.progress import describe_corpus, expected_time  # noqa: PLC0415

    corpus = started.corpus
    if started.evidence:
        yield f"read as {corpus.info.name} ({started.evidence}); another format: --format"
    yield from describe_corpus(corpus)
    perfect = corpus.ceiling[-1]
    figures = f"P {percent(perfect.precision)}, R {percent(perfect.recall)}, F1 {percent(perfect.f1)}"
    yield f'ceiling: {figures} for a word tagger without a mistake (words = "{corpus.words}")'
    for name, split in started.splits.items():
        folds = f"{len(split.folds)} folds" if len(split.folds) > 1 else "1 fold"
        overlap = "; ".join(split.lines()) or "no test document has its text, or nearly so, in the training part"
        yield f"split {name}, {folds}: {overlap}"
    for tagger, reason in started.skipped.items():
        yield f"{tagger} is skipped: {reason}"
    yield ""
    yield f"wrote {started.file}, a benchmark of {started.cells} cells"
    yield f"next: adrbench run {shlex.quote(str(started.file))}"
    yield f"it takes {expected_time(started.left)}"
