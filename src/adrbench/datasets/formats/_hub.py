"""Parquet files of a dataset as the Hugging Face hub lays them out, in a folder or fetched from there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from adrbench.api import CorpusError, CorpusMissing
from adrbench.errors import closest

EXTRA = 'pip install "adrbench[huggingface]"'

_TIMEOUT_SECONDS = 10
_PARTS = {
    "train": "train",
    "training": "train",
    **dict.fromkeys(("dev", "devel", "development", "val", "valid", "validation"), "dev"),
    "test": "test",
    "testing": "test",
}
_ORDER = ("train", "dev", "test", "")
_SHARD = re.compile(r"(.*?)-(\d{5})-of-(\d{5})(?:-.*)?")
_CARDS = ("README.md", "dataset_info.json")
# The hub's own conversion, which it keeps beside a dataset that is released in another form.
_CONVERTED = "refs/convert/parquet"


@dataclass(frozen=True)
class Shard:
    """A parquet file of a dataset. ``split``: the release's name of its part; ``part``: ours, or nothing."""

    path: str
    config: str
    split: str
    part: str
    number: int = 0
    total: int = 0


def shard(path: str) -> Shard:
    """What a path says, by the layouts of the hub.

    >>> validation = shard("data/validation-00000-of-00002-a1b2.parquet")
    >>> validation.config, validation.split, validation.part, validation.number, validation.total
    ('', 'validation', 'dev', 0, 2)
    >>> shard("en/train/0000.parquet").config, shard("train.parquet").part
    ('en', 'train')
    """
    *folders, stem = PurePosixPath(path).with_suffix("").parts
    number = total = 0
    if found := _SHARD.fullmatch(stem):
        stem, number, total = found[1], int(found[2]), int(found[3])
    if folders and (stem.isdecimal() or (_part(folders[-1]) and not _part(stem))):
        stem = folders.pop()
    return Shard(path, "/".join(f for f in folders if f != "data"), stem, _part(stem), number, total)


def _part(name: str) -> str:
    parts = {_PARTS[word] for word in re.split(r"[^a-z]+", name.lower()) if word in _PARTS}
    return next(iter(parts)) if len(parts) == 1 else ""


def choose(paths: Iterable[str], config: str, where: str) -> tuple[list[Shard], int]:
    """The shards of a configuration, in the order train, dev, test, and how many other files are ignored.

    Where none is named after a part, all are taken.

    Raises ``CorpusError`` if there is no parquet file, no such configuration, more than one and none asked for, or a
    shard is missing.
    """
    shards = [shard(path) for path in sorted(paths) if path.endswith(".parquet")]
    if not shards:
        raise CorpusError(f"{where}: no parquet file in it; only parquet is read, and no script is ever run")
    configs = {s.config for s in shards}
    if config and config not in configs:
        raise CorpusError(f"{where}: no configuration {config!r}; {closest(config, configs)}")
    if not config and len(configs) > 1:
        raise CorpusError(f"{where}: several configurations, name one by params.config: {', '.join(sorted(configs))}")
    own = [s for s in shards if s.config == config or not config]
    _check_whole(own, where)
    chosen = sorted((s for s in own if s.part), key=lambda s: (_ORDER.index(s.part), s.path)) or own
    return chosen, len(own) - len(chosen)


def _check_whole(shards: Iterable[Shard], where: str) -> None:
    numbers: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for s in shards:
        if s.total:
            numbers[s.split, s.total].add(s.number)
    for (split, total), found in numbers.items():
        if len(found) != total:
            raise CorpusError(f"{where}: {len(found)} of the {total} files of {split} are there; get the others too")


def fetch(name: str, revision: str, config: str, offline: bool) -> Path:
    """The folder with the parquet files of a dataset of the hub, from its local cache or the hub (``HF_ENDPOINT``).

    Nothing but parquet files and cards is fetched. Without a ``revision`` it is ``main``, or, where that holds no
    parquet, the hub's own conversion.

    Raises ``CorpusMissing`` if it cannot be had, ``CorpusError`` for what ``choose`` refuses.
    """
    try:
        import huggingface_hub  # noqa: PLC0415
        from huggingface_hub.errors import HFValidationError  # noqa: PLC0415
    except ImportError as error:
        raise CorpusError(f"{name}: the hub's client is not installed; {EXTRA}") from error
    wanted = [*_CARDS, *((f"{config}/*.parquet", f"*/{config}/*.parquet") if config else ("*.parquet",))]
    why = ""
    for tried in (revision,) if revision else ("main", _CONVERTED):
        try:
            if not offline and not why:
                # Not list_repo_files, which asks six times over half a minute where there is no network.
                found = huggingface_hub.HfApi().dataset_info(name, revision=tried, timeout=_TIMEOUT_SECONDS)
                listed = [file.rfilename for file in found.siblings or ()]
                if not revision and tried != _CONVERTED and not any(path.endswith(".parquet") for path in listed):
                    continue
                # Before anything is fetched, which could be a hundred configurations.
                choose(listed, config, f"{name} at {tried}")
        except CorpusError:
            raise
        except HFValidationError as error:
            raise CorpusError(f"params.name: {name!r} is no name of the hub, as owner/dataset") from error
        except Exception as error:  # noqa: BLE001  (those of the HTTP library, which differ by the client's version)
            why = why or _reason(error)
        try:
            folder = Path(
                huggingface_hub.snapshot_download(
                    name,
                    repo_type="dataset",
                    revision=tried,
                    allow_patterns=wanted,
                    local_files_only=offline or bool(why),
                )
            )
        except Exception as error:  # noqa: BLE001  (as above)
            why = why or _reason(error)
            continue
        if any(folder.rglob("*.parquet")):
            return folder
    forbidden = ", and --offline forbids the download" if offline else ""
    raise CorpusMissing(f"{name}: not in the hub's local cache{forbidden} ({why or 'no parquet file'})")


def _reason(error: Exception) -> str:
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
