"""From an entry of the benchmark file to a corpus, or to what stands in for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.load import read_dataset
from adrbench.errors import ConfigError, CorpusError, CorpusMissing, PluginError
from adrbench.plugins.registry import Registry

SENTENCE = "Tremor due to folexan."
LINE = f"12|{SENTENCE}|Tremor|0|6|folexan|14|21\n"
READER = """
from dataclasses import dataclass
from adrbench.api import DatasetPlugin

@dataclass(frozen=True)
class Params: pass

plugin = DatasetPlugin(name="mine", summary="s", params=Params, implementation="mine_reader:Reader")
"""


@pytest.fixture(autouse=True)
def _nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data folder and an empty cache."""
    monkeypatch.delenv("ADRBENCH_DATA", raising=False)
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))


def test_a_relative_path_starts_at_the_benchmark_file(tmp_path: Path) -> None:
    """The entry's own name, labels and filters are applied."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "DRUG-AE.rel").write_text(LINE)
    corpus = load_corpus(
        DatasetEntry(use="ade", name="mine", path="data", labels=("DRUG",)), tmp_path, Registry(), offline=True
    )
    assert (corpus.name, corpus.labels, corpus.counts["spans"], corpus.stand_in_for) == ("mine", ("DRUG",), 1, "")
    assert corpus.documents[0].document.text == SENTENCE


def test_a_corpus_gives_its_default_labels_where_none_are_named(tmp_path: Path) -> None:
    """ADE is about adverse reactions; drugs are there by choice."""
    (tmp_path / "DRUG-AE.rel").write_text(LINE)
    assert load_corpus(DatasetEntry(use="ade", path="."), tmp_path, Registry()).labels == ("ADR",)


def test_a_stand_in_keeps_its_own_name_and_says_why() -> None:
    """Its labels are its own; filters and limit hold for it, too."""
    entry = DatasetEntry(
        use="ade", name="big", labels=("DRUG", "ADR"), stand_in="adr-mini", params={"negatives": "drop"}
    )
    corpus = load_corpus(entry, Path(), Registry(), limit=30, offline=True)
    assert (corpus.name, corpus.info.name, corpus.stand_in_for) == ("adr-mini", "adr-mini", "big")
    assert corpus.reason == "ade: ADRBENCH_DATA is not set, not in the cache, and --offline forbids the download"
    assert (corpus.labels, corpus.counts["documents"]) == (("ADR",), 30)


def test_strict_forbids_a_stand_in() -> None:
    """Then it is an error that says both what is missing and what was forbidden."""
    with pytest.raises(
        CorpusError, match="--offline forbids the download; --strict forbids the stand-in 'adr-mini'"
    ) as caught:
        load_corpus(DatasetEntry(use="ade", stand_in="adr-mini"), Path(), Registry(), offline=True, strict=True)
    assert not isinstance(caught.value, CorpusMissing)


def test_without_a_stand_in_a_missing_corpus_is_an_error() -> None:
    """Nothing takes its place by itself."""
    with pytest.raises(CorpusMissing):
        load_corpus(DatasetEntry(use="ade"), Path(), Registry(), offline=True)


def test_a_wrong_path_gets_no_stand_in(tmp_path: Path) -> None:
    """A typing error must not turn into figures of another corpus."""
    with pytest.raises(CorpusError, match="no folder"):
        load_corpus(DatasetEntry(use="ade", path="none", stand_in="adr-mini"), tmp_path, Registry())


def test_wrong_parameters_are_named() -> None:
    """Also where no benchmark file was read before."""
    with pytest.raises(
        ConfigError, match=r"params\.negatives: input should be 'drop', 'unlabelled' or 'documents', not 'x'"
    ):
        read_dataset(Registry(), "ade", {"negatives": "x"})


@pytest.mark.parametrize("body", ["import no_such_library_anywhere\n", "raise RuntimeError('broken')\n"])
def test_a_reader_that_cannot_be_imported_is_a_clear_error(tmp_path: Path, install: object, body: str) -> None:
    """The plugin is named, with what its module said."""
    install("my-corpus", "mine_plugin", READER, "[adrbench.datasets]\nmine = mine_plugin:plugin\n")  # type: ignore[operator]
    (tmp_path / "site" / "mine_reader.py").write_text(body)
    with pytest.raises(
        PluginError, match=r"dataset 'mine': mine_reader:Reader cannot be imported: .*(no_such_library|broken)"
    ):
        read_dataset(Registry(), "mine")
