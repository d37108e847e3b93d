"""The benchmark file: its model, and how it is read and checked."""

from adrbench.config._read import check_benchmark, read_benchmark, read_shipped
from adrbench.config.model import Benchmark, DatasetEntry, Limits, Published, SplitEntry, TaggerEntry

__all__ = [
    "Benchmark",
    "DatasetEntry",
    "Limits",
    "Published",
    "SplitEntry",
    "TaggerEntry",
    "check_benchmark",
    "read_benchmark",
    "read_shipped",
]
