"""One cell, in a process of its own: build the tagger, fit it, ask it, meter it.

Started as ``python -m adrbench.running._cell FOLDER``. The folder holds ``job.json``; ``outcome.json`` is written
there at the end, and ``progress.json`` on the way. Gold of the documents under test never enters this process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, overload

from adrbench._system.paths import write_atomically
from adrbench.api import Annotated, Context, Document, Span, Tagger, TaggerPlugin, Unavailable
from adrbench.api.text import fraction
from adrbench.plugins import parameters, registry
from adrbench.running._costs import Family, Meter, peak_gpu_memory_bytes, peak_memory_bytes
from adrbench.running._energy import counters


@dataclass(frozen=True)
class Job:
    """Everything a cell is given.

    ``train``, ``development``: gold by document id; ``documents``, ``unlabelled``: files with texts. ``tune``: what to
    search on held out training text before the fit, and where the study is kept; ``pretrain``: the text to learn from
    before that. ``scores``: whether predicted spans are to have scores.
    """

    use: str
    params: Mapping[str, Any]
    documents: str
    unlabelled: str
    train: Mapping[str, Sequence[Sequence[Any]]]
    development: Mapping[str, Sequence[Sequence[Any]]]
    test: Sequence[str]
    held_back_groups: Sequence[str]
    labels: Sequence[str]
    seed: int
    grouped: bool
    device: str
    threads: int
    offline: bool
    keep_model: bool
    tune: Mapping[str, Any] | None = None
    pretrain: Mapping[str, Any] | None = None
    scores: bool = False


def write_documents(path: Path, documents: Sequence[Document]) -> None:
    """Texts and tokens for cells to read, without gold: a line each."""
    lines = (json.dumps([d.id, d.text, list(chain.from_iterable(d.tokens)), d.group]) for d in documents)
    write_atomically(path, "\n".join(lines))


def _read_documents(path: Path) -> Iterator[Document]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            name, text, edges, group = json.loads(line)
            yield Document(name, text, tuple(zip(edges[::2], edges[1::2], strict=True)), group)


class _Unlabelled(Sequence[Document]):
    """Documents that are read when they are first looked at: who has no use for them pays neither time nor memory."""

    def __init__(self, path: Path, held_back: Collection[str]) -> None:
        self._path = path
        self._held_back = held_back

    @cached_property
    def _documents(self) -> list[Document]:
        return [document for document in _read_documents(self._path) if document.group not in self._held_back]

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Document]: ...
    def __getitem__(self, index: int | slice) -> Document | Sequence[Document]:
        return self._documents[index]

    def __len__(self) -> int:
        return len(self._documents)


def main(folder: Path) -> None:
    """Run the job in a folder and leave its outcome there. Whatever goes wrong becomes a status with a reason."""
    _die_with_parent()
    job = Job(**json.loads((folder / "job.json").read_text(encoding="utf-8")))
    family = Family()
    meter = Meter(counters(job.device), family)
    try:
        outcome = _measure(job, folder, meter)
    except Unavailable as error:
        outcome = {"status": "skipped", "reason": str(error)}
    except Exception as error:  # noqa: BLE001  (the row says what happened; the others go on)
        memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        outcome = {
            "status": "oom" if memory else "failed",
            "reason": _reason(error),
            "traceback": traceback.format_exc(limit=-12),
        }
    outcome["costs"] = {
        "seconds": meter.seconds,
        "cpu_seconds": meter.cpu_seconds,
        "peak_memory_bytes": peak_memory_bytes() + family.peak_memory_bytes(),
        "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
        "energy_joules": meter.energy_joules,
        "energy_from": meter.energy_from,
        **outcome.get("costs", {}),
    }
    write_atomically(folder / "outcome.json", json.dumps(outcome))


def _measure(job: Job, folder: Path, meter: Meter) -> dict[str, Any]:
    with meter.phase("read"):
        documents = {document.id: document for document in _read_documents(Path(job.documents))}
        train, development = (
            [Annotated(documents[name], tuple(map(Span.from_list, spans))) for name, spans in part.items()]
            for part in (job.train, job.development)
        )
        test = [documents[name] for name in job.test]
        unlabelled = _Unlabelled(Path(job.unlabelled), frozenset(job.held_back_groups))
    with meter.phase("import"):
        plugin: TaggerPlugin = registry.describe("taggers", job.use)
        params = _valid(plugin, job.params)
        build = registry.implementation(plugin.implementation)
    scratch = folder / "scratch"
    scratch.mkdir()
    context = Context(
        seed=job.seed,
        labels=tuple(job.labels),
        scratch=scratch,
        device=job.device,
        threads=job.threads,
        offline=job.offline,
        grouped=job.grouped,
        unlabelled=unlabelled,
        development=development,
        progress=_Reporter(folder / "progress.json"),
        scores=job.scores,
    )
    told: dict[str, Any] = {}
    if job.pretrain is not None:
        with meter.phase("pretrain"):
            params, told["pretrained"] = _pretrain(plugin, params, job.pretrain, context)
    if job.tune is not None:
        with meter.phase("tune"):
            params, told["tuned"] = _tune(plugin, build, params, job.tune, train, context)
    with meter.phase("warm_up"):
        tagger = build(params)
        if hasattr(tagger, "warm_up"):
            tagger.warm_up()
    with meter.phase("fit"):
        tagger.fit(train, context)
    with meter.phase("predict"):
        predicted = tagger.predict(test)
    predictions = _checked(test, predicted, frozenset(job.labels), scores=job.scores)
    facts = {name: int(value) for name, value in tagger.facts().items()} if hasattr(tagger, "facts") else {}
    if job.keep_model:
        if not hasattr(tagger, "save"):
            raise TypeError(f"{job.use} has no save(folder): its model cannot be kept")
        (folder / "model").mkdir()
        tagger.save(folder / "model")
    return {"status": "ok", "reason": "", "predictions": predictions, **told, "costs": {"facts": facts}}


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
    found, meta = pretrained(plugin, params, told, Path(how["texts"]), how["key"], blind)
    return found, {**meta, "read": how["read"], "excluded": how["excluded"], "test_text": how["test_text"]}


def _tune(
    plugin: TaggerPlugin,
    build: Callable[[Any], Tagger],
    params: Any,
    how: Mapping[str, Any],
    train: Sequence[Annotated],
    context: Context,
) -> tuple[Any, dict[str, Any]]:
    """The best parameters that a study finds on the training part alone, and what it went through."""
    from adrbench.config.search_space import from_plain  # noqa: PLC0415
    from adrbench.running.tuning._holdout_objective import judge_on_holdout  # noqa: PLC0415  (only a study pays for its libraries)
    from adrbench.running.tuning._study import run_study  # noqa: PLC0415
    from adrbench.running.tuning._trials import Spec  # noqa: PLC0415

    plain, journal = parameters.as_json(params), Path(how["journal"])
    tried = {**plain, **how["params"]}
    judge = judge_on_holdout(build, plugin.params, tried, train, context, how["holdout"], context.labels)
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
    return _valid(plugin, {**plain, **tuned.params}), tuned.as_json()


def _valid(plugin: TaggerPlugin, values: Mapping[str, Any]) -> Any:
    params, problems = parameters.check(plugin.params, values)
    if problems:
        raise ValueError(f"{problems[0][0]}: {problems[0][1]}")
    return params


class _Reporter:
    """Passes a tagger's progress on through a file, at most five times a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = 0.0

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        if now - self._last >= 0.2:  # noqa: PLR2004
            self._last = now
            draft = self._path.with_suffix(".part")
            draft.write_text(json.dumps([done, total, note]), encoding="utf-8")
            draft.replace(self._path)


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


def _plain(span: Span, *, scores: bool) -> list[Any]:
    """A span as JSON can hold it, whatever kinds of number its tagger counts with."""
    parts = tuple((int(start), int(end)) for start, end in span.parts)
    score = fraction(span.score) if scores and span.score is not None else None
    return Span(int(span.start), int(span.end), span.label, parts, score=score).to_list()


def _reason(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text} ({Path(place.filename).name}:{place.lineno})"


def _die_with_parent() -> None:
    """End when the run that started this cell is gone: its end of standard input closes, even by ``kill -9``."""

    def wait() -> None:
        # Not sys.stdin: a thread that waits inside its lock would trouble the interpreter's own end.
        while os.read(0, 1):
            pass
        os.killpg(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    # The outcome is on the disk. Taking large libraries apart in an orderly way would only keep the next cell waiting.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
