"""Hugging Face datasets: parquet files with a text a row, from a folder or by their name on the hub.

Lhoest et al. (2021), Datasets: A Community Library for Natural Language Processing, EMNLP 2021, System Demonstrations.

Either words with a tag each (``tokens``, ``ner_tags``), the tags strings or numbers that a ``ClassLabel`` names, or a
``text`` with its ``spans`` (or ``entities``), objects with ``start``, ``end`` and ``label``. No code of a dataset is
run.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets.files import file_hash
from adrbench.datasets.formats import _exports as exports
from adrbench.datasets.formats import _hub as hub
from adrbench.datasets.formats import _offsets as offsets
from adrbench.datasets.formats import _tagged as tagged
from adrbench.datasets.formats._features import class_names
from adrbench.datasets.formats.parts import FILES_IGNORED
from adrbench.datasets.formats.schema import Schema
from adrbench.datasets.limits import check_unpacked

# Rows decoded at once. A dictionary page may make every value as long as its column chunk.
_BATCH_ROWS, _FEWEST_ROWS = 1000, 16
_BATCH_BYTES = 256 * 2**20
_SPANS = ("spans", "entities")


@dataclass(frozen=True)
class HuggingfaceParams:
    """``name``: a dataset of the hub, as ``owner/dataset``, in place of a path.

    ``revision``: a commit of it, or a branch. ``config``: which configuration, where there are several. ``tokens``,
    ``tags``, ``text``, ``spans``, ``id``, ``group``: names of columns; ``group`` says which rows come from one source.
    ``names``: the tags that the numbers of ``tags`` stand for, from 0 on, where the dataset does not say.
    """

    name: str = ""
    revision: str = ""
    config: str = ""
    tokens: str = "tokens"
    tags: str = "ner_tags"
    names: tuple[str, ...] = ()
    text: str = "text"
    spans: str = ""
    id: str = "id"
    group: str = ""


plugin = DatasetPlugin(
    name="huggingface",
    summary="parquet files of Hugging Face datasets, from a folder or the hub",
    params=HuggingfaceParams,
    implementation="adrbench.datasets.formats.huggingface:Huggingface",
    format=True,
)


class Huggingface:
    """Reads a parquet file, a folder in one of the hub's layouts, or a dataset of the hub."""

    info = DatasetInfo(name="huggingface", version="", licence="", citation="", labels=())
    schema = Schema({"row": ("id", "tokens", "ner_tags", "text", "spans", "entities")})

    def load(self, params: HuggingfaceParams, path: Path | None, offline: bool) -> Reading:
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A file or a folder; None: the dataset that ``params.name`` names.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: There is no such dataset, or its form is wrong.
        """
        ledger: Counter[str] = Counter()
        info = self.info
        if path is not None and (params.name or params.revision):
            given = f"params.name ({params.name!r})" if params.name else "params.revision, which is of the hub"
            raise CorpusError(f"huggingface: both a path and {given}; give one of them")
        if path is not None and path.is_file():
            if params.config:
                raise CorpusError(f"huggingface: params.config ({params.config!r}) is of folders, and {path} is a file")
            root, origin = path.parent, f"file {path.resolve().name}"
            shards, passed_over = [hub.Shard(path.name, "", path.stem, "")], 0
        else:
            root, origin = _folder(params, path, offline)
            # The hub's client names the folder of a dataset by the commit that was read.
            info = replace(info, version=root.name) if params.name else info
            found = [p.relative_to(root).as_posix() for p in root.rglob("*.parquet") if p.is_file()]
            where = params.name or str(root)
            shards, passed_over = hub.choose((p for p in found if not p.startswith(".")), params.config, where)
        ledger[FILES_IGNORED] += passed_over
        records = tuple(_records(root, shards, params, ledger))
        if not records:
            raise CorpusError(f"{path or params.name}: no row in it")
        return Reading(
            info,
            records,
            origin,
            {shard.path: file_hash(root / shard.path) for shard in shards},
            ledger=+ledger,
            unit="document" if records[0].tokens is None else "sentence",
        )


def _folder(params: HuggingfaceParams, path: Path | None, offline: bool) -> tuple[Path, str]:
    if params.name:
        folder = hub.fetch(params.name, params.revision, params.config, offline)
        return folder, f"hub {params.name} at {folder.name}"
    if path is None:
        raise CorpusError("huggingface: no path given; it should be a folder of parquet files (or give params.name)")
    if not path.is_dir():
        raise CorpusError(f"huggingface: no file or folder {path}")
    return path, f"folder {path.resolve().name}"


def _records(
    root: Path, shards: Sequence[hub.Shard], params: HuggingfaceParams, ledger: Counter[str]
) -> Iterator[Record]:
    # Ids of a dataset begin again in every split, rows in every file of one.
    places: dict[str, str] = {}
    rows_of: Counter[str] = Counter()
    for shard in shards:
        file = _File(root, shard, params)
        file.check_names(ledger)
        characters = 0
        for where, row in file.rows():
            number = rows_of[shard.split]
            rows_of[shard.split] += 1
            given = row.get(params.id) if params.id else None
            if given is not None and not isinstance(given, str) and type(given) is not int:
                raise CorpusError(f'{where}: the id {given!r} is neither a string nor a number; params.id = "" counts')
            name = f"{shard.split}.{number if given is None else given}"
            if name in places:
                raise CorpusError(
                    f'{where}: the id {given!r} stands at {places[name]} already; params.id = "" counts rows instead'
                )
            places[name] = where
            group = row[params.group] if params.group else name
            if not isinstance(group, str | int):
                raise CorpusError(f"{where}: the group {group!r} is neither a string nor a number")
            text, spans, tokens = file.content(row, where, ledger)
            # A page may say a long value once and mean it for every row.
            characters += len(text)
            check_unpacked(where, characters, file.size)
            yield Record(name, text, spans, str(group), tokens, (shard.part,) if shard.part else ())


Content = tuple[str, tuple[Span, ...], tuple[tuple[int, int], ...] | None]


class _File:
    """A parquet file: its columns, and what its tags are called."""

    def __init__(self, root: Path, shard: hub.Shard, params: HuggingfaceParams) -> None:
        self._path = root / shard.path
        self.size = self._path.stat().st_size
        self._params = params
        self._numbering = tagged.Numbering(None)
        self._columns, schema = _columns(self._path)
        self._tagged = params.tokens in self._columns and params.text == "text" and not params.spans
        self._spans = params.spans or next((name for name in _SPANS if name in self._columns), _SPANS[0])
        self._wanted = [params.tokens, params.tags] if self._tagged else [params.text, self._spans]
        self._wanted += [params.group] if params.group else []
        absent = [name for name in self._wanted if name not in self._columns]
        if absent:
            raise CorpusError(
                f"{self._path}: no column {', '.join(absent)}; the columns are {', '.join(self._columns)}. "
                f"params.{{tokens,tags}} or params.{{text,spans}} name those to read"
            )
        if params.id in self._columns:
            self._wanted.append(params.id)
        elif params.id not in {"", "id"}:
            raise CorpusError(f"{self._path}: no column {params.id}; the columns are {', '.join(self._columns)}")
        if params.names and not self._tagged:
            raise CorpusError(f"{self._path}: params.names is for tags, and a text with spans has none")
        if self._tagged:
            names = params.names or class_names(params.tags, self._path, schema, root, shard.config)
            sought = "neither the parquet schema, dataset_info.json nor README.md"
            self._numbering = tagged.Numbering(names, bool(params.names), sought)

    def check_names(self, ledger: Counter[str]) -> None:
        """Count columns that are not read. Raises ``CorpusError`` for one whose name is a slip of an expected one."""
        called = {name: str(getattr(self._params, name)) or name for name in ("id", "tokens", "text")}
        called |= {"ner_tags": self._params.tags, "spans": self._spans}
        Huggingface.schema.check("row", self._columns, str(self._path), ledger, called)

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The rows, with where each stands."""
        number = 0
        arrow, parquet = _pyarrow(self._path)
        try:
            longest = _check_metadata(self._path, self.size)
            with parquet.ParquetFile(self._path) as file:
                rows = min(_BATCH_ROWS, max(_FEWEST_ROWS, _BATCH_BYTES // longest))
                for batch in file.iter_batches(rows, columns=list(dict.fromkeys(self._wanted))):
                    for row in batch.to_pylist():
                        yield f"{self._path}: row {number}", row
                        number += 1
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise CorpusError(f"{self._path}: cannot be read as parquet from row {number} on ({error})") from error

    def content(self, row: dict[str, Any], where: str, ledger: Counter[str]) -> Content:
        """Text, spans and tokens of a row. Raises ``CorpusError`` for what is not of either form."""
        if self._tagged:
            words, tags = row[self._params.tokens], row[self._params.tags]
            return tagged.content(words, tags, self._numbering, where, ledger)
        value = {"text": row[self._params.text], "spans": row[self._spans]}
        draft = exports.parse("adrbench", value, where, exports.Names(), ledger)
        if draft is None:
            raise CorpusError(f"{where}: no text")
        ruler = offsets.Ruler.of(draft.text, "characters")
        return draft.text, tuple(offsets.span(mark, draft.text, ruler, where) for mark in draft.marks), None


def _check_metadata(path: Path, packed: int) -> int:
    """The bytes of the largest column chunk. Raises ``CorpusError`` for a file that unpacks beyond the limits."""
    # In a process of its own: on some damaged metadata pyarrow 26 ends its process instead of raising.
    ran = subprocess.run(  # noqa: S603  (our own program, in our own interpreter)
        [sys.executable, "-P", "-c", _SIZES, str(path)], capture_output=True, check=False, text=True
    )
    if ran.returncode != 0:
        told = (ran.stderr.strip().splitlines() or [f"its reader ended with {ran.returncode}"])[-1]
        raise CorpusError(f"{path}: its metadata cannot be read as parquet ({told.strip()})")
    largest, unpacked = map(int, ran.stdout.split())
    check_unpacked(str(path), unpacked, packed)
    return largest or 1


# A value takes an offset at least once decoded, however often its page repeats it.
_SIZES = """
import sys
from pyarrow import parquet

metadata = parquet.read_metadata(sys.argv[1])
groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
sizes = [(chunk.total_uncompressed_size, 4 * chunk.num_values) for chunk in chunks]
print(max((size for size, _ in sizes), default=0), sum(map(max, sizes)))
"""


def _columns(path: Path) -> tuple[list[str], dict[bytes, bytes]]:
    arrow, parquet = _pyarrow(path)
    try:
        schema = parquet.read_schema(path)
        return list(schema.names), schema.metadata or {}
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise CorpusError(f"{path}: cannot be read as parquet ({error})") from error


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415  (large, and needed for nothing else)
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise CorpusError(f"{path}: parquet is read with pyarrow, which is not installed; {hub.EXTRA}") from error
    return pa, parquet
