"""The machine that a figure is measured on."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# Values of CUDA_VISIBLE_DEVICES that hide every GPU.
_HIDDEN = frozenset({"", "-1"})


def gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs that can be used, found without loading torch.

    Returns:
        Their names.
    """
    try:
        import pynvml  # noqa: PLC0415  (optional in effect: fails without a driver)

        return tuple(str(pynvml.nvmlDeviceGetName(card)) for card in cards())
    except Exception:  # noqa: BLE001  (no driver, no library: no GPU)
        return ()


def cards() -> tuple[Any, ...]:
    """The GPUs in NVIDIA's library.

    Returns:
        The handles of ``gpus()``.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in _HIDDEN:
        return ()
    try:
        import pynvml  # noqa: PLC0415  (optional in effect: fails without a driver)

        pynvml.nvmlInit()
        found = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        # NVML shows all cards, whatever CUDA is told to use.
        return tuple(found if visible is None else _chosen(visible, found, pynvml))
    except Exception:  # noqa: BLE001  (no driver, no library: no GPU)
        return ()


def gpu_advice() -> str:
    """What mends that no GPU is found, where it may be the missing library.

    Returns:
        The end of a message, which begins with a semicolon; empty if the library is there, if
        ``CUDA_VISIBLE_DEVICES`` hides every GPU, or on macOS, which has no CUDA.
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in _HIDDEN
    if hidden or sys.platform == "darwin" or importlib.util.find_spec("pynvml") is not None:
        return ""
    return "; the library that finds GPUs is not installed: pip install 'adrbench[gpu]'"


def gpu_ids() -> tuple[str, ...]:
    """The GPUs as ``CUDA_VISIBLE_DEVICES`` names them.

    Returns:
        A value for each of ``gpus()``.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    entries = [str(i) for i in range(len(gpus()))] if visible is None else visible.split(",")
    return tuple(entry.strip() for entry in entries[: len(gpus())])


def _chosen(visible: str, cards: Sequence[Any], pynvml: Any) -> Iterator[Any]:
    """The cards that CUDA uses, by number or UUID (of a card or MIG part). An invalid entry ends the list."""
    for entry in map(str.strip, visible.split(",")):
        if entry.isdecimal() and int(entry) < len(cards):
            yield cards[int(entry)]
        elif entry.startswith("MIG-"):
            yield pynvml.nvmlDeviceGetHandleByUUID(entry)
        elif named := [c for c in cards if entry.startswith("GPU-") and pynvml.nvmlDeviceGetUUID(c).startswith(entry)]:
            yield named[0]
        else:
            return


def usable_cores() -> int:
    """The processors that this process may use.

    Returns:
        Their number; where the system does not say (macOS), that of the machine.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor_name(cpuinfo: str) -> str:
    """Name the processor that ``/proc/cpuinfo`` describes.

    A virtual machine may hide the model, as in "AMD EPYC". Then family and model are told, since libraries choose their
    kernels by them: times and the last digits of figures depend on them.

    Args:
        cpuinfo: The text of the file.

    Returns:
        The name; empty if there is none.
    """
    facts: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name", "")
    if not name or _numbered(name) or not {"cpu family", "model"} <= facts.keys():
        return name
    return f"{name} (family {facts['cpu family']}, model {facts['model']})"


def _numbered(name: str) -> bool:
    """Whether a processor's name has the number of its model; 2.60GHz is none."""
    return re.search(r"\d\w*\d", re.sub(r"\d+\.\d\S*", "", name)) is not None


def _processor() -> str:
    with suppress(OSError):
        if name := processor_name(Path("/proc/cpuinfo").read_text(encoding="utf-8")):
            return name
    return platform.processor() or platform.machine()


def fingerprint() -> dict[str, Any]:
    """Facts about this machine.

    Returns:
        ``processor``, ``cores``, ``threads``, ``memory_gib`` (GiB), ``gpus``, ``system``, and an ``id`` of 8
        hexadecimal digits, which machines share if all other facts are equal.
    """
    import psutil  # noqa: PLC0415  (a leaderboard describes machines that were measured before)

    facts: dict[str, Any] = {
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=False) or os.cpu_count(),
        "threads": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "gpus": list(gpus()),
        "system": f"{platform.system()} {platform.machine()}",
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return {**facts, "id": digest[:8]}


def describe(facts: dict[str, Any]) -> str:
    """Describe a machine in one line.

    Args:
        facts: The facts of ``fingerprint``.

    Returns:
        The line.
    """
    gpu = ", ".join(facts["gpus"]) or "no GPU"
    return f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {gpu}, {facts['system']}"
