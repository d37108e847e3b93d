"""A tagger on the bench: built, fitted and asked as in a cell, as often as the checks want."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Span, Tagger, TaggerPlugin
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry
from adrbench.running.recorded import open_records
from adrbench.testing import _texts as texts
from adrbench.testing._verdict import Failure

Answers = list[tuple[Span, ...]]
SEED = 11


class TaggerBench:
    """Builds, fits and asks one tagger with one set of parameters.

    ``imported``: the modules that its description imports. ``folder``: may be written to. ``step``: called before each
    fit and each prediction, since the time limit is for each of these. ``responses``: where the responses of a server
    are replayed from and kept, for a tagger that asks one; by default inside ``folder``.
    """

    def __init__(
        self,
        name: str,
        values: dict[str, Any],
        folder: Path,
        step: Callable[[], None],
        responses: Path | None = None,
    ) -> None:
        before = set(sys.modules)
        self.registry = Registry()
        self.plugin: TaggerPlugin = self.registry.describe("taggers", name)
        self.imported = set(sys.modules) - before
        self.values = values
        self.folder = folder
        self.step = step
        self._numbers = itertools.count()
        self._records = open_records(responses or folder / "responses", name) if self.plugin.records else None

    @cached_property
    def params(self) -> Any:
        """The parameters, checked."""
        params, problems = self.registry.check(self.plugin.params, self.values)
        if problems:
            raise Failure(f"{problems[0][0]}: {problems[0][1]}")
        return params

    def context(
        self, labels: Sequence[str] = texts.LABELS, told: list[Any] | None = None, *, scores: bool = False
    ) -> Context:
        """The conditions of a cell on one thread, with an empty scratch folder; ``told`` collects progress."""
        scratch = self.folder / f"scratch-{next(self._numbers)}"
        scratch.mkdir()

        def progress(done: float, total: float, note: str = "") -> None:
            if told is not None:
                told.append((done, total, note))

        return Context(
            seed=SEED,
            labels=tuple(sorted(labels)),
            scratch=scratch,
            progress=progress,
            scores=scores,
            records=self._records,
        )

    def build(self, params: Any = None) -> Tagger:
        """A tagger that has seen nothing."""
        build = implementation(self.plugin.implementation)
        tagger: Any = build(self.params if params is None else params)
        if hasattr(tagger, "warm_up"):
            tagger.warm_up()
        return tagger  # type: ignore[no-any-return]

    def fit(self, train: Sequence[Annotated], tagger: Tagger | None = None, context: Context | None = None) -> Tagger:
        """A tagger, a new one unless one is given, after ``fit``."""
        self.step()
        tagger = self.build() if tagger is None else tagger
        # A list of its own: whoever changes it changes nothing for the next one.
        tagger.fit(list(train), context or self.context())
        return tagger

    def ask(self, tagger: Tagger, documents: Sequence[Document]) -> Answers:
        """Its answers, one for each document, each sorted and without repetition, as a cell keeps them."""
        self.step()
        answers = tagger.predict(list(documents))
        check_number(documents, answers)
        return [tuple(sorted(set(spans))) for spans in answers]

    @cached_property
    def fitted(self) -> Tagger:
        """A tagger of the second corpus. In the order of the checks, this is the first fit of the process."""
        return self.fit(texts.corpus("second"))

    @cached_property
    def answers(self) -> Answers:
        """Its answers to the questions."""
        return self.ask(self.fitted, texts.questions())


def check_number(documents: Sequence[Document], answers: Any) -> None:
    """Raises ``Failure`` unless there is one answer for each document."""
    if not isinstance(answers, Sequence):
        raise Failure(f"predict gave {type(answers).__name__}, not a list with a list of spans for each document")
    if len(answers) != len(documents):
        raise Failure(f"predict gave {len(answers)} answers for {len(documents)} documents")


def check_spans(documents: Sequence[Document], answers: Answers) -> None:
    """Raises ``Failure`` for spans that are empty, outside their text, or no spans at all."""
    for document, spans in zip(documents, answers, strict=True):
        for span in spans:
            if not isinstance(span, Span):
                raise Failure(f"predict gave {span!r}, not an adrbench.api.Span")
            if not 0 <= span.start < span.end <= len(document.text):
                raise Failure(f"predict gave {span} for a text of {len(document.text)} characters")
            if span.parts and (span.parts[0][0], span.parts[-1][1]) != (span.start, span.end):
                raise Failure(f"predict gave {span}, whose parts do not reach from its start to its end")


def check_labels(answers: Answers, labels: Collection[str] = texts.LABELS) -> None:
    """Raises ``Failure`` for labels that are not the context's."""
    foreign = sorted({span.label for spans in answers for span in spans} - set(labels))
    if foreign:
        raise Failure(f"predict gave the labels {foreign}; the context's are {sorted(labels)}")


def check_equal(documents: Sequence[Document], one: Answers, other: Answers, what: str) -> None:
    """Raises ``Failure``, with the first text that differs, unless the answers are the same."""
    differing = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if differing:
        first = differing[0]
        text = documents[first].text
        shown = text if len(text) < 60 else f"{text[:57]}..."  # noqa: PLR2004
        raise Failure(
            f"{what}: {len(differing)} of {len(documents)} answers differ, such as for {shown!r}: "
            f"{_brief(one[first])} and {_brief(other[first])}"
        )


def _brief(spans: Sequence[Span]) -> str:
    return ", ".join(f"{s.start}-{s.end} {s.label}" for s in spans[:3]) + (", ..." if len(spans) > 3 else "") or "none"  # noqa: PLR2004
