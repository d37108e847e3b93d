"""Which tagger to use, and what it will cost: computed from stored results alone."""

from adrbench.results.prices import PriceSheet, read_prices
from adrbench.results.recommendation.choice import Candidate, Choice, Contest, Promise, choose
from adrbench.results.recommendation.estimate import Estimate, Limits
from adrbench.results.recommendation.question import Question, ask
from adrbench.results.recommendation.recommend import Recommendation, recommend
from adrbench.results.recommendation.refit import predicted_refit_seconds

__all__ = [
    "Candidate",
    "Choice",
    "Contest",
    "Estimate",
    "Limits",
    "PriceSheet",
    "Promise",
    "Question",
    "Recommendation",
    "ask",
    "choose",
    "predicted_refit_seconds",
    "read_prices",
    "recommend",
]
