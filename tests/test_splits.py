"""Who is tested in which fold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.errors import CorpusError
from adrbench.splits import Kind, make_split

KINDS: tuple[Kind, ...] = ("random", "grouped")
ids = st.text("abc0123é.-", min_size=1, max_size=6)
corpora = st.dictionaries(ids, st.sampled_from("pqrstuvw"), min_size=1, max_size=40)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, str], Kind, int, int]:
    """A corpus, as groups by id, with a kind of split, a number of folds that it has room for, and a seed."""
    groups = draw(corpora.filter(lambda found: len(set(found.values())) > 1))
    kind = draw(st.sampled_from(KINDS))
    units = len(groups) if kind == "random" else len(set(groups.values()))
    return groups, kind, draw(st.integers(2, min(units, 10))), draw(st.integers(0, 2**31 - 1))


@given(cases())
def test_every_document_is_tested_once(case: tuple[dict[str, str], Kind, int, int]) -> None:
    """The folds are a partition of the ids, none of them empty, and training has all the others."""
    groups, kind, folds, seed = case
    split = make_split(groups, kind, folds, seed)
    assert sorted(i for fold in split.folds for i in fold) == sorted(groups)
    assert len(split.folds) == folds
    for number, test in enumerate(split.folds):
        assert test
        assert list(test) == sorted(test)
        assert split.train_ids(number) == sorted(set(groups) - set(test))


@given(cases())
def test_a_grouped_split_keeps_groups_whole(case: tuple[dict[str, str], Kind, int, int]) -> None:
    """No group stands on both sides."""
    groups, _, _, seed = case
    split = make_split(groups, "grouped", len(set(groups.values())), seed)
    for number, test in enumerate(split.folds):
        assert not {groups[i] for i in test} & {groups[i] for i in split.train_ids(number)}


@given(cases(), st.randoms())
def test_the_order_of_the_documents_does_not_matter(
    case: tuple[dict[str, str], Kind, int, int], chance: object
) -> None:
    """The same documents in any order give the same folds, and the same key."""
    groups, kind, folds, seed = case
    shuffled = list(groups.items())
    shuffle: Callable[[list[tuple[str, str]]], None] = chance.shuffle  # type: ignore[attr-defined]
    shuffle(shuffled)
    first, second = make_split(groups, kind, folds, seed), make_split(dict(shuffled), kind, folds, seed)
    assert first == second
    assert first.key == second.key


def test_another_seed_gives_other_folds() -> None:
    """The seed decides, and the key says so."""
    groups = {f"d{i}": f"g{i // 2}" for i in range(40)}
    for kind in KINDS:
        assert make_split(groups, kind, 5, 1).key != make_split(groups, kind, 5, 2).key


def test_random_folds_differ_by_one_document_at_most() -> None:
    """Documents are shared out evenly."""
    split = make_split({f"d{i}": "g" for i in range(23)}, "random", 5, 13)
    assert sorted(map(len, split.folds)) == [4, 4, 5, 5, 5]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("random", "5 folds need at least 5 documents; there are 4"),
        ("grouped", "5 folds need at least 5 groups .* are 2"),
    ],
)
def test_more_folds_than_there_is_room_for(kind: Kind, message: str) -> None:
    """The message says how many there are and how many it takes."""
    with pytest.raises(CorpusError, match=message):
        make_split({"a": "p", "b": "p", "c": "q", "d": "q"}, kind, 5, 13)
