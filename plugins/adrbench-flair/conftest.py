"""Where flair is not installed, all but the modules that import it is tested, and the plugin need not be installed."""  # noqa: INP001

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

_SOURCES = Path(__file__).parent / "src"
_WITH_FLAIR = ("embeddings", "tagger", "training")

collect_ignore = [] if find_spec("flair") else [str(_SOURCES / "adrbench_flair" / f"{name}.py") for name in _WITH_FLAIR]
if find_spec("adrbench_flair") is None:
    sys.path.append(str(_SOURCES))
