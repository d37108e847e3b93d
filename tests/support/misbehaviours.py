"""Taggers that misbehave, and the row that each has to give. A test installs this module as a plugin of its own.

The code of a way runs in ``fit``, or in ``predict`` if it names ``documents``. It knows the names of this module,
``context``, ``folder`` (the cell's), ``label``, ``key`` (the cell's), and may leave ``answers``.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from adrbench.api import Annotated, Context, Document, Span, TaggerPlugin

__all__ = ["atexit", "ctypes", "re", "resource", "shutil", "subprocess", "sys", "threading"]
MIB = 2**20


@dataclass(frozen=True)
class Way:
    """A way to misbehave.

    Attributes:
        code: What the tagger does.
        status: The statuses that its row may have.
        reason: What its reason matches.
    """

    code: str
    status: str
    reason: str = ""


def _signal(name: str) -> Way:
    if name in {"SIGPIPE", "SIGXFSZ"}:
        return Way(f"os.kill(os.getpid(), signal.{name})", "ok")  # Python ignores it
    reason = "KeyboardInterrupt|SIGINT|exit code" if name == "SIGINT" else name
    status, reason = ("oom", "killed by the system") if name == "SIGKILL" else ("failed", reason)
    return Way(f"os.kill(os.getpid(), signal.{name})\ntime.sleep(60)", status, reason)


def _outcome(change: str) -> str:
    return f"made = forged(key)\n{change}\n(folder / 'outcome.json').write_text(json.dumps(made)); os._exit(0)"


def _left(code: str) -> str:
    return f"place = folder / 'outcome.json'\n{code}\nos._exit(0)"


_CANNOT = "outcome that cannot be used"
_ENDED = "left no outcome"
_SIGNALS = (
    "SIGKILL SIGTERM SIGINT SIGHUP SIGQUIT SIGABRT SIGSEGV SIGBUS SIGFPE SIGILL SIGPIPE SIGUSR1 SIGALRM SIGSYS SIGXCPU"
)
WAYS: dict[str, Way] = {
    # Endless: the limit of time ends them.
    "loop": Way("while True: pass", "timeout"),
    "loop in predict": Way("documents\nwhile True: pass", "timeout"),
    "ignores SIGTERM": Way("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", "timeout"),
    "ignores all signals": Way("ignore_all(); time.sleep(600)", "timeout"),
    "stopped": Way("os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
    "holds the interpreter": Way("re.match('(a+)+b', 'a' * 64)", "timeout"),
    "deadlock": Way("lock = threading.Lock(); lock.acquire(); lock.acquire()", "timeout"),
    "waits for input": Way("sys.stdin.buffer.read()", "timeout"),
    "waits for a child": Way("subprocess.run(['sleep', '600'])", "timeout"),
    "another program": Way("os.execv('/bin/sleep', ['sleep', '600'])", "timeout"),
    "stops its supervisor": Way(
        "print('before', flush=True); os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)", "timeout"
    ),
    "stops its supervisor, has a daemon": Way(
        "daemon(deaf); os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)", "timeout"
    ),
    "no death signal": Way("ctypes.CDLL(None).prctl(1, 0); daemon(); time.sleep(600)", "timeout"),
    "endless answers": Way("documents; answers = [endless(label)] * len(documents)", "timeout"),
    "an error that hangs": Way("class E(Exception):\n  def __str__(self): time.sleep(600)\nraise E", "timeout"),
    "hangs in an exit": Way("os._exit = lambda code: time.sleep(600)", "timeout"),
    # Memory.
    "balloon": Way("signal.signal(signal.SIGTERM, signal.SIG_IGN); balloon()", "oom", "limit"),
    "balloon in a child": Way("if os.fork() == 0: balloon()\ntime.sleep(600)", "oom", "limit"),
    "balloon in a daemon": Way("daemon(balloon); time.sleep(600)", "oom", "limit"),
    "balloon in a thread": Way("threading.Thread(target=balloon).start(); time.sleep(600)", "oom", "limit"),
    "memory error": Way("bytearray(2**62)", "oom"),
    "no memory allowed": Way("resource.setrlimit(resource.RLIMIT_AS, (2**26, 2**26)); bytearray(2**28)", "oom|failed"),
    # Processes that want to live on.
    "daemon": Way("daemon()", "ok"),
    "deaf daemon": Way("daemon(deaf)", "ok"),
    "daemon without an environment": Way("daemon(lambda: os.execve('/bin/sleep', ['sleep', '600'], {}))", "ok"),
    "stopped daemon": Way("daemon(lambda: os.kill(os.getpid(), signal.SIGSTOP))", "ok"),
    "child in a session": Way("subprocess.Popen(['sleep', '600'], start_new_session=True)", "ok"),
    "child holds the output": Way("subprocess.Popen(['sh', '-c', 'trap \"\" TERM HUP; sleep 600'])", "ok"),
    "forty children": Way("for _ in range(40):\n  if os.fork() == 0: time.sleep(600)", "ok"),
    "300 generations": Way("generations(300)", "ok"),
    "hydra": Way("for _ in range(2): daemon(hydra)", "ok"),
    "kills its supervisor": Way("os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)", "oom|failed"),
    "kills its supervisor, has a daemon": Way(
        "daemon(lambda: os.execve('/bin/sleep', ['sleep', '600'], {})); time.sleep(1)\n"
        "os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)",
        "oom|failed",
    ),
    "kills its group": Way("os.killpg(0, signal.SIGKILL)", "oom|failed"),
    "thread that never ends": Way("threading.Thread(target=time.sleep, args=(600,)).start()", "ok"),
    "hangs at exit": Way("atexit.register(time.sleep, 600)", "ok"),
    # Output.
    "2 GiB of output": Way("flood(1, 2048); raise ZeroDivisionError('after it')", "failed", "ZeroDivisionError"),
    "errors without end": Way("while True: flood(2, 1)", "timeout"),
    "bytes": Way("os.write(1, bytes(range(256)) * 99); raise ZeroDivisionError", "failed", "ZeroDivisionError"),
    "200 MB message": Way("raise ValueError('m' * 200_000_000)", "failed", "ValueError: mmm"),
    "200 MB of words": Way("raise ValueError('m ' * 100_000_000)", "failed", "ValueError: m m"),
    "200 MB note": Way("e = ValueError('x'); e.add_note('n' * 200_000_000); raise e", "failed", "ValueError: x"),
    "200 MB class": Way("raise type('E' * 200_000_000, (Exception,), {})", "failed"),
    "steers the terminal": Way("raise ValueError('\\x1b[2J\\x1b]0;x\\x07\\ud800')", "failed", "ValueError"),
    "error without words": Way("class E(Exception):\n  def __str__(self): raise KeyError\nraise E", "failed", "E"),
    "200 MB of progress": Way("context.progress(1, 2, 'n' * 200_000_000)", "ok"),
    "progress of any kind": Way("context.progress(1, 10**400, '\\ud800\\x1b[2J')", "ok"),
    "a pipe for progress": Way(
        "(folder / 'progress.json').unlink(missing_ok=True); os.mkfifo(folder / 'progress.json'); time.sleep(1.5)", "ok"
    ),
    "a link for progress": Way(
        "p = folder / 'progress.json'; p.unlink(missing_ok=True); p.symlink_to('/dev/zero'); time.sleep(1.5)",
        "ok",
    ),
    "progress with a deep hole": Way("(folder / 'progress.json').write_text('[' * 4000); time.sleep(1.5)", "ok"),
    # Ends.
    "exit code 0": Way("os._exit(0)", "failed", _ENDED),
    "exit code 255": Way("os._exit(255)", "failed", "exit code 255"),
    "sys.exit": Way("sys.exit()", "failed", _ENDED),
    "keyboard interrupt": Way("raise KeyboardInterrupt", "failed"),
    "base exception": Way("raise BaseException('as it is')", "failed"),
    "generator exit": Way("raise GeneratorExit", "failed"),
    "recursion": Way("f = lambda: f()\nf()", "failed", "RecursionError"),
    "recursion without a limit": Way(
        "sys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)", "failed|oom"
    ),
    "a chain of errors": Way("chained(2000)", "failed", "ValueError"),
    "segmentation fault": Way("ctypes.string_at(0)", "failed", "SIGSEGV"),
    **{name: _signal(name) for name in _SIGNALS.split()},
    # Answers.
    "too few": Way("documents; answers.pop()", "failed", "answers for"),
    "too many": Way("documents; answers.append([])", "failed", "answers for"),
    "no list": Way("documents; answers = None", "failed", "TypeError"),
    "no spans": Way("documents; answers[0] = ['all of it']", "failed", "AttributeError"),
    "outside": Way("documents; answers[0] = [Span(0, 10**9, label)]", "failed", "characters"),
    "backwards": Way("documents; answers[0] = [Span(3, 1, label)]", "failed", "characters"),
    "negative": Way("documents; answers[0] = [Span(-1, 1, label)]", "failed", "characters"),
    "text for offsets": Way("documents; answers[0] = [Span('0', '1', label)]", "failed", "whole numbers"),
    "NaN for offsets": Way("documents; answers[0] = [Span(float('nan'), 1, label)]", "failed", "whole numbers"),
    "fractional offsets": Way("documents; answers[0] = [Span(0, 1.5, label)]", "failed", "whole numbers"),
    "fractional parts": Way(
        "documents; answers[0] = [Span(0, 9, label, ((0, 2.5), (4, 9)))]", "failed", "whole numbers"
    ),
    "overlapping parts": Way("documents; answers[0] = [Span(0, 9, label, ((0, 5), (4, 9)))]", "failed", "overlap"),
    "parts beyond": Way("documents; answers[0] = [Span(0, 5, label, ((0, 2), (3, 9)))]", "failed", "reach"),
    "parts that are none": Way("documents; answers[0] = [Span(0, 5, label, ((0,), 3))]", "failed"),
    "foreign label": Way("documents; answers[0] = [Span(0, 1, 'FOREIGN')]", "failed", "FOREIGN"),
    "label of 1 MB": Way("documents; answers[0] = [Span(0, 1, 'L' * 10**6)]", "failed", "label"),
    "label of another kind": Way("documents; answers[0] = [Span(0, 1, [label])]", "failed"),
    "NaN score": Way("documents; answers[0] = [Span(0, 1, label, score=float('nan'))]", "failed", "score"),
    "infinite score": Way("documents; answers[0] = [Span(0, 1, label, score=float('inf'))]", "failed", "score"),
    "huge facts": Way("self.facts = lambda: {'n' * 200_000_000: 1}", "failed|oom"),
    "facts of 10,000 digits": Way("self.facts = lambda: {'n': 10**10_000}", "failed"),
    "NaN facts": Way("self.facts = lambda: {'n': float('nan')}", "failed", "ValueError"),
    # Outcomes that it writes itself.
    "forged document": Way(
        _outcome("made['predictions'] = {\"nobody's\": [[0, 1, label]]}"), "failed", "not under test"
    ),
    "forged key": Way(_outcome("made['key'] = '0' * 32"), "failed", "another cell"),
    "forged fraction": Way(_outcome("made['predictions'] = {'x': [[0, 1.5, label]]}"), "failed", "integer"),
    "forged costs": Way(_outcome("made['costs']['seconds']['fit'] = float('nan')"), "failed", _CANNOT),
    "forged status": Way(_outcome("made['status'] = 'splendid'"), "failed", _CANNOT),
    "forged name": Way(_outcome("made['gold'] = 1"), "failed", _CANNOT),
    "cut outcome": Way(_left("place.write_text('{\"key\": ')"), "failed", _CANNOT),
    "deep outcome": Way(_left("place.write_text('[' * 200_000)"), "failed", _CANNOT),
    "empty outcome": Way(_left("place.write_text('')"), "failed", _CANNOT),
    "outcome of 200 MB": Way(_left("place.write_text('{\"key\": \"' + 'x' * 200_000_000)"), "failed", "more than"),
    "outcome of a TiB": Way(_left("place.touch(); os.truncate(place, 2**40)"), "failed", "more than"),
    "outcome without end": Way(_left("place.symlink_to('/dev/zero')"), "failed", _CANNOT),
    "outcome elsewhere": Way(_left("place.symlink_to('/etc/passwd')"), "failed", _CANNOT),
    "outcome is a pipe": Way(_left("os.mkfifo(place)"), "failed"),
    "outcome is a folder": Way(_left("place.mkdir()"), "failed"),
    "other JSON": Way("json.dumps = lambda *a, **k: '[]'", "failed", _CANNOT),
    # Files and the process.
    "closed descriptors": Way("os.closerange(0, 1000)", "ok"),
    "few descriptors": Way("resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))", "failed"),
    # Nor may it cut the compiled libraries of all others.
    "no bytes": Way("sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))", "failed"),
    "writes where it works": Way("for i in range(99): open(f'{i}', 'w').write('x')", "ok"),
    "fills its scratch": Way("(context.scratch / 'x').write_bytes(bytes(512 * MIB))", "ok"),
    "10,000 files": Way("for i in range(10_000): (context.scratch / str(i)).touch()", "ok"),
    "deep folders": Way("os.chdir(context.scratch)\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')", "ok"),
    "deletes where it works": Way("shutil.rmtree(os.getcwd())", "ok"),
    "deletes its folder": Way("shutil.rmtree(folder)", "failed"),
    "replaces its folder": Way("shutil.rmtree(folder); folder.symlink_to(folder.parent)", "failed"),
    "locks its folder": Way("os.chmod(context.scratch, 0); os.chmod(folder, 0)", "ok|failed"),
    "goes away": Way("os.chdir('/')", "ok"),
    "handles all signals": Way("ignore_all()", "ok"),
    "no environment": Way("os.environ.clear()", "ok"),
    "no modules": Way("sys.modules.clear()", "ok|failed"),
    "no umask": Way("os.umask(0o777)", "ok|failed"),
}


def forged(key: str) -> dict[str, Any]:
    """An outcome as an honest cell leaves it."""
    seconds = {"read": 1.0, "import": 1.0, "warm_up": 0.0, "fit": 1.0, "predict": 1.0}
    costs = {"seconds": seconds, "cpu_seconds": {"fit": 1.0, "predict": 1.0}, "peak_memory_bytes": 1}
    costs |= {"peak_gpu_memory_bytes": None, "energy_joules": None, "energy_from": [], "facts": {}}
    return {"key": key, "status": "ok", "reason": "", "predictions": {}, "costs": costs}


def daemon(then: Callable[[], object] | None = None) -> None:
    """Leave a process behind that is nobody's child, in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            if then is not None:
                then()
            time.sleep(600)
        os._exit(0)


