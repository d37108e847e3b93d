"""What is installed together belongs together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def project(folder: Path) -> dict[str, Any]:
    """The metadata of the distribution in a folder."""
    content: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return content


def test_the_standard_extra_pins_the_versions_of_this_checkout() -> None:
    """The four families and the corpora, each in the version that lies beside the core."""
    plugins = {p["name"]: p["version"] for p in map(project, sorted((ROOT / "plugins").iterdir()))}
    families = ("bilstm-crf", "biomed", "crf", "dictionary", "transformer")
    wanted = [f"adrbench-{family}=={plugins[f'adrbench-{family}']}" for family in families]
    assert project(ROOT)["optional-dependencies"]["standard"] == wanted
