"""The tutorial, followed to the letter."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from adrbench.plugins.registry import Registry
from adrbench.plugins.scaffold import create

Run = Callable[..., str]
_BLOCK = re.compile(r"^```(\w+)(?: (>>?) (\S+))?\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def tutorial() -> str:
    """The tutorial's part of the document."""
    text = (Path(__file__).parents[3] / "docs" / "plugins.md").read_text(encoding="utf-8")
    return text[text.index("## A tagger in ten minutes") : text.index("## Reference")]


def as_script(text: str) -> str:
    """All that a reader types: commands as they stand, and files as their blocks' headings say."""
    script = ""
    for _language, redirection, file, content in _BLOCK.findall(text):
        # What is added to a file stands apart from what is there.
        apart = "\n\n" if redirection == ">>" else ""
        script += f"cat {redirection} {file} <<'END'\n{apart}{content}END\n" if file else content
    return script


@pytest.mark.slow  # an environment is made
def test_a_tagger_is_made_proved_measured_and_removed(run_apart: Run) -> None:
    """Every command of the tutorial succeeds, the figures are those that it names, and nothing is left behind."""
    text = tutorial()
    before = run_apart("adrbench plugins")
    printed = run_apart(as_script(text))
    [generated] = re.findall(r"reaches an F1 of (\d+\.\d)", text)
    [words] = re.findall(r"`words` stays at (\d+\.\d)", text)
    [endings] = re.findall(r"`endings` reaches (\d+\.\d)", text)
    rows = re.findall(r"^(words|endings) +\S+ +\S+ +(\d+\.\d) +±", printed, flags=re.MULTILINE)
    # The generated tagger's row, then those of the run and, the plugin gone, of the leaderboard, best first.
    assert rows == [("endings", generated), *(("endings", endings), ("words", words)) * 2]
    assert run_apart("adrbench plugins") == before


def test_the_tutorial_asks_for_thirty_lines(tmp_path: Path) -> None:
    """What its tagger adds to the generated one is at most thirty lines."""
    create("tagger", "endings", Registry(), tmp_path / "endings")
    added = 0
    for language, redirection, file, content in _BLOCK.findall(tutorial()):
        if language == "python" and redirection == ">":
            generated = (tmp_path / "endings" / file).read_text().splitlines()
            lines = difflib.ndiff(generated, content.splitlines())
            added += sum(line.startswith("+ ") and bool(line[2:].strip()) for line in lines)
    assert 0 < added <= 30
