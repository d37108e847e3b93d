"""First-party plugins by their distributions: what to install for a name that is not installed."""

from __future__ import annotations

from collections.abc import Mapping

# A test holds this to the entry points of the distributions.
_PLUGINS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "taggers": {
        "adrbench-bilstm-crf": ("bilstm-crf",),
        "adrbench-crf": ("crf",),
        "adrbench-dictionary": ("dictionary",),
        "adrbench-ensemble": ("ensemble",),
        "adrbench-flair": ("flair",),
        "adrbench-gliner": ("gliner",),
        "adrbench-llm": ("llm",),
        "adrbench-spacy": ("spacy",),
        "adrbench-transformer": ("transformer",),
    },
    "datasets": {
        "adrbench-biomed": (
            "ade",
            "bc2gm",
            "bc4chemd",
            "bc5cdr-chemical",
            "bc5cdr-disease",
            "cadec",
            "europepmc",
            "i2b2",
            "i2b2-2010",
            "jnlpba",
            "linnaeus",
            "ncbi-disease",
            "psytar",
            "s800",
            "tac-spl",
            "tac2017",
        ),
    },
    "executors": {
        "adrbench-ray": ("ray",),
        "adrbench-slurm": ("slurm",),
    },
}


def first_party(group: str) -> dict[str, str]:
    """The first-party plugins of a group outside of adrbench itself.

    Args:
        group: ``taggers``, ``datasets``, ``evaluators`` or ``executors``.

    Returns:
        The distribution of each plugin, by the plugin's name.
    """
    return {name: distribution for distribution, names in _PLUGINS.get(group, {}).items() for name in names}
