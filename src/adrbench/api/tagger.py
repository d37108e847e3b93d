"""What a tagger is, what it is given, and how a plugin describes one without importing its library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from adrbench.api._holdout import hold_out
from adrbench.api.deprecations import warn
from adrbench.api.space import Scale
from adrbench.api.text import Annotated, Document, Span


class Pruned(Exception):  # noqa: N818  (no error: a trial that is not worth finishing)
    """A study has seen enough of a trial. Raised by ``Context.report``; a tagger lets it pass."""


def _silent(done: float, total: float, note: str = "") -> None:
    """Report progress to nobody."""


def _unheard(step: int, value: float) -> None:
    """Judge nothing: no study asks."""


@dataclass(frozen=True)
class Context:
    """The conditions of one cell, the same for every tagger.

    ``labels``: the labels to predict, sorted. ``device``: ``"cpu"`` or ``"cuda:0"``. ``threads``: how many the tagger
    may use. ``scratch``: an empty folder, removed afterwards. ``offline``: no network may be used. ``unlabelled``: text
    that the benchmark file declares for every tagger, none of it from a group under test (grouped splits).
    ``development``: the split's own development part, if it has one; no part of what ``fit`` is given.
    ``scores``: whether predicted spans should have a ``Span.score``, where the tagger can tell; the spans themselves
    must be the same with and without. If not asked for, no time should be spent on scores.
    ``progress(done, total, note)`` may be called at any time, in any unit. ``report(step, value)``: a tagger that
    judges itself on a development part on the way says its F1 there, a fraction; a study may then raise ``Pruned``.
    """

    seed: int
    labels: tuple[str, ...]
    scratch: Path
    device: str = "cpu"
    threads: int = 1
    offline: bool = False
    grouped: bool = False
    unlabelled: Sequence[Document] = ()
    development: Sequence[Annotated] = ()
    progress: Callable[[float, float, str], None] = field(default=_silent, compare=False)
    report: Callable[[int, float], None] = field(default=_unheard, compare=False)
    scores: bool = False

    @property
    def has_listener(self) -> bool:
        """True if a tuning study is receiving ``report()`` calls."""
        return self.report is not _unheard

    def child(self, name: str, **changes: Any) -> Context:
        """The conditions in which a tagger fits one that it has built from a ``TaggerSpec``.

        They are those of this context, with an empty scratch folder inside its own. No study hears the other tagger,
        for its F1 is not this one's, and it is not asked for scores.

        Args:
            name: What the folder's name begins with.
            **changes: Other fields that differ, such as ``seed`` or ``progress``.
        """
        from tempfile import mkdtemp  # noqa: PLC0415  (importing this module stays instant)

        scratch = Path(mkdtemp(dir=self.scratch, prefix=f"{name}-"))
        return replace(self, **{"scratch": scratch, "report": _unheard, "scores": False, **changes})

    @property
    def heard(self) -> bool:
        """Deprecated name of ``has_listener``."""
        warn("adrbench.api.Context.heard", instead="has_listener", since="1.1", gone="2.0")
        return self.has_listener

    def holdout(
        self, train: Sequence[Annotated], fraction: float = 0.1
    ) -> tuple[Sequence[Annotated], Sequence[Annotated]]:
        """A development part: ``(kept, held out)``, both in the order given.

        If the split has one of its own, it is that, and all of ``train`` is kept. Otherwise it is carved from
        ``train``: whole groups move together when the split is grouped; deterministic in the seed; at least one
        document stays on each side if there are two units to share out; with fewer, nothing is held out.

        Raises ``ValueError`` unless ``0 < fraction < 1``.
        """
        return hold_out(train, self.development, fraction, seed=self.seed, grouped=self.grouped)


@runtime_checkable
class Tagger(Protocol):
    """This is the protocol of a tagger: built from its parameters, fitted once, then asked for spans.

    Optional methods, called when they exist: ``warm_up()`` after building, whose time is no part of fit;
    ``facts() -> Mapping[str, int]`` after fitting, for instance ``{"parameters": 110_000_000}``;
    ``save(folder: Path) -> None`` and a classmethod ``load(folder: Path) -> Tagger``.
    """

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Learn from annotated documents. Raise ``adrbench.api.Unavailable`` if this machine lacks what it takes."""

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """One list of spans for each document, in the documents' order."""


@dataclass(frozen=True)
class Pretraining:
    """How a tagger can learn from text without gold before it is fitted.

    ``params``: a frozen dataclass with a default for every field: what ``[taggers.pretrain]`` may say beside the text.
    ``implementation``: ``"module:function"``, called as ``function(params, how, texts, folder, context)`` with the
    tagger's parameters, an instance of ``params``, a file of JSON lines ``{"text": ...}``, a folder to leave a
    checkpoint in (what an earlier call left there is gone on with), and the context, which has no gold. It gives
    ``steps``, ``sentences`` and ``loss``, pairs of step and loss. ``parameter``: which of the tagger's parameters then
    names that folder; ``continued(params, folder)`` gives all of them instead, where more than that one changes.
    """

    params: type[Any]
    implementation: str
    parameter: str = "model"
    continued: Callable[[Any, Path], Any] | None = None


@dataclass(frozen=True)
class TaggerPlugin:
    """What an entry point of the group ``adrbench.taggers`` names: a light description of a tagger.

    ``name``: what a benchmark file says after ``use =``. ``family``: the kind of method, for the leaderboard.
    ``params``: a frozen dataclass with a default for every field; its annotations are what values are checked
    against. A ``TaggerSpec`` in it is another tagger, to be built; a field with the metadata ``RUN_ONLY`` is no part of
    a cell's key. ``implementation``: ``"module:Class"``, imported only when a cell is built and called with the
    parameters.
    ``cost``: cells of taggers with a lower one run first. ``requires``: modules that must be importable.
    ``missing(params, offline)``: why these parameters cannot run on this machine, or None; quick, and without heavy
    imports. ``distribution``: what to ``pip install``, extras included, for what ``requires`` names. ``space``: among
    which values a study tunes parameters, unless the benchmark file says otherwise. ``api``: the ``API_VERSION`` that
    it was written for, such as ``"1.0"``; where one is installed that does not fit, it is refused.
    """

    name: str
    family: str
    version: str
    params: type[Any]
    implementation: str
    summary: str = ""
    cost: int = 50
    requires: tuple[str, ...] = ()
    distribution: str = ""
    missing: Callable[[Any, bool], str | None] | None = None
    space: Mapping[str, Scale] = field(default_factory=dict)
    pretraining: Pretraining | None = None
    api: str = ""


Facts = Mapping[str, int]
