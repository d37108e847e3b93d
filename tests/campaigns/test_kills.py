"""A run that is killed at any moment: nothing is lost but running cells, nothing is measured twice, nothing is left."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import stored
from command_line import adrbench
from processes import MARK, started_by
from tests.running.test_pretrained_run import READER

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

CASES = 1000
HEAD = """
[benchmark]
name = "killed"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "last"
use = "faulty"
params = { seconds = 0.1 }
[[taggers]]
id = "first"
"""
PROGRAM = f"""#!{sys.executable}
import json, sys, time
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        print('{{"type": "ready"}}', flush=True)
    elif message["type"] in ("fit", "predict"):
        kind = message["type"]
    elif message["type"] == "document" and kind == "predict":
        print(json.dumps({{"type": "spans", "id": message["id"], "spans": []}}))
    elif message["type"] == "end":
        time.sleep(0.1)
        print(json.dumps({{"type": {{"fit": "fitted", "predict": "predicted"}}[kind]}}), flush=True)
    elif message["type"] == "stop":
        break
"""
TAGGERS = {
    "ordinary": 'use = "faulty"',
    # It has a daemon in a session of its own, which ignores every signal.
    "hostile": 'use = "misbehaving"\nparams = { way = "deaf daemon" }',
    # Until the limit of time nothing but a signal wakes the supervisor.
    "stops its supervisor": (
        'use = "misbehaving"\nparams = { way = "stops its supervisor, has a daemon" }\n[limits]\ntimeout = "5s"'
    ),
    "program": 'use = "command"\nparams = { command = ["./program.py"] }',
    "tuning": 'use = "dictionary"\ntune = { trials = 3 }',
    "pre-training": 'use = "reader"\npretrain = { text = ["texts.txt"] }',
}
# Its cells take their whole limit of time and a wait for the supervisor, twice a run: one case in 25 has it.
SLOW, EVERY = "stops its supervisor", 25
QUICK = tuple(name for name in TAGGERS if name != SLOW)
KILLS = ("run", "group", "supervisor", "cell", "SIGTERM", "SIGINT")
PLUGINS = ("faulty:plugin", "misbehaviours:plugin", "reader:plugin")


class Bench:
    """A benchmark file with a results folder, and the command line."""

    def __init__(self, folder: Path, site: Path, tagger: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.file = folder / "killed.toml"
        self.file.write_text(HEAD + TAGGERS[tagger])
        (folder / "program.py").write_text(PROGRAM)
        (folder / "program.py").chmod(0o755)
        (folder / "texts.txt").write_text("nausea was seen\nthen came rash\n")
        self.results = folder / "results"
        self.scratch = folder / "tmp"
        self.scratch.mkdir()
        own = {"PYTHONPATH": str(site), MARK: str(folder), "TMPDIR": str(self.scratch)}
        self.environment = {**os.environ, **own, "ADRBENCH_CACHE": str(folder / "cache")}

    def run(self) -> subprocess.Popen[str]:
        """Start a run; both streams are one."""
        command = ["run", str(self.file), "--results", str(self.results), "--limit", "40"]
        return subprocess.Popen(
            [sys.executable, "-m", "adrbench", *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A shell without job control ignores Ctrl-C in what it starts in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (no threads here)
        )

    def finished(self) -> int:
        """The number of cells that are there and ok."""
        cells = stored.cells(self.results) if (self.results / "adrbench.json").exists() else []
        return sum(cell.status == "ok" for cell in cells)

    def figures(self) -> dict[tuple[str, str], list[Any]]:
        """What must not depend on when a run was killed, by tagger and label."""
        done = adrbench("leaderboard", str(self.results), "--format", "json")
        assert done.returncode == 0, done.stderr
        names = ("status", "folds", "precision", "recall", "f1")
        return {(row["tagger"], row["label"]): [row[name] for name in names] for row in json.loads(done.stdout)}

    def kill(self, what: str, run: subprocess.Popen[str]) -> None:
        """Kill something of a run."""
        cells = started_by(str(self.folder), cells=True) if what in {"supervisor", "cell"} else []
        with suppress(psutil.Error, ProcessLookupError):
            match what:
                case "run":
                    run.kill()
                case "group":
                    os.killpg(run.pid, signal.SIGKILL)
                case "supervisor":
                    for cell in cells[:1]:
                        if (parent := cell.parent()) is not None and parent.pid != run.pid:
                            parent.kill()
                case "cell":
                    for cell in cells[:1]:
                        cell.kill()
                case _:
                    run.send_signal(signal.Signals[what])


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Bench]:
    """Make a benchmark of a kind of tagger in a folder of its own, with the taggers installed."""
    folder = tmp_path_factory.mktemp("kills")
    site = folder / "site"
    (site / "killed-1.dist-info").mkdir(parents=True)
    tests = Path(__file__).parents[1]
    for file in (tests / "running" / "faulty.py", tests / "support" / "misbehaviours.py"):
        shutil.copy(file, site)
    (site / "reader.py").write_text(READER)
    (site / "killed-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: killed\nVersion: 1\n")
    points = "".join(f"{name.replace('misbehaviours', 'misbehaving').split(':')[0]} = {name}\n" for name in PLUGINS)
    (site / "killed-1.dist-info" / "entry_points.txt").write_text(f"[adrbench.taggers]\n{points}")
    return lambda name, tagger: Bench(folder / name, site, tagger)


def _reused(printed: str) -> int:
    """The number of cells that a run did not measure anew."""
    return int(re.findall(r"(\d+) cells are finished already", printed)[0])


@pytest.mark.campaign
def test_a_kill_at_any_moment_loses_running_cells_only(make: Callable[[str, str], Bench], campaign: Campaign) -> None:
    """After a kill no process is left; the next run keeps what was finished, ends as if undisturbed, and cleans up."""
    undisturbed: dict[str, tuple[float, int, dict[tuple[str, str], list[Any]]]] = {}
    cases: Counter[tuple[str, str]] = Counter()
    kept = 0
    for case in campaign.draw(range(CASES)):
        tagger = SLOW if case % EVERY == 0 else QUICK[case % len(QUICK)]
        what = KILLS[case // len(QUICK) % len(KILLS)]
        if tagger not in undisturbed:
            whole = make(f"undisturbed-{tagger}", tagger)
            began = time.monotonic()
            process = whole.run()
            printed, _ = process.communicate()
            # Cells of one of them reach their limit of time.
            assert process.returncode == (3 if "timeout" in TAGGERS[tagger] else 0), printed
            undisturbed[tagger] = (time.monotonic() - began, process.returncode, whole.figures())
        seconds, code, wanted = undisturbed[tagger]
        moment = random.Random(case).uniform(0, 1.1 * seconds)
        said = f"case {case}: {what} killed after {moment:.2f} s, {tagger}"
        bench = make(str(case), tagger)
        process = bench.run()
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        bench.kill(what, process)
        printed, _ = process.communicate()
        # Before a line of adrbench is run, Python says an interruption in its own way.
        assert "adrbench/cli/" not in printed, f"{said}\n{printed}"
        ends = time.monotonic() + 10
        while (left := started_by(str(bench.folder))) and time.monotonic() < ends:
            time.sleep(0.05)
        assert not left, f"{said}: {left} live on"
        finished = bench.finished()
        process = bench.run()
        printed, _ = process.communicate()
        assert process.returncode == code, f"{said}\n{printed}"
        assert _reused(printed) == finished, said
        assert bench.figures() == wanted, said
        assert not list(bench.scratch.iterdir()), said
        cases[tagger, what] += 1
        kept += finished
        shutil.rmtree(bench.folder)
    rows = [(tagger, what, count, 0, 0, 0, 0) for (tagger, what), count in sorted(cases.items())]
    columns = ("tagger", "killed", "kills", "cells lost", "measured twice", "orphans", "scratch left")
    print(f"{campaign.write('kills', columns, rows)}: {cases.total()} kills, {kept} finished cells kept")
