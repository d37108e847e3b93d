"""How long the first-party taggers take.

A description can declare this itself. Those of the first-party plugins do not: their sources are part of the keys of
their cells, and a better guess of a time must not make measured figures stale.
"""

from __future__ import annotations

from collections.abc import Mapping

from adrbench.api import ExpectedTime

# From results/ade, results/peers and results/diseases, measured on two cores of an AMD EPYC without a GPU.
_TIMES: Mapping[str, ExpectedTime] = {
    "bilstm-crf": ExpectedTime(fit=1.2, predict=0.035, start=4.0),
    "crf": ExpectedTime(fit=0.27, predict=0.075, start=3.0, unlabelled=0.01),
    "dictionary": ExpectedTime(fit=0.001, predict=0.002, start=0.6),
    "flair": ExpectedTime(fit=4.4, predict=0.12, start=9.0, holds={"characters": 0}),
    "spacy": ExpectedTime(fit=2.1, predict=0.12, start=4.0),
    "transformer": ExpectedTime(fit=4.9, predict=0.4, start=4.5, holds={"model": "minilm"}),
}


def first_party_time(name: str) -> ExpectedTime | None:
    """Look up the time that a first-party tagger takes.

    Args:
        name: The name of the tagger.

    Returns:
        Its time; None if it is not known.
    """
    return _TIMES.get(name)
