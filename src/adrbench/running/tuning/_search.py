"""The search of a study: Optuna suggests values, the objective scores them, a journal keeps them."""

from __future__ import annotations

import gc
import math
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from adrbench.api import Pruned, Unavailable
from adrbench.config.search_space import Space, as_plain
from adrbench.errors import StoreError
from adrbench.running.tuning._importance import importance
from adrbench.running.tuning._suggestions import Point, distribution, grid, pruner, sampler, values
from adrbench.running.tuning._trials import Judge, Progress, Spec, State, Trial, Tuned

_NAME = "adrbench"
_KILLS = 3
_INTERRUPTED = "interrupted: its process ended"
_STATES: Mapping[TrialState, State] = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}


def search(journal: Path, space: Space, spec: Spec, judge: Judge, progress: Progress) -> Tuned:
    """Search a space. See ``run_study``; the caller holds the lock of the journal."""
    study = _open(journal, space, spec)
    distributions = {name: distribution(scale) for name, scale in sorted(space.items())}
    points = list(grid(space, spec.seed)) if spec.sampler == "grid" else []
    budget = min(spec.trials, len(points)) if points else spec.trials
    while True:
        trials = study.get_trials(deepcopy=False)
        place = _place(trials)
        if place >= budget or (spec.timeout is not None and trials and _spent(trials) >= spec.timeout):
            break
        best = max((t.value for t in trials if t.state == TrialState.COMPLETE and t.value is not None), default=None)
        note = f"trial {place + 1} of {budget}" + (f", best F1 so far {100 * best:.1f}" if best is not None else "")
        progress(place, budget, note)
        with _quiet():
            # Built afresh for each trial: what is tried depends on its place and on history, not on the process.
            study.sampler = Point(points[place]) if points else sampler(spec, place)
            study.pruner = pruner(spec)
            asked = study.ask(distributions)
        trial = _Running(study, asked, partial(_say, progress, place, budget, note))
        twin = next((t for t in trials if _counted(t) and _settled(t) and t.params == asked.params), None)
        if twin is None:
            trial.run(judge)
        else:
            trial.repeat(twin)
    return _tuned(study, journal, spec)


def _say(progress: Progress, place: int, budget: int, note: str, news: str) -> None:
    progress(place, budget, f"{note}; {news}")


@dataclass
class _Running:
    """A running trial."""

    study: Study
    trial: optuna.Trial
    say: Callable[[str], None]
    started: float = 0.0
    step: int = -1

    def report(self, step: int, value: float) -> None:
        """Take a value on the way. Raises ``Pruned`` if the pruner has seen enough."""
        if step <= self.step:
            raise ValueError(f"steps must rise, and {step} is reported after {self.step}")
        if not math.isfinite(value):
            raise ValueError(f"reported {value} at step {step}")
        self.step = step
        self.say(f"step {step}: {100 * value:.1f}")
        with _quiet():
            self.trial.report(float(value), step)
            # Should the process be killed, the cost so far is known.
            self.trial.set_user_attr("seconds", time.monotonic() - self.started)
            enough = self.trial.should_prune()
        if enough:
            raise Pruned(f"pruned at step {step}")

    def run(self, judge: Judge) -> None:
        """Judge the trial's values and write down how it ended; raises ``Unavailable`` only."""
        self.started = time.monotonic()
        tried = values(self.trial.params, self.trial.distributions)
        try:
            value = float(judge(tried, self.report))
            if not math.isfinite(value):
                raise ValueError(f"judged {value}")  # noqa: TRY301  (as any other failure)
        except Pruned:
            self._end(TrialState.PRUNED)
        except Unavailable as lacking:
            # No verdict on the values: the next run repeats the trial.
            self.trial.set_user_attr("skipped", _reason(lacking))
            self._end(TrialState.FAIL)
            raise
        except Exception as error:  # noqa: BLE001  (the trial says what happened; the others go on)
            self.trial.set_user_attr("reason", _reason(error))
            self._end(TrialState.FAIL)
        else:
            self._end(TrialState.COMPLETE, value)
        gc.collect()  # a tagger's memory must be free before the next one is built

    def repeat(self, twin: FrozenTrial) -> None:
        """End at once as an earlier trial of the same values did: the seed is the same, and so would be the answer."""
        reason = twin.user_attrs.get("reason", "")
        origin = f"the same values as trial {twin.number}"
        self.started = time.monotonic()
        self.trial.set_user_attr("reason", f"{reason} ({origin})" if reason and origin not in reason else origin)
        self._end(twin.state, twin.value)

    def _end(self, state: TrialState, value: float | None = None) -> None:
        with _quiet():
            self.trial.set_user_attr("seconds", time.monotonic() - self.started)
            self.study.tell(self.trial, value, state)


