"""Benchmarks that come with adrbench: found by name, complete, and without a path of this repository."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import adrbench

import adrbench as package
from adrbench.config import check_benchmark, read_benchmark, shipped
from adrbench.errors import ConfigError
from adrbench.plugins.registry import Registry
from adrbench.running.plan import unavailable

SOURCES = Path(__file__).parents[2] / "benchmarks"
VARIABLE = re.compile(r"ADRBENCH_[A-Z0-9_]+")
OWN = '[benchmark]\nname = "own"\n[[datasets]]\nuse = "adr-mini"\n[[splits]]\nkind = "random"\n'
OWN += '[[taggers]]\nid = "dictionary"\nuse = "dictionary"\n'


def test_every_benchmark_file_is_shipped() -> None:
    """Under its name, as it is."""
    assert shipped.names() == tuple(sorted(file.stem for file in SOURCES.glob("*.toml")))
    for name in shipped.names():
        assert shipped.text(name) == (SOURCES / f"{name}.toml").read_text(encoding="utf-8")
        assert tomllib.loads(shipped.text(name))["benchmark"]["name"] == name


def test_the_page_names_every_shipped_benchmark() -> None:
    """In its table."""
    page = (SOURCES.parent / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    table = "".join(line.partition(" | ")[0] for line in page.splitlines() if line.startswith("| `"))
    assert [name for name in shipped.names() if f"`{name}`" not in table] == []


def test_the_page_names_every_variable() -> None:
    """In its table, beside each benchmark that uses it."""
    page = (SOURCES.parent / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `ADRBENCH_")]
    used = [(variable, name) for name in shipped.names() for variable in VARIABLE.findall(shipped.text(name))]
    assert len(set(used)) > 5
    told = {(variable, name) for variable, name in used for row in rows if {f"`{variable}`", f"`{name}`"} <= words(row)}
    assert set(used) - told == set()


def words(row: str) -> set[str]:
    """What stands in backticks in a row of a table."""
    return set(re.findall(r"`[^`]+`", row))


def strings(value: Any) -> Iterator[str]:
    """All strings in plain data."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_benchmark_names_no_relative_path(name: str) -> None:
    """Paths begin with an environment variable."""
    raw = tomllib.loads(shipped.text(name))
    assert all("path" not in entry and "file" not in entry.get("group", {}) for entry in raw["datasets"])
    paths = [text for entry in raw["taggers"] for text in strings(entry) if "/" in text]
    assert [path for path in paths if not path.startswith("${")] == []


