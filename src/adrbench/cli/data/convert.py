"""``adrbench data convert``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adrbench.cli.data.selection import OFFLINE, PARAM, guess_format, parse_params, recognised
from adrbench.cli.output import echo
from adrbench.errors import InputError, closest

if TYPE_CHECKING:
    from adrbench.api import Reading
    from adrbench.datasets.conversion import Written
    from adrbench.plugins.registry import Registry


@click.command()
@click.argument("source", metavar="IN")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--from", "reader", metavar="FORMAT|CORPUS", help="What IN is.  [default: by its content]")
@click.option("--to", "format_name", metavar="FORMAT", help="Write OUT in this format.  [default: by its name]")
@PARAM
@OFFLINE
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def convert(
    source: str,
    out: Path,
    reader: str | None,
    format_name: str | None,
    params: tuple[str, ...],
    offline: bool,
    force: bool,
) -> None:
    """Convert the corpus IN, a path or a name, to another format, and write it to OUT.

    All labels and mentions are converted, without filters. Annotation that the format of OUT cannot hold is counted.

    \b
    adrbench data convert ncbi-disease ncbi.jsonl
    adrbench data convert posts/ posts.conll --from brat --param encoding=latin-1
    """  # noqa: D301  (click keeps the lines below this character as they are)
    from adrbench._system.paths import output_target  # noqa: PLC0415
    from adrbench.datasets.conversion import check_target, write, writer_of  # noqa: PLC0415
    from adrbench.datasets.load import read_dataset  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    registry = Registry()
    name, path = _source(source, reader, registry)
    plugin = writer_of(format_name or _target(out, registry), registry)
    check_target(out, path, force)
    reading = read_dataset(registry, name, parse_params(params), path, offline)
    # What goes to a device may go to the terminal.
    aside = output_target(out)[1]
    for line in _read(reading, name):
        echo(line, err=aside)
    written = write(reading, plugin, out)
    for line in _wrote(written, plugin.name, out):
        echo(line, err=aside)


def _source(source: str, reader: str | None, registry: Registry) -> tuple[str, Path | None]:
    """The reader's name, and the path for it; a corpus is called by its name alone."""
    names = registry.names("datasets")
    path = Path(source)
    if reader is not None:
        if reader not in names:
            raise InputError(f"unknown format or corpus {reader!r}; {closest(reader, names)}")
        if not path.exists():
            raise InputError(f"{source}: no such file or folder")
        return reader, path
    if source in names:
        if registry.describe("datasets", source).format:
            raise InputError(f"{source} is a format: give a path, and --from {source}")
        return source, None
    if not path.exists():
        raise InputError(f"{source}: neither a corpus nor a file or folder; {closest(source, names)}")
    return recognised(path, registry, "--from FORMAT"), path


def _target(out: Path, registry: Registry) -> str:
    from adrbench.datasets.conversion import writers  # noqa: PLC0415

    guessed = guess_format(out)
    if guessed is None:
        raise InputError(f"{out}: its name does not tell the format; give --to ({', '.join(writers(registry))})")
    return guessed


def _read(reading: Reading, name: str) -> list[str]:
    labels = Counter(span.label for record in reading.records for span in record.spans)
    each = ", ".join(f"{count:,} {label}" for label, count in sorted(labels.items()))
    further = f", and {len(reading.unlabelled):,} without gold" if reading.unlabelled else ""
    mentions = f"{labels.total():,} mentions" + (f" ({each})" if each else "")
    return [
        f"read {name} ({reading.origin}): {len(reading.records):,} {reading.unit}s{further}, {mentions}",
        *(f"  {step}: {count:,}" for step, count in reading.ledger.items() if count),
    ]


def _wrote(written: Written, format_name: str, out: Path) -> list[str]:
    files = f" in {written.files:,} files" if written.files > 1 else ""
    lines = [f"wrote {out} ({format_name}): {written.size:,} bytes{files}"]
    lost = {what: count for what, count in written.lost.items() if count}
    if not lost:
        return [*lines, "  nothing is lost"]
    return [*lines, "  what this form cannot hold:", *(f"    {what}: {count:,}" for what, count in lost.items())]
