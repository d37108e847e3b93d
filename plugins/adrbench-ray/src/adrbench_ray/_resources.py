"""What the nodes of a cluster have, and what no node has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from adrbench.api import Resources

# What Ray counts beside a cluster's own resources.
_OWN = ("CPU", "GPU", "memory", "object_store_memory")


@dataclass(frozen=True)
class Node:
    """A node, with all that it has when it is idle.

    Attributes:
        name: Its host name and the start of its id.
        cpus: Processors.
        gpus: GPUs.
        memory: Bytes.
        custom: Amounts of the cluster's own resources.
    """

    name: str
    cpus: float
    gpus: float
    memory: float
    custom: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Read what Ray says of a node.

        Args:
            facts: An item of ``ray.nodes()``.

        Returns:
            The node.
        """
        has: Mapping[str, float] = facts["Resources"]
        custom = {name: amount for name, amount in has.items() if name not in _OWN and ":" not in name}
        name = f"{facts['NodeManagerHostname']} ({facts['NodeID'][:8]})"
        return cls(name, has.get("CPU", 0.0), has.get("GPU", 0.0), has.get("memory", 0.0), custom)


def unmet(asked: Resources, nodes: Sequence[Node]) -> str | None:
    """Say why no node can ever meet a request.

    Args:
        asked: The request.
        nodes: The nodes.

    Returns:
        The reason; None if a node can meet it.
    """
    if any(not list(_lacking(asked, [node])) for node in nodes):
        return None
    alone = list(_lacking(asked, nodes))
    if alone:
        return "; ".join(alone)
    return f"no node has all of it at once: {', '.join(_words(asked))}"


def _lacking(asked: Resources, nodes: Sequence[Node]) -> Iterator[str]:
    """Each resource of which no node has enough."""
    for wanted, most, unit in (
        (asked.cpus, max((node.cpus for node in nodes), default=0), "processors"),
        (asked.gpus, max((node.gpus for node in nodes), default=0), "GPUs"),
        (asked.memory or 0, max((node.memory for node in nodes), default=0), "bytes"),
        *(
            (amount, max((node.custom.get(name, 0) for node in nodes), default=0), name)
            for name, amount in asked.custom.items()
        ),
    ):
        if wanted > most:
            yield f"no node has {_amount(wanted, unit)}; the most is {_amount(most, unit)}"


def _words(asked: Resources) -> Iterator[str]:
    yield _amount(asked.cpus, "processors")
    if asked.gpus:
        yield _amount(asked.gpus, "GPUs")
    if asked.memory:
        yield _amount(asked.memory, "bytes")
    yield from (_amount(amount, name) for name, amount in asked.custom.items())


def _amount(amount: float, unit: str) -> str:
    if unit == "bytes":
        return f"{amount / 2**20:,.0f} MiB of memory"
    if unit in {"processors", "GPUs"} and amount == 1:
        unit = unit.removesuffix("s")
    return f"{amount:g} {unit}"
