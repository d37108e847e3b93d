"""From one form to another, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from adrbench.api import CorpusError, DatasetInfo, Reading, Record, Span
from adrbench.datasets.conversion import check_target, write, writer_of, writers
from adrbench.datasets.load import read_dataset
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry

READING = Reading(
    DatasetInfo("toy", "1", "", "", ("ADR",)),
    (
        Record("a", "foot and knee pain", (Span(0, 18, "ADR", ((0, 4), (14, 18))), Span(9, 18, "ADR")), "a"),
        Record("b", "no event", (), "b"),
    ),
    "here",
    {},
    unit="document",
)
UNWRITABLE = Reading(READING.info, (Record("a b/../..", "rash", (Span(0, 4, "ADR"),), "a"),), "here", {})


@pytest.mark.parametrize(("form", "name"), [("jsonl", "out.jsonl"), ("bioc", "out.xml"), ("brat", "out")])
def test_what_is_written_is_read_again(tmp_path: Path, form: str, name: str) -> None:
    """Mentions and texts are the same, and nothing but the target is left in the folder."""
    written = write(READING, writer_of(form, Registry()), tmp_path / name)
    again = read_dataset(Registry(), form, {}, tmp_path / name)
    assert [(r.text, r.spans) for r in again.records] == [(r.text, r.spans) for r in READING.records]
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert written.size == sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())


def test_what_a_form_cannot_hold_is_counted(tmp_path: Path) -> None:
    """Column files have no discontinuous mention."""
    lost = write(READING, writer_of("conll", Registry()), tmp_path / "out.conll").lost
    assert any("discontinuous" in what and count == 1 for what, count in lost.items())


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """The message names the target, not the draft."""
    out = tmp_path / "out"
    write(READING, writer_of("brat", Registry()), out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(CorpusError) as raised:
        write(UNWRITABLE, writer_of("brat", Registry()), out)
    assert str(raised.value).startswith(f"{out}: ")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_is_replaced_only_by_its_like(tmp_path: Path) -> None:
    """A former conversion is replaced as a whole; a folder with anything else is left alone."""
    out = tmp_path / "out"
    write(READING, writer_of("brat", Registry()), out)
    fewer = Reading(READING.info, READING.records[:1], "here", {}, unit="document")
    write(fewer, writer_of("brat", Registry()), out)
    assert sorted(file.name for file in out.iterdir()) == ["a.ann", "a.txt"]
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"thesis\.tex"):
        write(READING, writer_of("brat", Registry()), out)
    assert (out / "thesis.tex").read_text() == "years of work"


def test_a_file_and_a_folder_do_not_replace_each_other(tmp_path: Path) -> None:
    """Whatever stands there stays."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InputError, match="is a file"):
        write(READING, writer_of("brat", Registry()), tmp_path / "file")
    with pytest.raises(InputError, match="is a folder"):
        write(READING, writer_of("jsonl", Registry()), tmp_path / "folder.jsonl")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_target_that_exists_needs_force(tmp_path: Path) -> None:
    """And no force replaces what is being read."""
    file = tmp_path / "a.jsonl"
    file.write_text("")
    with pytest.raises(InputError, match="--force"):
        check_target(file, None, force=False)
    check_target(file, tmp_path / "b.jsonl", force=True)
    for source in (file, tmp_path, file / "inside"):
        if source.exists():
            with pytest.raises(InputError, match="what is read"):
                check_target(file, source, force=True)


def test_a_form_that_is_not_written() -> None:
    """The message has those that are; a name close to one is put right."""
    with pytest.raises(InputError, match=r"adr-mini cannot be written.*jsonl"):
        writer_of("adr-mini", Registry())
    with pytest.raises(InputError, match="did you mean 'jsonl'"):
        writer_of("jsnol", Registry())
    assert {"conll", "brat", "bioc", "jsonl", "pubtator"} <= set(writers(Registry()))
