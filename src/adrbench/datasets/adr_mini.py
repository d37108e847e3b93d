"""adr-mini: a small embedded corpus of invented sentences, so that everything runs on a fresh machine, without network.

Written for adrbench, sentence by sentence, in the manner of case reports, drug labels and patient posts; CC0. The file
``adr_mini.txt`` is its own documentation: ``## id title`` opens a source, every other line is a sentence, mentions are
marked ``[words|LABEL]``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span

_FILE = "adr_mini.txt"
_MENTION = re.compile(r"\[([^\[\]|]+)\|([A-Z]+)\]")


@dataclass(frozen=True)
class AdrMiniParams:
    """The embedded corpus takes no parameters."""


plugin = DatasetPlugin(
    name="adr-mini",
    summary="embedded: invented case reports, drug labels and patient posts (CC0)",
    params=AdrMiniParams,
    implementation="adrbench.datasets.adr_mini:AdrMini",
    labels=("ADR",),
    embedded=True,
)


class AdrMini:
    """Reads the embedded file. The group of a sentence is its invented source."""

    info = DatasetInfo(
        name="adr-mini",
        version="1",
        licence="CC0-1.0",
        external="allowed",
        external_terms="CC0-1.0",
        citation="adrbench authors, adr-mini, an embedded corpus of invented sentences",
        labels=("ADR", "DRUG"),
    )

    def load(self, params: AdrMiniParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: None: the corpus is embedded.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: A path is given.
        """
        if path is not None:
            raise CorpusError("adr-mini is embedded and takes no path")
        data = resources.files("adrbench.datasets").joinpath(_FILE).read_bytes()
        records = tuple(parse(data.decode("utf-8").splitlines(), _FILE))
        return Reading(self.info, records, "embedded", {_FILE: hashlib.sha256(data).hexdigest()})


def parse(lines: Sequence[str], where: str) -> Iterator[Record]:
    """Read sentences of the inline format.

    Args:
        lines: The lines of the file.
        where: The name of the file, for messages.

    Yields:
        A record for each sentence.

    Raises:
        CorpusError: A mark cannot be read. The message has the line.

    >>> [record] = parse(["## x-1 A title", "No [rash|ADR] before."], "example")
    >>> record.text, record.spans
    ('No rash before.', (Span(start=3, end=7, label='ADR'),))
    """
    source = ""
    count = 0
    for number, line in enumerate(lines, 1):
        if line.startswith("## "):
            source, count = line[3:].split(" ", 1)[0], 0
        elif line.strip() and not line.startswith("# "):
            if not source:
                raise CorpusError(f"{where}:{number}: a sentence before the first '## id title'")
            count += 1
            text, spans = _unmark(line.strip(), f"{where}:{number}")
            yield Record(f"{source}.{count}", text, spans, source)


def _unmark(marked: str, where: str) -> tuple[str, tuple[Span, ...]]:
    text = ""
    spans = []
    last = 0
    for match in _MENTION.finditer(marked):
        text += marked[last : match.start()]
        spans.append(Span(len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        last = match.end()
    text += marked[last:]
    if any(character in text for character in "[]|"):
        raise CorpusError(f"{where}: a bracket or bar outside of a mark '[words|LABEL]'")
    return text, tuple(spans)
