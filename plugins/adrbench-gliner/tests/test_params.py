"""Names that can mean no checkpoint."""

from __future__ import annotations

import pytest

from adrbench_gliner.params import GlinerParams


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


def test_the_default_needs_no_parameter() -> None:
    params = GlinerParams()
    assert params.epochs == 0
    # What is on the hub's main branch may change; a commit does not.
    assert len(params.revision or "") == 40
    assert GlinerParams(revision="main").revision == "main"
