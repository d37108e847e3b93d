"""How much train and test overlap is counted."""

from __future__ import annotations

import random
import time
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Document
from adrbench.datasets.leakage import Leaks, compare, similar, word_set

LONG = "the patient developed a severe rash after two doses of ibuprofen"
word_sets = st.sets(st.frozensets(st.sampled_from("abcdefghij"), min_size=1)).map(
    lambda sets: sorted(sets, key=lambda words: (len(words), sorted(words)))
)


def documents(*texts: str, groups: str = "") -> list[Document]:
    """Documents named 0, 1, … each in a group of its own, or with these groups."""
    return [
        Document(str(i), text, (), group)
        for i, (text, group) in enumerate(zip(texts, groups or map(str, range(len(texts))), strict=True))
    ]


@given(word_sets, st.sampled_from([Fraction(1, 2), Fraction(2, 3), Fraction(4, 5), Fraction(9, 10), Fraction(1)]))
def test_similar_sets_are_those_that_brute_force_finds(sets: list[frozenset[str]], threshold: Fraction) -> None:
    """The join is exact, on the very edge of the threshold too."""
    pairs, complete = similar(sets, float(threshold))
    expected = [
        (one, other)
        for one, other in combinations(range(len(sets)), 2)
        if len(sets[one] & sets[other]) >= threshold * len(sets[one] | sets[other])
    ]
    if complete:
        assert sorted(pairs) == expected
    else:
        assert set(pairs) < set(expected)


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=6, max_size=9).map(" ".join), max_size=12), st.randoms())
def test_leaks_are_those_that_brute_force_finds(texts: list[str], chance: random.Random) -> None:
    """Of each test document, what the training part holds is what looking at each pair shows."""
    given_documents = documents(*texts, groups="".join(chance.choice("xyz") for _ in texts))
    test = [d for d in given_documents if chance.random() < 0.5]
    train = [d for d in given_documents if d not in test]
    same = {d.id for d in test if any(d.text == other.text for other in train)}

    def near(one: Document, other: Document) -> bool:
        words, others = word_set(one.text), word_set(other.text)
        return min(len(words), len(others)) >= 6 and len(words & others) >= Fraction(4, 5) * len(words | others)

    expected = Leaks(
        len(test),
        len(same),
        sum(d.id not in same and any(near(d, other) for other in train) for d in test),
        sum(any(d.group == other.group for other in train) for d in test),
    )
    found = compare(given_documents).leaks([([d.id for d in train], [d.id for d in test])])
    assert found == expected


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (f" {LONG.upper()}\n", (1, 0)),
        (f"{LONG}.", (0, 1)),
        (LONG.replace("two", "three"), (0, 1)),
        (" ".join(reversed(LONG.split())), (0, 1)),
        ("nothing of the kind was seen in any of these other people", (0, 0)),
    ],
    ids=["case and white space", "a period", "one word of eleven", "order", "another text"],
)
def test_a_text_on_both_sides_is_the_same_or_nearly(other: str, counts: tuple[int, int]) -> None:
    """White space and case make no other text; a word or two make a near duplicate."""
    leaks = compare(documents(LONG, other)).leaks([(["0"], ["1"])])
    assert (leaks.same_text, leaks.near_duplicates) == counts


def test_texts_that_differ_in_numbers_are_near_duplicates() -> None:
    """A row of a table with other figures is one, whichever figures."""
    one, other = f"{LONG} 10 1.5 200", f"{LONG} 7 3,000 8"
    assert compare(documents(one, other)).leaks([(["0"], ["1"])]).near_duplicates == 1


def test_short_texts_are_alike_only_if_they_are_equal() -> None:
    """Texts of a few words share most of them by chance."""
    leaks = compare(documents("no rash was seen 5", "no rash was seen 6", "No rash was seen 5")).leaks([("0", "12")])
    assert (leaks.same_text, leaks.near_duplicates) == (1, 0)


def test_counts_are_sums_over_folds_in_words() -> None:
    """Each kind that occurs has its line, and no other."""
    likeness = compare(documents(LONG, LONG, f"{LONG} again", "rash", groups="aabc"))
    folds = [(["2", "3"], ["0", "1"]), (["0", "1"], ["2", "3"])]
    assert likeness.leaks(folds).lines() == [
        "3 of 4 test documents have a near duplicate (not the same text) in the training part"
    ]
    assert likeness.leaks([(["0"], ["1"])]).lines() == [
        "1 of 1 test documents has the same text in the training part",
        "1 of 1 test documents has a text of the same group in the training part",
    ]
    assert likeness.leaks([(["3"], ["0"])]).lines() == []


def test_boilerplate_does_not_take_the_day() -> None:
    """Sentences that are all alike are counted in seconds, and what was left out is said."""
    started = time.perf_counter()
    same = compare(documents(*[LONG] * 20_000))
    figures = compare(documents(*(f"{LONG} {i}" for i in range(20_000))))
    names = compare(documents(*(f"{LONG} x{i}" for i in range(3_000))))
    assert time.perf_counter() - started < 20
    ids = [str(i) for i in range(3_000)]
    folds = [(ids[:1_500], ids[1_500:])]
    assert same.leaks(folds) == Leaks(1_500, 1_500, 0, 0)
    assert figures.leaks(folds) == Leaks(1_500, 0, 1_500, 0)
    assert 1_000 < names.leaks(folds).near_duplicates <= 1_500
    assert names.leaks(folds).lines()[-1] == "there may be more near duplicates than were counted"
