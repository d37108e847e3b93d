"""Who is tested in which fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.datasets.splits import Item, Kind, Recipe, Split, alone_line, make_split, recipe_key
from adrbench.errors import CorpusError

FEWER = settings(max_examples=50)  # cases are wide, and take long to draw
KINDS: tuple[Kind, ...] = ("random", "grouped", "stratified", "stratified-grouped")
names = st.text("abc0123é.-", min_size=1, max_size=6)
corpora = st.dictionaries(
    names, st.tuples(st.sampled_from("pqrstuvw"), st.frozensets(st.sampled_from("XYZ"))), min_size=1, max_size=40
)


def items(groups: dict[str, str]) -> list[Item]:
    """Documents of some groups."""
    return [Item(name, group) for name, group in groups.items()]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Item], Recipe]:
    """Documents, and a recipe that they have room for."""
    found = draw(corpora.filter(lambda found: len({group for group, _ in found.values()}) > 1))
    documents = [Item(name, group, labels) for name, (group, labels) in found.items()]
    kind = draw(st.sampled_from(KINDS))
    room = len({i.group if kind.endswith("grouped") else i.id for i in documents})
    if kind.startswith("stratified"):
        room = min(room, max(Counter(" ".join(sorted(i.labels)) for i in documents).values()))
    if room < 2:
        kind, room = "random", len(documents)
    seed, repeats = draw(st.integers(0, 2**31 - 3)), draw(st.integers(1, 2))
    return documents, Recipe(kind, draw(st.integers(2, min(room, 10))), repeats, seed)


@given(cases())
def test_every_document_is_tested_once_a_repeat(case: tuple[list[Item], Recipe]) -> None:
    """The folds of a repeat are a partition of the ids, and training has all the others."""
    documents, recipe = case
    split = make_split(documents, recipe)
    ids = sorted(item.id for item in documents)
    assert len(split.folds) == recipe.folds * recipe.repeats
    for repeat in range(recipe.repeats):
        folds = split.folds[repeat * recipe.folds : (repeat + 1) * recipe.folds]
        assert sorted(i for fold in folds for i in fold.test) == ids
    for fold in split.folds:
        assert list(fold.test) == sorted(fold.test)
        assert sorted((*fold.train, *fold.test)) == ids
        assert list(fold.train) == sorted(fold.train)


@FEWER
@given(cases(), st.sampled_from([0.1, 0.2, 0.34]))
def test_a_grouped_split_keeps_groups_whole(case: tuple[list[Item], Recipe], share: float) -> None:
    """No group is in train and in test, in cross-validation and in parts of given shares."""
    documents, recipe = case
    group = {item.id: item.group for item in documents}
    several = len(set(group.values())) < len(group)
    for kind in ("grouped", "stratified-grouped"):
        for made in (Recipe(kind, 2, seed=recipe.seed), Recipe(kind, seed=recipe.seed, test=share)):
            try:
                split = make_split(documents, made)
            except CorpusError:
                # So few groups that a part would be empty, or a class too small.
                continue
            assert split.grouped == several
            for fold in split.folds:
                assert not {group[i] for i in fold.test} & {group[i] for i in (*fold.train, *fold.dev)}


@FEWER
@given(cases(), st.randoms())
def test_the_order_of_the_documents_does_not_matter(case: tuple[list[Item], Recipe], chance: object) -> None:
    """The same documents in any order give the same folds, under the same name."""
    documents, recipe = case
    shuffled = list(documents)
    shuffle: Callable[[list[Item]], None] = chance.shuffle  # type: ignore[attr-defined]
    shuffle(shuffled)
    assert make_split(documents, recipe) == make_split(shuffled, recipe)
    assert recipe_key(recipe, documents) == recipe_key(recipe, shuffled)


def test_another_seed_gives_other_folds() -> None:
    """The seed decides, and the name says so."""
    documents = [Item(f"d{i}", f"g{i // 2}") for i in range(40)]
    for kind in KINDS:
        one, two = Recipe(kind, 5, seed=1), Recipe(kind, 5, seed=2)
        assert make_split(documents, one).folds != make_split(documents, two).folds
        assert recipe_key(one, documents) != recipe_key(two, documents)


def test_random_folds_differ_by_one_document_at_most() -> None:
    """Documents are shared out evenly."""
    split = make_split(items({f"d{i}": "g" for i in range(23)}), Recipe("random"))
    assert sorted(len(fold.test) for fold in split.folds) == [4, 4, 5, 5, 5]


def drugs() -> list[Item]:
    """A hundred posts on four drugs, 60, 30, 9 and 1 of them, each by one of 50 people."""
    return [
        Item(f"p{i:03}", f"a{i % 50}", metadata={"drug": "A" if i < 60 else "B" if i < 90 else "C" if i < 99 else "D"})
        for i in range(100)
    ]


def shares(split: Split, part: str) -> Counter[str]:
    """How many documents of each drug stand in a part of the first fold."""
    drug = {item.id: item.metadata["drug"] for item in drugs()}
    return Counter(drug[i] for i in getattr(split.folds[0], part))


def test_parts_of_given_shares_are_stratified_by_metadata() -> None:
    """80, 10 and 10 percent of every drug, as nearly as its posts allow, rare ones included."""
    split = make_split(drugs(), Recipe("stratified", by="drug", test=0.1, dev=0.1))
    [fold] = split.folds
    assert (len(fold.train), len(fold.dev), len(fold.test)) == (80, 10, 10)
    for part in ("dev", "test"):
        found = shares(split, part)
        assert abs(found["A"] - 6) <= 1
        assert abs(found["B"] - 3) <= 1
    assert sorted((*fold.train, *fold.dev, *fold.test)) == [item.id for item in drugs()]


def test_repeats_of_parts_draw_anew() -> None:
    """Each repeat is a fold of its own."""
    split = make_split(drugs(), Recipe("random", test=0.2, repeats=3))
    assert len({fold.test for fold in split.folds}) == 3
    assert {len(fold.test) for fold in split.folds} == {20}


def test_stratified_folds_have_even_classes() -> None:
    """By the labels that documents have, if nothing else is named."""
    documents = [Item(f"d{i}", "g", frozenset({"ADR"} if i < 20 else {})) for i in range(50)]
    split = make_split(documents, Recipe("stratified", 5))
    assert [sum(int(i[1:]) < 20 for i in fold.test) for fold in split.folds] == [4] * 5


def released(*parts: tuple[str, ...]) -> list[Item]:
    """Documents with the parts that their release gives them."""
    return [Item(f"d{i}", f"g{i // 2}", parts=own) for i, own in enumerate(parts)]


def test_a_provided_split_is_taken_as_it_is() -> None:
    """Train, dev and test of the release; a document without a part stands nowhere."""
    split = make_split(released(("train",), ("train",), ("dev",), ("dev",), ("test",), ("",)), Recipe("provided"))
    [fold] = split.folds
    assert (fold.train, fold.dev, fold.test) == (("d0", "d1"), ("d2", "d3"), ("d4",))
    assert split.grouped
    merged = make_split(released(("train",), ("dev",), ("test",)), Recipe("provided", development="train"))
    assert (merged.folds[0].train, merged.folds[0].dev) == (("d0", "d1"), ())
    assert merged.folds[0].test == ("d2",)


def test_provided_folds_come_from_fold_folders() -> None:
    """A document has a part in every fold; groups that are in train and test of one make the split ungrouped."""
    split = make_split(released(("train", "test"), ("test", "train"), ("train", "train")), Recipe("provided"))
    assert [fold.test for fold in split.folds] == [("d1",), ("d0",)]
    assert [fold.train for fold in split.folds] == [("d0", "d2"), ("d1", "d2")]
    assert not split.grouped


@pytest.mark.parametrize(
    ("documents", "recipe", "message"),
    [
        (items({"a": "p", "b": "q"}), Recipe("random"), "5 folds need at least 5 documents; there are 2"),
        (items({"a": "p", "b": "p", "c": "q"}), Recipe("grouped"), "5 folds need at least 5 groups .* are 2"),
        (items({"a": "p", "b": "q"}), Recipe("provided"), "without a split of its own; valid: random"),
        (released(("train",), ("train",)), Recipe("provided"), "no document in the part 'test'"),
        (released(("train", "train"), ("test", "train")), Recipe("provided"), "'test' of its fold 2"),
        (drugs(), Recipe("stratified", by="drugs"), "no metadata 'drugs' .* did you mean 'drug'"),
        (items({"a": "p", "b": "q"}), Recipe("random", test=0.1), "2 documents leave none for the part 'test'"),
        (drugs(), Recipe("stratified", 61, by="drug"), "no class has 61 documents"),
    ],
)
def test_what_a_recipe_cannot_do(documents: list[Item], recipe: Recipe, message: str) -> None:
    """The message says what is missing, and what would be valid."""
    with pytest.raises(CorpusError, match=message):
        make_split(documents, recipe)


def test_what_decides_a_split_is_in_its_name() -> None:
    """Another share, field, number of repeats or part gives another name."""
    recipes = [
        Recipe("random"),
        Recipe("random", repeats=2),
        Recipe("random", test=0.1),
        Recipe("random", test=0.1, dev=0.1),
        Recipe("stratified"),
        Recipe("stratified", by="drug"),
        Recipe("provided"),
        Recipe("provided", development="train"),
    ]
    assert len({recipe_key(recipe, drugs()) for recipe in recipes}) == len(recipes)
    assert recipe_key(Recipe("provided"), released(("train",))) != recipe_key(Recipe("provided"), released(("test",)))


@FEWER
@given(cases(), st.lists(st.floats(0.01, 1), min_size=2, max_size=4, unique=True).map(sorted))
def test_training_parts_at_fractions_are_nested(case: tuple[list[Item], Recipe], fractions: list[float]) -> None:
    """What is learnt from at a fraction is part of it at a larger one, and the same documents are tested."""
    documents, recipe = case
    whole = make_split(documents, recipe)
    parts = [make_split(documents, replace(recipe, fraction=fraction)) for fraction in fractions]
    for number, fold in enumerate(whole.folds):
        trains = [set(part.folds[number].train) for part in parts]
        assert all(train for train in trains)
        assert all(small <= large for small, large in pairwise([*trains, set(fold.train)]))
        assert all(part.folds[number].test == fold.test for part in parts)


@FEWER
@given(cases().filter(lambda case: case[1].kind.endswith("grouped")), st.floats(0.05, 0.95))
def test_a_fraction_of_a_grouped_split_has_whole_groups(case: tuple[list[Item], Recipe], fraction: float) -> None:
    """Groups are learnt from whole or not at all, and as many as come nearest to the fraction."""
    documents, recipe = case
    group = {item.id: item.group for item in documents}
    largest = max(Counter(group.values()).values())
    whole, part = make_split(documents, recipe), make_split(documents, replace(recipe, fraction=fraction))
    for before, after in zip(whole.folds, part.folds, strict=True):
        left_out = set(before.train) - set(after.train)
        assert {group[i] for i in left_out}.isdisjoint({group[i] for i in after.train})
        assert abs(len(after.train) - fraction * len(before.train)) <= largest


def test_a_fraction_has_a_key_of_its_own() -> None:
    """A stored split is never taken for one at another fraction."""
    documents = items({str(i): str(i // 2) for i in range(20)})
    keys = {recipe_key(Recipe("random", fraction=fraction), documents) for fraction in (0.1, 0.5, 1.0)}
    assert len(keys) == 3
    assert recipe_key(Recipe("random"), documents) in keys


@FEWER
@given(cases())
def test_groups_of_single_documents_give_the_folds_of_the_kind_without_groups(case: tuple[list[Item], Recipe]) -> None:
    """Nothing is to keep together, so cells are shared; the split says so, and keeps its kind."""
    documents, recipe = case
    alone = [replace(item, group=f"g{item.id}") for item in documents]
    plain: Kind = "stratified" if recipe.kind.startswith("stratified") else "random"
    kind: Kind = "stratified-grouped" if recipe.kind.startswith("stratified") else "grouped"
    split = make_split(alone, replace(recipe, kind=kind))
    assert (split.kind, split.grouped, split.name) == (kind, False, kind)
    assert split.folds == make_split(alone, replace(recipe, kind=plain)).folds
    assert split.lines()[0] == alone_line(kind, grouped=False)
    assert f"the {plain} one and shares its cells" in split.lines()[0]
