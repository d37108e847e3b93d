"""Two taggers side by side: by how much they differ, whether that is chance, and in which documents."""

from adrbench.results.comparison.compare import Apart, Comparison, Counted, Judged, Line

__all__ = ["Apart", "Comparison", "Counted", "Judged", "Line"]
