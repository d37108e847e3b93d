"""The ``command`` tagger: programs that keep the line protocol, and programs that do not."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest
import stored
from command_line import Done, adrbench

from adrbench.api import Annotated, Context, Document, Span, Unavailable
from adrbench.config import TaggerEntry
from adrbench.plugins import parameters
from adrbench.plugins.command._program import ProgramError
from adrbench.plugins.command.plugin import missing, plugin
from adrbench.plugins.command.tagger import Command

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "lookup.pl"
PERL = shutil.which("perl") is None or subprocess.run(["perl", "-MJSON::PP", "-e", "1"], check=False).returncode != 0

# Answers each document with its first two characters; what a test replaces goes wrong.
PROGRAM = """
import json, sys, time

def say(**message):
    print(json.dumps(message), flush=True)

def ready(): say(type="ready")
def fit(head): pass
def learn(document): pass
def fitted(): say(type="fitted", facts={{"parameters": 7}})
def tag(document): say(type="spans", id=document["id"], spans=[[0, 2, "ADR"]] if document["text"] else [])
def predicted(): say(type="predicted")
def stop(): sys.exit()

{wrong}

for line in sys.stdin:
    message = json.loads(line)
    kind = message["type"]
    if kind == "start": ready()
    elif kind == "fit": fit(message); learning = True
    elif kind == "predict": learning = False
    elif kind == "document": learn(message) if learning else tag(message)
    elif kind == "end": fitted() if learning else predicted()
    elif kind == "stop": stop()
"""

TEXTS = ("a rash", "\U0001f600\U0001f600 hurts", "", "א ב", "x" * 300)


def documents(*texts: str) -> list[Document]:
    return [Document(f"d{i}", text, ((0, len(text)),) if text else (), f"g{i}") for i, text in enumerate(texts)]


TRAIN = [Annotated(document, (Span(0, 2, "ADR"),)) for document in documents("a rash", "\U0001f600\U0001f600 hurts")]
Make = Callable[..., Command]


def use(tagger: Command, train: Sequence[Annotated], context: Context, texts: Sequence[str]) -> None:
    tagger.fit(train, context)
    tagger.predict(documents(*texts))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A tagger of a program, parts of which are replaced."""

    def made(wrong: str = "", timeout: float = 60.0) -> Command:
        file = tmp_path / "program.py"
        file.write_text(PROGRAM.format(wrong=dedent(wrong)))
        params, problems = parameters.check(plugin.params, {"command": [sys.executable, str(file)], "timeout": timeout})
        assert not problems
        return Command(params)

    return made


@pytest.fixture
def context(tmp_path: Path) -> Context:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Context(seed=5, labels=("ADR",), scratch=scratch, threads=3, unlabelled=documents("more", "text"))


def test_a_program_may_say_how_sure_it_is(make: Make, context: Context) -> None:
    """It is told whether scores are wanted, and gives one behind the label."""
    program = """
        def fit(head): global scores; scores = head["scores"]
        def tag(document): say(type="spans", id=document["id"], spans=[[0, 2, "ADR", 0.25]] if scores else [])
    """
    for asked, expected in ((True, [0.25]), (False, [])):
        tagger = make(program)
        tagger.fit(TRAIN, replace(context, scores=asked))
        [spans] = tagger.predict(documents("a rash"))
        assert [span.score for span in spans] == expected


def test_a_program_is_told_all_that_a_tagger_is(make: Make, context: Context, tmp_path: Path) -> None:
    """Seed, labels, threads, device, gold and, as asked for, text without gold; predict has no gold."""
    kept = tmp_path / "kept.jsonl"
    wrong = f"""
        def keep(message): open({str(kept)!r}, "a").write(json.dumps(message) + chr(10))
        def ready(): say(type="ready", unlabelled=True)
        fit = learn = keep
        def tag(document): keep(document); say(type="spans", id=document["id"], spans=[])
    """
    tagger = make(wrong)
    tagger.warm_up()
    tagger.fit(TRAIN, context)
    assert tagger.facts() == {"parameters": 7}
    assert tagger.predict(documents("new")) == [[]]
    told = [json.loads(line) for line in kept.read_text().splitlines()]
    head = told.pop(0)
    assert (head["seed"], head["labels"], head["threads"], head["device"]) == (5, ["ADR"], 3, "cpu")
    assert (head["documents"], head["development"], head["unlabelled"]) == (2, 0, 2)
    assert head["scratch"] == str(context.scratch)
    assert [one.get("spans") for one in told] == [[[0, 2, "ADR"]], [[0, 2, "ADR"]], None, None, None]
    assert told[1]["text"] == TRAIN[1].document.text
    assert told[1]["tokens"] == [[0, 8]]


