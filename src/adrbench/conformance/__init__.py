"""The conformance kit: made-up texts, and checks that show whether a plugin keeps its contract."""

from adrbench.conformance.run import Kind, check_dataset, check_evaluator, check_tagger, checks_of, kinds_of
from adrbench.conformance.verdict import Check, Verdict

__all__ = [
    "Check",
    "Kind",
    "Verdict",
    "check_dataset",
    "check_evaluator",
    "check_tagger",
    "checks_of",
    "kinds_of",
]
