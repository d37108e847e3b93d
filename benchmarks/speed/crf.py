"""How long the crf plugin takes beside sklearn-crfsuite, with features as dictionaries, as its tutorial has them.

    pip install -c benchmarks/speed/peers-constraints.txt sklearn-crfsuite
    python benchmarks/speed/crf.py [--folds N] [--limit N]

All learn from the random folds of ADE (adverse reactions only; the embedded adr-mini where ``ADRBENCH_DATA`` has no
ADE), BIOES tags, and tag the fold's test documents, each in a process of its own, taking turns. sklearn-crfsuite runs
twice with the settings of its tutorial on CoNLL 2002 (c1 = c2 = 0.1, 100 iterations, all transitions): with the
plugin's features as a dictionary a word, which the bound is for; and with the tutorial's own features, without the
parts of speech, which ADE lacks. These are few, so that they are quick and find less. Times are processor time of
features, training and prediction. No side has unlabelled text. The plugin should be twice as fast as with the same
features, and F1 no lower than that of either; the exit code is 1 if it is not.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sides import Part, apart, compare, compare_f1, f1, folds, report, stop

from adrbench.api import Annotated, Context, Document, Span, decode, encode
from adrbench_crf import clusters, vectors
from adrbench_crf.features import Template
from adrbench_crf.gazetteer import Gazetteer, cross_fitted, terms_of
from adrbench_crf.plugin import CrfParams
from adrbench_crf.tagger import CrfTagger
from adrbench_crf.words import normal

SEED = 13
LABELS = ("ADR",)
BOUND = 2.0


@dataclass(frozen=True)
class Task:
    """Which fold, of how many documents."""

    fold: int
    limit: int | None


@dataclass(frozen=True)
class Outcome:
    """Seconds of processor time, and F1 on the test documents."""

    fit: float
    predict: float
    f1: float

    @property
    def total(self) -> float:
        """Seconds of both."""
        return self.fit + self.predict


def _judged(part: Part, began: float, fitted: float, spans: Sequence[Sequence[Span]]) -> Outcome:
    return Outcome(fitted - began, time.process_time() - fitted, f1(part.test, spans))


def with_adrbench(task: Task) -> Outcome:
    """The plugin with its defaults."""
    part = folds(task.limit)[task.fold]
    tagger = CrfTagger(CrfParams())
    with tempfile.TemporaryDirectory() as scratch:
        began = time.process_time()
        tagger.fit(part.train, _context(scratch))
        fitted = time.process_time()
        return _judged(part, began, fitted, tagger.predict([a.document for a in part.test]))


def with_tutorial(task: Task) -> Outcome:
    """sklearn-crfsuite as its tutorial has it."""
    part, model = folds(task.limit)[task.fold], _tutorial_model()
    began = time.process_time()
    model.fit([tutorial_features(a.document) for a in part.train], [_tags(a) for a in part.train])
    fitted = time.process_time()
    tags = model.predict([tutorial_features(a.document) for a in part.test])
    spans = [decode(a.document.tokens, row) for a, row in zip(part.test, tags, strict=True)]
    return _judged(part, began, fitted, spans)


def with_same_features(task: Task) -> Outcome:
    """sklearn-crfsuite with the plugin's features, a dictionary a word, and its tutorial's settings."""
    part, params = folds(task.limit)[task.fold], CrfParams()
    model = _tutorial_model()
    began = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        context = _context(scratch)
        sentences = [[normal(word) for word in a.document.words()] for a in part.train]
        known = vectors.learn(sentences, SEED)
        template = Template(params, *clusters.learn(known, params.clusters, params.neighbours, SEED))
        terms = cross_fitted(part.train, params.training_gazetteer, context)
    model.fit(
        [_dictionaries(template, a.document, own) for a, own in zip(part.train, terms, strict=True)],
        [_tags(a) for a in part.train],
    )
    fitted = time.process_time()
    terms_of_all = Gazetteer(terms_of(part.train))
    tags = model.predict([_dictionaries(template, a.document, terms_of_all) for a in part.test])
    spans = [decode(a.document.tokens, row) for a, row in zip(part.test, tags, strict=True)]
    return _judged(part, began, fitted, spans)


def _tutorial_model() -> Any:
    import sklearn_crfsuite  # noqa: PLC0415

    return sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True)


def _dictionaries(template: Template, document: Document, gazetteer: Gazetteer) -> list[dict[str, bool]]:
    words = document.words()
    return [dict.fromkeys(row, True) for row in template.features(words, [gazetteer.tags(words)])]


def tutorial_features(document: Document) -> list[dict[str, Any]]:
    """The features of sklearn-crfsuite's tutorial on CoNLL 2002, without those of parts of speech."""
    words = document.words()
    rows: list[dict[str, Any]] = []
    for i, word in enumerate(words):
        row: dict[str, Any] = {"bias": 1.0, "word[-3:]": word[-3:], "word[-2:]": word[-2:]} | _form("", word)
        row["word.isdigit()"] = word.isdigit()
        row |= _form("-1:", words[i - 1]) if i else {"BOS": True}
        row |= _form("+1:", words[i + 1]) if i + 1 < len(words) else {"EOS": True}
        rows.append(row)
    return rows


