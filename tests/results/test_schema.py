"""Stored data are spelt in one place: no other module reads or writes their keys by name."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from adrbench.results.outcome import outcome_line
from adrbench.results.schema import BaselineEntry, Damaged, EnvironmentRecord, Mark, Outcome, read_record, write_record

SOURCE = Path(__file__).parents[2] / "src" / "adrbench"
# The schema, what turns files into records, and the old format, which only the migration reads.
AT_HOME = {
    *("results/schema.py", "results/store.py", "results/responses.py"),
    *("results/_format1.py", "results/gate/baseline.py"),
}
# What values from the store are called: the last name of ``place.section`` and the like.
NOUNS = {
    *("plan", "planned", "section", "row", "entry", "cell", "card", "split", "record", "costs", "tuned", "pretrained"),
    *("trial", "machine", "leaks", "ledger", "stored", "answers", "environment"),
}
# There, an entry is one of the benchmark file; a room below the results folder sees nothing of it.
OTHERS = {"config": {"entry"}}


def fields() -> set[str]:
    """The names of all fields of the schema."""
    tree = ast.parse((SOURCE / "results/schema.py").read_text(encoding="utf-8"))
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    lines = (line for one in classes for line in one.body if isinstance(line, ast.AnnAssign))
    return {line.target.id for line in lines if isinstance(line.target, ast.Name)}


def accesses(tree: ast.AST, names: set[str], nouns: set[str] = NOUNS) -> Iterator[str]:
    """``row["cells"]``, ``cell.get("costs")`` and the like."""
    for node in ast.walk(tree):
        base, key = None, None
        if isinstance(node, ast.Subscript):
            base, key = node.value, node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            base, key = node.func.value, node.args[0]
        noun = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if noun in nouns and isinstance(key, ast.Constant) and key.value in names:
            yield ast.unparse(node)


def parses_json(tree: ast.AST) -> Iterator[str]:
    """Calls of ``json.load`` and ``json.loads``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"json.load", "json.loads"}:
            yield ast.unparse(node)


def test_nobody_else_knows_the_keys_of_stored_data() -> None:
    """Records have attributes, which the type checker knows; their keys occur in strings nowhere else."""
    names = fields()
    found = [
        f"{path}: {access}"
        for path in sorted(file.relative_to(SOURCE) for file in SOURCE.rglob("*.py"))
        if path.as_posix() not in AT_HOME
        for access in accesses(
            ast.parse((SOURCE / path).read_text(encoding="utf-8")), names, NOUNS - OTHERS.get(path.parts[0], set())
        )
    ]
    assert found == []


def test_nobody_else_parses_what_is_stored() -> None:
    """In the rooms of results and reports, only the places above turn text into data."""
    found = [
        str(path.relative_to(SOURCE))
        for room in ("results", "reporting")
        for path in sorted((SOURCE / room).rglob("*.py"))
        if str(path.relative_to(SOURCE)) not in AT_HOME
        and any(parses_json(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    # A kept tagger, read as the record that it is; parameters that a page has just written itself; a site's own mark.
    allowed = {
        "results/kept.py",
        "reporting/sections/setup.py",
        "reporting/site/_methods.py",
        "reporting/site/write.py",
    }
    assert set(found) <= allowed


@pytest.mark.parametrize(
    "planted",
    ['section["rows"]', 'place.section["grouped"]', 'scored.cell.get("costs")', "store.read_plan().plan['sections']"],
)
def test_the_check_can_fail(planted: str) -> None:
    """A planted access is found, whichever way it is written; an attribute is none."""
    assert list(accesses(ast.parse(planted), fields()))
    assert not list(accesses(ast.parse("section.rows, row.cells, options['rows']"), fields()))
    assert list(parses_json(ast.parse("json.loads(path.read_text())")))


@pytest.mark.parametrize(
    "line",
    [
        *(
            b"",
            b"null",
            b"[]",
            b"{}",
            b"\xff",
            b'{"format":"2"}',
            b'{"format":2.0}',
            b'{"format":true}',
            b'{"format":NaN}',
        ),
        *(
            b'{"format":0}',
            b'{"format":2,"more":1}',
            b'{"format":1' + b"0" * 5000 + b"}",
            b'{"format":' + b"[" * 100_000,
        ),
    ],
)
def test_what_is_no_record_is_refused(line: bytes) -> None:
    """No value is converted, no name is unknown or missing, and nothing ends in another error."""
    with pytest.raises(Damaged):
        read_record(Mark, line)


def test_a_record_comes_back_as_it_was() -> None:
    """As one line."""
    record = EnvironmentRecord("3.11", {"é\n": "1\u2028"})
    line = write_record(record)
    assert b"\n" not in line
    assert read_record(EnvironmentRecord, line) == record


def test_what_does_not_agree_is_refused() -> None:
    """A document that points to no row of counts."""
    with pytest.raises(ValueError, match="has no counts"):
        BaselineEntry("a", "b", "t", "c", "f", ("x",), ((1.0,),), ((1,),), None)


@pytest.mark.parametrize("status", ["ok", "failed"])
def test_what_a_cell_leaves_is_an_outcome_with_every_field(status: Literal["ok", "failed"]) -> None:
    """The cell writes it without importing the schema, and the schema reads every field of it."""
    phases = {"import": 1.0, "warm_up": 0.0, "fit": 2.0, "predict": 1.0}
    given = {
        "key": "0" * 32,
        "reason": "half a pair: \ud800",
        "predictions": {"d": [[0, 4, "ADR"]]} if status == "ok" else {},
        "seconds": phases,
        "cpu_seconds": phases,
        "peak_memory_bytes": 2**30,
        "peak_gpu_memory_bytes": None,
        "energy_joules": phases,
        "energy_from": ["rapl"],
        "facts": {"parameters": 7},
    }
    line = outcome_line(status=status, **given)  # type: ignore[arg-type]  # one value of each type
    outcome = read_record(Outcome, line)
    assert json.loads(line).keys() == vars(outcome).keys()
    assert outcome.costs is not None
    assert json.loads(line)["costs"].keys() == vars(outcome.costs).keys()
    assert (outcome.status, outcome.reason, outcome.costs.facts) == (status, "half a pair: ?", {"parameters": 7})
    assert outcome.predictions == ({"d": ((0, 4, "ADR"),)} if status == "ok" else {})
