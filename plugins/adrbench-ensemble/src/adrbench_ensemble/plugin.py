"""The description of the ensemble: light, so that listing plugins stays cheap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from adrbench.api import Categorical, FloatRange, TaggerPlugin, TaggerSpec

Vote = Literal["majority", "union", "weighted"]


@dataclass(frozen=True)
class EnsembleParams:
    """Who votes, and how votes are counted."""

    members: Annotated[tuple[TaggerSpec, ...], Field(min_length=2)]
    """Installed taggers, each a table: ``use``, and by choice its ``params``."""

    vote: Vote = "majority"
    """What stands: what more than the threshold of all members say (``majority``), what any says (``union``), or what
    those say who have more than the threshold of all weight, a member's weight being its F1 on a holdout
    (``weighted``)."""

    threshold: Annotated[float, Field(ge=0, lt=1)] | None = None
    """The share of all votes, or of all weight, that has to be exceeded; by default 0.5. Not for ``union``."""

    holdout: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The share of the training part that members are weighed on; by default 0.2. For ``weighted`` only."""

    def __post_init__(self) -> None:
        """Refuse what would have no effect."""
        if self.vote == "union" and self.threshold is not None:
            raise ValueError("threshold: has no effect on vote = 'union', where one vote is enough; leave it out")
        if self.vote != "weighted" and self.holdout is not None:
            raise ValueError(f"holdout: has no effect on vote = {self.vote!r}; it is for 'weighted'")


plugin = TaggerPlugin(
    name="ensemble",
    family="ensemble",
    version="0.1.0",
    params=EnsembleParams,
    implementation="adrbench_ensemble.tagger:EnsembleTagger",
    summary="other taggers vote on spans: majority, union, or weighted by F1 on a holdout",
    cost=40,
    distribution="adrbench-ensemble",
    # A low threshold is a union: what is searched need not name it, and every point is valid.
    space={"vote": Categorical(("majority", "weighted")), "threshold": FloatRange(0.1, 0.9)},
    api="1.1",
)
