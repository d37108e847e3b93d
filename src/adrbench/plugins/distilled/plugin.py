"""The description of the ``distilled`` tagger. Importing it imports no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from adrbench.api import TaggerPlugin, TaggerSpec


@dataclass(frozen=True)
class DistilledParams:
    """The parameters of the ``distilled`` tagger. ``[taggers.distil]`` becomes these.

    Attributes:
        student: The tagger that learns from the texts.
        teacher: The tagger that labels them.
        text: Files and folders of texts, or ``corpus`` for the unlabelled text of the corpus.
        sentences: At most so many texts, drawn by the seed; None: all.
        gold: Whether the student learns from the training part, too.
    """

    student: TaggerSpec
    teacher: TaggerSpec
    text: Annotated[tuple[str, ...], Field(min_length=1)]
    sentences: Annotated[int, Field(gt=0)] | None = None
    gold: bool = True


plugin = TaggerPlugin(
    name="distilled",
    family="",
    version="1",
    params=DistilledParams,
    implementation="adrbench.plugins.distilled.tagger:Distilled",
    summary="a student that learns from texts that a teacher has labelled",
    api="1.2",
)
