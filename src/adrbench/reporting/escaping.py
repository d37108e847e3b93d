"""Untrusted text made safe for where it is shown: a terminal, Markdown, LaTeX, CSV, JSON.

Labels, ids, texts, reasons and names of files come from corpora, taggers and results folders. HTML is escaped by its
template.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters (C0 but tab and line feed, DEL, C1), half surrogates, which no stream can encode, the separators
# that Unicode counts as line ends, and the marks that turn the direction of what follows.
_UNSAFE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def for_terminal(text: str) -> str:
    r"""Text in which no character can steer a terminal: each that could is shown as its escape.

    >>> for_terminal("a\x1b[2Jb\u202ec\n")
    'a\\x1b[2Jb\\u202ec\n'

    Args:
        text: Any text; tabs and line feeds stay.

    Returns:
        The text without control, bidirectional and surrogate characters.
    """
    # Nothing of it is unsafe, as with nearly all text, and this is much faster told.
    if text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004


def one_line(text: str) -> str:
    r"""Make text safe for a cell of a terminal's table: one line, any white space a single space.

    >>> one_line(" a\n  b\tc ")
    'a b c'

    Args:
        text: Any text.

    Returns:
        The text in one line, without control characters.
    """
    return for_terminal(" ".join(text.split()))


_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|<>#~"} | {"&": "&amp;"})


def for_markdown(text: str) -> str:
    r"""Escape text for a line or a cell of GitHub's Markdown: no markup, no HTML, no line end.

    >>> for_markdown("a|b\n<i>")
    'a\\|b \\<i\\>'

    Args:
        text: Any text.

    Returns:
        The escaped text, in one line.
    """
    return one_line(text).translate(_MARKDOWN)


_LATEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%_#${}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        # A bracket after a line end would be its argument.
        "[": "{[}",
        "]": "{]}",
        "–": "--",
        "—": "---",
        "·": r"$\cdot$",
        "±": r"$\pm$",
        "…": r"\ldots{}",
        "≤": r"$\leq$",
        "×": r"$\times$",
    }
)


def for_latex(text: str) -> str:
    r"""Escape text for a cell or a caption of LaTeX.

    >>> for_latex("50% of a_b")
    '50\\% of a\\_b'

    Args:
        text: Any text.

    Returns:
        The escaped text, in one line.
    """
    return one_line(text).translate(_LATEX)


# What spreadsheets take for the beginning of a formula, full-width forms included.
_FORMULA = tuple("=+-@＝＋－＠")


def for_csv(value: Any) -> Any:
    """Escape a value for a cell of CSV: an apostrophe precedes text that a spreadsheet would run as a formula.

    >>> for_csv("=1+1"), for_csv(-0.5), for_csv("crf")
    ("'=1+1", -0.5, 'crf')

    Args:
        value: Text, or a number.

    Returns:
        Safe text in one line; a number as it is.
    """
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def to_json(value: Any) -> str:
    r"""Write indented JSON; what could steer a terminal is an escape, which loses nothing.

    >>> print(to_json("é\x1b\x9b"))
    "é\u001b\u009b"

    Args:
        value: Anything that JSON can hold.

    Returns:
        The JSON, with letters as they are.

    Raises:
        ValueError: For NaN and infinite numbers, which JSON does not have.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
