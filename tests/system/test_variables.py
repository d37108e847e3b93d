"""Environment variables in values of a benchmark file."""

from __future__ import annotations

import pytest

from adrbench._system.variables import expand, unset


def test_variables_are_expanded_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within strings, lists, tuples and tables; other values stay as they are."""
    monkeypatch.setenv("ADRBENCH_HERE", "/data")
    value = {"lists": ["${ADRBENCH_HERE}/a.txt", 3], "pair": ("${ADRBENCH_HERE}", None), "inner": {"x": 0.5}}
    assert expand(value) == {"lists": ["/data/a.txt", 3], "pair": ("/data", None), "inner": {"x": 0.5}}
    assert unset(value) == ()


@pytest.mark.parametrize("text", ["$ADRBENCH_HERE", "${adrbench_here}", "^$", "${}", "$${", "a$b", "${A B}"])
def test_what_is_no_variable_stays(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regular expressions and the like are not touched."""
    monkeypatch.setenv("ADRBENCH_HERE", "/data")
    monkeypatch.setenv("adrbench_here", "/data")
    assert expand(text) == text
    assert unset(text) == ()


def test_variables_without_a_value_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty value is none; what cannot be expanded stays as it is written."""
    monkeypatch.setenv("ADRBENCH_EMPTY", "")
    monkeypatch.delenv("ADRBENCH_NO", raising=False)
    value = {"a": ["${ADRBENCH_NO}/x", "${ADRBENCH_EMPTY}"], "b": "${ADRBENCH_NO}"}
    assert unset(value) == ("ADRBENCH_EMPTY", "ADRBENCH_NO")
    assert expand(value) == value
