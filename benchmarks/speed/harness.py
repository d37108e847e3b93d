"""How much time the harness itself takes: start of the command line, a cell's overhead, a run with nothing left to do.

    python benchmarks/speed/harness.py [BENCHMARK.toml]

Runs the dictionary, whose own work is almost nothing, on a scratch results folder, in real processes. The overhead of a
cell is its wall time, from the start of its process to its outcome, less the fit, predict, import and warm-up that it
metered itself. The exit code is 1 if a bound is missed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from adrbench.results.store import Store

REPEATS = 5
COMMAND = [sys.executable, "-m", "adrbench"]


def seconds(*arguments: str, command: Sequence[str] = COMMAND) -> float:
    """Wall seconds of one command."""
    began = time.perf_counter()
    subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def report(name: str, values: list[float], bound: float) -> bool:
    """A figure as median and range, with what it should stay below; gives whether it does."""
    met = statistics.median(values) < bound
    low, middle, high = min(values), statistics.median(values), max(values)
    verdict = "ok" if met else "TOO SLOW"
    print(f"{name:<44} median {middle:.2f} s ({low:.2f}-{high:.2f}), bound {bound:.2f} s: {verdict}")
    return met


def main(file: str) -> None:
    """Measure and print."""
    imports = [seconds("-c", "import adrbench", command=COMMAND[:1]) for _ in range(REPEATS)]
    met = [
        report("import adrbench", imports, 0.1),
        report("adrbench --help", [seconds("--help") for _ in range(REPEATS)], 0.25),
        report("adrbench plugins", [seconds("plugins") for _ in range(REPEATS)], 1.0),
    ]
    with tempfile.TemporaryDirectory() as scratch:
        run = ("run", file, "--only", "dictionary", "--results", scratch)
        first = seconds(*run)
        store = Store(Path(scratch))
        cells = [cell for key in store.cell_keys() if (cell := store.read_cell(key)) and cell.costs]
        own = ("fit", "predict", "import", "warm_up")
        overhead = [
            (cell.wall_seconds or 0.0) - sum(cell.costs.seconds[phase] for phase in own) for cell in cells if cell.costs
        ]
        met.append(report(f"overhead of a cell ({len(cells)} cells)", overhead, 0.4))
        print(f"{'first run, all in all':<44} {first:.2f} s")
        met.append(report("second run, nothing left to do", [seconds(*run) for _ in range(REPEATS)], 3.0))
    if not all(met):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1] / "ade.toml"))
