"""What a tagger is, what it is given, and how a plugin describes one without importing its library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from adrbench.api._holdout import hold_out
from adrbench.api.deprecations import warn
from adrbench.api.records import Budget, Records, RequestEstimate
from adrbench.api.space import Scale
from adrbench.api.text import Annotated, Document, Span


class Pruned(Exception):  # noqa: N818  (no error: a trial that is not worth finishing)
    """A study stops a trial that is not worth finishing. ``Context.report`` raises it; a tagger must not catch it."""


def _silent(done: float, total: float, note: str = "") -> None:
    """Report progress to nobody."""


def _unheard(step: int, value: float) -> None:
    """Judge nothing: no study asks."""


@dataclass(frozen=True)
class Context:
    """The conditions of one cell, the same for every tagger.

    Attributes:
        seed: The seed for everything that the tagger draws.
        labels: The labels to predict, sorted.
        scratch: An empty folder, removed afterwards.
        device: ``"cpu"`` or ``"cuda:0"``.
        threads: How many threads the tagger may use.
        offline: Whether the network must not be used.
        grouped: Whether the split keeps groups together.
        unlabelled: Text that the benchmark file declares for every tagger. In grouped splits it has no text of a group
            under test.
        development: The split's own development part, if it has one. ``fit`` is not given it as training text.
        progress: Called as ``progress(done, total, note)``, at any time, in any unit.
        report: Called as ``report(step, value)`` by a tagger that evaluates itself on a development part during
            training. ``value`` is its F1 there, a fraction. A study may then raise ``Pruned``.
        scores: Whether predicted spans should have a ``Span.score``, if the tagger can compute it. The spans themselves
            must be the same with and without. If False, no time should be spent on scores.
        records: Responses of a server, to be replayed and kept. None: the plugin does not say ``records``, or there is
            no place for them.
        budget: What may be asked of a server. None: there is no limit.
        texts: Text without gold that the tagger's own row declares. It has no text of a labelled document.
        keep_local: The terms of the corpus, if they forbid that its texts are sent to another machine; else empty. A
            tagger that keeps texts of its training part, such as examples for prompts, keeps these terms beside them.
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
    records: Records | None = field(default=None, compare=False)
    budget: Budget | None = field(default=None, compare=False)
    texts: Sequence[Document] = field(default=(), compare=False)
    keep_local: str = field(default="", compare=False)

    @property
    def has_listener(self) -> bool:
        """True if a tuning study is receiving ``report()`` calls."""
        return self.report is not _unheard

    def child(self, name: str, **changes: Any) -> Context:
        """Make the conditions in which a tagger fits another one that it has built from a ``TaggerSpec``.

        They are those of this context, with an empty scratch folder inside its own. ``report`` reaches no study, since
        the F1 of the inner tagger is not that of the outer. ``scores`` is False.

        Args:
            name: The beginning of the folder's name.
            **changes: Other fields that differ, such as ``seed`` or ``progress``.

        Returns:
            The conditions for the other tagger.
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
        """Take a development part off the training documents.

        If the split has one of its own, it is that, and all of ``train`` is kept. Otherwise it is drawn from ``train``
        by the seed. In a grouped split whole groups move together. At least one document stays on each side. If there
        are fewer than two documents, or groups, nothing is held out.

        Args:
            train: Documents with their gold.
            fraction: Share of the documents, or groups, to hold out.

        Returns:
            ``(kept, held out)``, both in the order given.

        Raises:
            ValueError: ``fraction`` is not between 0 and 1, both exclusive.
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
        """Learn from annotated documents.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: This machine lacks something that the tagger needs. The cell is then ``skipped``.
        """

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            One list of spans for each document, in the documents' order.
        """


@dataclass(frozen=True)
class Pretraining:
    """How a tagger can learn from text without gold before it is fitted.

    Attributes:
        params: A frozen dataclass with a default for every field: the keys of ``[taggers.pretrain]`` beside the text.
        implementation: ``"module:function"``, called as ``function(params, how, texts, folder, context)``. ``params``
            are the tagger's parameters, ``how`` is an instance of this ``params``. ``texts`` is a file of JSON lines
            ``{"text": ...}``, or ``{"words": [...]}``. ``folder`` is where the checkpoint goes; a call continues from
            what an earlier call left there. ``context`` has no gold. It returns a mapping of ``steps``, ``sentences``
            and ``loss``, a list of pairs of step and loss.
        parameter: The tagger's parameter that is set to that folder.
        continued: Called as ``continued(params, folder)`` in place of ``parameter``, where more than one parameter
            changes. It returns the tagger's new parameters.
        words: Whether the lines of ``texts`` have the words of each text, split as the corpus is, in place of the text.
    """

    params: type[Any]
    implementation: str
    parameter: str = "model"
    continued: Callable[[Any, Path], Any] | None = None
    words: bool = False


@dataclass(frozen=True)
class ExpectedTime:
    """How long a tagger takes, roughly, on two cores of a usual machine without a GPU. Estimates before a run use it.

    Attributes:
        fit: Seconds for each 1,000 words of training text.
        predict: Seconds for each 1,000 words under test.
        start: Seconds for starting its process and importing its library.
        unlabelled: Seconds of the fit for each 1,000 words of text without gold.
        holds: Parameters for which this is so; with other values of these nothing is known. Other parameters are taken
            to have a small influence.
    """

    fit: float
    predict: float
    start: float = 1.0
    unlabelled: float = 0.0
    holds: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TaggerPlugin:
    """A light description of a tagger, named by an entry point of the group ``adrbench.taggers``.

    Attributes:
        name: The value of ``use`` in a benchmark file.
        family: The kind of method, for the leaderboard.
        version: Its version, part of every cell's key. It rises when the tagger's answers change.
        params: A frozen dataclass with a default for every field. Values are checked against its annotations. A
            ``TaggerSpec`` in it is another tagger, to be built. A field with the metadata ``RUN_ONLY`` is no part of a
            cell's key.
        implementation: ``"module:Class"``, imported only when a cell is built and called with the parameters.
        summary: One line for listings.
        cost: Cells of taggers with a lower cost run first.
        requires: Modules that must be importable.
        distribution: What to ``pip install``, extras included, to get the modules of ``requires``.
        missing: Called as ``missing(params, offline)``. It returns why these parameters cannot run on this machine, or
            None. It must be quick and import no heavy library.
        space: The values that a study searches, by parameter, unless the benchmark file says otherwise.
        pretraining: How it can learn from text without gold, if it can.
        api: The ``API_VERSION`` that it was written for, such as ``"1.0"``. A plugin of an incompatible version is
            refused.
        expected_time: How long it takes, roughly, if its author knows.
        records: Whether it asks a server whose responses are recorded and replayed (``Context.records``).
        endpoint: The parameter with the URL of a server that is sent texts. Before anything runs, adrbench checks that
            the texts may go there. A parameter without a value counts as a server elsewhere.
        estimate: Called as ``estimate(params, train, documents, labels)``. It returns a ``RequestEstimate`` for a cell
            that learns from ``train``, a sequence of ``Annotated``, and is asked about ``documents``. It must be quick,
            import no heavy library and use no network.
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
    expected_time: ExpectedTime | None = None
    records: bool = False
    endpoint: str = ""
    estimate: Callable[[Any, Sequence[Annotated], Sequence[Document], Sequence[str]], RequestEstimate] | None = None


Facts = Mapping[str, int]
