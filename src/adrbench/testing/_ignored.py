"""Parameters that are accepted and ignored.

A parameter counts as used if changing it changes the output, or if the tagger's code reads it by name. The output is
the answers, the facts, the reports of progress, and how a fit ends. The second rule is for parameters such as a batch
size, which may have no effect on a small corpus. Copying all parameters at once is no reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adrbench.plugins import parameters
from adrbench.testing import _texts as texts
from adrbench.testing._parameter_values import other_values
from adrbench.testing._recorded import recorded
from adrbench.testing._tagger_bench import TaggerBench
from adrbench.testing._verdict import Failure, Skip


def ignored(bench: TaggerBench) -> str:
    """How many parameters are used. Raises ``Failure`` if some never are."""
    values = parameters.as_json(bench.params)
    if not values:
        raise Skip("it has no parameters")
    words = bench.folder / "words.txt"
    words.write_text("nausea\nitchy rash\ncold knees\n", encoding="utf-8")
    others = other_values(bench.plugin, values, str(words))
    silent = _Trials(bench, values).never_used(others)
    if silent:
        raise Failure(f"accepted and ignored: {', '.join(silent)}")
    return f"{len(values)} parameters used"


class _Trials:
    """Fits with other values than ``values``, and which parameters were used in them."""

    def __init__(self, bench: TaggerBench, values: Mapping[str, Any]) -> None:
        self._bench = bench
        self._values = values
        self._used: set[str] = set()
        self._watched = True
        self._usual = self._outcome({})
        if self._usual[0] == "raised":
            # Some libraries cannot use watched parameters: pickle, for example.
            self._watched = False
            self._usual = self._outcome({})
        # A difference between two equal fits (a clock in the progress, say) tells nothing.
        again = self._outcome({})
        self._steady = [one == other for one, other in zip(self._usual, again, strict=False)]

    def never_used(self, others: Mapping[str, list[Any]]) -> list[str]:
        """The parameters that no trial uses. Each is tried alone first, then together with each other one.

        A parameter that the code reads needs no trial. Some are read only beside others: the column of a term list is
        not read until there is a list.
        """
        alone = {}
        for name in sorted(others, key=lambda name: name in self._used):
            for i, value in enumerate(others[name]):
                if not self._silent():
                    return []
                alone[name, i] = self._outcome({name: value})
                if self._differs(alone[name, i], self._usual):
                    self._used.add(name)
        for name in self._silent():
            for (other, i), before in alone.items():
                for value in others[name] if other != name else ():
                    if name not in self._used:
                        both = self._outcome({other: others[other][i], name: value})
                        if self._differs(both, before):
                            self._used.add(name)
        return self._silent()

    def _differs(self, one: Any, other: Any) -> bool:
        """Whether two outcomes show that a parameter was used. A refusal of the parameters themselves does not."""
        if "refused" in {one[0], other[0]}:
            return False
        if one[0] != other[0] or len(one) != len(other):
            return True
        return any(a != b and steady for a, b, steady in zip(one, other, self._steady, strict=False))

    def _silent(self) -> list[str]:
        return sorted(set(self._values) - self._used)

    def _outcome(self, changed: Mapping[str, Any]) -> Any:
        """All that can be seen of a cell with these parameters."""
        params, problems = self._bench.registry.check(self._bench.plugin.params, {**self._values, **changed})
        if problems:
            return "refused", problems
        progress: list[Any] = []
        context = self._bench.context(["ADR"], progress)
        train = texts.of_label(texts.corpus("second"), "ADR")
        try:
            tagger = self._bench.build(recorded(params, self._used) if self._watched else params)
            answers = self._bench.ask(self._bench.fit(train, tagger, context), texts.questions())
        except Exception as error:  # noqa: BLE001  (a value that the tagger refuses has been used)
            return "raised", type(error).__name__
        facts = dict(tagger.facts()) if hasattr(tagger, "facts") else {}
        return "answered", answers, facts, progress
