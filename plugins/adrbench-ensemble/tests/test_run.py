"""Ensembles as a user runs them: a benchmark file, the command line, cells in processes of their own."""

from __future__ import annotations

from pathlib import Path

import command_line
import pytest

import adrbench
from adrbench.api import Span

HEAD = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.4
"""
CRF = "{ clusters = [], bigrams = 0, max_iterations = 20 }"


def run(folder: Path, taggers: str, *options: str, path: str = "") -> adrbench.Results:
    """Run a benchmark of these taggers, and look at it."""
    (folder / "try.toml").write_text(HEAD + taggers)
    command = ("run", str(folder / "try.toml"), "--results", str(folder / "results"), *options)
    done = command_line.adrbench(*command, environment={"PYTHONPATH": path, "ADRBENCH_CACHE": str(folder / "cache")})
    assert done.returncode == 0, done.stdout + done.stderr
    return adrbench.Results(folder / "results")


def spans(results: adrbench.Results, tagger: str) -> set[tuple[str, Span]]:
    """All that a tagger predicted."""
    return {(name, span) for name, found in results.predictions(tagger).items() for span in found}


@pytest.mark.slow
def test_members_in_an_ensemble_are_what_they_are_alone(tmp_path: Path) -> None:
    """Two members' majority is what both predict alone in the same fold, their union holds it, all are kept."""
    members = f'members = [{{ use = "dictionary" }}, {{ use = "crf", params = {CRF} }}]'
    results = run(
        tmp_path,
        f"""
[[taggers]]
id = "dictionary"
use = "dictionary"
[[taggers]]
id = "crf"
use = "crf"
params = {CRF}
[[taggers]]
id = "both"
use = "ensemble"
params = {{ {members} }}
[[taggers]]
id = "any"
use = "ensemble"
params = {{ {members}, vote = "union" }}
[[taggers]]
id = "weighed"
use = "ensemble"
params = {{ {members}, vote = "weighted", threshold = 0.3 }}
""",
        "--limit",
        "120",
        "--keep-models",
    )
    assert results.statuses == {"ok": 5}
    one, other = spans(results, "dictionary"), spans(results, "crf")
    both, any_, weighed = (spans(results, name) for name in ("both", "any", "weighed"))
    assert both == one & other != set()
    assert both < any_ <= one | other
    assert both <= weighed <= any_
    assert len(list((tmp_path / "results" / "models").glob("*/model/member-2"))) == 3


def test_a_cell_is_another_one_when_a_member_changes(tmp_path: Path, site: Path) -> None:
    """Finished cells are kept until a member's code changes, or a file that its parameters name."""
    terms = tmp_path / "terms.txt"
    terms.write_text("nausea\n")
    taggers = """
[[taggers]]
id = "e"
use = "ensemble"
params = { members = [{ use = "voice" }, { use = "dictionary", params = { term_lists = ["terms.txt"] } }] }
"""

    def cells() -> int:
        run(tmp_path, taggers, "--limit", "30", path=str(site))
        return len(list((tmp_path / "results" / "cells").glob("*/*.jsonl")))

    assert (cells(), cells()) == (1, 1)
    with (site / "voices.py").open("a") as code:
        code.write("\nCHANGED = True\n")
    assert cells() == 2
    terms.write_text("nausea\nvertigo\n")
    assert cells() == 3
