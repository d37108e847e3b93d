"""The kit on taggers: each check catches the tagger that is wrong in its way, and a right one passes all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from wrong_ways import cases

from adrbench.errors import ConfigError, InputError, PluginError
from adrbench.testing import check_tagger, checks_of

Put = Callable[[str, str], None]
POINTS = """[adrbench.taggers]
wrong = wrong_taggers:plugin
copying = wrong_taggers:copying
tuned = wrong_taggers:tuned
unsaved = wrong_taggers:unsaved
unimportable = wrong_taggers:broken
"""
# The way to go wrong, the check that sees it, and words of what it says.
WRONG = [
    ("raise", "fits-and-predicts", "ZeroDivisionError: as asked (wrong_taggers.py:"),
    ("unavailable", "fits-and-predicts", "cannot be checked here: no weights in this test"),
    ("exit", "fits-and-predicts", "exit code 7"),
    ("segfault", "fits-and-predicts", "died of SIGSEGV"),
    ("shared", "state-between-fits", "after another tagger of its class"),
    ("kept", "state-between-fits", "the same object, fitted again"),
    ("short", "answer-number", "35 answers for 36 documents"),
    ("one more for none", "answer-number", "1 answers for 0 documents"),
    ("tuple", "answer-number", "list_iterator, not a list"),
    ("reversed", "answer-order", "in another order"),
    ("sorted by length", "answer-order", "in another order"),
    ("batch", "batch", "one at a time"),
    ("first in batch", "document-order", "asked in another order"),
    ("changing", "repeated-question", "asked twice"),
    ("random", "deterministic", "fitted twice with one seed"),
    ("outside", "spans-inside", "for a text of"),
    ("empty span", "spans-inside", "start=0, end=0"),
    ("foreign", "labels-known", "['FOREIGN']"),
    ("always both", "labels-known", "the context's are ['ADR']"),
    ("silent", "finds-something", "it predicts no gold span"),
    ("by id", "gold-by-id", "under an id from training"),
    ("memory", "gold-in-reach", "with another"),
    ("clears", "input-untouched", "fit changed"),
    ("pops", "input-untouched", "predict changed"),
    ("crash on empty", "empty-document", "no first character"),
    ("crash on one", "one-character-document", "no second character"),
    ("crash on long", "very-long-document", "position 5000"),
    ("crash on emoji", "emoji-document", "LookupError"),
    ("crash on right to left", "right-to-left-document", "UnicodeEncodeError"),
    ("crash on white space", "whitespace-document", "no first word"),
    ("crash on no tokens", "no-tokens-document", "no first token"),
    ("odd training", "odd-training", "IndexError"),
    ("no entity", "no-entities", "ValueError"),
    ("label counts", "unseen-label", "ZeroDivisionError"),
    ("forgets", "save-and-load", "after load"),
    ("absolute", "save-and-load", "FileNotFoundError"),
    ("scratch", "save-and-load", "FileNotFoundError"),
    ("scores change spans", "scores", "without scores and with"),
    ("score in percent", "scores", "from 0 to 1, or None, not 99.0"),
    ("print", "silent", "'learnt"),
    ("prints", "silent", "from a child process"),
    ("threads", "thread-limit", "with threads = 1"),
]


def statuses(name: str, **params: object) -> dict[str, str]:
    """The status of each check."""
    return {verdict.check: verdict.status for verdict in check_tagger(name, params)}


@pytest.mark.parametrize(("way", "check", "words"), cases(WRONG))
def test_what_is_wrong_is_caught(put: Put, way: str, check: str, words: str) -> None:
    """A tagger that is wrong in one way fails the check for it, which says what it saw; a heuristic gives advice."""
    put("wrong_taggers", POINTS)
    [verdict] = check_tagger("wrong", {"way": way}, only=[check])
    assert verdict.status == ("advice" if check == "thread-limit" else "failed")
    assert words in verdict.detail


def test_every_check_has_a_wrong_tagger() -> None:
    """No check is without a tagger that fails it; two of them have tests of their own below."""
    others = {"light-description", "parameters"}
    assert {check.id for check in checks_of("tagger")} == {check for _, check, _ in WRONG} | others


def test_a_right_tagger_passes_every_check(put: Put) -> None:
    """A tagger that keeps its contract passes them all, in the order in which they are listed."""
    put("wrong_taggers", POINTS)
    found = statuses("wrong")
    assert list(found) == [check.id for check in checks_of("tagger")]
    assert set(found.values()) == {"passed"}


def test_taking_turns_with_a_child_is_one_thread(put: Put) -> None:
    """A tagger that waits while its child computes, and computes while that waits, keeps to one thread."""
    put("wrong_taggers", POINTS)
    [verdict] = check_tagger("wrong", {"way": "takes turns"}, only=["thread-limit"])
    assert (verdict.status, verdict.detail) == ("passed", "")


@pytest.mark.slow
def test_a_hang_costs_its_own_check_only(put: Put) -> None:
    """A tagger that never comes back is killed after the time limit, and nothing else is tried on it."""
    put("wrong_taggers", POINTS)
    first, *others = check_tagger("wrong", {"way": "hang"}, only=["fits-and-predicts", "batch"], timeout=3)
    assert first.status == "failed"
    assert "nothing happened for 3 s" in first.detail
    assert [(verdict.status, verdict.detail) for verdict in others] == [("skipped", "fits-and-predicts failed")]


def test_after_a_crash_the_other_checks_go_on(put: Put) -> None:
    """A check in which the interpreter dies is failed; the next one has a new process."""
    put("wrong_taggers", POINTS)
    verdicts = check_tagger("wrong", {"way": "exit"}, only=["no-entities", "light-description", "unseen-label"])
    assert [verdict.status for verdict in verdicts] == ["passed", "failed", "failed"]


def test_a_description_that_imports_a_large_library_is_caught(put: Put) -> None:
    """A description beside an import of numpy is told so; the tagger itself is all right."""
    put("wrong_heavy", "[adrbench.taggers]\nheavy = wrong_heavy:plugin\n")
    light, runs = check_tagger("heavy", only=["light-description", "fits-and-predicts"])
    assert light.status == "advice"
    assert "numpy" in light.detail
    assert runs.status == "passed"


def test_a_parameter_that_is_never_used_is_caught(put: Put) -> None:
    """Copying all parameters is no use of them: those without an effect count as ignored."""
    put("wrong_taggers", POINTS)
    [verdict] = check_tagger("copying", only=["parameters"])
    assert verdict.status == "advice"
    assert verdict.detail == "accepted and ignored: lower, shortest"


def test_a_parameter_with_an_effect_is_used(put: Put) -> None:
    """Parameters that are copied, but change the answers, pass."""
    put("wrong_taggers", POINTS)
    [verdict] = check_tagger("tuned", only=["parameters"])
    assert (verdict.status, verdict.detail) == ("passed", "3 parameters used")


def test_a_tagger_that_cannot_be_saved_is_excused(put: Put) -> None:
    """Save and load are optional: without them, their check is skipped."""
    put("wrong_taggers", POINTS)
    [verdict] = check_tagger("unsaved", only=["save-and-load"])
    assert (verdict.status, verdict.detail) == ("skipped", "it has no save(folder)")


def test_an_expected_failure_is_no_failure_until_it_passes(put: Put) -> None:
    """A declared failure keeps its reason; declared and not happening, it fails."""
    put("wrong_taggers", POINTS)
    expected = {"batch": "it looks at the whole batch", "silent": "its library prints"}
    silent, batch = sorted(
        check_tagger("wrong", {"way": "batch"}, expected, only=["batch", "silent"]), key=lambda v: v.check, reverse=True
    )
    assert batch.status == "expected"
    assert batch.detail.startswith("it looks at the whole batch (")
    assert silent.status == "failed"
    assert "its library prints" in silent.detail
    assert "remove it from the expected failures" in silent.detail


def test_an_implementation_that_cannot_be_imported_fails_the_gate(put: Put) -> None:
    """What the description points at must be there."""
    put("wrong_taggers", POINTS)
    [verdict] = check_tagger("unimportable", only=["fits-and-predicts"])
    assert verdict.status == "failed"
    assert "NoSuchClass" in verdict.detail


def test_what_is_asked_for_must_exist(put: Put) -> None:
    """An unknown tagger, parameter or check is an error with the closest name, before anything runs."""
    put("wrong_taggers", POINTS)
    with pytest.raises(PluginError, match="did you mean 'wrong'"):
        check_tagger("wrongg")
    with pytest.raises(ConfigError, match="did you mean 'way'"):
        check_tagger("wrong", {"wayy": "right"})
    with pytest.raises(InputError, match="did you mean 'batch'"):
        check_tagger("wrong", only=["bach"])
    with pytest.raises(InputError, match="did you mean 'batch'"):
        check_tagger("wrong", expected={"bach": "so"})


def test_responses_are_for_taggers_that_record_them(tmp_path: Path) -> None:
    """The folder would be of no effect."""
    with pytest.raises(InputError, match="'dictionary' records no responses"):
        check_tagger("dictionary", responses=tmp_path)
