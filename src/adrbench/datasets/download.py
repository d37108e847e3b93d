"""Fetching a file: kept only if its bytes are the pinned ones."""

from __future__ import annotations

import sys
from pathlib import Path

from adrbench._system.version import __version__
from adrbench.errors import CorpusError, CorpusMissing

TIMEOUT_SECONDS = 10
_RETRIES = 1


def download(corpus: str, url: str, sha256: str, target: Path, looked: str) -> Path:
    """Fetch a file of a corpus, unless the right one is at its place already.

    Args:
        corpus: The name of the corpus, for messages.
        url: The address of the file.
        sha256: The hash of its bytes in hexadecimal; empty to take them as they come.
        target: The place of the file.
        looked: Where else it was looked for, for the message.

    Returns:
        The path of the file.

    Raises:
        CorpusMissing: If it cannot be had.
        CorpusError: If its bytes are not the pinned ones; those are not kept.
    """
    import pooch  # noqa: PLC0415  (imports requests: only when something is to be fetched)
    import requests  # noqa: PLC0415

    pooch.get_logger().setLevel("ERROR")
    # As the bytes are: a source that packs them once more for the way would change their hash.
    headers = {"User-Agent": f"adrbench/{__version__}", "Accept-Encoding": "identity"}
    fetch = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), headers=headers, timeout=TIMEOUT_SECONDS)
    source = pooch.create(
        target.parent,
        base_url="",
        registry={target.name: f"sha256:{sha256}" if sha256 else None},
        urls={target.name: url},
        retry_if_failed=_RETRIES,
    )
    try:
        return Path(source.fetch(target.name, downloader=fetch))
    except requests.RequestException as error:
        raise CorpusMissing(
            f"{corpus}: {looked}, not in the cache, and {url} cannot be had ({type(error).__name__})"
        ) from error
    except ValueError as error:
        # pooch has thrown the bytes away: nothing wrong reaches the cache.
        raise CorpusError(
            f"{corpus}: what {url} sent is not the pinned file (sha256 {sha256[:12]}… expected); not kept"
        ) from error
    except OSError as error:
        raise CorpusMissing(
            f"{corpus}: {looked}, and the cache {target.parent} cannot be written ({error.strerror})"
        ) from error
