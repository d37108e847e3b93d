"""Two taggers side by side: by how much they differ, whether that is chance, and in which documents."""

from adrbench.results.comparison.compare import Comparison, Counted, Disagreement, Judged, Line

__all__ = ["Comparison", "Counted", "Disagreement", "Judged", "Line"]
