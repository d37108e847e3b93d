"""A real browser for tests: headless Chromium, told what to do over a pipe. It needs nothing but the browser."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_PATIENCE = 60.0
# Chromium reads commands from its file 3 and answers on its file 4.
_START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Page:
    """An open page.

    ``problems``: what the console, the log or an uncaught error said; ``requests``: addresses that were asked for.
    """

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._number = 0
        self._read = b""
        self._session: str | None = None
        self._loaded = False
        self.problems: list[str] = []
        self.requests: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def open(self, file: Path) -> None:
        """Load a file and wait until it is there."""
        self._loaded = False
        self.do("Page.navigate", url=file.resolve().as_uri())
        while not self._loaded:
            self._hear()

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        found = self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"]["exception"]["description"])
        return found["result"].get("value")

    def look(self, width: int, height: int = 900, *, dark: bool = False, phone: bool = False) -> None:
        """Be as wide as a desk's or a phone's screen, in a light or a dark system."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])

    def press(self, key: str, code: int) -> None:
        """Press a key."""
        for kind in ("rawKeyDown", "char", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "char" else {}
            if kind != "char" or text:
                self.do("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def screenshot(self, path: Path) -> None:
        """The whole page as PNG."""
        size = self.do("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        path.write_bytes(
            base64.b64decode(self.do("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])
        )

    def print(self, path: Path) -> None:
        """The page as it would be printed, as PDF."""
        found = self.do("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        path.write_bytes(base64.b64decode(found["data"]))

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            found = self._hear()
            if found.get("id") == self._number:
                if "error" in found:
                    raise AssertionError(f"{method}: {found['error']}")
                result: dict[str, Any] = found["result"]
                return result

    def _hear(self) -> dict[str, Any]:
        """The next message; events are noted."""
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._read:
            if not select.select([self._answers], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError("the browser does not answer")
            received = os.read(self._answers, 1 << 20)
            if not received:
                raise AssertionError("the browser is gone")
            self._read += received
        first, _, self._read = self._read.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        params = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.problems.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" | "Log.entryAdded":
                self.problems.append(str(params))
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
        return message


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser with one page, closed at the end."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    our_end, commands = os.pipe()
    answers, their_end = os.pipe()
    # Processes of the browser that outlive it may still write there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"]
        start = [sys.executable, "-c", _START, str(our_end), str(their_end)]
        process = subprocess.Popen(
            [*start, CHROMIUM, *options, f"--user-data-dir={profile}"],
            pass_fds=(our_end, their_end),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(our_end)
        os.close(their_end)
        try:
            yield Page(commands, answers)
        finally:
            os.close(commands)
            os.close(answers)
            process.terminate()
            process.wait(timeout=_PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """A browser for all tests of a module."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Page) -> Page:
    """Its page, with nothing heard yet."""
    browser.problems.clear()
    browser.requests.clear()
    return browser
