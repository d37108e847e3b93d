"""The dictionary tagger."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from adrbench.api import Annotated, Context, Document, Facts, Span
from adrbench_dictionary import terms
from adrbench_dictionary.matcher import Matcher
from adrbench_dictionary.plugin import DictionaryParams

_FILE = "dictionary.json"


class DictionaryTagger:
    """Tags every term it knows, leftmost-longest, on token boundaries.

    A span's score is the precision of its term in the training text: the share of the term's occurrences that are gold
    spans of its label. A term that the training text never shows (it came from a list) gives no score.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: DictionaryParams) -> None:
        self.params = params
        self._matcher = Matcher({}, params.fold_case)

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
        known: dict[str, str] = {}
        if params.term_lists:
            label = terms.list_label(params.list_label, context.labels)
            for done, name in enumerate(params.term_lists):
                context.progress(done, len(params.term_lists), name)
                known |= dict.fromkeys(terms.from_file(Path(name), params.list_column, params.fold_case), label)
        if params.training_terms:
            known |= terms.from_training(train, context.labels, params.fold_case)
        asked = params.min_precision > 0 or context.scores
        seen = terms.evidence(known, train, params.fold_case) if asked else {}
        # A term that the training text never shows is kept: nothing speaks against it.
        dropped = {term for term, (right, count) in seen.items() if right < params.min_precision * count}
        known = {term: label for term, label in known.items() if term not in dropped}
        scores = {term: right / count for term, (right, count) in seen.items() if context.scores}
        self._matcher = Matcher(known, params.fold_case, {term: scores[term] for term in scores if term in known})

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents with the terms.

        Args:
            documents: Documents without gold.

        Returns:
            For each document its spans, in order; no span before ``fit``.
        """
        return [self._matcher.find(document) for document in documents]

    def facts(self) -> Facts:
        """Count the terms.

        Returns:
            ``terms``, a number.
        """
        return {"terms": len(self._matcher.terms)}

    def save(self, folder: Path) -> None:
        """Write parameters, terms and scores as one JSON file.

        Args:
            folder: An existing folder.
        """
        matcher = self._matcher
        content = {"params": dataclasses.asdict(self.params), "terms": matcher.terms, "scores": matcher.scores}
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
        tagger._matcher = Matcher(content["terms"], tagger.params.fold_case, content.get("scores"))
        return tagger
