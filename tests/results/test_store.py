"""The results folder: complete files only, and nobody else's folder touched."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import stored
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.errors import InputError, StoreError
from adrbench.results.predictions import collect, decode, encode, plain_span
from adrbench.results.schema import FORMAT, Damaged, PlainSpan
from adrbench.results.store import DamagedError, Store, checksum

IDS = ("d0", "d1", "é")
SPANS: dict[str, list[tuple[int, int, str]]] = {"d0": [(0, 4, "ADR")], "é": [(3, 70_000, "DRUG"), (1, 2, "ADR")]}


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A span, now and then with parts or a score."""
    edges = sorted(draw(st.sets(st.integers(0, 90_000), min_size=2, max_size=6)))
    ranges = tuple(zip(edges[::2], edges[1::2], strict=False))
    score = draw(st.none() | st.floats(0, 1))
    label = draw(st.sampled_from(["ADR", "DRUG", "Größe"]))
    parts = ranges if len(ranges) > 1 else ()
    return Span(ranges[0][0], ranges[-1][1], label, parts, score=score)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A results folder."""
    return Store.create(tmp_path_factory.mktemp("results"))


@pytest.fixture
def cell(store: Store) -> Path:
    """The file of a cell that is ok."""
    stored.keep_cell(store, "key", IDS, SPANS)
    return store.path_of_cell("key")


@given(found=st.dictionaries(st.sampled_from(IDS), st.lists(spans(), max_size=5)))
def test_predictions_come_back_as_they_were(found: Mapping[str, list[Span]]) -> None:
    """Starts, ends, labels, parts and scores, sorted and each span once, by document."""
    plain = {name: tuple(map(_plain, own)) for name, own in found.items()}
    answers, line = encode(collect(IDS, plain))
    back = decode(answers, line)
    expected = [sorted(set(found.get(name, ()))) for name in IDS]
    assert [list(own) for own in back.by_document] == expected
    scores = {(name, span): span.score for name, own in found.items() for span in own}
    for name, own in zip(IDS, back.by_document, strict=True):
        assert all(span.score == scores[name, span] for span in own)


def _plain(span: Span) -> PlainSpan:
    return plain_span(span) if span.score is None else (span.start, span.end, span.label, span.parts, span.score)


@pytest.mark.parametrize(
    ("name", "span", "message"),
    [
        ("d9", (0, 1, "ADR"), "'d9', which is not under test"),
        ("d0", (0.5, 1, "ADR"), "no offset"),
        ("d0", (True, 2, "ADR"), "no offset"),
        ("d0", (-1, 2, "ADR"), "no offset"),
        ("d0", (0, 2**31, "ADR"), "no offset"),
        ("d0", (2, 2, "ADR"), "empty"),
        ("d0", (0, 11, "ADR"), "outside of the text, which has 10 characters"),
        ("d0", (0, 1, "X"), "a label that the corpus lacks"),
        ("d0", (0, 9, "ADR", ((0, 5), (4, 9))), "overlap"),
        ("d0", (0, 9, "ADR", ((5, 9), (0, 4))), "out of order"),
        ("d0", (0, 9, "ADR", ((0, 4), (5, 8))), "do not reach"),
    ],
)
def test_what_is_no_span_of_the_fold_is_refused(name: str, span: tuple[object, ...], message: str) -> None:
    """Unknown documents, offsets that are none, parts that overlap or overreach."""
    lengths = dict.fromkeys(IDS, 10)
    with pytest.raises(ValueError, match=message):
        collect(IDS, {name: (span,)}, lengths=lengths, labels=["ADR"])  # type: ignore[dict-item]


def test_a_cell_is_listed_without_its_predictions(store: Store, cell: Path) -> None:
    """Its record is read though the predictions are gone; asked for these, the file is damaged."""
    whole = cell.read_bytes()
    cell.write_bytes(b"\n".join(whole.split(b"\n")[:2]) + b"\n")
    record = store.read_cell("key")
    assert record is not None
    assert (record.status, getattr(record.answers, "spans", 0)) == ("ok", 3)
    with pytest.raises(DamagedError, match=r"cells/ke/key\.jsonl: damaged: .*`adrbench run` measures it anew"):
        store.read_answers("key")


def test_a_record_longer_than_one_look_is_read(store: Store) -> None:
    """The head of a file is read first; a longer record is read to its end."""
    stored.keep_cell(store, "long", log="x" * 20_000)
    assert len(getattr(store.read_cell("long"), "log", "")) == 20_000


def test_a_truncated_file_is_damaged(store: Store, cell: Path) -> None:
    """Cut anywhere, but for its last line end, the file is called damaged."""
    whole = cell.read_bytes()
    for size in range(len(whole) - 1):
        cell.write_bytes(whole[:size])
        with pytest.raises(DamagedError):
            store.read_answers("key")


def test_a_flipped_bit_is_seen(store: Store, cell: Path) -> None:
    """Whichever byte of the file has a bit flipped, it is damaged, or still exactly what was written."""
    whole = cell.read_bytes()
    record, found = store.read_answers("key") or (None, None)
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        cell.write_bytes(damaged)
        try:
            again, answers = store.read_answers("key") or (None, None)
        except DamagedError:
            continue
        assert again == record
        assert answers is not None
        assert found is not None
        assert answers.by_document == found.by_document


def test_another_cells_file_is_damaged(store: Store, cell: Path) -> None:
    """A complete file under another name is not taken for that cell."""
    other = store.path_of_cell("kez")
    other.write_bytes(cell.read_bytes())
    with pytest.raises(DamagedError, match="it holds cells/key"):
        store.read_cell("kez")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_stands_in_a_files_place_is_damaged(store: Store, cell: Path, make: Callable[[Path], None]) -> None:
    """Nobody waits for a pipe."""
    cell.unlink()
    make(cell)
    for read in (store.read_cell, store.read_answers):
        with pytest.raises(DamagedError, match="no file"):
            read("key")
    cell.rmdir() if cell.is_dir() else cell.unlink()


def test_what_could_not_be_read_again_is_not_written(store: Store, cell: Path) -> None:
    """A record with a value that cannot be is refused, and the file stays as it was."""
    whole = cell.read_bytes()
    record = store.read_cell("key")
    assert record is not None
    for changes in ({"fold": -1}, {"wall_seconds": float("nan")}, {"reason": "caf\udce9"}, {"params": [1]}):
        with pytest.raises(StoreError, match=r"key\.jsonl: cannot be kept"):
            store.write_cell(replace(record, **changes), whole.split(b"\n")[2])
    assert cell.read_bytes() == whole


def test_predictions_that_unpack_to_more_than_they_say_are_damaged() -> None:
    """No more is unpacked than the record says that there is."""
    answers, line = encode(collect(IDS, {"d0": tuple((i, i + 1, "ADR") for i in range(5000))}))
    with pytest.raises(Damaged, match="more or fewer"):
        decode(replace(answers, spans=10), line)


def test_an_unknown_cell_is_none(store: Store) -> None:
    """What was never written is not there."""
    assert store.read_cell("never") is None
    assert store.read_answers("never") is None
    assert store.read_card("never") is None


def test_an_empty_results_folder_has_no_plan(tmp_path: Path) -> None:
    """Asking for the plan before anything was run says what to do."""
    with pytest.raises(StoreError, match="nothing was run yet; `adrbench run FILE` first"):
        Store.create(tmp_path / "new").read_plan()


def test_opening_creates_nothing(tmp_path: Path) -> None:
    """A folder that is not there is an error, and is not there afterwards either."""
    with pytest.raises(StoreError, match="no such folder"):
        Store(tmp_path / "none")
    assert not list(tmp_path.iterdir())


def test_reading_leaves_a_results_folder_as_it_is(tmp_path: Path) -> None:
    """Neither opening nor reading writes."""
    Store.create(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    Store(tmp_path).read_cell("key")
    assert sorted(tmp_path.rglob("*")) == before


def test_somebody_elses_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A folder with other things in it is neither read nor used."""
    (tmp_path / "thesis.tex").write_text("words")
    with pytest.raises(StoreError, match="not empty, and not a results folder of adrbench"):
        Store.create(tmp_path)
    with pytest.raises(StoreError, match="not a results folder of adrbench"):
        Store(tmp_path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("thesis.tex", "words")]


