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

# In a process of its own, since the hub's client reads its endpoint once, when it is imported.
FIT = """
import os, urllib.request
from pathlib import Path
from adrbench.api import Annotated, Context, Document, Span, Unavailable
from adrbench_transformer.plugin import TransformerParams
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


def test_weights_come_from_the_hub_once(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A model is fetched, no pickle with it, then found in the cache offline; an unknown one is unavailable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    home = str(tmp_path_factory.mktemp("home"))
    kept |= {"HF_ENDPOINT": hub.endpoint, "HF_HOME": home, "NO_PROXY": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, env=kept, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    fetched, cached, unknown = done.stdout.splitlines()
    assert int(fetched) > 1000
    assert cached == fetched
    assert unknown.startswith("unavailable: acme/unknown at main: RepositoryNotFoundError")
    first = hub.asked.index("/?fitted")
    assert any("resolve" in path and "model.safetensors" in path for path in hub.asked[:first])
    assert not any(".bin" in path for path in hub.asked)
    assert hub.asked[first + 1] == "/?fitted"
