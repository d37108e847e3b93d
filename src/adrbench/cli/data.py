"""``adrbench data``: the corpora."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from adrbench.corpora.corpus import Corpus

_LABELS = click.option(
    "--label", "labels", multiple=True, help="Only this label (repeatable).  [default: the corpus's own]"
)
_PATH = click.option(
    "--path", type=click.Path(path_type=Path), help="Where the corpus is.  [default: ADRBENCH_DATA, cache, source]"
)
_OFFLINE = click.option("--offline", is_flag=True, help="Use no network.")


@click.group()
def data() -> None:
    """Corpora: list them, fetch them, count them, look at them."""


def _load(name: str, labels: tuple[str, ...], path: Path | None, offline: bool) -> Corpus:
    from adrbench.config import DatasetEntry  # noqa: PLC0415
    from adrbench.corpora.load import load_corpus  # noqa: PLC0415

    entry = DatasetEntry(use=name, labels=labels, path=str(path.resolve()) if path else None)
    return load_corpus(entry, Path(), offline=offline)


@data.command(name="list")
def list_() -> None:
    """List the corpora that a benchmark file can use, and whether they are at hand."""
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from adrbench.api import CorpusError, DatasetPlugin  # noqa: PLC0415
    from adrbench.corpora.load import read_dataset  # noqa: PLC0415
    from adrbench.plugins import discover  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Name", "At hand", "Labels", "Licence", "What it is"):
        table.add_column(column, overflow="fold")
    for found in discover("datasets"):
        if not isinstance(found.description, DatasetPlugin):
            table.add_row(found.name, found.problem, "", "", "")
            continue
        try:
            reading = read_dataset(found.name, offline=True)
        except CorpusError as error:
            table.add_row(found.name, f"no: {error}", "", "", found.description.summary)
        else:
            info = reading.info
            table.add_row(found.name, reading.origin, ", ".join(info.labels), info.licence, found.description.summary)
    Console().print(table)


@data.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Get the corpus NAME onto this machine, and check it."""
    corpus = _load(name, (), None, offline=False)
    click.echo(f"{corpus.name}: {corpus.counts['documents']:,} documents from {corpus.origin}")
    for file, digest in corpus.files.items():
        click.echo(f"  {file} sha256 {digest}")


@data.command()
@click.argument("name")
@_LABELS
@_PATH
@_OFFLINE
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def stats(name: str, labels: tuple[str, ...], path: Path | None, offline: bool, form: str) -> None:
    """Count the corpus NAME, beside what was published, with every repair made on the way."""
    from adrbench.progress import describe_corpus  # noqa: PLC0415

    corpus = _load(name, labels, path, offline)
    if form == "json":
        ledger = [asdict(entry) for entry in corpus.ledger]
        published = dict(corpus.info.published)
        click.echo(
            json.dumps({"name": corpus.name, **corpus.counts, "published": published, "ledger": ledger}, indent=2)
        )
        return
    for line in describe_corpus(corpus):
        click.echo(line)
    for count, value in corpus.counts.items():
        click.echo(f"{value:>10,}  {count}")


@data.command()
@click.argument("name")
@_LABELS
@_PATH
@_OFFLINE
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many documents.")
def show(name: str, labels: tuple[str, ...], path: Path | None, offline: bool, limit: int) -> None:
    """Print documents of the corpus NAME with their spans in colour."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    corpus = _load(name, labels, path, offline)
    styles = dict(
        zip(corpus.labels, ["bold red", "bold blue", "bold green", "bold magenta", "bold cyan"] * 9, strict=False)
    )
    console.print(Text("  ").join(Text(label, style=style) for label, style in styles.items()))
    for annotated in corpus.documents[:limit]:
        text = Text(annotated.document.text)
        for span in annotated.spans:
            text.stylize(styles[span.label], span.start, span.end)
        console.print(Text(f"{annotated.document.id}  ", style="dim") + text)
