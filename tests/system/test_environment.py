"""What is installed: the same in every process, whatever it has imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from adrbench._system.environment import environment


def _install(folder: Path, name: str) -> str:
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    return str(folder)


def test_a_folder_of_a_librarys_own_is_no_place_of_installed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray and setuptools put one on the path when they are imported; what stands beside them counts."""
    site = tmp_path / "site-packages"
    places = [_install(site / "ray" / "thirdparty_files", "vendored"), _install(site, "installed")]
    monkeypatch.setattr(sys, "path", [*places, *sys.path])
    packages = environment()["packages"]
    assert "installed" in packages
    assert "vendored" not in packages
    assert "adrbench" in packages
