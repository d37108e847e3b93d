"""A TOML file as it is written, for messages that say where in it something is wrong."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from adrbench.config._lines import Lines
from adrbench.errors import ConfigError


@dataclass(frozen=True)
class TomlFile:
    """A TOML file.

    Attributes:
        name: What it is called in messages.
        text: Its text, which is valid TOML; empty if there is no file.
    """

    name: str = ""
    text: str = ""

    def located(self, problems: Iterable[tuple[str, str]]) -> list[str]:
        """Add lines to problems.

        Args:
            problems: The path of a value, such as ``taggers[0].params``, and the message.

        Returns:
            The messages in the order of the file, each with its line if there is one. Those without come last.
        """
        lines = Lines(self.text)
        told = [(lines.of(path), message) for path, message in problems]
        told.sort(key=lambda problem: problem[0] or sys.maxsize)
        return [message if line is None else f"line {line}: {message}" for line, message in told]

    def error(self, problems: Iterable[tuple[str, str]]) -> ConfigError:
        """Make an error of problems.

        Args:
            problems: As for ``located``.

        Returns:
            The error, which names the file.
        """
        return ConfigError(self.name, self.located(problems))

    def tagger(self, tagger_id: str) -> str:
        """Find a tagger, also where only some of the file's are at hand.

        Args:
            tagger_id: Its id.

        Returns:
            Its path, such as ``taggers[0]``; ``taggers`` if the file has no such id.
        """
        with suppress(AttributeError, TypeError):
            for place, entry in enumerate(tomllib.loads(self.text).get("taggers", ())):
                if entry.get("id") == tagger_id:
                    return f"taggers[{place}]"
        return "taggers"
