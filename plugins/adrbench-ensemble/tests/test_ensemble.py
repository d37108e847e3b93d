"""The ensemble, through its public interface."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import adrbench
from adrbench.api import Annotated, Context, Document, Span, Tagger, Unavailable
from adrbench.errors import InputError, PluginError
from adrbench.plugins import parameters
from adrbench.plugins.composition import missing
from adrbench.plugins.registry import Registry
from adrbench_ensemble.plugin import EnsembleParams, plugin
from adrbench_ensemble.tagger import EnsembleTagger

pytestmark = pytest.mark.usefixtures("site")

CRF = {"clusters": [], "training_gazetteer": 0, "max_iterations": 10}
TWO: list[dict[str, Any]] = [{"use": "dictionary"}, {"use": "crf", "params": CRF}]


def voice(*words: str, **params: Any) -> dict[str, Any]:
    """A member that tags these words."""
    return {"use": "voice", "params": {"words": list(words), **params}}


def document(text: str, name: str = "d") -> Document:
    """A document whose tokens are its words and single marks."""
    return Document(name, text, tuple(m.span() for m in re.finditer(r"\w+|[^\w\s]", text)), name)


def corpus(count: int = 20) -> list[Annotated]:
    """Sentences with one reaction each."""
    made = []
    for i in range(count):
        reaction = ("rash", "gout")[i % 2]
        text = f"Day {i} of aspirin : {reaction} ."
        start = text.index(reaction)
        made.append(Annotated(document(text, f"{i}"), (Span(start, start + len(reaction), "ADR"),)))
    return made


def built(members: Sequence[Mapping[str, Any]], **params: Any) -> EnsembleTagger:
    """An ensemble with checked parameters."""
    checked, problems = Registry().check(EnsembleParams, {"members": list(members), **params})
    assert problems == []
    return EnsembleTagger(checked)


def context(folder: Path, **changes: Any) -> Context:
    """Conditions of a cell with one label."""
    return Context(**{"seed": 7, "labels": ("ADR",), "scratch": folder, **changes})


def fitted(folder: Path, members: Sequence[Mapping[str, Any]], **params: Any) -> EnsembleTagger:
    """An ensemble fitted on the corpus."""
    tagger = built(members, **params)
    tagger.fit(corpus(), context(folder))
    return tagger


def surfaces(tagger: EnsembleTagger, text: str) -> list[str]:
    """What is tagged in a text."""
    return [text[s.start : s.end] for s in tagger.predict([document(text)])[0]]


def test_is_a_tagger() -> None:
    """The class fulfils the protocol, and the description names it."""
    assert isinstance(built(TWO), Tagger)
    assert plugin.implementation == f"{EnsembleTagger.__module__}:{EnsembleTagger.__name__}"
    assert built(TWO).predict([document("rash")]) == [[]]


def test_votes_are_counted(tmp_path: Path) -> None:
    """A majority is more than half of the members, a union any; another share by the threshold."""
    members = [voice("rash", "pain"), voice("rash", "gout"), voice("rash", "gout", "cough"), voice("rash")]
    text = "rash gout pain cough"
    assert surfaces(fitted(tmp_path, members), text) == ["rash"]
    assert surfaces(fitted(tmp_path, members, threshold=0.4), text) == ["rash", "gout"]
    assert surfaces(fitted(tmp_path, members, vote="union"), text) == ["rash", "gout", "pain", "cough"]


def test_weights_are_f1_on_a_holdout(tmp_path: Path) -> None:
    """Who was right on what was held out outweighs two who were not, and the facts say by how much."""
    tagger = fitted(tmp_path, [voice("rash", "gout"), voice("Day", "rash"), voice("Day")], vote="weighted")
    assert surfaces(tagger, "Day 3 : rash or gout") == ["rash", "gout"]
    facts = tagger.facts()
    assert facts["voice.weight_basis_points"] == 10_000
    assert 0 < facts["voice-2.weight_basis_points"] < 10_000
    assert facts["voice-3.weight_basis_points"] == 0
    strict = fitted(tmp_path, [voice("rash", "gout"), voice("Day", "rash")], vote="weighted", threshold=0.9)
    assert surfaces(strict, "Day 3 : rash or gout") == ["rash"]


@pytest.mark.parametrize("count", [1, 20])
def test_without_a_right_word_all_weigh_the_same(tmp_path: Path, count: int) -> None:
    """Where nobody finds anything in the holdout, or there is none, a weighted vote is a plain one."""
    tagger = built([voice("pain"), voice("pain"), voice("cough")], vote="weighted")
    tagger.fit(corpus(count), context(tmp_path))
    assert surfaces(tagger, "pain and cough") == ["pain"]


def test_members_are_weighed_on_a_part_and_fitted_on_all(tmp_path: Path) -> None:
    """A weighted vote fits each member twice; on the part that it is weighed on it cannot stop early."""
    seen: list[tuple[float, float, str]] = []
    conditions = context(tmp_path, progress=lambda *step: seen.append(step))
    built([voice("rash"), voice("gout")], vote="weighted", holdout=0.4).fit(corpus(), conditions)
    own = [Annotated(document("gout", "x"), (Span(0, 4, "ADR"),))]
    built([voice("rash"), voice("gout")], vote="weighted").fit(corpus(), replace(conditions, development=own))
    notes = list(dict.fromkeys(note for *_, note in seen if "documents" in note))
    assert notes == [
        "voice, to be weighed: 12 documents, 0 to stop on",
        "voice-2, to be weighed: 12 documents, 0 to stop on",
        "voice: 20 documents, 0 to stop on",
        "voice-2: 20 documents, 0 to stop on",
        "voice, to be weighed: 20 documents, 0 to stop on",
        "voice-2, to be weighed: 20 documents, 0 to stop on",
        "voice: 20 documents, 1 to stop on",
        "voice-2: 20 documents, 1 to stop on",
    ]


def test_progress_is_one_bar(tmp_path: Path) -> None:
    """The members' progress adds up to the ensemble's, and never goes back."""
    seen: list[tuple[float, float]] = []
    conditions = context(tmp_path, progress=lambda *step: seen.append(step[:2]))
    built([voice("rash"), voice("gout")]).fit(corpus(), conditions)
    assert seen == [(0, 2), (0, 2), (0.5, 2), (1, 2), (1, 2), (1, 2), (1.5, 2), (2, 2)]


def test_twins_have_different_seeds(tmp_path: Path) -> None:
    """The same tagger with the same parameters is fitted with the next seed; any other one with the cell's."""
    members = [voice("rash"), voice("gout"), voice("rash", label="ADR"), voice("rash", lacks="")]
    facts = fitted(tmp_path, members).facts()
    seeds = {name.partition(".")[0]: value for name, value in facts.items() if name.endswith(".seed")}
    assert seeds == {"voice": 7, "voice-2": 7, "voice-3": 8, "voice-4": 9}


