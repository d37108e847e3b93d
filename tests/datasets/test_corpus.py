"""A corpus made ready: checked, filtered as declared, every loss counted."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench._system import machine
from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.datasets.corpus import Corpus, prepare
from adrbench.datasets.filters import Filters, SubwordLimit, split
from adrbench.datasets.load import read_dataset
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.errors import CorpusError
from adrbench.plugins.registry import Registry

INFO = DatasetInfo("toy", "1", "CC0", "nobody", labels=("ADR", "DRUG"))


def record(number: int, text: str, *spans: tuple[int, int, str], group: str = "g") -> Record:
    """A text with its spans."""
    return Record(f"d{number}", text, tuple(Span(*span) for span in spans), group)


RECORDS = (
    record(1, "Rash after aspirin", (0, 4, "ADR"), (11, 18, "DRUG"), group="p"),
    record(2, "no event", group="p"),
    record(3, "  \n"),
    record(4, "rash  AFTER aspirin", (0, 4, "ADR"), group="q"),
    record(5, "one two three four five", (4, 7, "ADR"), group="r"),
)


def reading(*records: Record, unlabelled: tuple[Record, ...] = (), ledger: dict[str, int] | None = None) -> Reading:
    """What a reader found."""
    return Reading(INFO, records or RECORDS, "here", {"f": "0"}, unlabelled, ledger or {})


def ids(corpus: Corpus) -> list[str]:
    """The ids that are left."""
    return [a.document.id for a in corpus.documents]


def ledger(corpus: Corpus) -> dict[str, tuple[int, int]]:
    """Documents and spans by step."""
    return {entry.step: (entry.documents, entry.spans) for entry in corpus.ledger}


def test_what_a_corpus_knows_of_itself() -> None:
    """Documents in order with tokens, counts per label, and what the reader did."""
    corpus = prepare(reading(ledger={"merged": 2, "nothing": 0}), Filters())
    assert ids(corpus) == ["d1", "d2", "d4", "d5"]
    assert corpus.documents[0].document.words() == ["Rash", "after", "aspirin"]
    assert (corpus.name, corpus.labels) == ("toy", ("ADR", "DRUG"))
    assert dict(corpus.counts) == {
        "documents": 4,
        "groups": 3,
        "words": 13,
        "spans": 4,
        "spans ADR": 3,
        "spans DRUG": 1,
        "documents without a span": 1,
        "unlabelled documents": 0,
    }
    assert ledger(corpus) == {"merged": (0, 0), "empty documents dropped": (1, 0)}
    assert corpus.ledger[0].count == 2
    assert {a.document.id: a.spans for a in corpus.documents}["d1"] == (Span(0, 4, "ADR"), Span(11, 18, "DRUG"))


@pytest.mark.parametrize(
    ("filters", "left", "step", "lost"),
    [
        (Filters(labels=("ADR",)), ["d1", "d2", "d4", "d5"], "labels other than ADR left out", (0, 1)),
        (Filters(drop_duplicates=True), ["d1", "d2", "d5"], "duplicate texts dropped", (1, 1)),
        (Filters(drop_unannotated=True), ["d1", "d4", "d5"], "documents without any span dropped", (1, 0)),
        (Filters(labels=("ADR",), max_words=4), ["d1", "d2", "d4"], "documents of more than 4 words dropped", (1, 1)),
    ],
)
def test_a_filter_is_applied_and_counted(filters: Filters, left: list[str], step: str, lost: tuple[int, int]) -> None:
    """What it took away stands in the ledger, in documents and spans."""
    corpus = prepare(reading(), filters)
    assert ids(corpus) == left
    assert ledger(corpus)[step] == lost
    assert corpus.filters == filters


@given(st.permutations(range(12)), st.integers(1, 12), st.integers(1, 12))
def test_a_larger_limit_holds_all_of_a_smaller_one(order: list[int], one: int, other: int) -> None:
    """Whatever the order of the documents, limits are nested and exact."""
    records = [record(i, f"rash {i}", (0, 4, "ADR"), group=f"g{i % 5}") for i in order]
    small, large = (set(ids(prepare(reading(*records), Filters(("ADR",), limit=n)))) for n in sorted((one, other)))
    assert small <= large
    assert (len(small), len(large)) == tuple(sorted((one, other)))


def test_the_limit_counts_documents_that_are_left() -> None:
    """It is the last of the filters: as many documents as asked for, if there are enough."""
    records = [record(i, "rash" + " so" * (i % 2 * 9), (0, 4, "ADR"), group=f"g{i}") for i in range(20)]
    corpus = prepare(reading(*records), Filters(("ADR",), max_words=5, limit=8))
    assert len(corpus.documents) == 8
    assert ledger(corpus) == {"documents of more than 5 words dropped": (10, 10), "left out by --limit 8": (2, 2)}


@pytest.mark.parametrize(
    ("records", "filters", "message"),
    [
        (
            [record(1, "rash", (0, 5, "ADR"))],
            Filters(),
            "document d1: the span 0-5 .ADR. is empty or outside the text, which has 4",
        ),
        ([record(1, "rash", (-1, 2, "ADR"))], Filters(), "the span -1-2 .ADR. is empty or outside the text"),
        ([record(1, "rash", (2, 2, "ADR"))], Filters(), "the span 2-2 .ADR. is empty or outside the text"),
        ([record(1, "rash", (0, 4, "A R"))], Filters(), "the label 'A R' is empty or holds a space"),
        ([record(1, "rash", (0, 4, "A\0R"))], Filters(), "the label 'A.x00R' .* NUL; .* relabel"),
        ([record(1, "rash", (0, 4, ""))], Filters(), "the label '' is empty"),
        ([record(1, "rash", (0, 4, "micro"))], Filters(), "the label 'micro' is the name of an average"),
        ([record(1, "a"), record(1, "b")], Filters(), "the document id 'd1' occurs twice"),
        (
            [record(1, "rash", (0, 4, "ADR"))],
            Filters(labels=("ADRR",)),
            "no span has the label 'ADRR'; did you mean 'A",
        ),
        ([record(1, "rash", (0, 4, "ADR"))], Filters(labels=("DRUG",)), "no span has the label 'DRUG'; valid: ADR"),
        ([record(1, "rash")], Filters(), "no document has a span, so there is nothing to learn"),
        ([record(1, "rash here", (0, 4, "ADR"))], Filters(max_words=1), "no document is left after the filters"),
        (
            [record(1, "rash here", (0, 4, "ADR")), record(2, "no")],
            Filters(max_words=1),
            "none of the 1 documents left has a span after the filters",
        ),
        (
            [replace(record(1, "rash"), spans=(Span(0, 4, "ADR", ((2, 4), (0, 1))),))],
            Filters(),
            "document d1: the parts .* of the span 0-4 .ADR. are not in order between its edges",
        ),
        (
            [replace(record(1, "rash"), tokens=((0, 5),))],
            Filters(),
            "document d1: its tokens are not in order inside the text",
        ),
        ([replace(record(1, "rash"), tokens=((0, 3), (2, 4)))], Filters(), "document d1: its tokens are not in order"),
    ],
)
def test_a_corpus_that_cannot_be_trusted_is_refused(records: list[Record], filters: Filters, message: str) -> None:
    """The message names corpus, document and what is wrong."""
    with pytest.raises(CorpusError, match=f"^mine: .*{message}"):
        prepare(reading(*records), filters, "mine")


def test_gold_that_tags_cannot_hold_is_kept_and_counted() -> None:
    """Overlaps and boundaries inside a word stay gold; a span given twice is one."""
    records = [
        record(1, "headaches and rashes", (0, 4, "DRUG"), (14, 20, "ADR")),
        record(2, "severe skin rash", (0, 16, "ADR"), (7, 16, "ADR"), (7, 16, "ADR")),
    ]
    corpus = prepare(reading(*records), Filters())
    assert corpus.counts["spans"] == 4
    assert ledger(corpus) == {
        "spans given twice, merged": (0, 1),
        "1 of 1 DRUG mentions (100%) have a boundary inside a word: no word tagger can find them": (0, 1),
        "gold spans that overlap an earlier one, kept as gold": (0, 1),
    }


def test_tokens_of_the_format_are_kept() -> None:
    """A corpus that comes tokenised is not tokenised again."""
    [given_, ours] = prepare(
        reading(replace(record(1, "a-b c", (0, 1, "ADR")), tokens=((0, 1), (1, 2), (2, 3))), record(2, "a-b c")),
        Filters(labels=("ADR",)),
    ).documents
    assert given_.document.tokens == ((0, 1), (1, 2), (2, 3))
    assert ours.document.words() == ["a", "-", "b", "c"]


HYPHEN = record(1, "insulin-induced rash", (0, 7, "DRUG"), (16, 20, "ADR"))


def test_the_words_of_the_benchmark_file_are_part_of_the_corpus() -> None:
    """They change tokens, fingerprint, ceiling and ledger; the gold stays."""
    nltk, split, default = (prepare(reading(HYPHEN), Filters(words=words)) for words in ("nltk", "punctuation", None))
    assert (default.words, default.fingerprint) == ("punctuation", split.fingerprint)
    assert nltk.documents[0].document.words() == ["insulin-induced", "rash"]
    assert split.documents[0].document.words() == ["insulin", "-", "induced", "rash"]
    assert (nltk.words, split.words) == ("nltk", "punctuation")
    assert nltk.fingerprint != split.fingerprint
    assert nltk.gold == split.gold
    assert [(row.label, row.f1) for row in nltk.ceiling] == [("ADR", 1), ("DRUG", 0), ("micro", 0.5)]
    assert [row.f1 for row in split.ceiling] == [1, 1, 1]
    told = "1 of 1 DRUG mentions (100%) have a boundary inside a word: no word tagger can find them"
    assert ledger(nltk) == {f'{told}; words = "punctuation" leaves 0%': (0, 1)}
    assert ledger(split) == {}


def test_words_never_see_gold() -> None:
    """Other gold, the same words."""
    filters = Filters(labels=("ADR",), words="punctuation")
    one, other = (
        prepare(reading(replace(HYPHEN, spans=(Span(*edges, "ADR"),))), filters) for edges in ((0, 3), (5, 12))
    )
    assert one.documents[0].document == other.documents[0].document


def test_words_of_the_format_give_way_to_those_asked_for() -> None:
    """And the ledger says so; without ``words`` they stay."""
    fixed = replace(HYPHEN, tokens=((0, 15), (16, 20)))
    asked = prepare(reading(fixed), Filters(words="punctuation"))
    assert (prepare(reading(fixed), Filters()).words, asked.words) == ("format", "punctuation")
    assert asked.documents == prepare(reading(HYPHEN), Filters(words="punctuation")).documents
    assert ledger(asked) == {'words of the format replaced (words = "punctuation")': (1, 0)}


def test_the_fingerprint_is_of_the_content() -> None:
    """Text, gold, group, tokens and unlabelled text each change it; origin, ledger and name do not."""
    one = record(1, "rash ab", (0, 4, "ADR"))
    filters = Filters(labels=("ADR",))

    def fingerprint(*records: Record, unlabelled: tuple[Record, ...] = ()) -> str:
        return prepare(reading(*records, unlabelled=unlabelled), filters).fingerprint

    prints = [
        fingerprint(one),
        fingerprint(replace(one, text="rash ac")),
        fingerprint(replace(one, id="d2")),
        fingerprint(replace(one, group="h")),
        fingerprint(replace(one, spans=(Span(0, 7, "ADR"),))),
        fingerprint(replace(one, tokens=((0, 4), (5, 6), (6, 7)))),
        fingerprint(one, record(2, "x")),
        fingerprint(one, unlabelled=(record(2, "x"),)),
    ]
    assert len(set(prints)) == len(prints)
    moved = replace(reading(one, ledger={"merged": 1}), origin="elsewhere", files={})
    assert prepare(moved, filters, "other").fingerprint == prints[0]


def test_the_fingerprint_is_the_same_on_any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value written down once holds everywhere, whatever the machine and the order of its bytes."""
    expected = prepare(reading(), Filters()).fingerprint
    monkeypatch.setattr(machine, "fingerprint", lambda: {"id": "other"})
    assert (
        prepare(reading(), Filters()).fingerprint
        == expected
        == "2cd1d5087000241248392acc9cf1d5eeb942972d0ab01e42f343877ec683b102"
    )


