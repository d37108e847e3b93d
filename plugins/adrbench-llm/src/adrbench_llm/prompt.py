"""The prompt: a template of the benchmark file, filled with labels, examples and a text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from adrbench_llm.answers import Output, instruction, write
from adrbench_llm.pieces import Example

PLACEHOLDERS = ("labels", "format", "examples", "text")

DEFAULT = """Find all mentions of these types in a text.

{labels}

Quote each mention exactly as the text spells it, in the order of the text. If a mention occurs twice, quote it twice. \
Mentions do not overlap. {format}

{examples}Text:
{text}"""

_PLACE = re.compile(r"\{(\w+)\}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def problem(template: str, *, shots: int) -> str | None:
    """Check a template.

    Args:
        template: The template, with placeholders such as ``{text}``. Other braces stand for themselves.
        shots: How many examples a prompt has.

    Returns:
        What is wrong with it, or None.
    """
    names = _PLACE.findall(template)
    for name in names:
        if name not in PLACEHOLDERS:
            near = difflib.get_close_matches(name, PLACEHOLDERS, n=1)
            hint = f"did you mean {{{near[0]}}}?" if near else "valid: " + ", ".join(f"{{{n}}}" for n in PLACEHOLDERS)
            return f"has the unknown placeholder {{{name}}}; {hint}"
    needed = ("labels", "text", *(("examples",) if shots else ()))
    for name in needed:
        if name not in names:
            return f"needs the placeholder {{{name}}}" + ("" if name != "examples" else ", since shots is above 0")
    return None


def fill(
    template: str,
    *,
    labels: Sequence[str],
    definitions: Mapping[str, str],
    output: Output,
    examples: Iterable[Example],
    text: str,
) -> str:
    """Make the prompt of a text.

    Args:
        template: A template without a problem.
        labels: The labels to predict.
        definitions: Their definitions, of those that have one.
        output: The form of the answer.
        examples: The examples, in order.
        text: The text.

    Returns:
        The prompt. Lone surrogates, which no server takes, are replaced.
    """
    shown = "".join(f"Text:\n{e.text}\nAnswer:\n{write(output, e.text, e.spans)}\n\n" for e in examples)
    parts = {
        "labels": "\n".join(f"- {n}: {definitions[n]}" if n in definitions else f"- {n}" for n in labels),
        "format": instruction(output, labels),
        "examples": shown,
        "text": text,
    }
    # In one pass: what a text holds in braces is no placeholder.
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _PLACE.sub(lambda place: parts[place[1]], template))
