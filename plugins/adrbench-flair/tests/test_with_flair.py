"""The tagger at work, in an environment that has flair: the one of ADRBENCH_FLAIR_PYTHON, else this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SMALL = {"hidden": 16, "characters": 4, "epochs": 12, "batch_size": 2, "dropout": 0.0}
BENCHMARK = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "flair"
use = "flair"
python = {python}
params = {{ hidden = 16, characters = 0, epochs = 2{more} }}
"""
# Eight sentences, three times; a token that is a lone surrogate, one of white space, one of nobody's width.
PROGRAM = """
import json, re, sys, tempfile, warnings
from pathlib import Path
from adrbench.api import Annotated, Context, Document, Pruned, Span, Unavailable
from adrbench_flair.plugin import Params
from adrbench_flair.tagger import FlairTagger

def document(words, name):
    tokens, at = [], 0
    for word in words:
        tokens.append((at, at + len(word)))
        at += len(word) + 1
    return Document(name, " ".join(words), tuple(tokens), name)

def annotated(marked, name):
    words = [w.strip("[]") for w in marked]
    d = document(words, name)
    firsts = [i for i, w in enumerate(marked) if w.startswith("[")]
    lasts = [i for i, w in enumerate(marked) if w.endswith("]")]
    return Annotated(d, tuple(Span(d.tokens[a][0], d.tokens[b][1], "ADR") for a, b in zip(firsts, lasts)))

TEXTS = [
    "She had [severe rash] after aspirin .", "He took aspirin and got a [headache] .",
    "No complaint was seen with ibuprofen .", "The [headache] began with ibuprofen .",
    "Aspirin was well tolerated .", "A [rash] and a [headache] followed .",
    "Ibuprofen gave him [severe rash] .", "They were well after 20 days .",
]
train = [annotated(t.split(), f"{i}.{j}") for j in range(3) for i, t in enumerate(TEXTS)]
odd = document(["\\ud800", "\\u00a0", "\\u200b", "", "rash", "x" * 999], "odd")
params = json.loads(sys.argv[1])
params["embeddings"] = tuple(params.get("embeddings", ["trained"]))

def fit(told=lambda *_: None, **more):
    folder = Path(tempfile.mkdtemp())
    tagger = FlairTagger(Params(**{**params, **more}))
    tagger.fit(train, Context(seed=3, labels=("ADR",), scratch=folder, progress=told))
    return tagger
"""


@pytest.fixture(scope="session")
def python() -> str:
    """An interpreter with flair."""
    named = os.environ.get("ADRBENCH_FLAIR_PYTHON")
    if named:
        return str(Path(named).absolute())
    if find_spec("flair") is None:
        pytest.skip("flair is not installed here, and ADRBENCH_FLAIR_PYTHON names no interpreter that has it")
    return sys.executable


