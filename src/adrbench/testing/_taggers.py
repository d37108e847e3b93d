"""The checks of a tagger."""

from __future__ import annotations

import copy
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Document, Span, Tagger, Unavailable
from adrbench.api.text import fraction
from adrbench.plugins.composition import missing
from adrbench.plugins.loading import lacking
from adrbench.testing import _texts as texts
from adrbench.testing._ignored import ignored
from adrbench.testing._light import heavy
from adrbench.testing._silence import silence
from adrbench.testing._tagger_bench import (
    Answers,
    TaggerBench,
    check_equal,
    check_labels,
    check_number,
    check_spans,
)
from adrbench.testing._verdict import Failure, Probes, Skip

# Long enough for threads to show.
_BUSY_SECONDS = 1.0

TAGGER: Probes[TaggerBench] = Probes()


@TAGGER.add("light-description", "the description imports no large library")
def _light(bench: TaggerBench) -> None:
    if found := heavy(bench.imported, bench.plugin.requires):
        raise Failure(f"importing the description imports {', '.join(found)}")


@TAGGER.add("fits-and-predicts", "it learns from ordinary documents and answers on others", gate=True)
def _runs(bench: TaggerBench) -> None:
    if reason := lacking(bench.plugin):
        raise Failure(f"cannot be checked here: it {reason}")
    if reason := missing(bench.plugin, bench.params, offline=False):
        raise Failure(f"cannot be checked here: {reason}")
    try:
        tagger = bench.fitted
    except Unavailable as error:
        raise Failure(f"cannot be checked here: {error}") from error
    bench.step()
    tagger.predict(list(texts.questions()))
    if hasattr(tagger, "facts"):
        for name, value in tagger.facts().items():
            if int(value) != value:
                raise Failure(f"facts() gives {name} as {value!r}, which is no whole number")


@TAGGER.add("state-between-fits", "nothing that it learnt in one fit is left in the next")
def _state(bench: TaggerBench) -> None:
    questions = texts.questions()
    fresh = bench.answers
    other = bench.fit(texts.corpus("first"))
    another = bench.ask(bench.fit(texts.corpus("second")), questions)
    check_equal(questions, fresh, another, "fitted after another tagger of its class had learnt something else")
    again = bench.ask(bench.fit(texts.corpus("second"), tagger=other), questions)
    check_equal(questions, fresh, again, "the same object, fitted again on other documents")


@TAGGER.add("answer-number", "there is one answer for each document, also for none")
def _number(bench: TaggerBench) -> None:
    for documents in (texts.questions(), texts.questions()[:1], ()):
        bench.step()
        check_number(documents, bench.fitted.predict(list(documents)))


@TAGGER.add("answer-order", "answers come in the order of the documents")
def _order_of_answers(bench: TaggerBench) -> None:
    questions = texts.questions()
    together, alone = bench.answers, _one_by_one(bench)
    if together != alone and Counter(together) == Counter(alone):
        check_equal(questions, together, alone, "the answers are those of single documents, in another order")


@TAGGER.add("batch", "an answer does not depend on the other documents of the call")
def _batch(bench: TaggerBench) -> None:
    together, alone = bench.answers, _one_by_one(bench)
    if Counter(together) != Counter(alone):
        check_equal(texts.questions(), together, alone, "asked together, and one at a time")


def _one_by_one(bench: TaggerBench) -> Answers:
    return [bench.ask(bench.fitted, [document])[0] for document in texts.questions()]


@TAGGER.add("document-order", "an answer does not depend on the order of the documents")
def _order(bench: TaggerBench) -> None:
    questions = texts.questions()
    shuffled = random.Random(7).sample(range(len(questions)), len(questions))
    # The effect of a batch's first document on the others shows best if it has many spans.
    fullest = sorted(shuffled, key=lambda i: -len(bench.answers[i]))
    for places in (shuffled, fullest, fullest[::-1]):
        back = dict(zip(places, bench.ask(bench.fitted, [questions[i] for i in places]), strict=True))
        check_equal(questions, bench.answers, [back[i] for i in range(len(questions))], "asked in another order")


@TAGGER.add("repeated-question", "asked twice, it gives the same answers")
def _repeated(bench: TaggerBench) -> None:
    questions = texts.questions()
    check_equal(questions, bench.ask(bench.fitted, questions), bench.ask(bench.fitted, questions), "asked twice")


