"""How a tagger is built, fitted and asked, and how its answers are read. Part of every cell's key.

What only watches this (the process, its meter, the report of progress) is in ``adrbench.running._cell``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import index
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Span, Tagger, TaggerPlugin
from adrbench.api.text import fraction
from adrbench.plugins import parameters
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry
from adrbench.running._job import Job
from adrbench.running._material import Unlabelled, read_documents

Phase = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Answered:
    """The results of a job.

    Attributes:
        predictions: Plain spans by document id, without documents that have none.
        facts: Numbers that the tagger gives about itself.
        tuned: What a study went through.
        pretrained: How a checkpoint was made.
    """

    predictions: Mapping[str, list[list[Any]]] = field(default_factory=dict)
    facts: Mapping[str, int] = field(default_factory=dict)
    tuned: Mapping[str, Any] | None = None
    pretrained: Mapping[str, Any] | None = None


def answer(job: Job, folder: Path, phase: Phase, extended: Callable[[Context], Context]) -> Answered:
    """Do the job of a cell.

    Args:
        job: What is to be done.
        folder: Where ``scratch``, and ``model`` if it is to be kept, are made.
        phase: Meters a phase of the cell, by its name, while its context is open.
        extended: Adds to the tagger's context what changes no answer, such as where progress is told.

    Returns:
        The predictions, and what the tagger, tuning and pre-training report.

    Raises:
        Unavailable: If this machine lacks what the tagger takes.
        ValueError: If parameters or predictions are not valid. Whatever else the tagger raises passes.
    """
    with phase("read"):
        documents = {document.id: document for document in read_documents(Path(job.documents))}
        train, development = (
            [Annotated(documents[name], tuple(map(Span.from_list, spans))) for name, spans in part.items()]
            for part in (job.train, job.development)
        )
        test = [documents[name] for name in job.test]
        unlabelled = Unlabelled(Path(job.unlabelled), frozenset(job.held_back_groups))
    with phase("import"):
        registry = Registry()
        plugin: TaggerPlugin = registry.describe("taggers", job.use)
        params = _valid(registry, plugin, job.params)
        build = implementation(plugin.implementation)
    scratch = folder / "scratch"
    scratch.mkdir()
    conditions = Context(
        seed=job.seed,
        labels=tuple(job.labels),
        scratch=scratch,
        device=job.device,
        threads=job.threads,
        offline=job.offline,
        grouped=job.grouped,
        unlabelled=unlabelled,
        development=development,
        scores=job.scores,
    )
    context = extended(conditions)
    tuned = pretrained = None
    if job.pretrain is not None:
        with phase("pretrain"):
            params, pretrained = _pretrain(plugin, params, job.pretrain, context)
    if job.tune is not None:
        with phase("tune"):
            params, tuned = _tune(registry, plugin, build, params, job.tune, train, context)
    with phase("warm_up"):
        tagger = build(params)
        if hasattr(tagger, "warm_up"):
            tagger.warm_up()
    with phase("fit"):
        tagger.fit(train, context)
    with phase("predict"):
        predicted = tagger.predict(test)
    predictions = _checked(test, predicted, frozenset(job.labels), scores=job.scores)
    facts = {name: int(value) for name, value in tagger.facts().items()} if hasattr(tagger, "facts") else {}
    if job.keep_model:
        if not hasattr(tagger, "save"):
            raise TypeError(f"{job.use} has no save(folder): its model cannot be kept")
        (folder / "model").mkdir()
        tagger.save(folder / "model")
    return Answered(predictions, facts, tuned, pretrained)


def _pretrain(
    plugin: TaggerPlugin, params: Any, how: Mapping[str, Any], context: Context
) -> tuple[Any, dict[str, Any]]:
    """The parameters with a checkpoint that has learnt from text first, and how that was made, here or before."""
    from adrbench.running.pretraining.cache import pretrained  # noqa: PLC0415  (only who pretrains pays for it)

    told, problems = parameters.check(plugin.pretraining.params, how["how"]) if plugin.pretraining else (None, [])
    if problems or told is None:
        raise ValueError(f"pretrain: {problems[0][0]}: {problems[0][1]}" if problems else "pretrain: has no meaning")
    # Nothing that differs between folds: what is made is for all of them.
    blind = replace(context, development=(), unlabelled=())
    continued, meta = pretrained(plugin, params, told, Path(how["texts"]), how["key"], blind)
    return continued, {**meta, "read": how["read"], "excluded": how["excluded"], "test_text": how["test_text"]}


def _tune(
    registry: Registry,
    plugin: TaggerPlugin,
    build: Callable[[Any], Tagger],
    params: Any,
    how: Mapping[str, Any],
    train: Sequence[Annotated],
    context: Context,
) -> tuple[Any, dict[str, Any]]:
    """The best parameters that a study finds on the training part alone, and what it went through."""
    from adrbench.config.search_space import from_plain  # noqa: PLC0415
    from adrbench.running.tuning._holdout_objective import holdout_objective  # noqa: PLC0415  (only a study pays for its libraries)
    from adrbench.running.tuning._study import run_study  # noqa: PLC0415
    from adrbench.running.tuning._trials import Spec  # noqa: PLC0415

    plain, journal = parameters.as_json(params), Path(how["journal"])
    tried = {**plain, **how["params"]}
    judge = holdout_objective(build, plugin.params, tried, train, context, how["holdout"], context.labels)
    spec = Spec(
        study=journal.stem,
        scope=how["scope"],
        trials=how["trials"],
        sampler=how["sampler"],
        pruner=how["pruner"],
        timeout=how["timeout"],
        seed=context.seed,
    )
    tuned = run_study(journal, from_plain(how["space"]), spec, judge, context.progress)
    return _valid(registry, plugin, {**plain, **tuned.params}), tuned.as_json()


def _valid(registry: Registry, plugin: TaggerPlugin, values: Mapping[str, Any]) -> Any:
    params, problems = registry.check(plugin.params, values)
    if problems:
        raise ValueError(f"{problems[0][0]}: {problems[0][1]}")
    return params


def _checked(
    documents: Sequence[Document], predicted: Sequence[Sequence[Span]], labels: frozenset[str], *, scores: bool
) -> dict[str, list[list[Any]]]:
    """Predictions by document id, without the empty ones. Raises ``ValueError`` for what no evaluator could judge.

    Without ``scores``, those that a tagger gives all the same are left out: the cell's key promises none.
    """
    if len(predicted) != len(documents):
        raise ValueError(f"predict gave {len(predicted)} answers for {len(documents)} documents")
    answers = {}
    for document, spans in zip(documents, predicted, strict=True):
        for span in spans:
            if not all(map(_whole, (span.start, span.end, *chain.from_iterable(span.parts)))):
                raise ValueError(f"predict gave {span} for document {document.id}, whose offsets are no whole numbers")
            if not 0 <= span.start < span.end <= len(document.text):
                raise ValueError(
                    f"predict gave {span} for document {document.id}, which has {len(document.text)} characters"
                )
            if span.parts and (span.parts[0][0], span.parts[-1][1]) != (span.start, span.end):
                raise ValueError(f"predict gave {span}, whose parts do not reach from its start to its end")
            if span.label not in labels:
                raise ValueError(
                    f"predict gave the label {span.label!r}; the benchmark's are {', '.join(sorted(labels))}"
                )
        if spans:
            answers[document.id] = [_plain(span, scores=scores) for span in sorted(set(spans))]
    return answers


def _whole(offset: Any) -> bool:
    """Whether an offset is a whole number of any kind. One that is cut to be one would be the start of another span."""
    try:
        index(offset)
    except TypeError:
        return False
    return True


def _plain(span: Span, *, scores: bool) -> list[Any]:
    """A span as JSON can hold it, whatever kinds of number its tagger counts with."""
    parts = tuple((int(start), int(end)) for start, end in span.parts)
    score = fraction(span.score) if scores and span.score is not None else None
    return Span(int(span.start), int(span.end), span.label, parts, score=score).to_list()
