"""The process in which a plugin is tried: ``python -P -m adrbench.testing._probe FOLDER``.

The folder holds ``request.json``; every event is a line of ``events.jsonl``: a check begins, a step of it begins, a
check has ended. The plugin may crash or hang: the events show where.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adrbench.testing._datasets import DATASET, DatasetBench
from adrbench.testing._evaluators import EVALUATOR, EvaluatorBench
from adrbench.testing._tagger_bench import TaggerBench
from adrbench.testing._taggers import TAGGER
from adrbench.testing._verdict import Failure, Probes, Skip

PROBES: dict[str, Probes[Any]] = {"tagger": TAGGER, "dataset": DATASET, "evaluator": EVALUATOR}


def main(folder: Path) -> None:
    """Make the checks of the request, one after the other."""
    _die_with_parent()
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    events = folder / "events.jsonl"

    def tell(**event: str) -> None:
        with events.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    bench: Any = None
    for name in request["checks"]:
        tell(event="begun", check=name)
        status, detail = "passed", ""
        try:
            if bench is None:
                bench = _bench(request, folder, lambda: tell(event="step"))
            detail = PROBES[request["kind"]].all[name].make(bench) or ""
        except Failure as failure:
            status, detail = "failed", str(failure)
        except Skip as skip:
            status, detail = "skipped", str(skip)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (any error is a finding)
            status, detail = "failed", _told(error)
        tell(event="ended", check=name, status=status, detail=detail)


def _bench(request: dict[str, Any], folder: Path, step: Callable[[], None]) -> Any:
    name, values = request["name"], request["params"]
    path = Path(request["path"]) if request["path"] is not None else None
    match request["kind"]:
        case "tagger":
            responses = request["responses"]
            return TaggerBench(name, values, folder, step, Path(responses) if responses is not None else None)
        case "dataset":
            return DatasetBench(name, values, path, folder, step)
        case _:
            return EvaluatorBench(name, step)


def _told(error: BaseException) -> str:
    """What was raised, and the last place of the plugin's own at which it was."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" ({Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno})" if place is not None else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}{where}"


def _die_with_parent() -> None:
    """End when whoever started this process is gone: its end of standard input closes."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
