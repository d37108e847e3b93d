"""The advice that each situation must give: what is named, what is promised, and what is warned of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import command_line
import pytest
import stored
from trial import Trial

import adrbench
from adrbench.errors import InputError
from adrbench.reporting.advice import Advice
from adrbench.results.schema import Tuned

CHEAP: dict[str, Any] = {"fit": 0.1, "predict": 0.01}
DEAR: dict[str, Any] = {"fit": 500.0, "predict": 20.0}


def advice(folder: Path, **asked: Any) -> Advice:
    """The advice for the only corpus of a folder; its JSON holds what Python gives."""
    [one] = adrbench.recommend(folder, **asked)
    assert json.loads(json.dumps(asdict(one)))["tagger"] == one.tagger
    return one


def said(one: Advice) -> str:
    """All that is said, in one line."""
    return " ".join(str(one).split())


def test_of_taggers_that_tie_the_cheapest_is_named(trial: Trial) -> None:
    """Three give the same answers; the dearer ones are alternatives that gain nothing."""
    for name, costs in (("dear", DEAR), ("cheap", CHEAP), ("middle", {})):
        trial.tagger(name, 4, **costs)
    found = advice(trial.plan())
    assert found.tagger == "cheap"
    assert found.f1 is not None
    assert found.f1["picks"] == {"cheap": 3}
    assert {one["tagger"] for one in found.alternatives if one["equivalent"]} == {"dear", "middle"}


def test_a_cheap_dictionary_within_the_margin_wins(trial: Trial) -> None:
    """It loses half a point to the network; the text says how much, and what a step up costs."""
    trial.tagger("network", 0, **DEAR)
    trial.tagger("dictionary", [1, 0, 0], **CHEAP)
    found = advice(trial.plan(), margin=3)
    assert found.tagger == "dictionary"
    assert "cheapest of the 2 taggers" in found.reason
    assert "To network, the best, it loses 0.3 points" in found.reason
    assert "A step up, network gains 0.3 points" in found.reason
    assert advice(trial.folder, margin=0).tagger == "network"


def test_a_much_better_tagger_is_worth_its_price(trial: Trial) -> None:
    """The dictionary misses half; the step down says what it would lose."""
    trial.tagger("network", 1, **DEAR)
    trial.tagger("dictionary", 20, **CHEAP)
    found = advice(trial.plan())
    assert found.tagger == "network"
    assert "points above dictionary" in found.headline
    assert "The next cheaper tagger, dictionary, costs" in found.reason
    assert [one["step"] for one in found.alternatives] == ["down"]


def test_none_is_named_if_none_keeps_the_limits(trial: Trial) -> None:
    """The limit that each would need is said; the command ends with 1."""
    trial.tagger("network", 1, memory=4.0)
    trial.tagger("crf", 3, memory=2.0)
    found = advice(trial.plan(), max_memory="1GiB")
    assert found.tagger is None
    assert found.f1 is None
    assert found.headline == "For toy, no tagger keeps your limits."
    assert "crf (F1 96.9) needs --max-memory 2.0 GiB instead of 1.0 GiB" in said(found)
    done = command_line.adrbench("recommend", str(trial.folder), "--max-memory", "1GiB")
    assert done.returncode == 1
    assert "no tagger keeps your limits" in done.stdout


def test_limits_name_the_best_of_the_others(trial: Trial) -> None:
    """What the best one needs is said as a step up."""
    trial.tagger("network", 1, memory=4.0, **DEAR)
    trial.tagger("crf", 6, memory=1.0)
    found = advice(trial.plan(), max_memory="2GiB")
    assert found.tagger == "crf"
    assert "the only tagger measured on every fold that keeps your limits" in found.reason
    assert "but it needs --max-memory 4.0 GiB instead of 2.0 GiB" in found.reason
    assert found.alternatives[0]["breaks"] == ["--max-memory"]


def test_a_limit_is_held_against_more_than_the_worst_fold(trial: Trial) -> None:
    """Folds of 1.0, 1.5 and 1.2 GiB: a further one may need more than 1.6 GiB, so 1.6 GiB is no limit for it."""
    trial.tagger("crf", 2, memory=[1.0, 1.5, 1.2])
    found = advice(trial.plan(), max_memory="1.6GiB")
    assert found.tagger is None
    assert "its worst fold took 1.5 GiB" in found.reason
    assert advice(trial.folder, max_memory="3GiB").tagger == "crf"


def test_one_fold_promises_nothing(make_trial: Callable[[int], Trial]) -> None:
    """The choice was made on the very fold that would judge it."""
    trial = make_trial(1)
    trial.tagger("crf", 2)
    trial.tagger("dictionary", 20, **CHEAP)
    found = advice(trial.plan())
    assert (found.tagger, found.f1) == ("crf", None)
    assert "No F1 is promised, since the choice was made on that fold." in found.reason
    assert any(warning.startswith("One fold") for warning in found.warnings)


def test_costs_of_several_machines_are_not_compared(trial: Trial) -> None:
    """A tagger without known costs is named only if no other is as good, and never silently."""
    trial.tagger("mixed", 2, machines=("one", "two"), **CHEAP)
    trial.tagger("crf", 2)
    found = advice(trial.plan())
    assert found.tagger == "crf"
    assert any("mixed ran on 2 kinds of machine" in warning for warning in found.warnings)
    assert advice(trial.folder, max_fit="9h").tagger == "crf"


def test_a_best_tagger_of_several_machines_is_named_with_a_warning(trial: Trial) -> None:
    """Its F1 is known, its costs are not."""
    trial.tagger("mixed", 1, machines=("one", "two"))
    trial.tagger("dictionary", 20)
    found = advice(trial.plan())
    assert (found.tagger, found.costs) == ("mixed", None)
    assert "What it costs is not known." in found.reason
    assert any("named since no other is as good" in warning for warning in found.warnings)
    assert advice(trial.folder, max_memory="9GiB").tagger == "dictionary"


def test_times_of_different_machines_are_warned_of(trial: Trial) -> None:
    """Two taggers that are as good were timed on different machines; prices make them comparable."""
    trial.tagger("a", 2, fit=10.0)
    trial.tagger("b", 2, fit=5.0, machines=("big",))
    prices = trial.folder / "prices.toml"
    folder = trial.plan()
    prices.write_text("[machines]\none = 0.1\nbig = 9.0\n")
    found = advice(folder)
    assert found.tagger == "b"
    assert any("different machines" in warning for warning in found.warnings)
    priced = advice(folder, prices=prices)
    assert priced.tagger == "a"
    assert not any("different machines" in warning for warning in priced.warnings)


def test_a_tagger_with_a_failed_fold_is_never_named(trial: Trial) -> None:
    """Its F1 over the other folds would be the highest, which is said."""
    trial.tagger("network", 0, failing=[1])
    trial.tagger("crf", 4)
    found = advice(trial.plan())
    assert found.tagger == "crf"
    [warning] = [one for one in found.warnings if "network" in one]
    assert "2 of 3 folds measured; boom" in warning
    assert "100.0, would be the highest" in warning


def test_nothing_measured_recommends_nothing(trial: Trial) -> None:
    """The command ends with 4."""
    trial.row("crf", problem=("skipped", "needs a CUDA GPU"))
    found = advice(trial.plan())
    assert found.tagger is None
    assert "no tagger can be recommended" in found.headline
    assert "needs a CUDA GPU" in found.reason
    assert command_line.adrbench("recommend", str(trial.folder)).returncode == 4


def test_a_published_figure_above_all_is_a_reason_to_measure(trial: Trial) -> None:
    """The best tagger of the paper was not measured here."""
    trial.tagger("crf", 8)
    trial.row("biobert", problem=("skipped", "needs a CUDA GPU"))
    trial.published.append(stored.published(tagger="biobert", f1=99.0, source="Doe 2020"))
    found = advice(trial.plan())
    assert found.tagger == "crf"
    assert "Not measured: biobert (skipped: needs a CUDA GPU)." in found.reason
    assert "A paper has F1 99.0 for biobert (Doe 2020)" in found.reason


def test_a_tuned_tagger_counts_its_search(trial: Trial) -> None:
    """Ten seconds of fit and 1,000 of search: a plain tagger that is as good is cheaper."""
    tuned = Tuned("study", "fold", 0.9, {"rate": 0.1}, (), 1000.0, {})
    trial.tagger("tuned", 2, fit=1.0, tuned=tuned)
    trial.tagger("plain", 2, fit=20.0)
    assert advice(trial.plan()).tagger == "plain"


def test_a_tuned_tagger_that_is_best_says_that_it_searches_again(trial: Trial) -> None:
    """Its costs hold the search."""
    tuned = Tuned("study", "fold", 0.9, {"rate": 0.1}, (), 1000.0, {})
    trial.tagger("tuned", 0, tuned=tuned)
    trial.tagger("plain", 20)
    found = advice(trial.plan())
    assert found.tagger == "tuned"
    assert found.costs is not None
    assert found.costs["fit_seconds"] > 1000
    assert "with a new search for its parameters" in found.reason
    assert any("tuned" in warning for warning in found.warnings)


def test_weak_labels_are_named(trial: Trial) -> None:
    """DRUG is found in a fifth of the documents that have it."""
    trial.tagger("crf", 8, label="DRUG")
    assert "It is weak on DRUG (F1 33.3, 30 mentions)." in advice(trial.plan()).reason


def test_a_label_has_an_answer_of_its_own(trial: Trial) -> None:
    """What is best for all labels together misses DRUG."""
    trial.tagger("all", 6, label="DRUG")
    trial.tagger("drugs", 12)
    assert advice(trial.plan()).tagger == "all"
    found = advice(trial.folder, label="DRUG")
    assert (found.tagger, found.label) == ("drugs", "DRUG")
    assert "best F1 of DRUG" in found.headline
    with pytest.raises(InputError, match="did you mean 'DRUG'"):
        adrbench.recommend(trial.folder, label="DRUGS")


def test_badly_found_new_mentions_are_warned_of(trial: Trial) -> None:
    """The first ten documents of each fold have new words, and they are missed."""
    trial.forms({name for fold in trial.folds for name in fold[:10]})
    trial.tagger("crf", 10)
    found = advice(trial.plan())
    assert "It finds 100% of the mentions that training had and" in found.reason
    assert any("of new mentions" in warning for warning in found.warnings)


def test_a_low_ceiling_blames_the_words(trial: Trial) -> None:
    """A tagger of these words that makes no mistake has 85."""
    ceiling = {"label": "micro", "precision": 0.9, "recall": 0.8, "f1": 0.85}
    trial.card = {"ceiling": (stored.ceiling(**ceiling),), "words_by": "nltk"}
    trial.tagger("crf", 8)
    found = advice(trial.plan())
    assert 'With words = "nltk" a tagger without a mistake has F1 85.0.' in found.reason
    assert any("another splitter" in warning for warning in found.warnings)


def test_without_a_gpu_what_used_one_is_dropped(trial: Trial) -> None:
    """The step up says that it uses a GPU."""
    trial.tagger("network", 0, gpu=4.0, machines=("gpu",))
    trial.tagger("crf", 8)
    assert advice(trial.plan()).tagger == "network"
    found = advice(trial.folder, no_gpu=True)
    assert found.tagger == "crf"
    assert "but it uses a GPU (--no-gpu)" in found.reason


def test_a_recall_may_be_asked_for(trial: Trial) -> None:
    """The worst fold counts: 38 of 50 mentions are found in one of them."""
    trial.tagger("uneven", [0, 0, 12], **CHEAP)
    trial.tagger("even", 5, **DEAR)
    assert advice(trial.plan(), margin=10).tagger == "uneven"
    found = advice(trial.folder, margin=10, min_recall=85)
    assert found.tagger == "even"
    assert "has a recall of 76.0 in its worst fold (--min-recall 85.0)" in found.reason


def test_imported_predictions_are_no_choice(trial: Trial) -> None:
    """Nobody can fit them here; that they are better is said."""
    trial.tagger("theirs", 0, imported=True, row={"imported": True})
    trial.tagger("crf", 8)
    found = advice(trial.plan())
    assert found.tagger == "crf"
    assert any("theirs has F1 100.0, but its predictions were imported" in warning for warning in found.warnings)


def test_a_stand_in_and_a_quick_look_are_warned_of(trial: Trial) -> None:
    """Neither says anything of the corpus that was meant."""
    trial.section = {"stand_in_for": "ade", "limit": 50}
    trial.tagger("crf", 8)
    warnings = " ".join(advice(trial.plan()).warnings)
    assert "toy stands in for ade" in warnings
    assert "Only 50 documents were used" in warnings


def test_a_choice_that_depends_on_the_folds_says_so(trial: Trial) -> None:
    """Each is best on other folds, and the F1 to expect is lower than that of either on its own folds."""
    trial.tagger("a", [0, 9, 4])
    trial.tagger("b", [9, 0, 4])
    found = advice(trial.plan(), margin=0)
    assert found.f1 is not None
    assert set(found.f1["picks"]) == {"a", "b"}
    assert any("depends on the texts" in warning for warning in found.warnings)
    assert f"{found.tagger} by itself reached F1 95." in found.reason
    own = max(row.f1 or 0.0 for row in adrbench.leaderboard(trial.folder).rows if row.label == "micro")
    assert found.f1["value"] < own


@pytest.mark.parametrize("asked", [{}, {"split": "random"}])
def test_the_grouped_split_is_believed_and_the_other_one_told(trial: Trial, asked: dict[str, str]) -> None:
    """New texts mostly come from new sources; the other split is said with its own choice."""
    trial.tagger("crf", 2)
    trial.tagger("dictionary", 2, **CHEAP)
    trial.tagger("crf", 5, split="grouped")
    trial.tagger("dictionary", 20, split="grouped", **CHEAP)
    found = advice(trial.plan(), **asked)
    if asked:
        assert (found.tagger, found.split) == ("dictionary", "random")
        assert "If your new texts come from new sources, believe grouped: crf, F1 94.7." in said(found)
    else:
        assert (found.tagger, found.split) == ("crf", "grouped")
        assert "For more text of the sources you have, believe random: dictionary, F1 98.0." in said(found)


def test_more_documents_can_change_the_answer(trial: Trial) -> None:
    """Slow to fit and quick to tag, or the other way round; the turning point is said."""
    trial.tagger("steady", 2, fit=1000.0, predict=0.1)
    trial.tagger("eager", 2, fit=1.0, predict=4.0)
    few, many = advice(trial.plan(), documents=100), advice(trial.folder, documents=10**6)
    assert (few.tagger, many.tagger) == ("eager", "steady")
    turn = few.reason.partition("From ")[2].partition(" documents steady is cheaper")[0]
    assert 100 < int(turn.replace(",", "")) < 10**6


def test_settings_of_a_grid_are_named_by_their_id(trial: Trial) -> None:
    """Each setting is a candidate: the choice is judged on folds that it did not see."""
    trial.tagger("crf[c=1]", 8, row={"tagger_id": "crf", "grid_point": {"c": 1}})
    trial.tagger("crf[c=2]", 2, row={"tagger_id": "crf", "grid_point": {"c": 2}})
    assert advice(trial.plan()).tagger == "crf[c=2]"


def test_many_taggers_are_summed_up(trial: Trial) -> None:
    """Of a large grid and of many that cannot run, the first few are said and shown; JSON has them all."""
    for number in range(20):
        grid = {"tagger_id": "crf", "grid_point": {"c": number}}
        trial.tagger(f"crf[c={number}]", number, row=grid)
        trial.row(f"gpu{number}", problem=("skipped", "needs a CUDA GPU"))
    found = advice(trial.plan())
    assert "gpu6 and 13 more (skipped: needs a CUDA GPU)" in found.reason
    assert len(found.alternatives) == 19
    assert "… and 9 more: --format json" in command_line.adrbench("recommend", str(trial.folder)).stdout


def test_results_without_a_corpus_are_told(trial: Trial) -> None:
    """All of them were absent in the last run."""
    trial.rows.clear()
    with pytest.raises(InputError, match="found no corpus"):
        adrbench.recommend(trial.plan())


@pytest.mark.parametrize(
    ("sheet", "problem"),
    [
        ("\nmachine_hours = 1.0", "prices.toml: line 2: machine_hours: unknown name; did you mean 'machine_hour'?"),
        ("machine_hour = -1.0", "prices.toml: line 1: machine_hour: input should be greater than or equal to 0"),
        ("[machines]\nother = 1.0", "no price for an hour of machine 'one'"),
        ('machine_hour = 1.0\n[million_tokens."gpt-x"]\ninput = 1.0\noutput = 1.0', "no prices for the model 'gpt-y'"),
        ('machine_hour = 1.0\n[million_tokens."gpt-y"]\ninput = 1.0\noutputs = 1.0', "line 4: million_tokens"),
        ("price = '\xe4'", "prices.toml: not UTF-8 (line 1, byte 0xe4)"),
        ("machine_hour = ", "not TOML"),
    ],
)
def test_a_price_sheet_must_have_every_price(trial: Trial, sheet: str, problem: str) -> None:
    """An unknown name, a wrong value, a machine or a model without a price: an error that says what mends it."""
    facts = {"prompt_tokens": 1000, "completion_tokens": 10}
    trial.tagger("llm", 2, facts=facts, params={"model": "gpt-y"})
    file = trial.plan() / "prices.toml"
    file.write_bytes(sheet.encode("latin-1"))
    with pytest.raises(InputError, match="price") as error:
        adrbench.recommend(trial.folder, prices=file)
    assert problem in str(error.value)


def test_tokens_have_a_price(trial: Trial) -> None:
    """A million tokens in for 40 documents at 2 EUR: 50 EUR for 1,000 documents, which a limit excludes."""
    trial.tagger("llm", 0, facts={"prompt_tokens": 1_000_000, "completion_tokens": 0}, params={"model": "gpt-y"})
    trial.tagger("crf", 8)
    file = trial.plan() / "prices.toml"
    file.write_text('machine_hour = 0.0\n[million_tokens."gpt-y"]\ninput = 2.0\noutput = 8.0\n')
    found = advice(trial.folder, prices=file, documents=1000)
    assert found.tagger == "llm"
    assert found.costs is not None
    assert found.costs["money"] == pytest.approx(50.0)
    assert "50.00 EUR in all" in found.reason
    assert advice(trial.folder, prices=file, max_price_per_1000=1.0).tagger == "crf"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--max-memory", "2 GB of"], "--max-memory: should be a number with a unit"),
        (["--min-recall", "0.8"], "write 80"),
        (["--margin", "-1"], "--margin: input should be greater than or equal to 0"),
        (["--documents", "0"], "--documents: input should be greater than or equal to 1"),
        (["--max-price-per-1000", "1"], "add --prices FILE"),
        (["--prices", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--dataset", "toys"], "did you mean 'toy'?"),
        (["--split", "randon"], "did you mean 'random'?"),
        (["--evaluator", "novelty"], "no F1"),
    ],
)
def test_wrong_input_is_told(trial: Trial, arguments: Sequence[str], problem: str) -> None:
    """Exit code 2 and what mends it."""
    trial.tagger("crf", 8)
    trial.forms(())
    done = command_line.adrbench("recommend", str(trial.plan()), *arguments)
    assert done.returncode == 2
    assert problem in done.stderr


@pytest.mark.parametrize("format_name", ["rich", "markdown", "json"])
def test_every_format_says_it(trial: Trial, format_name: str) -> None:
    """Names that could steer a terminal or a page are harmless in each."""
    trial.tagger("crf\x1b[2J", 2)
    trial.tagger("<b>slow</b>", 20, **DEAR)
    done = command_line.adrbench("recommend", str(trial.plan()), "--format", format_name)
    assert done.returncode == 0
    assert "\x1b[2J" not in done.stdout
    if format_name == "json":
        [one] = json.loads(done.stdout)
        assert {"schema_version", "tagger", "reason", "f1", "costs", "alternatives", "warnings"} <= one.keys()
    elif format_name == "markdown":
        assert "<b>" not in done.stdout.replace("\\<b", "")
