"""A tagger outside the harness: fitted on texts and spans, asked for spans, kept in a folder."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from adrbench._system import machine
from adrbench._system.environment import environment
from adrbench._system.version import __version__
from adrbench.api import Annotated, Context, Document, Span, Tagger, TaggerPlugin, Unavailable
from adrbench.datasets.text.splitters import DEFAULT, find_splitter
from adrbench.datasets.text.tokens import words_of
from adrbench.errors import InputError
from adrbench.plugins import parameters
from adrbench.plugins.composition import missing
from adrbench.plugins.loading import implementation, lacking
from adrbench.plugins.registry import Registry
from adrbench.results.kept import FORMAT, write_kept
from adrbench.results.schema import EnvironmentRecord, TaggerRecord
from adrbench.running.kept import load
from adrbench.scoring.external.spans import SpanLike, evaluate, read_spans

Text = str | Document | Annotated


class Estimator:
    """A tagger with the methods of scikit-learn's estimators. ``adrbench.tagger`` makes it.

    Texts are split into words as in the harness. The tagger is given the conditions of a cell: a seed, labels,
    threads, a device, and an empty folder that is removed with this object. Each fit starts from nothing.
    """

    def __init__(
        self,
        use: str,
        *,
        seed: int = 0,
        threads: int = 0,
        device: str = "auto",
        offline: bool = False,
        unit: Literal["sentence", "document"] = "document",
        scores: bool = False,
        words: str | None = None,
        **params: Any,
    ) -> None:
        self.use = use
        self._registry = registry = Registry()
        self.plugin: TaggerPlugin = registry.describe("taggers", use)
        checked, problems = registry.check(self.plugin.params, params)
        if problems:
            raise InputError("\n".join(f"{use}: {name}: {message}" for name, message in problems))
        if unit not in {"sentence", "document"}:
            raise InputError(f"unit should be 'sentence' or 'document', not {unit!r}")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
            raise InputError(f"device should be 'auto', 'cpu' or such as 'cuda:0', not {device!r}")
        if threads < 0:
            raise InputError(f"threads should be at least 1, or 0 for a thread a core, not {threads}")
        self.params = checked
        self._given = params
        self.labels: tuple[str, ...] = ()
        self._conditions: dict[str, Any] = {"seed": seed, "threads": threads, "device": device, "offline": offline}
        self._splitter = find_splitter(DEFAULT if words is None else words)
        self._conditions |= {"unit": unit, "scores": scores, "words": self._splitter.name}
        self._tagger: Tagger | None = None
        self._record: TaggerRecord | None = None
        self._scratch: weakref.finalize[..., Self] | None = None

    def __repr__(self) -> str:
        values = "".join(f", {name}={value!r}" for name, value in parameters.as_json(self.params).items())
        return f"adrbench.tagger({self.use!r}{values})" + ("" if self._tagger is None else "  # fitted")

    def fit(
        self,
        texts: Sequence[Text],
        spans: Sequence[Sequence[SpanLike]] | None = None,
        *,
        labels: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
    ) -> Self:
        """Learn from texts with their spans.

        Args:
            texts: The texts, or ``Annotated`` documents.
            spans: The spans in each text; None: those of the ``Annotated`` documents.
            labels: The labels to predict; None: those that occur.
            groups: The source of each text. Texts of a group stay together when the tagger holds some out.

        Returns:
            This object.

        Raises:
            InputError: If the numbers of texts and spans differ, or a span is outside its text, discontinuous, or of a
                label that is not in ``labels``.
            Unavailable: If this machine lacks what the tagger needs.
        """
        train = self._annotated(texts, spans, groups)
        for place, one in enumerate(train):
            if any(span.parts for span in one.spans):
                raise InputError(f"spans[{place}]: a discontinuous span; a tagger learns from plain ones")
        occurring = {span.label for one in train for span in one.spans}
        known = tuple(sorted(occurring if labels is None else set(labels)))
        if not known:
            raise InputError("there is no span to learn from, and no labels; give labels=[...]")
        if occurring - set(known):
            raise InputError(f"spans have the labels {sorted(occurring - set(known))}, none of labels: {list(known)}")
        conditions = self._conditions
        if absent := lacking(self.plugin):
            raise Unavailable(absent)
        if absent := missing(self.plugin, self.params, offline=conditions["offline"]):
            raise Unavailable(absent)
        device = conditions["device"]
        if device == "auto":
            device = "cuda:0" if machine.gpus() else "cpu"
        # Here and not in fit only: a tagger may leave there what it predicts with.
        scratch = Path(tempfile.mkdtemp(prefix="adrbench-tagger-"))
        self._tagger, self._record, self.labels = None, None, known
        if self._scratch is not None:
            self._scratch()
        self._scratch = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        context = Context(
            seed=conditions["seed"],
            labels=known,
            scratch=scratch,
            device=device,
            threads=conditions["threads"] or machine.usable_cores(),
            offline=conditions["offline"],
            grouped=len({one.document.group for one in train}) < len(train),
            scores=conditions["scores"],
        )
        tagger: Tagger = implementation(self.plugin.implementation)(self.params)
        if hasattr(tagger, "warm_up"):
            tagger.warm_up()
        tagger.fit(train, context)
        self._tagger = tagger
        return self

    def predict(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Tag texts.

        Args:
            texts: The texts.

        Returns:
            The spans of each text, sorted.

        Raises:
            InputError: If the tagger is not fitted.
        """
        documents = [self._document(one, place, "") for place, one in enumerate(_several(texts))]
        predicted = self._fitted().predict(documents)
        if len(predicted) != len(documents):
            raise RuntimeError(f"{self.use} gave {len(predicted)} answers for {len(documents)} documents")
        return [sorted(set(spans)) for spans in predicted]

    def score(self, texts: Sequence[Text], spans: Sequence[Sequence[SpanLike]] | None = None) -> float:
        """Micro F1 of exact spans. ``adrbench.evaluate`` gives more figures.

        Args:
            texts: The texts, or ``Annotated`` documents.
            spans: The gold spans of each text; None: those of the ``Annotated`` documents.

        Returns:
            F1 as a fraction.
        """
        gold = self._annotated(texts, spans, None)
        predicted = self.predict([one.document for one in gold])
        figures = evaluate([one.spans for one in gold], predicted, "exact", None, None, self._registry)
        return float(figures["micro"]["f1"])

    def save(self, folder: str | Path) -> None:
        """Save the fitted tagger, whole or not at all.

        Args:
            folder: A folder that is new or empty.

        Raises:
            InputError: If the tagger is not fitted or cannot be saved, or the folder is not empty.
        """
        tagger = self._fitted()
        if not hasattr(tagger, "save"):
            raise InputError(f"{self.use} has no save(folder), so it cannot be saved")
        write_kept(Path(folder), self.record, tagger.save)

    @property
    def record(self) -> TaggerRecord:
        """What is known of the fitted tagger, as ``save`` keeps it; of a loaded one, what was kept.

        Raises:
            InputError: If the tagger is not fitted.
        """
        self._fitted()
        return self._record or TaggerRecord(
            format=FORMAT,
            adrbench=__version__,
            use=self.use,
            version=self.plugin.version,
            code=self._registry.code_hash(self.plugin.implementation),
            distribution=self._registry.distribution_of("taggers", self.use) or "",
            params=parameters.as_json(self.params),
            labels=self.labels,
            unit=self._conditions["unit"],
            words=self._conditions["words"],
            scores=self._conditions["scores"],
            seed=self._conditions["seed"],
            environment=EnvironmentRecord(**environment()),
        )

    @classmethod
    def load(cls, folder: str | Path, *, words: str | None = None, trust: bool = False) -> Self:
        """Load a kept tagger, wherever it was kept: by ``save``, ``adrbench fit`` or ``adrbench run --keep-models``.

        Args:
            folder: Where it was kept.
            words: The splitter, which has to be named again if it is a ``module:function``: a folder of somebody else
                does not say which code runs here.
            trust: Whether the folder may run code, which a pickle and a ``module:function`` do.

        Returns:
            The tagger, ready to predict.

        Raises:
            InputError: If the folder holds no tagger, one of another version or of other words, one that is damaged, or
                one that runs code and is not trusted.
        """
        kept = load(Path(folder), trust=trust, words=words)
        record = kept.record
        conditions = {"unit": record.unit, "words": record.words, "scores": record.scores, "seed": record.seed or 0}
        given: dict[str, Any] = {**conditions, **record.params}
        loaded = cls(record.use, **given)
        loaded._given = {name: getattr(loaded.params, name) for name in loaded._given}
        loaded._tagger, loaded.labels, loaded._record = kept.tagger, record.labels, record
        return loaded

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002  (scikit-learn's signature)
        """All parameters and conditions.

        Args:
            deep: Without effect; scikit-learn passes it.

        Returns:
            The values by name.
        """
        plain = {name: getattr(self.params, name) for name in parameters.as_json(self.params)}
        # What was given, as it was given: scikit-learn's clone asks for the very objects.
        return {"use": self.use, **self._conditions, **plain, **self._given}

    def set_params(self, **params: Any) -> Self:
        """Change some parameters or conditions, and forget what was learnt.

        Args:
            params: The new values by name.

        Returns:
            This object.

        Raises:
            InputError: If a name is unknown or a value is not valid; then nothing has changed.
        """
        values = {**self._conditions, **self._given, **params}
        # Made anew first: what is refused leaves this one as it is.
        fresh = Estimator(values.pop("use", self.use), **values)
        if self._scratch is not None:
            self._scratch()
        self.__dict__.update(fresh.__dict__)
        return self

    def _fitted(self) -> Tagger:
        if self._tagger is None:
            raise InputError(f"{self.use} is not fitted yet: call fit, or load one that was saved")
        return self._tagger

    def _annotated(
        self, texts: Sequence[Text], spans: Sequence[Sequence[SpanLike]] | None, groups: Sequence[str] | None
    ) -> list[Annotated]:
        listed = list(_several(texts))
        if spans is None and not all(isinstance(one, Annotated) for one in listed):
            raise InputError("spans are missing: give a list of spans for each text")
        if isinstance(spans, Mapping):
            raise InputError("spans: should be a list for each text, in their order, not a mapping")
        gold: Any = [one.spans for one in listed if isinstance(one, Annotated)] if spans is None else spans
        for argument, values in (("spans", gold), ("groups", groups)):
            if values is not None and len(values) != len(listed):
                raise InputError(f"{len(listed)} texts, but {argument} for {len(values)}; give both for each text")
        train = []
        for place, one in enumerate(listed):
            document = self._document(one, place, groups[place] if groups is not None else "")
            read = tuple(sorted(set(read_spans(gold[place], f"spans[{place}]"))))
            beyond = next((span for span in read if span.end > len(document.text)), None)
            if beyond is not None:
                raise InputError(f"spans[{place}]: {beyond}, but the text has {len(document.text)} characters")
            train.append(Annotated(document, read))
        return train

    def _document(self, one: Text, place: int, group: str) -> Document:
        if isinstance(one, Annotated):
            one = one.document
        if isinstance(one, Document):
            return replace(one, group=group) if group else one
        if not isinstance(one, str):
            raise InputError(f"texts[{place}]: should be a text or a Document, not {type(one).__name__}")
        words = words_of(one, self._conditions["unit"], self._splitter)
        return Document(str(place), one, words, group or str(place))


def _several(texts: Sequence[Text]) -> Sequence[Text]:
    if isinstance(texts, str | Document | Annotated):
        raise InputError("texts should be a list; for a single text write [text]")
    return texts
