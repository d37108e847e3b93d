"""The spaCy tagger, through its public interface."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adrbench.api import Annotated, Context, Document, Pruned, Span, Tagger, Unavailable
from adrbench_spacy.plugin import SpacyParams, plugin
from adrbench_spacy.tagger import SpacyTagger

pytestmark = pytest.mark.slow  # networks are trained

DRUGS = ["aspirin", "heparin", "lithium", "quinine", "digoxin", "warfarin"]
REACTIONS = ["rash", "nausea", "hearing loss", "acute gastric bleeding", "tremor", "dry mouth"]
SMALL = {"width": 32, "depth": 1, "rows": 200, "batch_start": 60, "learning_rate": 0.01, "epochs": 6, "least_steps": 0}


def document(text: str, name: str = "d") -> Document:
    """A document whose tokens are its words and single marks."""
    return Document(name, text, tuple(m.span() for m in re.finditer(r"\w+|[^\w\s]", text)), name)


def corpus(label: str = "ADR") -> list[Annotated]:
    """Every drug with every reaction, and as many sentences without any."""
    texts = []
    for i, drug in enumerate(DRUGS):
        for j, reaction in enumerate(REACTIONS):
            text = f"After {drug} the patient developed {reaction} ."
            start = text.index(reaction)
            span = Span(start, start + len(reaction), label)
            texts.append(Annotated(document(text, f"{i}.{j}"), (span,)))
            texts.append(Annotated(document(f"He took {drug} against {reaction} .", f"{i}.{j}n"), ()))
    return texts


def context(folder: Path, **changes: Any) -> Context:
    """Conditions of a cell with one label."""
    return Context(**{"seed": 1, "labels": ("ADR",), "scratch": folder, **changes})


def small(**params: Any) -> SpacyTagger:
    """A tagger with a network that is quick to train."""
    return SpacyTagger(SpacyParams(**{**SMALL, **params}))


def surfaces(tagger: SpacyTagger, text: str) -> list[str]:
    """What is tagged in a text."""
    return [text[s.start : s.end] for s in tagger.predict([document(text)])[0]]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> SpacyTagger:
    """A tagger that has learnt the corpus."""
    tagger = small()
    tagger.fit(corpus(), context(tmp_path_factory.mktemp("scratch")))
    return tagger


def test_is_a_tagger() -> None:
    """The class fulfils the protocol, and the description names it."""
    assert isinstance(small(), Tagger)
    assert plugin.implementation == f"{SpacyTagger.__module__}:{SpacyTagger.__name__}"


def test_learns_from_context(fitted: SpacyTagger) -> None:
    """What it has seen, and what it has not, is tagged, or not, by the words around it."""
    assert fitted.predict([a.document for a in corpus()]) == [list(a.spans) for a in corpus()]
    assert surfaces(fitted, "After digoxin the patient developed vertigo .") == ["vertigo"]
    assert surfaces(fitted, "He took digoxin against vertigo .") == []


def test_save_and_load(fitted: SpacyTagger, tmp_path: Path) -> None:
    """A loaded tagger has the saved one's parameters, facts and predictions."""
    fitted.save(tmp_path)
    again = SpacyTagger.load(tmp_path)
    documents = [a.document for a in corpus()]
    assert again.params == fitted.params
    assert again.facts() == fitted.facts()
    assert again.facts()["parameters"] > 1000
    assert again.predict(documents) == fitted.predict(documents)


def test_spacy_reads_what_is_saved(fitted: SpacyTagger, tmp_path: Path) -> None:
    """Without adrbench, spaCy loads the pipeline and tags a text of its own tokens."""
    fitted.save(tmp_path)
    doc = spacy.load(tmp_path / "pipeline")("After aspirin the patient developed rash.")
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("rash", "ADR")]


def test_a_boundary_inside_a_word_covers_the_word(tmp_path: Path) -> None:
    """Gold that begins or ends within a word is learnt as the words that it touches, as taggers on tags do."""
    off = [Annotated(a.document, tuple(Span(s.start + 1, s.end - 1, s.label) for s in a.spans)) for a in corpus()]
    tagger = small()
    tagger.fit(off, context(tmp_path))
    assert tagger.predict([a.document for a in off]) == [list(a.spans) for a in corpus()]


def test_nested_gold_is_learnt_by_its_longest_span(tmp_path: Path) -> None:
    """Of spans that overlap the longest is learnt."""
    nested = [Annotated(a.document, (*(Span(s.end - 3, s.end, s.label) for s in a.spans), *a.spans)) for a in corpus()]
    tagger = small()
    tagger.fit(nested, context(tmp_path))
    assert tagger.predict([a.document for a in nested]) == [list(a.spans) for a in corpus()]


def test_white_space_as_a_token_breaks_no_mention(tmp_path: Path) -> None:
    """Tokens of white space alone, even at the edge of a mention, are no hindrance to it."""
    spaced = []
    for a in corpus():
        tokens = tuple(m.span() for m in re.finditer(r"\s|\w+|[^\w\s]", a.document.text))
        spans = tuple(Span(s.start - 1, s.end, s.label) for s in a.spans)
        spaced.append(Annotated(Document(a.document.id, a.document.text, tokens, "g"), spans))
    tagger = small()
    tagger.fit(spaced, context(tmp_path))
    assert tagger.predict([a.document for a in spaced]) == [list(a.spans) for a in corpus()]


