"""Finds another interpreter by its path, and asks it about its plugin."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from adrbench._system.protocol import PROTOCOL_VERSION
from adrbench._system.variables import expand, unset
from adrbench._system.version import __version__
from adrbench.api import API_VERSION, ExpectedTime
from adrbench.config.description import Described, Endpoint, Problem
from adrbench.errors import InputError, Unavailable, closest
from adrbench.plugins.registry import Registry

# A description is light; what takes longer hangs.
LIMIT_SECONDS = 120
_GREETING = Path(__file__).with_name("_greeting.py")
# What says where this interpreter finds its own modules would lead another one astray.
_OURS = ("PYTHONPATH", "PYTHONHOME", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR", "__PYVENV_LAUNCHER__")


@dataclass(frozen=True)
class Interpreter:
    """Another interpreter.

    Attributes:
        path: Its path.
        environment: The versions of Python and of every distribution that is installed there.
    """

    path: str
    environment: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """The answer of an interpreter about an entry of the benchmark file.

    Attributes:
        unfit: Why the interpreter cannot be used; the other attributes are then empty.
        problems: The problems of the entry, as (path, message).
        rows: A description, or a problem, for each point of the entry's grid.
        interpreter: The interpreter.
    """

    unfit: Problem | None = None
    problems: tuple[tuple[str, str], ...] = ()
    rows: tuple[Described | Problem, ...] = ()
    interpreter: Interpreter | None = None


def find(python: str, folder: Path) -> Path:
    """Find the interpreter that a benchmark file names.

    Args:
        python: The path in the file.
        folder: The folder of the file.

    Returns:
        The path of the interpreter.

    Raises:
        InputError: If it is no interpreter, or a similar path exists, which the message names.
        Unavailable: If nothing like it exists, as for an environment that has yet to be made, or if the path names an
            environment variable that is not set.
    """
    if lacking := unset(python):
        raise Unavailable(f"needs the environment variable {', '.join(lacking)}, which is not set")
    # Not resolved: the interpreter of a virtual environment is a link, and it is what the link is called that counts.
    try:
        path = (folder / Path(expand(python)).expanduser()).absolute()
        path.stat(follow_symlinks=False)
    except (PermissionError, RuntimeError) as error:
        raise InputError(f"{python!r} cannot be read: {error}") from error
    except OSError:
        pass  # what is not there is told below
    if path.is_dir():
        inside = path / "bin" / "python"
        hint = f"; did you mean {str(Path(python) / 'bin' / 'python')!r}?" if inside.is_file() else ""
        raise InputError(f"{python!r} is a folder, not an interpreter{hint}")
    if not path.exists():
        if hint := _hint(python, path):
            raise InputError(f"there is no {python!r}{hint}")
        raise Unavailable(f"there is no {python!r} from the benchmark file: make that environment, or name another")
    if not os.access(path, os.X_OK):
        raise InputError(f"{python!r} is not executable; give the path of a Python interpreter")
    return path


def _hint(python: str, path: Path) -> str:
    """A path that exists and is similar; empty if there is none."""
    if "/" not in python and (elsewhere := shutil.which(python)):
        return f"; a path is needed; did you mean {elsewhere!r}?"
    there = next(parent for parent in path.parents if parent.is_dir())
    wanted = path.relative_to(there).parts[0]
    with suppress(OSError):
        alike = difflib.get_close_matches(wanted, [file.name for file in there.iterdir()], n=1)
        return "".join(f": {str(there)!r} has no {wanted!r}; did you mean {name!r}?" for name in alike)
    return ""


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Remove the environment variables that say where this interpreter finds modules.

    Args:
        environment: The variables.

    Returns:
        The variables for a process of another interpreter.
    """
    return {name: value for name, value in environment.items() if name not in _OURS}


