"""Tagging texts with a kept tagger: batch after batch, in order, in a memory that does not grow with their number."""

from __future__ import annotations

import gc
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

from pydantic import Field

from adrbench._system.hashing import FileHashes, content_hash
from adrbench._system.version import __version__
from adrbench.api import Figures
from adrbench.datasets.texts import STDIN, Text, Texts, Unreadable
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.kept import read_facts
from adrbench.results.schema import TaggerRecord
from adrbench.running.kept import load
from adrbench.running.tagging.destination import Destination, open_destination
from adrbench.running.tagging.forms import FORMS, Form, Refused, Render, make_form
from adrbench.running.tagging.journal import State
from adrbench.running.tagging.predictor import Predictor, Tagged

if TYPE_CHECKING:
    from adrbench.running.tagging.evaluation import Evaluation

# A batch ends when its texts have so many characters, whatever their number.
_BATCH_CHARACTERS = 1_000_000
# Output is made safe so often; a killed run tags again what came later.
_COMMIT_SECONDS = 2.0
# So many new objects may live before the collector of cycles looks at them; those of a batch are fewer, as a rule.
_LIVING_OBJECTS = 50_000


@dataclass(frozen=True)
class Options:
    """How texts are read, tagged and written.

    Attributes:
        to: The format of the output, one of ``FORMS``.
        reader: What every input is: ``text``, ``lines``, a format or a corpus. Empty: its name and content tell.
        params: Parameters of that format or corpus.
        encoding: The encoding of texts, lines and JSON lines.
        min_score: Spans with a lower score, or without any, are left out; None: all are kept.
        evaluator: Compares with the gold of the inputs, ``NAME`` or ``NAME:VARIANT``; empty: nothing is compared.
        force: Replace a file that is there, and start anew where an earlier run does not fit.
        trust: Whether the tagger's folder may run code, as a pickle does.
    """

    to: str = "jsonl"
    reader: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    encoding: str = "utf-8"
    min_score: Annotated[float, Field(ge=0, le=1)] | None = None
    evaluator: str = ""
    force: bool = False
    trust: bool = False


def from_names(options: Mapping[str, Any]) -> Options:
    """Check options given by name.

    Args:
        options: The values by name.

    Returns:
        The options.

    Raises:
        InputError: With all problems, if an option is unknown or a value is not valid.
    """
    from adrbench.plugins import parameters  # noqa: PLC0415  (the command line has checked its own)

    checked, problems = parameters.check(Options, options)
    if checked is None or problems:
        raise InputError("\n".join(f"option {name}: {message}" for name, message in problems))
    return cast("Options", checked)


class View:
    """Watches tagging. Its methods do nothing; override those that matter."""

    def resumed(self, state: State) -> None:
        """An earlier run is taken up.

        Args:
            state: How far it came.
        """

    def failed(self, text: Unreadable) -> None:
        """A text cannot be read, tagged or written.

        Args:
            text: Its file and line, with the reason.
        """

    def progress(self, texts: int, read: int, total: int | None) -> None:
        """A batch is written.

        Args:
            texts: The number of texts so far.
            read: Bytes of the inputs that are read.
            total: Bytes of all inputs; None if that is not known.
        """


@dataclass(frozen=True)
class Tagging:
    """What a run has done, counted over all processes that worked on it.

    Attributes:
        out: Where the tagged texts are.
        texts: Tagged texts.
        failed: Texts that could not be read, tagged or written.
        spans: Spans by label.
        left_out: Spans whose score was too low, or missing.
        lost: What the format cannot hold, counted.
        passed_over: Files of folders that were not read, counted.
        figures: Figures by label and name, if gold was compared.
        without_gold: Texts without gold, which the figures leave out.
        evaluator: The evaluator of the figures.
    """

    out: str
    texts: int
    failed: int
    spans: Mapping[str, int]
    left_out: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    passed_over: Mapping[str, int] = field(default_factory=dict)
    figures: Figures | None = None
    without_gold: int = 0
    evaluator: str = ""


