"""The folder of a kept tagger: one layout, whoever keeps it.

    FOLDER/tagger.json     which tagger it is, and everything that is known of it: a `TaggerRecord`
    FOLDER/model/          what the tagger itself saved
    FOLDER/README.md       a card for people, if `fit` kept it
    FOLDER/requirements.txt    what was installed, if another interpreter than this one fitted it

A folder appears whole or not at all. Taggers kept in the format before are read by `adrbench migrate` only.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from adrbench._system.paths import move, write_atomically
from adrbench.errors import InputError
from adrbench.results.schema import Damaged, TaggerRecord, read_record, write_record

FORMAT: Literal[2] = 2
"""The version of the layout."""
FACTS = "tagger.json"
MODEL = "model"
CARD = "README.md"
REQUIREMENTS = "requirements.txt"
# No honest file is longer; a longer one is not read.
_MOST_BYTES = 2**26


def read_facts(folder: Path) -> TaggerRecord:
    """Read what is known of a kept tagger. Nothing of the tagger itself is loaded.

    Args:
        folder: The folder of the tagger.

    Returns:
        The record.

    Raises:
        InputError: If there is no kept tagger, its record is damaged, or it is of another format.
    """
    path = folder / FACTS
    plain = _plain(folder)
    found = plain.get("format")
    if found == 1:
        raise InputError(f"{folder}: kept by an older adrbench; `adrbench migrate {folder}` brings it up to date")
    if found is None and not (folder / MODEL).exists():
        raise InputError(
            f"{folder}: no saved tagger: its {FACTS} is that of a model alone, as older versions kept them in results "
            "folders; `adrbench migrate RESULTS` brings those up to date"
        )
    if isinstance(found, int) and found > FORMAT:
        raise InputError(f"{folder}: kept by a newer adrbench (format {found}, this one reads {FORMAT})")
    try:
        record = read_record(TaggerRecord, path.read_bytes())
    except (OSError, Damaged) as error:
        raise InputError(f"{path}: damaged: {error}; fit the tagger again") from None
    if not (folder / MODEL).is_dir():
        raise InputError(f"{folder}: no saved tagger: the folder {MODEL!r} is missing; fit the tagger again")
    return record


def write_kept(
    folder: Path,
    record: TaggerRecord,
    save: Callable[[Path], None],
    *,
    files: Mapping[str, str] | None = None,
    replace: bool = False,
) -> None:
    """Keep a tagger in a folder, whole or not at all.

    Args:
        folder: A folder that is new or empty.
        record: What is known of the tagger.
        save: Called with an empty folder, to which it saves the tagger.
        files: Further files by name, such as the card.
        replace: Whether a tagger that is kept there is replaced.

    Raises:
        InputError: If the folder is not empty, or cannot be written.
    """
    check_target(folder, replace=replace)
    folder = folder.resolve() if folder.is_symlink() else folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = tempfile.TemporaryDirectory(prefix=".adrbench-", dir=folder.parent)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
    with place as draft_place:
        draft = Path(draft_place) / "whole"
        (draft / MODEL).mkdir(parents=True)
        save(draft / MODEL)
        for name, text in (files or {}).items():
            write_atomically(draft / name, text)
        write_facts(draft, record)
        try:
            if is_kept(folder):
                folder.replace(Path(draft_place) / "before")
            move(draft, folder)
        except OSError as error:
            raise InputError(f"{folder}: cannot be written ({error.strerror})") from error


def check_target(folder: Path, *, replace: bool = False) -> None:
    """Check that a tagger can be kept in a folder.

    Args:
        folder: The folder.
        replace: Whether it may hold a kept tagger.

    Raises:
        InputError: If it is there and not an empty folder.
    """
    if not os.path.lexists(folder) or (replace and is_kept(folder)):
        return
    if is_kept(folder):
        raise InputError(
            f"{folder}: is there already and not empty: it holds a kept tagger; give a new folder, or replace it "
            "(`adrbench fit --overwrite`)"
        )
    if not folder.is_dir() or any(folder.iterdir()):
        raise InputError(f"{folder}: is there already and not empty; give a new folder")


def write_facts(folder: Path, record: TaggerRecord) -> None:
    """Write the record of a kept tagger.

    Args:
        folder: The folder of the tagger.
        record: The record.

    Raises:
        InputError: If it could not be read again.
    """
    content = write_record(record, indent=1)
    try:
        read_record(TaggerRecord, content)
    except Damaged as error:
        raise InputError(f"{folder / FACTS}: cannot be kept: {error}") from None
    write_atomically(folder / FACTS, content + b"\n")


def is_kept(folder: Path) -> bool:
    """True if a folder holds a kept tagger of any format.

    Args:
        folder: The folder.

    Returns:
        Whether it has a record and a model.
    """
    return (folder / FACTS).is_file() and (folder / MODEL).is_dir()


def migrate(folder: Path) -> bool:
    """Bring a kept tagger of format 1 up to date, in place.

    Args:
        folder: The folder of the tagger.

    Returns:
        True if something had to be done.

    Raises:
        InputError: If it is no kept tagger, is damaged, or is of a newer format.
    """
    plain = _plain(folder)
    if plain.get("format") != 1:
        read_facts(folder)
        return False
    # Before splitters could be chosen, words were NLTK's; before scores were kept, there were none.
    content = {"words": "nltk", "scores": False, **plain, "format": FORMAT}
    try:
        record = read_record(TaggerRecord, json.dumps(content))
    except Damaged as error:
        raise InputError(f"{folder / FACTS}: damaged: {error}; fit the tagger again") from None
    write_facts(folder, record)
    return True


def wrap(model: Path, record: TaggerRecord) -> None:
    """Give a model that was saved without a record the layout of a kept tagger.

    Args:
        model: The folder of the model; it is replaced.
        record: What is known of the tagger.

    Raises:
        InputError: If it cannot be written.
    """
    old = model.with_name(f".{model.name}.old")
    whole = model.with_name(f".{model.name}.part")
    for left in (old, whole):
        shutil.rmtree(left, ignore_errors=True)
    write_kept(whole, record, lambda place: copy_model(model, place))
    model.replace(old)
    whole.replace(model)
    shutil.rmtree(old)


def copy_model(source: Path, target: Path) -> None:
    """Copy what a tagger saved.

    Args:
        source: Its folder.
        target: An empty folder.

    Raises:
        InputError: If it cannot be copied.
    """
    try:
        shutil.copytree(source, target, dirs_exist_ok=True)
    except shutil.Error as error:
        # One for each file; the first says enough.
        raise InputError(f"{target}: cannot be written ({error.args[0][0][2]})") from error


def _plain(folder: Path) -> dict[str, object]:
    """The record as plain data, of any format."""
    path = folder / FACTS
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: damaged: it has more than {_MOST_BYTES:,} bytes")
        plain: object = json.loads(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise InputError(
            f"{folder}: no saved tagger ({FACTS}: {why}); give a folder that `adrbench fit` or save() wrote"
        ) from None
    if not isinstance(plain, dict):
        raise InputError(f"{path}: damaged: it is no record of a tagger; fit the tagger again")
    return plain