def ask(path: Path, entry: Mapping[str, Any], folder: Path, registry: Registry, *, offline: bool) -> Answer:
    """Ask an interpreter about an entry of a benchmark file.

    Args:
        path: The interpreter.
        entry: The entry, as TOML has it.
        folder: The folder of the file.
        registry: The plugins of this interpreter, for messages.
        offline: Use no network.

    Returns:
        The answer.

    Raises:
        InputError: If the entry is not valid at some point of its grid.
    """
    # Dates are text to both sides.
    plain = json.loads(json.dumps(entry, default=str))
    request = {"entry": plain, "folder": str(folder.resolve()), "offline": offline}
    ours = {"version": _version(), "versions": [API_VERSION.split(".")[0], PROTOCOL_VERSION]}
    told = _talk(path, {**request, **ours})
    if isinstance(told, str):
        return Answer(unfit=("failed", told))
    unfit = next(_misfits(path, told, plain["use"], registry), None)
    if unfit is not None:
        return Answer(unfit=("skipped", unfit))
    problems = tuple((place, message) for place, message in told["problems"])
    rows = tuple(map(_row, told["rows"]))
    return Answer(problems=problems, rows=rows, interpreter=Interpreter(str(path), told["environment"]))


def _row(told: Mapping[str, Any]) -> Described | Problem:
    if "wrong" in told:
        raise InputError(told["wrong"])
    if "broken" in told:
        return "failed", told["broken"]
    plain = dict(told["described"])
    missing, expected = plain.pop("missing"), plain.pop("expected_time")
    endpoints = tuple(Endpoint(**one) for one in plain.pop("endpoints"))
    return Described(
        **{**plain, "asking": tuple(plain["asking"])},
        missing=tuple(missing) if missing else None,
        expected_time=ExpectedTime(**expected) if expected else None,
        endpoints=endpoints,
    )


def _version() -> str:
    try:
        return metadata.version("adrbench")
    except metadata.PackageNotFoundError:
        return __version__


def _talk(path: Path, request: Mapping[str, Any]) -> dict[str, Any] | str:
    """What the interpreter answers, or why it does not."""
    try:
        process = subprocess.Popen(  # noqa: S603  (the interpreter that the user names, and our own file)
            [path, _GREETING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=request["folder"],
            env={**clean(os.environ), "PYTHONSAFEPATH": "1"},
            start_new_session=True,
        )
    except OSError as error:
        return f"{path} cannot be run: {error.strerror}"
    with process:
        try:
            said, complaint = process.communicate(json.dumps(request).encode(), LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return f"{path} took longer than {LIMIT_SECONDS} s to describe {request['entry']['use']!r}"
        finally:
            # Whatever it started, and itself if it hangs.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    with suppress(ValueError):
        told = json.loads(said)
        if isinstance(told, dict) and "python" in told:
            return told
    last = "".join(f": {line}" for line in complaint.decode("utf-8", "replace").strip().splitlines()[-1:])
    return f"{path} does not answer as a Python interpreter does (exit code {process.returncode}{last})"


def _misfits(path: Path, told: Mapping[str, Any], use: str, registry: Registry) -> Iterator[str]:
    """Why an interpreter cannot run a tagger, with the command that mends it. Only the first reason is reliable."""
    python = ".".join(map(str, told["python"]))
    version = _version()
    install = f"{path} -m pip install"
    if tuple(told["python"]) < (3, 11, 5):
        yield f"{path} is Python {python}; adrbench needs 3.11.5 or later"
    if "adrbench" not in told:
        yield f"adrbench is not installed in {path}: {install} adrbench=={version}"
    if told["adrbench"] != version:
        yield f"{path} has adrbench {told['adrbench']}, this is {version}: {install} adrbench=={version}"
    if "broken" in told:
        yield f"adrbench cannot be used in {path} ({told['broken']}): {install} adrbench=={version}"
    for what, theirs, ours in (
        ("plugin interface", told["api"].partition(".")[0], API_VERSION.partition(".")[0]),
        ("protocol", told["protocol"], PROTOCOL_VERSION),
    ):
        if theirs != ours:
            yield f"adrbench in {path} has version {theirs} of the {what}, this one {ours}: install the same one there"
    if "names" in told:
        distribution = registry.distribution_of("taggers", use)
        mend = f"{install} {distribution}" if distribution else f"{install} the distribution that has it"
        yield f"there is no tagger {use!r} in {path} ({closest(use, told['names'])}): {mend}"
