"""The dictionary tagger."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from adrbench.api import Annotated, Context, Document, Facts, Span
from adrbench_dictionary import terms
from adrbench_dictionary.evidence import Boundaries, Evidence, Learner, words_of
from adrbench_dictionary.matcher import Matcher
from adrbench_dictionary.plugin import DictionaryParams
from adrbench_dictionary.variants import variants

_FILE = "dictionary.json"


class DictionaryTagger:
    """Tags every term it knows, leftmost-longest, on token boundaries, where training text speaks for it.

    A span's score is its estimated precision. A label that training text never shows a match of gives no score.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: DictionaryParams) -> None:
        self.params = params
        self._scores = False
        self._terms = 0
        self._evidence = Evidence()
        self._set_labels({})

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Collect the terms. A term both annotated and listed has the label of its annotations.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: A term list is not there.
            CorpusError: A term list cannot be used.
        """
        params = self.params
        listed: dict[str, str] = {}
        if params.term_lists:
            label = terms.list_label(params.list_label, context.labels)
            for done, name in enumerate(params.term_lists):
                context.progress(done, len(params.term_lists), name)
                listed |= dict.fromkeys(terms.from_file(Path(name), params.list_column, params.fold_case), label)
        annotated: dict[str, terms.TrainingTerm] = {}
        if params.training_terms:
            annotated = terms.from_training(train, context.labels, params.fold_case, grouped=context.grouped)
        labels = listed | {term: facts.label for term, facts in annotated.items()}
        sources = {term: facts.sources for term, facts in annotated.items()}
        self._terms = len(labels)
        if params.variants:
            for spelling, term in _spellings(labels):
                labels.setdefault(spelling, labels[term])
                if term in annotated:
                    sources[spelling] = sources.get(spelling, frozenset()) | sources[term]
                if term in listed:
                    listed[spelling] = labels[term]
        self._scores = context.scores
        self._set_labels(labels)
        self._evidence = Evidence()
        if params.widen or params.min_precision > 0 or context.scores:
            learner = Learner(train, labels, self._matcher, sources, listed.keys(), grouped=context.grouped)
            self._evidence = learner.learn(widen=params.widen)

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents with the terms.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.
        """
        return [self._tag(document) for document in documents]

    def _tag(self, document: Document) -> list[Span]:
        occurrences = self._matcher.occurrences(document)
        if not occurrences:
            return []
        words, tokens = words_of(document, self.params.fold_case), document.tokens
        judged = self._scores or self.params.min_precision > 0
        spans: list[Span] = []
        free = 0
        for occurrence in occurrences:
            first, end, term = occurrence
            if first < free:
                continue
            label = self._labels[term]
            region = self._evidence.boundaries.widen(words, (first, end), label, free)
            precision = self._evidence.precision(words, occurrence, region, label) if judged else None
            if precision is not None and precision < self.params.min_precision:
                continue
            free = region[1]
            score = precision if self._scores else None
            spans.append(Span(tokens[region[0]][0], tokens[region[1] - 1][1], label, score=score))
        return spans

    def facts(self) -> Facts:
        """Count the terms, their variants apart.

        Returns:
            ``terms``, a number.
        """
        return {"terms": self._terms}

    def save(self, folder: Path) -> None:
        """Write parameters, terms and evidence as one JSON file.

        Args:
            folder: An existing folder.
        """
        boundaries = self._evidence.boundaries
        content = {
            "params": dataclasses.asdict(self.params),
            "scores": self._scores,
            "terms": self._terms,
            "labels": self._labels,
            "before": {label: sorted(words) for label, words in boundaries.before.items()},
            "after": {label: sorted(words) for label, words in boundaries.after.items()},
            "records": self._evidence.records,
            "weights": self._evidence.weights,
        }
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=True, indent=0), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> DictionaryTagger:
        """Read a tagger that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, which can predict.
        """
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        params = content["params"] | {"term_lists": tuple(content["params"]["term_lists"])}
        tagger = cls(DictionaryParams(**params))
        tagger._scores, tagger._terms = content["scores"], content["terms"]
        tagger._set_labels(content["labels"])
        before, after = (
            {label: frozenset(words) for label, words in content[side].items()} for side in ("before", "after")
        )
        tagger._evidence = Evidence(Boundaries(before, after), content["records"], content["weights"])
        return tagger

    def _set_labels(self, labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        self._matcher = Matcher(labels, self.params.fold_case)


def _spellings(given: Collection[str]) -> Iterator[tuple[str, str]]:
    """The variants of terms that are no terms themselves, each with its term, term by term."""
    known = frozenset(given)
    for term in sorted(known):
        yield from ((spelling, term) for spelling in sorted(variants(term)) if spelling not in known)
