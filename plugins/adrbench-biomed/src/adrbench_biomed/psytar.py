"""PsyTAR: patients' posts about four psychiatric drugs, in sentences, with adverse reactions and other symptoms.

Zolnoori et al. (2019), The PsyTAR dataset, Data in Brief 24, 103838.

The release is a workbook: a sheet of all sentences, and a sheet for each label with the words of its mentions, a cell
each, as an annotator wrote them, without offsets. Where they stand follows from ``adrbench_biomed.quotes``; those that
the sentence does not have, in its words and order, are no spans and are counted by label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets import LocalFiles, RemoteFile, Schema, locate_files
from adrbench_biomed import quotes
from adrbench_biomed.xlsx import SheetRow, read_sheets

_SOURCE = (
    "https://raw.githubusercontent.com/basaldella/psytarpreprocessor/dce7fd9fc91930dd9de0f4793529d5695a10e681/data"
)
_WORKBOOK = RemoteFile(
    "PsyTAR_dataset.xlsx",
    f"{_SOURCE}/PsyTAR_dataset.xlsx",
    "057bf5a170fd4e217318afc47ef38eacb014bb01e5f57176693bed29bc77050a",
)
_LABELS = ("ADR", "DI", "SSI", "WD")
_SENTENCES = "Sentence_Labeling"
_COLUMNS = ("drug_id", "sentence_index", "sentences")


@dataclass(frozen=True)
class PsytarParams:
    """The corpus takes no parameters."""


plugin = DatasetPlugin(
    name="psytar",
    summary="patients' posts on psychiatric drugs, sentences with adverse reactions (Zolnoori et al. 2019)",
    params=PsytarParams,
    implementation="adrbench_biomed.psytar:Psytar",
    labels=("ADR",),
)


class Psytar:
    """Reads the released workbook; ``path`` may name it or its folder. The group of a sentence is its post."""

    # Columns of mentions are numbered from 1 on.
    schema = Schema(
        {_SENTENCES: _COLUMNS, **{f"{label}_Identified": (*_COLUMNS, f"{label}1") for label in _LABELS}},
        {
            _SENTENCES: ("id", "comment_id", *_LABELS, "EF", "INF", "Findings", "others", "rating", "category"),
            **{f"{label}_Identified": ("id",) for label in _LABELS},
        },
    )

    info = DatasetInfo(
        name="psytar",
        version="1.0",
        licence="CC-BY-4.0 (posts of www.askapatient.com, under its terms)",
        external="conditional",
        external_terms="the annotations are CC-BY-4.0, but the posts are under the terms of www.askapatient.com",
        citation="Zolnoori et al. 2019, Data in Brief 24, 103838",
        labels=_LABELS,
        url=_SOURCE,
        published={
            "documents": 6009,
            "groups": 891,
            "spans ADR": 4813,
            "spans DI": 792,
            "spans SSI": 1219,
            "spans WD": 590,
        },
    )

    def load(self, params: PsytarParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: The workbook or its folder; None: the local copy, or else a download.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged or has another form.
        """
        if path is not None and path.is_file():
            files = LocalFiles({path.name: path}, f"file {path.resolve().name}")
        else:
            files = locate_files("psytar", [_WORKBOOK], path, offline)
        needed = dict.fromkeys(self.schema.nodes, _COLUMNS)
        sheets = read_sheets(next(iter(files.paths.values())), needed)
        ledger: Counter[str] = Counter()
        for name, rows in sheets.items():
            for row in rows:
                self.schema.check(name, {_first(column) for column in row.cells}, row.where, ledger)
        records = _sentences(sheets[_SENTENCES], ledger)
        if not records:
            raise CorpusError(f"{next(iter(files.paths.values()))}: sheet {_SENTENCES} has no sentence")
        spans: dict[str, list[Span]] = {name: [] for name in records}
        for label in _LABELS:
            for name, mentions in _mentions(label, sheets[f"{label}_Identified"], records, ledger).items():
                spans[name] += mentions
        texts = tuple(replace(record, spans=tuple(sorted(spans[name]))) for name, record in records.items())
        return Reading(self.info, texts, files.origin, files.hashes(), ledger=dict(+ledger))

    def at_hand(self) -> str:
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        return locate_files("psytar", [_WORKBOOK], None, offline=True).origin


def _first(column: str) -> str:
    """The first of the numbered columns that a column is one of; any other is itself."""
    plain = column.rstrip("0123456789")
    return f"{plain}1" if plain != column else column


def _sentences(rows: Sequence[SheetRow], ledger: Counter[str]) -> dict[str, Record]:
    """Sentences by id, which is that of the post and the number of the sentence in it."""
    records: dict[str, Record] = {}
    for row in rows:
        if not any(column in row.cells for column in _COLUMNS):
            ledger["rows without post, number and sentence (sums of columns), left out"] += 1
            continue
        post, number = row.need("drug_id"), row.need("sentence_index")
        name, times = f"{post}.{number}", 1
        while name in records:
            times += 1
            name = f"{post}.{number}-{times}"
        ledger["sentences with the number of another in their post, renamed"] += times > 1
        # One of the four drugs is spelt in two ways.
        drug = (post.rpartition(".")[0] or post).lower()
        records[name] = Record(name, row.cells.get("sentences", ""), (), post, metadata={"drug": drug})
    return records


def _mentions(
    label: str, rows: Sequence[SheetRow], records: Mapping[str, Record], ledger: Counter[str]
) -> dict[str, list[Span]]:
    """The mentions of a label that their sentences have, by the id of the sentence."""
    spans: dict[str, list[Span]] = {}
    for row in rows:
        record = _sentence_of(row, records, ledger)
        if record.id in spans:
            raise CorpusError(f"{row.where}: the sentence {record.id} is there a second time; each once in its sheet")
        words = [cell for name, cell in row.cells.items() if name.startswith(label) and name[len(label) :].isdecimal()]
        places = quotes.locate(words, record.text)
        spans[record.id] = [place.span(label) for place in places if place]
        ledger[f"{label} mentions given by their words"] += len(words)
        ledger[f"{label} mentions whose words, in order, are not in their sentence (so often), left out"] += (
            places.count(None)
        )
        for place in places:
            if place and place.how != "exactly":
                ledger[f"{label} mentions found {place.how}"] += 1
    return spans


def _sentence_of(row: SheetRow, records: Mapping[str, Record], ledger: Counter[str]) -> Record:
    """The sentence that a row of mentions is about: that of its post and number, of several the one with its words."""
    name = f"{row.need('drug_id')}.{row.need('sentence_index')}"
    if name not in records:
        raise CorpusError(f"{row.where}: there is no sentence {name} in the sheet {_SENTENCES}")
    text = row.cells.get("sentences", "")
    times = 1
    candidate = record = records[name]
    while candidate.text != text:
        times += 1
        following = records.get(f"{name}-{times}")
        if following is None:
            ledger["sentences worded otherwise beside their mentions, read as in the sheet of all"] += 1
            return record
        candidate = following
    return candidate
