"""Documents into sentences, with the offsets kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.datasets.decode import read_lines
from adrbench.datasets.text._sentences import SentenceSplitter

# Any Unicode at all, and text rich in what ends lines and sentences.
texts = st.text() | st.text("aB1.?!,;)(\"'*-•  \t\n\r\f\x1c\x85\u2028\u00a0”\ud800") | st.text(st.characters())


def sentences(text: str) -> list[str]:
    """The sentences of a text as strings."""
    return [text[start:end] for start, end in SentenceSplitter().ranges(text)]


@given(texts)
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    """Ranges are in order and apart, and what they leave out is white space; none has white space at its edges."""
    ranges = SentenceSplitter().ranges(text)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in ranges)
    edges = [edge for pair in ranges for edge in pair]
    assert edges == sorted(edges)
    left_out = [text[end:start] for end, start in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True)]
    assert not "".join(left_out).strip()


@pytest.mark.parametrize(
    "text",
    [
        "Rash vs. placebo (Fig. 2) in Smith et al. 1998, i.e. 3 of 10.",
        "He took 5 mg p.o. b.i.d. and 2 mg i.v. for approx. 3 weeks.",
        "Dr. J. R. Smith of Acme Inc. saw Candida spp. in No. 7 on Jan. 3.",
        "Glucose-6-phosphate dehydrogenase (EC 1. 1. 1. 49) deficiency.",
        "It was 1.5 mg/dl. per day, i.e. 80 mg. per 100 ml. of blood.",
        'This "pseudo-lupus." as some call it, and the (V.A.C.) technique.',
        "(An aside.)",
        "...and so on",
    ],
)
def test_a_period_inside_a_sentence_does_not_end_it(text: str) -> None:
    """Abbreviations, initials, units and numbers in parts stay whole."""
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["She had a rash.", "Was it the drug?", "Yes!", "It was (she says)."],
        ["He took 5 mg p.o.", "The rash went away."],
        ["They had hepatitis B.", "We gave none."],
        ["i took it.", "it was bad."],
        ["(See below.)", "He said “no.”", "Then he left."],
        ["1. Rash was seen.", "2. Nausea was not."],
        ["Nothing was found. .", "Rash was."],
    ],
)
def test_sentences_of_running_text_come_apart(parts: list[str]) -> None:
    """What ends a sentence ends it, closing brackets and stray periods included."""
    assert sentences(" ".join(parts)) == parts


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_headings_items_and_rows_are_sentences_of_their_own(end: str) -> None:
    """A line end separates what is no running text, whatever the line end is."""
    lines = [
        "6 ADVERSE REACTIONS",
        "6.1 Clinical Trial Experience",
        "* Peripheral neuropathy [see Warnings and Precautions] of every grade and kind",
        "* Rash",
        "Adverse reaction of any grade, by system organ class\tDrug\tPlacebo",
        "dry mouth and throat    11    0",
        "no energy",
        "weight gain",
    ]
    assert sentences(end.join(lines)) == lines


def test_a_blank_line_always_ends_a_sentence() -> None:
    """Even in the middle of one."""
    assert sentences("permanent\n \nparalysis") == ["permanent", "paralysis"]


def test_lines_broken_for_want_of_room_are_one_text() -> None:
    """Hard-wrapped prose is split at its periods, not at its line ends."""
    text = (
        "The patient was given carbamazepine for his epilepsy and he\n"
        "developed a rash, which went away when the treatment by Dr.\n"
        "Smith was stopped. Nothing else was found in this patient or\n"
        "Anna."
    )
    first, second = sentences(text)
    assert first.endswith("was stopped.")
    assert second.startswith("Nothing")


def test_a_line_of_any_length_is_split_where_short_ones_are() -> None:
    """Long texts are worked on piece by piece, and the seams do not show."""
    parts = ["The rash was seen by Dr. Lee (Fig. 2).", "It went away after 5 mg p.o. for one day!"] * 1000
    assert sentences(" ".join(parts)) == parts
    assert sentences(". " * 50_000) == [(". " * 50_000).strip()]


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="ADRBENCH_DATA is not set")
def test_sentences_of_case_reports_stay_whole() -> None:
    """Of the 4,271 sentences of the ADE corpus, hardly any is cut."""
    lines = read_lines(Path(os.environ["ADRBENCH_DATA"]) / "ade" / "DRUG-AE.rel")
    known = {line.split("|")[1] for line in lines}
    assert len(known) == 4271
    assert sum(len(SentenceSplitter().ranges(sentence)) > 1 for sentence in known) <= 10