def test_conditions_are_passed_on(tmp_path: Path) -> None:
    """Members have the cell's threads, are heard by no study, and cannot spoil each other's training part."""
    reported: list[tuple[int, float]] = []
    tagger, train = built([voice("rash"), {"use": "dictionary"}]), corpus()
    tagger.fit(train, context(tmp_path, threads=3, report=lambda *step: reported.append(step)))
    assert tagger.facts()["voice.threads"] == 3
    assert tagger.facts()["dictionary.terms"] == 2
    assert (len(train), reported) == (20, [])


def test_parameters_are_added_up_if_all_tell(tmp_path: Path) -> None:
    """The number of parameters is that of all members, or not given."""
    assert fitted(tmp_path, [voice("rash"), voice("gout")]).facts()["parameters"] == 200
    assert "parameters" not in fitted(tmp_path, [voice("rash"), {"use": "dictionary"}]).facts()


@pytest.mark.parametrize(
    ("member", "path", "message"),
    [
        ({"use": "dictionry"}, ".use", "unknown tagger 'dictionry'; did you mean 'dictionary'?"),
        ({"use": "crf", "params": {"widow": 1}}, ".params.widow", "unknown name; did you mean 'window'?"),
        ({"use": "crf", "params": {"window": "2"}}, ".params.window", "input should be a valid integer, not '2'"),
        ({"use": "crf", "params": {"training_gazetteer": 1}}, ".params", "training_gazetteer: cross-fitting"),
        ({"use": "ensemble", "params": {"members": TWO[:1]}}, ".params.members", "needs at least 2, has 1"),
        ({"use": "crf", "parms": {}}, ".parms", "unknown name; did you mean 'params'?"),
        ({"use": "crf", "params": 3}, ".params", "input should be an object, not 3"),
        ({"use": "crf", "code": "0"}, ".params", "another one is installed"),
        ({"params": {}}, ".use", "is required"),
        ({"use": 3}, ".use", "input should be a valid string, not 3"),
    ],
)
def test_a_wrong_member_is_named(member: dict[str, Any], path: str, message: str) -> None:
    """What a member cannot be is an error at its place, with the closest valid thing."""
    _, problems = Registry().check(EnsembleParams, {"members": [TWO[0], member]})
    assert [place for place, _ in problems] == [f"members[1]{path}"]
    assert message in problems[0][1]