# Two sentences; a mention in each, one across both, and one of two stretches.
TEXT = "Severe rash came first. Pain in foot and knee followed."
LONG = Record(
    "d1",
    TEXT,
    (
        Span(7, 11, "ADR"),
        Span(17, 28, "ADR"),
        Span(24, 36, "ADR"),
        Span(24, 45, "ADR", ((24, 31), (41, 45))),
    ),
    "g",
    parts=("test",),
    metadata={"drug": "x"},
)


def test_sentences_become_documents() -> None:
    """Spans move with their sentence; one across a boundary stays gold where it starts, and nothing can match it."""
    corpus = prepare(replace(reading(LONG), unit="document"), Filters(sentences=True))
    assert [a.document.text for a in corpus.documents] == [TEXT[:23], TEXT[24:]]
    assert ids(corpus) == ["d1.s1", "d1.s2"]
    assert corpus.gold["d1.s1"] == (Span(7, 11, "ADR"), Span(17, 23, "ADR", ((17, 28),)))
    assert corpus.gold["d1.s2"] == (Span(0, 12, "ADR"), Span(0, 21, "ADR", ((0, 7), (17, 21))))
    assert corpus.documents[0].spans == (Span(7, 11, "ADR"),)
    assert corpus.documents[1].spans == (Span(0, 12, "ADR"), Span(0, 21, "ADR"))
    assert corpus.counts["spans"] == 4
    assert (corpus.parts["d1.s2"], corpus.metadata["d1.s1"]["drug"], corpus.unit) == (("test",), "x", "sentence")
    assert ledger(corpus) == {
        "documents split into 2 sentences": (1, 0),
        "gold spans across a sentence boundary, a miss for every tagger": (0, 1),
        "discontinuous spans, learnt as all between their edges, a miss for every tagger": (0, 1),
        "gold spans that overlap an earlier one, kept as gold": (0, 1),
    }


