"""Two hundred cells on stand-ins for Slurm, every fifth job failing: a second run makes them those of this machine."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from far_cells import LIMIT, answers, campaign_file, orphans
from processes import MARK
from slurm_stand_in import Cluster, Config

import adrbench

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

pytestmark = [pytest.mark.campaign, pytest.mark.long]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cluster]:
    """Two processors, arrays of 64 at most, and each fifth job ends in a state of its own."""
    pytest.importorskip("submitit", reason="submitit is not installed")
    made = Cluster(tmp_path / "cluster", Config(cpus=2, lag=1.0, max_array_size=64, every=5))
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(MARK, str(tmp_path))
    yield made
    made.close()


def test_failed_jobs_are_run_again_and_no_others(
    cluster: Cluster, campaign: Campaign, at_home: dict[str, Any], tmp_path: Path
) -> None:
    file, wanted = campaign_file(tmp_path, campaign.share), at_home
    far = tmp_path / "far"
    options: dict[str, Any] = {
        "executor": "slurm",
        "executor_options": {"folder": str(tmp_path / "shared"), "poll": 1.0, "patience": 5.0},
        "limit": LIMIT,
    }
    # Results are read when they are asked for.
    first = dict(adrbench.run(file, results=far, **options).statuses)
    time.sleep(10)
    left = orphans(str(tmp_path))
    states = Counter(job["state"].split()[0] for job in cluster.jobs())
    cluster.configure(every=0)
    second = adrbench.run(file, results=far, **options)
    assert first.get("ok", 0) == states["COMPLETED"] == len(wanted) - len(wanted) // 5
    assert second.statuses == {"ok": len(wanted)}
    assert answers(far) == wanted
    assert len(cluster.jobs()) == len(wanted) + len(wanted) // 5
    assert not left
    failed = ", ".join(f"{number} {state}" for state, number in sorted(states.items()) if state != "COMPLETED")
    row = (len(wanted), failed, states["COMPLETED"], len(wanted), len(cluster.jobs()), len(left))
    columns = ("cells", "failed jobs", "ok after the first run", "identical after the second", "jobs")
    print(campaign.write("slurm", (*columns, "orphans after 10 s"), [row]))
