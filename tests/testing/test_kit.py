"""The kit's three forms: the command, the classes for pytest, the functions; and its own document."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Done, adrbench

from adrbench.errors import InputError
from adrbench.testing import TaggerConformance, check_tagger, checks_of

Put = Callable[[str, str], None]
POINTS = "[adrbench.taggers]\nwrong = wrong_taggers:plugin\n"
ROOT = Path(__file__).parents[2]

CLASSES = """
from adrbench.testing import TaggerConformance

class TestRight(TaggerConformance):
    name = "wrong"

class TestWrong(TaggerConformance):
    name = "wrong"
    params = {"way": "batch"}
    expected_failures = {"batch": "it looks at the whole batch", "silent": "its library prints"}
"""


def check(*arguments: str) -> Done:
    """Run ``adrbench check``."""
    return adrbench("check", *arguments, environment={"COLUMNS": "100"})


def test_the_command_gives_the_records_of_the_function(put: Put) -> None:
    """JSON has the verdicts that the function gives, and an exit code of 1 says that one is bad."""
    put("wrong_taggers", POINTS)
    only = ["--only", "empty-document", "--only", "emoji-document"]
    done = check("wrong", "--params", '{"way": "crash on empty"}', "--format", "json", *only)
    assert done.returncode == 1
    [record] = json.loads(done.stdout)
    assert (record["schema_version"], record["kind"], record["name"]) == (2, "tagger", "wrong")
    assert not record["passed"]
    made = check_tagger("wrong", {"way": "crash on empty"}, only=["empty-document", "emoji-document"])
    assert record["checks"] == [vars(verdict) for verdict in made]


def test_the_table_says_what_was_seen(put: Put) -> None:
    """A table names checks, verdicts and reasons; an expected failure is no bad end."""
    put("wrong_taggers", POINTS)
    crash = ["--params", '{"way": "crash on empty"}', "--only", "empty-document"]
    bad, good = check("wrong", *crash), check("wrong", *crash, "--expect", "empty-document=it wants text")
    assert (bad.returncode, good.returncode) == (1, 0)
    assert "Tagger wrong: 1 failed" in bad.stdout
    assert "no first character" in bad.stdout
    assert "Tagger wrong: 1 expected" in good.stdout
    assert "it wants text" in good.stdout


def test_advice_is_no_failure(put: Put) -> None:
    """What a heuristic finds is said, and the exit code is 0; declared, it is expected, and so it may stay away."""
    put("wrong_taggers", "[adrbench.taggers]\ncopying = wrong_taggers:copying\ntuned = wrong_taggers:tuned\n")
    only = ["--only", "parameters"]
    told = check("copying", *only)
    assert told.returncode == 0
    assert "Tagger copying: 1 advice" in told.stdout
    assert "accepted and ignored: lower, shortest" in told.stdout
    for name, status in (("copying", "expected"), ("tuned", "passed")):
        [verdict] = check_tagger(name, only=["parameters"], expected={"parameters": "they are for later"})
        assert verdict.status == status


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dictionery"], "did you mean 'dictionary'?"),
        (["dictionary", "--params", "{"], "--params: not valid JSON"),
        (["dictionary", "--params", "[1]"], "give a JSON object"),
        (["dictionary", "--params", '{"fold_cas": true}'], "did you mean 'fold_case'?"),
        (["dictionary", "--only", "bach"], "did you mean 'batch'?"),
        (["dictionary", "--expect", "batch"], "give CHECK=REASON"),
        (["exact", "--path", "somewhere"], "path is for datasets"),
        (["exact", "--params", '{"a": 1}'], "takes no parameters"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], words: str) -> None:
    """What cannot be meant is refused, with what would be valid."""
    done = check(*arguments)
    assert done.returncode == 2, done.stdout
    assert words in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_the_class_makes_a_test_of_each_check(put: Put, tmp_path: Path) -> None:
    """Tests bear the checks' ids; a declared failure is an xfail, and a failure where it does not come."""
    put("wrong_taggers", POINTS)
    (tmp_path / "test_mine.py").write_text(CLASSES)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(tmp_path / "test_mine.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    ends = dict(re.findall(r"::(\w+::\w+\[[\w-]+\]) (\w+)", done.stdout))
    ids = [check.id for check in checks_of("tagger")]
    assert ends == {
        **{f"TestRight::test_conforms[{check}]": "PASSED" for check in ids},
        **{f"TestWrong::test_conforms[{check}]": "PASSED" for check in ids},
        "TestWrong::test_conforms[batch]": "XFAIL",
        "TestWrong::test_conforms[silent]": "FAILED",
    }
    assert "XPASS(strict)" in done.stdout


def test_an_unknown_expected_failure_is_refused() -> None:
    """A class that expects the failure of a check that there is not says so when its tests are collected."""

    class Mistyped(TaggerConformance):
        name = "wrong"
        expected_failures = {"bach": "it looks at the whole batch"}  # noqa: RUF012

    class Metafunc:
        fixturenames = ("check",)

    with pytest.raises(InputError, match="did you mean 'batch'"):
        Mistyped().pytest_generate_tests(Metafunc())


@pytest.mark.parametrize("kind", ["tagger", "dataset", "evaluator"])
def test_every_check_is_explained(kind: str) -> None:
    """The document has a paragraph for each check of a kind, in their order, and none for any other."""
    text = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")
    [section] = re.findall(rf"^## .*{kind}s?\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    explained = re.findall(r"^\*\*`([\w-]+)`\*\*", section, flags=re.MULTILINE)
    assert explained == [check.id for check in checks_of(kind)]  # type: ignore[arg-type]
