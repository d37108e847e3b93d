"""The description of the dictionary tagger: light, so that listing plugins stays cheap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from adrbench.api import Categorical, FloatRange, Scale, TaggerPlugin


@dataclass(frozen=True)
class DictionaryParams:
    """What the dictionary holds and how it is matched."""

    training_terms: bool = True
    """Take the surface forms of the training fold's gold spans as terms."""

    term_lists: tuple[str, ...] = ()
    """Files with further terms, UTF-8, one a line; blank lines are skipped."""

    list_column: Annotated[int, Field(ge=0)] = 0
    """Which tab-separated column of the term lists holds the term, from 1; 0: the whole line is the term."""

    list_label: str = ""
    """The label of the lists' terms; may be left out where the corpus has one label only."""

    fold_case: bool = True
    """Match without regard to case (Unicode case folding)."""

    variants: bool = True
    """Match other spellings of the terms: singular or plural, with or without hyphens, "y x" for "x of y"."""

    widen: bool = True
    """Widen a match by neighbouring words that most training mentions around such a match have inside."""

    min_precision: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Drop a match whose estimated precision, by its term and the words around it, is lower; 0: keep all."""


def missing(params: DictionaryParams, offline: bool) -> str | None:  # noqa: ARG001 (the contract's signature)
    """Name the first term list that does not exist.

    Args:
        params: The parameters, checked.
        offline: Not used: term lists are local files.

    Returns:
        Why the parameters cannot run on this machine, or None.
    """
    for name in params.term_lists:
        if not Path(name).is_file():
            return f"term list {name!r} is not a file"
    return None


_SPACE: dict[str, Scale] = {"min_precision": FloatRange(0.0, 0.8), "fold_case": Categorical((True, False))}


plugin = TaggerPlugin(
    name="dictionary",
    family="dictionary",
    version="0.2.0",
    params=DictionaryParams,
    implementation="adrbench_dictionary.tagger:DictionaryTagger",
    summary="terms of the training fold and of term lists, matched, widened, and judged by the words around them",
    cost=0,
    requires=("ahocorasick",),
    distribution="adrbench-dictionary",
    missing=missing,
    space=_SPACE,
    api="1.1",
)
