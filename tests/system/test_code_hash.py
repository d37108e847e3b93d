"""What changes the hash of code, and what does not."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adrbench
from adrbench._system import code_hash
from adrbench._system.code_hash import package_hash, source_hash

TRICKY = Path(__file__).with_name("tricky.txt")
# Of TRICKY, under every Python. Only a new way to hash code changes it, and with it every key.
EXPECTED = "a9d772d830d21b6786e8d98a2c9adcf12392ac73bd61597929bc41117ad79001"
SOURCES = sorted(Path(adrbench.__file__).parent.rglob("*.py"))


def digest(source: str) -> str:
    """The hash of a module with this text."""
    return source_hash(dedent(source).encode())


BASE = '''
import re

WORDS = ("a", "b")

def tag(word: str) -> str:
    """Tag a word."""
    return f"{word}-{len(word):>3}" if re.match("x", word) else "O"

class Tagger:
    """Tags."""

    size: int = 3
    """How many."""
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import re\n", "# Why.\nimport re  # noqa\n"),
        ('"""Tag a word."""', '"""Tag a word, with other words."""'),
        ('    """Tag a word."""\n', ""),
        ('    """Tags."""\n\n', ""),
        ('    """How many."""\n', ""),
        ("import re\n", '"""A module."""\nimport re\n'),
        ('("a", "b")', "(\n    'a',\n    'b',\n)"),
        ("return f", "pass\n    return f"),
        ('return f"{word}-{len(word):>3}" if', "return ('' f'{word}' '-' f'{len(word):>3}') \\\n    if"),
        ("\n\n", "\n\n\n\n"),
        ("\n", "\r\n"),
    ],
)
def test_what_says_the_same_has_the_same_hash(old: str, new: str) -> None:
    """Comments, docstrings, layout, quotes, ``pass`` and line ends."""
    assert old in BASE
    assert digest(BASE.replace(old, new)) == digest(BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("re.match", "re.search"),
        ('"x"', '"y"'),
        ('"x"', 'b"x"'),
        ("size: int = 3", "size: int = 3.0"),
        ("size: int = 3", "size: float = 3"),
        ("size: int = 3", "size: int = True"),
        (">3", "<3"),
        ("word}-", "word}_"),
        ("word}-", "word!r}-"),
        ('("a", "b")', '("b", "a")'),
        ('("a", "b")', '["a", "b"]'),
        ('("a", "b")', '("ab",)'),
        ("def tag", "async def tag"),
        ("import re", "from . import re"),
        ("class Tagger", "@final\nclass Tagger"),
        ("return f", "print(word)\n    return f"),
    ],
)
def test_what_says_something_else_has_another_hash(old: str, new: str) -> None:
    """Every other edit."""
    assert old in BASE
    assert digest(BASE.replace(old, new)) != digest(BASE)


def test_docstrings_count_where_they_are_read() -> None:
    """A prompt may be one."""
    source = 'def ask():\n    """{}"""\n    return ask.__doc__\n'
    assert digest(source.format("Name the drugs.")) != digest(source.format("Name the diseases."))
    # Spoken of only, in a comment.
    source = 'def ask():\n    """{}"""  # no __doc__\n'
    assert digest(source.format("Name the drugs.")) == digest(source.format("Name the diseases."))


@settings(max_examples=25)
@given(file=st.sampled_from(SOURCES))
def test_our_own_code_written_anew_has_the_same_hash(file: Path) -> None:
    """Whatever is in it: Python's own printer leaves comments out and lays all else out in its way."""
    tree = ast.parse(file.read_bytes())
    assert source_hash(ast.unparse(tree).encode()) == source_hash(file.read_bytes())


@settings(max_examples=25)
@given(file=st.sampled_from(SOURCES), data=st.data())
def test_our_own_code_with_one_name_or_value_changed_has_another_hash(file: Path, data: st.DataObject) -> None:
    """Wherever in it that is, docstrings aside."""
    tree = ast.parse(file.read_bytes())
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    nodes = [n for n in ast.walk(tree) if isinstance(n, (ast.Name, ast.Constant, ast.arg)) and id(n) not in idle]
    if not nodes:
        return
    node = data.draw(st.sampled_from(nodes))
    match node:
        case ast.Name():
            node.id += "_"
        case ast.arg():
            node.arg += "_"
        case ast.Constant(value=str() as value):
            node.value = value + "_"
        case ast.Constant(value=value):
            node.value = (value, "_")  # type: ignore[assignment]
    changed = "".join(code_hash._written(tree, documented=False))
    assert changed != "".join(code_hash._written(ast.parse(file.read_bytes()), documented=False))


