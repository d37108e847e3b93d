"""Check the prose of Markdown files: ``python tools/prose.py [FILE...]``; without files, of all that readers see.

Two rules of the house can be counted. A sentence has at most 25 words, and a line of the source has at most one
sentence. Code, tables, headings and links' targets are no prose.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "docs/*.md", "plugins/*/README.md")
MOST_WORDS = 25
_FENCE = re.compile(r"^\s*(```|~~~|:::)")
_NO_PROSE = re.compile(r"^\s*(\||#|<|\$\$|\[[^\]]+\]:|: *$)")
_MARK = re.compile(r"^\s*([-*+]|\d+\.|:|>)\s+")
# Full stops that end no sentence: abbreviations, initials, numbers of lists.
_ABBREVIATION = re.compile(r"\b(e\.g|i\.e|et al|cf|vs|approx|Fig|No|pp|[A-Z])\.")
_END = re.compile(r"[.!?][)\"'”*_]*(?=\s+[A-Z“\"'`*\[(])")


def lines_of_prose(text: str) -> Iterator[tuple[int, bool, str]]:
    """Yield each line of prose with its number and whether it begins an item, marks of lists and code taken out."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and line.strip() and not line.startswith("    ") and not _NO_PROSE.match(line):
            # A backslash at the end breaks the line.
            plain = re.sub(r"`[^`]*`", "code", _MARK.sub("", line.removesuffix("\\")))
            item = bool(_MARK.match(line))
            yield number, item, _ABBREVIATION.sub(r"\1", re.sub(r"\]\([^)]*\)", "]", plain)).strip()


def problems(text: str) -> Iterator[tuple[int, str]]:
    """Yield each breach of a rule with its line. A sentence may run on over several lines of a paragraph or item."""
    start, sentence, last = 0, "", -1
    for number, item, line in lines_of_prose(text):
        if _END.search(line):
            yield number, "several sentences in a line"
        if item or number != last + 1 or re.search(r"[.!?:][)\"'”*_]*$", sentence):
            yield from _long(start, sentence)
            start, sentence = number, ""
        sentence, last = f"{sentence} {line}".strip(), number
    yield from _long(start, sentence)


def _long(number: int, paragraph: str) -> Iterator[tuple[int, str]]:
    for sentence in _END.split(paragraph):
        count = len(re.findall(r"\w[\w'’.,/%-]*", sentence))
        if count > MOST_WORDS:
            yield number, f"a sentence of {count} words: {sentence.strip()[:60]} …"


def main(files: list[str]) -> int:
    """Print every problem. Returns the exit code."""
    files = files or [str(file.relative_to(ROOT)) for pattern in PAGES for file in sorted(ROOT.glob(pattern))]
    told = [(file, *problem) for file in files for problem in problems((ROOT / file).read_text(encoding="utf-8"))]
    for file, number, message in told:
        print(f"{file}:{number}: {message}")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
