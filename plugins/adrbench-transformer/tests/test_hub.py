"""Weights come from the hub when they are not at hand: shown against a hub of our own on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

pytestmark = pytest.mark.slow  # networks are made, in processes

COMMIT = "a" * 40

# In a process of its own, since the hub's client reads its endpoint once, when it is imported.
FIT = """
import os, urllib.request
from pathlib import Path
from adrbench.api import Annotated, Context, Document, Span, Unavailable
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.tagger import TransformerTagger
train = [Annotated(Document("d", "He had nausea .", ((0, 2), (3, 6), (7, 13), (14, 15)), "g"), (Span(7, 13, "ADR"),))]
for model, offline in (("acme/tiny", False), ("acme/tiny", True), ("acme/unknown", False)):
    tagger = TransformerTagger(TransformerParams(model=model, revision="main", epochs=1))
    try:
        tagger.fit(train, Context(1, ("ADR",), Path("."), offline=offline))
        print(tagger.facts()["parameters"])
    except Unavailable as reason:
        print("unavailable:", reason)
    urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/?fitted")
"""


# What the hub has instead of a model: a status to every question, or silence from some point on.
REFUSALS = {
    "s401": "answers 401 (HfHubHTTPError): no such model, or one that needs a token",
    "s403": "answers 403 (HfHubHTTPError): access to it is not granted",
    "gated": "answers 403 (GatedRepoError): access to it is not granted",
    "s404": "answers 404 (RepositoryNotFoundError): no such model or revision",
    "s429": "answers 429",
    "s500": "answers 500",
    "s503": "answers 503",
    "garbage": "JSONDecodeError",
    "silent": "broke off, or was silent for",
    "stalls": "broke off, or was silent for",
    "closes": "broke off, or was silent for",
}
REFUSED = """
import os, sys, urllib.request
from pathlib import Path
from adrbench.api import Context, Unavailable
import adrbench_transformer.hub
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.tagger import TransformerTagger
adrbench_transformer.hub.SILENCE_SECONDS = 0.5
asked = [(name, revision) for revision in ("main", "0" * 40) for name in sys.argv[1:]]
for name, revision in [*asked, ("tiny", "v9")]:
    tagger = TransformerTagger(TransformerParams(model="acme/" + name, revision=revision))
    try:
        tagger.fit([], Context(1, ("ADR",), Path(".")))
    except Unavailable as reason:
        print(reason)
"""

PICKLED = f"""
import sys
from pathlib import Path
from adrbench.api import Context, Unavailable
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.presets import PRESETS, Preset
from adrbench_transformer.checkpoints import fetch, load_model, load_tokenizer
PRESETS["pickled"] = Preset("acme/tiny", "{COMMIT}", pickled=True)
for offline in (False, True):
    try:
        folder = fetch(TransformerParams(model="pickled"), offline=offline)
        model = load_model(folder, ("O", "B-ADR"), load_tokenizer(folder))
        print(float(model.get_input_embeddings().weight.sum()))
    except Unavailable as reason:
        print("unavailable:", reason)
"""


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


class Hub:
    """A server that answers what the hub's client asks of ``acme/tiny``, and is at fault for every other name."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.closing = threading.Event()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> tuple[int, bytes]:
                parts = self.path.partition("?")[0].strip("/").split("/")
                if parts == [""]:
                    return 200, b""
                if parts[:4] == ["api", "models", "acme", "tiny"]:
                    if parts[5] not in {"main", COMMIT}:
                        return 404, b"RevisionNotFound"
                    if parts[4] == "revision":
                        siblings = [{"rfilename": name} for name in files]
                        return 200, json.dumps({"id": "acme/tiny", "sha": COMMIT, "siblings": siblings}).encode()
                    rows = [{"type": "file", "path": n, "size": len(b), "oid": _sha1(b)} for n, b in files.items()]
                    return 200, json.dumps(rows).encode()
                if parts[:3] == ["acme", "tiny", "resolve"] and parts[-1] in files:
                    return 200, files[parts[-1]]
                return 404, b"RepoNotFound"

            def fault(self) -> str | None:
                """Which of the faults this question meets; the last three spoil the files only."""
                parts = self.path.partition("?")[0].strip("/").split("/")
                name = next((name for name in REFUSALS if name in parts), None)
                self.path = self.path.replace(f"acme/{name}/", "acme/tiny/").replace("0" * 40, COMMIT)
                late = name in {"stalls", "closes"} and not parts[-1].endswith(".safetensors")
                return None if late or (name in {"stalls", "closes"} and self.command == "HEAD") else name

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                hub.asked.append(f"{self.command} {self.path}")
                fault = self.fault()
                code, body = self.answer()
                error = body.decode() if code == 404 else ""
                if fault == "silent":
                    hub.closing.wait()
                    return
                if fault == "gated":
                    code, body, error = 403, b"", "GatedRepo"
                elif fault == "garbage":
                    body = b"<html>"
                elif fault is not None and fault.startswith("s") and fault[1:].isdigit():
                    code, body = int(fault[1:]), b""
                    error = "RepoNotFound" if code == 404 else ""
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{_sha1(body)}"')
                if error:
                    self.send_header("X-Error-Code", error)
                if code in {429, 503}:
                    self.send_header("Retry-After", "300")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body if fault not in {"stalls", "closes"} else b"")
                    if fault == "stalls":
                        self.wfile.flush()
                        hub.closing.wait()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def _sha1(body: bytes) -> str:
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


