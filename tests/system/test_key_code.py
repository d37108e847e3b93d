"""Which modules are part of a key: the list is whole, and nothing on it is out of date."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import adrbench
from adrbench._system.key_code import EXEMPT, OWN, modules_hash
from adrbench._system.key_code import LISTED as EVERYWHERE

ROOT = Path(adrbench.__file__).parent.parent
# What is run for every tagger, and the taggers that come with adrbench.
LISTED = (*EVERYWHERE, *chain.from_iterable(OWN.values()))


def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imports(module: str) -> Iterator[str]:
    """The modules of adrbench that a module imports, at its top or inside of functions."""
    file = _file(module)
    assert file is not None, f"there is no module {module}"
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "adrbench")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "adrbench":
            assert node.module is not None
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if _file(name) else node.module for name in inner)


def _reached() -> set[str]:
    """All that listed modules import. A package only hands on what its own modules have."""
    reached: set[str] = set()
    waiting = list(LISTED)
    while waiting:
        module = waiting.pop()
        if module in reached or module in EXEMPT:
            reached.add(module)
            continue
        reached.add(module)
        waiting += _imports(module)
    return reached


def test_what_listed_modules_import_is_listed_or_exempt() -> None:
    """With a reason, so that no code that shapes answers is left out of the key unseen."""
    packages = {module for module in _reached() if (file := _file(module)) and file.name == "__init__.py"}
    assert packages <= {"adrbench.api"}
    assert _reached() - packages - set(LISTED) - set(EXEMPT) == set()


def test_nothing_is_exempt_without_need() -> None:
    """An exemption stands for a module that a listed one imports, and gives its reason."""
    assert set(EXEMPT) <= _reached()
    assert not set(EXEMPT) & set(LISTED)
    assert all(EXEMPT.values())


def test_every_listed_module_counts() -> None:
    """Each has a hash of its own; several have one that depends on every one of them."""
    hashes = {module: modules_hash([module]) for module in LISTED}
    assert len(set(hashes.values())) == len(hashes)
    assert modules_hash(LISTED[:2]) not in hashes.values()
