"""The ``distilled`` tagger: a teacher labels texts, a student learns from them."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Facts, Span, Tagger, TaggerSpec
from adrbench.plugins.distilled.plugin import DistilledParams

_FILE, _STUDENT = "distilled.json", "student"
_AT_ONCE = 2000


class Distilled:
    """A student that learns from the answers of a teacher (Hinton, Vinyals and Dean 2015, here on hard labels).

    The teacher is fitted on the training part and labels ``Context.texts``. The student is fitted on these and, with
    ``gold``, on the training part. Texts without a mention are learnt from, too. Mentions that overlap an earlier one,
    or that are discontinuous, are left out, as training gold has none.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: DistilledParams) -> None:
        self.params = params
        self._student: Tagger | None = None
        self._facts: dict[str, int] = {}

    def warm_up(self) -> None:
        """Build the student, which imports its library, and warm it up."""
        self._student = self.params.student.build()

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Fit the teacher, label the texts, and fit the student.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell, with texts.

        Raises:
            ValueError: There is no text to label.
        """
        if not context.texts:
            raise ValueError("there is no text to label: a benchmark file names it in [taggers.distil]")
        student, self._student = self._student or self.params.student.build(), None
        begun = time.perf_counter()
        labelled = self._labelled(train, context, begun)
        fitted = time.perf_counter()
        material = [*train, *labelled] if self.params.gold else labelled
        # Some taggers predict with what they left in their scratch folder: it stays.
        student.fit(material, context.child("student", scores=context.scores))
        self._facts["student_fit_milliseconds"] = round(1000 * (time.perf_counter() - fitted))
        self._student = student

    def _labelled(self, train: Sequence[Annotated], context: Context, begun: float) -> list[Annotated]:
        teacher, place = self.params.teacher.build(), context.child("teacher")
        teacher.fit(list(train), place)
        fitted = time.perf_counter()
        labelled: list[Annotated] = []
        for first in range(0, len(context.texts), _AT_ONCE):
            part = context.texts[first : first + _AT_ONCE]
            context.progress(first, len(context.texts), "texts labelled")
            labelled += [
                Annotated(document, _flat(spans)) for document, spans in zip(part, teacher.predict(part), strict=True)
            ]
        shutil.rmtree(place.scratch, ignore_errors=True)
        self._facts = {
            "labelled_texts": len(labelled),
            "labelled_mentions": sum(len(one.spans) for one in labelled),
            "teacher_fit_milliseconds": round(1000 * (fitted - begun)),
            "labelling_milliseconds": round(1000 * (time.perf_counter() - fitted)),
        }
        return labelled

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents with the student.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans; no span before ``fit``.
        """
        return self._student.predict(documents) if self._student is not None else [[] for _ in documents]

    def facts(self) -> Facts:
        """Collect the facts of the student, and what the distillation took.

        Returns:
            Numbers of texts and mentions, and wall times in milliseconds, by name.
        """
        student: Any = self._student
        return {**(student.facts() if hasattr(student, "facts") else {}), **self._facts}

    def save(self, folder: Path) -> None:
        """Write the student into a folder of its own. The teacher is not kept.

        Args:
            folder: An empty folder.

        Raises:
            TypeError: The student cannot be saved.
        """
        if self._student is not None:
            self.params.student.save(self._student, folder / _STUDENT)
        state = {"params": dataclasses.asdict(self.params), "facts": self._facts}
        (folder / _FILE).write_text(json.dumps(state), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Distilled:
        """Read what ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, which can predict; to fit it again, make a new one.

        Raises:
            ValueError: Another version of the student is installed.
        """
        state = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        plain = state["params"]
        specs = {name: TaggerSpec(**plain[name]) for name in ("teacher", "student")}
        tagger = cls(DistilledParams(**{**plain, **specs, "text": tuple(plain["text"])}))
        tagger._facts = state["facts"]
        if (folder / _STUDENT).is_dir():
            tagger._student = tagger.params.student.load(folder / _STUDENT)
        return tagger


def _flat(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Plain spans in order, the first of those that overlap."""
    kept: list[Span] = []
    for span in sorted(span for span in spans if not span.parts):
        if not kept or span.start >= kept[-1].end:
            kept.append(dataclasses.replace(span, score=None))
    return tuple(kept)
