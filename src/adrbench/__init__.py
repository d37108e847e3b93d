"""adrbench: which kind of NER method should I use on this text, and what will it cost me?

``run`` and ``leaderboard`` do what the commands of the same names do, ``Results`` opens a results folder, ``evaluate``
judges spans, ``tagger`` gives a method for use outside the harness; ``adrbench.api`` is what a plugin imports.
Importing this package is cheap: a name's module is imported when the name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from adrbench._system.version import __version__

if TYPE_CHECKING:
    from adrbench.calls.decision import audit, compare, forecast, gate, leaderboard, recommend
    from adrbench.calls.estimators import evaluate, load, tagger
    from adrbench.calls.keeping import merge, migrate, site, verify
    from adrbench.calls.measurement import benchmarks, expected_requests, init, run, validate
    from adrbench.calls.plugins import check, new
    from adrbench.calls.taggers import fit, pretrain, tag
    from adrbench.reporting.notebook import Results

__all__ = [
    "Results",
    "__version__",
    "audit",
    "benchmarks",
    "check",
    "compare",
    "evaluate",
    "expected_requests",
    "fit",
    "forecast",
    "gate",
    "init",
    "leaderboard",
    "load",
    "merge",
    "migrate",
    "new",
    "pretrain",
    "recommend",
    "run",
    "site",
    "tag",
    "tagger",
    "validate",
    "verify",
]

# Type checkers know the names above; they are not to believe in any other.
if not TYPE_CHECKING:
    _MODULES = {
        "calls.decision": "audit compare forecast gate leaderboard recommend",
        "calls.estimators": "evaluate load tagger",
        "calls.keeping": "merge migrate site verify",
        "calls.measurement": "benchmarks expected_requests init run validate",
        "calls.plugins": "check new",
        "calls.taggers": "fit pretrain tag",
        "reporting.notebook": "Results",
    }

    def __getattr__(name: str) -> Any:
        """Import the module of a public name when the name is first used."""
        for module, names in _MODULES.items():
            if name in names.split():
                return getattr(importlib.import_module(f"{__name__}.{module}"), name)
        from adrbench.errors import closest  # noqa: PLC0415  (a mistake only)

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; {closest(name, __all__)}")

    def __dir__() -> list[str]:
        """The names that are imported, and those that wait."""
        return sorted({*globals(), *__all__})
