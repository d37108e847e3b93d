"""Import of the implementation that a description names, and a check of the libraries that it needs."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from adrbench.api import ExecutorPlugin, TaggerPlugin


def implementation(reference: str) -> Any:
    """Import the class or function that a description names. The heavy import happens here.

    Args:
        reference: ``"module:Class"``.

    Returns:
        What has that name in the module.

    Raises:
        Exception: Whatever the import of the module raises.
    """
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def lacking(plugin: TaggerPlugin | ExecutorPlugin) -> str | None:
    """Say which libraries of a tagger or an executor are not installed.

    Args:
        plugin: Its description; ``requires`` names its libraries.

    Returns:
        The missing modules and the command that installs them, or None if all are there.
    """
    absent = [module for module in plugin.requires if not _importable(module)]
    return f"needs {', '.join(absent)}: {install_command(plugin)}" if absent else None


def install_command(plugin: TaggerPlugin | ExecutorPlugin) -> str:
    """The command that installs a tagger or an executor with its libraries.

    Args:
        plugin: Its description.

    Returns:
        The command line.
    """
    return f"pip install {(plugin.distribution or plugin.name)!r}"


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except Exception:  # noqa: BLE001  (to find a submodule its parent is imported, and that may raise anything)
        return False
