"""A slip in any structural name of any format is an error, a line of the ledger, or changes no gold.

The names are those that the readers declare, each of which a sample must have: a new one is swept without being asked.
An empty list or element is no slip: it says that there is no mention.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adrbench.api import CorpusError, Reading
from adrbench.datasets.formats import _bioc_xml
from adrbench.datasets.formats.schema import Schema
from adrbench.datasets.load import read_dataset
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry

REGISTRY = Registry()
TEXT = "Severe rash and dry mouth."
MARK = {"start": 7, "end": 11, "label": "ADR", "text": "rash"}


@dataclass(frozen=True)
class Sample:
    """A small corpus: the content of its file, and of others beside it."""

    format: str
    file: str
    content: Any
    others: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    def read(self, folder: Path, content: Any) -> Reading:
        """Read it with another content."""
        for name, text in {**self.others, self.file: content}.items():
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        path = folder if self.others else folder / self.file
        return read_dataset(REGISTRY, self.format, dict(self.params), path, offline=True)


def lines(*values: Any) -> str:
    """JSON lines."""
    return "".join(json.dumps(value) + "\n" for value in values)


OURS = {"id": "1", "text": TEXT, "spans": [MARK], "group": "g", "metadata": {}, "tokens": [[0, 6]], "unit": "document"}
PARTS = MARK | {"parts": [[7, 9], [10, 11]]}
PARTS.pop("text")
TOKEN = {"start": 0, "end": 6, "id": 0, "text": "Severe"}
OFFSETS = {"start_offset": 7, "end_offset": 11, "label": "ADR", "id": 1}
STUDIO = {
    "id": 1,
    "data": {"text": TEXT},
    "annotations": [
        {
            "was_cancelled": False,
            "result": [{"type": "labels", "value": {"start": 7, "end": 11, "text": "rash", "labels": ["ADR"]}}],
        }
    ],
}
COMPLETED = {"id": 2, "data": {"text": TEXT}, "completions": STUDIO["annotations"]}
MENTION = {"infons": {"type": "ADR"}, "text": "rash", "locations": [{"offset": 7, "length": 4}]}
PASSAGE = {"infons": {}, "offset": 0, "text": TEXT, "annotations": [MENTION], "relations": []}
SENTENCE = {"infons": {}, "offset": 30, "text": "No rash.", "annotations": [], "relations": []}
DOCUMENT = {
    "id": "1",
    "infons": {},
    "passages": [PASSAGE, {"infons": {}, "offset": 30, "sentences": [SENTENCE]}],
    "annotations": [],
    "relations": [],
}
BIOC_XML = (
    "<collection><source>s</source><date>d</date><key>k</key><infon key='a'>b</infon><document><id>1</id>"
    "<infon key='drug'>x</infon><passage><infon key='type'>title</infon><offset>0</offset>"
    f"<text>{TEXT}</text><annotation id='1'><infon key='type'>ADR</infon><location offset='7' length='4'/>"
    "<text>rash</text></annotation></passage><passage><offset>30</offset><sentence><infon key='n'>1</infon>"
    "<offset>30</offset><text>No rash.</text><annotation id='2'><infon key='type'>ADR</infon>"
    "<location offset='33' length='4'/><text>rash</text></annotation><relation id='S'><infon key='t'>u</infon>"
    "<node refid='1' role='a'/></relation></sentence><relation id='R'/></passage><annotation id='3'>"
    "<infon key='type'>ADR</infon><location offset='0' length='6'/><text>Severe</text></annotation>"
    "<relation id='Q'/></document></collection>"
)
LABEL = (
    "<Label drug='x' track='t'><Text><Section name='n' id='S1'>Severe rash and dry mouth.</Section></Text><Mentions>"
    "<Mention id='M1' section='S1' type='ADR' start='7' len='4' str='rash'/><Mention id='M2' section='S1' type='ADR' "
    "start='16' len='9' str='dry mouth'/></Mentions><Relations><Relation id='R' type='a' arg1='M1' arg2='M2'/>"
    "</Relations><Reactions><Reaction id='A' str='rash'><Normalization id='N' meddra_pt='a' meddra_pt_id='b' "
    "meddra_llt='c' meddra_llt_id='d' flag='e'/></Reaction></Reactions></Label>"
)
SAMPLES = (
    Sample("jsonl", "a.jsonl", lines(OURS | {"part": "train"})),
    Sample("jsonl", "a.jsonl", lines(OURS | {"id": "2", "spans": [PARTS], "parts": ["dev"], "unlabelled": False})),
    Sample("jsonl", "a.jsonl", lines({"text": TEXT, "ents": [MARK], "tokens": [TOKEN]})),
    Sample("jsonl", "a.jsonl", lines([TEXT, {"entities": [[7, 11, "ADR"]]}])),
    Sample(
        "jsonl",
        "a.jsonl",
        lines({"id": "p", "text": TEXT, "spans": [MARK], "tokens": [TOKEN], "answer": "accept", "relations": []}),
    ),
    Sample("jsonl", "a.jsonl", lines({"id": 1, "text": TEXT, "label": [[7, 11, "ADR"]]})),
    Sample("jsonl", "a.jsonl", lines({"id": 1, "data": TEXT, "labels": [[7, 11, "ADR"]], "Comments": []})),
    Sample("jsonl", "a.jsonl", lines({"id": 1, "text": TEXT, "entities": [OFFSETS], "relations": []})),
    Sample("jsonl", "a.jsonl", lines(STUDIO)),
    Sample("jsonl", "a.jsonl", lines(COMPLETED)),
    Sample("jsonl", "a.jsonl", lines({"id": "1", "group": "g", "tokens": ["No", "rash"], "ner_tags": ["O", "B-A"]})),
    Sample("jsonl", "a.jsonl", lines({"words": ["No", "rash"], "tags": ["O", "B-ADR"]})),
    Sample("jsonl", "a.jsonl", lines({"words": ["No", "rash"], "labels": ["O", "B-ADR"]})),
    Sample("jsonl", "a.jsonl", lines({"words": ["No", "rash"], "ner": ["O", "B-ADR"]})),
    Sample("bioc", "a.json", json.dumps({"infons": {}, "documents": [DOCUMENT]})),
    Sample("bioc", "a.json", json.dumps({"PubTator3": [DOCUMENT]})),
    Sample("bioc", "a.xml", BIOC_XML),
    Sample("tac-spl", "a.xml", LABEL),
    Sample(
        "brat",
        "a.ann",
        "T1\tADR 7 11\trash\nT2\tADR 16 25\tdry mouth\nR1\tAnd Arg1:T1 Arg2:T2\nE1\tAct:T1\nA1\tBad T1\nM1\tBad T1\n"
        "N1\tReference T1 M:1\trash\n#1\tNote T1\tsaid\n*\tEquiv T1 T2\n",
        {"a.txt": TEXT},
    ),
    Sample("pubtator", "a.txt", "1|t|Severe rash\n1|a|No more.\n1\t7\t11\trash\tADR\tD1\n1\tCID\tD1\tD2\n"),
    Sample("conll", "a.conll", "-DOCSTART- O\n\nSevere O\nrash B-ADR\n\n-DOCSTART- O\n\ndry B-ADR\nmouth I-ADR\n. O\n"),
    Sample("i2b2", "a.con", 'c="rash" 1:1 1:1||t="problem"\n', {"a.txt": "severe rash and dry mouth .\n"}),
)


def declared(sample: Sample) -> Schema:
    """The schema that the reader of a sample declares for its file."""
    if sample.file.endswith(".xml") and sample.format == "bioc":
        return _bioc_xml.SCHEMA
    schema: Schema = implementation(REGISTRY.describe("datasets", sample.format).implementation).schema
    return schema


def slips(name: str) -> list[str]:
    """The name with a letter less, more, and two swapped; in another case; as another word; and empty."""
    wrong = [name[:-1], name[1:], name + name[-1], name[:-2] + name[:-3:-1], name.swapcase(), name.title()]
    return sorted({*wrong, "other", ""} - {name})


def json_slips(text: str, name: str) -> Iterator[str]:
    """Every key of the name renamed, with a value of another kind, and twice."""
    for match in re.finditer(rf'"{re.escape(name)}"(: )', text):
        before, after = text[: match.start()], text[match.end() :]
        value, end = json.JSONDecoder().raw_decode(after)
        for slip in slips(name):
            yield f"{before}{json.dumps(slip)}: {after}"
        if isinstance(value, list):
            for wrong in ("null", "{}", '""', "0"):
                yield f'{before}"{name}": {wrong}{after[end:]}'
        elif isinstance(value, dict):
            for wrong in ("null", "[]", '""', "0"):
                yield f'{before}"{name}": {wrong}{after[end:]}'
        yield f'{before}"{name}": {after[:end]}, {text[match.start() :]}'


def xml_slips(text: str, name: str) -> Iterator[str]:
    """Every attribute of the name renamed or emptied; every element renamed or there twice."""
    if name.startswith("@"):
        for match in re.finditer(rf"\b{name[1:]}='([^']*)'", text):
            before, after = text[: match.start()], text[match.end() :]
            for slip in filter(None, slips(name[1:])):
                yield f"{before}{slip}='{match[1]}'{after}"
            yield f"{before}{name[1:]}=''{after}"
        return
    for match in re.finditer(rf"<{name}( [^<>]*?)?(/>|>.*?</{name}>)", text):
        before, whole, after = text[: match.start()], match[0], text[match.end() :]
        for slip in filter(None, slips(name)):
            opened = f"<{slip}{whole[1 + len(name) :]}"
            yield before + re.sub(f"</{name}>$", f"</{slip}>", opened) + after
        yield before + whole + whole + after


def line_slips(text: str, name: str) -> Iterator[str]:
    """Every such mark of a line renamed, and its line twice.

    In column files another word or line is another text; so is what follows a whole mark in any.
    """
    columns = "-DOCSTART-" in text
    for match in re.finditer(f"^{re.escape(name)}" if len(name) == 1 else re.escape(name), text, re.MULTILINE):
        for slip in slips(name):
            if slip.startswith(name) or (columns and slip == "other"):
                continue
            yield text[: match.start()] + slip + text[match.end() :]
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.index("\n", match.end()) + 1
        if not columns:
            yield text[:end] + text[start:end] + text[end:]


def gold(reading: Reading) -> list[Any]:
    """Texts and what is marked in them."""
    return sorted((record.text, sorted(set(record.spans))) for record in reading.records)


def verdict(sample: Sample, content: Any, folder: Path, before: Reading) -> str:
    """What a reader makes of a content."""
    try:
        reading = sample.read(folder, content)
    except CorpusError:
        return "error"
    if Counter(reading.ledger) - Counter(before.ledger):
        return "ledger"
    return "same gold" if gold(reading) == gold(before) else "SILENT"


def test_every_format_declares_its_names() -> None:
    """So that what the sweep goes through is what the readers read."""
    formats = {p.name for p in REGISTRY.discover("datasets") if getattr(p.description, "format", False)}
    assert formats == {sample.format for sample in SAMPLES} | {"huggingface"}
    for name in (*formats, "psytar"):
        reader = implementation(REGISTRY.describe("datasets", name).implementation)
        assert isinstance(getattr(reader, "schema", None), Schema), f"{name} declares no schema"


def sweeper(sample: Sample) -> Callable[[str, str], Iterator[str]]:
    """How names of a sample are changed."""
    return {".jsonl": json_slips, ".json": json_slips, ".xml": xml_slips}.get(Path(sample.file).suffix, line_slips)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.format}-{sample.content[:60]!r}")
def test_no_slip_loses_a_mention_in_silence(sample: Sample, tmp_path: Path) -> None:
    """Each name is renamed, emptied and doubled at every place it stands, one place at a time."""
    before = sample.read(tmp_path, sample.content)
    assert any(record.spans for record in before.records)
    tried, silent = 0, []
    for name in sorted({name for names in declared(sample).nodes.values() for name in names}):
        for content in sweeper(sample)(sample.content, name):
            tried += 1
            if verdict(sample, content, tmp_path, before) == "SILENT":
                silent.append(f"{name}: {content}")
    assert tried
    assert not silent, silent


@pytest.mark.parametrize("format_name", sorted({sample.format for sample in SAMPLES}))
def test_every_declared_name_stands_in_a_sample(format_name: str) -> None:
    """A name that no sample has is not swept; add it to one."""
    own = [sample for sample in SAMPLES if sample.format == format_name]
    for schema in {id(schema): schema for schema in map(declared, own)}.values():
        names = {name for inside in schema.nodes.values() for name in inside}
        contents = [sample for sample in own if declared(sample) is schema]
        missing = {n for n in names if not any(next(sweeper(s)(s.content, n), None) for s in contents)}
        assert not missing


def test_slips_in_the_columns_of_a_workbook(tmp_path: Path) -> None:
    """PsyTAR's columns: renamed, emptied and doubled, in each sheet."""
    openpyxl = pytest.importorskip("openpyxl")
    schema = declared(Sample("psytar", "a.xlsx", b""))
    row = {"drug_id": "x.1", "sentence_index": 1, "sentences": TEXT}
    words = {"ADR1": "rash", "DI1": "dry mouth", "SSI1": "mouth", "WD1": "dry"}

    def workbook(sheet: str = "", old: str = "", new: str = "") -> bytes:
        book = openpyxl.Workbook()
        for node, names in schema.nodes.items():
            table = book.create_sheet(node)
            columns = list(names)
            header = [new if (node, name) == (sheet, old) else name for name in columns]
            cells = [{**row, **words}[name] for name in columns]
            if (node, new) == (sheet, old):
                header, cells = [*header, old], [*cells, cells[columns.index(old)]]
            table.append(header)
            table.append(cells)
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()

    sample = Sample("psytar", "a.xlsx", workbook())
    before = sample.read(tmp_path, sample.content)
    assert len(before.records[0].spans) == 4
    for node, names in schema.nodes.items():
        for name in names:
            for slip in (*slips(name), name):
                assert verdict(sample, workbook(node, name, slip), tmp_path, before) != "SILENT", (node, name, slip)


