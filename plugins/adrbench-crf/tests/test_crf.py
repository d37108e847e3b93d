"""The CRF tagger, through its public interface."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adrbench.api import Annotated, Context, CorpusError, Document, Span, Tagger, Unavailable
from adrbench_crf import vectors
from adrbench_crf.clusters import learn
from adrbench_crf.features import Template
from adrbench_crf.gazetteer import Gazetteer, cross_fitted
from adrbench_crf.plugin import CrfParams, PretrainParams, missing, plugin
from adrbench_crf.pretraining import pretrain
from adrbench_crf.tagger import CrfTagger

DRUGS = ["aspirin", "heparin", "lithium", "quinine", "digoxin", "warfarin"]
REACTIONS = ["rash", "nausea", "hearing loss", "acute gastric bleeding", "tremor", "dry mouth"]


def document(text: str, name: str = "d") -> Document:
    """A document whose tokens are its words and single marks."""
    return Document(name, text, tuple(m.span() for m in re.finditer(r"\w+|[^\w\s]", text)), name)


def corpus() -> list[Annotated]:
    """Every drug with every reaction, and as many sentences without any."""
    texts = []
    for i, drug in enumerate(DRUGS):
        for j, reaction in enumerate(REACTIONS):
            text = f"After {drug} the patient developed {reaction} ."
            start = text.index(reaction)
            span = Span(start, start + len(reaction), "ADR")
            texts.append(Annotated(document(text, f"{i}.{j}"), (span,)))
            texts.append(Annotated(document(f"He took {drug} against {reaction} .", f"{i}.{j}n"), ()))
    return texts


def context(folder: Path, **changes: Any) -> Context:
    """Conditions of a cell with one label."""
    return Context(**{"seed": 1, "labels": ("ADR",), "scratch": folder, **changes})


def fitted(folder: Path, *, unlabelled: Sequence[Document] = (), **params: Any) -> CrfTagger:
    """A tagger fitted on the corpus."""
    tagger = CrfTagger(CrfParams(**params))
    tagger.fit(corpus(), context(folder, unlabelled=unlabelled))
    return tagger


def surfaces(tagger: CrfTagger, text: str) -> list[str]:
    """What is tagged in a text."""
    return [text[s.start : s.end] for s in tagger.predict([document(text)])[0]]


def test_is_a_tagger() -> None:
    """The class fulfils the protocol, and the description names it."""
    assert isinstance(CrfTagger(CrfParams()), Tagger)
    assert plugin.implementation == f"{CrfTagger.__module__}:{CrfTagger.__name__}"


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_learns_from_context(tmp_path: Path, scheme: str) -> None:
    """Unseen words are tagged, or not, by the words around them."""
    tagger = fitted(tmp_path, scheme=scheme, training_gazetteer=0)
    assert surfaces(tagger, "After digoxin the patient developed blurred vision .") == ["blurred vision"]
    assert surfaces(tagger, "He took digoxin against blurred vision .") == []


@pytest.mark.parametrize("outside_bias", [1.0, 0.8])
def test_a_score_is_the_smallest_marginal(tmp_path: Path, outside_bias: float) -> None:
    """It is the summed probability of all tag sequences with the span's least sure tag; the spans stay the same."""
    params: dict[str, Any] = {"training_gazetteer": 0, "clusters": (), "scheme": "BIO", "outside_bias": outside_bias}
    plain, scored = fitted(tmp_path, **params), CrfTagger(CrfParams(**params))
    scored.fit(corpus(), context(tmp_path, scores=True))
    scored.save(tmp_path)
    asked = document("the patient developed blurred vision .")
    assert [span.score for span in plain.predict([asked])[0]] == [None]
    rows = scored._rows(asked, [])
    tags = scored._model.tag(rows)  # type: ignore[union-attr]
    suite = scored._model._tagger  # type: ignore[union-attr]
    sequences = [list(one) for one in product(["O", "B-ADR", "I-ADR"], repeat=len(tags))]
    marginal = [sum(suite.probability(one) for one in sequences if one[i] == tag) for i, tag in enumerate(tags)]
    assert tags == ["O", "O", "O", "B-ADR", "I-ADR", "O"]
    for tagger in (scored, CrfTagger.load(tmp_path)):
        [spans] = tagger.predict([asked])
        assert spans == plain.predict([asked])[0]
        assert [span.score for span in spans] == pytest.approx([min(marginal[3:5])])


def test_predicts_before_fit() -> None:
    """An unfitted tagger tags nothing."""
    assert CrfTagger(CrfParams()).predict([document("rash")]) == [[]]


