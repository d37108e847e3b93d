"""New plugins: complete, conforming at once, whole or not there at all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.plugins.scaffold import create
from adrbench.plugins.scaffold._distribution import distribution
from adrbench.plugins.scaffold._names import check_name

Run = Callable[..., str]
KINDS: tuple[Any, ...] = ("tagger", "dataset", "evaluator")
ROWS = {"tagger": "brisk-tagger", "dataset": "dictionary", "evaluator": "dictionary"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_conforms_and_is_measured_as_it_is(
    kind: str, run: Run, put_on_path: Callable[[Path], None], tmp_path: Path
) -> None:
    """What the command makes passes style, check and its own tests, and its benchmark has a row."""
    name = f"brisk-{kind}"
    printed = run(f"adrbench new {kind} {name}")
    assert f"adrbench run {name}/benchmark.toml" in printed
    put_on_path(tmp_path / name)
    run(f"cd {name} && ruff check && ruff format --check")
    assert '"passed"' in run(f"adrbench check {name} --format json")
    run(f"adrbench run {name}/benchmark.toml")
    rows = json.loads(run(f"adrbench leaderboard runs/{name} --format json"))
    [micro] = [row for row in rows if row["label"] == "micro"]
    assert (micro["tagger"], micro["status"]) == (ROWS[kind], "ok")
    assert micro["f1"] > 0
    # The kit's tests are those of the check above; the tutorial's test makes them.
    assert re.search(
        "[12] passed, [0-9]+ deselected", run(f"cd {name} && pytest -k 'not conforms' -p no:cacheprovider")
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["q", f"{'long-' * 7}names"])
def test_style_does_not_depend_on_the_name(kind: Any, name: str, run: Run, tmp_path: Path) -> None:
    """Short or long, a name leaves the code in the form that the formatter wants."""
    create(kind, name, Registry(), tmp_path / "new")
    run("cd new && ruff check && ruff format --check")


@settings(max_examples=30)
@given(
    st.sampled_from(KINDS),
    st.from_regex(r"brisk(-[a-z0-9]{1,6}){0,3}", fullmatch=True),
    st.text(st.characters(categories=("L", "N", "P", "S"))),
)
def test_files_can_be_read_whatever_the_names(kind: Any, name: str, author: str) -> None:
    """Python compiles, TOML is TOML with the author as given, and nothing of a template is left over."""
    files = distribution(kind, name, author)
    for path, text in files.items():
        if path.endswith(".py"):
            compile(text, path, "exec")
        assert "«" not in text.replace(author, "") or "«" in author
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert project["name"] == name
    assert project.get("authors", []) == ([{"name": author}] if author else [])


@settings(max_examples=30)
@given(st.sampled_from(KINDS), st.text(max_size=50))
def test_a_refused_name_comes_with_one_that_can_be_had(kind: Any, name: str) -> None:
    """Whatever is asked for, it can be had, or the name that is offered instead can."""
    try:
        check_name(name, kind, Registry())
    except InputError as error:
        [offered] = re.findall(r"did you mean '([^']*)'\?$", str(error))
        check_name(offered, kind, Registry())
    else:
        assert re.fullmatch("[a-z][a-z0-9-]*", name)


@pytest.mark.parametrize(
    ("name", "reason", "offered"),
    [
        ("Brisk_Walk", "small and ASCII", "brisk-walk"),
        ("3brisk", "a name is a letter", "tagger-3brisk"),
        ("brisk--", "single hyphens", "brisk"),
        ("b" * 41, "at most 40", f"{'b' * 26}"),
        ("", "a name is a letter", "my-tagger"),
        ("class", "Python keeps", "class-tagger"),
        ("json", "Python's own library", "json-tagger"),
        ("exact", "an installed evaluator", "exact-tagger"),
        ("adr-mini", "an installed dataset", "adr-mini-tagger"),
        ("pydantic", "an installed package", "pydantic-tagger"),
        ("import-linter", "an installed distribution", "import-linter-tagger"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused(name: str, reason: str, offered: str, tmp_path: Path) -> None:
    """The reason is given, the closest name is offered, and nothing is written."""
    with pytest.raises(InputError, match=re.escape(reason)) as raised:
        create("tagger", name, Registry(), tmp_path / "new")
    assert str(raised.value).endswith(f"did you mean {offered!r}?")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    """What is in a folder stays as it is, a file is no folder, and where there is no parent none is made."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for place, reason in (("full", "not empty"), ("full/mine.txt", "is a file"), ("no/where", "there is no folder")):
        with pytest.raises(InputError, match=reason):
            create("tagger", "brisk", Registry(), tmp_path / place)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["full", "full/mine.txt"]
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_an_empty_folder_stays_the_folder_that_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands in an empty folder can have the distribution there."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    files = create("tagger", "brisk", Registry(), Path())
    assert {str(path.relative_to(Path())) for path in Path().rglob("*") if path.is_file()} == set(files)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder whose name the file system refuses is said so, and nothing is half-written."""
    with pytest.raises(InputError, match="cannot be written"):
        create("tagger", "brisk", Registry(), tmp_path / ("x" * 300))
    # Where even the superuser may not write.
    with pytest.raises(InputError, match="cannot be written"):
        create("tagger", "brisk", Registry(), Path("/proc/brisk"))
    assert list(tmp_path.iterdir()) == []


def test_the_author_is_one_line(tmp_path: Path) -> None:
    """The author stands in the licence; what is no line of text is refused."""
    create("dataset", "brisk", Registry(), tmp_path / "new", author='Ann "Bo" Ödegård')
    assert 'Ann "Bo" Ödegård' in (tmp_path / "new" / "LICENSE").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="one line"):
        create("dataset", "brisk", Registry(), tmp_path / "other", author="Ann\nBo")


def test_bad_input_ends_with_2(tmp_path: Path) -> None:
    """An unknown kind, a name that is taken and a folder that is full are errors of usage, said on one line."""
    for arguments in (("parser", "brisk"), ("tagger", "json"), ("tagger", "brisk", "--folder", "/")):
        command = [sys.executable, "-P", "-m", "adrbench", "new", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