def test_the_hash_is_the_same_under_every_python() -> None:
    """Sources whose trees differ between Pythons have the hash that was written down."""
    assert source_hash(TRICKY.read_bytes()) == EXPECTED


def _interpreters() -> Iterator[str]:
    """Other supported Pythons that are installed here."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for minor in range(11, 16):
        if minor == sys.version_info.minor:
            continue
        installed = list(map(str, pyenv.glob(f"3.{minor}.*/bin/python")))
        for python in [shutil.which(f"python3.{minor}") or "", *installed]:
            if python and not subprocess.run([python, "-c", "0"], capture_output=True, check=False).returncode:
                yield python
                break


@pytest.mark.parametrize("python", list(_interpreters()) or [None])
def test_the_hash_is_the_same_under_another_python(python: str | None) -> None:
    """As it tells itself, of the source above and of some of ours."""
    if python is None:
        pytest.skip("no other supported Python is installed here")
    program = (
        "import runpy, sys, pathlib\n"
        "names = runpy.run_path(sys.argv[1])\n"
        "for path in sys.argv[2:]: print(names['source_hash'](pathlib.Path(path).read_bytes()))"
    )
    files = [TRICKY, *SOURCES[::10]]
    command = [python, "-W", "ignore", "-c", program, code_hash.__file__, *map(str, files)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert told == [source_hash(file.read_bytes()) for file in files]


@pytest.mark.parametrize("source", [b"def (", b"\0", b"a\xff", b"# coding: no-such\n", b"x = " + b"(" * 5000])
def test_what_is_no_python_counts_by_its_bytes(source: bytes) -> None:
    """A template, or code for a later Python."""
    assert source_hash(source) != source_hash(source + b"# more")


def test_sources_may_be_nested_deeply() -> None:
    """The walk has a stack of its own."""
    assert digest("x = " + " + ".join(["1"] * 900)) != digest("x = " + " + ".join(["1"] * 901))


def test_an_encoding_is_layout() -> None:
    """The same letters in other bytes."""
    plain = "x = 'é'\n"
    assert source_hash(b"# coding: latin-1\n" + plain.encode("latin-1")) == source_hash(plain.encode())
    assert source_hash(plain.encode("utf-8-sig")) == source_hash(plain.encode())


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with data that can be imported; gives its folder."""
    folder = tmp_path / "counted_package"
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (folder / "inner" / "code.py").write_text("x = 1\n")
    (folder / "inner" / "terms.txt").write_text("rash\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_a_package_counts_with_its_data(package: Path) -> None:
    """Term lists by their bytes, modules by what they say, both by their names; nothing is imported."""
    seen = {package_hash("counted_package")}
    (package / "inner" / "code.py").write_text("x = 1  # one\n")
    assert package_hash("counted_package") in seen
    for edit in (
        lambda: (package / "inner" / "terms.txt").write_text("rash \n"),
        lambda: (package / "inner" / "code.py").write_text("x = 2\n"),
        lambda: (package / "inner" / "code.py").rename(package / "inner" / "other.py"),
        (package / "inner" / "empty.txt").touch,
    ):
        edit()
        assert package_hash("counted_package") not in seen
        seen.add(package_hash("counted_package"))


def test_what_differs_by_machine_is_no_part_of_a_package(package: Path) -> None:
    """What Python, compilers, editors and type checkers leave there."""
    before = package_hash("counted_package")
    (package / "__pycache__").mkdir()
    for name in ("__pycache__/x.py", "x.so", "x.pyc", "x.pyi", "py.typed", ".x.py.swp"):
        (package / name).write_text("x")
    assert package_hash("counted_package") == before


def test_a_module_alone_is_a_package_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts without what lies beside it; one that is not there is an error."""
    (tmp_path / "counted_module.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = package_hash("counted_module")
    (tmp_path / "beside.txt").write_text("x")
    assert package_hash("counted_module") == before
    with pytest.raises(ModuleNotFoundError, match="there is no module 'no_such_module_here'"):
        package_hash("no_such_module_here")