@TAGGER.add("deterministic", "fitted twice with the same seed, it gives the same answers")
def _deterministic(bench: TaggerBench) -> None:
    questions = texts.questions()
    # A tagger that draws from a global generator finds it in another state than the last time.
    random.seed(12345)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(12345)
    second = bench.fit(texts.corpus("second"))
    check_equal(questions, bench.answers, bench.ask(second, questions), "fitted twice with one seed")
    one, other = (t.facts() if hasattr(t, "facts") else {} for t in (bench.fitted, second))
    if dict(one) != dict(other):
        raise Failure(f"fitted twice with one seed: the facts are {dict(one)} and {dict(other)}")


@TAGGER.add("spans-inside", "spans are not empty and lie inside their text")
def _inside(bench: TaggerBench) -> None:
    documents = [*texts.questions(), *(a.document for a in texts.corpus("second"))]
    check_spans(documents, bench.ask(bench.fitted, documents))


@TAGGER.add("labels-known", "labels are among the context's")
def _labels(bench: TaggerBench) -> None:
    check_labels(bench.answers)
    # Fitted for one label, it gives no other.
    one = bench.fit(texts.of_label(texts.corpus("second"), "ADR"), context=bench.context(["ADR"]))
    check_labels(bench.ask(one, texts.questions()), ["ADR"])


@TAGGER.add(
    "finds-something",
    "it predicts some of its training gold; otherwise other checks mean nothing",
)
def _finds(bench: TaggerBench) -> str:
    train = texts.corpus("second")
    answers = bench.ask(bench.fitted, [a.document for a in train])
    found = sum(len(set(spans) & set(a.spans)) for a, spans in zip(train, answers, strict=True))
    if not found:
        raise Failure("it predicts no gold span of the documents that it was trained on; other parameters may help")
    return f"{found} of {sum(len(a.spans) for a in train)} spans"


@TAGGER.add("gold-by-id", "answers do not depend on ids: no gold is remembered by the id of its document")
def _gold_by_id(bench: TaggerBench) -> None:
    train = texts.corpus("second")
    moved = [a.document for a in (*train[4:], *train[:4])]
    known = [replace(d, id=a.document.id, group=a.document.group) for a, d in zip(train, moved, strict=True)]
    unknown = [replace(d, id=f"other.{i}", group=f"other-{i}") for i, d in enumerate(known)]
    answers = bench.ask(bench.fitted, known)
    check_equal(known, answers, bench.ask(bench.fitted, unknown), "under an id from training and under another")


@TAGGER.add("gold-in-reach", "gold that lies in the process's memory at prediction changes nothing")
def _gold_in_reach(bench: TaggerBench) -> None:
    questions = texts.questions()
    first = _ask_beside(bench, bench.fitted, questions, lambda d: Span(*d.tokens[0], "ADR"))
    second = _ask_beside(bench, bench.fitted, questions, lambda d: Span(*d.tokens[-1], "DRUG"))
    check_equal(questions, first, second, "with one gold in memory and with another")


def _ask_beside(
    bench: TaggerBench, tagger: Tagger, documents: Sequence[Document], invent: Callable[[Document], Span]
) -> Answers:
    gold = [Annotated(document, (invent(document),)) for document in documents]
    answers = bench.ask(tagger, documents)
    # Alive until here, for a tagger that searches memory or the callers' frames.
    del gold
    return answers


@TAGGER.add("input-untouched", "documents, gold and lists are not changed")
def _untouched(bench: TaggerBench) -> None:
    train, documents = list(copy.deepcopy(texts.corpus("second"))), list(copy.deepcopy(texts.questions()))
    before = copy.deepcopy((train, documents))
    tagger = bench.build()
    bench.step()
    tagger.fit(train, bench.context())
    if train != before[0]:
        raise Failure("fit changed the documents that it was given, or their list")
    tagger.predict(documents)
    if documents != before[1]:
        raise Failure("predict changed the documents that it was given, or their list")


def _add_odd(what: str, title: str) -> None:
    @TAGGER.add(f"{what}-document", f"it answers on {title}")
    def _odd(bench: TaggerBench) -> None:
        documents = texts.odd(what)
        answers = bench.ask(bench.fitted, documents)
        check_spans(documents, answers)
        check_labels(answers)


