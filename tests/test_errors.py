"""Messages that say what is wrong and what would be valid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.errors import AdrbenchError, ConfigError, InputError, Unavailable, closest


@pytest.mark.parametrize(
    ("name", "valid", "hint"),
    [
        ("dictonary", ["crf", "dictionary"], "did you mean 'dictionary'?"),
        ("zzz", ["crf", "bert", "crf"], "valid: bert, crf"),
        ("zzz", [], "nothing is valid here"),
    ],
)
def test_the_hint_is_the_closest_name_or_all_of_them(name: str, valid: list[str], hint: str) -> None:
    """A near miss gets the name that was meant; anything else the sorted list of what is valid."""
    assert closest(name, valid) == hint


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6), st.data())
def test_a_valid_name_is_its_own_closest(valid: list[str], data: st.DataObject) -> None:
    """No other name is closer to a valid one than itself."""
    name = data.draw(st.sampled_from(valid))
    assert closest(name, valid) == f"did you mean {name!r}?"


def test_a_config_error_lists_every_problem_under_its_file() -> None:
    """All problems stand in one message, a line each, below the file and their number."""
    error = ConfigError("ade.toml", ["taggers[2].use: unknown", "splits: missing"])
    assert str(error) == "ade.toml: 2 problems\n  taggers[2].use: unknown\n  splits: missing"
    assert (error.where, error.problems) == ("ade.toml", ("taggers[2].use: unknown", "splits: missing"))


def test_a_single_problem_is_counted_in_the_singular() -> None:
    """One problem is no "problems", and any iterable of them will do."""
    assert str(ConfigError("ade.toml", iter(["splits: missing"]))) == "ade.toml: 1 problem\n  splits: missing"


def test_only_the_users_mistakes_are_input_errors() -> None:
    """A wrong file is the user's to mend (exit code 2); a tagger that cannot run here is not."""
    assert issubclass(ConfigError, InputError)
    assert issubclass(Unavailable, AdrbenchError)
    assert not issubclass(Unavailable, InputError)
