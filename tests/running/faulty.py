"""Taggers that go wrong in every way a cell must survive; installed by tests as a plugin of their own."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from adrbench.api import Annotated, Context, Document, Span, TaggerPlugin, Unavailable

Way = Literal[
    "none",
    "raise",
    "hang",
    "memory",
    "exit",
    "killed",
    "segfault",
    "label",
    "outside",
    "fraction",
    "kinds",
    "short",
    "unavailable",
    "slow",
    "loud",
    "daemon",
    "stopped",
    "interpreter",
    "balloon",
    "flood",
    "megabytes",
]


@dataclass(frozen=True)
class FaultyParams:
    """``way``: how to go wrong."""

    way: Way = "none"
    seconds: float = 0.0


def _daemon() -> None:
    """Leave a process behind that is nobody's child, in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)


class Faulty:
    """Tags the first token of every document, unless it goes wrong first."""

    def __init__(self, params: FaultyParams) -> None:
        self._params = params

    def fit(self, train: Sequence[Annotated], context: Context) -> None:  # noqa: PLR0912  (a case for each way)
        self._label = context.labels[0]
        hoard: list[bytearray] = []
        match self._params.way:
            case "raise":
                raise ZeroDivisionError("as asked")
            case "unavailable":
                raise Unavailable("no weights in this test")
            case "hang":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)
            case "memory":
                while True:
                    hoard.append(bytearray(b"x" * 2**24))
                    time.sleep(0.01)
            case "exit":
                os._exit(7)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "slow":
                context.progress(1, 2, "half way")
                time.sleep(self._params.seconds)
            case "daemon":
                _daemon()
            case "stopped":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "interpreter":
                # One call that never lets another thread run.
                re.match("(a+)+b", "a" * 64)
            case "balloon":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                _daemon()
                while True:
                    hoard.append(bytearray(b"x" * 2**26))
            case "flood":
                line = b"x" * 2**20
                for _ in range(200):
                    os.write(1, line)
                raise ZeroDivisionError("after the flood")
            case "megabytes":
                raise ZeroDivisionError("m" * 2**26)
            case "loud":
                print("noise on standard output")

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        answers = [[Span(*d.tokens[0], self._label)] if d.tokens else [] for d in documents]
        match self._params.way:
            case "label":
                answers[0] = [Span(0, 1, "FOREIGN")]
            case "outside":
                answers[0] = [Span(0, len(documents[0].text) + 1, self._label)]
            case "fraction":
                answers[0] = [Span(0, 1.5, self._label)]  # type: ignore[arg-type]
            case "kinds":
                answers[0] = [Span(np.int64(0), np.uint8(1), self._label)]  # type: ignore[arg-type]
            case "short":
                answers.pop()
        return answers


plugin = TaggerPlugin("faulty", "test", "1", FaultyParams, "faulty:Faulty", cost=1)
