"""Which tagger to use, and what it will cost: computed from stored results alone."""

from adrbench.results.recommendation.refit import predicted_refit_seconds

__all__ = ["predicted_refit_seconds"]