def test_an_ensemble_may_be_a_member(tmp_path: Path) -> None:
    """An ensemble of ensembles votes as one."""
    inner = {"use": "ensemble", "params": {"members": [voice("rash"), voice("rash", "gout")]}}
    assert surfaces(fitted(tmp_path, [inner, voice("rash", "pain")]), "rash gout pain") == ["rash"]


def test_a_score_is_the_share_of_votes(tmp_path: Path) -> None:
    """The spans are the same with and without scores, also after loading."""
    tagger = built([{"use": "dictionary"}, {"use": "dictionary"}, {"use": "crf", "params": CRF}], vote="union")
    (tmp_path / "kept").mkdir()
    for scores in (False, True):
        tagger.fit(corpus(), context(tmp_path, scores=scores))
        tagger.save(tmp_path / "kept")
        for one in (tagger, EnsembleTagger.load(tmp_path / "kept")):
            [spans] = one.predict([document("aspirin : rash and gout")])
            assert [(span.start, span.end) for span in spans] == [(10, 14), (19, 23)]
            given = {span.score for span in spans}
            assert given <= {2 / 3, 1.0} if scores else given == {None}
        shutil.rmtree(tmp_path / "kept")
        (tmp_path / "kept").mkdir()


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        ({"members": TWO[:1]}, "members", "needs at least 2, has 1"),
        ({}, "members", "is required"),
        ({"members": TWO, "vote": "union", "threshold": 0.4}, "", "threshold: has no effect on vote = 'union'"),
        ({"members": TWO, "holdout": 0.4}, "", "holdout: has no effect on vote = 'majority'"),
        ({"members": TWO, "threshold": 1.0}, "threshold", "less than 1"),
        ({"members": TWO, "vote": "most"}, "vote", "'majority', 'union' or 'weighted'"),
    ],
)
def test_other_wrong_parameters(params: dict[str, Any], path: str, message: str) -> None:
    """Too few members, and values that are wrong or would have no effect, are refused."""
    _, problems = Registry().check(EnsembleParams, params)
    assert [problem[0] for problem in problems] == [path]
    assert message in problems[0][1]


def test_a_broken_member_breaks_its_row_only() -> None:
    """A member that is installed but cannot be imported is no mistake of the file."""
    with pytest.raises(PluginError, match=r"'mute' \(voices\) cannot be imported: ModuleNotFoundError"):
        Registry().check(EnsembleParams, {"members": [TWO[0], {"use": "mute"}]})


