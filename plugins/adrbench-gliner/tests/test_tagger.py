"""The tagger: zero-shot, fine-tuned, on long texts, kept and read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from adrbench.api import Annotated, Context, Document, Span
from adrbench_gliner.network import UniformScoresError
from adrbench_gliner.params import GlinerParams
from adrbench_gliner.tagger import GlinerTagger

pytestmark = pytest.mark.slow  # torch and transformers are imported

Corpus = tuple[Sequence[Annotated], Sequence[Annotated]]
Conditions = Callable[..., Context]
Write = Callable[[str], Document]
DESCRIPTIONS = {"ADR": "harm that a patient suffered from a drug"}


def f1(gold: Sequence[Annotated], found: Sequence[Sequence[Span]]) -> float:
    hits = sum(len(set(annotated.spans) & set(spans)) for annotated, spans in zip(gold, found, strict=True))
    return 2 * hits / (sum(len(annotated.spans) for annotated in gold) + sum(map(len, found)))


def texts(annotated: Sequence[Annotated]) -> list[Document]:
    return [one.document for one in annotated]


def test_a_model_that_gives_all_stretches_one_score_is_an_error(untrained: Path, conditions: Conditions) -> None:
    """Where heads are new, or were not read."""
    tagger = GlinerTagger(GlinerParams(model=str(untrained), threshold=0.5))
    tagger.fit([], conditions())
    with pytest.raises(UniformScoresError, match="the scores of a known sentence are all alike"):
        tagger.predict([])


def test_every_stretch_of_a_long_text_is_scored(untrained: Path, conditions: Conditions, document: Write) -> None:
    """Also those that begin at the first word after a window, or reach into the next; also words without subwords."""
    tagger = GlinerTagger(GlinerParams(model=str(untrained), threshold=0.5, window=16))
    tagger.fit([], conditions(labels=("ADR",)))
    plain = document(" ".join(f"w{number}" for number in range(60)))
    odd = Document("odd", "a\u200b \u200b b" + "c" * 3000, ((0, 1), (1, 2), (3, 4), (5, 3006)), "odd")
    for text, spans in zip((plain, odd), tagger._candidates([plain, odd]), strict=True):
        count = len(text.tokens)
        assert {(span.start, span.end) for span in spans} == {
            (text.tokens[first][0], text.tokens[last][1])
            for first in range(count)
            for last in range(first, min(first + 8, count))
        }
    assert tagger._candidates([document("")]) == [[]]


def test_mentions_that_are_too_long_are_counted_without_training(
    untrained: Path, conditions: Conditions, document: Write
) -> None:
    """Zero-shot cannot find them either. Nine words are one more than the model scores."""
    text = document("one two three four five six seven eight nine ten")
    train = [Annotated(text, (Span(0, text.tokens[8][1], "ADR"), Span(*text.tokens[9], "ADR")))]
    tagger = GlinerTagger(GlinerParams(model=str(untrained), threshold=0.5))
    tagger.fit(train, conditions())
    assert tagger.facts()["too_long"] == 1


def test_a_misspelt_label_is_an_error(untrained: Path, conditions: Conditions) -> None:
    tagger = GlinerTagger(GlinerParams(model=str(untrained), labels={"ADRS": "harm"}))
    with pytest.raises(ValueError, match="did you mean 'ADR'"):
        tagger.fit([], conditions())


def test_descriptions_that_leave_no_room_are_an_error(untrained: Path, conditions: Conditions, corpus: Corpus) -> None:
    tagger = GlinerTagger(GlinerParams(model=str(untrained), labels={"ADR": "harm " * 600}))
    with pytest.raises(ValueError, match="shorten the descriptions"):
        tagger.fit(corpus[0][:4], conditions())


def test_fine_tuning_teaches_the_training_text(
    untrained: Path, conditions: Conditions, corpus: Corpus, tmp_path: Path
) -> None:
    """The model then tells stretches apart. Kept and read again, it gives the same spans with the same scores."""
    train = [annotated for annotated in corpus[0] if annotated.spans][:12]
    params = GlinerParams(
        model=str(untrained), epochs=12, batch_size=4, learning_rate=3e-4, head_learning_rate=1e-3,
        threshold=0.5, window=16, labels=DESCRIPTIONS,
    )  # fmt: skip
    tagger = GlinerTagger(params)
    tagger.fit(train, conditions())
    found = tagger.predict(texts(train))
    assert f1(train, found) > 0.3
    assert all(0.5 <= (span.score or 0) <= 1 for spans in found for span in spans)
    tagger.save(tmp_path)
    assert GlinerTagger.load(tmp_path).predict(texts(train)) == found
