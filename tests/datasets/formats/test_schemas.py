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
from pathlib import Path
from typing import Any

import pytest
from samples import REGISTRY, SAMPLES, TEXT, Sample, declared

from adrbench.api import CorpusError, Reading
from adrbench.datasets.formats.schema import Schema
from adrbench.plugins.loading import implementation


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


@pytest.mark.slow  # a workbook is made for every slip
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


@pytest.mark.slow  # every slip is read in a process
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
