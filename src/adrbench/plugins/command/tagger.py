"""The ``command`` tagger: messages to the program, and reading of its answers. See docs/environments.md."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from adrbench.api import Annotated, Context, Document, Span, Unavailable
from adrbench.api.text import fraction
from adrbench.plugins.command._program import Program, ProgramError
from adrbench.plugins.command.plugin import CommandParams

PROTOCOL = 1


class Command:
    """Passes documents to a program and returns its answers. Each ``fit`` starts a program of its own.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: CommandParams) -> None:
        self._params = params
        self._facts: dict[str, int] = {}
        self._fresh: _Conversation | None = None
        self._fitted: _Conversation | None = None

    def warm_up(self) -> None:
        """Start the program, and wait until it is ready.

        Raises:
            ProgramError: If it cannot be started, or does not follow the protocol.
        """
        self._fresh = _Conversation(self._params)

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Send the training documents to the program, and wait until it is fitted.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            ProgramError: If the program fails, or does not follow the protocol.
            Unavailable: If the program says that this machine lacks something.
        """
        if self._fitted is not None:
            self._fitted.stop()
            self._fitted = None
        conversation, self._fresh = self._fresh or _Conversation(self._params), None
        self._facts = conversation.fit(train, context)
        self._fitted = conversation

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Send documents to the program, and read its spans.

        Args:
            documents: The documents to tag.

        Returns:
            The spans of each document, in the order of the documents.

        Raises:
            ProgramError: If the program fails, does not follow the protocol, or answers with something that is no span.
        """
        if self._fitted is None:
            raise RuntimeError("predict was called before fit")
        return self._fitted.predict(documents)

    def facts(self) -> Mapping[str, int]:
        """Facts about the fitted program.

        Returns:
            Whole numbers by name, as the program sent them when it was fitted.
        """
        return self._facts


class _Conversation:
    """One program from ``start`` to ``stop``."""

    def __init__(self, params: CommandParams) -> None:
        self._program = Program([os.path.expanduser(part) for part in params.command], params.timeout)  # noqa: PTH111
        # Also when it is forgotten, or the interpreter ends.
        self.stop = weakref.finalize(self, self._program.stop, _line({"type": "stop"}))
        self._labels: frozenset[str] = frozenset()
        self._progress: Any = None
        start = {"type": "start", "protocol": PROTOCOL, "version": params.version, "files": list(params.files)}
        self._program.write([_line(start)])
        ready = self._next("ready")
        self._wants_unlabelled = ready.get("unlabelled", False)
        if not isinstance(self._wants_unlabelled, bool):
            raise self._wrong(f"unlabelled should be true or false, not {self._wants_unlabelled!r}")

    def fit(self, train: Sequence[Annotated], context: Context) -> dict[str, int]:
        unlabelled = context.unlabelled if self._wants_unlabelled else ()
        head = {
            "type": "fit",
            "seed": context.seed,
            "labels": list(context.labels),
            "threads": context.threads,
            "device": context.device,
            "offline": context.offline,
            "grouped": context.grouped,
            "scores": context.scores,
            "scratch": str(context.scratch),
            "documents": len(train),
            "development": len(context.development),
            "unlabelled": len(unlabelled),
        }
        gold = (_document(a.document, a.spans) for a in chain(train, context.development))
        self._program.write(map(_line, chain([head], gold, map(_document, unlabelled), [{"type": "end"}])))
        self._labels, self._progress = frozenset(context.labels), context.progress
        told = self._next("fitted").get("facts", {})
        if not isinstance(told, dict) or any(type(value) is not int for value in told.values()):
            raise self._wrong("facts should be whole numbers by name")
        return told

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        head = {"type": "predict", "documents": len(documents)}
        self._program.write(map(_line, chain([head], map(_document, documents), [{"type": "end"}])))
        answers = [self._spans(document, i, len(documents)) for i, document in enumerate(documents)]
        self._next("predicted")
        return answers

    def _spans(self, document: Document, number: int, total: int) -> list[Span]:
        answer = self._next("spans", f"the answer for document {number + 1} of {total}, {document.id!r}")
        if answer.get("id") != document.id:
            raise self._wrong(f"an answer for {answer.get('id')!r}, but the next document is {document.id!r}")
        spans = answer.get("spans")
        if not isinstance(spans, list):
            raise self._wrong("spans should be a list")
        return [self._span(plain, document) for plain in spans]

    def _span(self, plain: Any, document: Document) -> Span:
        score: float | None = None
        match plain:
            case [int(start), int(end), str(label), *rest] if type(start) is type(end) is int and len(rest) <= 1:
                try:
                    score = fraction(*rest) if rest else None
                except ValueError as error:
                    raise self._wrong(str(error)) from error
            case _:
                shown = json.dumps(plain)[:100]
                raise self._wrong(f"a span should be [start, end, label] or [start, end, label, score], not {shown}")
        if not 0 <= start < end <= len(document.text):
            raise self._wrong(f"{plain} is no span of {document.id!r}, which has {len(document.text)} characters")
        if label not in self._labels:
            raise self._wrong(f"{label!r} is none of the labels {', '.join(sorted(self._labels))}")
        return Span(start, end, label, score=score)

    def _next(self, kind: str, what: str = "") -> dict[str, Any]:
        """Wait for the next message of a kind. Messages of progress are passed on."""
        while True:
            message = self._message()
            match message["type"]:
                case due if due == kind:
                    return message
                case "progress" if self._progress is not None:
                    self._progress(*self._done(message))
                case "error":
                    raise ProgramError(f"the program says: {message.get('message', 'no message')}")
                case "unavailable":
                    raise Unavailable(str(message.get("message", "the program says so, without a reason")))
                case other:
                    raise self._wrong(f"of the type {other!r}, but {kind!r} is due{what and f', {what}'}")

    def _message(self) -> dict[str, Any]:
        raw = self._program.read()
        try:
            message = json.loads(raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise self._wrong(f"not UTF-8 (byte {error.start + 1}, 0x{raw[error.start]:02x})") from error
        except (ValueError, RecursionError) as error:
            raise self._wrong(f"not JSON ({error}): {raw[:100].decode('utf-8', 'replace')!r}") from error
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise self._wrong(f"no object with a type: {raw[:100].decode('utf-8', 'replace')!r}")
        return message

    def _done(self, message: Mapping[str, Any]) -> tuple[float, float, str]:
        done, total, note = message.get("done"), message.get("total"), message.get("note", "")
        if type(done) not in {int, float} or type(total) not in {int, float} or not isinstance(note, str):
            raise self._wrong("progress needs the numbers done and total; note is a text")
        return done, total, note  # type: ignore[return-value]

    def _wrong(self, what: str) -> ProgramError:
        return ProgramError(f"line {self._program.lines_read} of the program: {what}")


def _document(document: Document, spans: Iterable[Span] | None = None) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "type": "document",
        "id": document.id,
        "group": document.group,
        "text": document.text,
        "tokens": document.tokens,
    }
    return plain if spans is None else {**plain, "spans": [[span.start, span.end, span.label] for span in spans]}


def _line(message: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate has no UTF-8, but it has an escape.
        return json.dumps(message, separators=(",", ":")).encode() + b"\n"