def tag(
    folder: Path,
    inputs: Sequence[str | Path],
    out: str,
    options: Options,
    registry: Registry,
    *,
    stdout: BinaryIO,
    pages: Callable[[TaggerRecord], Render] | None = None,
    view: View | None = None,
) -> Tagging:
    """Tag texts and write them, in their order. What an earlier run of the same command has written stays.

    Args:
        folder: The folder of a kept tagger.
        inputs: Files, folders, ``-`` for standard input, or names of corpora.
        out: The file, folder, pipe or device to write to; ``-`` for standard output.
        options: How to read, tag and write.
        registry: The installed plugins.
        stdout: Standard output.
        pages: Makes what renders the pages of ``html``.
        view: Told as the run goes on.

    Returns:
        What was done.

    Raises:
        InputError: If an input, an option, the folder or the output is wrong, if the texts are not those of the earlier
            run, or if the tagger fails on every text of a batch.
    """
    if options.to not in FORMS:
        raise InputError(f"unknown format {options.to!r} to write; {closest(options.to, FORMS)}")
    texts = Texts(
        inputs,
        registry,
        reader=options.reader,
        params=options.params,
        encoding=options.encoding,
        gold=bool(options.evaluator),
    )
    record = read_facts(folder)
    if options.min_score is not None and not record.scores:
        raise InputError(f"{folder}: its spans have no scores, so a lowest score has no meaning; fit it with scores")
    form = make_form(options.to, out, record.labels, pages(record) if pages else None)
    destination = open_destination(out, folder=form.folder, force=options.force, stdout=stdout)
    _check_apart(out, destination, inputs, texts)
    evaluation = _evaluation(options.evaluator, record, registry)
    predictor = Predictor(lambda: load(folder, trust=options.trust, registry=registry), options.min_score)
    view = view or View()
    state = destination.begin(_made_by(folder, options))
    try:
        if not state.finished:
            if state.batches:
                view.resumed(state)
            state = _Work(predictor, form, destination, state, evaluation, view).run(texts)
    finally:
        destination.close()
    return Tagging(
        out,
        state.tagged,
        state.failed,
        {label: count for label, count in sorted(state.spans.items()) if count},
        state.left_out,
        {what: count for what, count in state.lost.items() if count},
        dict(texts.passed_over),
        evaluation.figures(state.counts) if evaluation else None,
        state.without_gold,
        options.evaluator,
    )


def _evaluation(evaluator: str, record: TaggerRecord, registry: Registry) -> Evaluation | None:
    if not evaluator:
        return None
    from adrbench.running.tagging.evaluation import Evaluation  # noqa: PLC0415  (numpy only for who needs figures)

    return Evaluation(evaluator, record.labels, registry)


def _made_by(folder: Path, options: Options) -> str:
    """A hash of all that the output depends on besides the texts."""
    chosen = replace(options, force=False, trust=False)
    return content_hash({"adrbench": __version__, "tagger": FileHashes().of(folder), "options": asdict(chosen)})


def _check_apart(out: str, destination: Destination, inputs: Sequence[str | Path], texts: Texts) -> None:
    """Check that no output is written into what is read. A pipe or a device may be both."""
    place = Path(out)
    if out == STDIN or (place.exists() and not (place.is_file() or place.is_dir())):
        return
    sources = [Path(one).resolve() for one in inputs if str(one) != STDIN and Path(one).exists()]
    for written in (place, *destination.beside):
        inner = written.resolve()
        if texts.reads_in(written) or any(
            inner == outer or outer in inner.parents or inner in outer.parents for outer in sources
        ):
            raise InputError(f"{written}: is what is read, or lies inside or around it; write elsewhere")


