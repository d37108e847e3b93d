"""Plugins of one's own: made, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.plugins.scaffold import create
from adrbench.testing import Verdict, check_plugin

# The reference shows the name of this type instead of all that it stands for.
if TYPE_CHECKING:
    from adrbench.testing import Kind


def check(
    name: str,
    params: Mapping[str, Any] | None = None,
    *,
    expected: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    path: str | Path | None = None,
    timeout: float = 120.0,
    responses: str | Path | None = None,
) -> Mapping[Kind, Sequence[Verdict]]:
    """Run the conformance checks of an installed plugin, in processes of their own.

    Args:
        name: The name of a tagger, dataset or evaluator; for an evaluator also ``NAME:VARIANT``.
        params: Parameters as a benchmark file would give them.
        expected: Known failures: the reason by check id. An expected failure that does not happen is a failure.
        only: Ids of the checks to make; empty: all.
        path: The corpus, or files of the format; for a dataset only.
        timeout: Seconds that a fit or a prediction may take.
        responses: The folder of recorded responses of a server; for a tagger only.

    Returns:
        The verdicts by kind of plugin. Each has a ``check``, a ``title``, a ``status`` and a ``detail``.

    Raises:
        adrbench.errors.InputError: If there is no such plugin or check, or a parameter is not valid.
    """
    return check_plugin(name, params, expected, path=path, only=only, timeout=timeout, responses=responses)


def new(kind: Kind, name: str, folder: str | Path | None = None, *, author: str = "") -> tuple[str, ...]:
    """Make a plugin: a distribution that can be installed, is tested, and conforms as it is.

    Args:
        kind: ``tagger``, ``dataset`` or ``evaluator``.
        name: What a benchmark file will say after ``use =``.
        folder: The folder to write, which must be new or empty; None: ``NAME`` in the working directory.
        author: The author, for the licence.

    Returns:
        The paths of the files in the folder.

    Raises:
        adrbench.errors.InputError: If the kind or the name is not valid, the name is taken, or the folder is not empty
            or cannot be written.
    """
    kinds = ("tagger", "dataset", "evaluator")
    if kind not in kinds:
        raise InputError(f"no kind of plugin {kind!r}; {closest(kind, kinds)}")
    return create(kind, name, Registry(), None if folder is None else Path(folder), author)
