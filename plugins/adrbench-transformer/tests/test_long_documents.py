"""Documents longer than a model's positions are learnt from and tagged whole, by every preset's kind of checkpoint."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from adrbench.api import Annotated, Context, Document, Span
from adrbench_transformer.checkpoints import load_tokenizer
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.presets import PRESETS
from adrbench_transformer.subwords import Subwords
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # networks are trained

FILLER = "No complaint was noted under Morvidine . "
# Times the filler, so that it is longer than 48 subwords: letters for the tiny BERTs, words for the others.
TIMES = {"bert-cased": 2, "bert-uncased": 2, "roberta": 7, "gpt2": 7}
FAMILIES = {
    "bert": "bert-cased",
    "biobert": "bert-cased",
    "pubmedbert": "bert-uncased",
    "roberta": "roberta",
    "bioformer-8l": "bert-cased",
    "bioformer-16l": "bert-cased",
    "gpt2": "gpt2",
    "mpnet": "mpnet",
    "smollm2": "llama",
}


def behind(filler: str, annotated: Annotated) -> Annotated:
    """Put text before an annotated document."""
    document, at = annotated.document, len(filler)
    words = [(i, j) for i, j in _words(filler)] + [(at + start, at + end) for start, end in document.tokens]
    moved = tuple(dataclasses.replace(span, start=at + span.start, end=at + span.end) for span in annotated.spans)
    return Annotated(Document(document.id, filler + document.text, tuple(words), document.group), moved)


def _words(text: str) -> list[tuple[int, int]]:
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        found.append((at, at + len(word)))
        at += len(word)
    return found


def test_what_stands_beyond_the_positions_is_learnt(
    kind: str, checkpoint: Callable[[str], Path], train: list[Annotated], context: Context
) -> None:
    """Gold that a model of 48 positions could never see at once, all of it far behind them, is learnt and found."""
    filler = FILLER * TIMES[kind]
    assert sum(map(len, Subwords(load_tokenizer(checkpoint(kind))).split([filler.split()])[0])) > 48
    long = [behind(filler, annotated) for annotated in train]
    tagger = TransformerTagger(
        TransformerParams(model=str(checkpoint(kind)), epochs=60, batch_size=4, learning_rate=4e-3, overlap=8)
    )
    tagger.fit(long, context)
    assert all(span.start > len(filler) for annotated in long for span in annotated.spans)
    predicted = tagger.predict([annotated.document for annotated in long])
    assert sum(list(a.spans) == spans for a, spans in zip(long, predicted, strict=True)) >= 4
    twice = behind(filler, behind(long[0].document.text + " " + filler, train[0]))
    [found] = tagger.predict([twice.document])
    assert len({(span.start, span.end) for span in found}) == len(found)
    assert Span(twice.spans[0].start, twice.spans[0].end, "ADR") in found


def test_every_preset_has_a_family() -> None:
    """No preset goes unproved: all but minilm, which is in a package, are below."""
    assert {*FAMILIES, "minilm"} == set(PRESETS)


@pytest.mark.parametrize("preset", FAMILIES)
def test_a_preset_runs_from_the_cache(
    preset: str,
    checkpoint: Callable[[str], Path],
    train: list[Annotated],
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Offline, a preset is found in the cache under its name and revision, fine-tuned, saved, loaded and asked."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    source, revision = PRESETS[preset].source, PRESETS[preset].revision or ""
    store = tmp_path / "hub" / f"models--{source.replace('/', '--')}"
    commit = revision if len(revision) == 40 else "c" * 40
    shutil.copytree(checkpoint(FAMILIES[preset]), store / "snapshots" / commit)
    if commit != revision:
        (store / "refs" / revision).parent.mkdir(parents=True)
        (store / "refs" / revision).write_text(commit)
    tagger = TransformerTagger(TransformerParams(model=preset, epochs=2, learning_rate=5e-3))
    tagger.fit(train, context)
    documents = [annotated.document for annotated in train]
    predicted = tagger.predict(documents)
    tagger.save(tmp_path / "saved")
    shutil.rmtree(store)
    assert TransformerTagger.load(tmp_path / "saved").predict(documents) == predicted
