"""Studies: what is tried, what is kept, what a kill costs."""
# ruff: noqa: ARG001, ARG005  (a judge has its two arguments, whatever it does with them)

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adrbench.api import Pruned, Unavailable
from adrbench.api.space import Categorical, FloatRange, IntRange, Scale
from adrbench.errors import StoreError
from adrbench.running.tuning._study import run_study
from adrbench.running.tuning._trials import Report, Spec, Tuned

SPACE: dict[str, Scale] = {
    "rate": FloatRange(1e-6, 1e-3, log=True),
    "layers": IntRange(1, 9, step=2),
    "mode": Categorical((True, 1, "1", (1, 2))),
}
SPEC = Spec(study="key", trials=12, seed=5)


def hill(values: Mapping[str, Any], report: Report) -> float:
    """Best at a rate of 1e-4; fails with nine layers."""
    if values["layers"] == 9:
        raise ValueError("nine layers\nare too many")
    return 1 / (1 + abs(math.log10(values["rate"]) + 4))


def quiet(done: float, total: float, note: str) -> None:
    """Nobody watches."""


def verdicts(tuned: Tuned) -> list[tuple[Any, ...]]:
    """What was tried and found, without times, and without trials that a kill cut short."""
    return [(t.params, t.state, t.value) for t in tuned.trials if not t.reason.startswith("interrupted")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """A study that nothing disturbed."""
    return run_study(tmp_path_factory.mktemp("whole") / "study.log", SPACE, SPEC, hill, quiet)


def test_a_study_gives_the_best_trial_and_every_other(whole: Tuned) -> None:
    """The content of a cell is the best value with its parameters, and each trial with its cost."""
    content = json.loads(json.dumps(whole.as_json()))
    assert set(content) == {"study", "scope", "value", "params", "trials", "seconds", "importance"}
    assert (content["study"], content["scope"], len(content["trials"])) == ("key", "fold", 12)
    for trial in content["trials"]:
        assert set(trial) == {"number", "state", "value", "params", "seconds", "reason"}
        assert set(trial["params"]) == set(SPACE)
    completed = [trial for trial in content["trials"] if trial["state"] == "complete"]
    best = max(completed, key=lambda trial: trial["value"])
    assert (content["value"], content["params"]) == (best["value"], best["params"])
    assert content["seconds"] == pytest.approx(sum(trial["seconds"] for trial in content["trials"]))


def test_values_are_those_of_the_space(whole: Tuned) -> None:
    """A trial gets numbers of the declared kind and the very values of a choice, lists included."""
    for trial in whole.trials:
        assert 1e-6 <= trial.params["rate"] <= 1e-3
        assert trial.params["layers"] in {1, 3, 5, 7, 9}
        assert any(type(trial.params["mode"]) is kind for kind in (bool, int, str, list))
    assert len({repr(trial.params["mode"]) for trial in whole.trials}) > 2


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_seed_decides(sampler: Any, tmp_path: Path) -> None:
    """The same seed tries the same values, another seed others."""
    spec = replace(SPEC, sampler=sampler, trials=6)
    one, same = (verdicts(run_study(tmp_path / f"{i}.log", SPACE, spec, hill, quiet)) for i in range(2))
    other = verdicts(run_study(tmp_path / "3.log", SPACE, replace(spec, seed=6), hill, quiet))
    assert one == same
    assert one != other


def test_tpe_learns_from_its_trials(tmp_path: Path) -> None:
    """The second half of a study lies nearer to the best rate than its random start."""
    tuned = run_study(tmp_path / "s.log", {"rate": SPACE["rate"]}, replace(SPEC, trials=30), _rate_only, quiet)
    distance = [abs(math.log10(trial.params["rate"]) + 4) for trial in tuned.trials]
    assert sum(distance[15:]) < 0.7 * sum(distance[:15])


def _rate_only(values: Mapping[str, Any], report: Report) -> float:
    return hill({**values, "layers": 1}, report)


def test_a_failing_trial_is_a_row_with_its_reason(whole: Tuned) -> None:
    """What a trial raises is its reason, on one line, and the study goes on."""
    failed = [trial for trial in whole.trials if trial.state == "failed"]
    assert {trial.reason for trial in failed} == {"ValueError: nine layers are too many"}
    assert all(trial.value is None and trial.params["layers"] == 9 for trial in failed)


def test_a_study_without_success_says_why_and_can_be_tried_again(tmp_path: Path) -> None:
    """If every trial fails, the reasons are raised; the next run starts afresh and may succeed."""
    journal = tmp_path / "study.log"
    answers: Iterator[float | MemoryError] = iter([math.nan, MemoryError("no room"), math.inf])

    def judge(values: Mapping[str, Any], report: Report) -> float:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(
        RuntimeError, match=r"none of 3 trials succeeded: .*judged nan.*MemoryError: no room.*judged inf"
    ):
        run_study(journal, SPACE, replace(SPEC, trials=3), judge, quiet)
    again = run_study(journal, {"rate": SPACE["rate"]}, replace(SPEC, trials=3), _rate_only, quiet)
    assert [trial.state for trial in again.trials] == ["complete"] * 3


def test_a_finished_study_is_not_run_again(tmp_path: Path) -> None:
    """A second call gives what the first one found, without a trial."""
    first = run_study(tmp_path / "s.log", SPACE, SPEC, hill, quiet)

    def never(values: Mapping[str, Any], report: Report) -> float:
        raise AssertionError("judged again")

    assert run_study(tmp_path / "s.log", SPACE, SPEC, never, quiet) == first


def test_a_grid_tries_each_point_once(tmp_path: Path) -> None:
    """The product of choices and whole numbers, each point once, in an order that the seed decides."""
    grid: dict[str, Scale] = {
        "layers": IntRange(1, 5, step=2),
        "mode": Categorical(("a", "b")),
        "rate": Categorical((1e-4, 1e-5)),
    }
    spec = replace(SPEC, sampler="grid", trials=20)
    tuned = run_study(tmp_path / "s.log", grid, spec, hill, quiet)
    assert len(tuned.trials) == 12
    assert len({json.dumps(trial.params) for trial in tuned.trials}) == 12
    assert tuned.params["rate"] == 1e-4
    other = run_study(tmp_path / "t.log", grid, replace(spec, seed=6), hill, quiet)
    assert [trial.params for trial in other.trials] != [trial.params for trial in tuned.trials]
    with pytest.raises(ValueError, match=r"space.rate: .*list of values"):
        run_study(tmp_path / "u.log", SPACE, spec, hill, quiet)


def test_the_same_values_are_not_judged_twice(tmp_path: Path) -> None:
    """A trial of values that were judged before, or failed, takes over that answer."""
    judged = []

    def judge(values: Mapping[str, Any], report: Report) -> float:
        judged.append(values["mode"])
        if values["mode"] == "a":
            raise ValueError("not a")
        return 0.5

    tuned = run_study(tmp_path / "s.log", {"mode": Categorical(("a", "b"))}, SPEC, judge, quiet)
    assert sorted(judged) == ["a", "b"]
    assert len(tuned.trials) == 12
    assert {(t.params["mode"], t.state, t.value) for t in tuned.trials} == {
        ("a", "failed", None),
        ("b", "complete", 0.5),
    }


@pytest.mark.parametrize("pruner", ["median", "halving"])
def test_a_pruner_ends_poor_trials_early(pruner: Any, tmp_path: Path) -> None:
    """A trial that reports less than the others did is pruned and keeps its last report; without a pruner none is."""
    epochs = []

    def judge(values: Mapping[str, Any], report: Report) -> float:
        for epoch in range(1, 5):
            report(epoch, values["rate"] * epoch)
            epochs.append(epoch)
        return float(values["rate"]) * 4

    space = {"rate": FloatRange(0.0, 0.2)}
    tuned = run_study(tmp_path / "s.log", space, replace(SPEC, pruner=pruner), judge, quiet)
    pruned = [trial for trial in tuned.trials if trial.state == "pruned"]
    assert pruned
    assert all(trial.value in {trial.params["rate"] * epoch for epoch in (1, 2, 4)} for trial in pruned)
    assert tuned.value == max(trial.value for trial in tuned.trials if trial.value is not None)
    assert len(epochs) < 4 * 12
    plain = run_study(tmp_path / "t.log", space, SPEC, judge, quiet)
    assert {trial.state for trial in plain.trials} == {"complete"}


def test_reports_must_make_sense(tmp_path: Path) -> None:
    """A report that is no number, or a step that does not rise, fails the trial."""
    reports = iter([[(1, math.nan)], [(2, 0.1), (2, 0.2)], [(1, 0.1), (2, 0.2)]])

    def judge(values: Mapping[str, Any], report: Report) -> float:
        for step, value in next(reports):
            report(step, value)
        return 0.3

    tuned = run_study(tmp_path / "s.log", {"rate": SPACE["rate"]}, replace(SPEC, trials=3), judge, quiet)
    assert [trial.state for trial in tuned.trials] == ["failed", "failed", "complete"]
    assert tuned.trials[0].reason == "ValueError: reported nan at step 1"
    assert "steps must rise" in tuned.trials[1].reason


def test_a_machine_that_lacks_something_costs_no_trial(tmp_path: Path) -> None:
    """``Unavailable`` ends the run, not the study: the next one goes on with the very same trial."""
    tried: list[Any] = []

    def judge(values: Mapping[str, Any], report: Report) -> float:
        tried.append(values)
        if len(tried) in {3, 4, 5, 6, 7}:
            raise Unavailable("no weights")
        return hill({**values, "layers": 1}, report)

    spec = replace(SPEC, trials=4)
    for _ in range(5):
        with pytest.raises(Unavailable, match="no weights"):
            run_study(tmp_path / "s.log", SPACE, spec, judge, quiet)
    tuned = run_study(tmp_path / "s.log", SPACE, spec, judge, quiet)
    assert all(values == tried[2] for values in tried[3:8])
    assert [t.state for t in tuned.trials].count("complete") == 4
    assert {t.reason for t in tuned.trials if t.state == "failed"} == {"Unavailable: no weights"}


def test_no_trial_starts_after_the_timeout(tmp_path: Path) -> None:
    """The seconds of all trials count together, over resumes, and the first trial always runs."""

    def slow(values: Mapping[str, Any], report: Report) -> float:
        time.sleep(0.06)
        return 0.5

    spec = replace(SPEC, timeout=0.1)
    tuned = run_study(tmp_path / "s.log", SPACE, spec, slow, quiet)
    assert 1 <= len(tuned.trials) <= 2
    assert run_study(tmp_path / "s.log", SPACE, spec, slow, quiet) == tuned
    more = run_study(tmp_path / "s.log", SPACE, replace(spec, timeout=tuned.seconds + 0.01), slow, quiet)
    assert len(more.trials) == len(tuned.trials) + 1


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
import test_study as t

count = 0

def judge(values, report):
    global count
    count += 1
    report(1, 0.5)
    if count > {trials}:
        os.kill(os.getpid(), signal.SIGKILL)
    return t.hill(values, report)

t.run_study(Path(sys.argv[1]), t.SPACE, t.SPEC, judge, t.quiet)
"""


def killed(journal: Path, trials: int) -> None:
    """Run the study in a process that is killed inside the trial after so many."""
    program = PROGRAM.format(folder=str(Path(__file__).parent), trials=trials)
    done = subprocess.run([sys.executable, "-c", program, str(journal)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not done.stdout + done.stderr


@pytest.mark.slow
def test_a_killed_study_goes_on_as_if_it_had_not_been(whole: Tuned, tmp_path: Path) -> None:
    """After ``kill -9`` in two trials and a cut line, finished trials count and the rest is what it would have been."""
    journal = tmp_path / "study.log"
    killed(journal, 3)
    killed(journal, 4)
    with journal.open("ab") as file:
        file.write(b'{"op_code": 5, "work')
    tuned = run_study(journal, SPACE, SPEC, hill, quiet)
    assert verdicts(tuned) == verdicts(whole)
    assert (tuned.value, tuned.params) == (whole.value, whole.params)
    cut = [trial for trial in tuned.trials if trial.reason.startswith("interrupted")]
    assert len(cut) == 2
    assert all(trial.state == "failed" and trial.seconds > 0 for trial in cut)
    assert tuned.seconds == pytest.approx(sum(trial.seconds for trial in tuned.trials))


@pytest.mark.slow
def test_a_trial_that_always_kills_its_process_is_given_up(whole: Tuned, tmp_path: Path) -> None:
    """After three kills at one trial, the study goes on without it."""
    journal = tmp_path / "study.log"
    for _ in range(3):
        killed(journal, 0)
    tuned = run_study(journal, SPACE, SPEC, hill, quiet)
    assert len(tuned.trials) == 3 + 11
    assert all(trial.params == whole.trials[0].params for trial in tuned.trials[:3])


def test_two_processes_never_run_one_study_at_once(tmp_path: Path) -> None:
    """Who comes second waits, says so, and gets what the first one found."""
    journal = tmp_path / "study.log"
    inside, go_on = threading.Event(), threading.Event()
    found: list[Tuned] = []
    judged: list[str] = []

    def judge(values: Mapping[str, Any], report: Report) -> float:
        judged.append(threading.current_thread().name)
        inside.set()
        assert go_on.wait(60)
        return _rate_only(values, report)

    def watch(done: float, total: float, note: str) -> None:
        if "waiting" in note:
            go_on.set()

    def run() -> None:
        found.append(run_study(journal, {"rate": SPACE["rate"]}, replace(SPEC, trials=2), judge, watch))

    first, second = threading.Thread(target=run, name="first"), threading.Thread(target=run, name="second")
    first.start()
    assert inside.wait(60)
    second.start()
    first.join()
    second.join()
    assert judged == ["first", "first"]
    assert found[0] == found[1]


def test_a_journal_that_is_not_this_study_is_refused(tmp_path: Path) -> None:
    """Another space or seed, or bytes that are no journal, are errors, and the file stays as it is."""
    journal = tmp_path / "study.log"
    run_study(journal, SPACE, replace(SPEC, trials=2), lambda values, report: 0.5, quiet)
    before = journal.read_bytes()
    for space, spec in (({"rate": FloatRange(0, 1)}, SPEC), (SPACE, replace(SPEC, seed=1))):
        with pytest.raises(StoreError, match="another space"):
            run_study(journal, space, spec, hill, quiet)
    assert journal.read_bytes() == before
    journal.write_bytes(b"not a journal\nat all\n")
    with pytest.raises(StoreError, match="damaged"):
        run_study(journal, SPACE, SPEC, hill, quiet)
    assert journal.read_bytes() == b"not a journal\nat all\n"


def test_importance_finds_the_parameter_that_matters(tmp_path: Path) -> None:
    """The shares add up to one, the largest first and that of the parameter that decides; few trials give none."""
    space = {"rate": SPACE["rate"], "other": FloatRange(0, 1)}
    spec = replace(SPEC, trials=20, sampler="random")
    tuned = run_study(tmp_path / "s.log", space, spec, _rate_only, quiet)
    assert list(tuned.importance) == ["rate", "other"]
    assert sum(tuned.importance.values()) == pytest.approx(1)
    assert tuned.importance["rate"] > 0.7
    few = run_study(tmp_path / "t.log", space, replace(spec, trials=9), _rate_only, quiet)
    assert few.importance == {}
    level = run_study(tmp_path / "u.log", space, replace(spec, trials=10), lambda values, report: 0.5, quiet)
    assert level.importance == {}


def test_optuna_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Failed, pruned and completed trials leave standard output and error empty."""
    endings = iter([ValueError("no"), Pruned("enough")])

    def judge(values: Mapping[str, Any], report: Report) -> float:
        for ending in endings:
            raise ending
        return 0.5

    tuned = run_study(tmp_path / "s.log", SPACE, replace(SPEC, trials=3), judge, quiet)
    assert [trial.state for trial in tuned.trials] == ["failed", "pruned", "complete"]
    assert capfd.readouterr() == ("", "")
    assert {path.name for path in tmp_path.iterdir()} == {"s.log", "s.log.running"}
