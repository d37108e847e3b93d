"""What a plugin imports: text and spans, tags, and the protocols. Standard library only.

``API_VERSION`` is raised by one in its first part when a plugin would have to change, and in its second when something
is added; ``docs/versions.md`` has the promise. A name that will go warns for as long as the first part stays.
"""

from typing import TYPE_CHECKING

from adrbench.api.bio import Scheme, chunks, decode, encode, tag_set
from adrbench.api.dataset import Dataset, DatasetInfo, DatasetPlugin, Reading, Record
from adrbench.api.deprecations import Deprecation as _Deprecation
from adrbench.api.deprecations import deprecated_names as _deprecated_names
from adrbench.api.evaluator import Counts, DocumentFacts, Evaluator, EvaluatorPlugin, Figures, SpanColumns
from adrbench.api.executor import Delivery, Executor, ExecutorEvents, ExecutorPlugin, Parcel, Resources
from adrbench.api.node import delivered_files, delivered_place, keep_file, perform
from adrbench.api.records import Budget, Records, RequestEstimate, Usage, is_loopback
from adrbench.api.space import Categorical, FloatRange, IntRange, Scale
from adrbench.api.spec import RUN_ONLY, TaggerSpec
from adrbench.api.tagger import Context, ExpectedTime, Facts, Pretraining, Pruned, Tagger, TaggerPlugin
from adrbench.api.text import Annotated, Document, Span
from adrbench.errors import BudgetSpent, CorpusError, CorpusMissing, ExecutorLost, Unavailable

API_VERSION = "1.3"

__all__ = [
    "API_VERSION",
    "RUN_ONLY",
    "Annotated",
    "Budget",
    "BudgetSpent",
    "Categorical",
    "Context",
    "CorpusError",
    "CorpusMissing",
    "Counts",
    "Dataset",
    "DatasetInfo",
    "DatasetPlugin",
    "Delivery",
    "Document",
    "DocumentFacts",
    "Evaluator",
    "EvaluatorPlugin",
    "Executor",
    "ExecutorEvents",
    "ExecutorLost",
    "ExecutorPlugin",
    "ExpectedTime",
    "Facts",
    "Figures",
    "FloatRange",
    "IntRange",
    "Parcel",
    "Pretraining",
    "Pruned",
    "Reading",
    "Record",
    "Records",
    "RequestEstimate",
    "Resources",
    "Scale",
    "Scheme",
    "Span",
    "SpanColumns",
    "Tagger",
    "TaggerPlugin",
    "TaggerSpec",
    "Unavailable",
    "Usage",
    "chunks",
    "decode",
    "delivered_files",
    "delivered_place",
    "encode",
    "is_loopback",
    "keep_file",
    "perform",
    "tag_set",
]

# Type checkers are to believe in the names above only.
if not TYPE_CHECKING:
    __getattr__ = _deprecated_names(
        __name__,
        {
            "Choice": _Deprecation(Categorical, instead="Categorical", since="1.1", gone="2.0"),
            "Real": _Deprecation(FloatRange, instead="FloatRange", since="1.1", gone="2.0"),
            "Setting": _Deprecation(DocumentFacts, instead="DocumentFacts", since="1.1", gone="2.0"),
            "Whole": _Deprecation(IntRange, instead="IntRange", since="1.1", gone="2.0"),
        },
    )
