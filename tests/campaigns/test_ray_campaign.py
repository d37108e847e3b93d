"""Two hundred cells on Ray, with workers killed and a node removed: a second run makes them those of this machine."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from far_cells import LIMIT, answers, campaign_file, orphans
from processes import MARK

import adrbench
from adrbench.results.leaderboard import Board
from adrbench.results.schema import CellRecord
from adrbench.running.plan import PlannedCell, PlannedRow
from adrbench.running.run import View

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster
    from tests.campaigns.conftest import Campaign

STORE_BYTES = 80 * 2**20
MOST_ADDED = 3
"""Seconds that Ray may add to a cell."""
LEAST_SCALING = 0.9
"""The part of four times the cells of one node that four nodes do at least, in the same time."""
SLEEPING = """
[benchmark]
name = "sleeping"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = {folds}
[[taggers]]
id = "sleeping"
use = "command"
params = {{ command = ["{python}", "./sleeping.py", "{seconds}"] }}
"""
PROGRAM = """
import json, sys, time
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        print('{"type": "ready"}', flush=True)
    elif message["type"] in ("fit", "predict"):
        kind = message["type"]
    elif message["type"] == "document" and kind == "predict":
        print(json.dumps({"type": "spans", "id": message["id"], "spans": []}))
    elif message["type"] == "end":
        time.sleep(float(sys.argv[1]) if kind == "fit" else 0)
        print(json.dumps({"type": {"fit": "fitted", "predict": "predicted"}[kind]}), flush=True)
    elif message["type"] == "stop":
        break
"""
pytestmark = [pytest.mark.campaign, pytest.mark.long, pytest.mark.filterwarnings("ignore")]


class Watch(View):
    """Does something when cells start, and measures what an executor adds to the time of a cell."""

    def __init__(self, on_start: Callable[[int, str], None] | None = None) -> None:
        self.on_start = on_start
        self.starts: dict[str, float] = {}
        self.ends: dict[str, float] = {}
        self.added: list[float] = []

    def started(self, row: PlannedRow, cell: PlannedCell) -> None:
        self.starts[cell.key] = time.monotonic()
        if self.on_start is not None:
            self.on_start(len(self.starts), cell.key)

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
        self.ends[cell.key] = time.monotonic()
        if record.status == "ok" and record.wall_seconds is not None:
            self.added.append(self.ends[cell.key] - self.starts[cell.key] - record.wall_seconds)

    @property
    def seconds(self) -> float:
        """From the start of the first cell to the end of the last."""
        return max(self.ends.values()) - min(self.starts.values())


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[int], Cluster]]:
    """Make a cluster: a head that takes no cells, and so many nodes of one processor."""
    pytest.importorskip("ray", reason="Ray is not installed")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv(MARK, str(tmp_path))
    health = {"health_check_initial_delay_ms": 1000, "health_check_period_ms": 1000}
    head = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": False, "_system_config": health}
    made: list[Cluster] = []

    def cluster(nodes: int) -> Cluster:
        one = Cluster(initialize_head=True, head_node_args=head)
        made.append(one)
        for _ in range(nodes):
            one.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        one.wait_for_nodes()
        return one

    yield cluster
    for one in made:
        with suppress(Exception):
            one.shutdown()


def kill_worker(key: str) -> bool:
    """Kill the Ray worker of a cell, if it runs still."""
    for process in psutil.process_iter(["cmdline"]):
        if f"ray::adrbench {key[:8]}" in " ".join(process.info["cmdline"] or []):
            with suppress(psutil.Error):
                process.kill()
                return True
    return False


def test_losses_cost_running_cells_only(
    make: Callable[[int], Cluster], campaign: Campaign, at_home: dict[str, Any], tmp_path: Path
) -> None:
    file, wanted = campaign_file(tmp_path, campaign.share), at_home
    cluster = make(3)
    lost = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    killed: list[str] = []

    def remove_node(number: int, _key: str) -> None:
        if number == len(wanted) // 4:
            cluster.remove_node(lost, allow_graceful=False)

    def kill_every_fifth(number: int, key: str) -> None:
        if number % 5 == 0 and kill_worker(key):
            killed.append(key)

    options: dict[str, Any] = {
        "executor": "ray",
        "executor_options": {"address": cluster.address, "patience": 10.0},
        "limit": LIMIT,
    }
    rows, added = [], []
    for name, on_start in (("a node removed", remove_node), ("every fifth worker killed", kill_every_fifth)):
        watch = Watch(on_start)
        far = tmp_path / name.replace(" ", "-")
        first = adrbench.run(file, results=far, view=watch, **options)
        ok = first.statuses.get("ok", 0)
        time.sleep(10)
        left = orphans(str(tmp_path))
        second = adrbench.run(file, results=far, **options)
        assert second.statuses == {"ok": len(wanted)}
        assert answers(far) == wanted
        assert not left
        # A worker that was killed when its cell had just ended costs nothing.
        assert ok >= len(wanted) - len(killed)
        added.append(statistics.median(watch.added))
        rows.append((name, len(wanted), len(killed), ok, len(wanted), len(left), f"{added[-1]:.2f}"))
    columns = ("loss", "cells", "workers killed", "ok after the first run", "identical after the second")
    print(campaign.write("ray", (*columns, "orphans after 10 s", "added a cell (s)"), rows))
    assert len(killed) >= len(wanted) // 10
    # Beside other work the clock says nothing.
    assert campaign.share < 1 or max(added) <= MOST_ADDED


def test_four_nodes_do_four_times_the_cells_of_one(
    make: Callable[[int], Cluster], campaign: Campaign, tmp_path: Path
) -> None:
    """Cells sleep, so that nodes on one machine are not in each other's way."""
    (tmp_path / "sleeping.py").write_text(PROGRAM)
    asleep = 30 * campaign.share
    seconds: dict[int, float] = {}
    for nodes in (1, 4):
        file = tmp_path / f"{nodes}.toml"
        file.write_text(SLEEPING.format(folds=4 * nodes, python=sys.executable, seconds=asleep))
        cluster = make(nodes)
        watch = Watch()
        executor_options = {"address": cluster.address}
        done = adrbench.run(
            file, results=tmp_path / str(nodes), view=watch, executor="ray", executor_options=executor_options, limit=40
        )
        assert done.statuses == {"ok": 4 * nodes}
        seconds[nodes] = watch.seconds
        cluster.shutdown()
    scaling = seconds[1] / seconds[4]
    rows = [(nodes, 4 * nodes, f"{asleep:g}", f"{seconds[nodes]:.1f}") for nodes in seconds]
    columns = ("nodes", "cells", "sleep of a cell (s)", "first start to last end (s)")
    print(campaign.write("ray-nodes", columns, rows))
    # Beside other work the clock says nothing.
    assert campaign.share < 1 or scaling >= LEAST_SCALING
