"""A benchmark file to start from: what `adrbench init` recognises, says and writes."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, adrbench
from hypothesis import given
from hypothesis import strategies as st

import adrbench as package
from adrbench.config import DatasetEntry
from adrbench.config.draft import Draft, families, quoted
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry

IDS = ["dictionary", "crf", "bilstm-crf", "minilm"]


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of brat files."""
    folder = tmp_path_factory.mktemp("corpora")
    assert adrbench("data", "convert", "adr-mini", str(folder / "posts"), "--to", "brat").returncode == 0
    return folder / "posts"


def lines(folder: Path, name: str, records: Sequence[dict[str, Any]]) -> Path:
    """A corpus in JSON lines."""
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return folder / name


def record(
    number: int, label: str = "ADR", text: str = "It gave me a bad headache today.", **more: Any
) -> dict[str, Any]:
    """A document with a mention."""
    start = text.index("headache")
    span = {"start": start, "end": start + 8, "label": label}
    return {"id": f"d{number}", "text": f"{text} {number}", "spans": [span], **more}


def init(*arguments: str | Path, folder: Path) -> Done:
    """Run the command in a folder."""
    return adrbench("init", *map(str, arguments), environment={"COLUMNS": "80"}, folder=folder)


def test_a_folder_of_brat_files_becomes_a_benchmark_that_runs(posts: Path, tmp_path: Path) -> None:
    """Ledger, ceiling, overlap, and the next command with its time are said; that command works as it stands."""
    shutil.copytree(posts, tmp_path / "posts")
    done = init("posts", "--words", "nltk", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for said in (
        "read as brat (",
        "828 documents",
        "ceiling: P ",
        "split random, 5 folds: ",
        "wrote posts.toml, a benchmark of 20 cells",
        "next: adrbench run posts.toml",
        "it takes ",
        "by declared times (20)",
    ):
        assert said in done.stdout
    raw = tomllib.loads((tmp_path / "posts.toml").read_text())
    assert raw["datasets"][0]["path"] == "posts"
    assert raw["datasets"][0]["labels"] == ["ADR", "DRUG"]
    assert [tagger["id"] for tagger in raw["taggers"]] == IDS
    assert raw["limits"]["timeout"] == "2h"
    ran = adrbench("run", "posts.toml", "--only", "dictionary", "--limit", "100", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "5 ok" in ran.stdout


def test_sources_make_a_grouped_split(posts: Path, tmp_path: Path) -> None:
    """The ids of these documents begin with their source."""
    done = init(posts, "--group", r"^[a-z]+-\d+", "--label", "ADR", "--name", "mine", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    raw = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert [(split["kind"], split["folds"]) for split in raw["splits"]] == [("random", 5), ("grouped", 5)]
    assert raw["datasets"][0]["labels"] == ["ADR"]
    assert raw["datasets"][0]["path"] == str(posts)
    assert "a text of the same group in the training part" in done.stdout
    assert "40 cells" in done.stdout


def test_parts_of_a_corpus_are_its_split(tmp_path: Path) -> None:
    """With a development part it is held out. Without a test part the documents are divided."""
    parts = {"train": range(12), "dev": range(12, 16), "test": range(16, 20)}
    records = [record(number, part=part) for part, numbers in parts.items() for number in numbers]
    package.init(lines(tmp_path, "parts.jsonl", records), tmp_path / "parts.toml")
    [split] = tomllib.loads((tmp_path / "parts.toml").read_text())["splits"]
    assert split == {"kind": "provided", "development": "holdout"}
    started = package.init(lines(tmp_path, "half.jsonl", records[:16]), tmp_path / "half.toml")
    assert list(started.splits) == ["random"]


def test_few_documents_are_divided_by_sentences(tmp_path: Path) -> None:
    """Two long texts have sentences enough; a single sentence has not."""
    text = " ".join(f"On day {day} I had a headache again." for day in range(20))
    long = [record(number, text=text) for number in range(2)]
    started = package.init(lines(tmp_path, "long.jsonl", long), tmp_path / "long.toml")
    assert tomllib.loads((tmp_path / "long.toml").read_text())["datasets"][0]["sentences"] is True
    assert started.corpus.counts["documents"] >= 40
    with pytest.raises(InputError, match="cannot be divided"):
        package.init(lines(tmp_path, "one.jsonl", [record(1, text="A headache")]), tmp_path / "one.toml")
    assert not (tmp_path / "one.toml").exists()


def test_python_tells_what_the_command_says(tmp_path: Path) -> None:
    """A corpus by name, with its ledger, ceiling, splits and time."""
    started = package.init("adr-mini", tmp_path / "mini.toml", labels=["DRUG"], words="punctuation")
    assert started.file == tmp_path / "mini.toml"
    assert started.corpus.labels == ("DRUG",)
    assert started.corpus.words == "punctuation"
    assert started.corpus.ceiling[-1].f1 > 0.99
    assert set(started.splits) == {"random", "grouped"}
    assert all(split.leaks is not None for split in started.splits.values())
    assert 0 < started.left.low < started.left.high
    assert started.cells + 10 * len(started.skipped) == 40
    raw = tomllib.loads(started.file.read_text())
    assert raw["datasets"] == [{"use": "adr-mini", "labels": ["DRUG"], "words": "punctuation"}]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "neither a file or folder nor a corpus"),
        (["adr-minni"], "did you mean 'adr-mini'?"),
        (["brat"], "a format, not a corpus; give the path"),
        (["c.jsonl", "--format", "jsnol"], "did you mean 'jsonl'?"),
        (["c.jsonl", "--label", "ADRR"], "did you mean 'ADR'?"),
        (["c.jsonl", "--words", "nltkk"], "did you mean 'nltk'?"),
        (["c.jsonl", "--name", "a/b"], "--name: "),
        (["c.jsonl", "--group", "["], "--group: "),
        (["c.jsonl", "--group", "nowhere"], "nowhere"),
        (["c.jsonl", "--param", "nonsense=1"], "nonsense"),
        (["c.jsonl", "--out", "no/c.toml"], "there is no folder"),
        (["c.jsonl", "--out", "c.jsonl"], "is there already"),
        (["c.jsonl", "--out", "link.toml"], "is there already"),
        (["adr-mini", "--format", "jsonl"], "which has its own reader"),
        (["notes.txt"], "Name the format by --format"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(arguments: list[str], says: str, tmp_path: Path) -> None:
    """Exit code 2, and the folder as it was."""
    lines(tmp_path, "c.jsonl", [record(number) for number in range(6)])
    (tmp_path / "notes.txt").write_text("Nothing that anybody annotated.")
    (tmp_path / "link.toml").symlink_to("away.toml")
    before = sorted(tmp_path.iterdir())
    done = init(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_hostile_corpus_is_quoted(tmp_path: Path) -> None:
    """Labels, file names and paths of any characters make a file that is read as they were meant."""
    label = "A\"\\\x1b]0;x\x07\u202e#='[x]"
    folder = tmp_path / 'a "b"\n[taggers]\\ é'
    folder.mkdir()
    done = init(lines(folder, "~c.jsonl", [record(n, label) for n in range(6)]).name, folder=folder)
    assert done.returncode == 0, done.stderr
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)
    raw = tomllib.loads((folder / "c.toml").read_text(encoding="utf-8"))
    assert raw["datasets"][0]["labels"] == [label]
    ran = adrbench("run", "c.toml", "--only", "dictionary", folder=folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    other = init(folder / "~c.jsonl", "--out", tmp_path / "away.toml", "--name", "away", folder=tmp_path)
    assert other.returncode == 0, other.stderr
    assert (tmp_path / tomllib.loads((tmp_path / "away.toml").read_text())["datasets"][0]["path"]).is_file()


@given(st.text())
def test_any_text_is_a_string_of_toml(text: str) -> None:
    """And comes back."""
    assert tomllib.loads(f"value = {quoted(text)}")["value"] == text


def test_half_a_surrogate_pair_is_an_error() -> None:
    """As in a file name that is no UTF-8."""
    with pytest.raises(InputError, match="no Unicode text"):
        quoted("a\udcff")


def test_what_is_not_installed_is_a_comment() -> None:
    """With the distribution to install; the file is valid without it."""
    some = [replace(family, installed=family.id != "crf") for family in families(Registry())]
    entry = DatasetEntry(use="adr-mini", params={"a": 1, "b c": ["x", {"y": True}]})
    draft = Draft(Path("a b.toml"), "x", entry, ["ADR"], False, False, 5, 0, some)
    raw = tomllib.loads(draft.text())
    assert [tagger["id"] for tagger in raw["taggers"]] == [name for name in IDS if name != "crf"]
    assert "# Not installed: pip install adrbench-crf" in draft.text()
    assert raw["datasets"][0]["params"] == entry.params
    assert "adrbench run 'a b.toml'" in draft.text()
