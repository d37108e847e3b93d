"""The dictionary tagger, through its public interface."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Context, CorpusError, Document, Span, Tagger, Unavailable
from adrbench_dictionary.plugin import DictionaryParams, plugin
from adrbench_dictionary.tagger import DictionaryTagger


def document(text: str, name: str = "d") -> Document:
    """A document whose tokens are its words and single marks."""
    return Document(name, text, tuple(m.span() for m in re.finditer(r"\w+|[^\w\s]", text)), name)


def annotated(marked: str) -> Annotated:
    """A document from text with ``[ADR:mention]`` marks."""
    text, spans = "", []
    for part in re.split(r"(\[\w+:[^]]*\])", marked):
        mark = re.fullmatch(r"\[(\w+):([^]]*)\]", part)
        surface = mark[2] if mark else part
        if mark:
            spans.append(Span(len(text), len(text) + len(surface), mark[1]))
        text += surface
    return Annotated(document(text, text), tuple(spans))


def context(labels: tuple[str, ...] = ("ADR",), *, scores: bool = False) -> Context:
    """Conditions that leave everything to the tagger."""
    return Context(seed=1, labels=labels, scratch=Path(), scores=scores)


def fitted(*marked: str, labels: tuple[str, ...] = ("ADR",), **params: Any) -> DictionaryTagger:
    """A tagger fitted on marked sentences."""
    tagger = DictionaryTagger(DictionaryParams(**params))
    tagger.fit([annotated(text) for text in marked], context(labels))
    return tagger


def found(tagger: DictionaryTagger, text: str) -> list[tuple[str, str]]:
    """Surface and label of what is tagged in a text."""
    return [(text[s.start : s.end], s.label) for s in tagger.predict([document(text)])[0]]


def test_is_a_tagger() -> None:
    """The class fulfils the protocol, and the description names it."""
    assert isinstance(DictionaryTagger(DictionaryParams()), Tagger)
    assert plugin.implementation == f"{DictionaryTagger.__module__}:{DictionaryTagger.__name__}"


def test_training_terms_are_found_elsewhere() -> None:
    """A mention of training is found in another text, in any case."""
    tagger = fitted("He had [ADR:renal failure] at once.")
    assert found(tagger, "Renal Failure followed.") == [("Renal Failure", "ADR")]
    assert tagger.facts() == {"terms": 1}


def test_case_counts_when_asked() -> None:
    """Without case folding another case is another term."""
    tagger = fitted("He had [ADR:rash].", fold_case=False)
    assert found(tagger, "Rash, then a rash.") == [("rash", "ADR")]


def test_only_whole_tokens_match() -> None:
    """A term inside a longer word is no match."""
    assert found(fitted("A [ADR:rash] came."), "He acted rashly after a crash.") == []


def test_longest_of_those_that_start_together_wins() -> None:
    """Of nested terms the longer is taken, and what it covers is not tagged again."""
    tagger = fitted("[ADR:liver failure] or [ADR:acute liver failure] or [ADR:failure]")
    assert found(tagger, "acute liver failure, failure") == [("acute liver failure", "ADR"), ("failure", "ADR")]


def test_leftmost_wins_over_longer() -> None:
    """Of terms that overlap, the one that starts first is taken."""
    tagger = fitted("[ADR:skin pain] and [ADR:pain of the left arm]")
    assert found(tagger, "skin pain of the left arm") == [("skin pain", "ADR")]


def test_longer_term_off_the_boundary_hides_nothing() -> None:
    """A longer term that ends inside a word leaves the shorter one, which ends with a word, to be found."""
    tagger = fitted("[ADR:skin] [ADR:skin rash]")
    assert found(tagger, "skin rashes") == [("skin", "ADR")]


def test_line_break_is_a_space() -> None:
    """A term is found across a line break."""
    assert found(fitted("[ADR:renal failure]"), "renal\nfailure") == [("renal\nfailure", "ADR")]


@pytest.mark.parametrize("before", ["STRASSE ß ", "İİİ ", "ﬃ ΐ ", "𝔘 "])
def test_folding_that_lengthens_text_keeps_offsets(before: str) -> None:
    """Characters whose folding is longer than themselves do not shift the spans after them."""
    assert found(fitted("[ADR:rash]"), before + "Rash today") == [("Rash", "ADR")]


def test_folding_finds_other_spellings() -> None:
    """A sharp s equals a double s."""
    assert found(fitted("[ADR:Bewußtlosigkeit]"), "BEWUSSTLOSIGKEIT ß") == [("BEWUSSTLOSIGKEIT", "ADR")]


def test_most_frequent_label_wins() -> None:
    """A term with several labels has the most frequent one; of equals, the first by name."""
    marked = ("[DRUG:gold]", "[DRUG:gold]", "[ADR:gold]", "[DRUG:iron]", "[ADR:iron]")
    tagger = fitted(*marked, labels=("ADR", "DRUG"))
    assert found(tagger, "gold and iron") == [("gold", "DRUG"), ("iron", "ADR")]


def test_labels_not_asked_for_are_left_out() -> None:
    """Only labels of the context become terms."""
    assert fitted("[DRUG:gold] [ADR:rash]").facts() == {"terms": 1}


@pytest.mark.parametrize(("share", "terms"), [(0.0, 2), (0.5, 2), (0.6, 1), (1.0, 1)])
def test_min_precision(share: float, terms: int) -> None:
    """A term that is annotated in half of its occurrences stays up to a share of one half."""
    tagger = fitted("[ADR:pain] and [ADR:rash]", "pain was treated", min_precision=share)
    assert tagger.facts() == {"terms": terms}


def test_occurrence_inside_a_longer_mention_counts_against_a_term() -> None:
    """Precision is that of the term's own span, not of its tokens."""
    assert fitted("[ADR:pain]", "[ADR:chest pain]", min_precision=0.6).facts() == {"terms": 1}


