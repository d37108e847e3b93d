"""Cells that run elsewhere, compared with those of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processes import started_by

from adrbench.results.store import Store

LIMIT = 200
"""Texts of a campaign: it is about where cells run, and a whole corpus would only take longer."""
_FILE = """
[benchmark]
name = "campaign"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = {folds}
[[taggers]]
id = "dictionary"
use = "dictionary"
params = {{ min_precision = 0 }}
[[taggers]]
id = "cased"
use = "dictionary"
params = {{ min_precision = 0, fold_case = false }}
[[taggers]]
id = "exact"
use = "dictionary"
params = {{ min_precision = 0, variants = false }}
[[taggers]]
id = "crf"
use = "crf"
params = {{ clusters = [], max_iterations = 40 }}
"""


def campaign_file(folder: Path, share: float) -> Path:
    """A benchmark of three dictionaries and a CRF: two hundred cells, or a share of them."""
    file = folder / "campaign.toml"
    file.write_text(_FILE.format(folds=max(2, round(50 * share))))
    return file


def answers(results: Path) -> dict[str, Any]:
    """The predictions of all planned cells by key; None for a cell that has not finished."""
    store = Store(results)
    keys = [key for section in store.read_plan().sections for row in section.rows for key in row.cells]
    read = {key: store.read_answers(key) for key in keys}
    return {key: found[1].by_document if found and found[1] is not None else None for key, found in read.items()}


def orphans(name: str) -> list[list[str]]:
    """The command lines of cells that live, and of what looks after them, if ``MARK`` is set to a name for them."""
    commands = [process.cmdline() for process in started_by(name)]
    return [command for command in commands if any("adrbench.running" in part.replace("/", ".") for part in command)]
