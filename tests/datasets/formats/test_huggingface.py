"""Parquet of Hugging Face datasets: from folders in the hub's layouts, and from a hub of our own on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.api import CorpusError, Reading, Record, Span
from adrbench.datasets.formats.huggingface import Huggingface, HuggingfaceParams

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

NAMES = ["O", "B-ADR", "I-ADR"]
TOKENS = ["Severe", "dry", "mouth", "."]
ROW = {"id": "0", "tokens": TOKENS, "ner_tags": [0, 1, 2, 0]}
SPANS = (Span(7, 16, "ADR"),)
PLACES = ((0, 6), (7, 10), (11, 16), (17, 18))


def schema(names: list[str] | None = None, sequence: str = "Sequence") -> dict[bytes, bytes]:
    """The metadata that ``datasets`` writes: every column's feature."""
    tags: dict[str, Any] = {"dtype": "int64", "_type": "Value"}
    if names is not None:
        tags = {"names": names, "_type": "ClassLabel"}
    features = {
        "id": {"dtype": "string", "_type": "Value"},
        "tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": sequence},
        "ner_tags": {"feature": tags, "_type": sequence},
    }
    return {b"huggingface": json.dumps({"info": {"features": features}}).encode()}


def store(path: Path, *rows: dict[str, Any], metadata: dict[bytes, bytes] | None = None) -> Path:
    """Write rows as a parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(list(rows))
    pq.write_table(table.replace_schema_metadata(schema(NAMES) if metadata is None else metadata), path)
    return path


def read(path: Path | None, **params: Any) -> Reading:
    """Read a file or folder."""
    return Huggingface().load(HuggingfaceParams(**params), path, offline=True)


@pytest.mark.parametrize("sequence", ["Sequence", "List"])
def test_tags_are_read_by_the_names_of_the_schema(sequence: str, tmp_path: Path) -> None:
    """Tokens are joined by one space, and numbers mean what the schema says, in its old and its new spelling."""
    path = store(tmp_path / "train.parquet", ROW, metadata=schema(NAMES, sequence))
    found = read(path)
    assert found.records == (Record("train.0", "Severe dry mouth .", SPANS, "train.0", PLACES),)
    assert (found.origin, found.unit, found.ledger) == ("file train.parquet", "sentence", {})
    assert found.files == {"train.parquet": hashlib.sha256(path.read_bytes()).hexdigest()}


@pytest.mark.parametrize(
    ("paths", "config"),
    [
        (["train.parquet", "validation.parquet", "test.parquet"], ""),
        (["data/train-00000-of-00001.parquet", "data/dev-00000-of-00001-0a1b.parquet", "data/test.parquet"], ""),
        (["en/train/0000.parquet", "en/validation/0000.parquet", "en/test/0000.parquet"], "en"),
        (["en/train-00000-of-00001.parquet", "en/valid-00000-of-00001.parquet", "en/test-00000-of-00001.parquet"], ""),
        (["train/part-a.parquet", "devel/part-a.parquet", "test/part-a.parquet"], ""),
    ],
)  # fmt: skip
def test_layouts_of_the_hub(paths: list[str], config: str, tmp_path: Path) -> None:
    """Each layout gives the parts, in the order train, dev, test, ids told apart by the split."""
    for path in paths:
        store(tmp_path / path, ROW)
    if config:
        store(tmp_path / "fr/train/0000.parquet", ROW)
    found = read(tmp_path, config=config)
    assert [r.parts for r in found.records] == [("train",), ("dev",), ("test",)]
    assert sorted(found.files) == sorted(paths)
    assert len({r.id for r in found.records}) == 3
    assert found.origin == f"folder {tmp_path.name}"


def test_shards_are_one_split(tmp_path: Path) -> None:
    """Rows of several files of a split count on; a file that is missing is an error."""
    rows = [{k: v for k, v in ROW.items() if k != "id"}]
    for number in (0, 1):
        store(tmp_path / f"data/train-0000{number}-of-00002.parquet", *rows)
    assert [r.id for r in read(tmp_path).records] == ["train.0", "train.1"]
    (tmp_path / "data/train-00000-of-00002.parquet").unlink()
    with pytest.raises(CorpusError, match="1 of the 2 files of train are there"):
        read(tmp_path)


def test_files_of_no_part_are_counted(tmp_path: Path) -> None:
    """Beside files named after parts another one is left out and counted; on its own it is read."""
    store(tmp_path / "extra.parquet", ROW)
    assert [(r.id, r.parts) for r in read(tmp_path).records] == [("extra.0", ())]
    store(tmp_path / "train.parquet", ROW)
    found = read(tmp_path)
    assert [r.id for r in found.records] == ["train.0"]
    assert found.ledger == {"ignored files: not named train, dev or test": 1}


CARD = """---
license: cc0-1.0
dataset_info:
{info}
---
# A card
"""
ONE = """  features:
  - name: tokens
    sequence: string
  - name: ner_tags
    {key}:
      class_label:
        names:
          '0': O
          '1': B-ADR
          '2': I-ADR