class _Work:
    """A run, from where an earlier one stopped."""

    def __init__(
        self,
        predictor: Predictor,
        form: Form,
        destination: Destination,
        state: State,
        evaluation: Evaluation | None,
        view: View,
    ) -> None:
        self._predictor = predictor
        self._predictor.left_out = state.left_out
        self._form = form
        self._destination = destination
        self._state = state
        self._evaluation = evaluation
        self._view = view
        self._digest = hashlib.blake2b(digest_size=16)
        self._spans = Counter(state.spans)
        self._lost = Counter(state.lost)
        self._counts = Counter(dict(enumerate(state.counts)))

    def run(self, texts: Texts) -> State:
        """Tag all texts that are left."""
        earlier = self._state
        committed = time.monotonic()
        number = 0
        try:
            if not earlier.batches:
                self._write(self._form.head)
            with _rare_collections():
                for number, (batch, last) in enumerate(_batches(texts, self._form.batch), 1):
                    self._add_to_digest(batch)
                    if number <= earlier.batches:
                        self._skip(batch, last=number == earlier.batches)
                        continue
                    self._do(number - 1, batch, last=last)
                    self._view.progress(self._state.texts, texts.position.read, texts.position.total)
                    if time.monotonic() - committed > _COMMIT_SECONDS:
                        self._destination.commit(self._state)
                        committed = time.monotonic()
        except BaseException:
            with suppress(InputError):
                self._destination.commit(self._state)
            raise
        if number < earlier.batches:
            raise _other_texts()
        self._write(self._form.tail)
        self._destination.finish(self._state)
        return self._state

    def _add_to_digest(self, batch: Sequence[Text | Unreadable]) -> None:
        named = (one if isinstance(one, Unreadable) else (one.record.id, one.record.text) for one in batch)
        content = "".join([f"{name}\0{len(text)}\0{text}" for name, text in named])
        self._digest.update(content.encode("utf-8", "surrogatepass"))

    def _skip(self, batch: Sequence[Text | Unreadable], *, last: bool) -> None:
        for one in batch:
            if isinstance(one, Text):
                self._form.skip(one.record)
        if last and self._digest.hexdigest() != self._state.digest:
            raise _other_texts()

    def _do(self, number: int, batch: Sequence[Text | Unreadable], *, last: bool) -> None:
        failed = [one for one in batch if isinstance(one, Unreadable)]
        tagged = []
        for answer in self._predictor.tag([one for one in batch if isinstance(one, Text)]):
            if isinstance(answer, Tagged):
                tagged.append(answer)
                for span in answer.record.spans:
                    self._spans[span.label] += 1
            else:
                failed.append(answer)
        pieces = []
        refused = 0
        for piece in self._form.pieces(number, tagged, self._lost, last=last):
            if isinstance(piece, Refused):
                refused += 1
                self._spans.subtract([span.label for span in piece.text.record.spans])
                failed.append(Unreadable(piece.text.record.id, f"cannot be written: {piece.reason}"))
            else:
                pieces.append(piece)
        without_gold = self._compare(tagged)
        for failure in failed:
            self._view.failed(failure)
        size = self._destination.write(pieces)
        # Only now: an interruption before finds the state of what is written.
        self._state = replace(
            self._state,
            digest=self._digest.hexdigest(),
            batches=number + 1,
            size=size,
            tagged=self._state.tagged + len(tagged) - refused,
            failed=self._state.failed + len(failed),
            spans=dict(self._spans),
            left_out=self._predictor.left_out,
            lost=dict(self._lost),
            without_gold=self._state.without_gold + without_gold,
            counts=tuple(self._counts[place] for place in range(len(self._counts))),
        )

    def _compare(self, tagged: Sequence[Tagged]) -> int:
        """Count against gold; returns how many texts have none."""
        if self._evaluation is None:
            return 0
        for place, count in enumerate(self._evaluation.count(tagged, self._lost)):
            self._counts[place] += count
        return sum(one.gold is None for one in tagged)

    def _write(self, content: bytes) -> None:
        if content:
            self._state = replace(self._state, size=self._destination.write([("", content)]))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the collector of cycles wait. Words are many small objects, which go with their batch and without it."""
    earlier = gc.get_threshold()
    if earlier[0]:
        gc.set_threshold(max(earlier[0], _LIVING_OBJECTS), *earlier[1:])
    try:
        yield
    finally:
        gc.set_threshold(*earlier)


def _other_texts() -> InputError:
    return InputError(
        "the inputs are not those that the earlier run has tagged; give the same ones, another --out, or remove "
        "its .partial file and journal"
    )


def _batches(texts: Texts, size: int) -> Iterator[tuple[list[Text | Unreadable], bool]]:
    """Batches whose bounds depend on the texts alone, each with whether it is the last."""
    before: list[Text | Unreadable] | None = None
    batch: list[Text | Unreadable] = []
    characters = 0
    for one in texts:
        batch.append(one)
        characters += len(one.record.text) if isinstance(one, Text) else 0
        if len(batch) >= size or characters >= _BATCH_CHARACTERS:
            if before is not None:
                yield before, False
            before, batch, characters = batch, [], 0
    if before is not None:
        yield before, not batch
    if batch:
        yield batch, True
