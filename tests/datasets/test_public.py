"""``adrbench.datasets``, the public module for authors of corpora."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import adrbench.datasets as public
from adrbench.api import CorpusError, DatasetInfo, Record, Span

INFO = DatasetInfo("mine", "1", "CC0-1.0", "me", ("ADR",))


def test_every_promised_name_is_there_and_documented() -> None:
    """Functions and classes say what they do; what is not promised is an error with the closest name."""
    for name in public.__all__:
        value = getattr(public, name)
        described = inspect.getdoc(value) or ""
        assert isinstance(value, tuple) or described, name
        if inspect.isfunction(value):
            assert "Args:" in described, name
            gives = inspect.signature(value).return_annotation != "None"
            assert "Returns:" in described or "Yields:" in described or not gives, name
    with pytest.raises(AttributeError, match=r"no attribute 'load_conl'; did you mean 'load_conll'\?"):
        public.load_conl  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    """The names imported for types are those of ``__all__``."""
    tree = ast.parse(Path(public.__file__).read_text(encoding="utf-8"))
    typed = next(node for node in tree.body if isinstance(node, ast.If))
    names = {alias.name for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names == set(public.__all__)


def test_a_name_is_imported_when_it_is_used() -> None:
    """The module alone brings no reader and no download."""
    program = "import sys, adrbench.datasets; print(sum(name.startswith('adrbench.datasets.') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "0\n"


FILES = {
    "load_conll": ("x.tsv", "No\tO\nrash\tB-ADR\n"),
    "load_pubtator": ("x.txt", "1|t|No rash\n1\t3\t7\trash\tADR\tD1\n"),
    "load_jsonl": ("x.jsonl", '{"text": "No rash", "spans": [[3, 7, "ADR"]]}\n'),
    "load_bioc": (
        "x.json",
        (
            '{"documents": [{"id": "1", "passages": [{"offset": 0, "text": "No rash", "annotations": '
            '[{"infons": {"type": "ADR"}, "text": "rash", "locations": [{"offset": 3, "length": 4}]}]}]}]}'
        ),
    ),
}


@pytest.mark.parametrize("loader", FILES)
def test_files_are_read_by_their_part(loader: str, tmp_path: Path) -> None:
    """Whatever the format: the records of a file play the part it was given under, and the card is the author's."""
    name, content = FILES[loader]
    (tmp_path / name).write_text(content)
    reading = getattr(public, loader)(INFO, {"test": tmp_path / name}, "folder x")
    [record] = reading.records
    assert (record.text, record.spans, record.parts) == ("No rash", (Span(3, 7, "ADR"),), ("test",))
    assert (reading.info, reading.origin) == (INFO, "folder x")
    assert reading.files == {name: public.file_hash(tmp_path / name)}


def test_documents_of_another_part_are_left_out(tmp_path: Path) -> None:
    """A training file that holds the test documents too is read without them, counted."""
    one, two = (f"{number}|t|No rash\n{number}\t3\t7\trash\tADR\tD1\n\n" for number in (1, 2))
    (tmp_path / "train.txt").write_text(one + two)
    (tmp_path / "test.txt").write_text(two)
    files = {"train": tmp_path / "train.txt", "test": tmp_path / "test.txt"}
    with pytest.raises(CorpusError, match="the document 2 is in train and test"):
        public.load_pubtator(INFO, files, "")
    reading = public.load_pubtator(INFO, files, "", leave_out={"train": {"2"}})
    assert [(record.id, record.parts) for record in reading.records] == [("1", ("train",)), ("2", ("test",))]
    assert reading.ledger == {"documents that another part holds too, left out here": 1}


def test_brat_annotations_may_lie_in_another_folder(tmp_path: Path) -> None:
    """Texts and annotations are matched by name; hashes name both files."""
    for name, content in {"text/a.txt": "No rash", "ann/a.ann": "T1\tADR 3 7\trash\n"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    reading = public.load_brat(INFO, tmp_path / "text", "", annotations=tmp_path / "ann")
    assert reading.records == (Record("a", "No rash", (Span(3, 7, "ADR"),), "a"),)
    assert set(reading.files) == {"text/a.txt", "ann/a.ann"}