def test_a_name_is_read_where_no_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of that name comes first; a folder of that name does not."""
    monkeypatch.chdir(tmp_path)
    assert read_benchmark(Path("ade"), Registry()).benchmark.name == "ade"
    (tmp_path / "ade").mkdir()
    assert read_benchmark(Path("ade"), Registry()).folder == Path()
    (tmp_path / "diseases").write_text(OWN)
    assert read_benchmark(Path("diseases"), Registry()).benchmark.name == "own"


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("adee", "did you mean 'ade'?"),
        ("benchmarks/ade.toml", "a benchmark of this name comes with adrbench: give 'ade'"),
        ("mine.tml", "did you mean 'mine.toml'?"),
        ("nowhere/zzz", "valid: "),
    ],
)
def test_a_missing_file_is_told_with_what_is_closest(
    given: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file beside it, or a name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(OWN)
    with pytest.raises(ConfigError, match="no such file") as error:
        read_benchmark(Path(given), Registry())
    assert hint in str(error.value)


@pytest.mark.slow
def test_run_lists_them_with_what_is_missing(tmp_path: Path) -> None:
    """Name, corpora, taggers, and reasons; nothing is written."""
    without = {"ADRBENCH_DATA": None, "ADRBENCH_CACHE": str(tmp_path / "cache"), "CUDA_VISIBLE_DEVICES": ""}
    done = adrbench("run", "--list", environment={**without, "COLUMNS": "200"}, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in shipped.names())
    assert "needs a CUDA GPU" in done.stdout
    assert list(tmp_path.iterdir()) == []
    for arguments in ([], ["ade", "--list"]):
        done = adrbench("run", *arguments, folder=tmp_path)
        assert done.returncode == 2
        assert "--list" in done.stderr


@pytest.mark.slow
def test_python_lists_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As objects; a corpus that is not here is missing, a row without its program is skipped."""
    for variable in ("ADRBENCH_DATA", "ADRBENCH_FLAIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    listed = {one.name: one for one in package.benchmarks(offline=True)}
    assert tuple(listed) == shipped.names()
    assert listed["ade"].corpora == ("ade",)
    assert {"dictionary", "crf"} <= set(listed["ade"].ready)
    assert any("ade" in names and "not on this machine" in reason for reason, names in listed["ade"].missing.items())
    peers = {name: reason for reason, names in listed["peers"].missing.items() for name in names}
    if peers:
        assert "ADRBENCH_FLAIR" in peers["flair"]
        assert "ADRBENCH_DATA" in peers["dictionary-sider"]


ROW = '[[taggers]]\nid = "listed"\nuse = "dictionary"\nparams = { term_lists = ["${TERMS_OF_MINE}/terms.txt"] }\n'


def test_a_path_with_a_variable_is_used_and_stored_as_written(tmp_path: Path) -> None:
    """Without the variable the row is skipped. Equal files in two folders make the same cells."""
    (tmp_path / "own.toml").write_text(OWN + ROW)
    run = ["run", "own.toml", "--limit", "60", "--folds", "2"]
    wide = {"COLUMNS": "400"}
    done = adrbench(*run, "--dry-run", environment={**wide, "TERMS_OF_MINE": None}, folder=tmp_path)
    assert "listed skipped: needs the environment variable TERMS_OF_MINE, which is not set" in done.stdout
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        here = {**wide, "TERMS_OF_MINE": str(tmp_path / name)}
        done = adrbench(*run, "--dry-run", environment=here, folder=tmp_path)
        assert f"'{tmp_path / name}/terms.txt' is not a file" in done.stdout
        (tmp_path / name / "terms.txt").write_text("rash\n")
    done = adrbench(*run, "--only", "listed", environment={"TERMS_OF_MINE": str(tmp_path / "one")}, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    again = adrbench(*run, "--only", "listed", environment={"TERMS_OF_MINE": str(tmp_path / "other")}, folder=tmp_path)
    assert "2 cells are finished already, 0 to run" in again.stdout
    stored = "".join(file.read_text(errors="replace") for file in (tmp_path / "runs").rglob("*.jsonl"))
    assert "${TERMS_OF_MINE}/terms.txt" in stored
    assert str(tmp_path / "one") not in stored


@pytest.mark.parametrize(
    "corpus",
    [
        'use = "jsonl"\npath = "~nobody-here/x"',
        'use = "adr-mini"\ngroup = { file = "~nobody-here/x" }',
        'use = "adr-mini"\nmax_subwords = { limit = 9, vocabulary = "~nobody-here/x" }',
    ],
)
def test_a_home_folder_that_nobody_has_is_an_error(corpus: str, tmp_path: Path) -> None:
    """And no traceback."""
    (tmp_path / "own.toml").write_text(OWN.replace('use = "adr-mini"', corpus))
    done = adrbench("run", "own.toml", "--dry-run", folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "'~nobody-here/x': nobody here has this home folder" in done.stderr


def test_what_is_not_installed_is_skipped_in_a_shipped_benchmark_only() -> None:
    """In a file of the user's it is an error that says what to install."""
    registry = Registry()
    if "flair" in registry.names("taggers"):
        pytest.skip("adrbench-flair is installed")
    raw = tomllib.loads(OWN + '[[taggers]]\nid = "other"\nuse = "flair"\n')
    benchmark = check_benchmark(raw, "own", Path(), registry, is_shipped=True)
    [(tagger, reason)] = unavailable(benchmark, registry)
    assert tagger == "other"
    assert "pip install adrbench-flair" in reason
    with pytest.raises(ConfigError, match="pip install adrbench-flair"):
        check_benchmark(raw, "own", Path(), registry)