"""


@pytest.mark.parametrize("key", ["sequence", "list"])
def test_names_from_a_card(key: str, tmp_path: Path) -> None:
    """Without names in the schema those at the head of README.md count, of the configuration that is read."""
    card = ONE.format(key=key)
    store(tmp_path / "train.parquet", ROW, metadata={})
    (tmp_path / "README.md").write_text(CARD.format(info=card), encoding="utf-8")
    assert read(tmp_path).records[0].spans == SPANS
    store(tmp_path / "en/train.parquet", ROW, metadata={})
    listed = "- config_name: fr\n  features: []\n- config_name: en\n" + card
    (tmp_path / "README.md").write_text(CARD.format(info=listed).replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert read(tmp_path, config="en").records[0].spans == SPANS


def test_names_from_dataset_info(tmp_path: Path) -> None:
    """A dataset_info.json names them too, for one configuration or for several."""
    store(tmp_path / "en/train.parquet", ROW, metadata=schema())
    info = json.loads(schema(NAMES)[b"huggingface"])["info"]
    for content in (info, {"fr": {}, "en": info}):
        (tmp_path / "dataset_info.json").write_text(json.dumps(content), encoding="utf-8")
        assert read(tmp_path).records[0].spans == SPANS


def test_names_that_are_given_or_needless(tmp_path: Path) -> None:
    """A parameter may name the numbers, and tags that are strings need no names; columns may be called otherwise."""
    path = store(tmp_path / "train.parquet", ROW, metadata={})
    with pytest.raises(CorpusError, match=r"train\.parquet: row 0: the tags are numbers, and neither"):
        read(path)
    assert read(path, names=("O", "B-X", "I-X")).records[0].spans == (Span(7, 16, "X"),)
    row = {"words": TOKENS, "tags": ["O", "B-ADR", "L-ADR", "U-SIGN"], "doc": 12}
    path = store(tmp_path / "test.parquet", row, metadata={})
    [record] = read(path, tokens="words", tags="tags", group="doc").records
    assert (record.spans, record.group) == ((*SPANS, Span(17, 18, "SIGN")), "12")


def test_repairs_are_counted(tmp_path: Path) -> None:
    """A continuation with nothing to continue begins a span, and empty tokens are left out: both are counted."""
    row = {"tokens": ["", "dry", "mouth", "itch"], "ner_tags": ["O", "I-ADR", "I-ADR", "I-SKIN"]}
    found = read(store(tmp_path / "train.parquet", row, metadata={}))
    assert [(r.text, r.spans) for r in found.records] == [("dry mouth itch", (Span(0, 9, "ADR"), Span(10, 14, "SKIN")))]
    assert found.ledger == {"empty tokens, left out": 1, "spans that began without a tag that begins one": 2}


@pytest.mark.parametrize("column", ["spans", "entities", "marks"])
def test_texts_with_spans(column: str, tmp_path: Path) -> None:
    """A text and a list of spans is read as well, and is a document."""
    row = {"text": "Severe dry mouth.", column: [{"start": 7, "end": 16, "label": "ADR"}]}
    path = store(tmp_path / "train.parquet", row, metadata={})
    found = read(path, spans="marks" if column == "marks" else "")
    assert found.records == (Record("train.0", "Severe dry mouth.", SPANS, "train.0"),)
    assert found.unit == "document"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": TOKENS, "ner_tags": [0, 3, 0, 0]}, "row 0: the tag 3, but there are names for 0 to 2"),
        ({"tokens": TOKENS, "ner_tags": [0, -1, 0, 0]}, "row 0: the tag -1, but"),
        ({"tokens": TOKENS, "ner_tags": [0, None, 0, 0]}, "row 0: the tag None is neither"),
        ({"tokens": TOKENS, "ner_tags": [0]}, "row 0: 1 tags for 4 tokens"),
        ({"tokens": TOKENS, "ner_tags": None}, "row 0: no list of tags for 4 tokens"),
        ({"tokens": ["a"], "ner_tags": ["ADR"]}, "row 0: tag 0 is 'ADR', not one of O, B-"),
        ({"tokens": [None], "ner_tags": ["O"]}, "row 0: the tokens are no list of strings"),
        ({"tokens": "a", "ner_tags": "O"}, "row 0: the tokens are no list of strings"),
        ({"tokens": TOKENS, "tags": [0]}, "no column ner_tags; the columns are tokens, tags"),
        ({"sentence": "a"}, "no column text, spans; the columns are sentence"),
        (
            {"text": "abc", "spans": [{"start": 0, "end": 4, "label": "X"}]},
            r"row 0: the span 0-4 \(X\) is empty or out",
        ),
        ({"text": "abc", "spans": [{"start": 0, "end": 3, "label": 1}]}, "row 0: the label of the span 0-3 is 1"),
        ({"text": None, "spans": []}, "row 0: 'text' is None, not a string"),
        ({"id": 1.5, "tokens": TOKENS, "ner_tags": [0, 0, 0, 0]}, "row 0: the id 1.5 is neither"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(row: dict[str, Any], message: str, tmp_path: Path) -> None:
    """A row that cannot be read gives an error with file and row."""
    path = store(tmp_path / "train.parquet", row)
    with pytest.raises(CorpusError, match=rf"train\.parquet: {message}"):
        read(path)


def test_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    """No place or two, no parquet, several configurations, ids that come again: each is said."""
    with pytest.raises(CorpusError, match="no path given"):
        read(None)
    with pytest.raises(CorpusError, match=r"both a path and params\.name"):
        read(tmp_path, name="acme/tiny")
    with pytest.raises(CorpusError, match="no file or folder"):
        read(tmp_path / "absent")
    with pytest.raises(CorpusError, match="no parquet file in it"):
        read(tmp_path)
    for config in ("en", "fr"):
        store(tmp_path / config / "train.parquet", ROW, ROW)
    with pytest.raises(CorpusError, match=r"several configurations, name one by params\.config: en, fr"):
        read(tmp_path)
    with pytest.raises(CorpusError, match=r"no configuration 'frr'; did you mean 'fr'\?"):
        read(tmp_path, config="frr")
    with pytest.raises(CorpusError, match=r"row 1: the id '0' stands at .*row 0 already"):
        read(tmp_path, config="en")
    assert [r.id for r in read(tmp_path, config="en", id="").records] == ["train.0", "train.1"]
    with pytest.raises(CorpusError, match="no column key"):
        read(tmp_path, config="en", id="key")
    strings = pa.array([], pa.list_(pa.string()))
    pq.write_table(pa.table({"tokens": strings, "ner_tags": strings}), tmp_path / "none.parquet")
    with pytest.raises(CorpusError, match="no row in it"):
        read(tmp_path / "none.parquet")


@pytest.mark.parametrize(
    "metadata", [b"{", b"[]", b'{"info": 3}', b'{"info": {"features": {"ner_tags": {"names": [1]}}}}', b"[" * 9999]
)
def test_metadata_that_says_nothing(metadata: bytes, tmp_path: Path) -> None:
    """A description of the columns that cannot be used is an error, never a guess."""
    path = store(tmp_path / "train.parquet", ROW, metadata={b"huggingface": metadata})
    with pytest.raises(CorpusError, match=r"train\.parquet"):
        read(path)


@pytest.mark.parametrize(
    "head", ["a: [", "dataset_info: 1", "? {", "dataset_info: {features: [{name: ner_tags, class_label: {names: x}}]}"]
)
def test_cards_that_say_nothing(head: str, tmp_path: Path) -> None:
    """A card that is no YAML, or names no tags, is an error that names it or asks for the names."""
    store(tmp_path / "train.parquet", ROW, metadata={})
    (tmp_path / "README.md").write_text(f"---\n{head}\n---\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"README\.md"):
        read(tmp_path)


@pytest.mark.parametrize("library", ["pyarrow", "huggingface_hub", "yaml"])
def test_a_library_that_is_not_installed(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its libraries the reader says what to install."""
    path = store(tmp_path / "train.parquet", ROW, metadata={})
    (tmp_path / "README.md").write_text(CARD.format(info=ONE.format(key="list")), encoding="utf-8")
    monkeypatch.setitem(sys.modules, library, None)
    given: tuple[Path | None, str] = (None, "acme/tiny") if library == "huggingface_hub" else (path, "")
    with pytest.raises(CorpusError, match=r'pip install "adrbench\[huggingface\]"'):
        read(given[0], name=given[1])


