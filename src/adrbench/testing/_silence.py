"""Whether a plugin is silent: standard output may be a table or JSON that somebody reads."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from adrbench.testing._verdict import Failure


@contextmanager
def silence() -> Iterator[None]:
    """Raises ``Failure`` if standard output is written to, also by native code and child processes."""
    with tempfile.TemporaryFile() as file:
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
        try:
            yield
        finally:
            with suppress(ValueError, AttributeError):
                sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)
        file.seek(0)
        if said := file.read():
            raise Failure(f"{len(said)} bytes on standard output: {said[:60].decode('utf-8', 'replace')!r}")