@contextmanager
def _serving(folder: Path) -> Iterator[Hub]:
    serving = Hub(folder)
    yield serving
    serving.closing.set()
    serving.server.shutdown()
    serving.server.server_close()


@pytest.fixture
def hub(checkpoint: Callable[[str], Path], tmp_path: Path) -> Iterator[Hub]:
    """A hub that holds a tiny BERT, with a pickle beside it."""
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")
    for path in checkpoint("bert-cased").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with _serving(tmp_path) as serving:
        yield serving


@pytest.fixture
def embeddings(checkpoint: Callable[[str], Path], tmp_path: Path) -> float:
    """The sum of the embeddings of a tiny BERT, whose weights lie in a pickle of the old form in ``tmp_path``."""
    for path in checkpoint("bert-cased").iterdir():
        if path.name != "model.safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = load_file(checkpoint("bert-cased") / "model.safetensors")
    torch.save(weights, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    return float(next(tensor for name, tensor in weights.items() if "word_embeddings" in name).sum())


def _ask(hub: Hub, code: str, home: Path, *names: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    kept |= {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *names]
    return subprocess.run(command, capture_output=True, text=True, env=kept, check=False, timeout=120)


def test_weights_come_from_the_hub_once(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A model is fetched, no pickle with it, then found in the cache offline; an unknown one is unavailable."""
    done = _ask(hub, FIT, tmp_path_factory.mktemp("home"))
    assert (done.returncode, done.stderr) == (0, "")
    fetched, cached, unknown = done.stdout.splitlines()
    assert int(fetched) > 1000
    assert cached == fetched
    assert unknown.startswith(
        f"unavailable: acme/unknown at main: {hub.endpoint} answers 404 (RepositoryNotFoundError)"
    )
    first = hub.asked.index("GET /?fitted")
    assert any("resolve" in path and "model.safetensors" in path for path in hub.asked[:first])
    assert not any(".bin" in path for path in hub.asked)
    assert hub.asked[first + 1] == "GET /?fitted"


def test_a_pickle_of_a_pinned_preset_is_read_once(
    embeddings: float, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its tensors are the model's, and lie in the cache as safetensors afterwards."""
    home = tmp_path_factory.mktemp("home")
    with _serving(tmp_path) as serving:
        done = _ask(serving, PICKLED, home)
    assert done.returncode == 0, done.stderr
    assert [float(line) for line in done.stdout.splitlines()] == pytest.approx([embeddings] * 2, rel=1e-5)
    assert list(home.rglob("model.safetensors"))
    assert not list(home.rglob("*.part"))


def test_a_pickle_that_does_something_is_refused(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is called for, beside the making of tensors, is not called."""
    made = tmp_path_factory.mktemp("made") / "by the pickle"
    (tmp_path / "config.json").write_text("{}")
    torch.save({"weight": Evil(made)}, tmp_path / "pytorch_model.bin")
    with _serving(tmp_path) as serving:
        done = _ask(serving, PICKLED, tmp_path_factory.mktemp("home"))
    assert done.returncode == 0, done.stderr
    first, _ = done.stdout.splitlines()
    assert first.startswith(f"unavailable: acme/tiny at {COMMIT}: ")
    assert "UnpicklingError" in first
    assert not made.exists()


def test_a_hub_that_does_not_give_is_a_reason_at_once(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every refusal, fault and silence of the hub is told in a line, and no question is asked again."""
    done = _ask(hub, REFUSED, tmp_path_factory.mktemp("home"), *REFUSALS)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    for number, revision in enumerate(("main", "0" * 40)):
        for (name, reason), line in zip(REFUSALS.items(), told[number * len(REFUSALS) :], strict=False):
            assert line.startswith(f"acme/{name} at {revision}: ")
            assert reason in line
    wrong = f"acme/tiny at v9: {hub.endpoint} answers 404 (RevisionNotFoundError): no such model or revision"
    assert told[2 * len(REFUSALS) :] == [wrong]
    questions = [question for question in hub.asked if "/api/models/" in question or "/resolve/" in question]
    assert len(questions) == len(set(questions)) > 2 * len(REFUSALS)