def test_no_option_is_without_effect(tmp_path: Path) -> None:
    """An option that means nothing for what is read is an error."""
    path = store(tmp_path / "train.parquet", {"tokens": ["a"], "ner_tags": ["O"]})
    text = store(tmp_path / "text.parquet", {"text": "a", "spans": []})
    with pytest.raises(CorpusError, match=r"both a path and params\.revision"):
        read(tmp_path, revision="main")
    with pytest.raises(CorpusError, match=r"params\.config \('en'\) is of folders"):
        read(path, config="en")
    with pytest.raises(CorpusError, match=r"row 0: params\.names is for tags that are numbers, and this one is 'O'"):
        read(path, names=("O",))
    with pytest.raises(CorpusError, match=r"params\.names is for tags, and a text with spans has none"):
        read(text, names=("O",))
    with pytest.raises(CorpusError, match="no column body"):
        read(path, text="body")


@pytest.mark.parametrize("seed", [874, 2264])
def test_metadata_that_end_pyarrow_are_refused(seed: int, tmp_path: Path) -> None:
    """Level histograms of another length than they should have make pyarrow 26 end its process."""
    table = pa.table({"id": [str(i) for i in range(20)], "tokens": [["a", "b"]] * 20, "ner_tags": [[0, 1]] * 20})
    path = tmp_path / "train.parquet"
    pq.write_table(table, path)
    damaged = bytearray(path.read_bytes())
    metadata = int.from_bytes(damaged[-8:-4], "little")
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 4)):
        damaged[draw.randrange(len(damaged) - 8 - metadata, len(damaged))] = draw.randrange(256)
    path.write_bytes(bytes(damaged))
    with pytest.raises(CorpusError, match="cannot be read as parquet"):
        read(path)