def test_labels_are_kept_apart(tmp_path: Path) -> None:
    """Two labels, one with a hyphen in its name, are learnt by context; one that is not asked for is not learnt."""
    both = [
        Annotated(a.document, a.spans or tuple(Span(*a.document.tokens[i], "DRUG-NAME") for i in (2,)))
        for a in corpus()
    ]
    tagger = small()
    tagger.fit(both, context(tmp_path, labels=("ADR", "DRUG-NAME")))
    assert tagger.predict([a.document for a in both]) == [list(a.spans) for a in both]
    tagger.fit(both, context(tmp_path))
    assert tagger.predict([a.document for a in both]) == [list(a.spans) for a in corpus()]


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    """Before fit, and without documents, tokens or spans, nothing is tagged, and so it is after loading."""
    tagger = small()
    assert tagger.predict([document("a rash")]) == [[]]
    for train in ([], [Annotated(document(""), ())], [Annotated(document("no mention"), ())]):
        tagger.fit(train, context(tmp_path))
        tagger.save(tmp_path)
        assert tagger.predict([document("a rash")]) == SpacyTagger.load(tmp_path).predict([document("a rash")]) == [[]]


def test_reports_each_pass(tmp_path: Path) -> None:
    """Without patience all passes are made, each is reported, and nothing is held out."""
    seen: list[tuple[float, float, str]] = []
    small(epochs=3).fit(corpus(), context(tmp_path, progress=lambda *report: seen.append(report)))
    assert [(done, total) for done, total, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    assert not any("F1" in note for _, _, note in seen)


def test_a_small_corpus_gets_more_passes(tmp_path: Path) -> None:
    """Where the passes asked for are too few steps, they are multiplied, no more often than it takes."""
    seen: list[float] = []
    words = sum(len(a.document.tokens) for a in corpus())
    tagger = small(epochs=2, batch_start=words, batch_stop=words, least_steps=7)
    tagger.fit(corpus(), context(tmp_path, progress=lambda done, total, _: seen.extend((done, total))))
    assert seen == [value for done in range(1, 9) for value in (done, 8)]


def test_patience_ends_training_and_keeps_the_best_pass(tmp_path: Path) -> None:
    """Training ends as many passes after the best one as patience says, and that one's answers are given."""
    judged: list[float] = []
    tagger = small(epochs=100, patience=2)
    development = corpus()[::5]
    tagger.fit(corpus(), context(tmp_path, development=development, report=lambda _, f1: judged.append(f1)))
    assert len(judged) == judged.index(max(judged)) + 1 + 2
    predicted = tagger.predict([a.document for a in development])
    assert max(judged) == 1.0
    assert predicted == [list(a.spans) for a in development]


def test_a_study_may_prune(tmp_path: Path) -> None:
    """What a study raises where a pass is judged goes through."""

    def prune(*_: float) -> None:
        raise Pruned

    with pytest.raises(Pruned):
        small(patience=1).fit(corpus(), context(tmp_path, report=prune))


def test_averaging_changes_the_weights(tmp_path: Path) -> None:
    """The average of the weights is another model than the last ones."""
    models = []
    for averaging in (True, False):
        tagger = small(averaging=averaging, epochs=1)
        tagger.fit(corpus(), context(tmp_path))
        folder = tmp_path / str(averaging)
        folder.mkdir()
        tagger.save(folder)
        models.append((folder / "pipeline" / "ner" / "model").read_bytes())
    assert models[0] != models[1]


def test_the_seed_decides_the_model(tmp_path: Path) -> None:
    """One seed gives the same model, byte for byte, another seed another one."""
    models = []
    for number, seed in enumerate((7, 7, 2**40)):
        tagger = small(epochs=2)
        tagger.fit(corpus(), context(tmp_path, seed=seed))
        folder = tmp_path / str(number)
        folder.mkdir()
        tagger.save(folder)
        models.append((folder / "pipeline" / "ner" / "model").read_bytes())
    assert models[0] == models[1] != models[2]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"dropout": 1.0}, "dropout\n .*less than 1"),
        ({"epochs": "many"}, "epochs\n .*integer"),
        ({"language": "English"}, "language\n .*pattern"),
        ({"batch_start": 500, "batch_stop": 100}, "batch_stop: 100 is less than batch_start, which is 500"),
    ],
)
def test_wrong_parameters_are_refused(params: dict[str, Any], reason: str) -> None:
    """A value out of bounds or of another type, and steps that shrink are named."""
    with pytest.raises(ValidationError, match=reason):
        TypeAdapter(plugin.params).validate_python(params)


def test_an_unknown_language_is_unavailable(tmp_path: Path) -> None:
    """A language that spaCy does not have is named, by the description and by fit."""
    assert plugin.missing is not None
    assert plugin.missing(SpacyParams(), False) is None
    assert "did you mean" in (plugin.missing(SpacyParams(language="enn"), False) or "")
    with pytest.raises(Unavailable, match="qqq"):
        small(language="qqq").fit(corpus(), context(tmp_path))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=4), long=st.text(max_size=200))
def test_any_unicode(tmp_path: Path, texts: list[str], long: str) -> None:
    """Whatever the characters, lone surrogates included, spans lie in the text, in order and without overlap."""
    train = [
        Annotated(doc, (Span(*doc.tokens[0], "ADR"),) if doc.tokens else ())
        for i, text in enumerate(texts)
        for doc in [document(text, str(i))]
    ]
    tagger = small(epochs=2, width=8)
    tagger.fit(train, context(tmp_path))
    spans = tagger.predict([document(long)])[0]
    assert all(0 <= s.start < s.end <= len(long) for s in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