def test_flat_gold_is_what_is_learnt() -> None:
    """On demand, predictions are scored against the flat spans alone; that is another card of the same documents."""
    declared = Filters(discontinuous="cover", overlap="longest")
    everything = prepare(reading(LONG), declared)
    flat = prepare(reading(LONG), replace(declared, gold="flat"))
    assert everything.documents == flat.documents
    assert everything.fingerprint == flat.fingerprint
    assert everything.card != flat.card
    assert flat.gold["d1"] == flat.documents[0].spans == (Span(7, 11, "ADR"), Span(24, 45, "ADR"))
    assert everything.gold["d1"] == LONG.spans
    assert any("not scored" in entry.step and entry.spans == 2 for entry in flat.ledger)


def test_a_mention_cut_in_two_is_no_loss_elsewhere() -> None:
    """White space between sentences belongs to neither; a mention that starts there is gold of the one before."""
    odd = Record("d1", "One rash here.  Two more came.", (Span(15, 19, "ADR"), Span(0, 3, "ADR")), "g")
    first, second = split(odd, SentenceSplitter())
    assert (first.text, second.text) == ("One rash here.", "Two more came.")
    assert len(first.spans) + len(second.spans) == 2
    corpus = prepare(reading(odd), Filters(sentences=True))
    assert corpus.counts["spans"] == 2
    assert sum(len(a.spans) for a in corpus.documents) == 1


