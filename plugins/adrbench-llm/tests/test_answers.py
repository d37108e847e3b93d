"""Answers in three forms, also broken ones."""

from __future__ import annotations

import pytest

from adrbench.api import Span
from adrbench_llm.alignment import align
from adrbench_llm.answers import Output, read, response_format, write

LABELS = ("ADR", "DRUG")
TEXT = "A mild rash (p<0.05) after Zelanol."
SPANS = (Span(7, 11, "ADR"), Span(27, 34, "DRUG"))


@pytest.mark.parametrize("output", ["schema", "json", "markup"])
def test_an_answer_that_is_right_is_read_back(output: Output) -> None:
    """Also in a code fence, and after thoughts."""
    right = write(output, TEXT, SPANS)
    for content in (right, f"```json\n{right}\n```", f"<think>a rash?\n</think>\n\n{right}", f"\n{right} \n"):
        answer = read(output, content, LABELS, TEXT)
        assert answer is not None
        assert align(TEXT, answer.quotes, LABELS, answer.copy).spans == SPANS


@pytest.mark.parametrize(
    "content",
    [
        "",
        "There is none.",
        '{"mentions": [{"label": "ADR", "text": "rash"}',
        '{"mentions": [{"label": "ADR"}]}',
        '{"mentions": [{"label": "ADR", "text": 7}]}',
        '{"mentions": ["rash"]}',
        '{"mentions": {"label": "ADR", "text": "rash"}}',
        '{"other": []}',
        "[" * 100_000,
        '{"mentions": ' + "9" * 10_000 + "}",
        "null",
    ],
)
def test_json_of_another_form_is_unparsable(content: str) -> None:
    """It is no empty answer."""
    assert read("json", content, LABELS, TEXT) is None


def test_json_may_be_a_list_or_have_words_before_it() -> None:
    """Models without a schema do that."""
    for content in ('[{"label": "ADR", "text": "rash"}]', 'Here:\n{"mentions": [{"text": "rash", "label": "ADR"}]} ok'):
        answer = read("json", content, LABELS, TEXT)
        assert answer is not None
        assert [quote.text for quote in answer.quotes] == ["rash"]


@pytest.mark.parametrize("content", ["<ADR>rash", "rash</ADR>", "<ADR>rash</DRUG>", "<ADR><DRUG>rash</ADR></DRUG>"])
def test_tags_that_do_not_match_are_unparsable(content: str) -> None:
    """Nothing of such an answer is used."""
    assert read("markup", content, LABELS, TEXT) is None


def test_tags_of_the_text_are_text() -> None:
    """Tags of other labels are quotes with a foreign label."""
    text = "The <b>rash</b> after Zelanol"
    answer = read("markup", "The <b><adr>rash</adr></b> after <CHEMICAL>Zelanol</CHEMICAL>", LABELS, text)
    assert answer is not None
    assert answer.copy == text
    alignment = align(text, answer.quotes, LABELS, answer.copy)
    assert (alignment.spans, alignment.foreign_label) == ((Span(7, 11, "ADR"),), 1)


def test_marked_text_is_aligned_although_the_model_changed_it() -> None:
    """The second pain of the copy is the second of the text."""
    text = "No pain  at first, then   pain and Rash."
    answer = read("markup", "No pain at first; then <ADR>pain</ADR> and a <ADR>rash</ADR>!", LABELS, text)
    assert answer is not None
    alignment = align(text, answer.quotes, LABELS, answer.copy)
    assert alignment.spans == (Span(26, 30, "ADR"), Span(35, 39, "ADR"))
    assert alignment.ambiguous == 0


def test_a_schema_lists_the_labels() -> None:
    """Markup has none."""
    schema = response_format("schema", LABELS)
    assert schema is not None
    assert (
        list(LABELS)
        == schema["json_schema"]["schema"]["properties"]["mentions"]["items"]["properties"]["label"]["enum"]
    )
    assert response_format("json", LABELS) == {"type": "json_object"}
    assert response_format("markup", LABELS) is None
