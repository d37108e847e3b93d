"""The checks of a corpus reader."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from adrbench.api import CorpusError, CorpusMissing, DatasetPlugin, Reading, Record, Span
from adrbench.plugins import parameters
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry
from adrbench.testing._light import heavy
from adrbench.testing._network import NoNetwork
from adrbench.testing._silence import silence
from adrbench.testing._verdict import Failure, Probes, Skip


class DatasetBench:
    """Reads one corpus with one set of parameters, from ``path`` or wherever the reader finds it."""

    def __init__(
        self, name: str, values: dict[str, Any], path: Path | None, folder: Path, step: Callable[[], None]
    ) -> None:
        before = set(sys.modules)
        self.plugin: DatasetPlugin = Registry().describe("datasets", name)
        self.imported = set(sys.modules) - before
        self.values = values
        self.path = path
        self.folder = folder
        self._step = step

    def load(self, *, path: Path | None = None) -> Reading:
        """What the reader finds, without network. Raises what it raises."""
        self._step()
        params, problems = parameters.check(self.plugin.params, self.values)
        if problems:
            raise Failure(f"{problems[0][0]}: {problems[0][1]}")
        reading: Reading = implementation(self.plugin.implementation)().load(params, path or self.path, True)
        return reading

    @cached_property
    def reading(self) -> Reading:
        """What the reader finds. Raises ``Skip`` if the corpus cannot be had here."""
        if self.plugin.format and self.path is None and not any(self.values.values()):
            raise Skip("a format needs files: give a path")
        try:
            return self.load()
        except CorpusMissing as error:
            if self.path is not None:
                raise Failure(f"the corpus cannot be read at {self.path}: {error}") from error
            raise Skip(f"the corpus is not on this machine: {error}") from error

    @property
    def records(self) -> Sequence[Record]:
        """All texts, with and without gold."""
        return (*self.reading.records, *self.reading.unlabelled)


DATASET: Probes[DatasetBench] = Probes()


@DATASET.add("light-description", "the description imports no large library")
def _light(bench: DatasetBench) -> None:
    if found := heavy(bench.imported):
        raise Failure(f"importing the description imports {', '.join(found)}")


@DATASET.add("loads", "the corpus can be read", gate=True)
def _loads(bench: DatasetBench) -> str:
    reading = bench.reading
    if not isinstance(reading, Reading):
        raise Failure(f"load gave {type(reading).__name__}, not an adrbench.api.Reading")
    if not reading.records:
        raise Failure("there is no text in it")
    return f"{len(reading.records)} texts, {sum(len(r.spans) for r in reading.records)} spans"


@DATASET.add("offsets", "spans and tokens lie inside their text, in order")
def _offsets(bench: DatasetBench) -> None:
    for record in bench.records:
        for span in record.spans:
            if problem := _wrong(span, len(record.text)):
                raise Failure(f"text {record.id!r}: the span {span} {problem}")
        last = 0
        for start, end in record.tokens or ():
            if not last <= start < end <= len(record.text):
                raise Failure(f"text {record.id!r}: the token {start}-{end} is empty, out of order, or outside")
            last = end


def _wrong(span: Span, length: int) -> str:
    if not 0 <= span.start < span.end <= length:
        return f"is empty or outside the text, which has {length} characters"
    if span.parts and (list(span.parts) != sorted(span.parts) or span.parts[0][0] != span.start):
        return "has parts that are out of order or begin elsewhere"
    return ""


@DATASET.add("ids", "each text has an id, and no two have the same")
def _ids(bench: DatasetBench) -> None:
    counts = Counter(record.id for record in bench.records)
    if "" in counts:
        raise Failure("a text has an empty id")
    if twice := [name for name, count in counts.items() if count > 1]:
        raise Failure(f"{len(twice)} ids occur more than once, such as {twice[0]!r}")


@DATASET.add("groups", "each text has a group, its source")
def _groups(bench: DatasetBench) -> str:
    for record in bench.records:
        if not isinstance(record.group, str) or not record.group:
            raise Failure(f"text {record.id!r} has no group")
    return f"{len({record.group for record in bench.records})} groups"


@DATASET.add("labels", "every label is declared, and usable as a name")
def _labels(bench: DatasetBench) -> None:
    present = {span.label for record in bench.reading.records for span in record.spans}
    declared = bench.reading.info.labels
    if declared and (unknown := sorted(present - set(declared))):
        raise Failure(f"labels {unknown} are not among those of info.labels, {sorted(declared)}")
    if absent := sorted(set(bench.plugin.labels) - set(declared or present)):
        raise Failure(f"the description's labels {absent} are none of the corpus")
    for label in sorted(present):
        if not label or any(c.isspace() or c == "/" for c in label):
            raise Failure(f"the label {label!r} is empty, or holds a space or '/'")


@DATASET.add("card", "the card has a name, and for a named corpus version, licence and citation")
def _card(bench: DatasetBench) -> None:
    info = bench.reading.info
    wanted = ("name",) if bench.plugin.format else ("name", "version", "licence", "citation")
    if empty := [name for name in wanted if not getattr(info, name)]:
        raise Failure(f"info has no {', '.join(empty)}")


@DATASET.add("deterministic", "read twice, it is the same")
def _deterministic(bench: DatasetBench) -> None:
    first, second = bench.reading, bench.load()
    if first.records != second.records or first.unlabelled != second.unlabelled:
        pairs = zip(first.records, second.records, strict=False)
        differing = next((one.id for one, other in pairs if one != other), None)
        where = f"text {differing!r} differs" if differing else "the number of texts or unlabelled texts differs"
        raise Failure(f"read twice: {where}")
    if dict(first.ledger) != dict(second.ledger) or dict(first.files) != dict(second.files):
        raise Failure("read twice: the ledger or the files' hashes differ")


@DATASET.add("offline", "without network, files or cache it raises CorpusMissing, and tries no connection")
def _offline(bench: DatasetBench) -> str:
    empty = bench.folder / "empty"
    empty.mkdir()
    kept = dict(os.environ)
    os.environ |= {"ADRBENCH_CACHE": str(empty), "HF_HOME": str(empty), "HOME": str(empty)}
    os.environ.pop("ADRBENCH_DATA", None)
    bare = bench.path
    bench.path = None
    said = ""
    try:
        with NoNetwork() as network:
            try:
                bench.load()
            except CorpusMissing as error:
                said = str(error)
            except CorpusError as error:
                # A form is asked for its path, a parameter may be wanting: the user's to mend, not the machine's.
                if not bench.plugin.format:
                    raise Failure(f"raises {type(error).__name__}, not CorpusMissing: {error}") from error
                said = str(error)
            except (Failure, Skip):
                raise
            except Exception as error:
                reached = f"tried to reach {network.tried[0]}, and " if network.tried else ""
                raise Failure(f"{reached}raised {type(error).__name__}, not CorpusMissing: {error}") from error
    finally:
        bench.path = bare
        os.environ.clear()
        os.environ |= kept
    if network.tried:
        raise Failure(f"tried to reach {network.tried[0]}, although it was told to stay offline")
    if bench.plugin.embedded and said:
        raise Failure(f"the description says that it is embedded, but load raises: {said}")
    return said or "embedded, or found on this machine"


@DATASET.add("missing-path", "a path that does not exist gives a CorpusError")
def _missing_path(bench: DatasetBench) -> None:
    nowhere = bench.folder / "nothing-is-here"
    try:
        bench.load(path=nowhere)
    except CorpusError:
        return
    except Exception as error:
        raise Failure(f"raises {type(error).__name__}, not a CorpusError: {error}") from error
    raise Failure("the path is ignored: a corpus is read although the path does not exist")


@DATASET.add("silent", "nothing is written to standard output")
def _silent(bench: DatasetBench) -> None:
    bench.reading  # noqa: B018  (skipped if it cannot be had)
    with silence():
        bench.load()
