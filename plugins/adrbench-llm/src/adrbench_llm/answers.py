"""What a model may answer: how it is told to, what an example's answer looks like, and how an answer is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from adrbench.api import Span
from adrbench_llm.alignment import Quote

Output = Literal["schema", "json", "markup"]

_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\s*```[\w-]*\n(.*?)\n?```\s*", re.DOTALL)
_TAG = re.compile(r"<(/?)([^<>\n]{1,100})>")
_MENTIONS = "mentions"


@dataclass(frozen=True)
class Answer:
    """An answer that could be read.

    Attributes:
        quotes: Its mentions, in order.
        copy: The model's copy of the text, for ``markup``.
    """

    quotes: tuple[Quote, ...]
    copy: str = ""


def instruction(output: Output, labels: Sequence[str]) -> str:
    """Say which form the answer should have.

    Args:
        output: The form.
        labels: The labels to predict.

    Returns:
        One or two sentences.
    """
    if output == "markup":
        tags = " or ".join(f"<{label}>…</{label}>" for label in labels)
        return (
            f"Answer with the text itself, unchanged, and put each mention in tags: {tags}. Write nothing before or "
            "after it."
        )
    form = '{"mentions": [{"label": "LABEL", "text": "quote"}]}'
    return f"Answer with JSON of this form and nothing else: {form}. If there is no mention, the list is empty."


def response_format(output: Output, labels: Sequence[str]) -> Mapping[str, Any] | None:
    """Give the endpoint's ``response_format``.

    Args:
        output: The form.
        labels: The labels to predict.

    Returns:
        A JSON schema in which labels are an enumeration for ``schema``, the mode ``json_object`` for ``json``, and None
        for ``markup``.
    """
    if output == "markup":
        return None
    if output == "json":
        return {"type": "json_object"}
    item = {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": list(labels)}, "text": {"type": "string"}},
        "required": ["label", "text"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {_MENTIONS: {"type": "array", "items": item}},
        "required": [_MENTIONS],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": _MENTIONS, "strict": True, "schema": schema}}


def write(output: Output, text: str, spans: Iterable[Span]) -> str:
    """Write the right answer for a text, as an example shows it.

    Args:
        output: The form.
        text: The text.
        spans: Its gold. Of overlapping spans ``markup`` shows the first.

    Returns:
        The answer.

    >>> write("markup", "Mild rash.", [Span(5, 9, "ADR")])
    'Mild <ADR>rash</ADR>.'
    """
    if output != "markup":
        mentions = [{"label": span.label, "text": text[span.start : span.end]} for span in sorted(spans)]
        return json.dumps({_MENTIONS: mentions}, ensure_ascii=False)
    parts, at = [], 0
    for span in sorted(spans):
        if span.start >= at:
            parts += [text[at : span.start], f"<{span.label}>", text[span.start : span.end], f"</{span.label}>"]
            at = span.end
    return "".join([*parts, text[at:]])


def read(output: Output, content: str, labels: Sequence[str], text: str) -> Answer | None:
    """Read an answer. A model's thoughts before it and a code fence around it are left out.

    Args:
        output: The form that was asked for.
        content: The answer.
        labels: The labels that were asked for.
        text: The text that was asked about.

    Returns:
        Its quotes; None if it does not have the form.
    """
    content = _THOUGHT.sub("", content, count=1) if _THOUGHT.match(content) else content
    if fenced := _FENCE.fullmatch(content):
        content = fenced[1]
    return _read_markup(content, labels, text) if output == "markup" else _read_json(content)


def _read_json(content: str) -> Answer | None:
    start = min((at for at in (content.find("{"), content.find("[")) if at >= 0), default=-1)
    try:
        value, _ = json.JSONDecoder().raw_decode(content, start) if start >= 0 else (None, 0)
    except (ValueError, RecursionError):
        return None
    mentions = value.get(_MENTIONS) if isinstance(value, dict) else value
    if not isinstance(mentions, list):
        return None
    quotes = []
    for mention in mentions:
        label, text = (mention.get("label"), mention.get("text")) if isinstance(mention, dict) else (None, None)
        if not isinstance(label, str) or not isinstance(text, str):
            return None
        quotes.append(Quote(label, text))
    return Answer(tuple(quotes))


def _read_markup(content: str, labels: Sequence[str], text: str) -> Answer | None:
    """Tags that the text itself holds are text, unless they are labels."""
    known = {label.casefold() for label in labels}
    copy: list[str] = []
    length = at = 0
    open_tags: list[tuple[str, int]] = []
    ranges: list[tuple[int, int, str]] = []
    for tag in _TAG.finditer(content):
        closing, name = tag[1], tag[2].strip()
        if name.casefold() not in known and tag[0] in text:
            continue
        copy.append(content[at : tag.start()])
        length += tag.start() - at
        at = tag.end()
        if not closing:
            open_tags.append((name, length))
        elif open_tags and open_tags[-1][0].casefold() == name.casefold():
            label, start = open_tags.pop()
            ranges.append((start, length, label))
        else:
            return None
    if open_tags:
        return None
    whole = "".join([*copy, content[at:]])
    quotes = tuple(Quote(label, whole[start:end], start) for start, end, label in sorted(ranges))
    return Answer(quotes, whole)
