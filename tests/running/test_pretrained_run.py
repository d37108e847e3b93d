"""Runs of a tagger that learns from text before it is fitted: real processes, a small plugin of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import stored
from command_line import Done, adrbench

from adrbench import Results
from adrbench.results.schema import CellRecord

READER = '''
"""A tagger that knows the words of its checkpoint, and finds those of them that are gold in training."""

import json
from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Pretraining, Span, TaggerPlugin


@dataclass(frozen=True)
class Params:
    model: str = ""
    lower: bool = True


@dataclass(frozen=True)
class How:
    steps: int = 1


def pretrain(params, how, texts, folder, context):
    assert not context.development
    lines = [json.loads(line)["text"] for line in texts.open()]
    (folder / "words.json").write_text(json.dumps(sorted({word for line in lines for word in line.split()})))
    return {"steps": how.steps, "sentences": len(lines), "loss": [[how.steps, 1.0]]}


class Reader:
    def __init__(self, params):
        self.known = set(json.loads((Path(params.model) / "words.json").read_text())) if params.model else set()

    def fit(self, train, context):
        self.label = context.labels[0]

    def predict(self, documents):
        return [[Span(*t, self.label) for t in d.tokens if d.text[slice(*t)] in self.known] for d in documents]


plugin = TaggerPlugin(
    "reader", "rules", "1", Params, "reader:Reader", pretraining=Pretraining(How, "reader:pretrain")
)
'''
FILE = """
[benchmark]
name = "try"
[[datasets]]
use = "jsonl"
path = "corpus.jsonl"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "blank"
use = "reader"
[[taggers]]
id = "read"
use = "reader"
grid = { "pretrain.steps" = [1, 2] }
pretrain = { text = ["texts"] }
"""


class Bench:
    """A folder with a benchmark, a corpus, texts, and the plugin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "reader.py").write_text(READER)
        info = folder / "reader-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reader\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[adrbench.taggers]\nreader = reader:plugin\n")
        words = ["nausea", "rash", "fever", "pain", "cough", "itch"]
        lines = [{"id": w, "text": f"then came {w} again", "spans": [[10, 10 + len(w), "ADR"]]} for w in words]
        (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
        (folder / "texts").mkdir()
        (folder / "texts" / "a.txt").write_text("nausea was seen\nTHEN came rash, again!\nfever too\n")
        self.file = folder / "try.toml"
        self.file.write_text(FILE)
        self.environment = {"PYTHONPATH": str(folder), "ADRBENCH_CACHE": str(folder / "cache")}

    def run(self, *arguments: str) -> Done:
        """Run the command line; the cells are processes."""
        return adrbench(*arguments, environment=self.environment, folder=self.folder)

    def cells(self) -> dict[tuple[str, int], CellRecord]:
        """The stored cells by tagger and fold."""
        return {(cell.tagger, cell.fold): cell for cell in stored.cells(self.folder / "runs/try")}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_tagger_learns_from_text_first(bench: Bench) -> None:
    """The checkpoint is made once for all folds, of text in which no document of the corpus is, and found again."""
    done = bench.run("run", "try.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("]: reading the text without gold that it learns from") == 2
    assert "blank: reading the text" not in done.stdout
    cells = bench.cells()
    assert len(cells) == 6
    one = cells["read[pretrain.steps=1]", 0].pretrained
    assert one is not None
    assert one == cells["read[pretrain.steps=1]", 1].pretrained
    assert one.steps == 1
    assert one.sentences == 2
    assert one.read == 3
    assert sum(one.excluded.values()) == 1
    two = cells["read[pretrain.steps=2]", 0].pretrained
    assert two is not None
    assert two.key != one.key
    found = Results(bench.folder / "runs/try").predictions("read[pretrain.steps=1]")
    assert sorted(name for name, spans in found.items() if spans) == ["fever", "nausea"]
    assert cells["blank", 0].pretrained is None
    rows = json.loads(bench.run("leaderboard", "runs/try", "--format", "json").stdout)
    spent = {row["tagger"]: row["pretrain_seconds"] for row in rows}
    assert spent["blank"] is None
    assert spent["read[pretrain.steps=1]"] == pytest.approx(one.seconds)


@pytest.mark.slow  # a run of many cells
def test_a_quick_look_pretrains_on_few_texts_too(bench: Bench) -> None:
    """``--limit`` is the most there may be, whatever the file asks for."""
    more = "\n".join(f"text number {i}" for i in range(9))
    (bench.folder / "texts" / "b.txt").write_text(more)
    bench.file.write_text(FILE.replace('"pretrain.steps" = [1, 2]', '"pretrain.sentences" = [2, 8]'))
    done = bench.run("run", "try.toml", "--limit", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    made = {name: cell.pretrained for (name, _), cell in bench.cells().items() if cell.pretrained}
    assert {name: told.sentences for name, told in made.items()} == {
        "read[pretrain.sentences=2]": 2,
        "read[pretrain.sentences=8]": 4,
    }


@pytest.mark.parametrize("words", ["nltk", "punctuation"])
def test_a_tagger_may_learn_from_words(bench: Bench, words: str) -> None:
    """They are split as the corpus is, and other words are another pre-training."""
    reader = READER.replace("""lines = [json.loads(line)["text"]""", """lines = [" ".join(json.loads(line)["words"])""")
    reader = reader.replace(""""reader:pretrain")""", """"reader:pretrain", words=True)""")
    (bench.folder / "reader.py").write_text(reader)
    (bench.folder / "texts" / "b.txt").write_text("drug-induced itch\n")
    bench.file.write_text(FILE.replace('use = "jsonl"', f'use = "jsonl"\nwords = "{words}"').replace("[1, 2]", "[1]"))
    done = bench.run("run", "try.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    one = bench.cells()["read[pretrain.steps=1]", 0].pretrained
    assert one is not None
    known = json.loads(next((bench.folder / "cache").rglob(f"{one.key}/words.json")).read_text())
    assert ("drug-induced" in known) is (words == "nltk")
    assert ("drug" in known) is (words == "punctuation")
    assert {"nausea", "itch"} <= set(known)


def test_other_text_is_another_cell(bench: Bench) -> None:
    """Cells are named by the bytes of the text too."""
    bench.run("run", "try.toml")
    (bench.folder / "texts" / "b.txt").write_text("more pain\n")
    assert "2 cells are finished already, 4 to run" in bench.run("run", "try.toml").stdout


@pytest.mark.parametrize("text", ["text", "~nobody-of-this-name/text", "x" * 300])
def test_text_that_is_not_there_is_a_reason_to_skip(bench: Bench, text: str) -> None:
    """The other rows are measured."""
    bench.file.write_text(FILE.replace('["texts"]', f'["{text}"]'))
    done = bench.run("run", "try.toml")
    assert done.returncode == 0, done.stderr
    assert "no such file or folder to pretrain on" in " ".join(done.stdout.split())
    assert set(bench.cells()) == {("blank", 0), ("blank", 1)}


def test_text_that_cannot_be_read_fails_its_rows(bench: Bench) -> None:
    """A broken line is named with its file, as the status of the cells that wanted it."""
    (bench.folder / "texts" / "b.jsonl").write_text('{"text": 3}\n')
    done = bench.run("run", "try.toml")
    assert done.returncode == 3
    assert "b.jsonl:1: not of the form" in " ".join(done.stdout.split())
    assert bench.cells()["blank", 0].status == "ok"
