"""Slips of a user: each is a sentence with exit code 2, and costs nothing that was there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import adrbench
from adrbench.cli import main
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting.audit_files import write_audit
from adrbench.results.store import Store

FILE = """
[benchmark]
name = "slips"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "d"
use = "dictionary"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a space in its name, and the benchmark file beside it."""
    folder = tmp_path_factory.mktemp("slips")
    (folder / "b.toml").write_text(FILE)
    adrbench.run(folder / "b.toml", results=folder / "my r", limit=40)
    return folder / "my r"


def call(*words: object) -> Result:
    """Call ``adrbench``; nothing but its own end may end it."""
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    "words",
    [
        ("tag", "folder", "text.txt", "--min-score"),
        ("verify", "folder", "--bound"),
        ("check", "dictionary", "--timeout"),
        ("plugins", "--wait"),
        ("pretrain", "m", "--text", "t", "--out", "o", "--learning-rate"),
        ("gate", "r", "--baseline", "b", "--max-drop"),
        ("data", "stats", "adr-mini", "--negatives"),
    ],
    ids=lambda words: words[0],
)
def test_nan_passes_no_range(words: tuple[str, ...]) -> None:
    """It compares with nothing: by `--min-score nan` every mention was left out, by `--bound nan` none was the same."""
    done = call(*words, "nan")
    assert (done.exit_code, "nan is not a finite number" in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"params = {{ x = {'[' * 3000}{']' * 3000} }}", "nested too deeply"),
        ("[limits]\nbudget = { money = inf }", "finite"),
    ],
    ids=["deep", "infinite"],
)
def test_values_that_toml_has_and_a_benchmark_has_not(tmp_path: Path, line: str, said: str) -> None:
    """Nesting beyond the stack, and infinity."""
    file = tmp_path / "b.toml"
    file.write_text(f"{FILE}{line}\n")
    done = call("validate", file)
    assert (done.exit_code, said in done.output) == (2, True), done.output


def test_infinitely_many_negatives_and_endless_repeats(tmp_path: Path) -> None:
    """Both are told before a corpus is read."""
    file = tmp_path / "b.toml"
    file.write_text(
        FILE.replace('use = "adr-mini"', 'use = "adr-mini"\nnegatives = inf').replace(
            "folds = 2", "folds = 2\nrepeats = 1_000_000_000"
        )
    )
    done = call("validate", file)
    assert (done.exit_code, "datasets[0].negatives" in done.output) == (2, True), done.output
    assert "splits[0].repeats" in done.output


def test_prices_nested_too_deeply(results: Path, tmp_path: Path) -> None:
    """A sentence, as for the benchmark file."""
    (tmp_path / "p.toml").write_text(f"x = {'[' * 3000}{']' * 3000}\n")
    done = call("leaderboard", results, "--prices", tmp_path / "p.toml")
    assert (done.exit_code, "nested too deeply" in done.output) == (2, True), done.output
    assert call("tag", "k", "t", "--param", f"x={'[' * 3000}").exit_code == 2


@pytest.mark.parametrize("name", ["adrbench.json", "plan.jsonl", "cells/x.html"])
def test_no_output_takes_the_place_of_a_record(results: Path, tmp_path: Path, name: str) -> None:
    """Also not by a link; a page beside the records is fine."""
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    link = tmp_path / "link.html"
    link.symlink_to(results / name)
    for path in (results / name, link):
        for command in ("report", "audit"):
            done = call(command, results, "--html", path)
            assert done.exit_code == 2, done.output
        assert "belongs to the results" in call("report", results, "--html", path).output
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == before
    page = results / "page.html"
    assert call("report", results, "--html", page).exit_code == 0
    page.unlink()


def test_two_outputs_do_not_share_a_file(results: Path, tmp_path: Path) -> None:
    """The second would replace the first without a word."""
    both = tmp_path / "both"
    with pytest.raises(InputError, match="need a file each"):
        write_audit([], Store(results), Registry(), limit=1, html=both, jsonl=tmp_path / "." / "both")
    assert not both.exists()


def test_a_format_is_not_taken_for_a_corpus() -> None:
    """It is not proposed in its own place."""
    done = call("init", "i2b2")
    assert (done.exit_code, "give the path" in done.output, "did you mean" in done.output) == (2, True, False)


def test_the_next_command_can_be_copied(results: Path) -> None:
    """A space in a name is quoted."""
    done = call("run", results.parent / "b.toml", "--results", results, "--limit", "40")
    assert f"adrbench recommend '{results}'" in done.output


def test_the_same_slips_in_python(results: Path, tmp_path: Path) -> None:
    """Errors of adrbench, not of libraries, and no silence."""
    opened = adrbench.Results(results)
    with pytest.raises(InputError, match="folds: should be at least 2"):
        adrbench.run(results.parent / "b.toml", results=results, folds=1)
    with pytest.raises(InputError, match="no results folder"):
        adrbench.site([], tmp_path / "site")
    with pytest.raises(InputError, match="give the benchmark"):
        adrbench.verify(results, cells=1)
    with pytest.raises(InputError, match="bound nan"):
        adrbench.verify(results, bound=float("nan"))
    with pytest.raises(InputError, match="unknown interval 'x'"):
        opened.report(html=tmp_path / "x.html", interval="x")  # type: ignore[arg-type]
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("columns", ["0", "", "00"])
def test_a_terminal_without_a_width(results: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """As some containers have it: the leaderboard was empty."""
    monkeypatch.setenv("COLUMNS", columns)
    assert "Tagger" in call("leaderboard", results).stdout
