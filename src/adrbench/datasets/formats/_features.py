"""What the numbers of a Hugging Face column stand for: the names of its ``ClassLabel``.

They stand in the parquet schema, as ``datasets`` writes it, else in ``dataset_info.json``, else at the head of
``README.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adrbench.api import CorpusError
from adrbench.datasets.decode import parse_json, read_json, read_text
from adrbench.datasets.formats._hub import EXTRA

# What stands between a column's feature and its class label, in the spellings of datasets 1 to 4 and of cards.
_INNER = ("feature", "sequence", "list", "class_label")
_DEPTH = 8


def class_names(
    column: str, file: Path, schema: Mapping[bytes, bytes], root: Path, config: str
) -> tuple[str, ...] | None:
    """The names of a column's classes, or None if nothing tells. ``schema``: metadata of the parquet ``file``'s schema.

    Raises ``CorpusError`` for a description that cannot be read, or names that are no names.
    """
    for where, feature in _features(column, file, schema, root, config):
        names = _names(feature, f"{where}: column {column!r}")
        if names is not None:
            return names
    return None


def _features(
    column: str, file: Path, schema: Mapping[bytes, bytes], root: Path, config: str
) -> Iterator[tuple[str, Any]]:
    if b"huggingface" in schema:
        content = schema[b"huggingface"].decode(errors="replace")
        written = parse_json(content, f"{file}: the metadata 'huggingface' of its schema")
        yield str(file), _feature(_at(written, "info"), column)
    if (root / "dataset_info.json").is_file():
        info = read_json(root / "dataset_info.json")
        yield str(root / "dataset_info.json"), _feature(info if _at(info, "features") else _at(info, config), column)
    if (root / "README.md").is_file():
        infos = _at(_card(root / "README.md"), "dataset_info")
        infos = infos if isinstance(infos, list) else [infos]
        for info in infos:
            if len(infos) == 1 or _at(info, "config_name") == config:
                yield str(root / "README.md"), _feature(info, column)


def _feature(info: Any, column: str) -> Any:
    """The feature of a column: an object's value in JSON, an item with a name on a card."""
    features = _at(info, "features")
    if isinstance(features, list):
        return next((feature for feature in features if _at(feature, "name") == column), None)
    return _at(features, column)


def _names(feature: Any, where: str) -> tuple[str, ...] | None:
    for _ in range(_DEPTH):
        if isinstance(feature, list):
            feature = feature[0] if feature else None
        names = _at(feature, "names")
        if names is not None:
            return _checked(names, where)
        feature = next((feature[key] for key in _INNER if key in feature), None) if isinstance(feature, dict) else None
    return None


def _checked(names: Any, where: str) -> tuple[str, ...]:
    if isinstance(names, dict):
        # Cards number them: '0': O.
        numbered = [names.get(str(number)) for number in range(len(names))]
        names = numbered
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise CorpusError(f"{where}: its class names are no list of strings")
    return tuple(names)


def _card(path: Path) -> Any:
    """The YAML between the lines ``---`` at the head of a card, every value a string."""
    head, mark, _ = read_text(path).replace("\r\n", "\n").partition("\n---\n")
    if not mark or not head.startswith("---\n"):
        return None
    try:
        # Comes with huggingface_hub, and is not needed where the parquet schema has the names.
        import yaml  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise CorpusError(f"{path}: its head is read with PyYAML, which is not installed; {EXTRA}") from error
    try:
        # The base loader makes strings only: no date to be out of range, no "no" to be false, and no code.
        return yaml.load(head.removeprefix("---\n"), Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise CorpusError(f"{path}: its head is not YAML ({type(error).__name__})") from error


def _at(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
