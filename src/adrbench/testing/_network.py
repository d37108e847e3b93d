"""A process without network: attempts to reach it fail, and are recorded."""

from __future__ import annotations

import sys
from typing import Any, Self

_CALLS = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto"}
)


class NoNetwork:
    """While it is entered, looking up a host or opening a connection raises ``OSError``. ``tried`` lists the attempts.

    An audit hook cannot be removed. It stays, and allows everything once this is left.
    """

    def __init__(self) -> None:
        self.tried: list[str] = []
        self._closed = False
        sys.addaudithook(self._look)

    def __enter__(self) -> Self:
        self._closed = True
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = False

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._closed or event not in _CALLS:
            return
        where = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
        # A path is a socket of this machine.
        if isinstance(where, (str, bytes)) and event == "socket.connect":
            return
        self.tried.append(str(where[0]) if isinstance(where, tuple) and where else str(where))
        raise OSError(f"the network must not be used: {where!r}")
