"""Standard output and standard error, whatever they are connected to, and sentences for what the system refuses."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, cast

from adrbench.reporting.escaping import for_terminal

_ESCAPES = "adrbench.escapes"


class _Output(io.BufferedIOBase):
    """A stream to which a command goes on printing when its reader has gone.

    So `adrbench gate RESULTS | head -1` still tells by its exit code, and a run goes on.
    """

    def __init__(self, inner: BinaryIO, name: str) -> None:
        self.inner = inner
        self._name = name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.inner.fileno()

    def isatty(self) -> bool:
        return self.inner.isatty()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        with self._told():
            self.inner.write(data)
        return len(data)

    def flush(self) -> None:
        with self._told():
            self.inner.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self._to_nowhere()
        except OSError as error:
            self._to_nowhere()
            raise OSError(error.errno, error.strerror, self._name) from error

    def _to_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextmanager
def open_streams() -> Iterator[None]:
    """Let a command print to any kind of stream in any encoding.

    Yields:
        Nothing. The process ends with a sentence and exit code 2 where the system refuses something: a full disk, a
        folder that cannot be read, no more files.
    """
    codecs.register_error(_ESCAPES, _escapes)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _opened(sys.stdout, "standard output"), _opened(sys.stderr, "standard error")
    try:
        try:
            yield
        finally:
            # Here, where it can be told; the interpreter would do it at its end.
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads tagged texts has had enough.
        sys.exit(0)
    except OSError as error:
        places = "".join(f"{name}: " for name in (error.filename, error.filename2) if name is not None)
        with suppress(OSError):
            sys.stderr.write(for_terminal(f"adrbench: {places}{error.strerror or error}") + "\n")
            sys.stderr.flush()
        sys.exit(2)
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        sys.stdout, sys.stderr = before


def binary_stdout() -> BinaryIO:
    """Standard output for bytes, which says when its reader has gone."""
    stream = sys.stdout.buffer
    return stream.inner if isinstance(stream, _Output) else stream


def _opened(stream: TextIO | None, name: str) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  (closed by whoever started this process)
    with suppress(OSError, ValueError):
        stream.fileno()
        if isinstance(stream, io.TextIOWrapper) and not isinstance(stream.buffer, _Output):
            stream.flush()
            # As JSON writes what a stream cannot hold, so that JSON stays JSON.
            errors = stream.errors if codecs.lookup(stream.encoding).name == "utf-8" else _ESCAPES
            output = cast("BinaryIO", _Output(stream.buffer, name))
            return io.TextIOWrapper(output, stream.encoding, errors, line_buffering=stream.line_buffering)
    return stream


def _escapes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)), error.end
