"""The ``calibrated`` tagger: learns a map of scores on held-out training text, then fits its tagger on all of it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Facts, Span, Tagger, TaggerSpec
from adrbench.plugins.calibrated.maps import Map, fit_map, from_json
from adrbench.plugins.calibrated.plugin import CalibratedParams

_FILE, _INNER = "calibrated.json", "tagger"


class Calibrated:
    """Another tagger with calibrated scores. Its spans are those of the other tagger.

    The map is learnt from the mentions of a tagger that was fitted without the held-out text, and is used for one that
    was fitted on all training text. So it is assumed that both are equally sure of themselves. The map is one for all
    labels. A mention without a score stays without.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: CalibratedParams) -> None:
        self.params = params
        self._tagger: Tagger | None = None
        self._map: Map | None = None
        self._facts: dict[str, int] = {}

    def warm_up(self) -> None:
        """Build the other tagger, which imports its library, and warm it up."""
        self._tagger = self.params.tagger.build()

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Learn the map, if scores are asked for, and fit the other tagger on all of ``train``.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.
        """
        tagger, self._tagger = self._tagger or self.params.tagger.build(), None
        self._map, self._facts = None, {}
        if context.scores:
            self._learn(train, context)
        # Some taggers predict with what they left in their scratch folder: it stays.
        tagger.fit(list(train), context.child("calibrated", scores=context.scores))
        self._tagger = tagger

    def _learn(self, train: Sequence[Annotated], context: Context) -> None:
        kept, held = context.holdout(train, self.params.holdout)
        if not held:
            return
        # A tagger that stops early on the part that it is judged on would be surer than it is on other text.
        blind = context.child("holdout", scores=True, development=())
        tagger = self.params.tagger.build()
        tagger.fit(list(kept), blind)
        answers = tagger.predict([one.document for one in held])
        shutil.rmtree(blind.scratch, ignore_errors=True)
        judged = [
            (span.score, span in set(one.spans))
            for one, spans in zip(held, answers, strict=True)
            for span in dict.fromkeys(spans)
            if span.score is not None
        ]
        self._map = fit_map(self.params.method, [score for score, _ in judged], [right for _, right in judged])
        self._facts = {
            "calibration_documents": len(held),
            "calibration_mentions": len(judged),
            "calibration_right": sum(right for _, right in judged),
        }

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents.

        Args:
            documents: Documents without gold.

        Returns:
            For each document the spans of the other tagger, with mapped scores; no span before ``fit``.
        """
        if self._tagger is None:
            return [[] for _ in documents]
        return [self._mapped(spans) for spans in self._tagger.predict(documents)]

    def _mapped(self, spans: Sequence[Span]) -> list[Span]:
        scores = [span.score for span in spans if span.score is not None]
        if self._map is None or not scores:
            return list(spans)
        mapped = iter(self._map(scores))
        return [span if span.score is None else dataclasses.replace(span, score=next(mapped)) for span in spans]

    def facts(self) -> Facts:
        """Collect the facts of the other tagger, and what the map was learnt from.

        Returns:
            Numbers of documents and mentions by name.
        """
        tagger: Any = self._tagger
        return {**(tagger.facts() if hasattr(tagger, "facts") else {}), **self._facts}

    def save(self, folder: Path) -> None:
        """Write the map as a JSON file, and the other tagger into a folder of its own.

        Args:
            folder: An empty folder.

        Raises:
            TypeError: The other tagger cannot be saved.
        """
        if self._tagger is not None:
            self.params.tagger.save(self._tagger, folder / _INNER)
        state = {
            "params": dataclasses.asdict(self.params),
            "map": self._map.to_json() if self._map else None,
            "facts": self._facts,
        }
        (folder / _FILE).write_text(json.dumps(state), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Calibrated:
        """Read what ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The tagger, which can predict; to fit it again, make a new one.

        Raises:
            ValueError: Another version of the other tagger is installed.
        """
        state = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        params = CalibratedParams(**{**state["params"], "tagger": TaggerSpec(**state["params"]["tagger"])})
        tagger = cls(params)
        tagger._map, tagger._facts = from_json(state["map"]), state["facts"]
        if (folder / _INNER).is_dir():
            tagger._tagger = params.tagger.load(folder / _INNER)
        return tagger