@cache
def sample() -> bytes:
    """The bytes of a small file."""
    with TemporaryDirectory() as folder:
        return store(Path(folder) / "x.parquet", *[{**ROW, "id": str(n)} for n in range(20)]).read_bytes()


@settings(max_examples=15, deadline=None)  # each is read in a process
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    """Any bytes, a file cut short, and one with bytes changed anywhere give a reading or a CorpusError."""
    whole = sample()
    content = data.draw(st.binary(max_size=40))
    kind = data.draw(st.sampled_from(["any", "cut", "changed"]))
    if kind == "cut":
        content = whole[: data.draw(st.integers(0, len(whole)))]
    elif kind == "changed":
        damaged = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        content = bytes(damaged)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "train.parquet"
        path.write_bytes(content)
        with suppress(CorpusError):
            assert read(path).records


class Hub:
    """A server that answers what the hub's client asks of datasets: files by dataset and branch, a branch a commit."""

    def __init__(self, branches: dict[str, dict[str, dict[str, bytes]]]) -> None:
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> tuple[int, bytes, str]:
                path = self.path.partition("?")[0].strip("/").replace("%2F", "/")
                for name, revisions in branches.items():
                    for revision, files in revisions.items():
                        commit = hashlib.sha1(f"{name} {revision}".encode(), usedforsecurity=False).hexdigest()
                        for called in (revision, commit):
                            if path == f"api/datasets/{name}/revision/{called}":
                                siblings = [{"rfilename": file} for file in files]
                                return (
                                    200,
                                    json.dumps({"id": name, "sha": commit, "siblings": siblings}).encode(),
                                    commit,
                                )
                            if path == f"api/datasets/{name}/tree/{called}":
                                rows = [
                                    {"type": "file", "path": f, "size": len(b), "oid": sha1(b)}
                                    for f, b in files.items()
                                ]
                                return 200, json.dumps(rows).encode(), commit
                            file = path.removeprefix(f"datasets/{name}/resolve/{called}/")
                            if file in files:
                                return 200, files[file], commit
                return 404, b"", ""

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                hub.asked.append(self.path)
                code, body, commit = self.answer()
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Repo-Commit", commit)
                self.send_header("ETag", f'"{sha1(body)}"')
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


