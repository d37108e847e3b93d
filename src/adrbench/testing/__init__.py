"""The conformance kit: made-up texts, and checks that show whether a plugin keeps its contract."""

from adrbench.testing._kit import DatasetConformance, EvaluatorConformance, TaggerConformance
from adrbench.testing._run import Kind, check_dataset, check_evaluator, check_plugin, check_tagger, checks_of, kinds_of
from adrbench.testing._verdict import Check, Verdict

__all__ = [
    "Check",
    "DatasetConformance",
    "EvaluatorConformance",
    "Kind",
    "TaggerConformance",
    "Verdict",
    "check_dataset",
    "check_evaluator",
    "check_plugin",
    "check_tagger",
    "checks_of",
    "kinds_of",
]
