"""What runs on GitHub and in pre-commit calls commands, inputs and files that there are."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from adrbench.cli import main

ROOT = Path(__file__).parents[1]
FILES = [*ROOT.glob(".github/workflows/*.yml"), ROOT / "action.yml", *ROOT.glob(".pre-commit-*.yaml")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_commands_and_options_exist(file: Path) -> None:
    """Each ``adrbench COMMAND --option`` that a step runs, and each script of the project."""
    text = file.read_text()
    for line in re.findall(r"(?:run: |entry: |^ +)adrbench ([a-z].*)", text, re.MULTILINE):
        name, *options = line.split()
        command = main.get_command(click.Context(main), name)
        assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        assert {option for option in options if option.startswith("--")} <= known, line
    for script in re.findall(r"(?<=python )tools/\S+|(?<=run: )\.ci/\S+", text):
        assert (ROOT / script).is_file(), script


def test_the_action_uses_its_inputs_and_no_other() -> None:
    """An input that no step reads would be ignored silently."""
    text = (ROOT / "action.yml").read_text()
    declared = re.findall(r"^  ([a-z-]+):$", text[text.index("inputs:") : text.index("outputs:")], re.MULTILINE)
    assert set(declared) == set(re.findall(r"inputs\.([a-z-]+)", text))
    # In a script they would be code; there they come as variables.
    scripts = re.findall(r"run: (?:\|\n)?((?:.+\n(?: {8}.*\n)*))", text)
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_a_failed_cell_skips_neither_gate_nor_report() -> None:
    """``adrbench run`` ends with 3 then: the steps after it run, and none of them takes the failure back."""
    text = (ROOT / "action.yml").read_text()
    steps = {step.split("\n", 1)[0]: step for step in re.split(r"^    - name: ", text, flags=re.MULTILINE)[1:]}
    names = list(steps)
    later = names[names.index("Run the benchmark") + 1 :]
    assert later == ["Compare with the baseline", "Make the report", "Keep the results"]
    for name in later:
        [condition] = re.findall(r"^      if: \$\{\{ (.*) \}\}$", steps[name], re.MULTILINE)
        assert condition.startswith("!cancelled()"), name
    # Where nothing was installed there is nothing to compare.
    assert "id: run" in steps["Run the benchmark"]
    assert "steps.run.outcome != 'skipped'" in steps["Compare with the baseline"]
    assert "continue-on-error" not in text


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("benchmarks/ade.toml", True),
        ("benchmarks/speed/one.toml", True),
        ("benchmark.toml", True),
        ("experiments/2026/benchmark.toml", True),
        ("pyproject.toml", False),
        ("src/benchmarks/pyproject.toml", False),
        ("my-benchmark.toml", False),
    ],
)
def test_the_hook_reads_benchmark_files_and_no_other(path: str, matches: bool) -> None:
    """Any other TOML file of a project would be told to be a wrong benchmark."""
    [pattern] = re.findall(r"^  files: (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
    assert bool(re.search(pattern, path)) == matches