def deaf() -> None:
    """Ignore what can be ignored, for long."""
    ignore_all()
    time.sleep(600)


def hydra() -> None:
    """Keep a child alive, which keeps on as this does when it is killed."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if (child := os.fork()) == 0:
            continue
        os.waitpid(child, 0)


def generations(count: int) -> None:
    """Start a process that starts another one, and so on; each waits. Shells take less memory than Python does."""
    chain = 'next() { [ "$1" -gt 0 ] || { : > deep; exec sleep 600; }; next $(($1 - 1)) & wait; }; next "$1"'
    subprocess.Popen(["sh", "-c", chain, "chain", str(count)])
    ends = time.monotonic() + 60
    while not os.path.exists("deep") and time.monotonic() < ends:  # noqa: PTH110
        time.sleep(0.1)


def balloon() -> None:
    """Take all memory."""
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * (16 * MIB)))


def flood(stream: int, megabytes: int) -> None:
    """Print."""
    for _ in range(megabytes):
        os.write(stream, b"x" * MIB)


def ignore_all() -> None:
    """Ignore every signal that can be ignored."""
    for number in signal.valid_signals():
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)


def endless(label: str) -> Any:
    """Spans without end."""
    while True:
        yield Span(0, 1, label)


def chained(depth: int) -> None:
    """Raise an error that is because of another one, and so on."""
    error: Exception | None = None
    for number in range(depth):
        new = ValueError(f"number {number}")
        new.__cause__ = error
        error = new
    assert error is not None
    raise error


@dataclass(frozen=True)
class Params:
    """``way``: how to misbehave; empty: not at all. ``number``: tells two that do the same."""

    way: str = ""
    number: int = 0


class Misbehaving:
    """Finds nothing, if it comes to that."""

    def __init__(self, params: Params) -> None:
        self._code = WAYS[params.way].code if params.way else ""
        self._late = re.search(r"\bdocuments\b", self._code) is not None

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Misbehave."""
        folder = context.scratch.parent
        self._names: dict[str, Any] = {**globals(), "self": self, "context": context, "folder": folder}
        self._names |= {"label": context.labels[0], "key": json.loads((folder / "job.json").read_text())["key"]}
        if not self._late:
            exec(self._code, self._names)

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Misbehave, if not done yet."""
        self._names |= {"documents": documents, "answers": [[] for _ in documents]}
        if self._late:
            exec(self._code, self._names)
        answers: list[list[Span]] = self._names["answers"]
        return answers


plugin = TaggerPlugin("misbehaving", "test", "1", Params, "misbehaviours:Misbehaving", cost=1)
