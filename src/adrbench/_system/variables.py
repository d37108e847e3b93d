"""Environment variables in a benchmark file: ``${NAME}`` in a value stands for what the machine says.

Values are stored, shown and hashed as they are written, so that a key is the same on every machine; they are expanded
where they are used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")


def expand(value: Any) -> Any:
    """Put environment variables in their places.

    Args:
        value: Plain data. Any string in it may name variables, as in ``${ADRBENCH_DATA}/terms.txt``.

    Returns:
        The same data with the values of all variables that are set.
    """
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[0], value)
    if isinstance(value, Mapping):
        return {name: expand(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(expand(inner) for inner in value)
    return value


def unset(value: Any) -> tuple[str, ...]:
    """List the environment variables that a value names and that are not set.

    Args:
        value: Plain data.

    Returns:
        Their names, each once, in alphabetical order. A variable without a value counts as not set.
    """
    return tuple(sorted(set(_names(value))))


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [name for name in _VARIABLE.findall(value) if not os.environ.get(name)]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [name for one in inner for name in _names(one)]
