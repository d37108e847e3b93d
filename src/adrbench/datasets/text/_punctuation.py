"""Words as runs of letters and digits, and every punctuation character a word of its own."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from adrbench.datasets.text._ranges import Tokens

_ASCII = re.compile(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]")
# Ideographs, each of which BERT's basic tokeniser makes a word of its own; kana and Hangul stand in runs.
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Where characters that extend others stand: no use in looking through the rest of Unicode.
_EXTENDING_PLANES = (range(0x80, 0x20000), range(0xE0000, 0xE0200))
_EXTENDING = frozenset({"Mn", "Mc", "Me", "Cf"})
_ZERO_WIDTH_SPACE = "\u200b"
_SKIN_TONES = "\U0001f3fb-\U0001f3ff"


class PunctuationWords:
    """Splits texts; the expression for other scripts than ASCII's is made once."""

    def ranges(self, text: str) -> Tokens:
        """Split a text into runs of letters and digits, and single other characters, as BERT's basic tokeniser does.

        Underscores, symbols and ideographs are words of their own. Combining marks, joiners and other invisible
        characters stay with the character before them, and so does an emoji that a zero width joiner ties to another.

        Args:
            text: Any text.

        Returns:
            Character ranges in order, without overlap. Every character that is no white space lies in exactly one of
            them.
        """
        pattern = _ASCII if text.isascii() else self._any_script
        return tuple([match.span() for match in pattern.finditer(text)])

    @cached_property
    def _any_script(self) -> re.Pattern[str]:
        extending = f"[{_extending()}{_SKIN_TONES}]"
        letter = rf"[^\W_{_IDEOGRAPHS}]"
        # Possessive throughout: nothing is tried twice, so that the time is linear whatever the text.
        run = f"{letter}++(?:{extending}++{letter}*+)*+"
        single = rf"\S{extending}*+"
        return re.compile(rf"{run}|{single}(?:(?<=\u200d)(?!{letter}){single})*+")


def _extending() -> str:
    """The characters that belong to the one before them, as ranges of a regular expression's class."""
    places = [
        code
        for plane in _EXTENDING_PLANES
        for code in plane
        if unicodedata.category(chr(code)) in _EXTENDING and chr(code) != _ZERO_WIDTH_SPACE
    ]
    edges: list[list[int]] = []
    for code in places:
        if edges and edges[-1][1] == code - 1:
            edges[-1][1] = code
        else:
            edges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in edges)
