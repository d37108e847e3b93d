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
    """Every tag of a scheme, ``O`` first.

    >>> tag_set(["ADR"])
    ['O', 'B-ADR', 'I-ADR']
    """
    prefixes = "BI" if scheme == "BIO" else "BIES"
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in prefixes)]


def encode(tokens: Tokens, spans: Iterable[Span], scheme: Scheme = "BIO") -> list[str]:
    """Tag each token. A span covers every token it touches; where spans overlap, the longest wins, then the first.

    What tags cannot hold (a boundary inside a token, an overlap) is lost here, so decoding gives other spans back;
    scoring is against the original spans, so the loss counts as a miss.
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
    """Spans of a tag sequence, BIO or BIOES, in order of appearance: those of ``chunks``, in characters.

    Raises ``ValueError`` if there is not exactly one tag for each token, or a tag of no known scheme.
    """
    if len(tokens) != len(tags):
        raise ValueError(f"{len(tags)} tags for {len(tokens)} tokens")
    return [Span(tokens[first][0], tokens[last][1], label) for first, last, label in chunks(tags, orphans)]


def chunks(tags: Sequence[str], orphans: Orphans = "begin") -> list[tuple[int, int, str]]:
    """The runs of tokens that a tag sequence makes spans of, BIO or BIOES, in order of appearance.

    Args:
        tags: A tag for each token.
        orphans: Whether a continuation without a matching begin (an orphan) starts a span (``begin``, what conlleval
            and seqeval's default mode do) or belongs to none (``reject``, as seqeval's strict IOB2 mode has it).

    Returns:
        The number of its first token, that of its last token, and the label of each span.

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