def test_a_folder_is_made_with_its_parents_or_taken_if_empty(tmp_path: Path) -> None:
    """Both give a results folder that opens again."""
    assert Store(Store.create(tmp_path / "a" / "b").folder).folder == tmp_path / "a" / "b"
    (tmp_path / "empty").mkdir()
    assert Store.create(tmp_path / "empty").folder == tmp_path / "empty"


def test_a_kill_while_the_folder_is_made_does_not_spoil_it(tmp_path: Path) -> None:
    """A draft of our own mark, all that a killed run left, does not make the folder somebody else's."""
    (tmp_path / ".adrbench.json.4711.part").write_text('{"check')
    assert Store.create(tmp_path).read_cell("key") is None


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (FORMAT + 1, f"written by a newer adrbench .format {FORMAT + 1}, this one reads {FORMAT}"),
        (FORMAT - 1, "written by an older adrbench .*`adrbench migrate "),
    ],
)
def test_another_format_is_refused(tmp_path: Path, version: int, message: str) -> None:
    """A folder of a later adrbench is named as such; for one of an earlier one the command that migrates it."""
    content = {"format": version}
    mark = tmp_path / "adrbench.json"
    mark.write_text(json.dumps({"checksum": checksum(content), "content": content}))
    before = mark.read_bytes()
    for opened in (Store, Store.create):
        with pytest.raises(StoreError, match=message):
            opened(tmp_path)
    assert mark.read_bytes() == before