def _open(journal: Path, space: Space, spec: Spec) -> Study:
    """The study of a journal, old or new, with no trial left running. Raises ``StoreError`` if it cannot be used."""
    if journal.exists():
        # A kill may have cut the last line; what is written next must not be glued to it.
        raw = journal.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            with journal.open("r+b") as file:
                file.truncate(whole)
    wanted = {
        "space": as_plain(space),
        "sampler": spec.sampler,
        "pruner": spec.pruner,
        "seed": spec.seed,
    }
    try:
        with _quiet():
            storage = JournalStorage(JournalFileBackend(str(journal), lock_obj=_Locked(str(journal))))
            if _NAME in optuna.get_all_study_names(storage):
                study = optuna.load_study(study_name=_NAME, storage=storage)
            else:
                study = optuna.create_study(study_name=_NAME, storage=storage, direction="maximize")
            stored = study.user_attrs.get("search")
    except Exception as error:
        raise StoreError(f"{journal}: a damaged study ({_reason(error)}); remove it to start afresh") from error
    if stored not in (None, wanted):
        raise StoreError(f"{journal}: a study of another space, sampler, pruner or seed; remove it to start afresh")
    with _quiet():
        study.set_user_attr("search", wanted)
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)
    return study


class _Locked(JournalFileSymlinkLock):
    """No lock of Optuna's own, which a kill would leave behind. The caller holds the lock of the journal."""

    def acquire(self) -> bool:
        """There is nothing to wait for."""
        return True

    def release(self) -> None:
        """There is nothing to release."""


def _counted(trial: FrozenTrial) -> bool:
    """True if a trial ended with a result; a killed trial did not."""
    return trial.state in _STATES or (trial.state == TrialState.FAIL and bool(trial.user_attrs.get("reason")))


def _settled(trial: FrozenTrial) -> bool:
    """True if the same values would end the same way at any time. A pruner's decision depends on earlier trials."""
    return trial.state in {TrialState.COMPLETE, TrialState.FAIL}


def _place(trials: Sequence[FrozenTrial]) -> int:
    """The number of used places of the study: one for each result, and one for each trial that was killed too often."""
    place = kills = 0
    for trial in trials:
        if not _counted(trial) and "skipped" not in trial.user_attrs:
            kills += 1
        if _counted(trial) or kills == _KILLS:
            place, kills = place + 1, 0
    return place


def _spent(trials: Sequence[FrozenTrial]) -> float:
    return sum(float(trial.user_attrs.get("seconds", 0.0)) for trial in trials)


def _tuned(study: Study, journal: Path, spec: Spec) -> Tuned:
    with _quiet():
        trials = study.get_trials(deepcopy=False)
        shares = importance(study)
    done = tuple(
        Trial(
            number=trial.number,
            state=_STATES.get(trial.state, "failed"),
            value=trial.value,
            params=values(trial.params, trial.distributions),
            seconds=float(trial.user_attrs.get("seconds", 0.0)),
            reason=_why(trial),
        )
        for trial in trials
    )
    completed = [trial for trial in done if trial.state == "complete"]
    if not completed:
        journal.replace(journal.with_name(f"{journal.name}.failed"))
        reasons = Counter(trial.reason or trial.state for trial in done)
        said = "; ".join(f"{reason} ({count} times)" if count > 1 else reason for reason, count in reasons.items())
        raise RuntimeError(f"none of {len(done)} trials succeeded: {said}")
    best = max(completed, key=lambda trial: trial.value or 0.0)
    seconds = sum(trial.seconds for trial in done)
    return Tuned(spec.study, spec.scope, best.value or 0.0, best.params, done, seconds, shares)


def _why(trial: FrozenTrial) -> str:
    interrupted = _INTERRUPTED if trial.state == TrialState.FAIL else ""
    return str(trial.user_attrs.get("reason") or trial.user_attrs.get("skipped") or interrupted)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's log and warnings off the console, and nobody else's: never around a judge."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)
