"""What can go wrong, as one small hierarchy, and the words to say it in.

AdrbenchError
├── InputError          the user's file, option or corpus is wrong: exit code 2
│   ├── ConfigError     the benchmark file
│   ├── CorpusError     a corpus cannot be read or trusted
│   │   └── CorpusMissing   it cannot be had here: a stand-in may take its place
│   ├── StoreError      the results folder is not ours, damaged or not writable
│   └── PluginError     a plugin cannot be found, imported or used
├── Unavailable         a tagger cannot run on this machine: status ``skipped``
├── BudgetSpent         a cell may ask a server for nothing more: status ``failed``
├── ExecutorLost        the engine that runs cells is gone: exit code 3
└── FitFailed           a tagger could not be fitted; nothing was kept
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AdrbenchError(Exception):
    """Base of every error that adrbench raises on purpose."""


class InputError(AdrbenchError):
    """Something given by the user is wrong; the message says what, where and what would be valid."""


class ConfigError(InputError):
    """The benchmark file is wrong. ``problems`` holds one line for each thing to mend."""

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        count = len(self.problems)
        super().__init__(f"{where}: {count} problem{'s' if count != 1 else ''}\n{lines}")


class CorpusError(InputError):
    """A corpus cannot be read or trusted."""


class CorpusMissing(CorpusError):  # noqa: N818  (a kind of CorpusError, and named so in the API)
    """A corpus cannot be had here (no local copy, no network). The message says where it was looked for."""


class StoreError(InputError):
    """The results folder is not a results folder, is damaged, or cannot be written."""


class PluginError(InputError):
    """A plugin cannot be found, imported or used as it is."""


class Unavailable(AdrbenchError):  # noqa: N818  (no error: a status, and named so in the API)
    """A tagger cannot run here (no weights, no GPU, no network). Its cell is ``skipped``, with this reason."""


class BudgetSpent(AdrbenchError):  # noqa: N818  (says what happened, as the others do)
    """A cell's share of the run's budget of tokens or money is spent. Its cell is ``failed``, with this reason."""


class ExecutorLost(AdrbenchError):  # noqa: N818  (says what happened, as the others do)
    """The engine that runs cells is gone, with those that ran. Finished cells are stored; a new run goes on."""


class FitFailed(AdrbenchError):  # noqa: N818  (says what happened, as the others do)
    """A tagger could not be fitted; nothing was kept. ``status`` is that of a cell: skipped, failed, timeout or oom."""

    def __init__(self, status: str, message: str) -> None:
        self.status = status
        super().__init__(message)


def closest(name: str, valid: Iterable[str]) -> str:
    """The end of an error message: the closest valid name, else all of them.

    >>> closest("crff", ["crf", "dictionary"])
    "did you mean 'crf'?"
    >>> closest("zzz", ["crf", "dictionary"])
    'valid: crf, dictionary'

    Args:
        name: The name that was given.
        valid: The valid names.

    Returns:
        The hint.
    """
    options = sorted(set(valid))
    match = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    if match:
        return f"did you mean {match[0]!r}?"
    return f"valid: {', '.join(options)}" if options else "nothing is valid here"
