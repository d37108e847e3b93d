"""The tagger: prompts a model about each piece of a document, and places what it quotes in the text."""

from __future__ import annotations

import difflib
import json
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Facts, Span, Unavailable, is_loopback
from adrbench_llm.alignment import Alignment, align
from adrbench_llm.answers import read, response_format
from adrbench_llm.asker import Asker, RecentReplies, Request
from adrbench_llm.examples import Selection, select
from adrbench_llm.params import LlmParams
from adrbench_llm.pieces import Example, Piece, cut, examples
from adrbench_llm.prompt import fill
from adrbench_llm.reply import Reply

_FILE = "llm.json"
_NOTHING = Alignment()
# A kept tagger may come from somebody else: where texts and keys go is decided by who uses it.
_ADDRESS, _KEY = "OPENAI_BASE_URL", "OPENAI_API_KEY"


class LlmTagger:
    """Asks a large language model for mentions, quoted from the text, and finds the quotes in the text.

    With ``repeats`` a span's score is the share of the answers that have it; without, a span has no score.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: LlmParams) -> None:
        self.params = params
        self._labels: tuple[str, ...] = ()
        self._definitions: Mapping[str, str] = {}
        self._examples: tuple[Example, ...] = ()
        self._selection: Selection = select("first", (), 0, 0)
        self._seed = 0
        self._scores = False
        self._context: Context | None = None
        self._keep_local = ""
        self._recent: RecentReplies | None = None
        self._replies: Sequence[Reply] = ()
        self._counts: Counter[str] = Counter()

    def warm_up(self) -> None:
        """Import what the selection of examples needs."""
        if self.params.shots and self.params.examples == "similar":
            import sklearn.feature_extraction.text  # noqa: F401, PLC0415

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Prepare the examples that prompts show. The model is not trained, and nothing is sent.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            ValueError: A label that has a definition is misspelt.
        """
        params = self.params
        self._context, self._seed, self._scores = context, context.seed, context.scores
        self._keep_local, self._recent = context.keep_local, None
        self._labels = context.labels
        self._definitions = _definitions(params.labels, context.labels)
        known = frozenset(context.labels)
        self._examples = tuple(
            replace(example, spans=tuple(span for span in example.spans if span.label in known))
            for annotated in (train if params.shots else ())
            for example in examples(annotated, params.unit, params.window)
        )
        self._prepare()

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.

        Raises:
            Unavailable: A response is not recorded, and there is no network, no server, no access or no such model.
            BudgetSpent: No further request may be made.
            EndpointError: The server gives no reply, or cuts prompts.
        """
        if not self._labels:
            return [[] for _ in documents]
        pieces = [cut(document, self.params.unit, self.params.window) for document in documents]
        prompts = self._prompts([piece for of_document in pieces for piece in of_document])
        schema = response_format(self.params.output, self._labels)
        asker = Asker(self.params, schema, self._context, self._seed, self._recent)
        repeats = range(self.params.repeats)
        replies = asker.replies(
            [Request(prompt, repeat, self.params.max_tokens) for prompt in prompts for repeat in repeats]
        )
        self._replies, self._counts = tuple(replies.values()), Counter()
        following = iter(prompts)
        return [
            [
                span
                for piece, prompt in zip(of_document, following, strict=False)
                for span in self._spans(
                    piece, [replies[Request(prompt, repeat, self.params.max_tokens)] for repeat in repeats]
                )
            ]
            for of_document in pieces
        ]

    def facts(self) -> Facts:
        """Count what the last prediction took. A replayed response counts as it did when it was made.

        Returns:
            ``prompt_tokens`` (cached ones included), ``cached_tokens``, ``completion_tokens``, ``requests``,
            ``retries``, ``rate_limited``, ``latency_p50_ms`` and ``latency_p95_ms``, of distinct requests. ``quotes``,
            and of these ``unaligned``, ``ambiguous`` and ``foreign_label``; ``truncated`` and ``unparsable`` answers,
            which have no quotes; ``doubtful_usage``: responses whose counts of tokens cannot be right.
        """
        replies = self._replies
        latencies = sorted(reply.latency_ms for reply in replies)
        names = ("quotes", "unaligned", "ambiguous", "foreign_label", "truncated", "unparsable")
        return {
            "prompt_tokens": sum(reply.prompt_tokens for reply in replies),
            "cached_tokens": sum(reply.cached_tokens for reply in replies),
            "completion_tokens": sum(reply.completion_tokens for reply in replies),
            "requests": sum(reply.requests for reply in replies),
            "retries": sum(reply.requests - 1 for reply in replies),
            "rate_limited": sum(reply.rate_limited for reply in replies),
            "latency_p50_ms": _quantile(latencies, 0.5),
            "latency_p95_ms": _quantile(latencies, 0.95),
            **{name: self._counts[name] for name in names},
            "doubtful_usage": sum(reply.usage_is_doubtful for reply in replies),
        }

    def save(self, folder: Path) -> None:
        """Write parameters and examples as a JSON file. Neither an address nor the name of a key is in it.

        If the terms of the examples' corpus keep its texts on this machine, the file says so.

        Args:
            folder: An existing folder.
        """
        params = asdict(self.params)
        for name in ("base_url", "api_key_env", "allow_external"):
            del params[name]
        state = {
            "params": params,
            "labels": self._labels,
            "seed": self._seed,
            "scores": self._scores,
            "keep_local": self._keep_local if self._examples else "",
            "examples": [[e.text, [span.to_list() for span in e.spans]] for e in self._examples],
        }
        (folder / _FILE).write_text(json.dumps(state), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LlmTagger:
        """Read what ``save`` wrote.

        The endpoint is that of the variable ``OPENAI_BASE_URL``, by default Ollama on this machine. The key is that of
        ``OPENAI_API_KEY``, if it is set.

        Args:
            folder: The folder.

        Returns:
            The tagger, which can predict. It records nothing, but asks for nothing twice while it remembers the reply.

        Raises:
            Unavailable: The endpoint is on another machine, where its examples must not be sent.
        """
        state = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        chosen: dict[str, Any] = {**state["params"], "allow_external": True}
        if address := os.environ.get(_ADDRESS):
            chosen["base_url"] = address
        if os.environ.get(_KEY):
            chosen["api_key_env"] = _KEY
        tagger = cls(LlmParams(**chosen))
        terms = state.get("keep_local", "")
        if terms and not is_loopback(tagger.params.base_url):
            raise Unavailable(
                f"it shows {len(state['examples']):,} examples of its corpus, whose texts must not be sent to "
                f"{tagger.params.base_url}, another machine: {terms}; name a server on this machine in {_ADDRESS}"
            )
        tagger._keep_local, tagger._recent = terms, RecentReplies()
        tagger._labels = tuple(state["labels"])
        tagger._definitions = _definitions(tagger.params.labels, tagger._labels)
        tagger._seed, tagger._scores = state["seed"], state["scores"]
        tagger._examples = tuple(
            Example(text, tuple(Span.from_list(span) for span in spans)) for text, spans in state["examples"]
        )
        tagger._prepare()
        return tagger

    def _prepare(self) -> None:
        params = self.params
        self._selection = select(params.examples, self._examples, params.shots, self._seed)
        self._replies, self._counts = (), Counter()

    def _prompts(self, pieces: Sequence[Piece]) -> list[str]:
        texts = [piece.text for piece in pieces]
        return [
            fill(
                self.params.prompt,
                labels=self._labels,
                definitions=self._definitions,
                output=self.params.output,
                examples=shown,
                text=text,
            )
            for text, shown in zip(texts, self._selection.of(texts), strict=True)
        ]

    def _spans(self, piece: Piece, replies: Sequence[Reply]) -> list[Span]:
        """The spans of a piece, in characters of its document, that more than half of the replies have."""
        votes = Counter(span for reply in replies for span in self._aligned(piece, reply).spans)
        return [
            replace(
                span,
                start=piece.start + span.start,
                end=piece.start + span.end,
                score=count / len(replies) if self._scores and len(replies) > 1 else None,
            )
            for span, count in sorted(votes.items())
            if 2 * count > len(replies)
        ]

    def _aligned(self, piece: Piece, reply: Reply) -> Alignment:
        if reply.is_truncated:
            self._counts["truncated"] += 1
            return _NOTHING
        answer = read(self.params.output, reply.content, self._labels, piece.text)
        if answer is None:
            self._counts["unparsable"] += 1
            return _NOTHING
        alignment = align(piece.text, answer.quotes, self._labels, answer.copy)
        for name in ("quotes", "unaligned", "ambiguous", "foreign_label"):
            self._counts[name] += getattr(alignment, name)
        return alignment


def _definitions(defined: Mapping[str, str], labels: Sequence[str]) -> dict[str, str]:
    """The definitions of these labels. One that looks like another, which has none, is taken for a slip."""
    undefined = [label for label in labels if label not in defined]
    for name in defined:
        near = difflib.get_close_matches(name, undefined, n=1) if name not in labels else []
        if near:
            raise ValueError(f"labels: there is no label {name!r}; did you mean {near[0]!r}?")
    return {label: defined[label] for label in labels if label in defined}


def _quantile(values: Sequence[int], share: float) -> int:
    """The smallest value that at least this share of the sorted values does not exceed."""
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else 0
