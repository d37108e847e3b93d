"""The description of the ``calibrated`` tagger. Importing it imports no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from adrbench.api import TaggerPlugin, TaggerSpec

Method = Literal["temperature", "isotonic"]


@dataclass(frozen=True)
class CalibratedParams:
    """The parameters of the ``calibrated`` tagger. ``calibrate`` of a ``[[taggers]]`` table becomes these.

    Attributes:
        tagger: The tagger whose scores are calibrated.
        method: ``isotonic``: the rising step function with the least squared error. ``temperature``: the logit of a
            score, divided by one number.
        holdout: The share of the training documents, or groups, that the map is learnt on.
    """

    tagger: TaggerSpec
    method: Method = "isotonic"
    holdout: Annotated[float, Field(gt=0, lt=1)] = 0.2


plugin = TaggerPlugin(
    name="calibrated",
    family="",
    version="1",
    params=CalibratedParams,
    implementation="adrbench.plugins.calibrated.tagger:Calibrated",
    summary="another tagger, its scores calibrated on held-out training text; its spans stay the same",
    api="1.1",
)
