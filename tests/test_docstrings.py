"""Public docstrings say what is given and what comes back, which no rule of the linter asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "src" / "adrbench", *sorted((ROOT / "plugins").glob("*/src"))]
# Their docstring is the help text, which names arguments and options in its own way.
COMMANDS = ("click.command", "click.group", ".command", ".group")
# What is described with its class, or with what it overrides in the standard library.
BARE = ("property", "cached_property", "overload", "override", ".setter", "field_validator", "model_validator")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.Module) -> Iterator[Function]:
    """Functions of a module and methods of its classes, without those whose name begins with ``_``."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        hidden = isinstance(node, ast.ClassDef) and node.name.startswith("_")
        if isinstance(node, ast.If | ast.Try | ast.ClassDef) and not hidden:
            waiting += node.body
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def missing(function: Function) -> Iterator[str]:
    """The sections that a docstring lacks."""
    by = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list]
    if any(one.endswith((*COMMANDS, *BARE)) for one in by):
        return
    text = ast.get_docstring(function)
    if text is None:  # ruff's matter; where it may be, a protocol says what the method means
        return
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if [one for one in given if one.arg not in {"self", "cls"}] and "\nArgs:\n" not in text:
        yield "Args"
    back = ast.unparse(function.returns) if function.returns is not None else "None"
    told = "\nReturns:\n" in text or "\nYields:\n" in text
    if back not in {"None", "Never", "NoReturn", "Iterator[None]"} and not told:
        yield "Returns"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.parent.name)
def test_public_docstrings_say_what_is_given_and_what_comes_back(source: Path) -> None:
    """Args for parameters, and Returns or Yields for values; modules whose name begins with ``_`` aside."""
    lacking = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {', '.join(sections)}"
        for path in sorted(source.rglob("*.py"))
        if not any(part.startswith("_") and part != "__init__.py" for part in path.relative_to(source).parts)
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8")))
        if (sections := list(missing(function)))
    ]
    assert lacking == []
