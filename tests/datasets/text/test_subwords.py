"""Subwords are counted as the vocabulary has them, wherever it comes from."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adrbench.datasets.text._subwords import count_subwords
from adrbench.errors import CorpusError

tokenizers = pytest.importorskip("tokenizers")

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "rash", "after", "ibu", "##pro", "##fen", "a", "##b", "."]
# BERT drops what is no character: half a surrogate has no subword.
TEXTS = [["rash", "after", "ibuprofen", "."], [], ["Rash", "\ud800"]]


def wordpiece(folder: Path, *more: str, **config: object) -> Path:
    """A WordPiece vocabulary of these pieces, with or without a configuration beside it."""
    (folder / "vocab.txt").write_text("\n".join([*PIECES, *more, ""]), encoding="utf-8")
    if config:
        (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder / "vocab.txt"


@pytest.fixture
def fast(tmp_path: Path) -> Path:
    """A tokenizer.json that cuts and pads what it is given, and puts special tokens around it."""
    tokenizer = tokenizers.BertWordPieceTokenizer(str(wordpiece(tmp_path)), lowercase=False)
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=20)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def test_subwords_are_counted_without_special_tokens(fast: Path) -> None:
    """Neither what stands around the words nor a vocabulary's own truncation and padding changes a count."""
    counts, name = count_subwords(TEXTS, "tokenizer.json", fast.parent)
    assert counts == [6, 0, 1]
    assert name == f"tokenizer.json (tokenizer.json, sha256 {hashlib.sha256(fast.read_bytes()).hexdigest()})"


def test_a_folder_gives_its_tokenizer_or_its_pieces(fast: Path) -> None:
    """The whole tokeniser is preferred to the list of its pieces; either counts the same."""
    folder = fast.parent
    counts, name = count_subwords(TEXTS, str(folder), Path("/nowhere"))
    assert name.startswith(f"{folder.name} (tokenizer.json")
    fast.unlink()
    assert count_subwords(TEXTS, folder.name, folder.parent)[0] == counts


@pytest.mark.parametrize(
    ("more", "config", "count"),
    [
        ((), {}, 3),
        (("R",), {}, 1),
        (("R",), {"do_lower_case": True}, 3),
        ((), {"do_lower_case": False}, 1),
    ],
    ids=["no capital piece", "a capital piece", "said to be small", "said to be cased"],
)
def test_pieces_are_of_small_letters_if_said_so_or_seen(
    tmp_path: Path, more: tuple[str, ...], config: dict[str, object], count: int
) -> None:
    """``IbuProFen`` is three pieces where case is dropped, one unknown where it is not."""
    file = wordpiece(tmp_path, *more, **config)
    counts, name = count_subwords([["IbuProFen"]], str(file), tmp_path)
    assert counts == [count]
    assert ("small letters" in name) == (count == 3)


def test_words_of_a_byte_vocabulary_stand_after_a_space(tmp_path: Path) -> None:
    """As in running text, where such vocabularies have pieces that begin with one."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        show_progress=False, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([" rash rash rash"], trainer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert count_subwords([["rash", "rash"]], "tokenizer.json", tmp_path)[0] == [2]


def test_a_package_is_looked_into_without_importing_it(
    fast: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vocabularies travel in packages whose import would load a whole framework."""
    place = tmp_path_factory.mktemp("site")
    model = place / "packaged_vocabulary" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").write_text("raise RuntimeError")
    (model / "tokenizer.json").write_bytes(fast.read_bytes())
    monkeypatch.syspath_prepend(place)
    counts, name = count_subwords(TEXTS, "package:packaged_vocabulary/model", Path())
    assert counts == [6, 0, 1]
    assert name.startswith("package:packaged_vocabulary/model (tokenizer.json")


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ("./nowhere", "no such file or folder"),
        ("nowhere.json", "no such file or folder"),
        ("neither path nor name", "no such file or folder"),
        (".", "holds no tokenizer.json and no vocab.txt"),
        ("bad.json", "no vocabulary that the tokenizers library can read"),
        ("bad.txt", r"no line is \[UNK\]"),
        ("latin.txt", "no vocabulary that the tokenizers library can read"),
        ("package:no_such_package/model", "no package no_such_package is installed"),
        ("package:os.path/model", "no package os.path is installed"),
        ("package:adrbench/nowhere", "holds no tokenizer.json"),
        ("acme/unknown", "and offline"),
    ],
)
def test_what_is_no_vocabulary_is_said_to_be_none(tmp_path: Path, vocabulary: str, message: str) -> None:
    """The message says what was looked for, and where."""
    (tmp_path / "bad.json").write_text("{}")
    (tmp_path / "bad.txt").write_text("rash\n")
    (tmp_path / "latin.txt").write_bytes(b"\xff\n[UNK]\n")
    with pytest.raises(CorpusError, match=message):
        count_subwords(TEXTS, vocabulary, tmp_path, offline=True)


def test_without_the_library_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is an optional dependency."""
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(CorpusError, match=r"pip install 'adrbench\[subwords\]'"):
        count_subwords(TEXTS, str(tmp_path), tmp_path)


# In a process of its own, since the hub's client reads its endpoint once, when it is imported.
COUNT = """
import sys
from pathlib import Path
from adrbench.errors import CorpusError
from adrbench.datasets.text._subwords import count_subwords
for name in sys.argv[1:]:
    try:
        print(*count_subwords([["rash", "ibuprofen"]], name, Path()))
    except CorpusError as error:
        print("error:", error)
"""


@pytest.fixture
def hub(fast: Path) -> Iterator[str]:
    """A hub with two repositories: ``acme/fast`` holds a tokenizer.json, ``acme/pieces`` only a vocab.txt."""
    files = {
        "/acme/fast/resolve/main/tokenizer.json": fast.read_bytes(),
        "/acme/pieces/resolve/main/vocab.txt": fast.with_name("vocab.txt").read_bytes(),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            body = files.get(self.path, b"")
            known = any(name.startswith(self.path.partition("/resolve")[0]) for name in files)
            self.send_response(200 if body or self.path == "/" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", "a" * 40)
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            if not body:
                self.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_vocabulary_comes_from_the_hub_once(hub: str, tmp_path: Path) -> None:
    """It is fetched, then found in the cache when the hub is gone; what the hub does not have is an error."""

    def count(endpoint: str, *names: str, **settings: str) -> list[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
        kept |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), "NO_PROXY": "127.0.0.1"} | settings
        done = subprocess.run(
            [sys.executable, "-c", COUNT, *names], capture_output=True, text=True, env=kept, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    fetched = count(hub, "acme/fast", "acme/pieces", "acme/unknown")
    assert [line.partition(", sha256")[0] for line in fetched[:2]] == [
        "[4] acme/fast (tokenizer.json",
        "[4] acme/pieces (vocab.txt, small letters",
    ]
    assert fetched[2].startswith("error: the vocabulary acme/unknown")
    gone = "http://127.0.0.1:9"
    *cached, unreachable = count(gone, "acme/fast", "acme/pieces", "acme/unknown")
    assert cached == fetched[:2]
    assert f"{gone} cannot be reached" in unreachable
    assert "and offline" in count(gone, "acme/unknown", HF_HUB_OFFLINE="1")[0]
