"""``adrbench pretrain``, as a user sees it, with a tagger whose pre-training counts the texts."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adrbench.cli.pretrain import pretrain
from adrbench.errors import InputError

SOURCE = """
from dataclasses import dataclass
from adrbench.api import Pretraining, TaggerPlugin

@dataclass(frozen=True)
class Params:
    model: str = "tiny"

    def __post_init__(self):
        if self.model != "tiny":
            raise ValueError("no model but tiny")

@dataclass(frozen=True)
class How:
    steps: int | None = None
    epochs: int | None = None
    learning_rate: float = 0.1
    mask: float = 0.15

def pretrain(params, how, texts, folder, context):
    found = texts.read_text().splitlines()
    if how.learning_rate > 1:
        raise FloatingPointError(f"learning_rate = {how.learning_rate} is too high")
    context.progress(1, 1, "loss 1.00")
    (folder / "texts").write_text("\\n".join(found))
    return {"steps": how.steps or 1, "sentences": len(found), "loss": [[1, 2.0], [2, 1.0]]}

plugin = TaggerPlugin("primed", "p", "1", Params, "cli_primed:Tagger", pretraining=Pretraining(How, "cli_primed:pretrain"))
"""  # noqa: E501
Call = Callable[..., Result]


@pytest.fixture
def call(install: Any, tmp_path: Path) -> Call:
    """Call ``adrbench pretrain tiny --tagger primed`` on a text file, with further words."""
    install("adrbench-cli-primed", "cli_primed", SOURCE, "[adrbench.taggers]\nprimed = cli_primed:plugin\n")
    (tmp_path / "t.txt").write_text("one text\nanother text\na third one\n")

    def run(*words: object, model: str = "tiny", text: str = "t.txt") -> Result:
        source = text if text[0] == "~" else tmp_path / text
        command = [model, "--tagger", "primed", "--text", source, "--out", tmp_path / "out", *words]
        return CliRunner().invoke(pretrain, [str(word) for word in command])

    return run


def test_a_checkpoint_is_made_and_found_again(call: Call, tmp_path: Path) -> None:
    """The folder holds what was made of a sample; the same command again does nothing more and says the same."""
    first = call("--sentences", 2, "--steps", 7, "--without", "adr-mini")
    assert first.exit_code == 0, first.output
    assert "texts to pretrain on: 2" in first.output
    assert "7 steps on 2 texts" in first.output
    made = [json.loads(line)["text"] for line in (tmp_path / "out" / "texts").read_text().splitlines()]
    assert len(made) == 2
    again = call("--sentences", 2, "--steps", 7, "--without", "adr-mini")
    assert again.exit_code == 0
    assert "7 steps on 2 texts" in again.output
    other = call("--sentences", 2, "--steps", 8)
    assert isinstance(other.exception, InputError)
    assert "checkpoint of other settings" in str(other.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--learning-rate", "2"], r"learning_rate = 2\.0 is too high"),
        (["--param", "maks=0.2"], "maks: unknown name; did you mean 'mask'"),
        (["--param", "steps=2", "--steps", "3"], "say the same"),
        (["--without", "adr-mimi"], "did you mean 'adr-mini'"),
        (["--without", "jsonl"], "a format, not a corpus"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_left(words: list[str], told: str, call: Call, tmp_path: Path) -> None:
    """Each mistake is an input error that names it, and no folder is made."""
    result = call(*words)
    assert isinstance(result.exception, InputError), result.output
    assert re.search(told, str(result.exception))
    assert not (tmp_path / "out").exists()


def test_unknown_models_and_missing_text_are_told(call: Call) -> None:
    """A model that is none and a text that is not there are input errors."""
    for words, told in (({"model": "tyni"}, "no model but tiny"), ({"text": "u.txt"}, "no such file")):
        result = call(**words)
        assert isinstance(result.exception, InputError)
        assert told in str(result.exception)


def test_words_are_for_taggers_that_learn_from_them(call: Call, install: Any, tmp_path: Path) -> None:
    """Such a tagger gets them split as asked; a tagger that splits texts itself refuses the option, and so do typos."""
    source = SOURCE.replace('"cli_primed:pretrain")', '"cli_worded:pretrain", parameter="vectors", words=True)')
    source = source.replace('model: str = "tiny"', 'vectors: str = "tiny"').replace("self.model", "self.vectors")
    source = source.replace('"primed"', '"worded"').replace("cli_primed", "cli_worded")
    install("adrbench-cli-worded", "cli_worded", source, "[adrbench.taggers]\nworded = cli_worded:plugin\n")
    (tmp_path / "t.txt").write_text("a drug-induced rash\n")
    refused = call("--words", "nltk")
    assert isinstance(refused.exception, InputError)
    assert "primed splits texts itself" in str(refused.exception)
    typo = call("--tagger", "worded", "--words", "nltkk")
    assert isinstance(typo.exception, InputError)
    assert "did you mean 'nltk'" in str(typo.exception)
    done = call("--tagger", "worded", "--words", "nltk")
    assert done.exit_code == 0, done.output
    assert 'params = { vectors = "' in done.output
    assert json.loads((tmp_path / "out" / "texts").read_text()) == {"words": ["a", "drug-induced", "rash"]}


def test_without_a_tagger_only_those_with_a_model_come_into_question(call: Call, tmp_path: Path) -> None:
    """The crf and the bilstm-crf learn vectors, so that a model's name alone does not mean them."""
    assert call().exit_code == 0
    result = CliRunner().invoke(pretrain, ["tiny", "--text", str(tmp_path / "t.txt"), "--out", str(tmp_path / "other")])
    assert str(result.exception) == "tagger: primed, transformer: say which one"


def test_a_home_folder_that_nobody_has_is_told(call: Call) -> None:
    """Of the model or of the text."""
    for words in ({"model": "~nobody-here/x"}, {"text": "~nobody-here/x"}):
        result = call(**words)
        assert isinstance(result.exception, InputError), result.output
        assert "'~nobody-here/x': nobody here has this home folder" in str(result.exception)


def test_where_the_system_does_not_say_which_cores_are_ours(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: the tagger may use those of the machine."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    result = call()
    assert result.exit_code == 0, result.output


def test_nothing_is_left_in_the_folder_for_temporary_files(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a pre-training that was killed, the next run or pre-training removes what it left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    left = tmp_path / "tmp" / "adrbench-run-killed"
    left.mkdir(parents=True)
    (left / ".adrbench-scratch").touch()
    assert call().exit_code == 0
    assert not list((tmp_path / "tmp").iterdir())
