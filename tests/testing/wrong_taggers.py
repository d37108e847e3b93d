# ruff: noqa: D101, PLR0911, PLR0912
"""A tagger that remembers gold words and finds them again, and one wrong tagger for each thing that may be wrong."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from adrbench.api import Annotated, Categorical, Context, Document, Span, TaggerPlugin, Unavailable

EVERYBODY: dict[str, str] = {}


@dataclass(frozen=True)
class Params:
    """``way``: how to go wrong. The others are heard, or not."""

    way: str = "right"
    shortest: int = 1
    lower: bool = False


class Tagger:
    def __init__(self, params: Params) -> None:
        self.params = params
        self.way = params.way
        self.words: dict[str, str] = {}
        self.asked = 0
        self.scores = False
        self.labels: tuple[str, ...] = ()
        self.by_id: dict[str, tuple[Span, ...]] = {}

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        shortest, lower = self.params.shortest, self.params.lower
        words = EVERYBODY if self.way == "shared" else self.words if self.way == "kept" else {}
        for a in train:
            for s in a.spans:
                word = a.document.text[s.start : s.end]
                if len(word) >= shortest:
                    words[word.lower() if lower else word] = s.label
        self.words, self.labels, self.scratch = words, context.labels, context.scratch
        self.scores = context.scores
        self.by_id = {a.document.id: a.spans for a in train}
        match self.way:
            case "raise":
                raise ZeroDivisionError("as asked")
            case "unavailable":
                raise Unavailable("no weights in this test")
            case "exit":
                os._exit(7)
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "hang":
                time.sleep(600)
            case "random":
                self.words = {word: label for word, label in words.items() if random.random() < 0.5}
            case "clears":
                train.clear()  # type: ignore[attr-defined]
            case "no entity":
                max(len(word) for word in words)
            case "label counts":
                for label in context.labels:
                    1 / list(words.values()).count(label)
            case "prints":
                os.system("echo from a child process")
            case "print":
                print("learnt")
            case "odd training":
                min(a.document.tokens[0] for a in train)
            case "takes turns":
                code = "for line in open(0): print(sum(i * i for i in range(400_000)), flush=True)"
                with subprocess.Popen(
                    [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                ) as child:
                    assert child.stdin
                    assert child.stdout
                    for _ in range(10):
                        child.stdin.write("\n")
                        child.stdin.flush()
                        assert int(child.stdout.readline()) == sum(i * i for i in range(400_000))
                    child.stdin.close()
            case "threads":
                busy = [
                    threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha512", b"x", b"y", 200_000)) for _ in "123"
                ]
                for thread in busy:
                    thread.start()
                for thread in busy:
                    thread.join()

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        answers = [self._find(d) for d in documents]
        self.asked += 1
        match self.way:
            case "short":
                return answers[:-1]
            case "one more for none":
                return answers or [[]]
            case "reversed":
                return answers[::-1]
            case "sorted by length":
                return [self._find(d) for d in sorted(documents, key=lambda d: len(d.text))]
            case "first in batch":
                return [[] if i else spans for i, spans in enumerate(answers)]
            case "batch":
                return answers if len(documents) > 1 else [[] for _ in documents]
            case "changing":
                return answers if self.asked % 2 else [[] for _ in documents]
            case "scores change spans" if self.scores:
                return [spans[1:] for spans in answers]
            case "score in percent" if self.scores:
                return [[replace(span, score=99.0) for span in spans] for spans in answers]
            case "by id":
                return [list(self.by_id.get(d.id, spans)) for d, spans in zip(documents, answers, strict=True)]
            case "memory":
                gold = {id(a.document): a.spans for a in gc.get_objects() if isinstance(a, Annotated)}
                return [list(gold.get(id(d), ())) for d in documents]
            case "pops":
                documents.pop()  # type: ignore[attr-defined]
            case "tuple":
                return iter(answers)  # type: ignore[return-value]
        return answers

    def _find(self, document: Document) -> list[Span]:
        text = document.text.lower() if self.params.lower else document.text
        match self.way:
            case "silent":
                return []
            case "outside":
                return [Span(0, len(text) + 1, self.labels[0])]
            case "empty span":
                return [Span(0, 0, self.labels[0])]
            case "foreign":
                return [Span(0, 1, "FOREIGN")] if text else []
            case "always both":
                return [Span(0, 1, "DRUG")] if text else []
            case "crash on empty" if not text:
                raise IndexError("no first character")
            case "crash on white space" if text and not text.strip():
                raise IndexError("no first word")
            case "crash on one" if len(text) == 1:
                raise IndexError("no second character")
            case "crash on long" if len(text) > 5000:
                raise IndexError("position 5000 of 5000")
            case "crash on emoji" if any(ord(c) > 0xFFFF for c in text):
                text.encode("utf-16-le").decode("ucs2")
            case "crash on right to left" if any("\u0590" <= c <= "\u06ff" for c in text):
                text.encode("latin-1")
            case "crash on no tokens" if text.strip() and not document.tokens:
                raise IndexError("no first token")
        found = []
        for word, label in self.words.items():
            found += [Span(m.start(), m.end(), label) for m in re.finditer(re.escape(word), text)]
        return found

    def save(self, folder: Path) -> None:
        words = dict(list(self.words.items())[1:]) if self.way == "forgets" else self.words
        (folder / "words.json").write_text(json.dumps(words))
        where = {"absolute": str(folder), "scratch": str(self.scratch)}.get(self.way, ".")
        if self.way == "scratch":
            (self.scratch / "words.json").write_text(json.dumps(words))
        (folder / "tagger.json").write_text(json.dumps({"params": asdict(self.params), "where": where}))

    @classmethod
    def load(cls, folder: Path) -> Tagger:
        state = json.loads((folder / "tagger.json").read_text())
        tagger = cls(Params(**state["params"]))
        tagger.words = json.loads((folder / state["where"] / "words.json").read_text())
        return tagger


class Copying(Tagger):
    """Copies its parameters and looks at one of them only."""

    def __init__(self, params: Params) -> None:
        super().__init__(Params(way=asdict(params)["way"]))


class Tuned(Tagger):
    """Copies its parameters, and hears all of them."""

    def __init__(self, params: Params) -> None:
        super().__init__(Params(**asdict(params)))


class Unsaved:
    """Without save and load."""

    def __init__(self, params: Params) -> None:
        self.inner = Tagger(params)

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        self.inner.fit(train, context)

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        return self.inner.predict(documents)


def _described(name: str, build: str) -> TaggerPlugin:
    space = {"shortest": Categorical((1, 12)), "way": Categorical(("right", "silent"))}
    return TaggerPlugin(name, "test", "1", Params, f"wrong_taggers:{build}", space=space)


plugin = _described("wrong", "Tagger")
copying = _described("copying", "Copying")
tuned = _described("tuned", "Tuned")
unsaved = _described("unsaved", "Unsaved")
broken = _described("unimportable", "NoSuchClass")
