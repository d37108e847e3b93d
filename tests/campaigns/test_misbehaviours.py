"""Whatever a tagger does: an honest row, nothing that lives on, and a run that goes on and does not grow."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from misbehaviours import WAYS
from processes import MARK, started_by

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

# Ways that are soon over, so that a few can be looked at every time.
QUICK = ("200 MB message", "a pipe for progress", "daemon without an environment", "outcome of 200 MB", "deep folders")
FILE = """
[benchmark]
name = "misbehaviours"
scores = true
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.5
[limits]
timeout = "{timeout}s"
memory = "1200MiB"
[[taggers]]
id = "first"
use = "misbehaving"
"""
ENTRY = '[[taggers]]\nid = "{}"\nuse = "misbehaving"\nparams = {{ way = {} }}\n'
# The run itself in a process of its own, which says after each cell how much it has grown and who is left.
DRIVER = """
import json, resource, sys, time
from pathlib import Path

from processes import started_by
from adrbench.config import read_benchmark
from adrbench.plugins.registry import Registry
from adrbench.running.options import Options
from adrbench.running.run import View, run


class Told(View):
    first = None

    def ended(self, row, cell, record, board):
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.first = self.first or grown
        ends = time.monotonic() + 2
        while (left := [p for p in started_by(sys.argv[3]) if p.pid != me]) and time.monotonic() < ends:
            time.sleep(0.05)
        told = {"way": row.params["way"] or "none", "status": record.status, "reason": record.reason,
                "log": len(record.log),
                "seconds": record.wall_seconds, "left": [p.cmdline() for p in left],
                "grown": (grown - self.first) / 2**10}
        print(json.dumps(told), flush=True)


import os
me = os.getpid()
registry = Registry()
benchmark = read_benchmark(Path(sys.argv[1]), registry)
run(benchmark, Path(sys.argv[2]), Options(limit=40), Told(), registry)
"""


def misbehave(folder: Path, ways: list[str], timeout: float) -> dict[str, dict[str, Any]]:
    """Run taggers that misbehave, between two that do not; what the run says of each, by its way."""
    site = folder / "site"
    (site / "misbehaving-1.dist-info").mkdir(parents=True)
    (site / "misbehaving-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1\n")
    points = "[adrbench.taggers]\nmisbehaving = misbehaviours:plugin\n"
    (site / "misbehaving-1.dist-info" / "entry_points.txt").write_text(points)
    entries = "".join(ENTRY.format(number, json.dumps(way)) for number, way in enumerate(ways))
    end = '[[taggers]]\nid = "last"\nuse = "misbehaving"\nparams = { number = 1 }\n'
    file = folder / "misbehaviours.toml"
    file.write_text(FILE.format(timeout=timeout) + entries + end)
    scratch = folder / "tmp"
    scratch.mkdir()
    support = Path(__file__).parents[1] / "support"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{site}{os.pathsep}{support}",
        MARK: str(folder),
        "TMPDIR": str(scratch),
    }
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(file), str(folder / "results"), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, *told, last = map(json.loads, done.stdout.splitlines())
    assert (first["status"], last["status"]) == ("ok", "ok")
    assert [one["way"] for one in told] == ways
    assert not list(scratch.iterdir())
    assert not started_by(str(folder))
    return {one["way"]: one for one in told}


def wrong(way: str, told: dict[str, Any]) -> list[str]:
    """What is not as it should be."""
    wanted = WAYS[way]
    found = []
    if told["status"] not in wanted.status.split("|"):
        found.append(f"is {told['status']} ({told['reason'][:200]}), not {wanted.status}")
    elif not re.search(wanted.reason, told["reason"]):
        found.append(f"says {told['reason'][:200]!r}, not {wanted.reason!r}")
    if told["left"]:
        found.append(f"left {told['left']}")
    if told["grown"] > 50:
        found.append(f"the run has grown by {told['grown']:.0f} MiB")
    if told["log"] > 2**17 or len(told["reason"]) > 2**14:
        found.append(f"has {told['log']:,} characters of log, {len(told['reason']):,} of reason")
    return [f"{way}: {one}" for one in found]


@pytest.mark.slow  # a process for each
def test_a_few_misbehaviours(tmp_path: Path) -> None:
    """A message and an outcome of 200 MB, a pipe to read, a daemon that cannot be told, folders without end."""
    told = misbehave(tmp_path, list(QUICK), 60)
    assert not [problem for way in QUICK for problem in wrong(way, told[way])]


@pytest.mark.campaign
def test_each_misbehaviour_is_an_honest_row(tmp_path: Path, campaign: Campaign) -> None:
    """Loops, balloons, daemons, floods, forgeries, signals and vandalism."""
    ways = campaign.draw(list(WAYS))
    # Only those without an end wait for the limit; the others need not be fast on a busy machine.
    endless = [way for way in ways if WAYS[way].status == "timeout"]
    others = [way for way in ways if way not in endless]
    told: dict[str, Any] = {}
    for name, some, timeout in (("endless", endless, 20), ("others", others, 300)):
        (tmp_path / name).mkdir()
        told |= misbehave(tmp_path / name, some, timeout)
    problems = {way: wrong(way, told[way]) for way in ways}
    rows = [
        (way, told[way]["status"], f"{told[way]['seconds']:.1f}", f"{told[way]['grown']:.1f}", len(told[way]["left"]))
        for way in ways
    ]
    columns = ("way", "status", "seconds", "run has grown by (MiB)", "alive after 2 s")
    print(campaign.write("misbehaviours", columns, rows))
    assert not [problem for found in problems.values() for problem in found]
