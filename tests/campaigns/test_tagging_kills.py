"""Tagging that is killed at any moment: the same command goes on to the very output of an undisturbed run."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import adrbench

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

CASES = 50
TEXTS = 12_000
FORMS = ("jsonl", "brat", "html", "pubtator", "bioc")
# The command, which makes its output safe after every batch, or as seldom as it does for a user.
CODE = """
import sys
from adrbench.running.tagging import tag
tag._COMMIT_SECONDS = float(sys.argv.pop(1))
from adrbench.cli import main
main()
"""


class Bench:
    """A kept tagger and texts, with the command line."""

    def __init__(self, folder: Path) -> None:
        self.kept, self.texts, self.folder = folder / "kept", folder / "texts.jsonl", folder
        tagger = adrbench.tagger("dictionary", words="punctuation", scores=True)
        tagger.fit(["A rash, nausea."], [[(2, 6, "ADR"), (8, 14, "ADR")]]).save(self.kept)
        lines = (
            json.dumps({"id": f"{number}", "text": f"{number}: rash, then nausea.\nNo 😀 at all."})
            if number % 500
            else "{broken"
            for number in range(TEXTS)
        )
        self.texts.write_text("\n".join(lines), encoding="utf-8")

    def start(self, form: str, out: Path, commit: float) -> subprocess.Popen[bytes]:
        """Start the command."""
        arguments = ["tag", str(self.kept), str(self.texts), "--to", form, "--out", str(out)]
        command = [sys.executable, "-c", CODE, str(commit), *arguments]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self, form: str, out: Path, commit: float) -> float:
        """Run the command to its end; returns for how many seconds it wrote."""
        process = self.start(form, out, commit)
        writing_since = wait(lambda: partial(out).exists() or process.poll() is not None)
        _, said = process.communicate()
        # Some of the texts cannot be read.
        assert process.returncode == 3, said.decode()
        return time.monotonic() - writing_since


def partial(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial")


def wait(until: Callable[[], bool]) -> float:
    """Wait; returns the time."""
    while not until():
        time.sleep(0.005)
    return time.monotonic()


def content(out: Path) -> dict[str, bytes]:
    files = [out] if out.is_file() else sorted(path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.mark.campaign
def test_kills_at_random_moments_leave_no_trace(tmp_path: Path, campaign: Campaign) -> None:
    """Up to three kills in a run, at a moment that is drawn from the time in which it writes."""
    bench = Bench(tmp_path)
    whole: dict[str, dict[str, bytes]] = {}
    seconds: dict[str, float] = {}
    rows = []
    for case in campaign.draw(range(CASES)):
        drawn = random.Random(f"{campaign.seed} {case}")
        form, commit = FORMS[case % len(FORMS)], drawn.choice([0.0, 2.0])
        if form not in whole:
            seconds[form] = bench.finish(form, tmp_path / f"whole-{form}", commit)
            whole[form] = content(tmp_path / f"whole-{form}")
        out = tmp_path / f"out-{case}"
        kills = 0
        for _ in range(drawn.choice([1, 1, 2, 3])):
            process = bench.start(form, out, commit)
            wait(lambda out=out, process=process: partial(out).exists() or process.poll() is not None)  # type: ignore[misc]
            time.sleep(drawn.uniform(0, seconds[form]))
            kills += process.poll() is None
            process.kill()
            process.communicate()
            if out.exists():
                break
        if not out.exists():
            bench.finish(form, out, commit)
        same = content(out) == whole[form]
        rows.append((case, form, commit, kills, "same" if same else "DIFFERENT"))
        left = [path.name for path in tmp_path.glob(f"{out.name}.*")]
        assert same, rows[-1]
        assert not left, left
    print(campaign.write("tagging-kills", ("case", "format", "commit, s", "kills", "output"), rows))
