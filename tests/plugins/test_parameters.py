"""Parameters of plugins, checked strictly against a dataclass."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, field
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from adrbench.errors import PluginError
from adrbench.plugins import parameters


@dataclass(frozen=True)
class Params:
    """Parameters of each kind that plugins have."""

    rate: Annotated[float, Field(gt=0)] = 0.1
    layers: int = 2
    mode: Literal["plain", "fancy"] = "plain"
    words: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True)
class Either:
    """Parameters that exclude each other."""

    left: bool = False
    right: bool = False

    def __post_init__(self) -> None:
        if self.left and self.right:
            raise ValueError("left and right exclude each other")


@dataclass(frozen=True)
class Strange:
    """A description that no check can be made of."""

    thing: Any = field(default=None)
    other: NotThere = None  # type: ignore[name-defined] # noqa: F821


def test_good_values_give_an_instance() -> None:
    """Lists stand for tuples, whole numbers for floats, and what is not given has its default."""
    checked, problems = parameters.check(Params, {"rate": 1, "words": ["a", "b"]})
    assert problems == []
    assert isinstance(checked, Params)
    assert astuple(checked) == (1.0, 2, "plain", ("a", "b"), None)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"layerz": 1}, ("layerz", "unknown name; did you mean 'layers'?")),
        ({"zzz": 1}, ("zzz", "unknown name; valid: layers, mode, name, rate, words")),
        ({"layers": "3"}, ("layers", "input should be a valid integer, not '3'")),
        ({"layers": 2.5}, ("layers", "input should be a valid integer, not 2.5")),
        ({"layers": True}, ("layers", "input should be a valid integer, not True")),
        ({"rate": 0}, ("rate", "input should be greater than 0, not 0")),
        ({"mode": "fanci"}, ("mode", "input should be 'plain' or 'fancy', not 'fanci'")),
        ({"words": ["a", 1]}, ("words[1]", "input should be a valid string, not 1")),
        ({"words": "a"}, ("words", "input should be a valid array, not 'a'")),
    ],
)
def test_a_wrong_value_is_named_with_its_place(values: dict[str, Any], problem: tuple[str, str]) -> None:
    """The path, what is wrong, the value, and for an unknown name the closest one."""
    assert parameters.check(Params, values) == (None, [problem])


def test_all_problems_are_found_at_once() -> None:
    """One look at the file is enough to mend it."""
    _, problems = parameters.check(Params, {"layers": "3", "mode": 1, "wordz": []})
    assert sorted(path for path, _ in problems) == ["layers", "mode", "wordz"]


def test_what_the_dataclass_itself_refuses_is_a_problem() -> None:
    """Its own words are the message."""
    assert parameters.check(Either, {"left": True, "right": True}) == (
        None,
        [("", "left and right exclude each other")],
    )


def test_a_large_value_is_not_printed_whole() -> None:
    """The message stays readable whatever was given."""
    _, [(_, message)] = parameters.check(Params, {"layers": list(range(10_000))})
    assert message.startswith("input should be a valid integer, not [0, 1, 2")
    assert len(message) < 150


@pytest.mark.parametrize("params", [dict, Strange])
def test_parameters_that_cannot_be_checked_are_the_plugins_fault(params: type[Any]) -> None:
    """What is no dataclass, or has annotations that mean nothing, is named as the plugin's error."""
    with pytest.raises(PluginError, match=params.__name__):
        parameters.check(params, {})


def test_as_json_holds_every_parameter() -> None:
    """Defaults are spelled out, and the result is plain data."""
    plain = parameters.as_json(Params(words=("a",)))
    assert plain == {"layers": 2, "mode": "plain", "name": None, "rate": 0.1, "words": ["a"]}
    assert json.loads(json.dumps(plain)) == plain
