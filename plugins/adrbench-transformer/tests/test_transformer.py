"""Fine-tuned on tiny checkpoints, the tagger learns, saves, reads anything and says what is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adrbench.api import Annotated, Context, Document, Span, Unavailable
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # networks are trained

QUICK: dict[str, Any] = {"epochs": 12, "batch_size": 3, "learning_rate": 6e-3}


def test_learns_and_predicts_the_same_after_loading(
    kind: str,
    checkpoint: Callable[[str], Path],
    train: list[Annotated],
    context: Context,
    tmp_path: Path,
) -> None:
    """A tagger learns its training sentences, and one loaded from its folder gives the very same spans."""
    tagger = TransformerTagger(TransformerParams(model=str(checkpoint(kind)), **(QUICK | {"epochs": 25})))
    tagger.fit(train, context)
    documents = [a.document for a in train]
    predicted = tagger.predict(documents)
    assert sum(list(a.spans) == spans for a, spans in zip(train, predicted, strict=True)) >= 5
    tagger.save(tmp_path)
    assert TransformerTagger.load(tmp_path).predict(documents) == predicted
    assert not list(tmp_path.rglob("*.bin"))


@pytest.mark.parametrize("changes", [{}, {"head": "crf"}, {"constrained": False, "max_length": 12, "overlap": 4}])
def test_scores_change_no_span(
    checkpoint: Callable[[str], Path],
    train: list[Annotated],
    context: Context,
    tmp_path: Path,
    changes: dict[str, Any],
) -> None:
    """Asked for scores it finds the same spans, each with a fraction, before and after it is saved."""
    params = TransformerParams(model=str(checkpoint("bert-cased")), **QUICK, **changes)
    plain, scored = TransformerTagger(params), TransformerTagger(params)
    plain.fit(train, context)
    scored.fit(train, dataclasses.replace(context, scores=True))
    documents = [*(a.document for a in train), Document("empty", "", (), "g")]
    spans, answers = plain.predict(documents), scored.predict(documents)
    assert answers == spans
    assert any(spans)
    assert {span.score for own in spans for span in own} == {None}
    sure = [span.score for own in answers for span in own]
    assert all(score is not None and 0 < score <= 1 for score in sure)
    scored.save(tmp_path)
    again = TransformerTagger.load(tmp_path).predict(documents)
    assert [span.score for own in again for span in own] == pytest.approx(sure)


def test_same_seed_same_predictions(
    checkpoint: Callable[[str], Path], train: list[Annotated], context: Context
) -> None:
    """Two taggers fitted alike agree to the bit, dropout, masking and averaging included."""
    params = TransformerParams(
        model=str(checkpoint("bert-cased")), word_dropout=0.2, averaging=0.9, label_smoothing=0.1, **QUICK
    )
    weights = []
    for seed in (7, 7, 8):
        tagger = TransformerTagger(params)
        tagger.fit(train, dataclasses.replace(context, seed=seed))
        weights.append(torch.cat([w.flatten() for w in tagger._model.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.fixture(scope="module")
def fitted(
    checkpoint: Callable[[str], Path], train: list[Annotated], tmp_path_factory: pytest.TempPathFactory
) -> TransformerTagger:
    """A tagger of short windows."""
    tagger = TransformerTagger(
        TransformerParams(model=str(checkpoint("bert-uncased")), max_length=12, overlap=4, **QUICK)
    )
    tagger.fit(train, Context(seed=7, labels=("ADR",), scratch=tmp_path_factory.mktemp("scratch")))
    return tagger


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.lists(st.text(min_size=1, max_size=10), max_size=60), max_size=3))
def test_any_text_gets_spans_on_its_tokens(fitted: TransformerTagger, words: list[list[str]]) -> None:
    """Any Unicode in documents of any length gives one list a document, of spans from token edge to token edge."""
    documents = []
    for number, tokens in enumerate(words):
        ends = [0]
        for token in tokens:
            ends.append(ends[-1] + len(token))
        documents.append(Document(str(number), "".join(tokens), tuple(pairwise(ends)), "g"))
    predicted = fitted.predict(documents)
    assert len(predicted) == len(documents)
    for doc, spans in zip(documents, predicted, strict=True):
        heads, tails = {start for start, _ in doc.tokens}, {end for _, end in doc.tokens}
        assert all(span.start in heads and span.end in tails and span.label == "ADR" for span in spans)
        assert all(a.end <= b.start for a, b in pairwise(spans))


def test_a_reaction_at_the_end_of_a_long_text_is_found(
    fitted: TransformerTagger, train: list[Annotated], document: Callable[[str], Document]
) -> None:
    """A document far longer than the model's positions is tagged to its end."""
    filler = "No complaint was noted under Morvidine . " * 40
    [spans] = fitted.predict([document(filler + train[0].document.text)])
    assert Span(len(filler) + train[0].spans[0].start, len(filler) + train[0].spans[0].end, "ADR") in spans