def test_every_kind_of_text_goes_there_and_back(make: Make, context: Context) -> None:
    """Offsets are code points; half a surrogate and line separators do not tear a line."""
    tagger = make("""
        def tag(document):
            text = document["text"]
            say(type="spans", id=document["id"], spans=[[0, len(text), "ADR"]] if text else [])
    """)
    tagger.fit(TRAIN, context)
    texts = (*TEXTS, "one\u2028two\r\nthree\0", "half \ud83d")
    assert tagger.predict(documents(*texts)) == [[Span(0, len(text), "ADR")] if text else [] for text in texts]


def test_neither_side_waits_for_the_other(make: Make, context: Context) -> None:
    """A program that answers before it has read all, and one that reads all before it answers, both come to an end."""
    many = documents(*["long text " * 200] * 3000)
    eager = make("""
        import threading, queue
        def fitted(): pass
        def fit(head): say(type="fitted")
    """)
    eager.fit([Annotated(document, ()) for document in many], context)
    assert len(eager.predict(many)) == len(many)
    patient = make("""
        answers = []
        def tag(document): answers.append({"type": "spans", "id": document["id"], "spans": [], "pad": "x" * 1000})
        def predicted():
            for answer in answers: say(**answer)
            say(type="predicted")
    """)
    patient.fit(TRAIN, context)
    assert patient.predict(many) == [[]] * len(many)


def test_each_fit_has_a_program_of_its_own(make: Make, context: Context) -> None:
    """Nothing of one fit reaches the next, and the program before is gone."""
    tagger = make("""
        import os
        seen = 0
        def learn(document):
            global seen
            seen += 1
        def fitted(): say(type="fitted", facts={"pid": os.getpid(), "seen": seen})
    """)
    tagger.fit(TRAIN, context)
    first = tagger.facts()
    tagger.fit(TRAIN[:1], context)
    assert (first["seen"], tagger.facts()["seen"]) == (2, 1)
    with pytest.raises(ProcessLookupError):
        os.kill(first["pid"], 0)


def test_progress_is_passed_on(make: Make, context: Context) -> None:
    """How far the program says it is, in fit and in predict, is what the harness hears."""
    has_listener: list[tuple[float, float, str]] = []
    told = Context(context.seed, context.labels, context.scratch, progress=lambda *said: has_listener.append(said))
    tagger = make("""
        def learn(document): say(type="progress", done=1, total=2, note="halfway")
        def tag(document): say(type="progress", done=0.5, total=1); say(type="spans", id=document["id"], spans=[])
    """)
    tagger.fit(TRAIN[:1], told)
    tagger.predict(documents("a"))
    assert has_listener == [(1, 2, "halfway"), (0.5, 1, "")]


