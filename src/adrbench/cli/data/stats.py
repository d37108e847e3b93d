"""``adrbench data stats``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import corpus_options, select
from adrbench.cli.output import echo, format_option, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adrbench.datasets.corpus import Corpus
    from adrbench.datasets.statistics.counts import Portrait
    from adrbench.datasets.statistics.published import PublishedCount


@click.command()
@click.argument("name")
@corpus_options
@format_option("text", default="text")
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Draw the statistics into this file, too: .png, .svg or .pdf.",
)
def stats(name: str, format_name: str, figure: Path | None, **options: Any) -> None:
    """Print statistics of the corpus NAME, its published counts, and every filter and repair."""
    from adrbench.datasets.statistics.counts import portray  # noqa: PLC0415
    from adrbench.datasets.statistics.published import compare  # noqa: PLC0415
    from adrbench.reporting.corpus_figure import check_figure, draw  # noqa: PLC0415
    from adrbench.reporting.corpus_view import corpus_view, title  # noqa: PLC0415

    if figure is not None:
        check_figure(figure)
    corpus = select(name, options)
    portrait = portray(corpus)
    published = compare(corpus)
    if figure is not None:
        # Before anything is printed: whoever reads that may have had enough of it early.
        draw(portrait, title(corpus), figure)
        echo(f"figure: {figure}", err=True)
    if format_name == "json":
        echo(_json(corpus, portrait, published))
    else:
        show(corpus_view(corpus, portrait, published), format_name)


def _json(corpus: Corpus, portrait: Portrait, published: Sequence[PublishedCount]) -> str:
    from dataclasses import asdict  # noqa: PLC0415

    from adrbench.reporting.escaping import to_json  # noqa: PLC0415
    from adrbench.reporting.rendering import SCHEMA_VERSION  # noqa: PLC0415

    filters = asdict(corpus.filters)
    # Where a benchmark file lies, and whether there was a network, is no matter of the corpus.
    del filters["folder"], filters["offline"]
    return to_json(
        {
            "schema_version": SCHEMA_VERSION,
            "name": corpus.name,
            "version": corpus.info.version,
            "labels": corpus.labels,
            "origin": corpus.origin,
            "files": dict(corpus.files),
            "fingerprint": corpus.fingerprint,
            "unit": corpus.unit,
            "words_by": corpus.words,
            "ceiling": [asdict(row) for row in corpus.ceiling],
            "stand_in_for": corpus.stand_in_for,
            "reason": corpus.reason,
            "filters": filters,
            **portrait.to_dict(),
            "documents_without_gold": len(corpus.unlabelled),
            "found": dict(corpus.found),
            "published": [{**asdict(line), "verdict": line.verdict} for line in published],
            "ledger": [asdict(entry) for entry in corpus.ledger],
        }
    )
