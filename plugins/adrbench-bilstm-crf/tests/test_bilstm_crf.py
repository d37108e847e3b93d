"""The tagger as the harness uses it."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from adrbench.api import Annotated, Context, CorpusError, Document, Span, Tagger, Unavailable
from adrbench_bilstm_crf.plugin import Params, PretrainParams, missing, plugin
from adrbench_bilstm_crf.pretraining import pretrain
from adrbench_bilstm_crf.tagger import BilstmCrfTagger

pytestmark = pytest.mark.slow  # networks are trained

SMALL = Params(
    vector_size=16, vector_epochs=2, hidden=16, character_size=8, character_features=8, batch_size=4, epochs=20,
    least_steps=0, patience=20, learning_rate=0.02, holdout=0.2,
)  # fmt: skip
MARKED = [
    "She had [severe rash] after aspirin .",
    "He took aspirin and got a [headache] .",
    "No complaint was seen with ibuprofen .",
    "The [headache] began with ibuprofen .",
    "Aspirin was well tolerated .",
    "A [rash] and a [headache] followed .",
    "Ibuprofen gave him [severe rash] .",
    "They were well after 20 days .",
]


def document(text: str, name: str = "d") -> Document:
    """A document whose tokens are parted by white space."""
    return Document(name, text, tuple((m.start(), m.end()) for m in re.finditer(r"\S+", text)), name)


def annotated(marked: str, name: str) -> Annotated:
    """A document with its spans in square brackets."""
    spans, text = [], ""
    for i, part in enumerate(re.split(r"[\[\]]", marked)):
        if i % 2:
            spans.append(Span(len(text), len(text) + len(part), "ADR"))
        text += part
    return Annotated(document(text, name), tuple(spans))


TRAIN = [annotated(text, f"{i}.{j}") for j in range(3) for i, text in enumerate(MARKED)]
ODD = [document(t, str(i)) for i, t in enumerate(["", "   ", "rash", "😀 \ud800 Ⅷ İ ß", "a" * 500, "rash . " * 3000])]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A cell's conditions."""
    return Context(seed=7, labels=("ADR",), scratch=tmp_path, unlabelled=[document("severe pruritus was seen")])


def fitted(params: Params, context: Context, train: Sequence[Annotated] = TRAIN) -> BilstmCrfTagger:
    """A tagger after fit."""
    tagger = BilstmCrfTagger(params)
    tagger.fit(train, context)
    return tagger


@pytest.mark.parametrize(
    "params",
    [
        SMALL,
        replace(SMALL, scheme="BIO", vectors="fasttext", characters="lstm"),
        replace(SMALL, vectors="random", characters="none", shapes=False, averaging=0.0, layers=2),
    ],
)
def test_learns_what_it_is_shown_and_survives_being_saved(params: Params, context: Context, tmp_path: Path) -> None:
    """It finds the spans of a small task again, and after loading predicts the same on any text."""
    tagger = fitted(params, context)
    assert isinstance(tagger, Tagger)
    documents = [a.document for a in TRAIN]
    assert tagger.predict(documents) == [list(a.spans) for a in TRAIN]
    tagger.save(tmp_path / "model")
    again = BilstmCrfTagger.load(tmp_path / "model")
    assert again.predict([*documents, *ODD]) == tagger.predict([*documents, *ODD])
    assert again.facts() == tagger.facts()
    assert again.facts()["parameters"] > 0


def test_scores_change_no_span(context: Context, tmp_path: Path) -> None:
    """Asked for scores it finds the same spans, each with a fraction, before and after it is saved."""
    documents = [*(a.document for a in TRAIN), *ODD]
    tagger = fitted(SMALL, replace(context, scores=True))
    tagger.save(tmp_path / "model")
    plain, scored = fitted(SMALL, context).predict(documents), tagger.predict(documents)
    assert scored == plain
    assert {span.score for spans in plain for span in spans} == {None}
    scores = [span.score for spans in scored for span in spans]
    assert all(score is not None and 0 < score <= 1 for score in scores)
    again = BilstmCrfTagger.load(tmp_path / "model").predict(documents)
    assert [span.score for spans in again for span in spans] == pytest.approx(scores)


def test_same_seed_same_weights(context: Context) -> None:
    """Two fits agree to the bit, whatever was drawn before and however many threads; other seeds, other weights."""
    params = replace(SMALL, epochs=2)

    def weights(context: Context) -> torch.Tensor:
        network = fitted(params, context).network
        assert network is not None
        return torch.cat([p.detach().flatten() for p in network.parameters()])

    first = weights(context)
    torch.rand(3)
    assert torch.equal(first, weights(replace(context, threads=2)))
    assert not torch.equal(first, weights(replace(context, seed=8)))


def test_fit_leaves_the_global_state_alone(context: Context) -> None:
    """Whoever uses torch beside the tagger draws the same random numbers as without it, with as many threads."""
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    fitted(replace(SMALL, epochs=1), context).predict(ODD)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


def test_odd_documents_get_an_answer(context: Context) -> None:
    """Empty, blank, very long and strange documents are answered, in order, also when they are all there is."""
    tagger = fitted(SMALL, context)
    answers = tagger.predict(ODD)
    assert len(answers) == len(ODD)
    assert answers[:2] == [[], []]
    assert tagger.predict([]) == []
    assert tagger.predict(ODD[:2]) == [[], []]


