"""The benchmark files that come with adrbench: those of ``benchmarks/``, by name."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from adrbench.errors import closest

_SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """List the benchmarks that come with adrbench.

    Returns:
        Their names, in alphabetical order.
    """
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in _folder().iterdir() if file.name.endswith(_SUFFIX)))


def text(name: str) -> str:
    """Read the file of a benchmark that comes with adrbench.

    Args:
        name: Its name, one of ``names()``.

    Returns:
        The TOML.
    """
    return _folder().joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def no_such_file(path: Path) -> str:
    """Say that a benchmark file does not exist, and what may have been meant.

    Args:
        path: The path that was given.

    Returns:
        The message, with the closest file beside the path or the closest name.
    """
    if path.stem in names():
        return f"no such file; a benchmark of this name comes with adrbench: give {path.stem!r}"
    try:
        beside = [str(file) for file in path.parent.iterdir() if file.suffix == _SUFFIX and file.is_file()]
    except OSError:
        beside = []
    return (
        f"no such file, and no benchmark of adrbench (adrbench run --list); {closest(str(path), [*beside, *names()])}"
    )


def _folder() -> Traversable:
    return resources.files("adrbench.config").joinpath("benchmarks")
