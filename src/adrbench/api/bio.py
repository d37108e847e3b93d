"""Tags for tokens and spans for characters: the two views of a flat annotation."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal

from adrbench.api.text import Span

Scheme = Literal["BIO", "BIOES"]
Orphans = Literal["begin", "reject"]
Tokens = Sequence[tuple[int, int]]


def tag_set(labels: Iterable[str], scheme: Scheme = "BIO") -> list[str]:
    """List every tag of a scheme.

    Args:
        labels: The labels.
        scheme: ``BIO`` or ``BIOES``.

    Returns:
        The tags, ``O`` first, then those of each label in turn.

    >>> tag_set(["ADR"])
    ['O', 'B-ADR', 'I-ADR']
    """
    prefixes = "BI" if scheme == "BIO" else "BIES"
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in prefixes)]


def encode(tokens: Tokens, spans: Iterable[Span], scheme: Scheme = "BIO") -> list[str]:
    """Tag each token. A span covers every token that it touches; of overlapping spans the longest wins, then the first.

    Tags cannot hold a boundary inside a token, or an overlap. Decoding such tags gives other spans back. Scoring uses
    the original spans, so the loss counts as a miss.

    Args:
        tokens: Character ranges ``(start, end)``, end exclusive, in order.
        spans: The spans, in any order. Their parts play no role: only ``start`` and ``end`` do.
        scheme: ``BIO`` or ``BIOES``.

    Returns:
        One tag for each token.
    """
    tags = ["O"] * len(tokens)
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start, s.label)):
        covered = range(bisect_right(ends, span.start), bisect_left(starts, span.end))
        if not covered or any(tags[i] != "O" for i in covered):
            continue
        for i in covered:
            tags[i] = f"I-{span.label}"
        tags[covered[0]] = f"B-{span.label}"
        if scheme == "BIOES":
            tags[covered[-1]] = f"E-{span.label}"
            if len(covered) == 1:
                tags[covered[0]] = f"S-{span.label}"
    return tags


def decode(tokens: Tokens, tags: Sequence[str], orphans: Orphans = "begin") -> list[Span]:
    """Read spans off a tag sequence, BIO or BIOES: those of ``chunks``, in characters.

    Args:
        tokens: Character ranges ``(start, end)``, end exclusive, in order.
        tags: One tag for each token.
        orphans: As for ``chunks``.

    Returns:
        The spans, in order of appearance.

    Raises:
        ValueError: There is not exactly one tag for each token, or a tag of no known scheme.
    """
    if len(tokens) != len(tags):
        raise ValueError(f"{len(tags)} tags for {len(tokens)} tokens")
    return [Span(tokens[first][0], tokens[last][1], label) for first, last, label in chunks(tags, orphans)]


def chunks(tags: Sequence[str], orphans: Orphans = "begin") -> list[tuple[int, int, str]]:
    """Read runs of tokens off a tag sequence, BIO or BIOES. Each run is a span.

    Args:
        tags: One tag for each token.
        orphans: How to read an orphan, a continuation without a matching begin. ``begin``: it starts a span, as in
            conlleval and in seqeval's default mode. ``reject``: it is in no span, as in seqeval's strict IOB2 mode.

    Returns:
        For each span, in order of appearance, the number of its first token, that of its last token, and its label.

    Raises:
        ValueError: There is a tag of no known scheme.

    >>> chunks(["O", "B-ADR", "I-ADR", "B-ADR"])
    [(1, 2, 'ADR'), (3, 3, 'ADR')]
    """
    runs: list[tuple[int, int, str]] = []
    first: int | None = None
    label = ""
    for i, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        if prefix not in {"O", "B", "I", "E", "S"} or (prefix != "O" and not name):
            raise ValueError(f"tag {i} is {tag!r}, not one of O, B-, I-, E-, S-LABEL")
        continues = prefix in {"I", "E"} and first is not None and name == label
        if first is not None and not continues:
            runs.append((first, i - 1, label))
            first = None
        if prefix in {"B", "S"} or (prefix in {"I", "E"} and not continues and orphans == "begin"):
            first, label = i, name
        if first is not None and prefix in {"E", "S"}:
            runs.append((first, i, label))
            first = None
    return runs
