"""The kit on evaluators: each check catches the wrong one, and those of adrbench itself pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from wrong_ways import cases

from adrbench.errors import ConfigError, PluginError
from adrbench.plugins.registry import Registry
from adrbench.testing import check_evaluator, checks_of

Put = Callable[[str, str], None]
POINTS = "[adrbench.evaluators]\nwrong = wrong_evaluators:plugin\n"
WRONG = [
    ("crash", "counts-and-scores", "exit code 4"),
    ("no support", "counts-and-scores", "micro has no support"),
    ("no labels", "counts-and-scores", "no figures for 'ADR'"),
    ("one name", "same-names", "'ADR/tp'"),
    ("per document", "additive", "as one text"),
    ("infinite", "additive", "'ADR/tp' is inf"),
    ("remembers", "stateless", "count otherwise"),
    ("counts at once", "count-many", "alone it counts"),
    ("micro", "micro-f1", "but score gives F1"),
    ("first span", "span-order", "depends on their order"),
    ("above one", "bounds", "recall of"),
    ("imperfect", "perfect-prediction", "is 0.9"),
    ("generous", "empty-prediction", "without a prediction"),
    ("divides", "empty-prediction", "ZeroDivisionError"),
    ("lopsided", "symmetry", "the other way round"),
    ("branches", "arrays", "in an array"),
    ("sorts", "input-untouched", "count changed"),
    ("clears", "input-untouched", "score changed"),
    ("prints", "silent", "'counting"),
]
EVALUATORS = [
    name
    for name in Registry().names("evaluators")
    if Registry().describe("evaluators", name).implementation.startswith("adrbench.")
]


@pytest.mark.parametrize(("way", "check", "words"), cases(WRONG))
def test_what_is_wrong_is_caught(put: Put, way: str, check: str, words: str) -> None:
    """An evaluator that is wrong in one way fails the check for it, which says what it saw."""
    put("wrong_evaluators", POINTS)
    [verdict] = check_evaluator(f"wrong:{way}", only=[check])
    assert verdict.status == "failed"
    assert words in verdict.detail


def test_every_check_has_a_wrong_evaluator() -> None:
    """No check is without an evaluator that fails it; that of the description is the same as for taggers."""
    assert {check.id for check in checks_of("evaluator")} == {check for _, check, _ in WRONG} | {"light-description"}


def test_a_right_evaluator_passes_every_check(put: Put) -> None:
    """An evaluator that keeps its contract passes them all."""
    put("wrong_evaluators", POINTS)
    assert {verdict.status for verdict in check_evaluator("wrong:right")} == {"passed"}


def test_without_a_variant_all_are_checked(put: Put) -> None:
    """One wrong variant is enough to fail, and is named."""
    put("wrong_evaluators", POINTS)
    [verdict] = check_evaluator("wrong", only=["same-names"])
    assert "wrong:one name" in verdict.detail


@pytest.mark.parametrize("name", EVALUATORS)
def test_evaluators_of_adrbench_pass(name: str) -> None:
    """Every evaluator of adrbench passes every check in all its variants."""
    assert [(v.check, v.detail) for v in check_evaluator(name) if v.status != "passed"] == []


def test_what_is_asked_for_must_exist() -> None:
    """An unknown evaluator or variant, or any parameter, is an error before anything runs."""
    with pytest.raises(PluginError, match="did you mean 'exact'"):
        check_evaluator("exakt")
    with pytest.raises(PluginError, match="did you mean 'partial'"):
        check_evaluator("overlap:parcial")
    with pytest.raises(ConfigError, match="takes no parameters"):
        check_evaluator("exact", {"beta": 2})
