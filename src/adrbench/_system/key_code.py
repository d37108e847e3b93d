"""Which modules of adrbench are part of a cell's key: those that shape what a tagger is given or how it is read.

Process handling, metering, storing and reporting are no part of it. What a listed module imports is listed too, or
stands in ``EXEMPT`` with the reason why it changes no answer; a test holds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from adrbench._system.code_hash import files_hash

_SOURCES = Path(__file__).parents[2]

# Run where a plan is made: from a corpus to words and to the gold of each fold.
WORDS = tuple(
    f"adrbench.datasets.text.{name}"
    for name in ("_nltk", "_punctuation", "_ranges", "_sentences", "splitters", "tokens")
)
SUBWORDS = ("adrbench.datasets.text._subwords",)
MATERIAL = ("adrbench.api.text", "adrbench.running._material")
PRETRAINING_TEXT = tuple(f"adrbench.running.pretraining.{name}" for name in ("_leaks", "text", "words"))
# Run in the cell's process, by the interpreter that has the tagger.
ANSWERS = ("adrbench.api._holdout", "adrbench.api.bio", *MATERIAL, "adrbench.running._answers")
TUNING = (
    "adrbench.api.space",
    "adrbench.config.search_space",
    "adrbench.running.tuning._holdout_objective",
    "adrbench.running.tuning._search",
    "adrbench.running.tuning._suggestions",
    "adrbench.running.tuning._trials",
    "adrbench.scoring.evaluators.exact",
    "adrbench.scoring.evaluators.figures",
)
# Taggers of adrbench's own, whose code is these modules and not the package adrbench.
COMMAND = ("adrbench.plugins.command.plugin", "adrbench.plugins.command.tagger")

CALIBRATED = tuple(f"adrbench.plugins.calibrated.{name}" for name in ("maps", "plugin", "tagger"))
DISTILLED = tuple(f"adrbench.plugins.distilled.{name}" for name in ("plugin", "tagger"))
OWN: Mapping[str, tuple[str, ...]] = {modules[-1]: modules for modules in (COMMAND, CALIBRATED, DISTILLED)}
"""The modules of each tagger that comes with adrbench, by the one that holds its class."""

LISTED = (*WORDS, *SUBWORDS, *PRETRAINING_TEXT, *ANSWERS, *TUNING, *COMMAND)
EXEMPT: Mapping[str, str] = {
    "adrbench._system.paths": "where files are kept",
    "adrbench.api.dataset": "descriptions of corpora; the key has a corpus by its content",
    "adrbench.api.deprecations": "old names for what is listed",
    "adrbench.api.evaluator": "protocols and facts of scoring",
    "adrbench.api.records": "protocols of replaying what a server answered; whatever it answers, the key is the same",
    "adrbench.api.executor": "where cells run",
    "adrbench.api.node": "carries a cell to another machine, which is refused if its code differs",
    "adrbench.api.spec": "names another tagger, whose name, parameters and code are in the key",
    "adrbench.api.tagger": "protocols, and the fields of Context; _answers fills them, _holdout holds out",
    "adrbench.config.model": "the name of a source of text; values of the file are in the key",
    "adrbench.datasets.files": "bytes to text and checksums, for error messages and names",
    "adrbench.errors": "messages",
    "adrbench.plugins.command._program": "carries lines; what they say is written and read in tagger",
    "adrbench.plugins.loading": "imports what a description names; its code is in the key",
    "adrbench.plugins.parameters": "checks values, which are in the key as they were decided",
    "adrbench.plugins.registry": "finds the plugin; its name, version and code are in the key",
    "adrbench.running._job": "the fields of a job; their values are in the key, and _answers reads them",
    "adrbench.running.pretraining.cache": "makes a checkpoint once; the plugin's code, which trains it, is in the key",
    "adrbench.running.tuning._importance": "told beside what a study found, chosen by nothing",
    "adrbench.running.tuning._study": "locks a study for one process",
    "adrbench.scoring.evaluators.packed": "counts many documents at once; a search counts each by itself",
}


def modules_hash(modules: Iterable[str]) -> str:
    """The hash of some modules of adrbench, comments, docstrings and layout aside.

    Args:
        modules: Their full names.

    Returns:
        16 hexadecimal digits.
    """
    return files_hash({name: _SOURCES.joinpath(*name.split(".")).with_suffix(".py") for name in modules})
