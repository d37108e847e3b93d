"""Every corpus and format of the distribution keeps the contract of a dataset, and uses the public modules alone."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.testing import check_dataset
from adrbench_biomed import tac_spl

HERE = Path(__file__).parents[1]
NAMES = sorted(e.name for e in entry_points(group="adrbench.datasets") if e.value.startswith("adrbench_biomed."))
SOURCES = {"adrbench.api", "adrbench.datasets"}
PUBLIC = {"src": SOURCES, "tests": SOURCES | {"adrbench.testing"}}


def failures(name: str, path: Path | None = None, only: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """The checks that a dataset does not pass."""
    return [(v.check, v.status, v.detail) for v in check_dataset(name, path=path, only=only) if v.status != "passed"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in {"ade", "tac-spl"} else pytest.mark.slow) for name in NAMES]
)
def test_descriptions_are_light_and_readers_stay_offline(name: str) -> None:
    """Every reader says that its corpus is missing where it is, without calling anybody."""
    assert failures(name, only=("light-description", "offline", "missing-path")) == []


def test_written_tac_spl_passes_every_check(tmp_path: Path) -> None:
    """On files that its own writer wrote."""
    records = tuple(
        Record(str(i), text, (Span(2, 2 + length, "ADR"),), str(i), parts=("train",))
        for i, (text, length) in enumerate([("A rash was seen .", 4), ("A dry mouth for two days .", 9)], 1)
    )
    tac_spl.write(Reading(DatasetInfo("made-up", "1", "CC0-1.0", "", ("ADR",)), records, "made up", {}), tmp_path)
    assert failures("tac-spl", tmp_path) == []


def test_i2b2_passes_every_check(tmp_path: Path) -> None:
    """On a text and its concepts."""
    (tmp_path / "a.txt").write_text("A rash was seen .\n")
    (tmp_path / "a.con").write_text('c="rash" 1:1 1:1||t="problem"\n')
    assert failures("i2b2", tmp_path) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "tac-spl"])
def test_every_card_says_whether_texts_may_leave_the_machine(name: str) -> None:
    """With the clause; what was given out under an agreement may not."""
    info = implementation_of(name).info
    expected = {"cadec": "forbidden", "i2b2": "forbidden", "i2b2-2010": "forbidden", "psytar": "conditional"}
    assert info.external == expected.get(name, "allowed")
    assert info.external_terms


def implementation_of(name: str) -> Any:
    """The reader of a corpus."""
    [entry] = entry_points(group="adrbench.datasets", name=name)
    module, _, reader = entry.load().implementation.partition(":")
    return getattr(import_module(module), reader)()


@pytest.mark.parametrize("folder", PUBLIC)
def test_only_public_modules_are_imported(folder: str) -> None:
    """A corpus author may copy any file: nothing in it reaches into adrbench."""
    imported = set()
    for file in (HERE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    assert {name for name in imported if name.partition(".")[0] == "adrbench"} <= PUBLIC[folder]