def sha1(body: bytes) -> str:
    """The hash by which the hub knows a file."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub with a dataset beside a script, one of a script, which the hub converted, and one of two configurations."""
    body = store(tmp_path / "x.parquet", ROW).read_bytes()
    script = {"tiny.py": b"raise SystemExit"}
    serving = Hub(
        {
            "acme/tiny": {"main": script | {"data/train-00000-of-00001.parquet": body, "data/test.parquet": body}},
            "acme/script": {"main": script, "refs/convert/parquet": {"default/train/0000.parquet": body}},
            "acme/many": {"main": {"en/train/0000.parquet": body, "fr/train/0000.parquet": body}},
        }
    )
    yield serving
    serving.server.shutdown()
    serving.server.server_close()


# In a process of its own, since the hub's client reads its endpoint once, when it is imported.
LOAD = """
import sys, json
from adrbench.api import CorpusError
from adrbench.datasets.formats.huggingface import Huggingface, HuggingfaceParams
for name, params, offline in json.loads(sys.argv[1]):
    try:
        reading = Huggingface().load(HuggingfaceParams(name=name, **params), None, offline)
        origin, _, commit = reading.origin.partition(" at ")
        # The version of the corpus, which results keep, is the commit.
        assert reading.info.version == commit and len(commit) == 40, reading.info.version
        print([record.id for record in reading.records], origin, *reading.files)
    except CorpusError as error:
        print(type(error).__name__, error)
"""


def load(endpoint: str, home: Path, *wanted: tuple[str, dict[str, str], bool]) -> list[str]:
    """What loading datasets by name prints, a line each."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    kept |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1"}
    kept |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOAD, json.dumps(wanted)],
        capture_output=True,
        text=True,
        env=kept,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_dataset_comes_from_the_hub_once(hub: Hub, tmp_path: Path) -> None:
    """A dataset is fetched, no script with it, then found in the cache offline; what cannot be had is missing."""
    home = tmp_path / "home"
    fetched, cached, converted, many, one, unknown, branch, wrong = load(
        hub.endpoint,
        home,
        ("acme/tiny", {}, False),
        ("acme/tiny", {}, True),
        ("acme/script", {}, False),
        ("acme/many", {}, False),
        ("acme/many", {"config": "fr"}, False),
        ("acme/unknown", {}, False),
        ("acme/tiny", {"revision": "other"}, False),
        ("not a name", {}, False),
    )
    assert fetched == "['train.0', 'test.0'] hub acme/tiny data/train-00000-of-00001.parquet data/test.parquet"
    assert cached == fetched
    assert converted == "['train.0'] hub acme/script default/train/0000.parquet"
    assert many == "CorpusError acme/many at main: several configurations, name one by params.config: en, fr"
    assert one == "['train.0'] hub acme/many fr/train/0000.parquet"
    assert unknown.startswith("CorpusMissing acme/unknown: not in the hub's local cache (RepositoryNotFoundError")
    assert branch.startswith("CorpusMissing acme/tiny: not in the hub's local cache (")
    assert wrong == "CorpusError params.name: 'not a name' is no name of the hub, as owner/dataset"
    assert not any("resolve" in path and (".py" in path or "/en/" in path) for path in hub.asked)
    hub.server.shutdown()
    hub.server.server_close()
    gone, offline = load(hub.endpoint, home, ("acme/tiny", {}, False), ("acme/new", {}, True))
    assert gone == fetched
    assert offline.startswith(
        "CorpusMissing acme/new: not in the hub's local cache, and --offline forbids the download"
    )


def test_a_parquet_file_that_would_fill_the_memory(tmp_path: Path) -> None:
    """One value of a megabyte, four thousand times: a few kB on disk, 4 GB in memory."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), pa.array(["x" * 10**6]))
    spans = pa.array([[]] * 4000, pa.list_(pa.list_(pa.int32())))
    pq.write_table(pa.table({"text": text, "spans": spans}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    with pytest.raises(CorpusError, match=r"a\.parquet: .* ADRBENCH_MAX_UNPACKED_RATIO allows 200; set that variable"):
        read(tmp_path / "a.parquet")


def test_a_parquet_file_of_repeated_tags(tmp_path: Path) -> None:
    """A list of as many tags as it likes is a few bytes on disk; the file's own count refuses it."""
    tags = pa.array([["O"] * 20_000_000], pa.list_(pa.dictionary(pa.int32(), pa.string())))
    pq.write_table(pa.table({"tokens": tags, "ner_tags": tags}), tmp_path / "a.parquet", compression="zstd")
    with pytest.raises(CorpusError, match="ADRBENCH_MAX_UNPACKED_RATIO"):
        read(tmp_path / "a.parquet")
