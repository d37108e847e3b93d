"""What a cell's process is told to do. Its values stand in the cell's key where they shape answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Job:
    """Everything a cell is given.

    ``key``: the name of the cell, which its outcome bears too.
    ``train``, ``development``: gold by document id; ``documents``, ``unlabelled``: files with texts. ``tune``: what to
    search on held out training text before the fit, and where the study is kept; ``pretrain``: the text to learn from
    before that. ``scores``: whether predicted spans are to have scores. ``responses``: the folder of responses, for a
    tagger that asks a server; ``budget``: the fields of a ``Share``, None without a budget. ``texts``: a file of texts
    that the row declares, None without. ``keep_local``: the terms that keep the texts on this machine, else empty.
    """

    key: str
    use: str
    params: Mapping[str, Any]
    documents: str
    unlabelled: str
    train: Mapping[str, Sequence[Sequence[Any]]]
    development: Mapping[str, Sequence[Sequence[Any]]]
    test: Sequence[str]
    held_back_groups: Sequence[str]
    labels: Sequence[str]
    seed: int
    grouped: bool
    device: str
    threads: int
    offline: bool
    keep_model: bool
    tune: Mapping[str, Any] | None = None
    pretrain: Mapping[str, Any] | None = None
    scores: bool = False
    responses: str | None = None
    texts: str | None = None
    budget: Mapping[str, Any] | None = None
    keep_local: str = ""
