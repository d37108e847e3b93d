"""How trials are judged: on a held-out part of the training part, without its gold."""
# ruff: noqa: ARG001, ARG005  (a report has its two arguments, whatever it does with them)

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adrbench.api import Annotated, Context, Document, Pruned, Span, TaggerPlugin
from adrbench.config.search_space import resolve
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry
from adrbench.running.tuning._holdout_objective import holdout_objective
from adrbench.running.tuning._study import run_study
from adrbench.running.tuning._trials import Spec


def corpus(count: int = 40) -> list[Annotated]:
    """Two sentences a group: 'pain' is always annotated, 'drug' in a quarter of them only."""
    made = []
    for i in range(count):
        text = "pain after drug"
        tokens = ((0, 4), (5, 10), (11, 15))
        spans = (Span(0, 4, "ADR"), *([Span(11, 15, "ADR")] if i % 4 == 0 else []))
        made.append(Annotated(Document(f"d{i}", text, tokens, f"g{i // 2}"), spans))
    return made


@dataclass(frozen=True)
class Params:
    """``first``: tag the first token. ``last``: tag the last one. ``fault``: what to do instead."""

    first: bool = True
    last: bool = False
    fault: str = ""

    def __post_init__(self) -> None:
        if self.first == self.last:
            raise ValueError("one of first and last")


@dataclass
class Ends:
    """Tags the first or last token, and remembers what it was given."""

    params: Params
    seen: list[Any] = field(default_factory=list)
    log: list[Ends] = field(default_factory=list)

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        assert not list(context.scratch.iterdir())
        (context.scratch / "model").write_text("weights")
        self.seen = [train, context]
        context.report(1, 0.25)
        if self.params.fault == "short":
            raise FloatingPointError("the loss is nan at a rate of 3")

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        self.seen.append(documents)
        answers = [[Span(*d.tokens[0 if self.params.first else -1], "ADR")] for d in documents]
        return answers[1:] if self.params.fault == "few" else answers


def context(folder: Path, **more: Any) -> Context:
    return Context(seed=1, labels=("ADR",), scratch=folder, grouped=True, **more)


def silent(step: int, value: float) -> None:
    """Nobody prunes."""


def test_a_trial_is_fitted_on_the_rest_and_judged_on_the_held_out_part(tmp_path: Path) -> None:
    """The tagger learns from the kept part, has the held-out part for development, and predicts its texts alone."""
    built: list[Ends] = []

    def build(params: Params) -> Ends:
        built.append(Ends(params))
        return built[-1]

    train = corpus()
    kept, held = context(tmp_path).holdout(train, 0.25)
    judge = holdout_objective(build, Params, {"last": True}, train, context(tmp_path), 0.25, ("ADR",))
    reported: list[tuple[int, float]] = []
    score = judge({"first": False}, lambda step, value: reported.append((step, value)))
    [tagger] = built
    seen_train, seen_context, seen_documents = tagger.seen
    assert list(seen_train) == list(kept)
    assert list(seen_context.development) == list(held)
    assert seen_context.holdout(seen_train, 0.1) == (list(kept), list(held))
    assert seen_documents == [annotated.document for annotated in held]
    assert not {a.document.group for a in kept} & {a.document.group for a in held}
    assert reported == [(1, 0.25)]
    gold = sum(len(annotated.spans) for annotated in held)
    hits = gold - len(held)
    assert score == pytest.approx(2 * hits / (len(held) + gold))
    assert not list(tmp_path.iterdir())


def test_the_development_part_of_a_split_is_the_holdout(tmp_path: Path) -> None:
    """If the split has a development part, trials are judged on it and all of the training part is kept."""
    train, development = corpus()[:20], corpus()[20:]
    tagger = Ends(Params())
    judge = holdout_objective(
        lambda params: tagger, Params, {}, train, context(tmp_path, development=development), 0.25, ("ADR",)
    )
    judge({}, silent)
    assert list(tagger.seen[0]) == train
    assert tagger.seen[2] == [annotated.document for annotated in development]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"last": True}, "one of first and last"),
        ({"first": 3}, "first: input should be a valid boolean"),
        ({"fault": "few"}, "predict gave 9 answers for 10 documents"),
    ],
)
def test_values_that_cannot_be_judged_are_value_errors(values: Mapping[str, Any], words: str, tmp_path: Path) -> None:
    """Values that are not valid together, or answers that do not fit the documents, say so."""
    judge = holdout_objective(Ends, Params, {}, corpus(), context(tmp_path), 0.25, ("ADR",))
    with pytest.raises(ValueError, match=words):
        judge(values, silent)


def test_pruning_and_faults_pass_through_and_leave_no_scratch(tmp_path: Path) -> None:
    """What the study or the tagger raises reaches the study, and the trial's folder is gone."""
    judge = holdout_objective(Ends, Params, {}, corpus(), context(tmp_path), 0.25, ("ADR",))

    def enough(step: int, value: float) -> None:
        raise Pruned

    with pytest.raises(Pruned):
        judge({}, enough)
    with pytest.raises(FloatingPointError, match="rate of 3"):
        judge({"fault": "short"}, silent)
    assert not list(tmp_path.iterdir())


def test_a_training_part_of_one_group_cannot_be_tuned_on(tmp_path: Path) -> None:
    """Where nothing can be held out, that is said before any trial."""
    with pytest.raises(ValueError, match="nothing can be held out"):
        holdout_objective(Ends, Params, {}, corpus(2), context(tmp_path), 0.25, ("ADR",))


def test_the_dictionary_can_be_tuned(tmp_path: Path) -> None:
    """A study of the dictionary finds the precision below which a term does harm."""
    plugin: TaggerPlugin = Registry().describe("taggers", "dictionary")
    space, problems = resolve(plugin, {"fold_case": True}, {"min_precision": [0.0, 0.5]}, Registry())
    assert problems == []
    build = implementation(plugin.implementation)
    judge = holdout_objective(build, plugin.params, {"fold_case": True}, corpus(), context(tmp_path), 0.25, ("ADR",))
    tuned = run_study(tmp_path / "study.log", space, Spec(trials=2, sampler="grid"), judge, lambda *_: None)
    assert tuned.params == {"min_precision": 0.5}
    assert {trial.state for trial in tuned.trials} == {"complete"}


def test_the_example_of_the_docs_is_a_valid_space() -> None:
    """The TOML example of docs/tuning.md is TOML, and its space is one that can be searched."""

    @dataclass(frozen=True)
    class Adam:
        batch_size: int = 8
        accumulation: int = 1
        epochs: int = 1
        learning_rate: float = 1e-4
        beta1: float = 0.9
        beta2: float = 0.999
        weight_decay: float = 0.0
        epsilon: float = 1e-8

    page = (Path(__file__).parents[3] / "docs" / "tuning.md").read_text(encoding="utf-8")
    file = tomllib.loads(re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)[0])
    [tagger] = file["taggers"]
    plugin = TaggerPlugin("adam", "test", "1", Adam, "nowhere:Adam")
    params = {name: value for name, value in tagger["params"].items() if name in Adam.__dataclass_fields__}
    space, problems = resolve(plugin, params, tagger["tune"]["space"], Registry())
    assert problems == []
    assert set(space) == {"learning_rate", "beta1", "beta2", "weight_decay", "epsilon"}
