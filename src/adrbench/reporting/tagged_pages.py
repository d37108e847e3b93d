"""Tagged texts for reading: pages of highlighted mentions, each a file that needs no other and no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from adrbench.api import Record, Span
from adrbench.reporting._html import page_maker
from adrbench.results.schema import TaggerRecord

# As many as the style has.
_COLOURS = 7


@dataclass(frozen=True)
class Stretch:
    """A run of characters inside the same mentions.

    Attributes:
        text: The characters.
        labels: The labels of the mentions around it.
        ending: What to print behind it: the label, and the score if there is one, of each mention that ends here.
    """

    text: str
    labels: tuple[str, ...] = ()
    ending: tuple[tuple[str, str], ...] = ()


def make_pages(record: TaggerRecord) -> Callable[[int, Sequence[Record], bool], tuple[str, str]]:
    """Make what renders the pages of a run.

    Args:
        record: The tagger that tags.

    Returns:
        A function from the number of a page, from 1, its texts, and whether it is the last one, to the name of its file
        and its HTML.
    """
    page = page_maker("tagged.html.jinja", styles=("style.css", "tagged.css"), scripts=("page.js", "tagged.js"))
    colours = {label: number % _COLOURS for number, label in enumerate(record.labels)}

    def render(number: int, records: Sequence[Record], last: bool) -> tuple[str, str]:
        counts = Counter(span.label for one in records for span in one.spans)
        html = page(
            tagger=record.tagger or record.use,
            colours=colours,
            number=number,
            texts=[(one.id, list(stretches(one.text, one.spans)), {s.label for s in one.spans}) for one in records],
            counts={label: counts[label] for label in record.labels},
            before=_name(number - 1) if number > 1 else "",
            after="" if last else _name(number + 1),
        )
        return _name(number), html

    return render


def stretches(text: str, spans: Sequence[Span]) -> Iterator[Stretch]:
    """Cut a text where mentions begin and end.

    >>> [(one.text, one.labels) for one in stretches("a bad rash", [Span(2, 10, "ADR"), Span(6, 10, "SIGN")])]
    [('a ', ()), ('bad ', ('ADR',)), ('rash', ('ADR', 'SIGN'))]

    Args:
        text: The text.
        spans: The mentions; they may overlap or have several parts.

    Yields:
        All of the text, in order.
    """
    ranges = [(start, end, span) for span in spans for start, end in span.parts or ((span.start, span.end),)]
    begins: dict[int, list[Span]] = {}
    ends: dict[int, list[Span]] = {}
    for start, end, span in ranges:
        begins.setdefault(start, []).append(span)
        ends.setdefault(end, []).append(span)
    edges = sorted({0, len(text), *begins, *ends})
    open_: list[Span] = []
    for start, end in pairwise(edges):
        for span in ends.get(start, ()):
            open_.remove(span)
        open_ += begins.get(start, ())
        ending = tuple((span.label, _score(span)) for span in ends.get(end, ()))
        yield Stretch(text[start:end], tuple(span.label for span in open_), ending)


def _score(span: Span) -> str:
    return "" if span.score is None else f"{span.score:.2f}"


def _name(number: int) -> str:
    """The file of a page; a browser looks for the first one's name by itself."""
    return "index.html" if number == 1 else f"page-{number}.html"
