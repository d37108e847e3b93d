"""A small corpus with every hard case, written for these tests."""

from __future__ import annotations

import pytest

from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.datasets.corpus import Corpus, prepare
from adrbench.datasets.filters import Filters

TEXTS = (
    ("a1", "Foot and knee pain after aspirin.", "train"),
    ("a2", "foot AND knee pain  after aspirin.", "train"),
    ("b1", "Rash. Nothing else was seen.", "dev"),
    ("c1", "Headaches and RASH came back.", "test"),
    ("c2", "All was well.", "test"),
)
SPANS = {
    # "Foot ... pain", "knee pain", and a drug.
    "a1": (Span(0, 18, "ADR", ((0, 4), (14, 18))), Span(9, 18, "ADR"), Span(25, 32, "DRUG")),
    "b1": (Span(0, 4, "ADR"),),
    # Half a word; a word inside another mention; seen before in another case.
    "c1": (Span(0, 8, "ADR"), Span(14, 18, "ADR"), Span(14, 23, "DRUG")),
}
INFO = DatasetInfo(
    "toy", "1", "CC0", "nobody", ("ADR", "DRUG"), published={"documents": 5, "spans": 8, "words": 29, "claims": 3}
)


@pytest.fixture
def reading() -> Reading:
    """Five documents of three groups, one of them twice, with a split of their own."""
    records = tuple(Record(i, text, SPANS.get(i, ()), i[0], parts=(part,)) for i, text, part in TEXTS)
    return Reading(INFO, records, "here", {"f": "0"}, ledger={"lines read": 9}, unit="document")


@pytest.fixture
def corpus(reading: Reading) -> Corpus:
    """The same, ready."""
    return prepare(reading, Filters())