def test_words_without_subwords_are_outside(fitted: TransformerTagger, document: Callable[[str], Document]) -> None:
    """Documents that are empty, or all of control characters, have no spans and disturb nobody."""
    empty, control = Document("e", "", (), "g"), Document("c", "\x00 \x01", ((0, 1), (2, 3)), "g")
    told = document("He woke with severe headache .")
    assert fitted.predict([empty, control, told]) == [[], [], fitted.predict([told])[0]]


def test_text_without_entities_teaches_that_there_are_none(
    checkpoint: Callable[[str], Path], train: list[Annotated], context: Context
) -> None:
    """Training documents without any entity, or without tokens, are no error."""
    bare = [dataclasses.replace(a, spans=()) for a in train]
    bare.append(dataclasses.replace(train[0], document=Document("e", "", (), "e"), spans=()))
    tagger = TransformerTagger(TransformerParams(model=str(checkpoint("bert-cased")), **QUICK))
    tagger.fit(bare, context)
    assert tagger.predict([a.document for a in train]) == [[] for _ in train]


def test_bioes_frozen_embeddings_and_rates_by_layer(
    checkpoint: Callable[[str], Path], train: list[Annotated], context: Context
) -> None:
    """BIOES tags are learnt with a faster head on slower layers while the embeddings stay as they were."""
    params = TransformerParams(
        model=str(checkpoint("bert-cased")), scheme="BIOES", freeze_embeddings=True, head_factor=2.0, layer_decay=0.8,
        **(QUICK | {"epochs": 60}),
    )  # fmt: skip
    tagger = TransformerTagger(params)
    tagger.fit(train, context)
    assert sum(tagger.predict([a.document])[0] == list(a.spans) for a in train) >= 5
    before = TransformerTagger(dataclasses.replace(params, epochs=1, learning_rate=1e-9, freeze_embeddings=False))
    before.fit(train, context)
    name = "bert.embeddings.word_embeddings.weight"
    assert torch.allclose(tagger._model.state_dict()[name], before._model.state_dict()[name], atol=1e-6)
    facts = tagger.facts()
    assert facts["parameters"] == sum(w.numel() for w in tagger._model.state_dict().values() if w.is_floating_point())
    assert facts["bfloat16"] in (0, 1)
    assert sum(name.startswith("kernel_") for name in facts) == 1


def test_a_runaway_loss_names_the_learning_rate(
    checkpoint: Callable[[str], Path], train: list[Annotated], context: Context
) -> None:
    """A loss that is no number ends the training with the learning rate in the message."""
    params = TransformerParams(model=str(checkpoint("bert-cased")), learning_rate=1e38, clip=1e30, epochs=20)
    with pytest.raises(FloatingPointError, match=r"learning_rate = 1e\+38 is too high"):
        TransformerTagger(params).fit(train, context)


def test_nothing_to_learn_from_is_an_error(checkpoint: Callable[[str], Path], context: Context) -> None:
    """An empty training part is refused rather than tagged at random."""
    with pytest.raises(ValueError, match="no training document"):
        TransformerTagger(TransformerParams(model=str(checkpoint("gpt2")))).fit([], context)


def test_missing_weights_are_unavailable(train: list[Annotated], context: Context, tmp_path: Path) -> None:
    """Fitting without weights raises the reason that ``missing`` gives."""
    with pytest.raises(Unavailable, match="no such folder"):
        TransformerTagger(TransformerParams(model=str(tmp_path / "nowhere"))).fit(train, context)


def test_progress_is_told_and_stdout_is_left_alone(
    checkpoint: Callable[[str], Path], train: list[Annotated], context: Context, capfd: pytest.CaptureFixture[str]
) -> None:
    """Progress goes to the context, to its end, and nothing is printed."""
    told: list[tuple[float, float]] = []
    quiet = dataclasses.replace(context, progress=lambda done, total, _: told.append((done, total)))
    TransformerTagger(TransformerParams(model=str(checkpoint("gpt2")), **(QUICK | {"epochs": 2}))).fit(train, quiet)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert capfd.readouterr() == ("", "")
