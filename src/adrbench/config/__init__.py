"""The benchmark file: what it may say, and how it is read."""

from adrbench.config.model import Benchmark, DatasetEntry, Limits, Published, SplitEntry, TaggerEntry
from adrbench.config.read import read_benchmark

__all__ = ["Benchmark", "DatasetEntry", "Limits", "Published", "SplitEntry", "TaggerEntry", "read_benchmark"]
