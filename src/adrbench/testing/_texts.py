"""Made-up texts: a small task that any method can learn, and texts at which methods break."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from adrbench.api import Annotated, Document, Span

LABELS = ("ADR", "DRUG")

# In English and in German; {r} is a reaction, {d} a drug.
_TEMPLATES = (
    "After two days on {d} she complained of {r} .",
    "{d} was stopped because of {r} and {r} .",
    "There was no trouble with {d} at any dose .",
    "He woke with {r} , a day after the last {d} .",
    "The {r} went away when {d} was given at night .",
    "Nothing else was noted at the visit in May .",
    "Unter {d} kam es am dritten Tag zu {r} .",
    "Wegen {r} wurde {d} abgesetzt .",
    "Eine Kontrolle nach zwei Wochen blieb ohne Befund .",
)
# Neither corpus has a word of the other's.
_REACTIONS = {
    "first": ("marsh fever", "blue tongue", "Zittergang", "cold knees"),
    "second": ("severe headache", "itchy rash", "Schwindel", "nausea"),
}
_DRUGS = {"first": ("Orvanil", "Tezepram", "Lumoxin"), "second": ("Zelanol", "Morvidine", "Pelutrin")}
_WORD = re.compile(r"\w+|[^\w\s]")


def document(text: str, name: str, group: str = "") -> Document:
    """A document of a text, its tokens being words and single marks."""
    return Document(name, text, tuple(match.span() for match in _WORD.finditer(text)), group or name)


def corpus(which: str, count: int = 27, seed: int = 1) -> tuple[Annotated, ...]:
    """Annotated sentences of the ``first`` or the ``second`` corpus; three sentences a group."""
    draw = random.Random(f"{which} {seed}")
    return tuple(
        _sentence(_TEMPLATES[i % len(_TEMPLATES)], which, f"{which}.{i}", f"{which}-{i // 3}", draw)
        for i in range(count)
    )


def _sentence(template: str, which: str, name: str, group: str, draw: random.Random) -> Annotated:
    text, spans = "", []
    for part in re.split(r"(\{[rd]\})", template):
        label = {"{r}": "ADR", "{d}": "DRUG"}.get(part)
        words = draw.choice((_REACTIONS if label == "ADR" else _DRUGS)[which]) if label else part
        if label:
            spans.append(Span(len(text), len(text) + len(words), label))
        text += words
    return Annotated(document(text, name, group), tuple(spans))


def questions() -> tuple[Document, ...]:
    """Texts to predict on: sentences of both corpora, under ids of their own, some joined, some in capitals."""
    mixed = [*corpus("second", 18, seed=2), *corpus("first", 9, seed=3)]
    random.Random(4).shuffle(mixed)
    single = [document(a.document.text, f"question.{i}") for i, a in enumerate(mixed)]
    joined = [" ".join(d.text for d in single[i : i + 4]) for i in range(0, 12, 4)]
    loud = [d.text.upper() for d in single[:6]]
    return (*single, *(document(text, f"question.more.{i}") for i, text in enumerate((*joined, *loud))))


def without_gold(train: Iterable[Annotated]) -> list[Annotated]:
    """The same documents, without a span."""
    return [Annotated(a.document, ()) for a in train]


def of_label(train: Iterable[Annotated], label: str) -> list[Annotated]:
    """The same documents with spans of one label only."""
    return [Annotated(a.document, tuple(s for s in a.spans if s.label == label)) for a in train]


def _odd(*texts: str) -> list[Document]:
    return [document(text, f"odd.{i}") for i, text in enumerate(texts)]


def odd(what: str) -> tuple[Document, ...]:
    """Documents at which methods break, by what is odd about them."""
    made: Sequence[Document]
    match what:
        case "empty":
            made = _odd("")
        case "one-character":
            made = _odd("a", ".", "7", "é")
        case "very-long":
            sentence = " ".join(a.document.text for a in corpus("second"))
            # One of many words, one that is a single word.
            made = _odd(" ".join([sentence] * 15), "nausea" * 1500)
        case "emoji":
            made = _odd("😀", "Nausea 🤢 since Zelanol 👩‍⚕️ 👍🏽 .", "e\u0301 n\u0303 🇩🇪 itchy rash")
        case "right-to-left":
            made = _odd("שלום עולם", "بعد يومين من Zelanol كان هناك nausea .", "\u202eZelanol\u202c")
        case "whitespace":
            made = _odd(" ", "\n\t \r\n", "\u00a0\u2003\u200b")
        case _:  # no tokens, although there is text
            made = [Document("odd.bare", "nausea after Zelanol", (), "odd.bare"), document("nausea", "odd.words")]
    return tuple(made)