def test_term_list(tmp_path: Path) -> None:
    """Terms of a list are found, byte order mark, Windows line ends and blank lines or not."""
    names = tmp_path / "terms.txt"
    names.write_bytes("\ufeffvertigo\r\n\r\n  dry mouth \r\n".encode())
    tagger = fitted("no mention", term_lists=(str(names),))
    assert found(tagger, "Vertigo, dry mouth") == [("Vertigo", "ADR"), ("dry mouth", "ADR")]


def test_term_list_column_and_label(tmp_path: Path) -> None:
    """One column of a table can hold the terms, and the label is chosen; annotation overrules it."""
    names = tmp_path / "terms.tsv"
    names.write_text("C1\tgold\nC2\tiron\n", encoding="utf-8")
    lists: dict[str, Any] = {"term_lists": (str(names),), "list_column": 2, "list_label": "DRUG"}
    tagger = fitted("[ADR:iron]", labels=("ADR", "DRUG"), **lists)
    assert found(tagger, "gold iron C1") == [("gold", "DRUG"), ("iron", "ADR")]
    alone = fitted("[ADR:rash]", labels=("ADR", "DRUG"), training_terms=False, **lists)
    assert found(alone, "rash, gold, iron") == [("gold", "DRUG"), ("iron", "DRUG")]


def test_a_score_is_the_precision_of_the_term(tmp_path: Path) -> None:
    """The share of a term's occurrences in training that are gold; a listed term that training never shows has none."""
    names = tmp_path / "names.txt"
    names.write_text("vertigo\n")
    train = [annotated(text) for text in ("[ADR:pain] and [ADR:rash]", "pain was treated", "no [ADR:chest pain]")]
    for scores in (True, False):
        tagger = DictionaryTagger(DictionaryParams(term_lists=(str(names),)))
        tagger.fit(train, context(scores=scores))
        tagger.save(tmp_path)
        for one in (tagger, DictionaryTagger.load(tmp_path)):
            [spans] = one.predict([document("pain, rash, chest pain and vertigo")])
            assert [(s.start, s.end) for s in spans] == [(0, 4), (6, 10), (12, 22), (27, 34)]
            assert [s.score for s in spans] == ([1 / 3, 1.0, 1.0, None] if scores else [None] * 4)


def test_unseen_list_term_outlives_min_precision(tmp_path: Path) -> None:
    """A listed term goes only where training text speaks against it."""
    names = tmp_path / "terms.txt"
    names.write_text("vertigo\npain\n", encoding="utf-8")
    tagger = fitted("pain was treated", term_lists=(str(names),), min_precision=0.1)
    assert found(tagger, "pain and vertigo") == [("vertigo", "ADR")]


def test_missing_term_list_is_unavailable(tmp_path: Path) -> None:
    """A list that is not there is named, by the description and by fit."""
    params = DictionaryParams(term_lists=(str(tmp_path / "no.txt"),))
    assert plugin.missing is not None
    assert "no.txt" in (plugin.missing(params, False) or "")
    assert plugin.missing(DictionaryParams(), False) is None
    with pytest.raises(Unavailable, match=r"no\.txt"):
        DictionaryTagger(params).fit([], context())


def test_unusable_term_lists_are_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8, a line without the column and a label that is none are named."""
    names = tmp_path / "terms.txt"
    names.write_bytes(b"caf\xe9\n")
    with pytest.raises(CorpusError, match="not UTF-8 at byte 3"):
        fitted("x", term_lists=(str(names),))
    names.write_text("a\tb\nc\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        fitted("x", term_lists=(str(names),), list_column=2)
    with pytest.raises(CorpusError, match="valid: ADR, DRUG"):
        fitted("x", term_lists=(str(names),), labels=("ADR", "DRUG"))


def test_save_and_load(tmp_path: Path) -> None:
    """A loaded tagger has the saved one's parameters and predictions."""
    tagger = fitted("[ADR:Bewußtlosigkeit] [DRUG:gold]", labels=("ADR", "DRUG"), fold_case=True, min_precision=0.1)
    tagger.save(tmp_path)
    again = DictionaryTagger.load(tmp_path)
    text = "Gold, bewusstlosigkeit; ß gold"
    assert again.params == tagger.params
    assert found(again, text) == found(tagger, text) != []


def test_nothing_to_learn_from() -> None:
    """Without terms, or without text, nothing is tagged."""
    assert found(fitted(), "rash") == []
    assert found(fitted("no mention here"), "rash") == []
    assert fitted("[ADR:rash]").predict([document(""), Document("n", "rash", (), "n")]) == [[], []]


@given(st.lists(st.text(max_size=8).filter(str.strip), max_size=6), st.text(max_size=60), st.booleans())
def test_spans_are_terms_on_token_boundaries(terms: list[str], text: str, fold_case: bool) -> None:
    """Whatever the Unicode, spans are ordered, do not overlap, stand on token boundaries and hold a term."""
    train = [Annotated(document(term), (Span(0, len(term), "ADR"),)) for term in terms]
    tagger = DictionaryTagger(DictionaryParams(fold_case=fold_case))
    tagger.fit(train, context())
    doc = document(text)
    spans = tagger.predict([doc])[0]
    known = {re.sub(r"\s", " ", t.casefold() if fold_case else t) for t in terms}
    starts, ends = {start for start, _ in doc.tokens}, {end for _, end in doc.tokens}
    assert all(before.end <= after.start for before, after in pairwise(spans))
    for span in spans:
        surface = text[span.start : span.end]
        assert span.start in starts
        assert span.end in ends
        assert re.sub(r"\s", " ", surface.casefold() if fold_case else surface) in known
