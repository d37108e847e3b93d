"""Who may import whom: the contracts in pyproject.toml hold, and each of them can fail.

Imports within functions and under ``TYPE_CHECKING`` count: a type that a module names is something that it knows.
"""

from __future__ import annotations

import os
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


@pytest.mark.parametrize(
    ("files", "contract", "reported"),
    [
        pytest.param(
            {"src/adrbench/api/planted.py": "import adrbench.datasets\n"},
            ORDER,
            "adrbench.api.planted -> adrbench.datasets",
            id="a room above",
        ),
        pytest.param(
            {"src/adrbench/results/planted.py": "def late() -> None:\n    from adrbench.running import run\n"},
            ORDER,
            "adrbench.results.planted -> adrbench.running.run",
            id="a room above, within a function",
        ),
        pytest.param(
            {
                "src/adrbench/config/planted.py": (
                    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import adrbench.results\n"
                )
            },
            ORDER,
            "adrbench.config.planted -> adrbench.results",
            id="a room above, for a type",
        ),
        pytest.param(
            {"src/adrbench/running/planted.py": "import adrbench.reporting\n"},
            ORDER,
            "adrbench.running.planted -> adrbench.reporting",
            id="running imports reporting",
        ),
        pytest.param(
            {"src/adrbench/reporting/planted.py": "import adrbench.running\n"},
            ORDER,
            "adrbench.reporting.planted -> adrbench.running",
            id="reporting imports running",
        ),
        pytest.param(
            {"src/adrbench/calls/planted.py": "import adrbench.cli\n"},
            ORDER,
            "adrbench.calls.planted -> adrbench.cli",
            id="calls import commands",
        ),
        pytest.param(
            {"src/adrbench/planted/__init__.py": ""},
            ORDER,
            "- adrbench.planted",
            id="a room that the order does not name",
        ),
        pytest.param(
            {
                "src/adrbench/scoring/planted.py": "import adrbench.scoring.planted_too\n",
                "src/adrbench/scoring/planted_too.py": "def late() -> None:\n    import adrbench.scoring.planted\n",
            },
            CYCLES,
            "No cycles are allowed in adrbench.scoring",
            id="a cycle of modules",
        ),
        pytest.param(
            {
                "src/adrbench/scoring/first/__init__.py": "",
                "src/adrbench/scoring/first/one.py": "import adrbench.scoring.second.two\n",
                "src/adrbench/scoring/first/two.py": "",
                "src/adrbench/scoring/second/__init__.py": "",
                "src/adrbench/scoring/second/one.py": "import adrbench.scoring.first.two\n",
                "src/adrbench/scoring/second/two.py": "",
            },
            CYCLES,
            "No cycles are allowed in adrbench.scoring",
            id="a cycle of folders",
        ),
        pytest.param(
            {
                "src/adrbench/running/_planted.py": "",
                "src/adrbench/cli/planted.py": "from adrbench.running import _planted\n",
            },
            PRIVATE,
            "adrbench.cli.planted -> adrbench.running._planted",
            id="a private module",
        ),
        pytest.param(
            {
                "src/adrbench/running/_planted/__init__.py": "",
                "src/adrbench/running/_planted/public.py": "",
                "src/adrbench/cli/planted.py": "import adrbench.running._planted.public\n",
            },
            PRIVATE,
            "adrbench.cli.planted -> adrbench.running._planted.public",
            id="a module of a private folder",
        ),
        pytest.param(
            {"src/adrbench/cli/planted.py": "from adrbench import run\n"},
            "Nothing in adrbench imports the public names",
            "adrbench.cli.planted -> adrbench ",
            id="the public names",
        ),
        pytest.param(
            {"plugins/adrbench-crf/src/adrbench_crf/planted.py": "from adrbench.plugins import registry\n"},
            "Taggers import only adrbench.api",
            "adrbench_crf.planted -> adrbench.plugins.registry",
            id="a tagger imports more than the api",
        ),
        pytest.param(
            {"plugins/adrbench-crf/src/adrbench_crf/planted.py": "from adrbench.api.text import Span\n"},
            "Taggers import only adrbench.api",
            "adrbench_crf.planted -> adrbench.api.text",
            id="a tagger reaches into the api",
        ),
        pytest.param(
            {"plugins/adrbench-biomed/src/adrbench_biomed/planted.py": "from adrbench.datasets.files import unpack\n"},
            "Corpora import only adrbench.api and adrbench.datasets",
            "adrbench_biomed.planted -> adrbench.datasets.files",
            id="a corpus reaches into the datasets",
        ),
    ],
)
def test_a_contract_can_fail(tree: Path, tmp_path: Path, files: dict[str, str], contract: str, reported: str) -> None:
    """Each kind of forbidden import is reported, by the contract that forbids it, with its importer."""
    shutil.copytree(tree, tmp_path / "tree")
    for name, source in files.items():
        file = tmp_path / "tree" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(source)
    code, output = _check(tmp_path / "tree")
    assert code == 1, output
    assert [line for line in output.splitlines() if line.startswith(contract) and "BROKEN" in line], output
    assert reported in output
