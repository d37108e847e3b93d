"""How large a corpus may become in memory or on disk: declared limits, each raised by an environment variable."""

from __future__ import annotations

import os
from typing import Literal

from adrbench.errors import CorpusError

Limit = Literal["ADRBENCH_MAX_UNPACKED_BYTES", "ADRBENCH_MAX_UNPACKED_RATIO", "ADRBENCH_MAX_GAP"]

LIMITS: dict[Limit, int] = {
    # Of an archive, a workbook or a parquet file, once decompressed.
    "ADRBENCH_MAX_UNPACKED_BYTES": 16 * 2**30,
    # Of decompressed to compressed bytes. Text is packed ten times, tables of tags some fifty times.
    "ADRBENCH_MAX_UNPACKED_RATIO": 200,
    # Of blank characters between two passages of a document. More is no article but a wrong offset.
    "ADRBENCH_MAX_GAP": 10**6,
}
# So much may be unpacked whatever the ratio.
_HARMLESS_BYTES = 64 * 2**20


def check_limit(limit: Limit, value: int, what: str) -> None:
    """Check a size against a limit.

    Args:
        limit: The name of the limit, which is that of the environment variable that raises it.
        value: The size, in the limit's unit.
        what: The beginning of the message: the file, and what is that large.

    Raises:
        CorpusError: If the size is larger, and if the variable is no whole number.
    """
    given = os.environ.get(limit, "")
    if given and not (given.isascii() and given.isdecimal() and len(given) < 20):  # noqa: PLR2004
        raise CorpusError(f"the environment variable {limit} is {given!r:.40}; it should be a whole number")
    most = int(given) if given else LIMITS[limit]
    if value > most:
        raise CorpusError(
            f"{what}: {value:,}, and {limit} allows {most:,}; set that variable to {value} if it is right"
        )


def check_unpacked(what: str, unpacked: int, packed: int) -> None:
    """Check what compressed data unpacks to, by its size and by its ratio to what is there.

    Args:
        what: The file, for the message.
        unpacked: Bytes, decompressed.
        packed: Bytes, compressed.

    Raises:
        CorpusError: If it is more than ``ADRBENCH_MAX_UNPACKED_BYTES``, or more than 64 MiB and more than
            ``ADRBENCH_MAX_UNPACKED_RATIO`` times the compressed bytes.
    """
    check_limit("ADRBENCH_MAX_UNPACKED_BYTES", unpacked, f"{what}: bytes that it unpacks to")
    if unpacked > _HARMLESS_BYTES:
        check_limit("ADRBENCH_MAX_UNPACKED_RATIO", unpacked // max(packed, 1), f"{what}: unpacked bytes for each byte")
