"""No module keeps a cache: what one command learns is no secret of the next one in the same process."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [*(ROOT / "src").rglob("*.py"), *(ROOT / "plugins").glob("*/src/**/*.py")]
CACHES = {"cache", "lru_cache", "cached"}
CONTAINERS = {"dict", "list", "set", "defaultdict", "Counter", "OrderedDict", "deque", "WeakKeyDictionary"}
CHANGES = {"add", "append", "clear", "extend", "pop", "popitem", "setdefault", "update"}


def name_of(node: ast.expr) -> str:
    """The last name of a decorator or a call: ``cache`` of ``functools.cache`` and of ``cache(...)``."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def caches(tree: ast.Module) -> Iterator[str]:
    """What keeps something beyond a call: caching decorators, containers that functions fill, ``global``."""
    containers = set()
    for statement in tree.body:
        classes = [statement] if isinstance(statement, ast.ClassDef) else []
        for part in (statement, *(inner for one in classes for inner in one.body)):
            if isinstance(part, ast.FunctionDef):
                yield from (part.name for decorator in part.decorator_list if name_of(decorator) in CACHES)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            value = statement.value
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if isinstance(value, ast.Call) and (name_of(value) in CACHES or name_of(value.func) in CACHES):
                yield from names
            if isinstance(value, ast.Dict | ast.List | ast.Set) or name_of(value) in CONTAINERS:
                containers |= names
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    for node in (inner for function in functions for inner in ast.walk(function)):
        if isinstance(node, ast.Global):
            yield from node.names
        changed = node.value if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            changed = node.func.value
        if isinstance(changed, ast.Name) and changed.id in containers:
            yield changed.id


def test_no_module_keeps_a_cache() -> None:
    """Neither adrbench nor a first-party plugin; an object that is handed down may."""
    kept = {
        f"{file.relative_to(ROOT).as_posix()}: {name}"
        for file in FILES
        for name in caches(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert len(FILES) > 200
    assert kept == set()


@pytest.mark.parametrize(
    "source",
    [
        "@cache\ndef f(): ...",
        "@functools.lru_cache(maxsize=4)\ndef f(): ...",
        "class A:\n    @cache\n    def f(self): ...",
        "f = cache(g)",
        "f = lru_cache(maxsize=4)(g)",
        "f = {}\ndef g(x):\n    f[x] = 1",
        "f: dict[str, int] = dict()\ndef g(x):\n    return f.setdefault(x, 1)",
        "f = None\ndef g():\n    global f\n    f = 1",
    ],
)
def test_each_kind_of_cache_is_seen(source: str) -> None:
    """The check above can fail."""
    assert len(set(caches(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    @cached_property\n    def f(self): ...",
        "class A:\n    def __init__(self):\n        self.f = cache(g)",
        "TABLE = {'a': 1}\ndef g(x):\n    return TABLE[x]",
        "def g():\n    f = {}\n    f[1] = 2",
    ],
)
def test_what_an_object_or_a_call_keeps_is_its_own(source: str) -> None:
    """It goes when they go."""
    assert list(caches(ast.parse(source))) == []
