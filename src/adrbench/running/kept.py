"""A kept tagger, loaded: ready to tag texts under the conditions that it was fitted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adrbench.api import Document, Span, Tagger, TaggerPlugin, Unavailable
from adrbench.datasets.text.splitters import Splitter, find_splitter
from adrbench.datasets.text.tokens import words_of
from adrbench.errors import InputError
from adrbench.plugins.loading import implementation, lacking
from adrbench.plugins.registry import Registry
from adrbench.results.kept import MODEL, REQUIREMENTS, read_facts
from adrbench.results.schema import TaggerRecord
from adrbench.running._unpickling import unpickling_refused


@dataclass(frozen=True)
class Kept:
    """A kept tagger that can predict.

    Attributes:
        folder: Where it was kept.
        record: What is known of it: labels, words, unit, whether spans have scores, and more.
        tagger: The tagger itself.
        splitter: The splitter that makes its words.
    """

    folder: Path
    record: TaggerRecord
    tagger: Tagger
    splitter: Splitter

    def document(self, name: str, text: str, group: str = "") -> Document:
        """Split a text into words as in training.

        Args:
            name: The id of the document.
            text: The text: a sentence or a document, as ``record.unit`` says.
            group: The source of the text; empty: the text is a group of its own.

        Returns:
            The document.
        """
        return Document(name, text, words_of(text, self.record.unit, self.splitter), group or name)

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: The documents.

        Returns:
            The spans of each document, sorted, in the order of the documents.

        Raises:
            RuntimeError: If the tagger does not answer for each document.
        """
        predicted = self.tagger.predict(documents)
        if len(predicted) != len(documents):
            raise RuntimeError(f"{self.record.use} gave {len(predicted)} answers for {len(documents)} documents")
        return [sorted(set(spans)) for spans in predicted]


def load(folder: Path, *, trust: bool = False, words: str | None = None, registry: Registry | None = None) -> Kept:
    """Load a kept tagger, wherever it was kept: by ``fit``, by ``run --keep-models``, or by ``Estimator.save``.

    Args:
        folder: The folder of the tagger.
        trust: Whether the folder may run code: unpickle what its tagger saved, and import a splitter that it names as
            ``module:function``.
        words: The splitter, for somebody who trusts that and nothing else of the folder.
        registry: The installed plugins.

    Returns:
        The tagger.

    Raises:
        InputError: If the folder holds no tagger, one of another version, of other words, or one that runs code and is
            not trusted; or if it is damaged.
    """
    record = read_facts(folder)
    if words != record.words and (words is not None or (":" in record.words and not trust)):
        mends = f"load it with words={record.words!r}" + ("" if words else ", or trust it")
        why = "; that names code to run" if ":" in record.words else ""
        raise InputError(f"{folder}: saved with words = {record.words!r}{why}; {mends}")
    plugin = _plugin(folder, record, registry or Registry())
    build = implementation(plugin.implementation)
    if not hasattr(build, "load"):
        raise InputError(f"{record.use} has no load(folder), so it cannot be loaded")
    splitter = find_splitter(record.words)
    return Kept(folder, record, _loaded(build, folder / MODEL, record, trust=trust), splitter)


def _plugin(folder: Path, record: TaggerRecord, registry: Registry) -> TaggerPlugin:
    """The description of the tagger's plugin, if the one that is installed can read what was kept."""
    if record.use not in registry.names("taggers"):
        source = f", of {record.distribution}" if record.distribution else ""
        mend = f"pip install {record.distribution}" if record.distribution else "install the distribution that has it"
        if record.own_interpreter:
            mend = f"load it in an environment with what {folder / REQUIREMENTS} lists"
        raise InputError(f"{folder}: kept by the tagger {record.use!r}{source}, which is not installed here; {mend}")
    plugin: TaggerPlugin = registry.describe("taggers", record.use)
    # Before anything else is looked at, which another version may call otherwise.
    if plugin.version != record.version:
        raise InputError(
            f"{folder}: saved by {record.use} {record.version}, but {plugin.version} is installed, whose answers may "
            f"differ; install version {record.version}, or fit it again"
        )
    if absent := lacking(plugin):
        raise InputError(f"{folder}: the tagger {record.use!r} {absent}")
    return plugin


def _loaded(build: Any, model: Path, record: TaggerRecord, *, trust: bool) -> Tagger:
    named = ""
    try:
        if trust:
            tagger: Tagger = build.load(model)
            return tagger
        with unpickling_refused() as refusal:
            try:
                tagger = build.load(model)
            finally:
                named = refusal.named
    except Unavailable as error:
        raise InputError(f"{model}: {record.use} cannot be used here: {error}") from None
    except Exception as error:
        if not named:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise InputError(f"{model}: {record.use} cannot read what it saved: {reason}; fit it again") from error
    if named:
        raise InputError(
            f"{model}: {record.use} unpickles it (it names {named}), and a pickle can run any code; "
            "if you know who made the folder, load it with --trust (from Python: trust=True)"
        ) from None
    return tagger
