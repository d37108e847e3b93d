"""``adrbench audit``."""

from __future__ import annotations

from pathlib import Path

import click

from adrbench.cli.output import DATASETS, SPLITS, echo, format_option, show
from adrbench.errors import InputError


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@DATASETS
@SPLITS
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="List the N most likely errors of each corpus.",
)
@click.option(
    "--accept", type=click.IntRange(min=1), metavar="K", help="Show F1 and ties with the first K findings accepted."
)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page to this file.")
@click.option("--jsonl", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON lines to this file.")
@click.option(
    "--brat", type=click.Path(path_type=Path, file_okay=False), help="Write documents to correct to this new folder."
)
@click.option(
    "--with-text", is_flag=True, help="Show texts, whose licence may restrict who gets them; needed for --brat."
)
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read texts as this benchmark file says; needed with --with-text unless RESULTS is a benchmark file.",
)
@click.option("--offline", is_flag=True, help="Use no network to read texts.")
@format_option()
def audit(
    results: Path,
    datasets: tuple[str, ...],
    splits: tuple[str, ...],
    limit: int,
    accept: int | None,
    html: Path | None,
    jsonl: Path | None,
    brat: Path | None,
    with_text: bool,
    benchmark: Path | None,
    offline: bool,
    format_name: str,
) -> None:
    """List gold of RESULTS that looks wrong, most likely errors first.

    RESULTS: a results folder, or the benchmark file whose results are in runs/NAME. Taggers of two families or more
    must have predicted every document; each document by taggers that did not learn from it. Nothing is trained.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.audit_files import write_audit  # noqa: PLC0415
    from adrbench.reporting.audit_view import audit_view  # noqa: PLC0415
    from adrbench.reporting.comparison_texts import read_texts  # noqa: PLC0415
    from adrbench.results.audit.acceptance import accept as accepting  # noqa: PLC0415
    from adrbench.results.audit.audit import audit as auditing  # noqa: PLC0415
    from adrbench.results.store import Store, results_folder  # noqa: PLC0415

    if benchmark is not None and not with_text:
        raise InputError("--benchmark has no effect without --with-text; add that, or leave it out")
    registry = Registry()
    if results.suffix == ".toml":
        benchmark = benchmark or results
    store = Store(results_folder(results, registry))
    if with_text and benchmark is None:
        raise InputError("--with-text needs --benchmark FILE: results hold no text, the file says where it is")
    audits, left_out = auditing(store, registry, datasets=datasets, splits=splits)
    effects = {one.dataset: accepting(store, registry, one, accept) for one in audits} if accept else None
    texts = None
    if with_text and benchmark is not None:
        texts = read_texts(benchmark, store.folder, [one.dataset for one in audits], registry, offline=offline)
    lines = write_audit(audits, store, registry, limit=limit, texts=texts, html=html, jsonl=jsonl, brat=brat)
    view = audit_view(audits, limit, texts=texts, effects=effects, accepted=accept or 0, left_out=left_out)
    show(view, format_name)
    for line in lines:
        echo(line, err=format_name != "rich")
