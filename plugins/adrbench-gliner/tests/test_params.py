"""Names that can mean no checkpoint."""

from __future__ import annotations

import pytest

from adrbench.plugins import parameters
from adrbench_gliner.candidates import FLOOR
from adrbench_gliner.params import GlinerParams
from adrbench_gliner.plugin import plugin


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"model": "minilm"}, "a preset of the transformer tagger"),
        ({"model": "somebody/gliner2-large"}, r"needs a revision, best a commit, so that it stays the same$"),
        ({"model": "/some/folder", "revision": "main"}, "leave revision out"),
    ],
)
def test_a_name_that_cannot_be_meant_is_refused(params: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        GlinerParams(**params)  # type: ignore[arg-type]


@pytest.mark.parametrize("threshold", [0, 0.04, 1.0])
def test_a_threshold_below_the_least_score_is_refused(threshold: float) -> None:
    """Stretches with a lower score than the least threshold are never kept."""
    checked, problems = parameters.check(plugin.params, {"threshold": threshold})
    assert checked is None
    assert any("0.05" in problem or "less than 1" in problem for _, problem in problems)
    assert parameters.check(plugin.params, {"threshold": FLOOR})[1] == []


def test_the_default_needs_no_parameter() -> None:
    params = GlinerParams()
    assert params.epochs == 0
    # What is on the hub's main branch may change; a commit does not.
    assert len(params.revision or "") == 40
    assert GlinerParams(revision="main").revision == "main"
