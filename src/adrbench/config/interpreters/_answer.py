"""The answer of an interpreter about a plugin that is installed there, as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adrbench._system.environment import environment
from adrbench.config.description import describe
from adrbench.config.model import TaggerEntry
from adrbench.config.variants import tagger_problems, variants
from adrbench.errors import InputError, PluginError
from adrbench.plugins.registry import Registry


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an entry of a benchmark file by the plugins of this interpreter.

    Args:
        request: ``entry``, ``offline``, and the ``folder`` of the file.

    Returns:
        The ``environment``, and ``names`` (the installed taggers) if the entry's tagger is not installed. Otherwise the
        ``problems`` of the entry, as (path, message), and ``rows`` if it has none: for each point of its grid the
        description or the reason why there is none.
    """
    entry, told, registry = request["entry"], {"environment": environment()}, Registry()
    if entry["use"] not in registry.names("taggers"):
        return {**told, "names": registry.names("taggers")}
    try:
        problems = list(tagger_problems(registry.describe("taggers", entry["use"]), entry, registry))
    except PluginError:
        # Its rows say what is wrong with it.
        problems = []
    rows = [] if problems else list(_rows(entry, Path(request["folder"]), request["offline"], registry))
    return {**told, "problems": problems, "rows": rows}


def _rows(entry: Mapping[str, Any], folder: Path, offline: bool, registry: Registry) -> Iterator[dict[str, Any]]:
    try:
        checked = TaggerEntry.model_validate_json(json.dumps(entry), strict=True)
    except ValidationError:
        return
    for variant in variants(checked):
        try:
            yield {"described": asdict(describe(variant, folder, offline, registry))}
        except PluginError as error:
            yield {"broken": str(error)}
        except InputError as error:
            yield {"wrong": str(error)}