def call(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program on one thread, without what leads to modules of this interpreter."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    environment |= {"OMP_NUM_THREADS": "1", "COLUMNS": "400"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def answer(python: str, folder: Path, rest: str, **params: Any) -> Any:
    """What a program prints, as JSON, that goes on from ``PROGRAM``."""
    done = call([python, "-c", PROGRAM + rest, json.dumps({**SMALL, **params})], folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_keeps_the_contract(python: str, tmp_path: Path) -> None:
    """Every check of the kit passes, with a network of a few units."""
    done = call([python, "-m", "adrbench", "check", "flair", "--params", json.dumps(SMALL)], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("crf", [True, False])
def test_scores_change_no_span(python: str, tmp_path: Path, crf: bool) -> None:
    """Asked for scores it finds the same spans, each with a fraction, before and after it is saved."""
    rest = """
def ask(tagger):
    answers = tagger.predict([a.document for a in train])
    return [[(s.start, s.end, s.label, s.score) for s in spans] for spans in answers]

scored = FlairTagger(Params(**params))
folder = Path(tempfile.mkdtemp())
scored.fit(train, Context(seed=3, labels=("ADR",), scratch=folder, scores=True))
(folder / "kept").mkdir()
scored.save(folder / "kept")
print(json.dumps([ask(fit()), ask(scored), ask(FlairTagger.load(folder / "kept"))]))
"""
    plain, scored, loaded = answer(python, tmp_path, rest, crf=crf)
    assert [[span[:3] for span in spans] for spans in scored] == [[span[:3] for span in spans] for spans in plain]
    assert {span[3] for spans in plain for span in spans} == {None}
    scores = [span[3] for spans in scored for span in spans]
    assert scores
    assert all(0 < score <= 1 for score in scores)
    assert [span[3] for spans in loaded for span in spans] == pytest.approx(scores, abs=1e-5)


def test_a_row_runs_in_the_environment_of_flair(python: str, tmp_path: Path) -> None:
    """A benchmark here has a row from there, with its costs, and the environment that it was measured in."""
    (tmp_path / "try.toml").write_text(BENCHMARK.format(python=json.dumps(python), more=""))
    done = call([sys.executable, "-m", "adrbench", "run", "try.toml", "--limit", "60", "--device", "cpu"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    board = call([sys.executable, "-m", "adrbench", "leaderboard", "runs/try", "--format", "json"], tmp_path)
    [row] = [row for row in json.loads(board.stdout) if row["label"] == "micro"]
    assert (row["status"], row["family"]) == ("ok", "bilstm-crf")
    environments = [file.read_text() for file in (tmp_path / "runs/try/environments").glob("*.jsonl")]
    assert any('"flair":"' in environment for environment in environments)


def test_its_parameters_are_checked_there(python: str, tmp_path: Path) -> None:
    """A wrong name of embeddings is an error of the benchmark file, before anything runs."""
    (tmp_path / "try.toml").write_text(BENCHMARK.format(python=json.dumps(python), more=', embeddings = ["flair:x"]'))
    done = call([sys.executable, "-m", "adrbench", "run", "try.toml"], tmp_path)
    assert done.returncode == 2
    assert "taggers[0].params.embeddings[0]: no flair embeddings have such a name" in done.stderr


@pytest.mark.parametrize("more", [{}, {"crf": False}, {"characters": 0}])
def test_it_finds_what_it_was_shown(python: str, tmp_path: Path, more: dict[str, Any]) -> None:
    """With a CRF or without, with characters or without, a small task is learnt, odd words keep their places."""
    rest = """
tagger = fit()
found = tagger.predict([a.document for a in train] + [odd])
right = sum(list(a.spans) == f for a, f in zip(train, found))
print(json.dumps([right, len(train), [[s.start, s.end] for s in found[-1]], list(odd.tokens), tagger.facts()]))
"""
    right, of, spans, tokens, facts = answer(python, tmp_path, rest, **{"epochs": 30, **more})
    assert right >= 0.7 * of
    assert {start for start, _ in spans} <= {start for start, _ in tokens}
    assert {end for _, end in spans} <= {end for _, end in tokens}
    assert facts["parameters"] > 0


def test_progress_is_told_epoch_by_epoch_and_a_study_may_end_it(python: str, tmp_path: Path) -> None:
    """Each pass is reported, and what a study raises meanwhile gets through flair's trainer."""
    rest = """
seen = []
fit(lambda *told: seen.append(told[:2]), epochs=3)
def prune(done, total, note):
    if done == 2:
        raise Pruned
try:
    fit(prune, epochs=3)
    ended = False
except Pruned:
    ended = True
print(json.dumps([seen, ended]))
"""
    assert answer(python, tmp_path, rest) == [[[0, 3], [0, 3], [1, 3], [2, 3], [3, 3]], True]


def test_it_is_judged_by_what_it_does(python: str, tmp_path: Path) -> None:
    """The F1 that is told of each epoch is that of the tagger, as it is then, on the documents that are held out."""
    rest = """
tagger, pairs = FlairTagger(Params(**params)), []

def hear(done, total, note):
    if "F1" in note:
        found = tagger.predict([a.document for a in held])
        right = sum(len({*a.spans} & {*f}) for a, f in zip(held, found))
        f1 = 2 * right / (sum(len(a.spans) for a in held) + sum(map(len, found)))
        pairs.append([float(note.rpartition(" ")[2]), round(f1, 3)])

context = Context(seed=3, labels=("ADR",), scratch=Path(), development=train[16:], progress=hear)
_, held = context.holdout(train)
tagger.fit(train[:16], context)
print(json.dumps(pairs))
"""
    pairs = answer(python, tmp_path, rest, epochs=25, characters=0, hidden=4, learning_rate=0.1)
    assert len({told for told, _ in pairs}) > 1
    assert [told for told, _ in pairs] == [found for _, found in pairs]


def test_embeddings_of_a_file(python: str, tmp_path: Path) -> None:
    """Vectors of a file do for training, and are saved with the tagger; a file that is none is a reason to skip."""
    words = ["she", "had", "severe", "rash", "after", "aspirin", "he", "took", "and", "got", "a", "headache", "the"]
    lines = [f"{len(words)} 3", *(f"{word} {i % 3} {i % 5} {i % 2}" for i, word in enumerate(words))]
    (tmp_path / "v.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "bad.txt").write_text("no vectors\n")
    rest = """
tagger = fit()
tagger.save(Path("model"))
Path("v.txt").unlink()
again = FlairTagger.load(Path("model"))
documents = [a.document for a in train]
same = again.predict(documents) == tagger.predict(documents)
try:
    fit(embeddings=("words:bad.txt",))
    reason = ""
except Unavailable as error:
    reason = str(error)
print(json.dumps([same, sum(map(len, again.predict(documents))), reason]))
"""
    same, found, reason = answer(python, tmp_path, rest, embeddings=["words:./v.txt"], epochs=20)
    assert same
    assert found > 0
    assert reason.startswith("flair has no embeddings 'words:bad.txt' (ValueError: ")
