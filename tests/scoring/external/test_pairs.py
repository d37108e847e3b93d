"""Gold and predictions that lie apart, in formats of documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adrbench.api import Span
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.scoring.external.pairs import read_pair
from adrbench.scoring.external.predictions import read_predictions

GOLD = [("a", "Rash and pain.", [[0, 4, "ADR"], [9, 13, "ADR"]]), ("b", "Well.", [])]


def jsonl(path: Path, documents: list[tuple[str, str | None, list[Any]]]) -> Path:
    """Write documents as JSON lines, without a text where it is None."""
    lines = []
    for name, text, spans in documents:
        value: dict[str, Any] = {"id": name, "spans": spans}
        lines.append(json.dumps(value if text is None else {**value, "text": text}))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("texts", [True, False])
def test_documents_are_matched_by_id(tmp_path: Path, texts: bool) -> None:
    """Predictions may stand in another order, and with or without their texts."""
    found = [("b", "Well." if texts else None, []), ("a", GOLD[0][1] if texts else None, [[0, 4, "ADR"]])]
    fold = read_pair(jsonl(tmp_path / "g.jsonl", [*GOLD]), jsonl(tmp_path / "p.jsonl", found), "jsonl", {}, Registry())
    assert [case.id for case in fold.cases()] == ["a", "b"]
    assert fold.documents[0].gold == (Span(0, 4, "ADR"), Span(9, 13, "ADR"))
    assert fold.documents[0].predicted == (Span(0, 4, "ADR"),)
    assert fold.labels == {"ADR"}


def test_documents_without_ids_are_matched_by_place(tmp_path: Path) -> None:
    """Lines that have no id are the same document in two files if they stand in the same place."""
    for name, tag in (("gold", "B-ADR"), ("system", "O")):
        lines = [{"tokens": ["No", "rash"], "tags": ["O", "B-ADR"]}, {"tokens": ["Pain"], "tags": [tag]}]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    fold = read_pair(tmp_path / "gold.jsonl", tmp_path / "system.jsonl", "jsonl", {}, Registry())
    assert [(len(case.gold), len(case.predicted)) for case in fold.cases()] == [(1, 1), (1, 0)]
    (tmp_path / "short.jsonl").write_text(json.dumps({"tokens": ["No", "rash"], "tags": ["O", "O"]}))
    with pytest.raises(InputError, match=r"short\.jsonl: document 'gold\.2' of .*gold\.jsonl missing"):
        read_pair(tmp_path / "gold.jsonl", tmp_path / "short.jsonl", "jsonl", {}, Registry())


def test_ids_that_agree_count_whatever_the_files_are_called(tmp_path: Path) -> None:
    """Ids of the file's own are never taken for places, even if they begin with its name."""
    gold = jsonl(tmp_path / "test.gold.jsonl", [("test.gold.1", "Rash.", [[0, 4, "ADR"]])])
    fold = read_pair(gold, jsonl(tmp_path / "test.jsonl", [("test.gold.1", "Rash.", [])]), "jsonl", {}, Registry())
    assert [case.id for case in fold.cases()] == ["test.gold.1"]


def test_words_are_found_for_evaluators_that_ask(tmp_path: Path) -> None:
    """The words of a document are those of the harness where the format fixes none."""
    gold = jsonl(tmp_path / "g.jsonl", [*GOLD])
    fold = read_pair(gold, gold, "jsonl", {}, Registry(), with_tokens=True)
    assert fold.documents[0].tokens == ((0, 4), (5, 8), (9, 13), (13, 14))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([("a", GOLD[0][1], [])], r"p\.jsonl: document 'b' of .*g\.jsonl missing$"),
        ([("9", GOLD[0][1], [])], r"p\.jsonl: documents 'a', 'b' of .* missing; its documents .* such as '9'$"),
        ([*GOLD, ("c", "More.", [])], r"p\.jsonl: document 'c' not in .*g\.jsonl"),
        ([("a", "Rash and PAIN.", []), GOLD[1]], r"p\.jsonl: document a: its text is not that of .* character 9 on"),
        ([("a", GOLD[0][1] + "!", []), GOLD[1]], r"document a: its text .* character 14 on"),
        ([("a", None, [[9, 15, "ADR"]]), ("b", None, [])], r"document a: a span ends at 15, but the text has 14"),
        ([("a", None, [[4, 4, "ADR"]]), ("b", None, [])], r"p\.jsonl:1: a span should be"),
        ([("a", None, [[0, "4", "ADR"]])], r"p\.jsonl:1: a span should be"),
        ([("a", None, [[0, 4, 7]])], r"p\.jsonl:1: a span should be"),
        ([("a", None, []), ("a", None, [])], r"p\.jsonl:2: the id 'a' stands there already"),
        ([("a", None, []), ("b", "Well.", [])], r"p\.jsonl:2: not an object"),
    ],
)
def test_what_does_not_fit_the_gold_is_an_error(tmp_path: Path, found: list[Any], message: str) -> None:
    """Missing and extra documents, other texts and impossible spans are named."""
    gold = jsonl(tmp_path / "g.jsonl", [*GOLD])
    with pytest.raises(InputError, match=message):
        read_pair(gold, jsonl(tmp_path / "p.jsonl", found), "jsonl", {}, Registry())


def test_bare_spans_may_be_discontinuous(tmp_path: Path) -> None:
    """Spans without a text come as lists or objects, with parts or without."""
    parts = [[0, 4], [9, 13]]
    spans = [[0, 13, "ADR", parts], {"start": 0, "end": 13, "label": "ADR", "parts": parts}, [0, 4, "ADR"]]
    [prediction] = read_predictions(jsonl(tmp_path / "p.jsonl", [("a", None, spans)]), "jsonl", {}, Registry())
    broken = Span(0, 13, "ADR", ((0, 4), (9, 13)))
    assert prediction.spans == (broken, broken, Span(0, 4, "ADR"))


def test_brat_folders(tmp_path: Path) -> None:
    """Two folders of brat, alike in their texts, are judged document by document."""
    for folder, annotation in (("gold", "T1\tADR 0 4\tRash\n"), ("system", "T1\tADR 9 13\tpain\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "d1.txt").write_text("Rash and pain.")
        (tmp_path / folder / "d1.ann").write_text(annotation)
    [case] = read_pair(tmp_path / "gold", tmp_path / "system", "brat", {}, Registry()).cases()
    assert (case.id, case.gold, case.predicted) == ("d1", (Span(0, 4, "ADR"),), (Span(9, 13, "ADR"),))