def test_slips_in_the_columns_of_parquet(tmp_path: Path) -> None:
    """Either form of a Hugging Face dataset."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    def table(row: Mapping[str, Any]) -> bytes:
        content = io.BytesIO()
        parquet.write_table(pa.Table.from_pylist([row]), content)
        return content.getvalue()

    span = {"start": 7, "end": 11, "label": "ADR"}
    rows = (
        {"id": "1", "tokens": ["No", "rash"], "ner_tags": ["O", "B-ADR"]},
        {"id": "1", "text": TEXT, "spans": [span]},
        {"id": "1", "text": TEXT, "entities": [span]},
    )
    names = {name for row in rows for name in row}
    assert names == set(declared(Sample("huggingface", "a.parquet", b"")).nodes["row"])
    for row in rows:
        sample = Sample("huggingface", "a.parquet", table(row))
        before = sample.read(tmp_path, sample.content)
        for name in row:
            for slip in slips(name):
                content = table({slip if key == name else key: value for key, value in row.items()})
                assert verdict(sample, content, tmp_path, before) != "SILENT", (name, slip)
        for name in span if "tokens" not in row else ():
            for slip in filter(None, slips(name)):
                wrong = {slip if key == name else key: value for key, value in span.items()}
                content = table({key: [wrong] if value == [span] else value for key, value in row.items()})
                assert verdict(sample, content, tmp_path, before) != "SILENT", (name, slip)
