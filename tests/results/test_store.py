"""The results folder: complete files only, and nobody else's folder touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adrbench.errors import StoreError
from adrbench.results.store import FORMAT, Store, checksum

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
contents = st.dictionaries(st.text(), values, max_size=5)
CELL: dict[str, Any] = {"status": "ok", "reason": "", "predictions": {"é": [[0, 4, "ADR"]]}, "seconds": 1.25e-3}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A results folder."""
    return Store.create(tmp_path_factory.mktemp("results"))


@given(content=contents)
def test_what_is_written_is_read(store: Store, content: dict[str, Any]) -> None:
    """Any JSON object comes back as it was, from each of the places."""
    store.write_cell("key", content)
    store.write("splits", "name", content)
    store.write_plan(content)
    assert store.read_cell("key") == store.read("splits", "name") == store.read_plan() == content


def test_a_reason_with_half_a_surrogate_is_kept(store: Store) -> None:
    """File names that are not UTF-8 get into error messages so; the cell is kept all the same."""
    store.write_cell("key", {"reason": "no file caf\udce9.txt"})
    assert store.read_cell("key") == {"reason": "no file caf\udce9.txt"}


@given(content=contents, data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_truncated_file_is_no_file(store: Store, content: dict[str, Any], data: st.DataObject) -> None:
    """Cut anywhere, a file reads as None or, if only its last line end is gone, as what it was."""
    store.write_cell("key", content)
    file = store.folder / "cells" / "key.json"
    whole = file.read_bytes()
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 2))])
    assert store.read_cell("key") is None


def test_a_flipped_bit_is_seen(store: Store) -> None:
    """Whichever bit of the file is flipped, what is read is nothing, or still exactly what was written."""
    store.write_cell("key", CELL)
    file = store.folder / "cells" / "key.json"
    whole = file.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        assert store.read_cell("key") in (None, CELL)


def test_an_unknown_cell_is_none(store: Store) -> None:
    """What was never written is not there."""
    assert store.read_cell("never") is None
    assert store.read("corpora", "never") is None


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


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A folder of a later adrbench is named as such, for reading and for writing."""
    content = {"format": FORMAT + 1}
    mark = tmp_path / "adrbench.json"
    mark.write_text(json.dumps({"checksum": checksum(content), "content": content}))
    before = mark.read_bytes()
    for opened in (Store, Store.create):
        with pytest.raises(
            StoreError, match=f"written by a newer adrbench .format {FORMAT + 1}, this one reads {FORMAT}"
        ):
            opened(tmp_path)
    assert mark.read_bytes() == before


def test_a_damaged_mark_is_refused(tmp_path: Path) -> None:
    """A folder whose mark cannot be trusted is not written to."""
    (tmp_path / "adrbench.json").write_text("{}")
    with pytest.raises(StoreError, match=r"adrbench\.json: damaged"):
        Store.create(tmp_path)


def test_one_run_at_a_time(tmp_path: Path) -> None:
    """A second lock is refused while the first is held, and given when it is not."""
    store = Store.create(tmp_path)
    with store.locked(), pytest.raises(StoreError, match="another run is writing to it"), Store(tmp_path).locked():
        pass
    with Store(tmp_path).locked():
        assert store.read_cell("key") is None


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
    with pytest.raises(StoreError, match=r"cells/key\.json: cannot be written"):
        store.write_cell("key", CELL)


def test_a_lock_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """That the lock file is in the way is not taken for another run."""
    store = Store.create(tmp_path)
    (tmp_path / ".lock").mkdir()
    with pytest.raises(StoreError, match="cannot be locked"), store.locked():
        pass


def test_the_checksum_is_of_content_not_of_its_order() -> None:
    """Canonical JSON: the order of names does not matter, values do."""
    assert checksum({"a": 1, "b": 2}) == checksum({"b": 2, "a": 1}) != checksum({"a": 1, "b": 3})
