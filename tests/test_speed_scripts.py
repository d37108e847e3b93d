"""The comparisons of speed in ``benchmarks/speed``: what they give each side, their verdicts, and their exit codes."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from speed_scripts import FOLDER, importable

from adrbench.api import Annotated, Document, Span


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    with importable():
        yield


def annotated(name: str, text: str, *mentions: str) -> Annotated:
    """A document of words between spaces, its mentions annotated."""
    tokens, at = [], 0
    for word in text.split(" "):
        tokens.append((at, at + len(word)))
        at += len(word) + 1
    spans = tuple(Span(text.index(one), text.index(one) + len(one), "ADR") for one in mentions)
    return Annotated(Document(name, text, tuple(tokens), name), spans)


def ran(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script on the embedded corpus."""
    return subprocess.run(
        [sys.executable, FOLDER / script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "ADRBENCH_DATA"},
    )


def test_a_speed_is_the_median_of_runs_beside_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    sides = importlib.import_module("sides")

    assert sides.compare("an epoch", [1.0, 1.0, 2.0], [4.0, 2.0, 2.0], 2.0)
    assert not sides.compare("an epoch", [1.0, 1.0, 2.0], [4.0, 2.0, 2.0], 2.1)
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()] == ["ok", "TOO SLOW"]


def test_f1_may_be_lower_by_noise_unless_said_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    sides = importlib.import_module("sides")

    assert sides.compare_f1([0.80, 0.78], [0.80, 0.79])
    assert not sides.compare_f1([0.80, 0.78], [0.80, 0.79], lower=0.0)
    assert sides.compare_f1([0.80, 0.79], [0.80, 0.79], lower=0.0)
    assert not sides.compare_f1([0.80, 0.70], [0.80, 0.79])
    told = capsys.readouterr().out.splitlines()
    assert ["at most 1 lower" in line for line in told] == [True, False, False, True]


def test_f1_counts_a_span_in_its_own_document() -> None:
    sides = importlib.import_module("sides")
    gold = [annotated("a", "Severe rash", "rash"), annotated("b", "Severe pain", "pain")]
    rash, pain = gold[0].spans[0], gold[1].spans[0]
    assert (rash.start, rash.end) == (pain.start, pain.end)

    assert sides.f1(gold, [[rash], [pain]]) == 1.0
    assert sides.f1(gold, [[rash], []]) == pytest.approx(2 / 3)
    assert sides.f1(gold, [[], []]) == 0.0


@pytest.mark.parametrize(
    ("same_seconds", "same_f1", "tutorial_f1", "met"),
    [(21.0, 0.75, 0.70, True), (19.0, 0.75, 0.70, False), (21.0, 0.76, 0.70, False), (21.0, 0.75, 0.76, False)],
)
def test_the_crf_is_twice_as_fast_at_no_lower_f1(
    same_seconds: float, same_f1: float, tutorial_f1: float, met: bool
) -> None:
    """Than with the same features; and its F1 is no lower than with those of the tutorial, however long these take."""
    crf = importlib.import_module("crf")
    ours, same = [crf.Outcome(9.0, 1.0, 0.75)] * 5, [crf.Outcome(same_seconds - 1.0, 1.0, same_f1)] * 5

    assert crf.compared(ours, same, [crf.Outcome(4.0, 1.0, tutorial_f1)] * 5) is met


def test_the_other_crf_has_the_features_of_its_tutorial() -> None:
    """A dictionary a word, with the words beside it; the ends of a sentence have a mark."""
    first, last = importlib.import_module("crf").tutorial_features(annotated("a", "No RASH").document)

    assert first == {
        "bias": 1.0,
        "word[-3:]": "No",
        "word[-2:]": "No",
        "word.lower()": "no",
        "word.istitle()": True,
        "word.isupper()": False,
        "word.isdigit()": False,
        "BOS": True,
        "+1:word.lower()": "rash",
        "+1:word.istitle()": False,
        "+1:word.isupper()": True,
    }
    assert last["word[-3:]"] == "ASH"
    assert last["-1:word.lower()"] == "no"
    assert last["EOS"]
    assert "BOS" not in last


def test_half_of_the_occurrences_of_a_generated_term_are_annotated() -> None:
    """A term of one to three words in every third sentence, in groups of ten sentences."""
    dictionary = importlib.import_module("dictionary")
    text = dictionary.generated(dictionary.Task(sentences=60, words=12, terms=6, repeats=1))

    assert [number for number, one in enumerate(text) if one.spans] == list(range(0, 60, 6))
    assert {len(one.document.tokens) for one in text} == {12}
    assert len({one.document.group for one in text}) == 6
    for number in range(0, 60, 6):
        [span] = text[number].spans
        term = text[number].document.text[span.start : span.end]
        assert 1 <= len(term.split()) <= 3
        assert f" {term} " in f" {text[number + 3].document.text} "


def test_flair_learns_from_the_same_words_and_spans() -> None:
    """Ranges of words stand for spans on the way there, and become spans again on the way back."""
    script = importlib.import_module("bilstm_crf")
    one = annotated("a", "Acute renal failure and rash", "renal failure", "rash")

    plain = script._plain(one)

    assert plain == {"words": ["Acute", "renal", "failure", "and", "rash"], "spans": [(1, 3, "ADR"), (4, 5, "ADR")]}
    assert script._spans(one.document, plain["spans"]) == list(one.spans)


@pytest.mark.slow
def test_the_dictionary_is_measured_at_every_size() -> None:
    """The exit code tells of a missed bound; with sentences that hold no term it is another."""
    done = ran("dictionary.py", "--sentences", "60", "30", "--words", "3", "--repeats", "1")

    sizes = [line.split()[0] for line in done.stdout.splitlines() if " sentences, " in line]
    assert sizes == ["30", "60", "30", "60"], done.stderr
    assert done.returncode == (1 if "TOO SLOW" in done.stdout else 0), done.stderr
    refused = ran("dictionary.py", "--words", "2")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--words 2: at least 3" in refused.stderr


@pytest.mark.slow
def test_the_smallest_comparison_of_the_crf_runs_to_its_verdict() -> None:
    """What counts is that all sides run, and that the exit code tells of missed bounds."""
    pytest.importorskip("sklearn_crfsuite")
    done = ran("crf.py", "--folds", "1", "--limit", "60")

    assert done.stdout.count("  fold 1 ") == 3, done.stderr
    verdicts = [line for line in done.stdout.splitlines() if line.endswith((": ok", ": TOO SLOW", ": TOO LOW"))]
    assert len(verdicts) == 3
    assert done.returncode == (0 if all(line.endswith(": ok") for line in verdicts) else 1), done.stderr
