"""The description of the ``command`` tagger. Importing it starts nothing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from adrbench.api import RUN_ONLY, TaggerPlugin


def _named_as_file(name: str) -> str:
    # By a dot or a slash the harness knows that a parameter names a file, whose bytes then count.
    if not ("." in name or "/" in name):
        raise ValueError(f"write './{name}': the name of a file has a dot or a slash")
    if not name.strip("./"):
        raise ValueError("name the files themselves: this folder is not searched for files")
    return name


@dataclass(frozen=True)
class CommandParams:
    """The parameters of the ``command`` tagger.

    Attributes:
        command: The program and its arguments; relative paths start at the benchmark file.
        version: Raise it when answers change for a reason that no file shows.
        files: Further files of the program. These, and files that ``command`` names by a path or with a suffix, are
            part of a cell's key by their bytes.
        timeout: Seconds in which the program must read or write something. It changes no answer, so it is no part of a
            cell's key.
    """

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    version: str = ""
    files: tuple[Annotated[str, AfterValidator(_named_as_file)], ...] = ()
    timeout: Annotated[float, Field(gt=0, le=1_000_000)] = field(default=3600.0, metadata=RUN_ONLY)


def missing(params: CommandParams, offline: bool) -> str | None:  # noqa: ARG001  (it is the program that is told)
    """Say why the program cannot be started on this machine.

    Args:
        params: The parameters.
        offline: Whether no network may be used; only the program itself could use one.

    Returns:
        The reason, or None.
    """
    program = os.path.expanduser(params.command[0])  # noqa: PTH111  (a path would lose its ./)
    if shutil.which(program) is None:
        if "/" not in program:
            return f"needs the program {program!r}, which is not on the PATH"
        return (
            f"{program!r} is not executable: chmod +x it"
            if Path(program).exists()
            else f"there is no program {program!r}"
        )
    lost = [name for name in params.files if not Path(name).expanduser().exists()]
    return f"there is no file {lost[0]!r}" if lost else None


plugin = TaggerPlugin(
    name="command",
    family="command",
    version="1",
    params=CommandParams,
    implementation="adrbench.plugins.command.tagger:Command",
    summary="any program that reads and writes JSON lines",
    missing=missing,
)
