"""The counts that a corpus's paper prints, beside those that were found."""

from __future__ import annotations

from dataclasses import dataclass

from adrbench.datasets.corpus import Corpus


@dataclass(frozen=True)
class PublishedCount:
    """A published count; ``found``: ours, None where it is not counted."""

    name: str
    published: int
    found: int | None

    @property
    def verdict(self) -> str:
        """``same``, the signed difference, or ``not counted``."""
        if self.found is None:
            return "not counted"
        return f"{self.found - self.published:+,}" if self.found != self.published else "same"


def compare(corpus: Corpus) -> tuple[PublishedCount, ...]:
    """Compare a corpus with its published counts.

    Args:
        corpus: The corpus.

    Returns:
        A line for each published count. ``words`` are counted only if no filter has changed the documents.
    """
    ours = dict(corpus.found)
    if corpus.found.get("documents") == corpus.counts["documents"]:
        ours["words"] = corpus.counts["words"]
    return tuple(PublishedCount(name, count, ours.get(name)) for name, count in corpus.info.published.items())
