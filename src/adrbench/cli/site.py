"""``adrbench site``."""

from __future__ import annotations

from pathlib import Path

import click

from adrbench.cli.output import echo


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Write to this folder: new, empty, or a site that this command wrote, which is replaced.",
)
@click.option("--title", default="Results", show_default=True, metavar="TEXT", help="Call the site so.")
@click.option("--repository", default="", metavar="URL", help="Name the repository that takes further rows.")
def site(results: tuple[Path, ...], out: Path, title: str, repository: str) -> None:
    """Write a static site of results folders: pages of corpora and methods, and rankings over corpora.

    RESULTS: results folders, or benchmark files whose results are in runs/NAME. Folders that measured the same corpus
    under the same conditions share a page. No page needs a network, and none has text of a corpus.
    """
    from adrbench.calls.keeping import site as write_site  # noqa: PLC0415

    for line in write_site(results, out, title=title, repository=repository):
        echo(line)
