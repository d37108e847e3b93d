"""Something that is done again and again beside other work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeated(action: Callable[[], object], seconds: float) -> Iterator[None]:
    """Call something every now and then, in a thread, while the context is open.

    Args:
        action: What is called. It has ended when the context closes.
        seconds: How long to wait before each call.

    Yields:
        Nothing.
    """
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(seconds):
            action()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
