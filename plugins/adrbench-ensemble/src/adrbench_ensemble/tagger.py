"""The ensemble as a tagger: fits its members one after another, asks each, and lets them vote."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from adrbench.api import Annotated, Context, Document, Facts, Span, Tagger, TaggerSpec, Unavailable
from adrbench_ensemble.plugin import EnsembleParams
from adrbench_ensemble.voting import elect, f1

_FILE = "ensemble.json"
_THRESHOLD, _HOLDOUT = 0.5, 0.2


@dataclass(frozen=True)
class Member:
    """A tagger of the ensemble.

    Attributes:
        name: The name of its plugin. The second and later members of one plugin have a number behind it.
        spec: How to build it.
        repeat: How many earlier members are the same tagger with the same parameters. It is added to the seed, since
            equal members with one seed would give equal answers.
    """

    name: str
    spec: TaggerSpec
    repeat: int


def _members(specs: Sequence[TaggerSpec]) -> Iterator[Member]:
    uses: Counter[str] = Counter()
    for place, spec in enumerate(specs):
        uses[spec.use] += 1
        name = spec.use if uses[spec.use] == 1 else f"{spec.use}-{uses[spec.use]}"
        yield Member(name, spec, specs[:place].count(spec))


class EnsembleTagger:
    """Taggers that vote on spans, after the ensembles of NERDS (Elsevier Labs).

    A span's score is its share of all votes, or, where votes are weighted, of all weight.

    Args:
        params: The parameters, checked.
    """

    def __init__(self, params: EnsembleParams) -> None:
        self.params = params
        self._members = tuple(_members(params.members))
        self._scores = False
        self._fresh: list[Tagger] = []
        self._fitted: list[Tagger] = []
        self._weights: list[float] = []

    def warm_up(self) -> None:
        """Build every member, which imports its library, and warm it up."""
        self._fresh = [member.spec.build() for member in self._members]

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Fit every member on all of ``train``; with ``vote = "weighted"``, weigh it on a holdout first.

        Args:
            train: Documents with their gold.
            context: The conditions of the cell.

        Raises:
            Unavailable: A member lacks something, with the member's name.
            Exception: Whatever else a member raises, with a note that names it.
        """
        self._fitted, self._scores = [], context.scores
        fresh, self._fresh = self._fresh or [member.spec.build() for member in self._members], []
        rounds = 2 if self.params.vote == "weighted" else 1
        steps = _Steps(context, rounds * len(self._members))
        self._weights = [1.0] * len(self._members)
        if self.params.vote == "weighted":
            self._weights = self._weigh(train, context, steps)
        for member, tagger in zip(self._members, fresh, strict=True):
            # Some taggers predict with what they left in their scratch folder: it stays.
            _fit(member, tagger, train, context.child(member.name), steps.next(member.name))
        self._fitted = fresh

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Tag documents with every member and let them vote.

        Args:
            documents: Documents without gold.

        Returns:
            For each document the elected spans, in order; no span before ``fit``.

        Raises:
            ValueError: A member does not give one answer for each document.
            Unavailable: A member lacks something, with the member's name.
            Exception: Whatever else a member raises, with a note that names it.
        """
        if not self._fitted:
            return [[] for _ in documents]
        answers = [_ask(*pair, documents) for pair in zip(self._members, self._fitted, strict=True)]
        threshold = self._threshold()
        return [elect(spans, self._weights, threshold, scores=self._scores) for spans in zip(*answers, strict=True)]

    def facts(self) -> Facts:
        """Collect the members' facts.

        Returns:
            Each member's facts as ``MEMBER.FACT``. With weighted votes also ``MEMBER.weight_basis_points``, its F1 on
            the holdout in hundredths of 1%. ``parameters``, the sum over the members, if every member has that fact.
        """
        told: dict[str, int] = {}
        sizes = []
        for member, tagger, weight in zip(self._members, self._fitted, self._weights, strict=False):
            own: Any = tagger.facts() if hasattr(tagger, "facts") else {}
            told |= {f"{member.name}.{name}": int(value) for name, value in own.items()}
            if self.params.vote == "weighted":
                told[f"{member.name}.weight_basis_points"] = round(10_000 * weight)
            sizes += [int(own["parameters"])] if "parameters" in own else []
        return {**told, "parameters": sum(sizes)} if sizes and len(sizes) == len(self._fitted) else told

    def save(self, folder: Path) -> None:
        """Write parameters and weights as a JSON file, and each member into a folder of its own.

        Args:
            folder: An empty folder.

        Raises:
            TypeError: A member cannot be saved.
        """
        state = {"params": asdict(self.params), "weights": self._weights, "scores": self._scores}
        for number, (member, tagger) in enumerate(zip(self._members, self._fitted, strict=False), 1):
            if not hasattr(tagger, "save"):
                raise TypeError(f"the member {member.name!r} has no save(folder): this ensemble cannot be saved")
            place = folder / f"member-{number}"
            place.mkdir()
            tagger.save(place)
        (folder / _FILE).write_text(json.dumps(state), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> EnsembleTagger:
        """Read what ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The ensemble, which can predict; to fit it again, make a new one.

        Raises:
            ValueError: Another version of a member is installed.
            TypeError: A member cannot be loaded.
        """
        state = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        members = tuple(TaggerSpec(**member) for member in state["params"]["members"])
        tagger = cls(EnsembleParams(**{**state["params"], "members": members}))
        tagger._scores = state.get("scores", False)
        tagger._weights = state["weights"]
        # An ensemble that was never fitted has no weights, and no members to load.
        for number, member in enumerate(tagger._members if tagger._weights else (), 1):
            tagger._fitted.append(member.spec.load(folder / f"member-{number}"))
        return tagger

    def _threshold(self) -> float:
        if self.params.vote == "union":
            return 0.0
        return _THRESHOLD if self.params.threshold is None else self.params.threshold

    def _weigh(self, train: Sequence[Annotated], context: Context, steps: _Steps) -> list[float]:
        """F1 of each member on a part of ``train`` that it has not seen, the split's development part if it has one.

        Where no member finds anything there, or nothing can be held out, all weigh the same.
        """
        share = _HOLDOUT if self.params.holdout is None else self.params.holdout
        kept, held = context.holdout(train, share)
        weights = []
        for member in self._members:
            # Who could stop early on the part that it is weighed on would weigh too much.
            blind = context.child(f"weigh-{member.name}", development=())
            progress = steps.next(f"{member.name}, to be weighed")
            if held:
                tagger = member.spec.build()
                _fit(member, tagger, kept, blind, progress)
                answers = _ask(member, tagger, [annotated.document for annotated in held])
                weights.append(f1([annotated.spans for annotated in held], answers))
            shutil.rmtree(blind.scratch, ignore_errors=True)
        return weights if any(weights) else [1.0] * len(self._members)


Progress = Callable[[float, float, str], None]


class _Steps:
    """Progress of several fits as one: each is a step, its own progress the part of it that is done."""

    def __init__(self, context: Context, total: int) -> None:
        self._context = context
        self._total = total
        self._begun = 0

    def next(self, name: str) -> Progress:
        """The next step begins: what its tagger reports progress to."""
        before, self._begun = self._begun, self._begun + 1
        self._context.progress(before, self._total, name)

        def progress(done: float, total: float, note: str = "") -> None:
            part = min(done / total, 1.0) if total > 0 else 0.0
            self._context.progress(before + part, self._total, f"{name}: {note}" if note else name)

        return progress


def _fit(member: Member, tagger: Tagger, train: Sequence[Annotated], context: Context, progress: Progress) -> None:
    own = replace(context, seed=context.seed + member.repeat, progress=progress)
    with _named(member):
        # A list of its own: whoever changes it changes nothing for the next member.
        tagger.fit(list(train), own)


def _ask(member: Member, tagger: Tagger, documents: Sequence[Document]) -> list[list[Span]]:
    with _named(member):
        answers = tagger.predict(list(documents))
    if len(answers) != len(documents):
        raise ValueError(f"the member {member.name!r} gave {len(answers)} answers for {len(documents)} documents")
    return answers


@contextmanager
def _named(member: Member) -> Iterator[None]:
    """Say of which member an error is."""
    try:
        yield
    except Unavailable as error:
        raise Unavailable(f"{member.name}: {error}") from error
    except Exception as error:
        # Its type says more than ours would: running out of memory, for one, is a status.
        error.add_note(f"(in the member {member.name!r} of the ensemble)")
        raise
