"""Taggers that build other taggers, and parameters that change no answer: from the benchmark file to the cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import adrbench
from adrbench.api import TaggerSpec
from adrbench.config import read_benchmark
from adrbench.errors import ConfigError, InputError
from adrbench.plugins.registry import Registry
from adrbench.running.options import Options
from adrbench.running.prepare import prepare

TWICE = """
from dataclasses import dataclass, field
from pathlib import Path
from adrbench.api import RUN_ONLY, Context, Document, Span, Tagger, TaggerPlugin, TaggerSpec

@dataclass(frozen=True)
class Params:
    base: TaggerSpec = TaggerSpec("dictionary", {"min_precision": 0.5})
    other: TaggerSpec | None = None
    limit: float = field(default=1.0, metadata=RUN_ONLY)

class Twice:
    def __init__(self, params: Params) -> None:
        self.params = params

    def warm_up(self) -> None:
        self.base = self.params.base.build()

    def fit(self, train, context: Context) -> None:
        conditions = context.child("base", seed=context.seed + 1)
        assert conditions.scratch.parent == context.scratch and not list(conditions.scratch.iterdir())
        assert conditions.seed == context.seed + 1 and not conditions.scores
        self.base.fit(train, conditions)

    def predict(self, documents):
        return self.base.predict(documents)

    def save(self, folder: Path) -> None:
        self.base.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Tagger:
        tagger = cls(Params())
        tagger.base = TaggerSpec("dictionary").load(folder)
        return tagger

plugin = TaggerPlugin("twice", "test", "1", Params, "twice_tagger:Twice", api="1.1")
"""
FILE = """
[benchmark]
name = "built"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.4
[[taggers]]
id = "twice"
use = "twice"
params = {params}
{more}
"""


@pytest.fixture
def twice(install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a tagger that answers as one that it builds; gives the file of its code."""
    file = install("twice", "twice_tagger", TWICE, "[adrbench.taggers]\ntwice = twice_tagger:plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(file.parent))
    return file


def written(folder: Path, params: str = "{}", more: str = "") -> Path:
    """A benchmark file."""
    file = folder / "built.toml"
    file.write_text(FILE.format(params=params, more=more))
    return file


def keys(folder: Path, params: str = "{}", more: str = "") -> list[str]:
    """The keys of all its cells."""
    registry = Registry()
    benchmark = read_benchmark(written(folder, params, more), registry)
    plan = prepare(benchmark, Options(limit=60), None, lambda name: None, registry)  # noqa: ARG005
    return [cell.key for _, cell in plan.cells()]


@pytest.mark.usefixtures("twice")
def test_a_tagger_that_is_built_answers_as_it_does_alone(tmp_path: Path) -> None:
    """In a cell, from its defaults completed by adrbench; and outside the harness, also after loading."""
    alone = '[[taggers]]\nid = "alone"\nuse = "dictionary"\nparams = { min_precision = 0.5 }'
    results = adrbench.run(written(tmp_path, more=alone), results=tmp_path / "runs", limit=300)
    assert results.statuses == {"ok": 2}
    assert results.predictions("twice") == results.predictions("alone")
    assert any(results.predictions("twice").values())
    texts, spans = ["Aspirin gave me gout."] * 2, [[(16, 20, "ADR")]] * 2
    tagger = adrbench.tagger("twice", base={"use": "dictionary"}).fit(texts, spans)
    tagger.save(tmp_path / "kept")
    for one in (tagger, type(tagger).load(tmp_path / "kept")):
        assert [(span.start, span.end) for span in one.predict(["Is it gout?"])[0]] == [(6, 10)]
    again = adrbench.tagger("twice", **{name: tagger.get_params()[name] for name in ("base", "other", "limit")})
    assert again.fit(texts, spans).predict(["gout"]) == tagger.predict(["gout"])


@pytest.mark.usefixtures("twice")
def test_a_key_says_what_is_built(tmp_path: Path) -> None:
    """Values that were left open are filled in; another value or another tagger makes other cells."""
    usual = keys(tmp_path)
    assert (
        keys(tmp_path, '{ base = { use = "dictionary", params = { min_precision = 0.5, fold_case = true } } }') == usual
    )
    assert keys(tmp_path, '{ base = { use = "dictionary" } }') != usual
    assert keys(tmp_path, '{ base = { use = "crf" } }') != usual
    assert keys(tmp_path, '{ other = { use = "dictionary" } }') != usual


@pytest.mark.usefixtures("twice")
def test_what_changes_no_answer_changes_no_key(tmp_path: Path) -> None:
    """A run-only parameter is no part of the key, also in a tagger that is built; the cell records it all the same."""
    assert keys(tmp_path, "{ limit = 2.0 }") == keys(tmp_path)
    inner = '{{ other = {{ use = "twice", params = {{ limit = {} }} }} }}'
    assert keys(tmp_path, inner.format("2.0")) == keys(tmp_path, inner.format("3.0")) != keys(tmp_path)
    command = '[[taggers]]\nid = "c"\nuse = "command"\nparams = {{ command = ["true"], timeout = {} }}'
    assert keys(tmp_path, more=command.format("5.0")) == keys(tmp_path, more=command.format("6.0"))
    adrbench.run(written(tmp_path, "{ limit = 2.5 }"), results=tmp_path / "runs", limit=60)
    stored = "".join(file.read_text() for file in (tmp_path / "runs").rglob("*.jsonl"))
    assert '"limit": 2.5' in stored or '"limit":2.5' in stored


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize(
    ("params", "more", "message"),
    [
        ("{ limits = 2.0 }", "", "params.limits: unknown name; did you mean 'limit'?"),
        ('{ limit = "long" }', "", "params.limit: "),
        (
            '{ base = { use = "dictionry" } }',
            "",
            "params.base.use: unknown tagger 'dictionry'; did you mean 'dictionary'?",
        ),
        ('{ base = { use = "crf", params = { widow = 1 } } }', "", "params.base.params.widow: unknown name"),
        ("{}", "[taggers.grid]\nlimit = [1.0, 2.0]", "grid.limit: changes no answer"),
        (
            "{}",
            "[taggers.tune]\ntrials = 2\n[taggers.tune.space]\nlimit = [1.0, 2.0]",
            "space.limit: changes no answer",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_path(tmp_path: Path, params: str, more: str, message: str) -> None:
    """Unknown names and mistyped values of run-only parameters and of taggers that are built, and useless searches."""
    with pytest.raises(ConfigError) as caught:
        read_benchmark(written(tmp_path, params, more), Registry())
    assert message in str(caught.value)


@pytest.mark.usefixtures("twice")
def test_a_tagger_that_is_no_longer_the_same_is_refused() -> None:
    """Parameters that were completed elsewhere name its code; what is installed must have the same."""
    with pytest.raises(InputError, match="another one is installed"):
        adrbench.tagger("twice", base={"use": "dictionary", "code": "0 0"})
    with pytest.raises(ValueError, match=r"saved by version 9, and 0\.2\.0 is installed"):
        TaggerSpec("dictionary", code="9 0").load(Path())
    with pytest.raises(TypeError, match="'dictionary' cannot be built: take it from the parameters"):
        TaggerSpec("dictionary").build()
