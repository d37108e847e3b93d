"""The gate: what fails it, what chance explains, what it will not compare, and the baseline it keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.gate.baseline import read_baseline, write_baseline
from adrbench.results.gate.verdicts import GateVerdict, Limits, Selection, exit_code, gate, update
from adrbench.results.store import Store


@pytest.fixture
def baseline(contest: Any, adrbench: Any, tmp_path: Path) -> Path:
    """A baseline of two taggers that find all but one mention, written by the command."""
    contest.tagger("crf", [0])
    contest.tagger("net", [0])
    file = tmp_path / "baseline.json"
    done = adrbench("gate", contest.plan(), "--baseline", file, "--update")
    assert done.exit_code == 0, done.output
    assert "2 rows written" in done.stdout
    return file


def judged(other: Any, baseline: Path, limits: Limits | None = None) -> dict[str, GateVerdict]:
    """The verdicts by tagger."""
    found = gate(Store(other.plan()), read_baseline(baseline), limits or Limits(), Registry())
    return {verdict.key[2]: verdict for verdict in found}


def test_the_same_results_pass(contest: Any, baseline: Path, adrbench: Any) -> None:
    """Against its own baseline a folder changes by 0 and took as long; the exit code is 0."""
    found = judged(contest, baseline, Limits(max_drop=0, max_slowdown=1.0))
    assert [(v.outcome, v.line.difference if v.line else None, v.slowdown) for v in found.values()] == [
        ("fine", 0, 1.0),
        ("fine", 0, 1.0),
    ]
    done = adrbench("gate", contest.folder, "--baseline", baseline)
    assert done.exit_code == 0
    assert "0 worse, 2 of 2 compared" in done.stdout


def test_a_large_and_certain_drop_fails(other: Any, baseline: Path, adrbench: Any) -> None:
    """A tagger that misses ten mentions more is worse; the other one is fine; the exit code is 1."""
    other.tagger("crf", range(11))
    other.tagger("net", [0])
    done = adrbench("gate", other.plan(), "--baseline", baseline)
    assert done.exit_code == 1
    assert "1 worse, 2 of 2 compared" in done.stdout
    # A narrow terminal folds the names of columns.
    page = adrbench("gate", other.folder, "--baseline", baseline, "--format", "markdown").stdout
    assert "| Pooled F1 then | Pooled F1 now |" in page
    told = json.loads(adrbench("gate", other.folder, "--baseline", baseline, "--format", "json").stdout)
    assert [(row["tagger"], row["verdict"], row["pooled_f1_now"]) for row in told] == [
        ("crf", "worse", pytest.approx(39 / 50)),
        ("net", "fine", pytest.approx(49 / 50)),
    ]
    assert told[0]["low"] <= told[0]["change"] <= told[0]["high"] < 0
    assert "points lower" in told[0]["reasons"]
    crf = judged(other, baseline)["crf"]
    assert crf.outcome == "worse"
    assert crf.line is not None
    assert (crf.line.second, crf.line.first) == pytest.approx((49 / 50, 39 / 50))
    assert crf.line.high is not None
    assert crf.line.high < 0


def test_a_drop_that_chance_explains_passes(other: Any, baseline: Path) -> None:
    """One mention found and three others missed: four points lower, but the interval reaches 0."""
    other.tagger("crf", [1, 2, 3])
    other.tagger("net", [0])
    crf = judged(other, baseline)["crf"]
    assert crf.line is not None
    assert crf.line.difference == pytest.approx(-0.04)
    assert crf.outcome == "fine"
    assert "may be noise" in crf.reasons[0]


def test_a_certain_drop_within_the_limit_passes(other: Any, baseline: Path, adrbench: Any) -> None:
    """What --max-drop allows is no failure, however certain."""
    other.tagger("crf", range(11))
    other.tagger("net", [0])
    assert adrbench("gate", other.plan(), "--baseline", baseline, "--max-drop", 25).exit_code == 0
    assert judged(other, baseline, Limits(max_drop=25))["crf"].reasons == ()


def test_groups_of_a_grouped_split_are_drawn_whole(contest: Any, other: Any, tmp_path: Path) -> None:
    """A loss that falls on a single group may be chance in a grouped split, and is certain in a random one."""
    verdicts = {}
    for grouped in (True, False):
        for folder, missed in ((contest, []), (other, [0, 1, 2, 3])):
            folder.rows.clear()
            folder.section["grouped"] = grouped
            folder.tagger("crf", missed)
        file = tmp_path / f"{grouped}.json"
        write_baseline(file, update(Store(contest.plan()), None, "exact", Registry())[0])
        verdicts[grouped] = judged(other, file)["crf"].outcome
    assert verdicts == {True: "fine", False: "worse"}


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({"seconds": 2.7}, "worse", "more than 1.3 times"),
        ({"seconds": 2.5}, "fine", ""),
        ({"seconds": 9.0, "machine": "two"}, "fine", "another machine (one, now two)"),
        ({"seconds": 9.0, "jobs": 2}, "fine", "2 cells at a time, then 1"),
    ],
)
def test_time_counts_on_the_same_machine_only(
    other: Any, baseline: Path, changes: dict[str, Any], outcome: str, said: str
) -> None:
    """Slower than allowed is worse; on another machine, or beside other cells, it is reported and not compared."""
    other.tagger("crf", [0], **changes)
    other.tagger("net", [0])
    crf = judged(other, baseline, Limits(max_slowdown=1.3))["crf"]
    assert crf.outcome == outcome
    assert said in "".join(crf.reasons)
    assert (crf.slowdown is None) == ("not compared" in "".join(crf.reasons))
    assert judged(other, baseline)["crf"].outcome == "fine"


def test_what_a_clock_cannot_tell_is_no_slowdown(contest: Any, other: Any, tmp_path: Path) -> None:
    """Twice as long is nothing where both are some hundredths of a second."""
    contest.tagger("crf", seconds=0.2)
    file = tmp_path / "baseline.json"
    write_baseline(file, update(Store(contest.plan()), None, "exact", Registry())[0])
    other.tagger("crf", seconds=0.24)
    assert judged(other, file, Limits(max_slowdown=1.1))["crf"].outcome == "fine"


def test_a_tagger_that_fails_or_is_gone_is_worse(other: Any, baseline: Path, adrbench: Any) -> None:
    """A failed fold and a row that left the plan fail the gate with their reason, as long as anything was measured."""
    other.tagger("crf", [0], failing=[1])
    other.tagger("extra")
    done = adrbench("gate", other.plan(), "--baseline", baseline)
    assert done.exit_code == 4
    other.tagger("net", [0])
    done = adrbench("gate", other.plan(), "--baseline", baseline)
    assert done.exit_code == 1
    found = judged(other, baseline)
    assert found["crf"].reasons == ("no figure of fold 2 of 2 (failed: boom)",)
    assert (found["extra"].outcome, found["net"].outcome) == ("new", "fine")
    other.rows = [row for row in other.rows if row.tagger == "net"]
    assert judged(other, baseline)["crf"].outcome == "worse"
    assert "no longer in the plan" in judged(other, baseline)["crf"].reasons[0]


def test_what_the_machine_lacks_is_not_compared(other: Any, baseline: Path, adrbench: Any) -> None:
    """A skipped tagger is reported and passes; if nothing else is there, nothing was measured: exit code 4."""
    other.row("crf", ("skipped", "needs a GPU"))
    other.tagger("net", [0])
    assert adrbench("gate", other.plan(), "--baseline", baseline).exit_code == 0
    assert judged(other, baseline)["crf"].outcome == "not compared"
    assert adrbench("gate", other.folder, "--baseline", baseline, "--tagger", "crf").exit_code == 4


def test_a_corpus_that_cannot_be_had_is_not_compared(other: Any, baseline: Path) -> None:
    """Neither a corpus that was left out nor one whose place another takes makes a tagger worse."""
    other.section["dataset"] = "mini"
    other.section["stand_in_for"] = "toy"
    other.section["reason"] = "no copy"
    other.tagger("crf")
    assert judged(other, baseline)["net"].reasons == ("mini stands in: no copy",)
    other.section["stand_in_for"] = ""
    other.absent = {"toy": "no network"}
    found = gate(Store(other.plan()), read_baseline(baseline), Limits(), Registry())
    assert [v.outcome for v in found if v.key[0] == "toy"] == ["not compared", "not compared"]
    assert exit_code(found) == 4


def test_another_corpus_version_or_other_folds_are_refused(other: Any, baseline: Path, adrbench: Any) -> None:
    """Figures of another card or of other folds are no baseline: exit code 2, the reason, and no table."""
    other.tagger("crf")
    other.card = "e" * 16
    done = adrbench("gate", other.plan(), "--baseline", baseline)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "another version of the corpus" in done.stderr
    other.card = "c" * 16
    other.folds = other.folds[::-1]
    done = adrbench("gate", other.plan(), "--baseline", baseline)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "other folds" in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no baseline"),
        ("", "is no baseline"),
        ("[1]", "is no baseline"),
        ('{"checksum": "x"}', "is no baseline"),
        ("\x00\x01", "is no baseline"),
        ("<<<<<<< HEAD", "is no baseline"),
    ],
)
def test_what_is_no_baseline_is_refused_and_kept(
    contest: Any, adrbench: Any, tmp_path: Path, content: str | None, message: str
) -> None:
    """A file that is missing, cut off or something else is refused by its name, and never overwritten."""
    contest.tagger("crf")
    file = tmp_path / "b.json"
    if content is not None:
        file.write_text(content)
    done = adrbench("gate", contest.plan(), "--baseline", file)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert str(file) in done.stderr
    if content is not None:
        assert adrbench("gate", contest.folder, "--baseline", file, "--update").exit_code == 2
        assert file.read_text() == content


def test_other_files_of_ours_are_no_baseline(contest: Any, adrbench: Any) -> None:
    """The plan of a results folder, and its mark, have a checksum too, and are refused all the same."""
    contest.tagger("crf")
    for name in ("plan.jsonl", "adrbench.json"):
        done = adrbench("gate", contest.plan(), "--baseline", contest.folder / name, "--update")
        assert done.exit_code == 2
        assert "is no baseline" in done.stderr


def test_a_baseline_edited_by_hand_or_newer_is_refused(contest: Any, baseline: Path, adrbench: Any) -> None:
    """Other seconds than were written, or another format: exit code 2."""
    whole = json.loads(baseline.read_text())
    whole["content"]["entries"][0]["time"]["seconds"] = 99
    baseline.write_text(json.dumps(whole))
    done = adrbench("gate", contest.folder, "--baseline", baseline)
    assert done.exit_code == 2
    assert "checksum" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tagger", "crff"], "did you mean 'crf'?"),
        (["--dataset", "toyy"], "did you mean 'toy'?"),
        (["--splits", "group"], "valid: random"),
        (["--max-drop", "nan"], "not a finite number"),
        (["--max-drop", "-1"], "not in the range"),
        (["--max-slowdown", "0.5"], "not in the range"),
        (["--evaluator", "overlap"], "scored with exact"),
    ],
)
def test_wrong_options_are_told_with_what_is_right(
    contest: Any, baseline: Path, adrbench: Any, arguments: list[str], message: str
) -> None:
    """Unknown names get the closest one, limits must be numbers that mean something; exit code 2."""
    done = adrbench("gate", contest.folder, "--baseline", baseline, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_only_what_was_chosen_is_judged(other: Any, baseline: Path, adrbench: Any) -> None:
    """With --tagger the others may be as bad as they like; a choice that the baseline lacks is refused."""
    other.tagger("crf", range(20))
    other.tagger("net", [0])
    other.tagger("extra")
    assert adrbench("gate", other.plan(), "--baseline", baseline, "--tagger", "net").exit_code == 0
    done = adrbench("gate", other.folder, "--baseline", baseline, "--tagger", "extra")
    assert done.exit_code == 2
    assert "--update adds" in done.stderr


def test_an_update_keeps_what_cannot_be_measured_here(other: Any, baseline: Path, adrbench: Any) -> None:
    """New figures replace old ones, skipped rows stay, rows that left the plan go, unchosen ones are not touched."""
    old = read_baseline(baseline)
    other.row("crf", ("skipped", "needs a GPU"))
    other.tagger("extra")
    done = adrbench("gate", other.plan(), "--baseline", baseline, "--update")
    assert "1 rows written, 1 kept as they were, 1 dropped" in done.stdout
    new = read_baseline(baseline)
    assert [key[2] for key in new.entries] == ["crf", "extra"]
    assert new.entries["toy", "random", "crf"].time == old.entries["toy", "random", "crf"].time
    other.rows.clear()
    other.tagger("crf", range(30))
    other.tagger("extra", range(30))
    assert adrbench("gate", other.plan(), "--baseline", baseline, "--update", "--tagger", "crf").exit_code == 0
    last = read_baseline(baseline)
    sums = {key[2]: sum(float(fold[:, 0].sum()) for fold in entry.counts) for key, entry in last.entries.items()}
    assert sums == {"crf": 10.0, "extra": 40.0}


def test_an_update_without_figures_touches_nothing(other: Any, baseline: Path, adrbench: Any) -> None:
    """If nothing was measured the baseline stays as it was, and the exit code is 4."""
    before = baseline.read_bytes()
    other.row("crf", ("skipped", "needs a GPU"))
    assert adrbench("gate", other.plan(), "--baseline", baseline, "--update").exit_code == 4
    assert baseline.read_bytes() == before


def test_a_baseline_is_canonical(contest: Any, baseline: Path, adrbench: Any, tmp_path: Path) -> None:
    """The same results give the same bytes, whatever the order of taggers; what is read is what was written."""
    contest.rows.reverse()
    again = tmp_path / "again.json"
    adrbench("gate", contest.plan(), "--baseline", again, "--update")
    assert again.read_bytes() == baseline.read_bytes()
    write_baseline(again, read_baseline(baseline))
    assert again.read_bytes() == baseline.read_bytes()


def test_another_evaluator_for_a_part_is_refused(contest: Any, baseline: Path) -> None:
    """Rows judged by two evaluators can't stand in one baseline."""
    with pytest.raises(InputError, match="judged by 'exact'"):
        update(Store(contest.folder), read_baseline(baseline), "errors", Registry(), Selection(taggers=("crf",)))


def test_the_summary_of_a_job_gets_the_table(
    contest: Any, baseline: Path, adrbench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where GITHUB_STEP_SUMMARY names a file, the table is appended to it as Markdown; if it can't be, exit code 2."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert adrbench("gate", contest.folder, "--baseline", baseline).exit_code == 0
    lines = summary.read_text().splitlines()
    assert lines[0] == "before"
    assert any(line.startswith("| toy | random | crf | fine | 98.0 | 98.0 | +0.0 |") for line in lines)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "where.md"))
    done = adrbench("gate", contest.folder, "--baseline", baseline)
    assert done.exit_code == 2
    assert "GITHUB_STEP_SUMMARY" in done.stderr
