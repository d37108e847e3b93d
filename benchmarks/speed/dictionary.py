"""Does the time of the dictionary grow with the text, and no faster?

    python benchmarks/speed/dictionary.py [--sentences 10000 100000 1000000] [--words 12] [--repeats 3]

Text is generated: sentences of so many words from 20,000 invented ones, a term of one to three words in every third of
them, half of its occurrences annotated. A term begins with a word of its own. There are two series. In the first,
every text has as many terms as the smallest one, so that the text alone grows. In the second, there is a term for
every ten sentences, so that a million sentences have 100,000 terms. They differ because matching takes longer with
more terms: its automaton then no longer fits in the processor's cache.

Each size is fitted, with the default parameters, and predicted in a process of its own. Times are processor time of
the tagger alone, the least of all repeats: Python's garbage collector does not visit the generated text. A sentence of
the largest size should take at most 1.5 times as long as one of the smallest. The exit code is 1 if it takes longer.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sides import apart, stop

from adrbench.api import Annotated, Context, Document, Span

BOUND = 1.5
VOCABULARY = 20_000
SENTENCES_A_TERM = 10
# The most words of a term.
LONGEST = 3
LABEL = "ADR"


@dataclass(frozen=True)
class Task:
    """How many sentences of how many words, with how many terms; how often it is measured."""

    sentences: int
    words: int
    terms: int
    repeats: int


@dataclass(frozen=True)
class Outcome:
    """Seconds of processor time, terms, predicted spans and peak memory in MiB."""

    fit: float
    predict: float
    terms: int
    spans: int
    memory: float


def generated(task: Task) -> list[Annotated]:
    """Sentences with mentions of the terms, groups of ten."""
    chance = random.Random(13)
    vocabulary = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 10))) for _ in range(VOCABULARY)
    ]
    # The first word is the term's own, so that a longer dictionary does not find more in a sentence.
    terms = [
        [f"{chance.choice(vocabulary)}{number}", *chance.choices(vocabulary, k=chance.randint(0, LONGEST - 1))]
        for number in range(task.terms)
    ]
    documents = []
    for number in range(task.sentences):
        words = chance.choices(vocabulary, k=task.words)
        place, term = chance.randint(0, task.words - LONGEST), terms[number // 6 % len(terms)]
        mentioned, annotated = number % 3 == 0, number % 2 == 0
        if mentioned:
            words[place : place + len(term)] = term
        tokens, at = [], 0
        for word in words:
            tokens.append((at, at + len(word)))
            at += len(word) + 1
        spans = (Span(tokens[place][0], tokens[place + len(term) - 1][1], LABEL),) if mentioned and annotated else ()
        documents.append(Annotated(Document(f"{number}", " ".join(words), tuple(tokens), f"{number // 10}"), spans))
    return documents


def measured(task: Task) -> Outcome:
    """Fit and predict the same text."""
    from adrbench_dictionary.plugin import DictionaryParams  # noqa: PLC0415 (in the process that needs it)
    from adrbench_dictionary.tagger import DictionaryTagger  # noqa: PLC0415

    text = generated(task)
    documents = [a.document for a in text]
    gc.collect()
    gc.freeze()
    fits, predictions, terms, spans = [], [], 0, 0
    for _ in range(task.repeats):
        tagger = DictionaryTagger(DictionaryParams())
        began = time.process_time()
        tagger.fit(text, Context(seed=13, labels=(LABEL,), scratch=Path(), grouped=True))
        fitted = time.process_time()
        found = tagger.predict(documents)
        ended = time.process_time()
        fits.append(fitted - began)
        predictions.append(ended - fitted)
        terms, spans = int(tagger.facts()["terms"]), sum(map(len, found))
        del tagger, found
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Outcome(min(fits), min(predictions), terms, spans, memory)


def series(tasks: Sequence[Task]) -> bool:
    """Measure texts of growing size, and print.

    Args:
        tasks: The sizes, the smallest one first.

    Returns:
        True if a sentence takes within the bound everywhere.
    """
    rates = []
    for task in tasks:
        outcome: Outcome = apart(measured, task)
        rates.append((outcome.fit / task.sentences, outcome.predict / task.sentences))
        print(
            f"{task.sentences:>9,} sentences, {outcome.terms:>7,} terms: fit {outcome.fit:7.2f} s "
            f"({task.sentences / outcome.fit:,.0f} a second), predict {outcome.predict:6.2f} s "
            f"({task.sentences / outcome.predict:,.0f} a second), {outcome.spans:,} spans, "
            f"peak {outcome.memory:,.0f} MiB",
            flush=True,
        )
    ratios = [largest / smallest for smallest, largest in zip(rates[0], rates[-1], strict=True)]
    for name, ratio in zip(("fit", "predict"), ratios, strict=True):
        print(
            f"{name}: a sentence of the largest text takes {ratio:.2f} times as long as one of the smallest, "
            f"bound {BOUND:g}: {'ok' if ratio <= BOUND else 'TOO SLOW'}",
            flush=True,
        )
    return max(ratios) <= BOUND


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--words", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if min(given.sentences) < SENTENCES_A_TERM:
        stop(f"--sentences {min(given.sentences)}: at least {SENTENCES_A_TERM}, so that there is a term")
    if given.words < LONGEST:
        stop(f"--words {given.words}: at least {LONGEST}, so that a sentence can hold a term")
    if given.repeats < 1:
        stop(f"--repeats {given.repeats}: at least 1")
    sizes = sorted(given.sentences)
    fewest = sizes[0] // SENTENCES_A_TERM
    print(f"the text grows, {fewest:,} terms")
    text = series([Task(size, given.words, fewest, given.repeats) for size in sizes])
    print("text and terms grow")
    both = series([Task(size, given.words, size // SENTENCES_A_TERM, given.repeats) for size in sizes])
    if not (text and both):
        sys.exit(1)


if __name__ == "__main__":
    main()
