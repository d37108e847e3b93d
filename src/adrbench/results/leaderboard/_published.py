"""Figures of papers beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def published_beside(
    section: Mapping[str, Any], tagger: str, label: str, published: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What a study found for a label, as fields of a leaderboard's row: fractions; nothing where it did not say."""
    wanted = (section["dataset"], section["splits"], tagger, label)
    for figures in published:
        if (figures["dataset"], figures["splits"], figures["tagger"], figures["label"]) == wanted:
            fractions = {
                f"published_{name}": figures[name] / 100 if figures[name] is not None else None
                for name in ("precision", "recall", "f1")
            }
            return {**fractions, "published_source": figures["source"]}
    return {}
