"""What an interpreter tells of a plugin that is installed there, as plain data."""

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
    """Look at an entry of a benchmark file, as far as it is one, with the plugins of this interpreter.

    ``request``: ``entry``, ``offline``, and the file's ``folder``. Given are the ``environment``, and ``names``, the
    taggers that are here, if the wanted one is not; else ``problems`` of the entry as pairs of path and message; if
    there are none, ``rows``, one for each point of its grid: what ``describe`` gives, or why it gives nothing.
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