@pytest.mark.parametrize("text", ["{}", "", "[" * 100_000, '{"checksum":"sha256:0","content":{"format":2}}'])
def test_a_damaged_mark_is_refused(tmp_path: Path, text: str) -> None:
    """A folder whose mark cannot be trusted is not written to, unless its plan tells that it is ours."""
    mark = tmp_path / "adrbench.json"
    mark.write_text(text)
    with pytest.raises(StoreError, match=r"adrbench\.json: damaged"):
        Store.create(tmp_path)
    assert mark.read_text() == text
    mark.unlink()
    Store.create(tmp_path).write_plan(stored.plan([]))
    mark.write_text(text)
    with pytest.raises(InputError, match=r"adrbench\.json: damaged: .*`adrbench run` writes it anew"):
        Store(tmp_path)
    Store.create(tmp_path)
    assert Store(tmp_path).read_plan().benchmark == "toy"


def test_one_run_at_a_time(tmp_path: Path) -> None:
    """A second lock is refused while the first is held, and given when it is not."""
    store = Store.create(tmp_path)
    with store.locked(), pytest.raises(StoreError, match="another run is writing to it"), Store(tmp_path).locked():
        pass
    with Store(tmp_path).locked():
        assert store.read_cell("key") is None


def test_drafts_of_a_killed_run_go_with_the_next_lock(tmp_path: Path) -> None:
    """They are in one folder, and no file of theirs is ever taken for a cell."""
    store = Store.create(tmp_path)
    stored.keep_cell(store, "key", IDS, SPANS)
    draft = tmp_path / ".drafts" / ".key.jsonl.4711.part"
    draft.write_text("half")
    with store.locked():
        assert not draft.exists()
    assert list(store.cell_keys()) == ["key"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A path below a file, or a file itself, is a clear error."""
    (tmp_path / "file").write_text("words")
    for folder in (tmp_path / "file", tmp_path / "file" / "results"):
        with pytest.raises(StoreError, match="cannot be used as a results folder"):
            Store.create(folder)
    assert (tmp_path / "file").read_text() == "words"


def test_a_file_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    """Where the folder of cells cannot be made, the error names the file."""
    store = Store.create(tmp_path)
    (tmp_path / "cells").write_text("in the way")
    with pytest.raises(StoreError, match=r"key\.jsonl: cannot be written"):
        stored.keep_cell(store, "key", IDS, SPANS)


def test_a_lock_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """That the lock file is in the way is not taken for another run."""
    store = Store.create(tmp_path)
    (tmp_path / ".lock").mkdir()
    with pytest.raises(StoreError, match="cannot be locked"), store.locked():
        pass


def test_the_checksum_is_of_content_not_of_its_order() -> None:
    """Canonical JSON: the order of names does not matter, values do."""
    assert checksum({"a": 1, "b": 2}) == checksum({"b": 2, "a": 1}) != checksum({"a": 1, "b": 3})
