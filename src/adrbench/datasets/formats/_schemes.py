"""From a tag for each token to spans, whatever the scheme: IOB1, IOB2, BIOES and its spellings, or bare labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from adrbench.api import CorpusError, Span

Scheme = Literal["auto", "IOB1", "IOB2", "BIOES", "BILOU", "BMEWO", "IO"]

# The letters of every scheme as those of BIOES: Last and End, Unit, Whole and Single, Middle and Inside are the same.
_LETTERS = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
_BEGINS = frozenset("BS")
_ENDS = frozenset("ES")
_ALLOWED = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES", "BILOU": "BILU", "BMEWO": "BMEW"}
# More kinds of mentions than any corpus has: the column holds something else.
_MOST_LABELS = 1000
_LETTER = "[BIESLUMW]"
_QUOTED = re.compile(r"""(["']).+\1""")
_SEVERAL = re.compile(rf"\S[|,;+#]{_LETTER}-\S")
_LOWER = re.compile(rf"{_LETTER.lower()}[-_]\S+")
_BEHIND = re.compile(rf"\S+[-_]{_LETTER}")


class Tags:
    """The tags of one file: it makes spans of them, and finds out on the way which scheme they follow.

    IOB1, IOB2 and BIOES differ in what they call an error, not in what a tag sequence most plausibly means, so spans
    are made at once and the scheme is judged at the end, from the whole file. ``outside``: tags of no mention;
    ``label``: the label of bare ``B`` and ``I``; ``where``: the file, for messages.
    """

    def __init__(self, where: str, scheme: Scheme = "auto", outside: Iterable[str] = ("O",), label: str = "") -> None:
        self._where = where
        self._scheme = scheme
        self._label = label
        self._outside = frozenset(outside)
        self._usual = "O" in self._outside
        # Tag -> letter of BIOES (empty: a bare label) and label, or None outside.
        self._known: dict[str, tuple[str, str] | None] = {}
        # Kind of tag -> the first of it, with its place.
        self._first: dict[str, str] = {}
        self._labels: set[str] = set()
        # Tags outside of mentions, O apart.
        self._unusual: set[str] = set()
        self._begins = self._unclosed = self.orphans = self.odd = 0
        self.first_orphan = 0

    @property
    def scheme(self) -> str:
        """The scheme, as given or as all tags so far tell it; empty if there was no tag but O."""
        if self._scheme != "auto":
            return self._scheme
        if not self._first:
            return ""
        if "" in self._first:
            return "IO"
        if not self._first.keys() <= {"B", "I"}:
            return "BIOES"
        # In IOB1 a mention begins with B only right after another one of its label.
        return "IOB2" if self._begins else "IOB1"

    @property
    def repaired(self) -> int:
        """Mentions that began without the tag that begins one, in schemes that ask for it."""
        return self.orphans if self.scheme not in {"IOB1", "IO"} else 0

    @property
    def unclosed(self) -> int:
        """Mentions without the tag that ends one, in schemes that ask for it."""
        return self._unclosed if self.scheme in {"BIOES", "BILOU", "BMEWO"} else 0

    def spans(self, tokens: Sequence[tuple[int, int]], tags: Sequence[str], line: int) -> tuple[Span, ...]:
        """The spans of a sentence. ``line``: where its first token stands in the file.

        Raises ``CorpusError`` for a tag that is of no scheme, or of another one than the tags before it.
        """
        if self._usual and tags.count("O") == len(tags):
            return ()
        spans: list[Span] = []
        first, last = -1, -2
        letter = label = ""
        # Most tokens are in no mention: only the others are looked at one by one.
        for i, now in [(i, now) for i, now in enumerate(self._look(tags, line)) if now is not None]:
            beside = i == last + 1
            if first >= 0 and not (beside and now[0] not in _BEGINS and now[1] == label and letter not in _ENDS):
                spans.append(Span(tokens[first][0], tokens[last][1], label))
                self._unclosed += letter not in _ENDS
                first = -1
            if first < 0:
                self._begin(now, label if beside else "", line + i)
                first = i
            letter, label = now
            last = i
        if first >= 0:
            spans.append(Span(tokens[first][0], tokens[last][1], label))
            self._unclosed += letter not in _ENDS
        return tuple(spans)

    def _look(self, tags: Sequence[str], line: int) -> list[tuple[str, str] | None]:
        if not set(tags) <= self._known.keys():
            for number, tag in enumerate(tags, line):
                if tag not in self._known:
                    self._known[tag] = self._learn(tag, number)
        if self._unusual:
            self.odd += sum(tag in self._unusual for tag in tags)
        return [self._known[tag] for tag in tags]

    def _begin(self, tag: tuple[str, str], before: str, line: int) -> None:
        """Note how a mention begins, after a token in a mention of the label ``before``."""
        letter, label = tag
        if letter == "B":
            self._begins += label != before
        elif letter in {"I", "E"}:
            self.orphans += 1
            self.first_orphan = self.first_orphan or line

    def _learn(self, tag: str, line: int) -> tuple[str, str] | None:
        where = f"{self._where}:{line}"
        name = tag.strip()
        if name in self._outside:
            self._unusual |= {tag} - {"O"}
            return None
        letter, label = self._split(name, where)
        self._check_form(name, letter, where)
        if not label or any(c.isspace() or c == "/" for c in label):
            raise CorpusError(
                f"{where}: the tag {tag!r} has a label that is empty or holds a space or '/'; "
                "is it the tag column, and is the line whole?"
            )
        kind = "" if not letter else _LETTERS[letter]
        other = next((place for k, place in self._first.items() if (k == "") != (kind == "")), None)
        if other is not None:
            raise CorpusError(
                f"{where}: the tag {tag!r} is of another scheme than {other}; "
                'tags are O and B-LABEL, I-LABEL (or E-, S-), or, with scheme = "IO" if need be, bare labels throughout'
            )
        self._first.setdefault(kind, f"{tag!r} in line {line}")
        self._labels.add(label)
        if len(self._labels) > _MOST_LABELS:
            raise CorpusError(f"{where}: more than {_MOST_LABELS} different labels; is it the tag column?")
        return kind, label

    def _check_form(self, name: str, letter: str, where: str) -> None:
        """Refuse what would be read as a label and is a tag in another spelling."""
        if self._scheme == "IO":
            return
        if _SEVERAL.search(name):
            raise CorpusError(f"{where}: {name!r:.80} is several tags in one cell; a token has one tag")
        if not letter and _QUOTED.fullmatch(name):
            raise CorpusError(f"{where}: the tag {name!r:.80} stands in quotes; take the quotes out of the file")
        if not letter and (_LOWER.fullmatch(name) or _BEHIND.fullmatch(name)):
            likely = f"{name[0].upper()}{name[1:]}" if _LOWER.fullmatch(name) else f"{name[-1]}-{name[:-2]}"
            raise CorpusError(
                f"{where}: the tag {name!r:.80} should be {likely!r:.80}; if it is a bare label, "
                'scheme = "IO" reads it as one'
            )

    def _split(self, name: str, where: str) -> tuple[str, str]:
        """Letter and label of a tag; no letter for a bare label."""
        if self._scheme == "IO":
            return "", name
        letter, mark, label = name[:1], name[1:2], name[2:]
        if letter not in _LETTERS or mark not in {"", "-", "_"}:
            if self._scheme != "auto":
                raise CorpusError(f"{where}: unknown tag {name!r}; {self._valid()}")
            return "", name
        if letter not in _ALLOWED.get(self._scheme, _LETTERS):
            raise CorpusError(f"{where}: unknown tag {name!r}; {self._valid()}")
        return letter, label if mark else self._label

    def _valid(self) -> str:
        return f"tags of {self._scheme} are O and {', '.join(f'{letter}-LABEL' for letter in _ALLOWED[self._scheme])}"


def tag(words: Sequence[tuple[int, int]], spans: Iterable[Span], lost: Counter[str]) -> list[str]:
    """IOB2 tags of tokens. What they cannot hold is widened or left out, and counted in ``lost``.

    A span covers every token it touches. Of two that share a token the first stays, or the longer if both begin there.
    """
    tags = ["O"] * len(words)
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.label)):
        covered = [i for i, (start, end) in enumerate(words) if start < span.end and end > span.start]
        if len(span.parts) > 1:
            lost["discontinuous mentions written as all that lies between their ends"] += 1
        if not covered:
            lost["mentions of no token left out"] += 1
            continue
        if any(tags[i] != "O" for i in covered):
            lost["mentions that overlap another one left out"] += 1
            continue
        if words[covered[0]][0] != span.start or words[covered[-1]][1] != span.end:
            lost["mentions that begin or end inside a token widened to whole tokens"] += 1
        for i in covered:
            tags[i] = f"I-{span.label}"
        tags[covered[0]] = f"B-{span.label}"
    return tags
