"""Which machines are of one class, so that times taken on them may be put together."""

from __future__ import annotations

from collections.abc import Iterable

from adrbench._system.machine import describe
from adrbench.results.schema import Machine

GO_ON = "go on without --same-machine, or measure the row anew in another folder (--results)"
"""What mends a row that would mix kinds of machine."""
# Two machines of 16 GiB may differ by what firmware keeps: 15.49 and 15.51 GiB are rounded to 15 and 16.
_ROUNDING_GIB = 1


def same_class(one: Machine, other: Machine) -> bool:
    """Compare two machines.

    Args:
        one: A machine.
        other: Another one.

    Returns:
        True if processor, cores, GPUs and system are equal, and sizes of memory differ by no more than a rounding.
    """
    return len(set(classes((one, other)).values())) == 1


def classes(machines: Iterable[Machine]) -> dict[str, str]:
    """Sort machines into classes.

    Args:
        machines: The machines, each as often as you like.

    Returns:
        For the id of each machine, the id that stands for its class: that of the machine with the least memory.
    """
    stands_for: dict[str, str] = {}
    first: dict[object, Machine] = {}
    for machine in sorted({one.id: one for one in machines}.values(), key=lambda one: (one.memory_gib or 0, one.id)):
        facts = (machine.processor, machine.cores, machine.threads, machine.gpus, machine.system)
        known = first.get(facts)
        if known is None or not _is_rounding(known.memory_gib, machine.memory_gib):
            first[facts] = known = machine
        stands_for[machine.id] = known.id
    return stands_for


def named(machine: Machine) -> str:
    """Name a machine with its facts, for a message.

    Args:
        machine: The machine.

    Returns:
        A few words.
    """
    return f"machine {machine.id} ({describe(vars(machine))})"


def _is_rounding(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _ROUNDING_GIB
