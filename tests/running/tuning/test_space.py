"""Which space is searched, and what is said of one that cannot be."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from adrbench.api import TaggerPlugin
from adrbench.api.space import Categorical, FloatRange, IntRange, Scale
from adrbench.config.search_space import as_plain, from_plain, grid_problems, points, resolve
from adrbench.plugins import parameters
from adrbench.plugins.registry import Registry


@dataclass(frozen=True)
class Params:
    """One parameter of each kind."""

    learning_rate: Annotated[float, Field(gt=0)] | None = None
    batch_size: Annotated[int, Field(ge=1)] = 8
    mode: Literal["plain", "fancy"] = "plain"
    sizes: tuple[int, ...] = ()
    lower: bool = False


DECLARED: dict[str, Scale] = {"learning_rate": FloatRange(1e-5, 1e-3, log=True), "batch_size": Categorical((8, 16))}
PLUGIN = TaggerPlugin("echo", "test", "1", Params, "nowhere:Echo", space=DECLARED)


def test_what_the_plugin_declares_is_searched_unless_params_fix_it() -> None:
    """Without a space in the file, the declared ranges are searched but for the parameters that the file fixes."""
    assert resolve(PLUGIN, {}, {}, Registry()) == (DECLARED, [])
    assert resolve(PLUGIN, {"batch_size": 4}, {}, Registry()) == ({"learning_rate": DECLARED["learning_rate"]}, [])


def test_a_space_in_the_file_replaces_the_declared_one() -> None:
    """Only the parameters that the file names are searched, whole numbers where the parameter takes no others."""
    space, problems = resolve(
        PLUGIN,
        {"lower": True},
        {
            "batch_size": {"low": 2.0, "high": 10, "log": False, "step": 4},
            "learning_rate": {"low": 1, "high": 3},
            "mode": ["plain", "fancy"],
            "sizes": [[64], [64, 256]],
        },
        Registry(),
    )
    assert problems == []
    assert space == {
        "batch_size": IntRange(2, 10, step=4),
        "learning_rate": FloatRange(1.0, 3.0),
        "mode": Categorical(("plain", "fancy")),
        "sizes": Categorical(((64,), (64, 256))),
    }


@pytest.mark.parametrize(
    ("params", "override", "path", "words"),
    [
        ({}, {"learning_rat": [1]}, "space.learning_rat", "did you mean 'learning_rate'?"),
        ({"batch_size": 4}, {"batch_size": [4, 8]}, "space.batch_size", "fixed in params too"),
        ({}, {"batch_size": {"low": 8, "high": 2}}, "space.batch_size.low", "must be below high"),
        ({}, {"batch_size": {"low": 8, "high": 8}}, "space.batch_size.low", "fix a single value in params"),
        ({}, {"learning_rate": {"low": 0, "high": 1, "log": True}}, "space.learning_rate.low", "above 0"),
        ({}, {"learning_rate": {"low": -1.0, "high": 1.0}}, "space.learning_rate.low", "greater than 0"),
        ({}, {"learning_rate": {"low": math.nan, "high": 1.0}}, "space.learning_rate.low", "finite number"),
        ({}, {"learning_rate": {"low": 0.1}}, "space.learning_rate.high", "is required"),
        ({}, {"learning_rate": {"low": 0.1, "high": 1.0, "step": 1}}, "space.learning_rate.step", "whole numbers"),
        ({}, {"learning_rate": {"lo": 0.1, "high": 1.0, "low": 0.1}}, "space.learning_rate.lo", "'low'"),
        ({}, {"learning_rate": {"low": 0.1, "high": 1.0, "log": 1}}, "space.learning_rate.log", "true or false"),
        ({}, {"batch_size": {"low": 1.5, "high": 4}}, "space.batch_size.low", "valid integer"),
        ({}, {"batch_size": {"low": 1, "high": 8, "step": 3}}, "space.batch_size.high", "7 is"),
        ({}, {"batch_size": {"low": 1, "high": 8, "step": 0}}, "space.batch_size.step", "from 1"),
        ({}, {"batch_size": {"low": 1, "high": 9, "step": 2, "log": True}}, "space.batch_size.step", "logarithmic"),
        ({}, {"batch_size": [8, 0]}, "space.batch_size[1]", "greater than or equal to 1"),
        ({}, {"batch_size": [8, 16, 8]}, "space.batch_size[2]", "as [0]"),
        ({}, {"batch_size": []}, "space.batch_size", "at least one value"),
        ({}, {"batch_size": 8}, "space.batch_size", "a list of values"),
        ({}, {"mode": {"low": 0, "high": 1}}, "space.mode.low", "'plain' or 'fancy'"),
        ({}, {"mode": ["plain", "fency"]}, "space.mode[1]", "'plain' or 'fancy'"),
        ({"batch_size": 4, "learning_rate": 0.1}, {}, "space", "nothing to search"),
    ],
)
def test_a_space_that_cannot_be_searched_says_where_and_why(
    params: dict[str, Any], override: dict[str, Any], path: str, words: str
) -> None:
    """Each mistake is named with its path and what would be valid, and the parameter is left out."""
    space, problems = resolve(PLUGIN, params, override, Registry())
    assert any(words in message for where, message in problems if where == path), problems
    assert not space


def test_every_mistake_is_named_at_once() -> None:
    """Two wrong parameters are two problems."""
    _, problems = resolve(PLUGIN, {}, {"batch_size": [0], "rate": [1]}, Registry())
    assert [path for path, _ in problems] == ["space.batch_size[0]", "space.rate"]


numbers = st.one_of(st.integers(-3, 40), st.floats(-2, 40), st.sampled_from([math.nan, math.inf, True, "1", None]))
tables = st.fixed_dictionaries(
    {}, optional={"low": numbers, "high": numbers, "log": st.sampled_from([True, False, 1]), "step": numbers}
)
overrides = st.dictionaries(
    st.sampled_from(["learning_rate", "batch_size", "mode", "lower", "sizes", "unknown"]),
    st.one_of(tables, st.lists(st.one_of(numbers, st.sampled_from(["plain", "fancy"]), st.lists(numbers))), numbers),
    min_size=1,
)


@given(override=overrides)
def test_what_is_resolved_is_valid_and_the_rest_is_explained(override: dict[str, Any]) -> None:
    """Each parameter of the file is either in the space, with values that the plugin takes, or in the problems."""
    space, problems = resolve(PLUGIN, {}, override, Registry())
    explained = {path.split(".")[1].split("[")[0] for path, _ in problems}
    assert explained | set(space) == set(override)
    assert not explained & set(space)
    for name, scale in space.items():
        for value in scale.values if isinstance(scale, Categorical) else (scale.low, scale.high):
            assert parameters.check(Params, {name: value})[1] == []
    assert from_plain(json.loads(json.dumps(as_plain(space)))) == space


plain = st.one_of(st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.booleans(), st.none())
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=2), max_leaves=4)
finite = st.floats(allow_nan=False, allow_infinity=False)
scales = st.one_of(
    st.builds(FloatRange, finite, finite, st.booleans()),
    st.builds(IntRange, st.integers(), st.integers(), st.booleans(), st.integers(1)),
    st.lists(values, max_size=3).map(lambda some: Categorical(_tuples(some))),
)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


@given(space=st.dictionaries(st.text(max_size=3), scales, max_size=3))
def test_a_space_survives_json(space: dict[str, FloatRange | IntRange | Categorical]) -> None:
    """The plain form is JSON, the same for the same space, and gives the space back."""
    text = json.dumps(as_plain(space))
    assert from_plain(json.loads(text)) == space
    assert json.dumps(as_plain(from_plain(json.loads(text)))) == text
    assert json.dumps(as_plain(dict(reversed(space.items())))) == text


def test_a_grid_needs_points_and_trials_for_all_of_them() -> None:
    """A range of real numbers is no grid, and neither are more points than trials."""
    grid: dict[str, Scale] = {"a": Categorical((1, 2, 3)), "b": IntRange(0, 6, step=3)}
    assert points(grid) == 9
    assert grid_problems(grid, 9) == []
    assert [path for path, _ in grid_problems(grid, 8)] == ["trials"]
    assert [path for path, _ in grid_problems({**grid, "r": FloatRange(0, 1), "w": IntRange(1, 99, log=True)}, 99)] == [
        "space.r",
        "space.w",
    ]


def test_optuna_is_left_alone_until_a_study_runs() -> None:
    """Checking a space imports no Optuna, and where there is none the reason says what to install."""
    program = (
        "import sys\n"
        "from adrbench.config import search_space\nfrom adrbench.running.tuning import _holdout_objective, _study\n"
        "assert 'optuna' not in sys.modules and search_space.missing() is None\n"
        "sys.modules['optuna'] = None\n"
        "print(search_space.missing())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "needs optuna: pip install 'adrbench[tune]'\n"
