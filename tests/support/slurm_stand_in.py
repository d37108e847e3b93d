"""A stand-in for Slurm: ``sbatch``, ``srun``, ``sacct``, ``scancel`` and ``scontrol``, with a controller behind them.

It keeps its jobs in a database in the folder ``STAND_IN_SLURM``, beside ``config.json``. ``sbatch`` starts the
controller, which runs the jobs, so every program answers at once, and later calls see what has happened. What the
programs print follows the manual pages of Slurm. Standard library only: it is started many times.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

PROGRAMS = ("sbatch", "srun", "sacct", "scancel", "scontrol")
VARIABLE = "STAND_IN_SLURM"
_LOOK_SECONDS = 0.03
_IDLE_SECONDS = 3.0
_ATTEMPTS = 20
_GRACE_SECONDS = 3.0
_ACTIVE = ("PENDING", "RUNNING")
_KNOWN = {
    *("account", "array", "comment", "constraint", "cpus-per-task", "dependency", "error", "exclude", "gpus-per-node"),
    *("gres", "job-name", "mem", "nodes", "ntasks-per-node", "open-mode", "output", "partition", "qos", "requeue"),
    *("signal", "test-only", "time", "wckey", "wrap"),
}
_REFUSED = "sbatch: error: Batch job submission failed: "
_SCHEMA = """
create table if not exists job (
    id integer primary key, array integer, task integer, bound integer, script text, cwd text, environment text,
    flags text, state text, node text, step integer, restarts integer default 0, started real, ended real, stop text
);
create table if not exists history (job integer, time real, state text);
create table if not exists counter (name text primary key, value integer);
"""


@dataclass(frozen=True)
class Config:
    """What the cluster has, and what goes wrong on it.

    Attributes:
        cpus: Processors of the only node.
        memory: Its mebibytes.
        gpus: Its GPUs.
        partitions: The partitions; the first is the default.
        max_array_size: As in ``slurm.conf``.
        max_submit: How many tasks a user may have in the queue.
        lag: Seconds that accounting lags behind.
        accounting: Whether there is any.
        down: Whether the controller answers nobody.
        minute: Seconds that a minute of a time limit takes.
        every: Each so many tasks that start, one is ended by a fault; 0: none.
        faults: The states that they end in, in turn.
        delay: Seconds between its start and its fault.
        requeues: Whether a lost or preempted job starts again.
        losses: How often a fault ends the same job at most.
        held: Whether no job starts.
    """

    cpus: int = 4
    memory: int = 65536
    gpus: int = 0
    partitions: tuple[str, ...] = ("main", "long")
    max_array_size: int = 1001
    max_submit: int = 10_000
    lag: float = 0.0
    accounting: bool = True
    down: bool = False
    minute: float = 60.0
    every: int = 0
    faults: tuple[str, ...] = ("FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT", "CANCELLED by 0")
    delay: float = 1.0
    requeues: bool = False
    losses: int = 3
    held: bool = False


class Cluster:
    """The cluster, as a test sees it.

    Args:
        folder: Its folder, which is made.
        config: What it has.
    """

    def __init__(self, folder: Path, config: Config = Config()) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for name in PROGRAMS:
            program = self.bin / name
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -S {__file__} {name} "$@"\n')
            program.chmod(0o755)
        self.config = config
        self.configure()
        self.environment = {VARIABLE: str(folder), "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"}

    def configure(self, **changes: object) -> None:
        """Change what it has."""
        self.config = replace(self.config, **changes)  # type: ignore[arg-type]
        draft = self.folder / "config.draft"
        draft.write_text(json.dumps(asdict(self.config)))
        draft.replace(self.folder / "config.json")

    def jobs(self) -> list[sqlite3.Row]:
        """All tasks of all jobs."""
        with closing(_database(self.folder)) as database:
            return list(database.execute("select * from job order by id"))

    def most_at_a_time(self) -> int:
        """How many tasks ran at the same time at most."""
        with closing(_database(self.folder)) as database:
            steps = database.execute("select state from history order by time, rowid").fetchall()
        running = most = 0
        for (state,) in steps:
            running += 1 if state == "RUNNING" else -1 if state != "PENDING" else 0
            most = max(most, running)
        return most

    def close(self) -> None:
        """Kill every job."""
        (self.folder / "stop").touch()
        with (self.folder / "controller.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)


def _database(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "jobs.sqlite", timeout=60, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.executescript(_SCHEMA)
    return database


def _config(folder: Path) -> Config:
    told: dict[str, Any] = json.loads((folder / "config.json").read_text())
    return Config(**told)


class Slurm:
    """The programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = _config(folder)
        self.database = _database(folder)

    def sbatch(self, arguments: Sequence[str]) -> int:
        """Submit a job, or an array of them."""
        flags, scripts = _flags(arguments)
        if scripts:
            lines = Path(scripts[0]).read_text().splitlines()
            of_script, _ = _flags(
                [word for line in lines if line.startswith("#SBATCH ") for word in shlex.split(line)[1:]]
            )
            # A script's lines do not win over options.
            flags = {**of_script, **flags}
        complaints = list(self._complaints(flags))
        if complaints:
            return _complain(*complaints)
        if "test-only" in flags:
            start, cpus = time.strftime("%Y-%m-%dT%H:%M:%S"), flags.get("cpus-per-task", "1")
            _complain(f"sbatch: Job 1 to start at {start} using {cpus} processors on nodes node1 in partition main")
            return 0
        tasks, bound = _array(flags.get("array", ""))
        self.database.execute("begin immediate")
        queued = self.database.execute(f"select count(*) from job where state in {_ACTIVE}").fetchone()[0]
        if queued + max(1, len(tasks)) > self.config.max_submit:
            self.database.execute("rollback")
            reason = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"
            return _complain("sbatch: error: QOSMaxSubmitJobPerUserLimit", f"{_REFUSED}{reason}")
        first = (self.database.execute("select max(id) from job").fetchone()[0] or 100) + 1
        kept = self.folder / f"script-{first}"
        kept.write_bytes(Path(scripts[0]).read_bytes())
        now = time.time()
        for number, task in enumerate(tasks or [None]):
            values = (first + number, first if tasks else None, task, bound, str(kept), str(Path.cwd()))
            self.database.execute(
                "insert into job (id, array, task, bound, script, cwd, environment, flags, state) "
                "values (?, ?, ?, ?, ?, ?, ?, ?, 'PENDING')",
                (*values, json.dumps(dict(os.environ)), json.dumps(flags)),
            )
            self.database.execute("insert into history values (?, ?, 'PENDING')", (first + number, now))
        self.database.execute("commit")
        subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, "controller"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "controller.log").open("ab"),
            start_new_session=True,
            cwd="/",
        )
        sys.stdout.write(f"Submitted batch job {first}\n")
        return 0

    def _complaints(self, flags: dict[str, str]) -> Iterator[str]:
        """What is wrong with a request, if anything."""
        partition = flags.get("partition", self.config.partitions[0])
        tasks, _ = _array(flags.get("array", ""))
        if unknown := next((name for name in flags if name not in _KNOWN), None):
            yield from (f"sbatch: unrecognized option '--{unknown}'", 'Try "sbatch --help" for more information')
        elif self.config.down:
            yield f"{_REFUSED}Unable to contact slurm controller (connect failure)"
        elif partition not in self.config.partitions:
            yield f"sbatch: error: invalid partition specified: {partition}"
            yield f"{_REFUSED}Invalid partition name specified"
        elif not self._fits(flags):
            refused = "allocation failure: " if "test-only" in flags else _REFUSED
            yield f"{refused}Requested node configuration is not available"
        elif tasks and max(tasks) >= self.config.max_array_size:
            yield f"{_REFUSED}Invalid job array specification"

    def _fits(self, flags: dict[str, str]) -> bool:
        return (
            int(flags.get("cpus-per-task", "1")) <= self.config.cpus
            and int(flags.get("mem", "0").rstrip("MB")) <= self.config.memory
            and int(flags.get("gpus-per-node", "0")) <= self.config.gpus
            and "gres" not in flags
            and "node1" not in flags.get("exclude", "").split(",")
        )

    def srun(self, arguments: Sequence[str]) -> int:
        """Start a step of a job: the only task of it."""
        words = list(arguments)
        output = ""
        while words and words[0].startswith("--"):
            if words.pop(0) == "--output":
                output = words.pop(0)
        job = int(os.environ["SLURM_JOB_ID"])
        os.setpgid(0, 0)
        self.database.execute("update job set step = ? where id = ?", (os.getpid(), job))
        self.database.close()
        log = os.open(_named(output, os.environ), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ |= {"SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0"}
        os.execvp(words[0], words)

    def sacct(self, arguments: Sequence[str]) -> int:
        """Print the states of jobs, as they were some time ago."""
        if not self.config.accounting:
            return _complain("Slurm accounting storage is disabled")
        words = iter(arguments)
        fields, asked = ["JobID", "State"], set()
        for word in words:
            if word == "-o":
                fields = next(words).split(",")
            elif word == "-j":
                asked.add(int(next(words)))
            elif word != "--parsable2":
                return _complain(f"sacct: unrecognized option '{word}'")
        sys.stdout.write("|".join(fields) + "\n")
        for name, state, node in self._rows(asked, time.time() - self.config.lag):
            row = {"JobID": name, "State": state, "NodeList": node}
            sys.stdout.write("|".join(row[field] for field in fields) + "\n")
            if node != "None assigned":
                for step in ("batch", "0"):
                    row = {"JobID": f"{name}.{step}", "State": state, "NodeList": node}
                    sys.stdout.write("|".join(row[field] for field in fields) + "\n")
        return 0

    def _rows(self, asked: set[int], until: float) -> Iterator[tuple[str, str, str]]:
        waiting: dict[int, list[sqlite3.Row]] = {}
        for job in self.database.execute("select * from job order by id"):
            if not {job["id"], job["array"]} & asked:
                continue
            found = self.database.execute(
                "select state from history where job = ? and time <= ? order by time desc, rowid desc limit 1",
                (job["id"], until),
            ).fetchone()
            if found is None:
                continue
            if found["state"] == "PENDING" and job["array"] is not None:
                waiting.setdefault(job["array"], []).append(job)
            else:
                yield _name(job), found["state"], "None assigned" if found["state"] == "PENDING" else "node1"
        for array, jobs in waiting.items():
            yield f"{array}_[{_ranges(jobs)}]", "PENDING", "None assigned"

    def scancel(self, arguments: Sequence[str]) -> int:
        """Ask for the end of jobs."""
        for word in arguments:
            if not word.startswith("--") and not self._mark(word, "CANCELLED by 0"):
                _complain(f"scancel: error: Kill job error on job id {word}: Invalid job id specified")
        return 0

    def _mark(self, name: str, stop: str) -> bool:
        array, _, task = name.partition("_")
        where = "(id = ? or array = ?)" + (" and task = ?" if task else "")
        values = (stop, int(array), int(array), *([int(task)] if task else []))
        return bool(self.database.execute(f"update job set stop = ? where {where}", values).rowcount)

    def scontrol(self, arguments: Sequence[str]) -> int:
        """Show the configuration or a job, or start a job again."""
        if self.config.down:
            return _complain("slurm_load_ctl_conf error: Unable to contact slurm controller (connect failure)")
        words = [word for word in arguments if not word.startswith("--")]
        if words[:2] == ["show", "config"]:
            sys.stdout.write(
                "Configuration data as of 2026-01-05T10:00:00\n"
                "KillWait                = 30 sec\n"
                f"MaxArraySize            = {self.config.max_array_size}\n"
                "MaxJobCount             = 10000\n"
            )
            return 0
        if words[:2] == ["show", "job"]:
            asked = int(words[2])
            jobs = list(self.database.execute("select * from job where id = ? or array = ?", (asked, asked)))
            if not jobs:
                return _complain("slurm_load_jobs error: Invalid job id specified")
            for job in jobs:
                array = f"ArrayJobId={job['array']} ArrayTaskId={job['task']} " if job["array"] is not None else ""
                state = job["state"].split()[0]
                sys.stdout.write(f"JobId={job['id']} {array}JobName=adrbench JobState={state} Reason=None\n")
            return 0
        if words[:1] == ["requeue"]:
            return 0 if self._mark(words[1], "REQUEUED") else 1
        return _complain(f"invalid keyword: {words[0]}")


class Controller:
    """Runs jobs until there has been nothing to do for a while."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = _database(folder)
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        # The state that a running job is being ended with, and when it is killed.
        self.ending: dict[int, tuple[str, float]] = {}
        self.faults: dict[int, tuple[str, float]] = {}
        self.warned: set[int] = set()

    def serve(self) -> None:
        """Do what is due."""
        idle = time.monotonic()
        while time.monotonic() - idle < _IDLE_SECONDS:
            self.config = _config(self.folder)
            if (self.folder / "stop").exists():
                for job in self._with("RUNNING"):
                    _kill(job["id"], self.folder)
                return
            for job in self._with("RUNNING"):
                self._watch(job)
            for job in self._with("PENDING"):
                if job["stop"]:
                    self._becomes(job["id"], job["stop"], ended=time.time())
                elif self._may_start(job):
                    self._start(job)
            if self.processes or self._with("PENDING"):
                idle = time.monotonic()
            time.sleep(_LOOK_SECONDS)

    def _with(self, state: str) -> list[sqlite3.Row]:
        return list(self.database.execute("select * from job where state = ? order by id", (state,)))

    def _becomes(self, job: int, state: str, **changes: float | None) -> None:
        names = "".join(f", {name} = ?" for name in changes)
        self.database.execute(f"update job set state = ?{names} where id = ?", (state, *changes.values(), job))
        self.database.execute("insert into history values (?, ?, ?)", (job, time.time(), state))

    def _may_start(self, job: sqlite3.Row) -> bool:
        running = self._with("RUNNING")
        if self.config.held:
            return False
        flags = json.loads(job["flags"])
        used = sum(int(json.loads(one["flags"]).get("cpus-per-task", "1")) for one in running)
        if used + int(flags.get("cpus-per-task", "1")) > self.config.cpus:
            return False
        if job["array"] is not None and sum(one["array"] == job["array"] for one in running) >= job["bound"]:
            return False
        for other in flags.get("dependency", "afterany").split(":")[1:]:
            question = f"select 1 from job where (id = ? or array = ?) and state in {_ACTIVE}"
            if self.database.execute(question, (other, other)).fetchone():
                return False
        return True

    def _start(self, job: sqlite3.Row) -> None:
        environment = {**json.loads(job["environment"]), "SLURM_JOB_ID": str(job["id"]), "SLURM_NTASKS": "1"}
        environment |= {"SLURM_JOB_NODELIST": "node1", "SLURM_JOB_NUM_NODES": "1", "SLURMD_NODENAME": "node1"}
        if job["array"] is not None:
            environment |= {"SLURM_ARRAY_JOB_ID": str(job["array"]), "SLURM_ARRAY_TASK_ID": str(job["task"])}
        if job["restarts"]:
            environment["SLURM_RESTART_COUNT"] = str(job["restarts"])
        flags = json.loads(job["flags"])
        try:
            with Path(_named(flags.get("output", "/dev/null"), environment)).open("ab") as log:
                process = subprocess.Popen(
                    ["/bin/bash", job["script"]],
                    env=environment,
                    cwd=job["cwd"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError:
            self._becomes(job["id"], "FAILED", ended=time.time())
            return
        self.processes[job["id"]] = process
        self._becomes(job["id"], "RUNNING", started=time.time(), step=None)
        self.database.execute(
            "insert into counter values ('started', 1) on conflict (name) do update set value = value + 1"
        )
        started = self.database.execute("select value from counter").fetchone()[0]
        if self.config.every and started % self.config.every == 0 and job["restarts"] < self.config.losses:
            kind = self.config.faults[(started // self.config.every - 1) % len(self.config.faults)]
            self.faults[job["id"]] = kind, time.monotonic() + self.config.delay

    def _watch(self, job: sqlite3.Row) -> None:
        now, number = time.monotonic(), job["id"]
        process = self.processes.get(number)
        if process is None:
            # Of an earlier controller.
            return
        fault, due = self.faults.get(number, ("", 0.0))
        if fault and now >= due and job["step"] is not None:
            del self.faults[number]
            self._end(job, fault, gently=fault == "PREEMPTED")
        if job["stop"] and number not in self.ending:
            self._end(job, job["stop"], gently=True)
        self._limit(job)
        if number in self.ending and now >= self.ending[number][1]:
            _kill(number, self.folder)
        if process.poll() is not None:
            _kill(number, self.folder)
            self._over(job, process.returncode)

    def _end(self, job: sqlite3.Row, state: str, *, gently: bool) -> None:
        self.ending[job["id"]] = state, time.monotonic() + (_GRACE_SECONDS if gently else 0)
        if gently:
            self._signal(job, signal.SIGTERM)

    def _limit(self, job: sqlite3.Row) -> None:
        flags = json.loads(job["flags"])
        if "time" not in flags or job["id"] in self.ending:
            return
        ran = (time.time() - job["started"]) / self.config.minute
        name, _, seconds = flags.get("signal", "@0").partition("@")
        if name and job["id"] not in self.warned and ran >= int(flags["time"]) - int(seconds) / 60:
            self.warned.add(job["id"])
            self._signal(job, signal.Signals[f"SIG{name}"])
        if ran >= int(flags["time"]):
            self._end(job, "TIMEOUT", gently=True)

    def _signal(self, job: sqlite3.Row, number: int) -> None:
        # To the processes of its step; its script gets none.
        if job["step"] is not None:
            with suppress(OSError):
                os.killpg(job["step"], number)

    def _over(self, job: sqlite3.Row, code: int) -> None:
        number = job["id"]
        del self.processes[number]
        self.faults.pop(number, None)
        self.warned.discard(number)
        state, _ = self.ending.pop(number, ("COMPLETED" if code == 0 else "FAILED", 0.0))
        if state == "REQUEUED" or (self.config.requeues and state in {"NODE_FAIL", "PREEMPTED"}):
            self._becomes(number, state)
            self._becomes(number, "PENDING", restarts=job["restarts"] + 1, stop=None)
        else:
            self._becomes(number, state, ended=time.time())


def _kill(job: int, folder: Path) -> None:
    """Kill all processes of a job, as Slurm does by their cgroup."""
    marks = {f"SLURM_JOB_ID={job}".encode(), f"{VARIABLE}={folder}".encode()}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if marks <= set((process / "environ").read_bytes().split(b"\0")):
                os.kill(int(process.name), signal.SIGKILL)


def _flags(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    options = [word.removeprefix("--").partition("=") for word in words if word.startswith("--")]
    return {name: value for name, _, value in options}, [word for word in words if not word.startswith("--")]


def _array(text: str) -> tuple[list[int], int | None]:
    """The tasks of an array and how many run at a time: ``0-15%4``, ``1,3,5-7``, ``0-6:2``."""
    if not text:
        return [], None
    indices, _, bound = text.partition("%")
    tasks: list[int] = []
    for part in indices.split(","):
        found = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        if found is None:
            raise SystemExit(_complain(f"{_REFUSED}Invalid job array specification"))
        low, high, step = (int(group) if group else None for group in found.groups())
        assert low is not None
        tasks += range(low, (high if high is not None else low) + 1, step or 1)
    return tasks, int(bound) if bound else len(tasks)


def _ranges(jobs: Sequence[sqlite3.Row]) -> str:
    """The tasks that wait, as ``sacct`` writes them: ``2-5,7%2``."""
    parts: list[list[int]] = []
    for job in jobs:
        if parts and job["task"] == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], job["task"]]
        else:
            parts.append([job["task"]])
    return ",".join("-".join(map(str, part)) for part in parts) + f"%{jobs[0]['bound']}"


def _name(job: sqlite3.Row) -> str:
    return str(job["id"]) if job["array"] is None else f"{job['array']}_{job['task']}"


def _named(pattern: str, environment: os._Environ[str] | dict[str, str]) -> str:
    for mark, variable in (("%A", "ARRAY_JOB_ID"), ("%a", "ARRAY_TASK_ID"), ("%j", "JOB_ID")):
        pattern = pattern.replace(mark, environment.get(f"SLURM_{variable}", ""))
    return pattern.replace("%t", "0")


def _complain(*lines: str) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return 1


def main(name: str, arguments: Sequence[str]) -> int:
    """Be one of the programs, or the controller."""
    folder = Path(os.environ[VARIABLE])
    if name == "controller":
        with (folder / "controller.lock").open("w") as lock:
            # If there is another for so long, it has seen the new job.
            for _ in range(_ATTEMPTS):
                with suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    Controller(folder).serve()
                    break
                time.sleep(0.1)
        return 0
    program = getattr(Slurm(folder), name)
    return int(program(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
