"""What every test shares: a cache folder of its own, and plugins that exist for one test."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def _apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests away from the user's cache and from the summary of a CI job."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADRBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        yield


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution with entry points on the path: ``install(name, module, source, entry_points)``."""
    modules = set(sys.modules)

    def forget() -> None:
        importlib.invalidate_caches()

    def make(name: str, module: str, source: str, entry_points: str) -> Path:
        site = tmp_path / "site"
        info = site / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(dedent(entry_points))
        file = site / f"{module}.py"
        file.write_text(dedent(source))
        if str(site) not in sys.path:
            monkeypatch.syspath_prepend(str(site))
        forget()
        return file

    yield make
    monkeypatch.undo()
    for added in set(sys.modules) - modules:
        if str(getattr(sys.modules[added], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[added]
    forget()


ECHO = """
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from adrbench.api import TaggerPlugin


@dataclass(frozen=True)
class Params:
    rate: Annotated[float, Field(gt=0)] = 0.1
    layers: int = 2
    mode: Literal["plain", "fancy"] = "plain"
    words: tuple[str, ...] = ()
    source: str = ""


class Echo:
    pass


plugin = TaggerPlugin(
    name="echo", family="echo", version="1.2", params=Params, implementation="echo_tagger:Echo", cost=10
)
costly = TaggerPlugin(
    name="costly", family="costly", version="1.2", params=Params, implementation="echo_tagger:Echo", cost=90
)
"""


@pytest.fixture
def echo(install: Install) -> Path:
    """Install the taggers ``echo`` (cheap) and ``costly``, with typed parameters; gives the file of their code."""
    points = "[adrbench.taggers]\necho = echo_tagger:plugin\ncostly = echo_tagger:costly\n"
    return install("adrbench-echo", "echo_tagger", ECHO, points)
