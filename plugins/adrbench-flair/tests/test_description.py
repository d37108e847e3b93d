"""What the plugin says of itself where flair is not installed."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest

from adrbench.plugins import parameters
from adrbench_flair.plugin import Params, missing, plugin

SOURCES = Path(__file__).parents[1] / "src"
BENCHMARK = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "dictionary"
use = "dictionary"
[[taggers]]
id = "flair"
use = "flair"
"""


def problems(**values: object) -> list[str]:
    """What is wrong with parameters, by path."""
    return [f"{path}: {message}" for path, message in parameters.check(Params, values)[1]]


def test_the_defaults_are_parameters_and_need_no_network() -> None:
    """As it comes, the tagger downloads nothing, and a study's ranges hold values that are valid."""
    assert problems() == []
    assert missing(Params(), offline=True) is None
    assert problems(hidden=64, dropout=0.6, batch_size=8, learning_rate=0.02) == []
    assert set(plugin.space) <= set(Params.__dataclass_fields__)


@pytest.mark.parametrize(
    "embeddings",
    [
        ["trained"],
        ["words:glove"],
        ["words:de-crawl"],
        ["words:vectors.bin"],
        ["trained", "flair:news-forward", "flair:pubmed-backward"],
        ["flair:news-forward-fast"],
        ["flair:./lm/best-lm.pt"],
        ["transformer:org/model-name"],
        ["transformer:~/model"],
    ],
)
def test_embeddings_that_flair_knows_are_taken(embeddings: list[str]) -> None:
    """Every kind of embeddings may be named by flair's name for it or by a path, several side by side."""
    assert problems(embeddings=embeddings) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"embeddings": ["glove"]}, "embeddings[0]: embeddings are 'trained' or words:NAME, flair:NAME"),
        ({"embeddings": ["trained", "word:glove"]}, "embeddings[1]: embeddings are 'trained' or words:NAME"),
        ({"embeddings": ["words:glov"]}, "no words embeddings have such a name; valid: 'words:glove' or the path"),
        ({"embeddings": ["flair:news"]}, "no flair embeddings have such a name; valid: 'flair:news-forward'"),
        ({"embeddings": ["transformer:"]}, "no transformer embeddings have such a name"),
        ({"embeddings": []}, "embeddings: needs at least 1"),
        ({"embeddings": "trained"}, "embeddings: "),
        ({"characters": -1}, "characters: "),
        ({"hidden": 0}, "hidden: "),
        ({"crf": 1}, "crf: "),
        ({"dropout": 1.0}, "dropout: "),
        ({"batch_size": 0}, "batch_size: "),
        ({"epochs": 0}, "epochs: "),
        ({"learning_rate": 0.0}, "learning_rate: "),
        ({"lerning_rate": 0.1}, "unknown name; did you mean 'learning_rate'?"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, object], said: str) -> None:
    """A wrong value is refused with its place and, for embeddings, with what would be valid."""
    [problem] = problems(**values)
    assert said in problem


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    """A path where nothing is lacks always, a download without a network, and a path where something is never."""
    folder = tmp_path / "model"
    gone = Params(embeddings=("trained", f"words:{folder}/v.bin"))
    assert missing(gone, offline=False) == f"no words embeddings at '{folder}/v.bin'"
    folder.mkdir()
    assert missing(Params(embeddings=(f"transformer:{folder}",)), offline=True) is None
    known = Params(embeddings=("flair:news-forward",))
    assert missing(known, offline=False) is None
    assert "is a download, and no network may be used" in (missing(known, offline=True) or "")


def test_the_implementation_is_where_the_description_says() -> None:
    """The class that the description names is there, with the methods of a tagger that can be kept."""
    module, _, name = plugin.implementation.partition(":")
    tree = ast.parse((SOURCES / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    [found] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    methods = {node.name for node in found.body if isinstance(node, ast.FunctionDef)}
    assert methods >= {"fit", "predict", "facts", "save", "load"}


def adrbench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line where the plugin is installed and flair is not."""
    try:
        version("adrbench-flair")
    except PackageNotFoundError:
        info = folder / "site" / "adrbench_flair-0.1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: adrbench-flair\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text("[adrbench.taggers]\nflair = adrbench_flair.plugin:plugin\n")
    path = os.pathsep.join([str(folder / "site"), str(SOURCES), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "adrbench", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )


without_flair = pytest.mark.skipif(find_spec("flair") is not None, reason="flair is installed here")


@without_flair
def test_it_is_listed_with_what_it_lacks(tmp_path: Path) -> None:
    """``adrbench plugins`` shows the tagger, that flair is missing, and what to install."""
    done = adrbench(tmp_path, "plugins", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.dumps([row for row in json.loads(done.stdout) if row.get("name") == "flair"])
    assert "needs flair" in told
    assert "pip install 'adrbench-flair'" in told


@pytest.mark.slow
@without_flair
def test_a_benchmark_skips_it_with_the_reason(tmp_path: Path) -> None:
    """Its row is skipped and says what to install; the others go on, and only where there are none it ends with 4."""
    (tmp_path / "try.toml").write_text(BENCHMARK)
    alone = adrbench(tmp_path, "run", "try.toml", "--limit", "40", "--only", "flair")
    assert alone.returncode == 4, alone.stdout + alone.stderr
    done = adrbench(tmp_path, "run", "try.toml", "--limit", "40")
    assert done.returncode == 0, done.stdout + done.stderr
    board = adrbench(tmp_path, "leaderboard", "runs/try", "--format", "json")
    rows = {row["tagger"]: row for row in json.loads(board.stdout) if row["label"] == "micro"}
    assert rows["flair"]["status"] == "skipped"
    assert rows["flair"]["reason"] == "needs flair: pip install 'adrbench-flair'"
    assert rows["dictionary"]["status"] == "ok"


@without_flair
def test_parameters_are_checked_without_flair(tmp_path: Path) -> None:
    """A wrong name of embeddings is an error of the benchmark file, with its place, before anything runs."""
    (tmp_path / "try.toml").write_text(BENCHMARK + 'params = { embeddings = ["glove"] }\n')
    done = adrbench(tmp_path, "run", "try.toml", "--limit", "40")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "taggers[1].params.embeddings[0]: embeddings are 'trained'" in done.stderr
    assert not (tmp_path / "runs").exists()
