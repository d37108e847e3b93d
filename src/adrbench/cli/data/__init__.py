"""``adrbench data``: the corpora. A command a module, each cheap to import."""

from __future__ import annotations

import click

from adrbench.cli._groups import Group
from adrbench.cli.data.card import card
from adrbench.cli.data.convert import convert
from adrbench.cli.data.fetch import fetch
from adrbench.cli.data.listing import list_
from adrbench.cli.data.show import show
from adrbench.cli.data.stats import stats


@click.group(cls=Group)
def data() -> None:
    """List, fetch, describe, count, show and convert corpora."""


for command in (list_, card, fetch, stats, show, convert):
    data.add_command(command)
