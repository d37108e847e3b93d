"""The sets of Crichton et al. (2017): where files are looked for, and what they hold. The sentences are invented."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest

from adrbench.api import CorpusMissing, DatasetInfo, DatasetPlugin
from adrbench_biomed import mtl
from adrbench_biomed.mtl import MtlParams, read_mtl

PLUGINS = (mtl.bc2gm, mtl.bc4chemd, mtl.jnlpba, mtl.linnaeus, mtl.s800)
INFO = DatasetInfo("mine", "", "", "", ("Gene",))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``ADRBENCH_DATA``, and an empty cache."""
    monkeypatch.setenv("ADRBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "data"


def put(folder: Path, label: str = "-GENE") -> Path:
    """Write the three files of a set, with one mention of two tokens each."""
    folder.mkdir(parents=True)
    for name in ("train", "devel", "test"):
        (folder / f"{name}.tsv").write_text(f"the\tO\nfoxl\tB{label}\n2\tI{label}\n\n{name}\tO\n")
    return folder


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_every_set_reads_its_three_parts(plugin: DatasetPlugin, tmp_path: Path) -> None:
    """What an entry point names can be built, and reads train, devel and test of the folder it is given."""
    module, _, name = plugin.implementation.partition(":")
    corpus = getattr(import_module(module), name)()
    reading = corpus.load(plugin.params(), put(tmp_path / "set"), offline=True)
    assert [(r.id, r.parts, r.text) for r in reading.records[::2]] == [
        ("train.1", ("train",), "the foxl 2"),
        ("dev.1", ("dev",), "the foxl 2"),
        ("test.1", ("test",), "the foxl 2"),
    ]
    assert reading.info.name == plugin.name
    assert reading.info.labels == ("GENE",)
    assert list(reading.files) == ["train.tsv", "devel.tsv", "test.tsv"]


def test_bare_tags_take_the_label_of_the_set(tmp_path: Path) -> None:
    """BioBERT's release, whose tags are B and I alone, has the mentions of the set under its one label."""
    reading = read_mtl("BC2GM-IOB", put(tmp_path / "set", label=""), offline=True, info=INFO)
    assert [(s.start, s.end, s.label) for s in reading.records[0].spans] == [(4, 10, "Gene")]


def test_a_set_is_looked_for_under_its_name_and_under_mtl(data: Path) -> None:
    """``ADRBENCH_DATA`` may hold a set by its own name or as the repository has it; its own name comes first."""
    put(data / "mtl" / "BC2GM-IOB")
    assert read_mtl("BC2GM-IOB", None, offline=True, info=INFO).origin == "ADRBENCH_DATA/mtl/BC2GM-IOB"
    put(data / "mine")
    assert read_mtl("BC2GM-IOB", None, offline=True, info=INFO).origin == "ADRBENCH_DATA/mine"


@pytest.mark.usefixtures("data")
def test_a_set_that_is_nowhere_says_how_to_get_it() -> None:
    """Without a copy the offline switch is named; where there is no address, where to ask."""
    with pytest.raises(CorpusMissing, match=r"mtl/BC2GM-IOB: .*--offline forbids the download"):
        mtl.Bc2gm().load(MtlParams(), None, offline=True)
    with pytest.raises(CorpusMissing, match=r"Take the folder s800 of NERdata\.zip"):
        mtl.S800().at_hand()


def test_the_card_of_linnaeus_puts_the_published_counts_right() -> None:
    """The release's development part is the smaller one; the paper's table has them swapped, and the card says so."""
    info = mtl.Linnaeus.info
    assert (info.published["documents dev"], info.published["documents test"]) == (4077, 7141)
    assert "swapped" in info.note


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpora")
@pytest.mark.parametrize(
    ("folder", "sentences", "spans"),
    [
        ("BC2GM-IOB", (12574, 2519, 5038), (15197, 3061, 6325)),
        ("NCBI-disease-IOB", (5424, 923, 940), (5134, 787, 960)),
        ("BC5CDR-disease-IOB", (4560, 4581, 4797), (4182, 4246, 4424)),
        ("BC5CDR-chem-IOB", (4560, 4581, 4797), (5203, 5347, 5385)),
    ],
)
def test_the_files_at_hand(folder: str, sentences: tuple[int, ...], spans: tuple[int, ...]) -> None:
    """Sentences and mentions of each part; every tag is good IOB2, and the bytes are the pinned ones."""
    reading = read_mtl(folder, None, offline=True, info=INFO)
    parts = [[r for r in reading.records if r.parts == (part,)] for part in ("train", "dev", "test")]
    assert tuple(len(part) for part in parts) == sentences
    assert tuple(sum(len(r.spans) for r in part) for part in parts) == spans
    assert reading.ledger == {"files read as IOB2": 3}
    assert tuple(reading.files.values()) == mtl._HASHES[folder]