WRONG = {
    "tag = lambda document: print('{nonsense', flush=True)": "line 3 of the program: not JSON",
    "tag = lambda document: print('[' * 100000, flush=True)": "line 3 of the program: not JSON",
    "tag = lambda document: print('[1]', flush=True)": "line 3 of the program: no object with a type: '[1]'",
    "tag = lambda document: (sys.stdout.buffer.write(b'\"\\xff\\n'), sys.stdout.flush())": (
        "line 3 of the program: not UTF-8 (byte 2, 0xff)"
    ),
    "tag = lambda document: say(type='spans', id='d7', spans=[])": (
        "line 3 of the program: an answer for 'd7', but the next document is 'd0'"
    ),
    "tag = lambda document: None": (
        "line 3 of the program: of the type 'predicted', but 'spans' is due, the answer for document 1 of 5, 'd0'"
    ),
    "predicted = lambda: say(type='spans', id='d5', spans=[])": (
        "line 8 of the program: of the type 'spans', but 'predicted' is due"
    ),
    "tag = lambda d: say(type='spans', id=d['id'], spans=[[0, 1]])": "label, score], not [0, 1]",
    "tag = lambda d: say(type='spans', id=d['id'], spans=[[False, 1, 'ADR']])": "should be [start, end, label]",
    "tag = lambda d: say(type='spans', id=d['id'], spans=[[0, 1, 'ADR', 7]])": "a fraction from 0 to 1, or None, not 7",
    "tag = lambda d: say(type='spans', id=d['id'], spans=[[0, 7, 'ADR']])": "[0, 7, 'ADR'] is no span of 'd0', which",
    "tag = lambda d: say(type='spans', id=d['id'], spans=[[0, 1, 'X']])": "'X' is none of the labels ADR",
    "tag = lambda d: say(type='spans', id=d['id'])": "spans should be a list",
    "tag = lambda document: sys.exit(3)": "the program ended its output after 2 lines: exit code 3",
    "import os\ntag = lambda document: os.kill(os.getpid(), 9)": "after 2 lines: it died of SIGKILL",
    "tag = lambda document: say(type='error', message='no such model')": "the program says: no such model",
    "fitted = lambda: say(type='error', message='too little text')": "the program says: too little text",
    "fitted = lambda: say(type='fitted', facts={'size': 'large'})": "line 2 of the program: facts should be whole",
    "fit = lambda head: say(type='progress', done='a lot')": "progress needs the numbers done and total",
    "ready = lambda: say(type='hello')": "line 1 of the program: of the type 'hello', but 'ready' is due",
    "ready = lambda: say(type='ready', unlabelled=1)": "unlabelled should be true or false, not 1",
    "sys.exit(4)": "the program ended its output after 0 lines: exit code 4",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_breaks_the_protocol_is_said_with_its_line(make: Make, context: Context, wrong: str) -> None:
    """Whatever a program does instead of answering, the error names the line and what was due."""
    tagger = make(wrong)
    with pytest.raises(ProgramError) as caught:
        use(tagger, TRAIN, context, TEXTS)
    assert WRONG[wrong] in str(caught.value)


@pytest.mark.parametrize("wrong", ["tag = lambda document: time.sleep(99)", "fit = lambda head: time.sleep(99)"])
def test_silence_has_an_end(make: Make, context: Context, wrong: str) -> None:
    """A program that neither reads nor writes for the timeout is given up, also if it was to read a lot."""
    tagger = make(wrong, timeout=0.5)
    many = [Annotated(document, ()) for document in documents(*["long text " * 200] * 500)]
    with pytest.raises(ProgramError, match=r"neither read nor wrote anything for 0\.5 s, after [12] lines"):
        use(tagger, many, context, ["long text " * 200] * 500)


def test_what_a_machine_lacks_is_no_failure(make: Make, context: Context) -> None:
    """A program can say that it cannot run here."""
    with pytest.raises(Unavailable, match="no GPU"):
        make("fit = lambda head: say(type='unavailable', message='no GPU')").fit(TRAIN, context)


def test_a_program_ends_with_its_tagger(make: Make, context: Context) -> None:
    """When the tagger is gone so is the program, also one that does not care for ``stop``, and what it started."""
    tagger = make("""
        import os, subprocess
        child = subprocess.Popen(["sleep", "600"])
        def fitted(): say(type="fitted", facts={"program": os.getpid(), "child": child.pid})
        def stop(): time.sleep(600)
    """)
    tagger.fit(TRAIN, context)
    pids = list(tagger.facts().values())
    del tagger
    deadline = time.monotonic() + 120
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"command": ["no-such-program-anywhere"]}, "needs the program 'no-such-program-anywhere'"),
        ({"command": ["./lost"]}, "there is no program './lost'"),
        ({"command": ["./data.txt"]}, "'./data.txt' is not executable"),
        ({"command": ["sh"], "files": ["model.bin"]}, "there is no file 'model.bin'"),
        ({"command": ["sh"], "files": ["data.txt"]}, ""),
    ],
)
def test_what_is_not_there_is_said_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, object], reason: str
) -> None:
    """A program or a file of it that is not there is a reason to skip the row, not a crash of its cells."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.txt").write_text("")
    params, problems = parameters.check(plugin.params, values)
    assert not problems
    assert (missing(params, False) or "").startswith(reason)
    assert bool(missing(params, False)) == bool(reason)


BENCHMARK = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "grouped"
folds = 2
"""


