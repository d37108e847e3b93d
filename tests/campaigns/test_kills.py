"""A run that is killed at any moment: nothing is lost but running cells, and nothing is measured twice."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

CASES = 500
FILE = """
[benchmark]
name = "killed"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "first"
use = "faulty"
[[taggers]]
id = "second"
use = "faulty"
params = { seconds = 0.1 }
"""


class Bench:
    """A benchmark file with a results folder, and the command line."""

    def __init__(self, folder: Path, site: Path) -> None:
        folder.mkdir()
        self.file = folder / "killed.toml"
        self.file.write_text(FILE)
        self.results = folder / "results"
        self.environment = {**os.environ, "PYTHONPATH": str(site)}

    def run(self) -> subprocess.Popen[str]:
        """Start a run; both streams are one."""
        command = ["run", str(self.file), "--results", str(self.results), "--limit", "40"]
        return self._start(*command)

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "adrbench", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def board(self) -> tuple[int, str]:
        """The exit code of the leaderboard, and what it prints."""
        process = self._start("leaderboard", str(self.results), "--format", "json")
        printed, _ = process.communicate()
        return process.returncode, printed

    def figures(self) -> dict[tuple[str, str], list[Any]]:
        """What must not depend on when a run was killed, by tagger and label."""
        code, printed = self.board()
        assert code == 0, printed
        names = ("status", "folds", "precision", "recall", "f1")
        return {(row["tagger"], row["label"]): [row[name] for name in names] for row in json.loads(printed)}

    def running(self) -> bool:
        """Whether a cell's process is left."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.cwd() == str(self.file.parent.resolve()) and "adrbench.running._cell" in process.cmdline():
                    return True
        return False


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Bench]:
    """Make a benchmark in a folder of its own, with the tagger ``faulty`` installed."""
    folder = tmp_path_factory.mktemp("kills")
    site = folder / "site"
    (site / "faulty-1.dist-info").mkdir(parents=True)
    shutil.copy(Path(__file__).parents[1] / "running" / "faulty.py", site)
    (site / "faulty-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1\n")
    (site / "faulty-1.dist-info" / "entry_points.txt").write_text("[adrbench.taggers]\nfaulty = faulty:plugin\n")
    return lambda name: Bench(folder / name, site)


def _reused(printed: str) -> int:
    """The number of cells that a run did not measure anew."""
    return int(re.findall(r"(\d+) cells are finished already", printed)[0])


@pytest.mark.campaign
def test_kill_9_at_any_moment_loses_running_cells_only(make: Callable[[str], Bench], campaign: Campaign) -> None:
    """After each of two kills the leaderboard is readable, and the third run ends with the undisturbed figures."""
    undisturbed = make("undisturbed")
    began = time.monotonic()
    printed, _ = undisturbed.run().communicate()
    whole = time.monotonic() - began
    wanted = undisturbed.figures()
    assert {figures[0] for figures in wanted.values()} == {"ok"}, printed
    rows = []
    for case in campaign.draw(range(CASES)):
        moments = [random.Random(f"{case}/{kill}").uniform(0, 1.1 * whole) for kill in range(2)]
        bench = make(str(case))
        measured = [0]
        for moment in moments:
            process = bench.run()
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            process.kill()
            process.communicate()
            ends = time.monotonic() + 10
            while bench.running() and time.monotonic() < ends:
                time.sleep(0.05)
            assert not bench.running(), f"case {case}: a cell outlived its run, killed after {moment:.2f} s"
            code, printed = bench.board()
            assert "Traceback" not in printed, f"case {case}, killed after {moment:.2f} s:\n{printed}"
            assert code in {0, 2, 4}, f"case {case}, killed after {moment:.2f} s:\n{printed}"
            micro = [row for row in json.loads(printed) if row["label"] == "micro"] if code == 0 else []
            measured.append(sum(row["folds"] for row in micro))
        process = bench.run()
        printed, _ = process.communicate()
        assert process.returncode == 0, f"case {case}, killed after {moments}:\n{printed}"
        assert [*measured, _reused(printed)] == [*sorted(measured), measured[-1]], (
            f"case {case}, killed after {moments}"
        )
        assert bench.figures() == wanted, f"case {case}, killed after {moments}"
        rows.append((case, *(f"{moment:.2f}" for moment in moments), *measured[1:]))
        shutil.rmtree(bench.file.parent)
    file = campaign.write(
        "kills", ("case", "first kill after (s)", "second after (s)", "cells kept", "cells kept"), rows
    )
    print(f"{len(rows)} runs, each killed twice: {file}")
