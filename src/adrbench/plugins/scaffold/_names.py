"""Valid names of new plugins, which serve for benchmark files, the distribution and its package."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterator
from itertools import count
from typing import Literal

from adrbench.errors import InputError
from adrbench.plugins.registry import GROUPS, Registry

Kind = Literal["tagger", "dataset", "evaluator"]
_VALID = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40


def check_name(name: str, kind: Kind, registry: Registry) -> None:
    """Check the name of a new plugin.

    Raises:
        InputError: If it is not valid or taken, with the closest name that is free.
    """
    if problem := _problem(name, registry):
        closest = next(candidate for candidate in _candidates(name, kind) if not _problem(candidate, registry))
        raise InputError(f"a new {kind} cannot be called {name!r}: {problem}; did you mean {closest!r}?")


def package_of(name: str) -> str:
    """The Python package of a plugin.

    >>> package_of("capital-letters")
    'capital_letters'
    """
    return name.replace("-", "_")


def class_of(name: str, kind: Kind) -> str:
    """The class of a plugin, which ends with its kind.

    >>> class_of("capital-letters", "tagger"), class_of("my-tagger", "tagger")
    ('CapitalLettersTagger', 'MyTagger')
    """
    return "".join(part.capitalize() for part in name.removesuffix(f"-{kind}").split("-")) + kind.capitalize()


def _problem(name: str, registry: Registry) -> str:
    """Say why a name is not valid or taken; empty if it can be used."""
    package = package_of(name)
    if not _VALID.fullmatch(name):
        return "a name is a letter, then letters, digits and single hyphens, all of them small and ASCII"
    if len(name) > _LONGEST:
        return f"a name has at most {_LONGEST} characters"
    if keyword.iskeyword(package):
        return "Python keeps this word for itself"
    if package in sys.stdlib_module_names:
        return "Python's own library has a module of that name"
    holder = _holder(name, package, registry)
    return f"an installed {holder} has that name" if holder else ""


def _holder(name: str, package: str, registry: Registry) -> str:
    """Say which package or plugin has the name; empty if it is free."""
    for group in GROUPS:
        if name in registry.names(group):
            return group.removesuffix("s")
    # A package of the same name would hide the one that the method may be about to use.
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        return "package"
    return "distribution" if any(importlib.metadata.distributions(name=name)) else ""


def _candidates(name: str, kind: Kind) -> Iterator[str]:
    """Names like this one, the closest first."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub("[^a-z0-9]+", "-", letters).strip("-")[: _LONGEST - 14].strip("-")
    yield plain
    yield f"{plain}-{kind}"
    yield f"{kind}-{plain}"
    yield f"my-{kind}"
    for number in count(2):
        yield f"my-{kind}-{number}"
