"""Tagged texts against the gold that their input brings: counted batch by batch, scored at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from adrbench.api import Figures
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.running.tagging.predictor import Tagged
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator
from adrbench.scoring.external.folds import Case, Documents, count


class Evaluation:
    """Sums the counts of an evaluator.

    Args:
        name: ``NAME`` or ``NAME:VARIANT``.
        labels: The labels of the tagger; gold of others is left out and counted.
        registry: The installed evaluators.

    Raises:
        InputError: If there is no such evaluator, or it needs the training text.
    """

    def __init__(self, name: str, labels: Sequence[str], registry: Registry) -> None:
        self.name = name
        self._plugin, _ = describe_evaluator(registry, name)
        if "seen" in self._plugin.needs:
            raise InputError(f"the evaluator {name!r} needs what the tagger learnt from; choose another, such as exact")
        self._labels = list(labels)
        self._known = frozenset(labels)
        self._evaluator = build_evaluator(registry, name, self._labels)
        self._columns, _ = self._counted([Case("", (), (), ())])

    def count(self, tagged: Sequence[Tagged], lost: Counter[str]) -> list[int]:
        """Count a batch.

        Args:
            tagged: Tagged texts; those without gold are passed over.
            lost: Where gold of unknown labels is counted.

        Returns:
            A sum for each column.
        """
        cases = []
        for one in tagged:
            if one.gold is not None:
                gold = tuple(sorted({span for span in one.gold if span.label in self._known}))
                lost["gold mentions of labels that the tagger does not know, not compared"] += sum(
                    span.label not in self._known for span in one.gold
                )
                words = tuple(
                    (start + first, start + last) for start, _, tokens in one.passages for first, last in tokens
                )
                cases.append(Case(one.record.id, gold, one.record.spans, words))
        return self._counted(cases)[1] if cases else [0] * len(self._columns)

    def figures(self, counts: Sequence[int]) -> Figures:
        """Score the sums.

        Args:
            counts: The sum of each column; empty: nothing was counted.

        Returns:
            Figures by label and name, as ``adrbench.evaluate`` gives them.
        """
        sums = list(counts) or [0] * len(self._columns)
        return self._evaluator.score(dict(zip(self._columns, sums, strict=True)))

    def _counted(self, cases: Sequence[Case]) -> tuple[tuple[str, ...], list[int]]:
        documents = Documents("gold", tuple(cases), tuple(str(place) for place in range(len(cases))))
        columns, counts = count(documents, self._evaluator, self._plugin, self._labels)
        return columns, [int(number) for number in counts.sum(axis=0)]
