"""The token evaluator, with scikit-learn as the referee."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from adrbench.api import DocumentFacts, Span, decode, tag_set
from adrbench.scoring.evaluators.token import Token

LABELS = ("ADR", "DRUG")
TAGS = ("B-ADR", "I-ADR", "B-DRUG", "I-DRUG")
NAMES = ("precision", "recall", "f1", "support")

word = st.tuples(st.sampled_from(tag_set(LABELS)), st.sampled_from(tag_set(LABELS)))
texts = st.lists(word, min_size=1, max_size=25)
span = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 30),
    st.integers(1, 20),
    st.sampled_from(LABELS),
)
spans = st.lists(span, max_size=6)


def setting(words: int) -> DocumentFacts:
    """Words of three characters, one space between them."""
    return DocumentFacts(tokens=tuple((4 * i, 4 * i + 3) for i in range(words)))


@pytest.mark.parametrize("variant", ["io", "bio"])
@given(text=texts)
def test_flat_spans_have_the_figures_of_scikit_learn(variant: str, text: list[tuple[str, str]]) -> None:
    """On tags that decode to spans, orphans apart, figures are scikit-learn's on the tags without O."""
    where = setting(len(text))
    # Orphans become begins, so the tags are read back from spans: first word B, others I.
    gold, predicted = (decode(where.tokens, [pair[side] for pair in text]) for side in (0, 1))
    token = Token(LABELS, variant)
    ours = token.score(token.count(gold, predicted, where))

    def tags(side: list[Span]) -> list[str]:
        found = ["O"] * len(text)
        for s in side:
            for i in range(s.start // 4, (s.end - 3) // 4 + 1):
                found[i] = s.label if variant == "io" else f"{'B' if 4 * i == s.start else 'I'}-{s.label}"
        return found

    expected, answers = tags(gold), tags(predicted)
    occurring = sorted({*expected, *answers} - {"O"})
    assert occurring == sorted(
        tag for tag in (LABELS if variant == "io" else TAGS) if ours[tag]["support"] + ours[tag]["predicted"]
    )
    if not occurring:
        assert ours["micro"]["f1"] == ours["macro"]["f1"] == 0.0
        return
    for average in ("micro", "macro", "weighted", None):
        theirs = precision_recall_fscore_support(
            expected, answers, labels=occurring, average=average, zero_division=0.0
        )
        if average is None:
            assert np.allclose([[ours[tag][n] for tag in occurring] for n in NAMES], theirs, rtol=0, atol=1e-12)
        else:
            assert np.allclose([ours[average][n] for n in NAMES[:3]], theirs[:3], rtol=0, atol=1e-12)


@pytest.mark.parametrize("variant", ["io", "bio"])
@given(gold=spans, predicted=spans, data=st.data())
def test_the_order_of_spans_never_matters(
    variant: str, gold: list[Span], predicted: list[Span], data: st.DataObject
) -> None:
    """Counts are those of the spans in any order, and figures are fractions."""
    token = Token(LABELS, variant)
    mixed = data.draw(st.permutations(gold)), data.draw(st.permutations(predicted))
    counts = token.count(gold, predicted, setting(10))
    assert token.count(*mixed, setting(10)) == counts
    found = token.score(counts)
    assert all(0 <= f[name] <= 1 for f in found.values() for name in NAMES[:3])


@pytest.mark.parametrize("variant", ["io", "bio"])
@given(gold=spans.filter(lambda side: any(s.start % 4 < 3 for s in side)))
def test_a_perfect_prediction_has_f1_1(variant: str, gold: list[Span]) -> None:
    """Also where gold spans nest or cross."""
    token = Token(LABELS, variant)
    assert token.score(token.count(gold, gold, setting(20)))["micro"]["f1"] == 1.0


def test_begins_and_insides_have_figures_of_their_own() -> None:
    """A mention of three words, its first one not found: the first found one is a wrong begin and a missed inside."""
    token = Token(("ADR",), "bio")
    found = token.score(token.count([Span(0, 11, "ADR")], [Span(4, 11, "ADR")], setting(5)))
    assert {tag: (f["tp"], f["support"], f["predicted"]) for tag, f in found.items()} == {
        "micro": (1, 3, 2),
        "macro": (1, 3, 2),
        "weighted": (1, 3, 2),
        "ADR": (1, 3, 2),
        "B-ADR": (0, 1, 1),
        "I-ADR": (1, 2, 1),
    }
    assert (found["I-ADR"]["recall"], found["I-ADR"]["precision"], found["macro"]["recall"]) == (0.5, 1.0, 0.25)


def test_a_span_counts_for_each_word_that_it_touches() -> None:
    """Half a word is the word; the words in the gap of a discontinuous mention are not its words."""
    token = Token(("ADR",))
    inside_words = token.count([Span(1, 6, "ADR")], [Span(0, 7, "ADR")], setting(5))
    assert inside_words == {"ADR/tp": 2, "ADR/fp": 0, "ADR/fn": 0}
    broken = Span(0, 11, "ADR", ((0, 3), (8, 11)))
    assert token.count([broken], [Span(0, 11, "ADR")], setting(5)) == {"ADR/tp": 2, "ADR/fp": 1, "ADR/fn": 0}
    assert token.count([Span(3, 4, "ADR")], [], setting(5)) == {"ADR/tp": 0, "ADR/fp": 0, "ADR/fn": 0}
    halves = Span(0, 7, "ADR", ((0, 1), (2, 3), (4, 7)))
    assert token.count([halves], [halves], setting(5)) == {"ADR/tp": 2, "ADR/fp": 0, "ADR/fn": 0}
    tagged = Token(("ADR",), "bio").count([halves], [halves], setting(5))
    assert (tagged["B-ADR/tp"], tagged["I-ADR/tp"]) == (1, 1)


@pytest.mark.parametrize("variant", ["io", "bio"])
def test_nothing_to_find_or_nothing_found_is_0(variant: str) -> None:
    """Without gold, without predictions, or without both, precision, recall and F1 are 0.0."""
    token = Token(LABELS, variant)
    for gold, predicted in (([], []), ([Span(0, 3, "ADR")], []), ([], [Span(0, 3, "ADR")])):
        counts = token.count(gold, predicted, setting(5))
        assert counts.keys() == token.count([], [], DocumentFacts()).keys()
        assert {f[name] for f in token.score(counts).values() for name in NAMES[:3]} == {0.0}


def test_arrays_are_scored_element_by_element() -> None:
    """Scoring arrays of counts gives the same figures as scoring each of their elements."""
    token = Token(LABELS, "bio")
    rows = np.random.default_rng(1).integers(0, 4, (30, 12)).astype(float)
    names = list(token.count([], [], DocumentFacts()))
    at_once = token.score({name: rows[:, i] for i, name in enumerate(names)})  # type: ignore[misc]
    for i, row in enumerate(rows):
        for tag, values in token.score(dict(zip(names, row.tolist(), strict=True))).items():
            assert {name: value[i] for name, value in at_once[tag].items()} == pytest.approx(values, abs=1e-12)


def test_what_it_cannot_judge_is_refused() -> None:
    """An unknown label of a span, an unknown variant, and a label that is the tag of another are errors."""
    for gold, predicted in (([Span(0, 4, "X")], []), ([], [Span(0, 4, "X")])):
        with pytest.raises(ValueError, match=r"labels \['X'\], but the labels are \['ADR', 'DRUG'\]"):
            Token(LABELS).count(gold, predicted, setting(3))
    with pytest.raises(ValueError, match="'token' has no variant 'bioo'; did you mean 'bio'"):
        Token(LABELS, "bioo")
    with pytest.raises(ValueError, match=r"labels \['B-ADR'\] cannot be told from the tags"):
        Token(("ADR", "B-ADR"), "bio")
