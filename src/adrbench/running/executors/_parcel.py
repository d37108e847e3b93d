"""A task that travels: packed where the plan is, unpacked on a node, and the report that comes back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from adrbench._system.hashing import content_hash, file_hash, files_named_in, tree_files
from adrbench._system.paths import checkpoints_folder, move, sync_tree, write_atomically
from adrbench.api import Parcel, Resources
from adrbench.api.node import REPORT
from adrbench.results.schema import Damaged, EnvironmentRecord, Machine, Outcome, explain, read_record, write_record
from adrbench.running.executors._conditions import Conditions, ask
from adrbench.running.executors.local import Task

FORMAT = 1
MOST_BYTES = 2 * 2**30
"""What a file or a folder that a parameter names has at most, to travel."""
# The fields of a job in which strings may name files. Gold is in others.
_NAMING = ("params", "tune", "pretrain", "documents", "unlabelled", "texts")
JOURNAL = "journal"
CHECKPOINT = "checkpoint"
RESPONSES = "responses"
_RETURNED = "returned"
_MODEL = "model"
_LARGEST_REPORT = 2**30


@dataclass(frozen=True)
class Content:
    """A file or a folder that travels.

    Attributes:
        name: Its name, without the folder that it is in.
        files: The hash of each file by its name in the folder; of a single file by an empty name.
        programs: The names of the files that can be executed.
        there: Not empty: it is too large to travel, or a program of the system; it has to be in this place on the
            node.
        sizes: Of what has to be there: bytes by file.
    """

    name: str
    files: Mapping[str, str]
    programs: tuple[str, ...] = ()
    there: str = ""
    sizes: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Returning:
    """What a task writes for others: it goes there as it is, and comes back as it was left.

    Attributes:
        name: What it is.
        place: Its place on the machine that packs.
        content: What there is of it.
        back: Whether it comes back.
        only: The file of a folder that comes back; empty: all of it.
    """

    name: str
    place: Path
    content: Content | None = None
    back: bool = True
    only: str = ""


def returning(task: Task) -> tuple[Returning, ...]:
    """List what a task writes beside its outcome and its model, with its place on this machine.

    Args:
        task: The task.

    Returns:
        What comes back, without content.
    """
    listed = []
    if task.job.tune is not None and task.journal is not None:
        listed.append(Returning(JOURNAL, task.journal))
    if task.job.pretrain is not None:
        listed.append(Returning(CHECKPOINT, checkpoints_folder() / task.job.pretrain["key"]))
    if task.job.responses is not None:
        # A cell replays the responses of all, and writes its own.
        listed.append(Returning(RESPONSES, Path(task.job.responses), only=f"{task.key}.jsonl"))
    return tuple(listed)


@dataclass(frozen=True)
class _Luggage:
    """The content of a parcel. ``contents``: what strings of the job name."""

    format: int
    task: Task
    contents: Mapping[str, Content]
    returning: tuple[Returning, ...]
    conditions: Conditions

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Report:
    """How a task ended on a node.

    Attributes:
        refused: Why the node was refused; nothing was run then.
        node: The node's name.
        outcome: The outcome.
        log: The end of what the cell printed.
        wall_seconds: From the start of the cell's process to its end.
        machine: The node, as far as it matters to times.
        environment: What is installed there.
        jobs: How many tasks ran at a time on the node, as far as is known.
    """

    refused: str = ""
    node: str = ""
    outcome: Outcome | None = None
    log: str = ""
    wall_seconds: float | None = None
    machine: Machine | None = None
    environment: EnvironmentRecord | None = None
    jobs: int | None = None

    __pydantic_config__ = ConfigDict(extra="forbid", ser_json_inf_nan="constants")


_LUGGAGE = TypeAdapter(_Luggage, config=None)
_REPORT = TypeAdapter(Report)


class Packer:
    """Packs tasks. Each file is hashed once, and what is installed is looked up once a tagger."""

    def __init__(self) -> None:
        self._hashes: dict[tuple[Path, int, int], str] = {}
        self._conditions: dict[tuple[str, str | None], Conditions] = {}

    def pack(self, task: Task, resources: Resources) -> Parcel:
        """Pack a task.

        Args:
            task: The task.
            resources: What it takes of a node.

        Returns:
            The parcel.

        Raises:
            OSError: If a file that the task names cannot be read.
        """
        files: dict[str, Path] = {}
        # Who has a checkpoint needs no other copy of it.
        writes = tuple(
            replace(one, content=self._content(one.place, files, always=True), back=one.name != CHECKPOINT)
            if one.place.exists()
            else one
            for one in returning(task)
        )
        # Texts of a run are nowhere else.
        texts = {task.job.documents, task.job.unlabelled, task.job.texts, (task.job.pretrain or {}).get("texts")}
        named = files_named_in({name: vars(task.job)[name] for name in _NAMING}, Path("/"))
        contents = {
            name: self._content(path, files, always=name in texts)
            for name, path in (*named.items(), *((str(path), path) for path in task.files.values()))
            # What is relative is no file: those have full paths.
            if Path(name).expanduser().is_absolute()
        }
        use = task.job.use, task.python
        if use not in self._conditions:
            self._conditions[use] = ask(*use)
        luggage = _Luggage(FORMAT, task, contents, writes, self._conditions[use])
        content = json.dumps(asdict(luggage), default=str).encode()
        return Parcel(task.key, content, files, resources, task.timeout, _digest(luggage), task.group)

    def _content(self, path: Path, files: dict[str, Path], *, always: bool = False) -> Content:
        listed = {"" if file == path else file.relative_to(path).as_posix(): file for file in tree_files(path)}
        sizes = {name: file.stat().st_size for name, file in listed.items()}
        if not always and (_is_installed(path) or sum(sizes.values()) > MOST_BYTES):
            return Content(path.name, {}, there=str(path), sizes=sizes)
        hashes = {name: self._hash(file) for name, file in listed.items()}
        files.update((hashes[name], file) for name, file in listed.items())
        programs = tuple(name for name, file in listed.items() if os.access(file, os.X_OK))
        return Content(path.name, hashes, programs)

    def _hash(self, file: Path) -> str:
        facts = file.stat()
        known = file, facts.st_size, facts.st_mtime_ns
        if known not in self._hashes:
            self._hashes[known] = file_hash(file)
        return self._hashes[known]


def _digest(luggage: _Luggage) -> str:
    """Name what is asked for, wherever its files are, and however far earlier runs got with it."""
    task = luggage.task
    contents = {name: content_hash(asdict(content)) for name, content in luggage.contents.items()}
    job = {**vars(task.job), **{name: _renamed(vars(task.job)[name], contents) for name in _NAMING}}
    # Where responses are, and what is left of a budget, differ from run to run.
    job |= {"responses": task.job.responses is not None, "budget": task.job.budget is not None}
    files = {name: contents[str(path)] for name, path in task.files.items()}
    asked = [luggage.format, job, files, task.timeout, task.memory, task.python, asdict(luggage.conditions)]
    return content_hash(json.loads(json.dumps(asked, default=str)))


@dataclass(frozen=True)
class Unpacked:
    """A parcel on a node.

    Attributes:
        task: The task, with the places of its files on this machine.
        conditions: What is installed where it comes from.
        returning: What comes back, with its place on this machine.
        names: What its files are called where the task comes from, by their places on this machine.
    """

    task: Task
    conditions: Conditions
    returning: tuple[Returning, ...]
    names: Mapping[str, str]

    def as_at_home(self, outcome: Outcome) -> Outcome:
        """Put the names of files back into the parameters that a study has found.

        Args:
            outcome: The outcome of the task on this machine.

        Returns:
            The outcome as it would be where the task comes from.
        """
        if outcome.tuned is None:
            return outcome
        plain = json.loads(write_record(outcome))
        return read_record(Outcome, json.dumps({**plain, "tuned": _renamed(plain["tuned"], self.names)}))


def _is_installed(path: Path) -> bool:
    """Whether a file is a program that has more to it than this file, such as an interpreter."""
    return path.parent.name in {"bin", "sbin"} and path.is_file() and os.access(path, os.X_OK)


def unpack(content: bytes, files: Path, work: Path) -> Unpacked:
    """Unpack a parcel on a node.

    Args:
        content: The parcel's content.
        files: The folder of its files, each named by its hash.
        work: An empty folder, in which the task works.

    Returns:
        The task and what belongs to it.

    Raises:
        ValueError: If another version of adrbench packed it.
        OSError: If a file is missing, or one that is too large to travel is not in its place.
    """
    plain = json.loads(content)
    if plain.get("format") != FORMAT:
        raise ValueError(f"the parcel has format {plain.get('format')}; this adrbench reads {FORMAT}")
    # As JSON, which has lists where records have tuples.
    luggage = _LUGGAGE.validate_json(content)
    places = {
        name: str(_restore(one, files, work / "files" / str(number) / one.name))
        for number, (name, one) in enumerate(luggage.contents.items())
    }
    task = luggage.task
    job = replace(task.job, **{name: _renamed(vars(task.job)[name], places) for name in _NAMING})
    if job.responses is not None:
        job = replace(job, responses=str(work / RESPONSES))
    task = replace(
        task,
        job=job,
        journal=work / JOURNAL / task.journal.name if task.journal else None,
        files={name: Path(places[str(path)]) for name, path in task.files.items()},
    )
    here = {one.name: one.place for one in returning(task)}
    for one in luggage.returning:
        place = here[one.name]
        place.parent.mkdir(parents=True, exist_ok=True)
        if one.content is not None and not place.exists():
            # Whole or not at all: others look for it too.
            draft = place.with_name(f".{place.name}.{os.getpid()}.arriving")
            _restore(one.content, files, draft, writable=True)
            if one.name == CHECKPOINT:
                # It outlives the task.
                sync_tree(draft)
            with suppress(OSError):
                move(draft, place)
            shutil.rmtree(draft, ignore_errors=True)
    back = tuple(replace(one, place=here[one.name]) for one in luggage.returning)
    return Unpacked(task, luggage.conditions, back, {place: name for name, place in places.items()})


def _restore(content: Content, files: Path, place: Path, *, writable: bool = False) -> Path:
    if content.there:
        return _in_place(content)
    place.parent.mkdir(parents=True, exist_ok=True)
    if "" not in content.files:
        place.mkdir()
    for name, digest in content.files.items():
        path = place / name if name else place
        path.parent.mkdir(parents=True, exist_ok=True)
        if writable or name in content.programs:
            shutil.copyfile(files / digest, path)
            path.chmod(0o755 if name in content.programs else 0o644)
            continue
        try:
            path.hardlink_to(files / digest)
        except OSError:
            shutil.copyfile(files / digest, path)
    return place


def _in_place(content: Content) -> Path:
    path = Path(content.there)
    there = {"" if file == path else file.relative_to(path).as_posix(): file for file in tree_files(path)}
    if {name: file.stat().st_size for name, file in there.items()} != content.sizes:
        size = sum((content.sizes or {}).values())
        if size <= MOST_BYTES:
            raise OSError(f"{path} is a program, and this node has not the same one there; install it")
        raise OSError(
            f"{path} ({size / 2**30:.1f} GiB) is too large to travel, and this node has no such file or folder of the "
            f"same size; put it there, or name one below {MOST_BYTES / 2**30:.0f} GiB"
        )
    return path


def _renamed(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, Mapping):
        return {name: _renamed(inner, places) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_renamed(inner, places) for inner in value]
    return value


def write_report(report: Report, delivery: Path) -> None:
    """Write the report of a task.

    Args:
        report: The report.
        delivery: The folder that goes back.
    """
    write_atomically(delivery / REPORT, _REPORT.dump_json(report, warnings=False))


def read_report(delivery: Path) -> Report:
    """Read the report of a task at home.

    Args:
        delivery: The folder that came back.

    Returns:
        The report.

    Raises:
        Damaged: If there is none that can be used.
    """
    path = delivery / REPORT
    try:
        if path.stat().st_size >= _LARGEST_REPORT:
            raise Damaged(f"it has more than {_LARGEST_REPORT:,} bytes")
        return _REPORT.validate_json(path.read_bytes())
    except ValidationError as error:
        raise Damaged(explain(error)) from None
    except (OSError, RecursionError) as error:
        raise Damaged(str(error)) from None


def send_back(unpacked: Unpacked, model: Path | None, delivery: Path) -> None:
    """Put all that goes back into a delivery, on the node.

    Args:
        unpacked: The parcel.
        model: Where a kept model was saved.
        delivery: The folder that goes back.
    """
    listed = [(one.name, one.place / one.only) for one in unpacked.returning if one.back]
    for name, place in (*listed, *([(_MODEL, model)] if model is not None else ())):
        if place.is_dir():
            shutil.copytree(place, delivery / _RETURNED / name, ignore=_irregular)
        elif place.is_file():
            (delivery / _RETURNED).mkdir(exist_ok=True)
            shutil.copyfile(place, delivery / _RETURNED / name)


def _irregular(folder: str, names: list[str]) -> list[str]:
    """What does not travel: links, which lead nowhere at home, sockets and the like."""
    paths = ((name, Path(folder, name)) for name in names)
    return [name for name, path in paths if path.is_symlink() or not (path.is_file() or path.is_dir())]


def take_back(task: Task, delivery: Path) -> Path | None:
    """Put what came back where it belongs at home.

    Args:
        task: The task, as it was packed.
        delivery: The folder that came back.

    Returns:
        The folder of a kept model; None without one.

    Raises:
        OSError: If something cannot be written.
    """
    for one in returning(task):
        there, place = delivery / _RETURNED / one.name, one.place / one.only
        if there.is_file():
            write_atomically(place, there.read_bytes())
        elif there.is_dir() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = place.with_name(f".{place.name}.{os.getpid()}.arriving")
            shutil.copytree(there, draft)
            sync_tree(draft)
            with suppress(OSError):
                move(draft, place)
            shutil.rmtree(draft, ignore_errors=True)
    model = delivery / _RETURNED / _MODEL
    return model if model.is_dir() else None
