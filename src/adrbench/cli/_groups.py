"""Groups of commands, whose help shows the whole first sentence of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

# Longer than any sentence.
_WHOLE = 1000


class Group(click.Group):
    """A group that lists its commands with sentences that click would cut at the width of the terminal."""

    def sections(self, ctx: click.Context) -> Mapping[str, Sequence[str]]:
        """Name the commands by section.

        Args:
            ctx: The context of the group.

        Returns:
            The names of the commands by the title of their section.
        """
        return {"Commands": self.list_commands(ctx)}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its whole first sentence."""
        sections = self.sections(ctx)
        width = max(len(name) for names in sections.values() for name in names)
        for title, names in sections.items():
            commands = ((name, self.get_command(ctx, name)) for name in names)
            with formatter.section(title):
                rows = [(name.ljust(width), one.get_short_help_str(_WHOLE)) for name, one in commands if one]
                formatter.write_dl(rows)
