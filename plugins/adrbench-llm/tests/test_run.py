"""The tagger in a benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from endpoint_stub import EndpointStub

import adrbench
from adrbench.errors import ConfigError
from adrbench.results.store import Store

BENCHMARK = """
[benchmark]
name = "prompted"

[[datasets]]
use = "adr-mini"

[[splits]]
kind = "grouped"
test = 0.4

[[taggers]]
id = "prompted"
use = "llm"
params = { model = "MODEL", base_url = "${LLM_URL}", retries = 0 }
"""


@pytest.fixture
def stub() -> Iterator[EndpointStub]:
    with EndpointStub() as stub:
        yield stub


@pytest.fixture
def file(tmp_path: Path, stub: EndpointStub, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_URL", stub.url)
    file = tmp_path / "prompted.toml"
    file.write_text(BENCHMARK)
    return file


def test_another_model_is_another_cell(
    file: Path, stub: EndpointStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same model at another address is not."""
    folder = tmp_path / "results"
    for model in ("one", "two"):
        file.write_text(BENCHMARK.replace("MODEL", model))
        adrbench.run(file, results=folder, limit=20)
    asked = len(stub.asked)
    cells = [Store(folder).read_cell(key) for key in Store(folder).cell_keys()]
    assert {cell.params["model"] for cell in cells if cell} == {"one", "two"}
    assert {request.body["model"] for request in stub.asked} == {"one", "two"}
    monkeypatch.setenv("LLM_URL", "http://127.0.0.1:9/v1")
    adrbench.run(file, results=folder, limit=20)
    assert len(stub.asked) == asked


def test_texts_go_to_another_machine_only_if_the_file_says_so(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything runs."""
    monkeypatch.setenv("LLM_URL", "https://llm.example.org/v1")
    with pytest.raises(ConfigError, match="allow_external"):
        adrbench.run(file, results=tmp_path / "results")