@given(st.text("ab.  \nÀ", min_size=1, max_size=60), st.data())
def test_splitting_loses_no_span(text: str, data: st.DataObject) -> None:
    """Every span is in one sentence; those inside one keep their words."""
    ranges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).filter(lambda r: r[0] < r[1])
    spans = tuple(Span(start, end, "A") for start, end in data.draw(st.lists(ranges, max_size=5)))
    sentences = split(Record("d", text, spans, "g"), SentenceSplitter())
    if sentences:
        assert sum(len(s.spans) for s in sentences) == len(spans)
    words = [text[span.start : span.end] for span in spans]
    for sentence in sentences:
        for span in sentence.spans:
            assert 0 <= span.start < span.end <= len(sentence.text)
            if not span.parts:
                assert sentence.text[span.start : span.end] in words


def test_tokens_of_the_format_move_with_their_sentence() -> None:
    """A boundary inside a token that the format fixed is none."""
    given_tokens = Record("d", "He fell. She rose.", (), "g", tokens=((0, 2), (3, 12), (13, 18)))
    assert [s.tokens for s in split(given_tokens, SentenceSplitter())] == [((0, 2), (3, 12), (13, 18))]
    fine = replace(given_tokens, tokens=((0, 2), (3, 8), (9, 12), (13, 18)))
    assert [s.tokens for s in split(fine, SentenceSplitter())] == [((0, 2), (3, 8)), ((0, 3), (4, 9))]