def _form(place: str, word: str) -> dict[str, Any]:
    names = f"{place}word.lower()", f"{place}word.istitle()", f"{place}word.isupper()"
    return dict(zip(names, (word.lower(), word.istitle(), word.isupper()), strict=True))


def _tags(annotated: Annotated) -> list[str]:
    return encode(annotated.document.tokens, annotated.spans, "BIOES")


def _context(scratch: str) -> Context:
    return Context(seed=SEED, labels=LABELS, scratch=Path(scratch))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, choices=range(1, 6), default=5, help="the first of them")
    parser.add_argument("--limit", type=int, help="documents of the corpus, training and test")
    given = parser.parse_args()
    if importlib.util.find_spec("sklearn_crfsuite") is None:
        stop("needs sklearn-crfsuite: pip install -c benchmarks/speed/peers-constraints.txt sklearn-crfsuite")
    sides = (with_adrbench, with_same_features, with_tutorial)
    outcomes: dict[str, list[Outcome]] = {side.__name__: [] for side in sides}
    for fold in range(given.folds):
        # What runs later may find a warmer or a hotter machine, so the order changes.
        for side in sides[:: -1 if fold % 2 else 1]:
            outcome: Outcome = apart(side, Task(fold, given.limit))
            outcomes[side.__name__].append(outcome)
            print(
                f"  fold {fold + 1} {side.__name__:<18} fit {outcome.fit:.2f} s, predict {outcome.predict:.2f} s, "
                f"F1 {100 * outcome.f1:.1f}",
                flush=True,
            )
    if not compared(*outcomes.values()):
        sys.exit(1)


def compared(ours: Sequence[Outcome], same: Sequence[Outcome], tutorial: Sequence[Outcome]) -> bool:
    """Print all sides beside each other.

    Args:
        ours: What the plugin did, one a fold.
        same: What sklearn-crfsuite did with the plugin's features.
        tutorial: What it did with those of its tutorial.

    Returns:
        True if every bound is met.
    """
    for name, each in (("adrbench", ours), ("the same features", same), ("the tutorial's features", tutorial)):
        report(f"fit and predict, {name}", [o.total for o in each])
    met = [compare("against the same features", [o.total for o in ours], [o.total for o in same], BOUND)]
    met.append(compare_f1([o.f1 for o in ours], [o.f1 for o in same], lower=0.0))
    print("against the tutorial's features:")
    met.append(compare_f1([o.f1 for o in ours], [o.f1 for o in tutorial], lower=0.0))
    return all(met)


if __name__ == "__main__":
    main()
