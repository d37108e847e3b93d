"""Which source a document belongs to, as the benchmark file says it: by id, by a metadata field, or by a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adrbench._system.paths import with_home
from adrbench.api import Record
from adrbench.datasets.decode import iter_lines
from adrbench.errors import CorpusError, closest


@dataclass(frozen=True)
class Grouping:
    """Where the group of a document is told; exactly one of these is given.

    Attributes:
        pattern: A regular expression that is searched for in the id: its first group, or all that it matches.
        field: The name of a metadata field.
        file: A UTF-8 file with an id and a group a line, parted by a tab; blank lines are passed over.
    """

    pattern: str | None = None
    field: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        if self.pattern is not None:
            return f"the pattern {self.pattern!r} in their ids"
        return f"the field {self.field!r}" if self.field is not None else f"the file {Path(self.file or '').name}"


def regroup(records: Sequence[Record], grouping: Grouping, folder: Path, corpus: str) -> list[Record]:
    """Give documents the groups that a benchmark file names.

    Args:
        records: The documents as read.
        grouping: Where their groups are told.
        folder: Where a relative path of a file starts.
        corpus: The name of the corpus, for messages.

    Returns:
        The documents with their new groups.

    Raises:
        CorpusError: If some document has no group by it, or if the file cannot be read.
    """
    group_of = _rule(grouping, folder)
    groups = [group_of(record) for record in records]
    without = [record.id for record, group in zip(records, groups, strict=True) if not group]
    if without:
        hint = ""
        if grouping.field is not None:
            fields = {name for record in records for name in record.metadata}
            hint = f"; {closest(grouping.field, fields) if fields else 'no document has metadata as it is read'}"
        raise CorpusError(
            f"{corpus}: group: {len(without):,} of {len(records):,} documents have none by {grouping}, "
            f"the first is {without[0]!r}{hint}"
        )
    return [replace(record, group=group) for record, group in zip(records, groups, strict=True)]


def _rule(grouping: Grouping, folder: Path) -> Callable[[Record], str]:
    if grouping.pattern is not None:
        pattern = re.compile(grouping.pattern)
        return lambda record: _matched(pattern.search(record.id))
    if grouping.field is not None:
        field = grouping.field
        return lambda record: record.metadata.get(field, "")
    told = _read(folder / with_home(grouping.file or "", "group: file"))
    return lambda record: told.get(record.id, "")


def _matched(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    return (match[1] if match.re.groups else match[0]) or ""


def _read(path: Path) -> dict[str, str]:
    told: dict[str, str] = {}
    for number, line in enumerate(iter_lines(path), 1):
        if not line.strip():
            continue
        name, tab, group = line.partition("\t")
        if not tab or not name or not group or "\t" in group:
            raise CorpusError(f"{path}:{number}: should be an id and its group, parted by one tab, not {line[:60]!r}")
        if told.setdefault(name, group) != group:
            raise CorpusError(f"{path}:{number}: {name!r} is in the group {told[name]!r} already")
    return told
