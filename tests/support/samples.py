"""A small corpus in every format, and the names that its reader declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adrbench.api import Reading
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
GROUPED = {"entity_group": "ADR", "score": 0.9, "word": "rash", "start": 7, "end": 11}
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
    Sample("jsonl", "a.jsonl", lines({"id": 1, "text": TEXT, "entities": [GROUPED]})),
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
