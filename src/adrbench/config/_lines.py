"""The line of each value in a TOML file, which ``tomllib`` does not give."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any


class Lines:
    """The lines of the values of a file.

    Args:
        text: The file, which is valid TOML.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        counts: dict[str, int] = {}
        table = ""
        for line, statement, values in _statements(text):
            if statement.startswith("["):
                table = self._header(values, counts, repeated=statement.startswith("[["))
                self._lines.setdefault(table, line)
            else:
                self._add(table, values, line)

    def of(self, path: str) -> int | None:
        """The line of a value, or of what it should stand in.

        Args:
            path: Such as ``taggers[0].params.rate``.

        Returns:
            The number of the line in which the statement begins, counted from 1; None if no part of the path is there.
        """
        while path and path not in self._lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path)

    def _header(self, values: dict[str, Any], counts: dict[str, int], *, repeated: bool) -> str:
        """The path of the table that a header begins; ``counts``: of the arrays of tables so far."""
        path, inner = "", values
        while inner:
            [(name, value)] = inner.items()
            path = f"{path}.{name}".removeprefix(".")
            inner = value[0] if isinstance(value, list) else value
            if not inner and repeated:
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path += f"[{counts[path] - 1}]"
        return path

    def _add(self, path: str, value: Any, line: int) -> None:
        """Note a value, and all that is inside of it."""
        if path:
            self._lines.setdefault(path, line)
        if isinstance(value, dict):
            for name, inner in value.items():
                self._add(f"{path}.{name}".removeprefix("."), inner, line)
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                self._add(f"{path}[{place}]", inner, line)


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Each header and each assignment: the line that it begins in, its text, and what it says by itself."""
    begun, statement = 0, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        begun, statement = begun or number, statement + line
        try:
            values = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            # It goes on in the next line.
            continue
        if values:
            yield begun, statement.strip(), values
        begun, statement = 0, ""