def test_labels_are_called_otherwise() -> None:
    """Several may become one; a label that is not there is an error with the closest one."""
    corpus = prepare(reading(), Filters(relabel={"ADR": "Entity", "DRUG": "Entity"}))
    assert corpus.labels == ("Entity",)
    assert corpus.counts["spans Entity"] == 4
    assert corpus.ledger[0].step == "spans labelled otherwise: ADR as Entity, DRUG as Entity"
    assert corpus.ledger[0].count == 4
    with pytest.raises(CorpusError, match="relabel: no span has the label 'DRUGS'; did you mean 'DRUG'"):
        prepare(reading(), Filters(relabel={"DRUGS": "Drug"}))


def test_documents_of_many_subwords_are_dropped(tmp_path: Path) -> None:
    """Under a vocabulary of the user's; the ledger says which, with its hash."""
    (tmp_path / "vocab.txt").write_text("[UNK]\nrash\naspirin\nas\n##p\n##irin\none\n##s\n")
    records = [record(1, "rash", (0, 4, "ADR")), record(2, "one aspirins rash", (13, 17, "ADR"))]
    declared = Filters(max_subwords=SubwordLimit(3, "vocab.txt"), folder=tmp_path)
    corpus = prepare(reading(*records), declared)
    assert ids(corpus) == ["d1"]
    [(step, lost)] = ledger(corpus).items()
    assert step.startswith("documents of more than 3 subwords of vocab.txt (")
    assert "sha256" in step
    assert lost == (1, 1)
    assert ids(prepare(reading(*records), replace(declared, max_subwords=SubwordLimit(4, "vocab.txt")))) == ["d1", "d2"]


def test_negatives_are_thinned_to_a_share() -> None:
    """So many documents without a span for each one with; the same ones every time."""
    records = [record(i, f"rash {i}", (0, 4, "ADR")) for i in range(4)] + [record(i, f"no {i}") for i in range(4, 20)]
    corpus = prepare(reading(*records), Filters(negatives=0.5))
    assert corpus.counts["documents without a span"] == 2
    assert ids(corpus) == ids(prepare(reading(*records), Filters(negatives=0.5)))
    [(step, (documents, _))] = ledger(corpus).items()
    assert (step, documents) == ("documents without any span over 0.5 for each with one dropped", 14)


def test_what_was_found_before_any_step() -> None:
    """Counts as read, by the names that cards use for published ones."""
    found = prepare(reading(LONG, *RECORDS[1:]), Filters(labels=("ADR",), drop_unannotated=True)).found
    assert (found["documents"], found["spans"], found["discontinuous"], found["spans test"]) == (5, 6, 1, 4)


@pytest.mark.slow  # a corpus of its real size
@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the ADE corpus in ADRBENCH_DATA/ade")
def test_the_words_of_ade_are_known() -> None:
    """Exact counts; the study's 85,832 words, which are NLTK's, differ by two."""
    reading = read_dataset(Registry(), "ade", {"negatives": "unlabelled"}, offline=True)
    assert dict(prepare(reading, Filters(labels=("ADR", "DRUG"), words="nltk")).counts) == {
        "documents": 4271,
        "groups": 1643,
        "words": 85830,
        "spans": 5775 + 5062,
        "spans ADR": 5775,
        "spans DRUG": 5062,
        "documents without a span": 0,
        "unlabelled documents": 16695,
    }
