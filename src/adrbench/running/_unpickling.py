"""Refuses to unpickle: whatever a pickle names is imported and called, so a folder of somebody else could run code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Refusal:
    """What was refused.

    Attributes:
        named: The first class or function that a pickle named, as ``module.name``; empty: nothing was unpickled.
    """

    named: str = ""


class Unpickling(Exception):  # noqa: N818  (says what was going on)
    """A pickle names something that would be imported."""


@contextmanager
def unpickling_refused() -> Iterator[Refusal]:
    """Refuse to unpickle anything that a pickle names, in this thread and in those that are started meanwhile.

    Python tells its audit hooks of each name that a pickle asks for, before it is imported, whichever library reads
    the pickle and whatever its file is called. A pickle of plain data names nothing, and passes.

    Yields:
        What was refused, if a library should hide the exception.
    """
    refusal, me = Refusal(), threading.get_ident()
    # Threads that were there before have work of their own.
    others = {thread.ident for thread in threading.enumerate()} - {me}
    active = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if active and event == "pickle.find_class" and threading.get_ident() not in others:
            refusal.named = refusal.named or ".".join(map(str, arguments))
            raise Unpickling(refusal.named)

    # A hook cannot be taken away; one that is not active any more does nothing.
    sys.addaudithook(hook)
    try:
        yield refusal
    finally:
        active = False
