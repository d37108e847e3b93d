"""The kit on corpus readers: each check catches the wrong one, and those of adrbench itself pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from wrong_ways import cases

from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry
from adrbench.testing import DatasetConformance, check_dataset, checks_of

Put = Callable[[str, str], None]
POINTS = """[adrbench.datasets]
invented = wrong_datasets:plugin
fetched = wrong_datasets:fetched
mislabelled = wrong_datasets:mislabelled
"""
WRONG = [
    ("raise", "loads", "ZeroDivisionError: as asked"),
    ("crash", "loads", "exit code 3"),
    ("nothing", "loads", "there is no text in it"),
    ("list", "loads", "load gave list"),
    ("outside", "offsets", "the span"),
    ("parts", "offsets", "parts that are out of order"),
    ("tokens", "offsets", "the token 0-2"),
    ("same id", "ids", "'s0'"),
    ("empty id", "ids", "empty id"),
    ("no group", "groups", "'s2' has no group"),
    ("undeclared", "labels", "['DRUG'] are not among"),
    ("slash", "labels", "'A/B'"),
    ("no licence", "card", "no licence"),
    ("changing", "deterministic", "text 's0' differs"),
    ("changing ledger", "deterministic", "ledger"),
    ("calls", "offline", "tried to reach 127.0.0.1"),
    ("swallows", "offline", "tried to reach corpus.invalid"),
    ("key error", "offline", "raised KeyError, not CorpusMissing"),
    ("missing", "offline", "the description says that it is embedded"),
    ("ignores the path", "missing-path", "the path is ignored"),
    ("open", "missing-path", "raises FileNotFoundError"),
    ("prints", "silent", "'reading"),
]
SLOW = pytest.mark.slow  # as the others, in processes
FORMS = (*(pytest.param(name, marks=SLOW) for name in ("bioc", "conll", "pubtator")), "brat", "jsonl")
CORPORA = [
    name
    for name in Registry().names("datasets")
    if Registry().describe("datasets", name).implementation.startswith("adrbench.")
]


@pytest.mark.parametrize(("way", "check", "words"), cases(WRONG))
def test_what_is_wrong_is_caught(put: Put, way: str, check: str, words: str) -> None:
    """A reader that is wrong in one way fails the check for it, which says what it saw."""
    put("wrong_datasets", POINTS)
    [verdict] = check_dataset("invented", {"way": way}, only=[check])
    assert verdict.status == "failed"
    assert words in verdict.detail


def test_every_check_has_a_wrong_reader() -> None:
    """No check is without a reader that fails it; that of the description is the same as for taggers."""
    assert {check.id for check in checks_of("dataset")} == {check for _, check, _ in WRONG} | {"light-description"}


def test_a_right_reader_passes_every_check(put: Put) -> None:
    """A reader that keeps its contract passes them all."""
    put("wrong_datasets", POINTS)
    assert {verdict.status for verdict in check_dataset("invented")} == {"passed"}


def test_a_label_that_only_the_description_has_is_caught(put: Put) -> None:
    """The labels of the description must be labels of the corpus."""
    put("wrong_datasets", POINTS)
    [verdict] = check_dataset("mislabelled", only=["labels"])
    assert verdict.status == "failed"
    assert "the description's labels ['DRUG']" in verdict.detail


def test_a_corpus_that_is_not_here_is_skipped_but_for_its_manners(put: Put) -> None:
    """What cannot be had cannot be looked at; that it says so, without a call, is checked all the same."""
    put("wrong_datasets", POINTS)
    verdicts = {verdict.check: verdict for verdict in check_dataset("fetched", {"way": "missing"})}
    assert verdicts["loads"].status == "skipped"
    assert "looked for in no place" in verdicts["loads"].detail
    assert verdicts["offline"].status == "passed"


class TestAdrMini(DatasetConformance):
    """The embedded corpus, as a plugin's own tests would check it."""

    name = "adr-mini"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in {"adr-mini", "conll"} else SLOW) for name in CORPORA]
)
def test_readers_of_adrbench_are_light_and_stay_offline(name: str) -> None:
    """Every reader of adrbench says that its corpus is missing where it is, without calling anybody."""
    checks = ["light-description", "offline", "missing-path"]
    assert [(v.status, v.detail) for v in check_dataset(name, only=checks) if v.status != "passed"] == []


def made_up() -> Reading:
    """A reading of two sentences, which any form can hold."""
    records = tuple(
        Record(str(i), text, (Span(2, 2 + length, "ADR"),), str(i), parts=("train",))
        for i, (text, length) in enumerate([("A rash was seen .", 4), ("A dry mouth for two days .", 9)], 1)
    )
    return Reading(DatasetInfo("made-up", "1", "CC0-1.0", "", ("ADR",)), records, "made up", {})


@pytest.mark.parametrize("form", FORMS)
def test_forms_that_adrbench_writes_pass(form: str, tmp_path: Path) -> None:
    """Every reader of a form passes every check on files that its writer wrote."""
    implementation(Registry().describe("datasets", form).writer)(made_up(), tmp_path / "files")
    passes(form, tmp_path / "files")


def passes(form: str, path: Path, params: Mapping[str, object] | None = None) -> None:
    """No check fails or is skipped."""
    verdicts = check_dataset(form, params, path=path)
    assert [(v.check, v.status, v.detail) for v in verdicts if v.status != "passed"] == []
    assert len(verdicts) == len(checks_of("dataset"))


def test_parquet_files_pass(tmp_path: Path) -> None:
    """A folder of parquet files with words and tags."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"id": ["1"], "tokens": [["A", "rash"]], "ner_tags": [["O", "B-ADR"]]})
    parquet.write_table(table, tmp_path / "train.parquet")
    passes("huggingface", tmp_path)


def test_a_form_without_files_is_skipped() -> None:
    """Without a path there is nothing to read, and the verdict asks for one."""
    [verdict] = check_dataset("jsonl", only=["loads"])
    assert (verdict.status, verdict.detail) == ("skipped", "a format needs files: give a path")


def test_a_file_that_breaks_the_form_fails_the_gate(tmp_path: Path) -> None:
    """The reader's own error is what the verdict says."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "A rash", "spans": [[2, 60, "ADR"]]}))
    first, *others = check_dataset("jsonl", path=tmp_path / "a.jsonl", only=["loads", "ids"])
    assert first.status == "failed"
    assert "a.jsonl" in first.detail
    assert [verdict.status for verdict in others] == ["skipped"]
