"""``adrbench data fetch``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from adrbench.cli.output import echo
from adrbench.errors import CorpusMissing, InputError

if TYPE_CHECKING:
    from adrbench.api import DatasetPlugin


@click.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download the corpus NAME, check it, and print its counts and checksums."""
    from adrbench.datasets.corpus import prepare  # noqa: PLC0415
    from adrbench.datasets.filters import Filters  # noqa: PLC0415
    from adrbench.datasets.load import local_copy, read_dataset  # noqa: PLC0415
    from adrbench.datasets.statistics.published import compare  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    registry = Registry()
    plugin: DatasetPlugin = registry.describe("datasets", name)
    if plugin.format:
        raise InputError(f"{name} is a format, not a corpus: there is nothing to fetch; adrbench data list has both")
    try:
        corpus = prepare(read_dataset(registry, name), Filters())
    except CorpusMissing as error:
        info = local_copy(plugin).info
        how = info.how if info is not None and info.how not in str(error) else ""
        raise CorpusMissing(f"{error}\n{how}".rstrip()) from error
    counts = corpus.counts
    spans = ", ".join(f"{counts[f'spans {label}']:,} {label}" for label in corpus.labels)
    echo(f"{corpus.name} {corpus.info.version}: {corpus.origin}".replace(" :", ":"))
    echo(f"  {counts['documents']:,} documents, {counts['words']:,} words, {counts['spans']:,} spans ({spans})")
    different = [line for line in compare(corpus) if line.verdict != "same"]
    for line in different:
        found = "not counted" if line.found is None else f"found {line.found:,}"
        echo(f"  {line.name}: published {line.published:,}, {found}")
    if corpus.info.published and not different:
        echo("  all published counts are those found")
    echo(f"  licence: {corpus.info.licence}")
    for file, digest in corpus.files.items():
        echo(f"  sha256 {digest}  {file}")
