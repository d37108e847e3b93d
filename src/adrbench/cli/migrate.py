"""``adrbench migrate``."""

from __future__ import annotations

from pathlib import Path

import click

from adrbench.cli.output import echo
from adrbench.errors import InputError


@click.command()
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True, metavar="PATH...")
def migrate(paths: tuple[Path, ...]) -> None:
    """Bring results folders, baselines of the gate and kept taggers up to date.

    A results folder is migrated in place with its kept models, nothing is lost, and cells keep their keys. So is a
    kept tagger. Baselines have not changed since their first format: they are checked. Doing it again changes nothing.
    """
    for path in paths:
        for line in _migrate(path):
            echo(line)


def _migrate(path: Path) -> list[str]:
    if path.is_file():
        from adrbench.results.gate.baseline import read_baseline  # noqa: PLC0415

        baseline = read_baseline(path)
        return [f"{path}: a baseline of {len(baseline.entries):,} rows, of today's format already; nothing to do"]
    if (path / "adrbench.json").exists():
        from adrbench.results.migration import migrate as migrate_results  # noqa: PLC0415

        return list(migrate_results(path).lines())
    from adrbench.results import kept  # noqa: PLC0415

    if (path / kept.FACTS).exists():
        done = kept.migrate(path)
        what = f"migrated from format 1 to {kept.FORMAT}" if done else "of today's format already; nothing to do"
        return [f"{path}: a kept tagger ({kept.read_facts(path).use}), {what}"]
    raise InputError(f"{path}: neither a results folder of adrbench, nor a kept tagger")
