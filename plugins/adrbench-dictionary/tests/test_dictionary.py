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


PLAIN: dict[str, Any] = {"variants": False, "widen": False, "min_precision": 0.0}


def fitted(*marked: str, labels: tuple[str, ...] = ("ADR",), **params: Any) -> DictionaryTagger:
    """A plain dictionary, unless parameters say otherwise, fitted on marked sentences."""
    tagger = DictionaryTagger(DictionaryParams(**PLAIN | params))
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


def test_other_spellings_match() -> None:
    """Another number, hyphens and another order of words are found where variants are asked for."""
    train = "[ADR:skin rash] [ADR:necrosis of the liver] [ADR:drug-induced fever] [ADR:haemorrhages] [ADR:ICU]"
    text = "skin rashes, liver necrosis, drug induced fever, haemorrhage, icus"
    expected = ["skin rashes", "liver necrosis", "drug induced fever", "haemorrhage"]
    assert [surface for surface, _ in found(fitted(train, variants=True), text)] == expected
    assert found(fitted(train), text) == []


def test_an_annotated_spelling_is_no_variant() -> None:
    """A spelling that is annotated itself keeps its own label."""
    tagger = fitted("[ADR:rash] [DRUG:rashes]", labels=("ADR", "DRUG"), variants=True)
    assert found(tagger, "rash and rashes") == [("rash", "ADR"), ("rashes", "DRUG")]
    assert tagger.facts() == {"terms": 2}


def test_words_inside_mentions_widen_a_match() -> None:
    """A word that mentions have inside beside a known term is taken in; a word that they leave out is not."""
    known = ("[ADR:shock] came", "a [ADR:pain] came", "severe [ADR:rash]", "the [ADR:rash]")
    train = (
        *known,
        "severe [ADR:acute shock]",
        "[ADR:acute pain attacks]",
        "[ADR:rash attacks] 1",
        "severe [ADR:pain]",
    )
    assert found(fitted(*train, widen=True), "severe acute rash, rash attacks and attacks") == [
        ("acute rash", "ADR"),
        ("rash attacks", "ADR"),
    ]
    assert found(fitted(*train), "severe acute rash") == [("rash", "ADR")]
    # Seen inside a single mention, a word may be chance.
    assert found(fitted(*known, "[ADR:acute shock]", widen=True), "severe acute rash") == [("rash", "ADR")]


def test_widened_matches_do_not_overlap() -> None:
    """A match widens to the left no further than the match before it."""
    tagger = fitted("[ADR:pain]", "[ADR:chest pain]", "[ADR:pain chest]", "[ADR:pain]", "[ADR:chest]", widen=True)
    [spans] = tagger.predict([document("pain chest pain chest")])
    assert all(before.end <= after.start for before, after in pairwise(spans))


TREATED = ("[ADR:pain] after aspirin", "[ADR:rash] after iron", "treated for pain today", "treated for rash today")


@pytest.mark.parametrize(("least", "texts"), [(0.0, 2), (0.4, 1), (1.0, 0)])
def test_min_precision_counts_the_words_around_a_match(least: float, texts: int) -> None:
    """Where training has a match right in some contexts and wrong in others, new text is judged by them."""
    tagger = fitted(*(f"{text} {i}" for i in range(5) for text in TREATED), min_precision=least)
    assert len(found(tagger, "pain after gold") + found(tagger, "treated for rash today")) == texts


def test_a_document_of_training_does_not_vouch_for_its_own_terms() -> None:
    """A term that is right in its only document has no record; elsewhere unannotated, it has a bad one."""
    once = [f"[ADR:{word}] came" for word in ("pain", "rash", "fever")]
    tagger = fitted(*once, *("no pain today", "no rash today"), min_precision=0.4)
    assert found(tagger, "no pain today") == []
    assert found(fitted(*once, min_precision=0.4), "no pain today") == [("pain", "ADR")]


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


def test_a_score_is_the_estimated_precision(tmp_path: Path) -> None:
    """Scores rise with the evidence, change no span, and outlive saving; min_precision drops the lower ones."""
    texts = [document("pain after gold"), document("treated for pain today")]
    train = [annotated(f"{text} {i}") for i in range(5) for text in TREATED]
    answers = {}
    for scores in (True, False):
        tagger = DictionaryTagger(DictionaryParams(**PLAIN))
        tagger.fit(train, context(scores=scores))
        tagger.save(tmp_path)
        answers[scores] = tagger.predict(texts)
        loaded = DictionaryTagger.load(tmp_path).predict(texts)
        assert loaded == answers[scores]
        assert [[s.score for s in spans] for spans in loaded] == [[s.score for s in spans] for spans in answers[scores]]
    assert answers[True] == answers[False]
    [[right], [wrong]] = answers[True]
    assert right.score is not None
    assert wrong.score is not None
    assert 0 < wrong.score < 0.5 < right.score < 1
    assert [span.score for spans in answers[False] for span in spans] == [None, None]


def test_a_listed_term_is_judged_by_what_lists_do_in_training(tmp_path: Path) -> None:
    """A list whose terms are never annotated is not believed; without any match in training it is."""
    names = tmp_path / "terms.txt"
    names.write_text("vertigo\npain\nrash\n", encoding="utf-8")
    lists: dict[str, Any] = {"term_lists": (str(names),), "min_precision": 0.4}
    assert found(fitted("pain was treated", "rash was treated", **lists), "pain and vertigo") == []
    assert found(fitted("nothing was treated", **lists), "pain and vertigo") == [("pain", "ADR"), ("vertigo", "ADR")]
    assert found(fitted("[ADR:pain] was treated", "[ADR:rash] came", **lists), "vertigo") == [("vertigo", "ADR")]


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
    tagger = fitted(
        "[ADR:Bewußtlosigkeit] [DRUG:gold]", labels=("ADR", "DRUG"), variants=True, widen=True, min_precision=0.1
    )
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
    tagger = DictionaryTagger(DictionaryParams(**PLAIN | {"fold_case": fold_case}))
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


WORDS = st.lists(st.sampled_from(("acute", "pain", "pains", "of", "the", "rash", "after", "-", "gold")), max_size=9)


@given(st.lists(st.tuples(WORDS, st.integers(0, 8), st.integers(1, 3)), max_size=8), WORDS, st.booleans())
def test_whatever_is_learnt_spans_are_whole_tokens_without_overlap(
    train: list[tuple[list[str], int, int]], words: list[str], grouped: bool
) -> None:
    """With the defaults spans are ordered, stand on tokens, do not overlap, and are the same after saving."""
    documents = []
    for i, (mentioned, first, length) in enumerate(train):
        doc = document(" ".join(mentioned), str(i))
        covered = doc.tokens[first : first + length]
        documents.append(Annotated(doc, (Span(covered[0][0], covered[-1][1], "ADR"),) if covered else ()))
    tagger = DictionaryTagger(DictionaryParams())
    tagger.fit(documents, Context(seed=1, labels=("ADR",), scratch=Path(), grouped=grouped))
    doc = document(" ".join(words))
    [spans] = tagger.predict([doc])
    assert {s.start for s in spans} <= {start for start, _ in doc.tokens}
    assert {s.end for s in spans} <= {end for _, end in doc.tokens}
    assert all(before.end <= after.start for before, after in pairwise(spans))
