"""Tagged texts for reading: pages of highlighted mentions, each a file that needs no other and no network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise

from adrbench._system.version import __version__
from adrbench.api import Record, Span
from adrbench.reporting.rendering import environment
from adrbench.results.schema import TaggerRecord

# Control characters, which HTML does not allow. White space is none of them.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
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
    from markupsafe import Markup  # noqa: PLC0415

    template = environment().get_template("tagged.html.jinja")
    script = _file("page.js") + _file("tagged.js")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    fixed = {
        "version": __version__,
        "tagger": record.tagger or record.use,
        "colours": {label: number % _COLOURS for number, label in enumerate(record.labels)},
        "style": Markup(_file("style.css") + _file("tagged.css")),  # noqa: S704  (our own files)
        "script": Markup(script),  # noqa: S704
        # Our script may run by its hash alone, so nothing that slipped into the page ever could.
        "policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; "
        "base-uri 'none'; form-action 'none'",
    }

    def render(number: int, records: Sequence[Record], last: bool) -> tuple[str, str]:
        counts = Counter(span.label for one in records for span in one.spans)
        page = template.render(
            fixed,
            number=number,
            texts=[(one.id, list(stretches(one.text, one.spans)), {s.label for s in one.spans}) for one in records],
            counts={label: counts[label] for label in record.labels},
            before=_name(number - 1) if number > 1 else "",
            after="" if last else _name(number + 1),
        )
        return _name(number), _CONTROL.sub("\ufffd", page)

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


def _file(name: str) -> str:
    return resources.files("adrbench.reporting").joinpath(name).read_text(encoding="utf-8")