def test_members_are_decided() -> None:
    """Parameters hold every value of every member and its code; put in again, they stay what they are."""
    plain = parameters.as_json(built([{"use": "dictionary"}, voice("rash")]).params)
    assert plain["members"][0]["params"]["fold_case"] is True
    assert re.fullmatch(r"1 [0-9a-f]{16}", plain["members"][1]["code"])
    again, problems = Registry().check(EnsembleParams, plain)
    assert (problems, parameters.as_json(again)) == ([], plain)


def test_what_a_member_lacks_is_said(tmp_path: Path) -> None:
    """A member that cannot run here is named, by the description and by fit."""
    lacking = built([*TWO, voice(lacks="needs a harp")]).params
    assert missing(plugin, lacking, offline=False) == "voice: needs a harp"
    assert missing(plugin, built(TWO).params, offline=False) is None
    with pytest.raises(Unavailable, match="voice-2: no such machine"):
        fitted(tmp_path, [voice(), voice(way="unavailable")])


def test_errors_of_members_are_theirs(tmp_path: Path) -> None:
    """An error keeps its type and says in a note whose it is; too few answers are an error."""
    with pytest.raises(ZeroDivisionError) as caught:
        fitted(tmp_path, [voice(), voice(way="fail")])
    assert caught.value.__notes__ == ["(in the member 'voice-2' of the ensemble)"]
    tagger = fitted(tmp_path, [voice(), voice(way="short")])
    with pytest.raises(ValueError, match="'voice-2' gave 1 answers for 2 documents"):
        tagger.predict([document("a"), document("b")])


def test_save_and_load(tmp_path: Path) -> None:
    """A loaded ensemble has the parameters, weights and answers of the saved one; a member that changed is refused."""
    folder, scratch = tmp_path / "kept", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    tagger = fitted(scratch, TWO, vote="weighted", threshold=0.2)
    tagger.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["ensemble.json", "member-1", "member-2"]
    again = EnsembleTagger.load(folder)
    text = "Day 3 of aspirin : rash and gout ."
    assert surfaces(again, text) == surfaces(tagger, text) != []
    assert again.facts() == tagger.facts()
    state = json.loads((folder / "ensemble.json").read_text())
    state["params"]["members"][1]["code"] = "0.0.9 0123456789abcdef"
    (folder / "ensemble.json").write_text(json.dumps(state))
    with pytest.raises(ValueError, match=r"'crf' was saved by version 0\.0\.9, and 0\.2\.0 is installed"):
        EnsembleTagger.load(folder)


def test_a_member_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    """An ensemble is kept with all of its members or not at all."""
    tagger = fitted(tmp_path, [voice("rash"), {"use": "dictionary"}])
    with pytest.raises(TypeError, match="'voice' has no save"):
        tagger.save(tmp_path)


def test_outside_the_harness(tmp_path: Path) -> None:
    """As an estimator it is fitted, changed, kept and loaded like any other."""
    texts, spans = ["Aspirin gave me gout."] * 4, [[(16, 20, "ADR")]] * 4
    tagger = adrbench.tagger("ensemble", members=[{"use": "dictionary"}, {"use": "dictionary"}]).fit(texts, spans)
    tagger.save(tmp_path / "kept")
    again = adrbench.tagger("ensemble", members=TWO).load(tmp_path / "kept")
    assert again.predict(["Is it gout?"]) == tagger.predict(["Is it gout?"]) == [[Span(6, 10, "ADR")]]
    assert again.set_params(vote="union").get_params()["vote"] == "union"
    with pytest.raises(InputError, match=r"ensemble: members\[0\]\.use: unknown tagger 'crff'; did you mean 'crf'\?"):
        again.set_params(members=[{"use": "crff"}, {"use": "crf"}])
