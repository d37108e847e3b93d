"""Evaluators by name and variant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adrbench.errors import PluginError
from adrbench.plugins.registry import Registry
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator

SOURCE = """
from adrbench.api import EvaluatorPlugin

class Colours:
    def __init__(self, labels, variant):
        self.labels, self.variant = labels, variant

plugin = EvaluatorPlugin("colours", "by colour", "colours:Colours", variants=("red", "blue"))
"""


@pytest.fixture
def _colours(install: Callable[..., Path]) -> None:
    install("colours", "colours", SOURCE, "[adrbench.evaluators]\ncolours = colours:plugin\n")


@pytest.mark.usefixtures("_colours")
def test_a_variant_is_named_after_a_colon() -> None:
    """The first variant is the default; an evaluator without variants is built with the labels alone."""
    assert build_evaluator(Registry(), "colours", ["A"]).variant == "red"  # type: ignore[attr-defined]
    assert build_evaluator(Registry(), "colours:blue", ["A"]).variant == "blue"  # type: ignore[attr-defined]
    assert describe_evaluator(Registry(), "colours:blue")[1] == "blue"
    assert (
        build_evaluator(Registry(), "exact", ["A"]).score({"A/tp": 1, "A/fp": 0, "A/fn": 1})["micro"]["recall"] == 0.5
    )


@pytest.mark.usefixtures("_colours")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("colour", "unknown evaluator 'colour'; did you mean 'colours'"),
        ("colours:bleu", "evaluator 'colours' has no variant 'bleu'; did you mean 'blue'"),
        ("exact:red", "evaluator 'exact' has no variants, so no 'red'"),
    ],
)
def test_names_that_there_are_not(name: str, message: str) -> None:
    """The error names the closest one."""
    with pytest.raises(PluginError, match=message):
        describe_evaluator(Registry(), name)
