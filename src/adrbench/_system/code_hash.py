"""Hashes of Python code by what it says: comments, docstrings and layout are no part of them.

A hash is over the syntax tree, written down in one way under every supported Python. It changes with every other edit,
also with one that changes no answer, such as another name for a variable. Standard library only.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

# Where a name stands, spelling of literals, and comments: the tree says the same without them, or it is not meant.
_NO_PART = frozenset({"ctx", "kind", "type_comment"})
_BLOCKS = frozenset({"body", "orelse", "finalbody"})
# By name: not every Python has the second one.
_WITH_PLACEHOLDERS = frozenset({"JoinedStr", "TemplateStr"})
# Made from sources, or read by type checkers only. Compiled libraries differ by machine: a plugin's version tells them.
_NOT_HASHED = frozenset({".pyc", ".pyi", ".so", ".pyd", ".dylib", ".dll"})


def source_hash(source: bytes) -> str:
    """The hash of a Python module.

    Args:
        source: The bytes of the module, with an encoding declaration if it is not UTF-8.

    Returns:
        64 hexadecimal digits, the same for modules that differ in comments, docstrings or layout only. The docstrings
        of a module that reads ``__doc__`` count. A module that this Python cannot parse counts by its bytes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return hashlib.sha256(b"not Python\0" + source).hexdigest()
    documented = b"__doc__" in source and any(map(_reads_docstrings, ast.walk(tree)))
    return hashlib.sha256("".join(_written(tree, documented)).encode()).hexdigest()


def files_hash(files: Mapping[str, Path]) -> str:
    """The hash of several files: Python by what it says, others by their bytes.

    Args:
        files: The files, by the names under which they count.

    Returns:
        16 hexadecimal digits.

    Raises:
        OSError: If one cannot be read.
    """
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        data = file.read_bytes()
        inner = source_hash(data) if file.suffix == ".py" else hashlib.sha256(data).hexdigest()
        digest.update(f"{name}\0{inner}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def package_hash(package: str) -> str:
    """The hash of an installed package or module, data files included. A top-level one is not imported.

    Args:
        package: Its name, as an import statement has it.

    Returns:
        16 hexadecimal digits.

    Raises:
        ModuleNotFoundError: If there is none of this name.
        OSError: If a file cannot be read.
    """
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"there is no module {package!r}", name=package)
    roots = [Path(place) for place in spec.submodule_search_locations or ()]
    files = {file.relative_to(root).as_posix(): file for root in roots for file in _package_files(root)}
    if not files and spec.origin:
        files = {package: Path(spec.origin)}
    return files_hash(files)


def _package_files(root: Path) -> Iterator[Path]:
    for file in root.rglob("*"):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(root).parts)
        if not hidden and file.suffix not in _NOT_HASHED and file.name != "py.typed" and file.is_file():
            yield file


def _written(tree: ast.AST, documented: bool) -> Iterator[str]:
    """The tree in prefix order, without empty fields, so that those of later Pythons change nothing where unused."""
    # A stack of its own: sources may be nested more deeply than functions may call each other.
    stack: list[Any] = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, ast.AST):
            fields = _fields(value, documented)
            yield f"{type(value).__name__}({','.join([name for name, _ in fields])})"
            stack += [inner for _, inner in reversed(fields)]
        elif isinstance(value, list):
            yield f"[{len(value)}]"
            stack += reversed(value)
        else:
            yield _literal(value)


def _reads_docstrings(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name == "__doc__"


def _fields(node: ast.AST, documented: bool) -> list[tuple[str, Any]]:
    fields = []
    for name in node._fields:
        value: Any = getattr(node, name, None)
        if name in _BLOCKS and isinstance(value, list):
            value = [one for one in value if not _idle(one, documented)]
        elif name == "values" and type(node).__name__ in _WITH_PLACEHOLDERS:
            value = _joined(value)
        elif name == "format_spec" and isinstance(value, ast.JoinedStr):
            value = _joined(value.values)
        empty = value is None or value == []
        if name not in _NO_PART and (not empty or isinstance(node, ast.Constant)):
            fields.append((name, value))
    return fields


def _idle(statement: ast.AST, documented: bool) -> bool:
    """Whether a statement does nothing: a docstring, another bare literal, ``pass``."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
        return isinstance(statement, ast.Pass)
    return not (documented and isinstance(statement.value.value, str))


def _joined(values: Iterable[Any]) -> list[Any]:
    """The parts of an f-string, stretches of text in one piece: where they are cut differs between Pythons."""
    parts: list[Any] = []
    text = ""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            text += value.value
            continue
        parts += [text, value] if text else [value]
        text = ""
    return [*parts, text] if text else parts


def _literal(value: Any) -> str:
    """A value with its type, in ASCII, the same under every Python."""
    match value:
        case bool() | None:
            text = str(value)
        case int():
            # In hexadecimal any size can be written.
            text = hex(value)
        case float():
            text = value.hex()
        case complex():
            text = f"{value.real.hex()},{value.imag.hex()}"
        case _:
            # Which characters `repr` escapes depends on the Unicode of the Python.
            text = ascii(value)
    return f"{type(value).__name__}:{text};"
