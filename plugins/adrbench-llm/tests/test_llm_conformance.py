"""The plugin keeps the contract of a tagger: with a server, and replaying what was recorded, without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from endpoint_stub import EndpointStub

from adrbench.testing import TaggerConformance, check_tagger

pytestmark = pytest.mark.slow  # every check in a process


class TestLlm(TaggerConformance):
    """Every check of the kit."""

    name = "llm"
    stub: ClassVar[EndpointStub]

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _served(cls) -> Iterator[None]:
        # A loaded tagger takes its endpoint from the environment.
        with EndpointStub() as cls.stub, pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_BASE_URL", cls.stub.url)
            yield

    @classmethod
    def parameters(cls) -> Mapping[str, Any]:
        """Give the parameters."""
        return {"model": "stub", "base_url": cls.stub.url, "shots": 2, "retries": 0, "timeout": 10.0}


def test_the_kit_passes_in_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All checks but that of a loaded tagger, which has no responses to replay."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    params = {"model": "stub", "shots": 2, "retries": 0, "timeout": 10.0}
    with EndpointStub() as stub:
        first = check_tagger("llm", {**params, "base_url": stub.url}, responses=tmp_path / "responses")
    asked = len(stub.asked)
    again = check_tagger("llm", {**params, "base_url": stub.url, "concurrency": 1}, responses=tmp_path / "responses")
    assert {verdict.status for verdict in first} <= {"passed", "skipped"}
    others = {verdict.check: verdict.status for verdict in again if verdict.status != "passed"}
    # Without a server, it is not seen that a parameter such as the concurrency is used.
    assert others == {"save-and-load": "skipped", "parameters": "advice"}
    assert len(stub.asked) == asked