def run(folder: Path, taggers: str) -> tuple[Done, dict[str, dict[str, object]]]:
    (folder / "try.toml").write_text(BENCHMARK + taggers)
    done = adrbench("run", str(folder / "try.toml"), "--results", str(folder / "results"), "--limit", "100")
    if not (folder / "results").exists():
        return done, {}
    rows = json.loads(adrbench("leaderboard", str(folder / "results"), "--format", "json").stdout)
    return done, {row["tagger"]: row for row in rows if row["label"] == "micro"}


@pytest.mark.slow  # a run of many cells
@pytest.mark.skipif(PERL, reason="no perl with JSON::PP")
def test_the_example_in_perl_is_a_row(tmp_path: Path) -> None:
    """The program of the docs runs from beside the benchmark file; an edit of it makes other cells."""
    script = tmp_path / "lookup.pl"
    shutil.copy(EXAMPLE, script)
    taggers = '[[taggers]]\nid = "perl"\nuse = "command"\nparams = { command = ["./lookup.pl"] }\n'
    done, rows = run(tmp_path, taggers)
    assert done.returncode == 0, done.stderr
    assert rows["perl"]["status"] == "ok"
    assert float(str(rows["perl"]["f1"])) > 0
    script.write_text(script.read_text() + "# changed\n")
    run(tmp_path, taggers)
    assert len(stored.cells(tmp_path / "results")) == 4


def test_the_docs_show_what_works() -> None:
    """The program in the docs is a part of the example that is tested, and its entries are what a file may say."""
    text = (EXAMPLE.parents[1] / "environments.md").read_text()
    [program] = re.findall(r"```perl\n(.*?)```", text, flags=re.DOTALL)
    assert EXAMPLE.read_text().endswith(program)
    examples = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    entries = [TaggerEntry.model_validate(tomllib.loads(example)["taggers"][0], strict=False) for example in examples]
    assert [entry.use for entry in entries] == ["flair", "command"]
    assert not parameters.check(plugin.params, entries[1].params)[1]


def test_costs_and_failures_are_those_of_any_cell(tmp_path: Path) -> None:
    """Memory and processor time of the program count; one that fails is a row with its words and its last lines."""
    hungry = indent('block = b"x" * (300 << 20)\nwhile time.process_time() < 1: pass', "    ")
    failing = """def fit(head): print("my own traceback", file=sys.stderr); say(type="error", message="no luck")"""
    (tmp_path / "hungry.py").write_text(PROGRAM.format(wrong=f"def fit(head):\n{hungry}"))
    (tmp_path / "failing.py").write_text(PROGRAM.format(wrong=failing))
    entry = '[[taggers]]\nid = "{0}"\nuse = "command"\nparams = {{ command = ["{1}", "{0}.py"] }}\n'
    done, rows = run(tmp_path, "".join(entry.format(name, sys.executable) for name in ("hungry", "failing")))
    assert done.returncode == 3, done.stderr
    assert int(str(rows["hungry"]["peak_memory_bytes"])) > 300 << 20
    assert "the program says: no luck" in str(rows["failing"]["reason"])
    cells = stored.cells(tmp_path / "results")
    assert all(cell.costs and cell.costs.cpu_seconds["fit"] > 0.5 for cell in cells if cell.tagger == "hungry")
    assert all("my own traceback" in cell.log for cell in cells if cell.tagger == "failing")


def test_wrong_parameters_are_errors_of_the_file(tmp_path: Path) -> None:
    """Wrong and missing parameters are said with their places before anything runs."""
    problems = {
        "{}": "params.command: is required",
        "{ command = [] }": "params.command: needs at least 1, has 0",
        '{ comand = ["x"] }': "params.comand: unknown name; did you mean 'command'?",
        '{ command = ["x"], files = ["model"] }': "params.files[0]: write './model': ",
        '{ command = ["x"], timeout = 0 }': "params.timeout: ",
    }
    entries = (f'[[taggers]]\nid = "t{i}"\nuse = "command"\nparams = {p}\n' for i, p in enumerate(problems))
    done, _ = run(tmp_path, "".join(entries))
    assert done.returncode == 2
    for i, problem in enumerate(problems.values()):
        assert f"taggers[{i}].{problem}" in done.stderr
