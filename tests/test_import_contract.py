"""Who may import whom: the contracts in pyproject.toml hold, and each of them can fail.

Imports within functions and under ``TYPE_CHECKING`` count: a type that a module names is something that it knows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(ROOT.glob("plugins/*/src"))
ORDER = "A room imports only the rooms below it"
PRIVATE = "A module whose name begins with _"
CYCLES = "No cycles"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all sources, and of the contracts."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for source in [ROOT / "src", *SOURCES]:
        shutil.copytree(source, tree / source.relative_to(ROOT), ignore=shutil.ignore_patterns("*.egg-info"))
    return tree


def _check(tree: Path) -> tuple[int, str]:
    """Check the contracts on ``tree``: the exit code, and what is printed."""
    sources = [tree / "src", *sorted(tree.glob("plugins/*/src"))]
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources)), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    return process.returncode, process.stdout + process.stderr


def test_the_contracts_hold(tree: Path) -> None:
    """No module imports what it may not."""
    code, output = _check(tree)
    assert code == 0, output


def test_every_distribution_has_a_contract() -> None:
    """A plugin's package that is added under plugins/ cannot be forgotten in the contracts."""
    packages = {source.name for folder in SOURCES for source in folder.iterdir() if (source / "__init__.py").is_file()}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    limited = {name for contract in settings["contracts"] for name in contract.get("source_modules", ())}
    assert packages == set(settings["root_packages"]) - {"adrbench"}
    assert packages <= limited


# Each breach is of modules of its own, so that one check of a copy that has them all tells them apart.
BREACHES: dict[str, tuple[dict[str, str], str, str]] = {
    "a room above": (
        {"src/adrbench/api/planted.py": "import adrbench.datasets\n"},
        ORDER,
        "adrbench.api.planted -> adrbench.datasets",
    ),
    "a room above, within a function": (
        {"src/adrbench/results/planted.py": "def late() -> None:\n    from adrbench.running import run\n"},
        ORDER,
        "adrbench.results.planted -> adrbench.running.run",
    ),
    "a room above, for a type": (
        {
            "src/adrbench/config/planted.py": (
                "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import adrbench.results\n"
            )
        },
        ORDER,
        "adrbench.config.planted -> adrbench.results",
    ),
    "running imports reporting": (
        {"src/adrbench/running/planted.py": "import adrbench.reporting\n"},
        ORDER,
        "adrbench.running.planted -> adrbench.reporting",
    ),
    "reporting imports running": (
        {"src/adrbench/reporting/planted.py": "import adrbench.running\n"},
        ORDER,
        "adrbench.reporting.planted -> adrbench.running",
    ),
    "calls import commands": (
        {"src/adrbench/calls/planted.py": "import adrbench.cli\n"},
        ORDER,
        "adrbench.calls.planted -> adrbench.cli",
    ),
    "a room that the order does not name": ({"src/adrbench/planted/__init__.py": ""}, ORDER, "- adrbench.planted"),
    "a cycle of modules": (
        {
            "src/adrbench/scoring/planted.py": "import adrbench.scoring.planted_too\n",
            "src/adrbench/scoring/planted_too.py": "def late() -> None:\n    import adrbench.scoring.planted\n",
        },
        CYCLES,
        "No cycles are allowed in adrbench.scoring.",
    ),
    "a cycle of folders": (
        {
            "src/adrbench/datasets/first/__init__.py": "",
            "src/adrbench/datasets/first/one.py": "import adrbench.datasets.second.two\n",
            "src/adrbench/datasets/first/two.py": "",
            "src/adrbench/datasets/second/__init__.py": "",
            "src/adrbench/datasets/second/one.py": "import adrbench.datasets.first.two\n",
            "src/adrbench/datasets/second/two.py": "",
        },
        CYCLES,
        "No cycles are allowed in adrbench.datasets.",
    ),
    "a private module": (
        {
            "src/adrbench/running/_planted.py": "",
            "src/adrbench/cli/planted.py": "from adrbench.running import _planted\n",
        },
        PRIVATE,
        "adrbench.cli.planted -> adrbench.running._planted",
    ),
    "a module of a private folder": (
        {
            "src/adrbench/running/_planted_too/__init__.py": "",
            "src/adrbench/running/_planted_too/public.py": "",
            "src/adrbench/cli/planted_too.py": "import adrbench.running._planted_too.public\n",
        },
        PRIVATE,
        "adrbench.cli.planted_too -> adrbench.running._planted_too.public",
    ),
    "the public names": (
        {"src/adrbench/cli/planted_names.py": "from adrbench import run\n"},
        "Nothing in adrbench imports the public names",
        "adrbench.cli.planted_names -> adrbench ",
    ),
    "a tagger imports more than the api": (
        {"plugins/adrbench-crf/src/adrbench_crf/planted.py": "from adrbench.plugins import registry\n"},
        "Taggers import only adrbench.api",
        "adrbench_crf.planted -> adrbench.plugins.registry",
    ),
    "a tagger reaches into the api": (
        {"plugins/adrbench-crf/src/adrbench_crf/planted_too.py": "from adrbench.api.text import Span\n"},
        "Taggers import only adrbench.api",
        "adrbench_crf.planted_too -> adrbench.api.text",
    ),
    "a corpus reaches into the datasets": (
        {"plugins/adrbench-biomed/src/adrbench_biomed/planted.py": "from adrbench.datasets.files import unpack\n"},
        "Corpora import only adrbench.api and adrbench.datasets",
        "adrbench_biomed.planted -> adrbench.datasets.files",
    ),
}


@pytest.fixture(scope="module")
def broken(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a copy with every breach: a check reads all modules, which takes seconds."""
    copy = Path(shutil.copytree(tree, tmp_path_factory.mktemp("broken") / "tree"))
    for files, _, _ in BREACHES.values():
        for name, source in files.items():
            file = copy / name
            assert not file.exists(), "a breach of its own"
            file.parent.mkdir(exist_ok=True)
            file.write_text(source)
    code, output = _check(copy)
    assert code == 1, output
    return output


@pytest.mark.parametrize("breach", BREACHES)
def test_a_contract_can_fail(broken: str, breach: str) -> None:
    """Each kind of forbidden import is reported, by the contract that forbids it, with its importer."""
    _, contract, reported = BREACHES[breach]
    result, _, details = broken.partition("\nBroken contracts\n")
    assert [line for line in result.splitlines() if line.startswith(contract) and "BROKEN" in line], broken
    # What is said below the name of a contract, to that of the next one that is broken.
    [said] = re.findall(
        rf"^{re.escape(contract)}[^\n]*\n-+\n(.*?)(?=^[^\n]+\n-{{9,}}\n|\Z)", details, re.MULTILINE | re.DOTALL
    )
    assert reported in said, broken