@pytest.mark.parametrize("train", [[], [annotated("Nothing was seen .", "1")] * 3, [annotated("", "1")]])
def test_nothing_to_learn_nothing_found(train: list[Annotated], context: Context, tmp_path: Path) -> None:
    """Training data without any entity gives a tagger that finds none, saved or not."""
    tagger = fitted(SMALL, context, train)
    assert tagger.predict(ODD) == [[] for _ in ODD]
    tagger.save(tmp_path / "model")
    assert BilstmCrfTagger.load(tmp_path / "model").predict(ODD[:3]) == [[], [], []]


def test_one_document_is_enough(context: Context) -> None:
    """With nothing to hold out, training runs to its end, strange documents included."""
    tagger = fitted(replace(SMALL, epochs=100, dropout=0.0), context, [TRAIN[0]])
    assert tagger.predict([TRAIN[0].document]) == [list(TRAIN[0].spans)]
    fitted(replace(SMALL, epochs=1), context, [TRAIN[0], *(Annotated(d, ()) for d in ODD[:5])])


def test_tells_labels_apart(context: Context) -> None:
    """Several labels are learnt side by side, and one that never occurs does no harm."""
    train = []
    for a in TRAIN:
        drugs = [Span(m.start(), m.end(), "DRUG") for m in re.finditer("(?i)aspirin|ibuprofen", a.document.text)]
        train.append(Annotated(a.document, tuple(sorted([*a.spans, *drugs]))))
    tagger = fitted(SMALL, replace(context, labels=("ADR", "DRUG", "NEVER")), train)
    assert tagger.predict([a.document for a in train]) == [list(a.spans) for a in train]


def test_vectors_of_a_file(context: Context, tmp_path: Path) -> None:
    """Vectors come from the file that is named; a missing one or one of another size is refused with its path."""
    path = tmp_path / "v.txt"
    path.write_text("2 3\nrash 1 2 3\nheadache 1 2 4\n", encoding="utf-8")
    params = replace(SMALL, vectors=str(path), vector_size=None)
    assert fitted(params, context).facts()["word_vectors"] == 2
    assert missing(params, offline=True) is None
    with pytest.raises(Unavailable, match=r"v\.txt.*3 dimensions"):
        fitted(replace(params, vector_size=4), context)
    gone = replace(params, vectors=str(tmp_path / "gone.bin"))
    assert "gone.bin" in (missing(gone, offline=True) or "")
    with pytest.raises(CorpusError, match=r"gone\.bin"):
        fitted(gone, context)


@pytest.mark.parametrize("method", ["word2vec", "fasttext"])
def test_vectors_of_other_text(method: str, context: Context, tmp_path: Path) -> None:
    """They are learnt once, of words in the tagger's form that occur often enough, and a folder is all a fit needs."""
    texts, made = tmp_path / "texts.jsonl", tmp_path / "made"
    lines = [["Severe", "Rash", "came", "two\u00a0words"], ["severe", "rash", "WENT"], ["severe", "itch", "went"]]
    texts.write_text("".join(json.dumps({"words": line}) + "\n" for line in lines), encoding="utf-8")
    made.mkdir()
    passes: list[float] = []
    told = pretrain(
        replace(SMALL, vectors=method),
        PretrainParams(size=8, epochs=3),
        texts,
        made,
        replace(context, progress=lambda *told: passes.append(told[0])),
    )
    assert told == {"steps": 3, "sentences": 3, "loss": [], "words": 3}
    assert passes == [0, 1, 2, 3]
    params = replace(SMALL, vectors=str(made), vector_size=None)
    assert missing(params, offline=True) is None
    assert fitted(params, context).facts()["word_vectors"] == 3


def test_what_cannot_be_learnt_from_other_text_is_told(context: Context, tmp_path: Path) -> None:
    """Vectors that are drawn or of a file, and a text in which no word occurs twice."""
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"words": ["once", "only"]}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="'random': only word2vec and fasttext"):
        pretrain(replace(SMALL, vectors="random"), PretrainParams(), texts, tmp_path, context)
    with pytest.raises(ValueError, match="no word occurs 2 times"):
        pretrain(SMALL, PretrainParams(), texts, tmp_path, context)


def test_no_device_no_fit(context: Context) -> None:
    """A GPU that is not there is a reason to skip the cell."""
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(Unavailable, match="cuda:0"):
        fitted(SMALL, replace(context, device="cuda:0"))


def test_progress_is_told(context: Context) -> None:
    """Each epoch reports how far training is, and how good."""
    seen: list[tuple[float, float, str]] = []
    fitted(
        replace(SMALL, epochs=3),
        replace(context, progress=lambda done, total, note: seen.append((done, total, note))),
    )
    assert [(done, total) for done, total, _ in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert "F1" in seen[-1][2]


def test_small_corpora_get_more_passes_and_patience_ends_training(context: Context) -> None:
    """Passes are added until there are enough steps, and end early once the holdout gains no more."""
    done: list[float] = []
    told = replace(context, progress=lambda epoch, _total, _note: done.append(epoch))
    fitted(replace(SMALL, epochs=2, least_steps=30, patience=2), told)
    assert done == [0, 1, 2, 3, 4, 5, 6]
    done.clear()
    fitted(replace(SMALL, epochs=50, patience=1), told)
    assert max(done) < 50


def test_the_entry_point_names_this_tagger() -> None:
    """The light description leads to the class, and its defaults are parameters."""
    assert plugin.implementation == f"{BilstmCrfTagger.__module__}:{BilstmCrfTagger.__qualname__}"
    assert plugin.params() == Params()
