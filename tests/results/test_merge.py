"""Results folders of several people become one, by the keys of cells."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adrbench
from adrbench.cli import main
from adrbench.errors import InputError, StoreError
from adrbench.results.store import Store

IDS = [f"d{i}" for i in range(6)]
FOLDS = [IDS[::2], IDS[1::2]]
GOLD = {name: [(0, 4, "ADR")] for name in IDS}
Answers = Mapping[str, Sequence[Sequence[Any]]] | None


def folder_of(path: Path, cells: Mapping[str, Answers], rows: Sequence[str] = ("a", "b"), **plan: Any) -> Path:
    """A folder with the cells ``a0``, ``a1``, ``b0``, ``b1``: tagger and fold; None: the cell failed."""
    store = Store.create(path)
    store.write_card("card", stored.card(GOLD, ["ADR"]))
    store.write_words("card", stored.words(IDS, {name: [0] for name in IDS}))
    store.write_split("toy-folds", stored.split(FOLDS))
    for key, spans in cells.items():
        fold = int(key[1])
        stored.keep_cell(store, key, FOLDS[fold], spans, fold=fold, tagger=key[0])
    planned = [stored.row(name, [f"{name}0", f"{name}1"]) for name in rows]
    store.write_plan(stored.plan([stored.section(planned)], **plan))
    return path


def answers_of(folder: Path) -> dict[str, Any]:
    """The status and the spans of every cell."""
    store = Store(folder)
    read = {key: store.read_answers(key) for key in store.cell_keys()}
    return {key: (cell[0].status, cell[1] and cell[1].by_document) for key, cell in read.items() if cell}


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.lists(st.sampled_from(["ok", "failed", "absent"]), min_size=12, max_size=12),
    order=st.permutations(range(3)),
)
def test_a_cell_is_finished_if_any_folder_finished_it(
    tmp_path_factory: pytest.TempPathFactory, states: list[str], order: list[int]
) -> None:
    """Whatever the order, whoever has the cell; and a second merge changes nothing."""
    home = tmp_path_factory.mktemp("merge")
    keys = ["a0", "a1", "b0", "b1"]
    folders = []
    for number in range(3):
        own = dict(zip(keys, states[number * 4 :], strict=False))
        cells = {key: GOLD_OF[key] if state == "ok" else None for key, state in own.items() if state != "absent"}
        folders.append(folder_of(home / str(number), cells))
    merged = adrbench.merge([folders[place] for place in order], into=home / "all")
    held = {key: {states[number * 4 + keys.index(key)] for number in range(3)} for key in keys}
    wanted = {key: "ok" if "ok" in seen else "failed" for key, seen in held.items() if seen != {"absent"}}
    assert {key: status for key, (status, _) in answers_of(home / "all").items()} == wanted
    assert (merged.cells, merged.finished) == (len(wanted), list(wanted.values()).count("ok"))
    before = answers_of(home / "all")
    again = adrbench.merge(folders, into=home / "all")
    assert set(again.added.values()) <= {0}
    assert answers_of(home / "all") == before
    assert adrbench.Results(home / "all").leaderboard().rows


GOLD_OF = {f"{tagger}{fold}": {name: GOLD[name] for name in FOLDS[fold]} for tagger in "ab" for fold in (0, 1)}


def test_rows_that_only_one_folder_has_are_all_there(tmp_path: Path) -> None:
    """What was skipped on one machine and measured on the other counts as measured."""
    one = folder_of(tmp_path / "one", {"a0": GOLD_OF["a0"], "a1": GOLD_OF["a1"]}, rows=["a"])
    two = folder_of(tmp_path / "two", {"b0": GOLD_OF["b0"], "b1": GOLD_OF["b1"]}, rows=["b"])
    adrbench.merge([one, two], into=tmp_path / "all")
    board = adrbench.Results(tmp_path / "all").leaderboard()
    assert {(row.tagger, row.status) for row in board.rows if row.label == "micro"} == {("a", "ok"), ("b", "ok")}


def test_other_predictions_of_one_cell_are_named(tmp_path: Path) -> None:
    """The first folder's are kept, and the exit code says that folders disagree."""
    one = folder_of(tmp_path / "one", {"a0": GOLD_OF["a0"]})
    two = folder_of(tmp_path / "two", {"a0": {"d0": [(0, 3, "ADR")]}})
    result = CliRunner().invoke(main, ["merge", str(one), str(two), "--into", str(tmp_path / "all")])
    assert result.exit_code == 1
    assert "toy random: a, fold 1: 3 documents have other predictions" in result.stdout
    assert answers_of(tmp_path / "all") == answers_of(one)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"seed": 14}, "the plan: seed differs"), ({"protocol": 2}, "the plan: protocol differs")],
)
def test_plans_that_contradict_each_other_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Nothing is written then."""
    one, two = folder_of(tmp_path / "one", {}), folder_of(tmp_path / "two", {}, **changes)
    with pytest.raises(StoreError, match=message):
        adrbench.merge([one, two], into=tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_other_code_under_one_id_is_refused(tmp_path: Path) -> None:
    """The message says what to do."""
    one, two = folder_of(tmp_path / "one", {}), folder_of(tmp_path / "two", {})
    rows = [stored.row("a", ["other0", "other1"])]
    Store(two).write_plan(stored.plan([stored.section(rows)]))
    with pytest.raises(StoreError, match="give the tagger another id"):
        adrbench.merge([one, two], into=tmp_path / "all")


def test_a_corpus_of_two_releases_with_the_same_content_is_merged(tmp_path: Path) -> None:
    """Such as two commits on the hub, or a card that an older version wrote without one; not with other gold."""
    one, two = (folder_of(tmp_path / name, {f"a{i}": GOLD_OF[f"a{i}"]}) for i, name in enumerate(("one", "two")))
    card = stored.card(GOLD, ["ADR"])
    Store(two).write_card("card", replace(card, version="0123abcd"))
    adrbench.merge([one, two], into=tmp_path / "all")
    assert set(answers_of(tmp_path / "all")) == {"a0", "a1"}
    Store(two).write_card("card", replace(card, version="0123abcd", gold={**card.gold, "d0": ()}))
    with pytest.raises(StoreError, match="corpora/card differs"):
        adrbench.merge([one, two], into=tmp_path / "other")


def test_a_damaged_cell_is_told_before_anything_is_written(tmp_path: Path) -> None:
    """With its path."""
    one = folder_of(tmp_path / "one", {"a0": GOLD_OF["a0"]})
    path = Store(one).path_of_cell("a0")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=str(path)):
        adrbench.merge([one], into=tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_studies_and_kept_taggers_are_on_the_disk_before_they_have_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and the entries of folders: a power cut would otherwise leave names without content."""
    one = folder_of(tmp_path / "one", {"a0": GOLD_OF["a0"]})
    for name, text in (("studies/a0.log", "study"), ("models/a0/model/deep/weights", "weights")):
        (one / name).parent.mkdir(parents=True)
        (one / name).write_text(text)
    (one / "models" / "a0" / "link").symlink_to("model/deep/weights")
    synced: set[tuple[int, int]] = set()

    def fsync(number: int, fsync: Callable[[int], None] = os.fsync) -> None:
        fsync(number)
        facts = os.fstat(number)
        synced.add((facts.st_dev, facts.st_ino))

    monkeypatch.setattr(os, "fsync", fsync)
    adrbench.merge([one], into=tmp_path / "all")
    assert (tmp_path / "all/studies/a0.log").read_text() == "study"
    assert (tmp_path / "all/models/a0/link").read_text() == "weights"
    made = [p for kind in ("studies", "models") for p in (tmp_path / "all" / kind).rglob("*") if not p.is_symlink()]
    made += [tmp_path / "all/studies", tmp_path / "all/models"]
    assert [path for path in made if ((facts := path.stat()).st_dev, facts.st_ino) not in synced] == []


def test_a_source_is_no_target(tmp_path: Path) -> None:
    """Whoever means it names the folder once, with --into."""
    one, two = folder_of(tmp_path / "one", {}), folder_of(tmp_path / "two", {"a0": GOLD_OF["a0"]})
    with pytest.raises(InputError, match="name it with --into only"):
        adrbench.merge([one, two], into=one)
    adrbench.merge([two], into=one)
    assert answers_of(one) == answers_of(two)
