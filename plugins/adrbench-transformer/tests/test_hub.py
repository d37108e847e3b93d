"""Weights come from the hub when they are not at hand: shown against a hub of our own on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMIT = "a" * 40

FIT = """
import sys
from pathlib import Path
from adrbench.api import Annotated, Context, Document, Span, Unavailable
from adrbench_transformer.plugin import TransformerParams
from adrbench_transformer.tagger import TransformerTagger
text = "He had nausea ."
document = Document("d", text, ((0, 2), (3, 6), (7, 13), (14, 15)), "g")
tagger = TransformerTagger(TransformerParams(model=sys.argv[1], revision=sys.argv[2], epochs=1))
try:
    train = [Annotated(document, (Span(7, 13, "ADR"),))]
    tagger.fit(train, Context(1, ("ADR",), Path("."), offline=sys.argv[3] == "offline"))
except Unavailable as reason:
    sys.exit(f"unavailable: {reason}")
print(tagger.facts()["parameters"])
"""


class Hub:
    """A server that answers what the hub's client asks of one repository, ``acme/tiny``."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> tuple[int, bytes]:
                parts = self.path.partition("?")[0].strip("/").split("/")
                if parts == [""]:
                    return 200, b""
                if parts[:4] == ["api", "models", "acme", "tiny"]:
                    if parts[4] == "revision":
                        siblings = [{"rfilename": name} for name in files]
                        return 200, json.dumps({"id": "acme/tiny", "sha": COMMIT, "siblings": siblings}).encode()
                    rows = [{"type": "file", "path": n, "size": len(b), "oid": _sha1(b)} for n, b in files.items()]
                    return 200, json.dumps(rows).encode()
                if parts[:3] == ["acme", "tiny", "resolve"] and parts[-1] in files:
                    return 200, files[parts[-1]]
                return 404, b""

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                hub.asked.append(self.path)
                code, body = self.answer()
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{_sha1(body)}"')
                if code == 404:
                    self.send_header("X-Error-Code", "RepoNotFound")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def _sha1(body: bytes) -> str:
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


@pytest.fixture
def hub(checkpoint: Callable[[str], Path], tmp_path: Path) -> Iterator[Hub]:
    """A hub that holds a tiny BERT, with a pickle beside it."""
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")
    for path in checkpoint("bert-cased").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    serving = Hub(tmp_path)
    yield serving
    serving.server.shutdown()
    serving.server.server_close()


def fit(hub: Hub, home: Path, model: str, revision: str, network: str = "online") -> subprocess.CompletedProcess[str]:
    """Fit in a process of its own: the hub's client reads its endpoint once, when it is imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    kept |= {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", FIT, model, revision, network]
    return subprocess.run(command, capture_output=True, text=True, env=kept, timeout=60, check=False)


def test_weights_come_from_the_hub_once(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A pinned model is fetched, no pickle with it, and found in the cache afterwards, even offline."""
    home = tmp_path_factory.mktemp("home")
    first = fit(hub, home, "acme/tiny", "main")
    assert (first.returncode, first.stderr) == (0, "")
    assert int(first.stdout) > 1000
    assert any("resolve" in path and "model.safetensors" in path for path in hub.asked)
    assert not any(".bin" in path for path in hub.asked)
    hub.asked.clear()
    assert fit(hub, home, "acme/tiny", "main", "offline").stdout == first.stdout
    assert hub.asked == []


def test_an_unknown_model_is_unavailable(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A name that the hub does not know makes the cell skipped, with the hub's reason."""
    done = fit(hub, tmp_path_factory.mktemp("home"), "acme/unknown", "main")
    assert done.returncode == 1
    assert done.stderr.startswith("unavailable: acme/unknown at main: RepositoryNotFoundError")
