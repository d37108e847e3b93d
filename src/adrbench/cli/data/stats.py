"""``adrbench data stats``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import corpus_options, select
from adrbench.cli.output import echo, format_option, show
from adrbench.reporting.escaping import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adrbench.datasets.corpus import Corpus
    from adrbench.datasets.statistics.by_field import FieldCount
    from adrbench.datasets.statistics.counts import DatasetStatistics
    from adrbench.datasets.statistics.published import PublishedCount
    from adrbench.datasets.statistics.subwords import SubwordLengths


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
@click.option("--by", "field", metavar="FIELD", help="Count by this field of the metadata, too, such as drug.")
@click.option(
    "--subwords",
    "vocabulary",
    metavar="VOCABULARY",
    help="Measure documents in subwords, too: of a hub name, a tokenizer.json, a vocab.txt, or a folder with one.",
)
def stats(
    name: str, format_name: str, figure: Path | None, field: str | None, vocabulary: str | None, **options: Any
) -> None:
    """Print statistics of the corpus NAME, its published counts, and every filter and repair."""
    from adrbench.datasets.statistics.by_field import count_by  # noqa: PLC0415
    from adrbench.datasets.statistics.counts import dataset_statistics  # noqa: PLC0415
    from adrbench.datasets.statistics.published import compare  # noqa: PLC0415
    from adrbench.datasets.statistics.subwords import subword_lengths  # noqa: PLC0415
    from adrbench.reporting.corpus_figure import check_figure, draw  # noqa: PLC0415
    from adrbench.reporting.corpus_view import corpus_view, title  # noqa: PLC0415

    if figure is not None:
        check_figure(figure)
    corpus = select(name, options)
    statistics = dataset_statistics(corpus)
    published = compare(corpus)
    classes = count_by(corpus, field) if field is not None else ()
    lengths = None
    if vocabulary is not None:
        lengths = subword_lengths(corpus, vocabulary, offline=bool(options.get("offline")))
    if figure is not None:
        # Before anything is printed: whoever reads that may have had enough of it early.
        draw(statistics, title(corpus), figure, lengths)
        echo(f"figure: {figure}", err=True)
    if format_name == "json":
        echo(_json(corpus, statistics, published, _further(field, classes, lengths)))
    else:
        show(corpus_view(corpus, statistics, published, by=(field or "", classes), subwords=lengths), format_name)


def _further(field: str | None, classes: Sequence[FieldCount], lengths: SubwordLengths | None) -> dict[str, Any]:
    """What was asked for besides, for JSON."""
    found: dict[str, Any] = {}
    if field is not None:
        found["by"] = {"field": field, "values": [asdict(one) for one in classes]}
    if lengths is not None:
        found["subwords_per_document"] = {"vocabulary": lengths.vocabulary, **lengths.length.to_dict()}
    return found


def _json(
    corpus: Corpus, statistics: DatasetStatistics, published: Sequence[PublishedCount], further: Mapping[str, Any]
) -> str:
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
            **statistics.to_dict(),
            **further,
            "documents_without_gold": len(corpus.unlabelled),
            "found": dict(corpus.found),
            "published": [{**asdict(line), "verdict": line.verdict} for line in published],
            "ledger": [asdict(entry) for entry in corpus.ledger],
        }
    )
