"""Is the time that words take linear in the text, whatever is in it?

    python benchmarks/speed/words.py [--characters N] [--huge]

Each kind of text is split at N characters (1,000,000 by default) and at 4 N, in processor time. Four times the text
should take about four times the time; the exit code is 1 if it takes eight. ``--huge``: also 100 MB of running text in
one line, which takes about 3 GB.
"""

from __future__ import annotations

import argparse
import sys
import time

from adrbench.datasets.text.splitters import find_splitter
from adrbench.datasets.text.tokens import words_of

KINDS = {
    "running text": 'Rash after ibuprofen (400 mg); she couldn\'t sleep, "not a wink". ',
    "double quotes": '"',
    "quotes and spaces": '" ',
    "quoted letters": '"a" ',
    "no white space": "abc,d.",
    "closing brackets": ") . ",
    "combining marks": "a\u0301",
    "ideographs": "漢字かな",
    "spaces": " " * 99 + "x",
}
# A ratio of four is linear, one of sixteen quadratic.
BOUND = 8.0


def seconds(text: str, unit: str, words: str) -> float:
    """Processor time of one split."""
    splitter = find_splitter(words)
    began = time.process_time()
    words_of(text, "document" if unit == "document" else "sentence", splitter)
    return time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--characters", type=int, default=1_000_000)
    parser.add_argument("--huge", action="store_true")
    given = parser.parse_args()
    linear = []
    for words, unit in (("punctuation", "sentence"), ("nltk", "sentence"), ("nltk", "document")):
        seconds("Rash. Yes.", unit, words)
        for kind, piece in KINDS.items():
            one, four = (piece * (size * given.characters // len(piece)) for size in (1, 4))
            first, second = seconds(one, unit, words), seconds(four, unit, words)
            linear.append(second < BOUND * max(first, 0.01))
            verdict = "ok" if linear[-1] else "NOT LINEAR"
            print(f"{words:<12} {unit:<9} {kind:<18} {first:6.2f} s, four times as much {second:6.2f} s: {verdict}")
        if given.huge:
            line = KINDS["running text"]
            text = line * (100_000_000 // len(line))
            print(f"{words:<12} {unit:<9} 100 MB in one line {seconds(text, unit, words):6.1f} s")
    if not all(linear):
        sys.exit(1)


if __name__ == "__main__":
    main()