for _what, _title in {
    "empty": "a document without text",
    "one-character": "documents of one character",
    "very-long": "a document of thousands of words, and a word of thousands of characters",
    "emoji": "emoji and combined characters",
    "right-to-left": "Hebrew and Arabic",
    "whitespace": "documents of white space only",
    "no-tokens": "a text for which there are no tokens",
}.items():
    _add_odd(_what, _title)


@TAGGER.add("odd-training", "it can learn from a corpus with odd documents in it")
def _odd_training(bench: TaggerBench) -> None:
    kinds = ("empty", "one-character", "emoji", "right-to-left", "whitespace", "no-tokens")
    extra = [Annotated(replace(d, id=f"{kind}.{d.id}"), ()) for kind in kinds for d in texts.odd(kind)]
    train = [*extra[:5], *texts.corpus("second"), *extra[5:]]
    check_spans(texts.questions(), bench.ask(bench.fit(train), texts.questions()))


@TAGGER.add("no-entities", "it can learn from documents without any entity")
def _no_entities(bench: TaggerBench) -> None:
    answers = bench.ask(bench.fit(texts.without_gold(texts.corpus("second"))), texts.questions())
    check_spans(texts.questions(), answers)
    check_labels(answers)


@TAGGER.add("unseen-label", "it can learn when a label of the context has no mention")
def _unseen_label(bench: TaggerBench) -> None:
    labels = ("ADR", "DRUG", "NEVER-SEEN")
    answers = bench.ask(bench.fit(texts.corpus("second"), context=bench.context(labels)), texts.questions())
    check_spans(texts.questions(), answers)
    check_labels(answers, labels)


@TAGGER.add("save-and-load", "saved, moved and loaded, it gives the same answers")
def _save(bench: TaggerBench) -> None:
    if not hasattr(bench.fitted, "save"):
        raise Skip("it has no save(folder)")
    if not hasattr(type(bench.fitted), "load"):
        raise Failure("it has save(folder), but no classmethod load(folder)")
    context = bench.context()
    tagger: Any = bench.fit(texts.corpus("second"), context=context)
    documents = [*texts.questions(), *texts.odd("empty"), *texts.odd("emoji")]
    answers = bench.ask(tagger, documents)
    saved, moved = bench.folder / "saved", bench.folder / "moved"
    saved.mkdir()
    bench.step()
    tagger.save(saved)
    saved.rename(moved)
    # Only the saved folder may be needed to load: the scratch folder is gone.
    context.scratch.rename(bench.folder / "gone")
    try:
        loaded = bench.ask(_load(type(tagger), moved), documents)
    except Unavailable as error:
        # A tagger that was loaded has no context, and so no responses to replay.
        if bench.plugin.records:
            raise Skip(f"loaded, it cannot be asked here: {error}") from error
        raise
    check_equal(documents, answers, loaded, "after load")


def _load(kind: Any, folder: Path) -> Tagger:
    loaded: Tagger = kind.load(folder)
    return loaded


@TAGGER.add("scores", "asked for scores it gives the same spans, and each score is a fraction or None")
def _scores(bench: TaggerBench) -> str:
    questions = texts.questions()
    scored = bench.ask(bench.fit(texts.corpus("second"), context=bench.context(scores=True)), questions)
    check_equal(questions, bench.answers, scored, "without scores and with")
    given = [span.score for spans in scored for span in spans if span.score is not None]
    for score in given:
        try:
            fraction(score)
        except ValueError as error:
            raise Failure(str(error)) from None
    return f"{len(given)} of {sum(map(len, scored))} spans have a score"


@TAGGER.add("silent", "nothing is written to standard output")
def _silent(bench: TaggerBench) -> None:
    with silence():
        bench.ask(bench.fit(texts.corpus("second")), texts.questions())


@TAGGER.add("thread-limit", "it computes with no more threads than the context allows")
def _threads(bench: TaggerBench) -> None:
    # The parent process counts the threads meanwhile.
    began = time.monotonic()
    while time.monotonic() - began < _BUSY_SECONDS:
        bench.ask(bench.fit(texts.corpus("second")), texts.questions())


@TAGGER.add("parameters", "no parameter is accepted and ignored")
def _parameters(bench: TaggerBench) -> str:
    return ignored(bench)
