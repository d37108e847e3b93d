"""Fetching a file: resumed where it was cut off, politely, and kept only if its bytes are the pinned ones."""

from __future__ import annotations

import hashlib
import re
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adrbench.errors import CorpusError, CorpusMissing

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = 10
ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 60
_PARTIAL, _RANGE_UNUSABLE, _TOO_MANY, _UNAVAILABLE = 206, 416, 429, 503


class ResumingDownloader:
    """A downloader for pooch. What has come through of a file lies in ``part`` until it is whole.

    The next attempt, in this process or a later one, asks for the rest only, if the source can send it. A source that
    says it is busy is given the time that it asks for, up to a minute.
    """

    def __init__(self, part: Path) -> None:
        self._part = part

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:  # noqa: ARG002  (as pooch calls it)
        """Fetch ``url`` and move it to ``output_file``. Raises ``requests.RequestException`` if that fails."""
        import requests  # noqa: PLC0415

        self._part.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self._fetch(url):
                    Path(output_file).unlink(missing_ok=True)
                    self._part.replace(output_file)
                    return
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                # It broke off on the way: the next attempt goes on from there. One that never began is not repeated.
                if attempt == ATTEMPTS or not self._part.is_file():
                    raise
            time.sleep(min(attempt, LONGEST_WAIT_SECONDS))
        raise requests.ConnectionError(f"{url}: broke off {ATTEMPTS} times")

    def _fetch(self, url: str) -> bool:
        """Get what is missing; True if the file is whole."""
        import requests  # noqa: PLC0415

        done = self._part.stat().st_size if self._part.is_file() else 0
        headers = {"User-Agent": f"adrbench/{version('adrbench')}", "Accept-Encoding": "identity"}
        if done:
            headers["Range"] = f"bytes={done}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
            if response.status_code in {_TOO_MANY, _UNAVAILABLE} and (wait := response.headers.get("Retry-After")):
                time.sleep(min(int(wait) if wait.isdecimal() else 1, LONGEST_WAIT_SECONDS))
                return False
            if response.status_code == _RANGE_UNUSABLE:
                # There is nothing after what we have, or it is not what we had begun.
                self._part.unlink()
                return False
            response.raise_for_status()
            resumed = response.status_code == _PARTIAL
            total = _total(response)
            self._write(response, total, done if resumed else 0)
        return total is None or self._part.stat().st_size == total

    def _write(self, response: requests.Response, total: int | None, done: int) -> None:
        from tqdm import tqdm  # noqa: PLC0415

        with (
            self._part.open("ab" if done else "wb") as file,
            tqdm(total=total, initial=done, unit="B", unit_scale=True, leave=False, disable=None) as bar,
        ):
            for block in response.iter_content(2**16):
                file.write(block)
                bar.update(len(block))


def _total(response: requests.Response) -> int | None:
    """The size of the whole file, if the source says it."""
    whole = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    if whole:
        return int(whole[1])
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and response.status_code != _PARTIAL else None


def download(corpus: str, url: str, sha256: str, target: Path, looked: str) -> Path:
    """Fetch a file of a corpus to ``target``; an empty ``sha256`` takes it as it comes.

    ``looked``: where else it was looked for, for the message. Raises ``CorpusMissing`` if it cannot be had,
    ``CorpusError`` if its bytes are not the pinned ones; those are not kept.
    """
    import pooch  # noqa: PLC0415  (imports requests: only when something is to be fetched)
    import requests  # noqa: PLC0415

    pooch.get_logger().setLevel("ERROR")
    # Named after the address too, so that what was begun of one release is not continued with another.
    part = target.with_name(f".{target.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
    known = f"sha256:{sha256}" if sha256 else None
    try:
        kept = pooch.retrieve(url, known, target.name, target.parent, downloader=ResumingDownloader(part))
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
    return Path(kept)