def test_says_nothing_and_reports_progress(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Training prints nothing; the iterations are reported instead, never more than announced."""
    seen: list[tuple[float, float, str]] = []
    tagger = CrfTagger(CrfParams(max_iterations=7))
    tagger.fit(corpus(), context(tmp_path, progress=lambda *report: seen.append(report)))
    assert capfd.readouterr() == ("", "")
    assert [done for done, _, note in seen if note == "iterations"] == list(range(1, 8))
    assert {total for _, total, note in seen if note == "iterations"} == {7}


@pytest.mark.parametrize("clusters", [(), (2, 4)])
def test_save_and_load(tmp_path: Path, clusters: tuple[int, ...]) -> None:
    """A loaded tagger has the saved one's parameters, facts and predictions, whatever became of the scratch folder."""
    scratch, kept = tmp_path / "scratch", tmp_path / "kept"
    scratch.mkdir()
    kept.mkdir()
    names = tmp_path / "terms.txt"
    names.write_text("blurred vision\n", encoding="utf-8")
    tagger = fitted(scratch, clusters=clusters, training_gazetteer=2, term_lists=(str(names),), max_iterations=20)
    for leftover in scratch.iterdir():
        leftover.unlink()
    names.unlink()
    tagger.save(kept)
    again = CrfTagger.load(kept)
    documents = [a.document for a in corpus()] + [document("He developed blurred vision and rash .")]
    assert again.params == tagger.params
    assert again.facts() == tagger.facts()
    assert again.predict(documents) == tagger.predict(documents)
    assert any(tagger.predict(documents))


@pytest.mark.parametrize("clusters", [(), (2, 4)])
def test_deterministic(tmp_path: Path, clusters: tuple[int, ...]) -> None:
    """The same seed gives the same model, byte for byte."""
    models = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        fitted(tmp_path, clusters=clusters, training_gazetteer=3, max_iterations=10).save(tmp_path / name)
        models.append((tmp_path / name / "model.crfsuite").read_bytes())
    assert models[0] == models[1]


def test_threads_change_nothing(tmp_path: Path) -> None:
    """The model is the same, byte for byte, however many threads a cell has."""
    words, chance = ["".join(letters) for letters in product("abcdefghijklm", repeat=3)], random.Random(1)
    weights = [1 / (i + 1) for i in range(len(words))]
    unlabelled = [document(" ".join(chance.choices(words, weights, k=20))) for _ in range(1000)]
    models = []
    for threads in (1, 2):
        tagger = CrfTagger(CrfParams(max_iterations=1))
        tagger.fit(corpus(), context(tmp_path, threads=threads, unlabelled=unlabelled))
        tagger.save(tmp_path)
        models.append([(tmp_path / name).read_bytes() for name in ("crf.json", "model.crfsuite")])
    assert models[0] == models[1]


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    """Without documents, tokens or spans, fit succeeds, nothing is tagged, and so it is after loading."""
    for train in ([], [Annotated(document(""), ())], [Annotated(document("no mention"), ())]):
        tagger = CrfTagger(CrfParams())
        tagger.fit(train, context(tmp_path))
        tagger.save(tmp_path)
        assert tagger.predict([document("a rash")]) == CrfTagger.load(tmp_path).predict([document("a rash")]) == [[]]


def test_label_not_asked_for_is_not_learnt(tmp_path: Path) -> None:
    """Spans of labels outside the context are no gold."""
    tagger = CrfTagger(CrfParams())
    tagger.fit(corpus(), context(tmp_path, labels=("DRUG",)))
    assert surfaces(tagger, corpus()[0].document.text) == []


def test_texts_without_tokens(tmp_path: Path) -> None:
    """Empty texts and texts without tokens have no spans, and disturb neither fit nor the others."""
    tagger = CrfTagger(CrfParams(max_iterations=20))
    tagger.fit([Annotated(document("", "e"), ()), *corpus()], context(tmp_path))
    full = corpus()[0]
    assert tagger.predict([document(""), full.document, Document("n", "rash", (), "n")]) == [[], list(full.spans), []]


def test_outside_bias_trades_precision_for_recall(tmp_path: Path) -> None:
    """The lower the factor, the more is tagged."""
    text = "Some vision and some tremor , heparin , rash ; the patient took blurred nausea ."
    counts = []
    for bias in (1.0, -20.0):
        tagged = fitted(tmp_path, outside_bias=bias, c1=0.0).predict([document(text)])[0]
        counts.append(sum(span.end - span.start for span in tagged))
    assert counts[0] < counts[1]


def test_gazetteer_tells_unseen_words_apart(tmp_path: Path) -> None:
    """A listed term that training never shows is tagged where an unlisted one is not."""
    names = tmp_path / "terms.tsv"
    names.write_text("1\trash\n2\ttremor\n3\tvertigo\n", encoding="utf-8")
    train = [
        Annotated(document(f"He had {word} .", word), (Span(7, 7 + len(word), "ADR"),) if adverse else ())
        for word, adverse in [("rash", True), ("tremor", True), ("lunch", False), ("visits", False)]
    ]
    tagger = CrfTagger(CrfParams(term_lists=(str(names),), list_column=2, affix=0))
    tagger.fit(train, context(tmp_path))
    assert surfaces(tagger, "He had vertigo .") == ["vertigo"]
    assert surfaces(tagger, "He had dinners .") == []


def test_gazetteer_takes_the_longest_match() -> None:
    """Matches are leftmost-longest, need no agreement in case or tokenisation, and end with a word."""
    gazetteer = Gazetteer(["Renal failure", "failure of the heart", "anti-hypertensive", "  "])
    words = ["renal", "Failure", "of", "the", "heart", "Anti", "-", "hypertensive", "failures"]
    assert gazetteer.tags(words) == ["B", "E", "O", "O", "O", "B", "I", "E", "O"]
    assert Gazetteer(["a b", "c"]).tags(["ab", "C"]) == ["S", "S"]


def test_cross_fitting_hides_a_documents_own_terms(tmp_path: Path) -> None:
    """No gazetteer holds a term that only the document's own group has; with two groups, it has the other's."""
    train = [
        Annotated(Document(f"{i}", word, ((0, len(word)),), group), (Span(0, len(word), "ADR"),))
        for i, (word, group) in enumerate([("rash", "a"), ("fever", "a"), ("tremor", "b")])
    ]
    fitted_on = cross_fitted(train, 2, context(tmp_path, grouped=True))
    assert [sorted(g.terms) for g in fitted_on] == [["tremor"], ["tremor"], ["fever", "rash"]]


def test_missing_term_list_is_unavailable(tmp_path: Path) -> None:
    """A list that is not there is named, by the description and by fit."""
    params = CrfParams(term_lists=(str(tmp_path / "no.txt"),))
    assert plugin.missing is not None
    assert "no.txt" in (plugin.missing(params, False) or "")
    assert plugin.missing(CrfParams(), False) is None
    with pytest.raises(Unavailable, match=r"no\.txt"):
        CrfTagger(params).fit(corpus(), context(tmp_path))


def test_unusable_term_lists_are_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 and a line without the column are named."""
    names = tmp_path / "terms.txt"
    names.write_bytes(b"caf\xe9\n")
    with pytest.raises(CorpusError, match="not UTF-8 at byte 3"):
        fitted(tmp_path, term_lists=(str(names),))
    names.write_text("a\tb\nc\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        fitted(tmp_path, term_lists=(str(names),), list_column=2)


def test_single_part_cannot_be_cross_fitted() -> None:
    """One part is an error that says what would be valid."""
    with pytest.raises(ValueError, match="at least 2"):
        CrfParams(training_gazetteer=1)


@pytest.mark.parametrize(
    ("changes", "prefix"),
    [({"window": 0}, "w["), ({"affix": 0}, "pre="), ({"bigrams": 0}, "pair["), ({"cluster_window": 0}, "c[1]")],
)
def test_feature_groups_can_be_turned_off(changes: dict[str, Any], prefix: str) -> None:
    """Each width of the template governs its own features."""
    words = ["Acute", "hearing-loss", "0"]
    clusters = {"acute": ("2.1",), "hearing-loss": ("2.0",)}

    def some(params: CrfParams) -> bool:
        return any(f.startswith(prefix) for row in Template(params, clusters, {}).features(words) for f in row)

    assert some(CrfParams())
    assert not some(CrfParams(**changes))


def test_unlabelled_text_shapes_the_clusters(tmp_path: Path) -> None:
    """Words of the declared unlabelled text get clusters too."""
    tagger = CrfTagger(CrfParams(clusters=(2,), max_iterations=5))
    unlabelled = [document(f"The {word} was seen by the nurse .") for word in ["vertigo", "oedema"] * 3]
    tagger.fit(corpus(), context(tmp_path, unlabelled=unlabelled))
    tagger.save(tmp_path)
    assert '"vertigo"' in (tmp_path / "crf.json").read_text(encoding="utf-8")


def test_words_of_the_same_contexts_are_neighbours(tmp_path: Path) -> None:
    """The words nearest to a token by their contexts are features of it, unless they are turned off."""
    verbs = [f"verb{chr(97 + i)}{chr(97 + j)}" for i in range(12) for j in range(12)]
    text = [document(f"{word} {verb} slowly") for verb in verbs for word in ("vertigo", "oedema")]
    for count, wanted in ((2, True), (0, False)):
        tagger = fitted(tmp_path, unlabelled=text, neighbours=count, max_iterations=5)
        tagger.save(tmp_path)
        neighbours = json.loads((tmp_path / "crf.json").read_text(encoding="utf-8"))["neighbours"]
        assert ("oedema" in neighbours.get("vertigo", ())) is wanted
        model = tagger.predict([document("Vertigo came .")])
        assert CrfTagger.load(tmp_path).predict([document("Vertigo came .")]) == model
    template = Template(CrfParams(), {}, {"vertigo": ("oedema",)})
    assert ["near=oedema" in row for row in template.features(["Vertigo", "came"])] == [True, False]


def test_neighbours_are_other_frequent_words() -> None:
    """No word is a neighbour of its own; rare words have neighbours and are none."""
    chance = random.Random(7)
    words = [f"w{chance.randrange(500)}{chr(97 + i % 26)}{i}".replace("0", "o") for i in range(6_300)]
    sentences = [[chance.choice(words[:300]), word, chance.choice(words[:300])] for word in words for _ in range(2)]
    clusters, neighbours = learn(vectors.learn(sentences, 1), (), 3, 1)
    counts = Counter(word for sentence in sentences for word in sentence)
    frequent = set(sorted(counts, key=lambda word: (-counts[word], word))[:6_000])
    assert clusters == {}
    assert any(word not in frequent for word in neighbours)
    assert all(word not in near and len(near) <= 3 and frequent.issuperset(near) for word, near in neighbours.items())


def _pretrained(folder: Path) -> Path:
    """A folder of vectors in which vertigo and oedema are alike, as two hundred words of other company are not."""
    verbs = [f"verb{chr(97 + i)}{chr(97 + j)}" for i in range(12) for j in range(12)]
    lines = [["The", word, verb, "slowly"] for verb in verbs for word in ("Vertigo", "oedema")]
    texts = folder / "texts.jsonl"
    texts.write_text("".join(json.dumps({"words": line}) + "\n" for line in lines), encoding="utf-8")
    made = folder / "made"
    made.mkdir()
    told = pretrain(CrfParams(), PretrainParams(), texts, made, context(folder, labels=()))
    assert {name: told[name] for name in ("steps", "sentences", "loss")} == {"steps": 1, "sentences": 288, "loss": []}
    assert told["words"] == 148
    return made


def test_vectors_of_other_text(tmp_path: Path) -> None:
    """Clusters and neighbours are those of the text that was learnt from first, in words as the tagger writes them."""
    made = _pretrained(tmp_path)
    params = CrfParams(vectors=str(made), clusters=(64,), max_iterations=5)
    assert missing(params, offline=True) is None
    tagger = CrfTagger(params)
    tagger.fit(corpus(), context(tmp_path))
    kept = tmp_path / "kept"
    kept.mkdir()
    tagger.save(kept)
    state = json.loads((kept / "crf.json").read_text(encoding="utf-8"))
    assert "oedema" in state["neighbours"]["vertigo"]
    assert "aspirin" not in state["clusters"]
    assert state["clusters"]["vertigo"] != state["clusters"]["verbaa"]
    asked = [document("Vertigo came .")]
    made.rename(tmp_path / "elsewhere")
    assert CrfTagger.load(kept).predict(asked) == tagger.predict(asked)


def test_vectors_that_are_not_there_or_damaged_are_told(tmp_path: Path) -> None:
    """By the name of the folder; what is learnt already, or has no word twice, is not learnt from."""
    gone = CrfParams(vectors=str(tmp_path / "gone"))
    assert "gone" in (missing(gone, offline=True) or "")
    with pytest.raises(CorpusError, match="gone"):
        CrfTagger(gone).fit(corpus(), context(tmp_path))
    made = _pretrained(tmp_path)
    for name, content in (("words.json", b'["one"]'), ("words.json", b"3"), ("vectors.npy", b"")):
        before = (made / name).read_bytes()
        (made / name).write_bytes(content)
        with pytest.raises(CorpusError, match="made"):
            CrfTagger(CrfParams(vectors=str(made))).fit(corpus(), context(tmp_path))
        (made / name).write_bytes(before)
    texts = tmp_path / "texts.jsonl"
    with pytest.raises(ValueError, match="only vectors = 'pmi'"):
        pretrain(CrfParams(vectors=str(made)), PretrainParams(), texts, tmp_path, context(tmp_path))
    texts.write_text('{"words": ["once", "only"]}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="no word occurs twice"):
        pretrain(CrfParams(), PretrainParams(), texts, tmp_path, context(tmp_path))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=4), long=st.text(max_size=200))
def test_any_unicode(tmp_path: Path, texts: list[str], long: str) -> None:
    """Whatever the characters, lone surrogates included, spans lie in the text, in order and without overlap."""
    train = [
        Annotated(doc, (Span(*doc.tokens[0], "ADR"),) if doc.tokens else ())
        for i, text in enumerate(texts)
        for doc in [document(text, str(i))]
    ]
    tagger = CrfTagger(CrfParams(max_iterations=3))
    tagger.fit(train, context(tmp_path))
    spans = tagger.predict([document(long)])[0]
    assert all(0 <= s.start < s.end <= len(long) for s in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
