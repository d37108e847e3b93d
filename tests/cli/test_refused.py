"""Whatever a user's machine refuses: a sentence, the right exit code, and nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from command_line import adrbench

FILE = """
[benchmark]
name = "refused"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "d"
use = "dictionary"
"""
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder, with the benchmark file beside it."""
    folder = tmp_path_factory.mktemp("refused")
    (folder / "b.toml").write_text(FILE)
    assert adrbench("run", "b.toml", "--results", "r", "--limit", "40", folder=folder).returncode == 0
    return folder / "r"


def start(
    *arguments: object,
    out: Any = subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "adrbench", *map(str, arguments)],
        stdout=out,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        preexec_fn=before,
        check=False,
    )


@FULL
@pytest.mark.parametrize(
    "command",
    [
        ("leaderboard", "{results}"),
        pytest.param(("leaderboard", "{results}", "--format", "json"), marks=pytest.mark.slow),
        ("--version",),
    ],
    ids=" ".join,
)
def test_a_full_output_is_a_sentence(results: Path, command: tuple[str, ...]) -> None:
    """Of a view, of JSON, and of what is printed before a command begins."""
    with Path("/dev/full").open("wb") as full:
        done = start(*(part.format(results=results) for part in command), out=full)
    assert (done.returncode, done.stderr) == (2, b"adrbench: standard output: No space left on device\n")


def test_a_reader_that_has_gone_changes_no_exit_code(results: Path, tmp_path: Path) -> None:
    """A gate that fails still fails, and says nothing more."""
    baseline = tmp_path / "baseline.json"
    assert adrbench("gate", str(results), "--baseline", str(baseline), "--update").returncode == 0
    for command, code in (
        (("leaderboard", results), 0),
        (("gate", results, "--baseline", baseline, "--require", "x"), 2),
    ):
        gone, end = os.pipe()
        os.close(gone)
        done = start(*command, out=end)
        os.close(end)
        assert done.returncode == code
        assert b"Traceback (most" not in done.stderr
        assert b"Broken pipe" not in done.stderr


def test_an_output_in_ascii_can_be_read(results: Path) -> None:
    """What it cannot hold is escaped, as JSON does it."""
    done = start("leaderboard", results, environment={"PYTHONIOENCODING": "ascii", "COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u00b7" in done.stdout
    done = start("leaderboard", results, "--format", "json", environment={"PYTHONIOENCODING": "ascii"})
    assert json.loads(done.stdout)


def test_a_user_without_a_home_can_measure(results: Path, tmp_path: Path) -> None:
    """Where the cache is needed, the sentence says how to name it."""
    environment = {"HOME": "relative", "ADRBENCH_CACHE": "", "XDG_CACHE_HOME": ""}
    done = adrbench(
        "run",
        str(results.parent / "b.toml"),
        "--results",
        str(tmp_path / "r"),
        "--limit",
        "40",
        environment=environment,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "allowed", [pytest.param(0, marks=pytest.mark.slow), 1000, pytest.param(5000, marks=pytest.mark.slow)]
)
def test_a_disk_that_takes_no_more_is_a_sentence(results: Path, tmp_path: Path, allowed: int) -> None:
    """However much it still takes, what is there can be read, and the next run completes it."""
    run = ("run", results.parent / "b.toml", "--results", tmp_path / "r", "--limit", "40")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, resource.RLIM_INFINITY))

    # Python renames what it could not write whole, too: the compiled libraries of all other tests would be cut.
    done = start(*run, before=limit, environment={"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode in {2, 3, 4}
    assert b"Traceback (most" not in done.stderr + (done.stdout or b"")
    assert not list(tmp_path.rglob("*.part"))
    if done.returncode == 2:
        assert b"File too large" in done.stderr
    again = adrbench(*map(str, run))
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("report", "{results}", "--html", "{out}"),
        ("gate", "{results}", "--baseline", "{out}", "--update"),
        ("data", "convert", "adr-mini", "{out}", "--to", "jsonl", "--force"),
    ],
    ids=lambda command: command[0],
)
def test_outputs_go_where_they_are_sent(results: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    """A file is replaced, a link followed, a pipe and a device written to; a folder is refused."""

    def write(out: Path) -> int:
        given = [part.format(results=results, out=out) for part in command]
        return adrbench(*given).returncode

    plain, link, pipe, folder = (
        tmp_path / name for name in ("plain.jsonl", "link.jsonl", "pipe.jsonl", "folder.jsonl")
    )
    (tmp_path / "inner").mkdir()
    link.symlink_to(tmp_path / "inner" / "target.jsonl")
    os.mkfifo(pipe)
    folder.mkdir()
    assert write(plain) == 0
    content = plain.read_bytes()
    assert content
    assert (write(link), link.is_symlink()) == (0, True)
    assert (tmp_path / "inner" / "target.jsonl").stat().st_size == len(content)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert write(pipe) == 0
    reader.join()
    assert (len(read[0]), stat.S_ISFIFO(pipe.stat().st_mode)) == (len(content), True)
    assert (write(Path(os.devnull)), Path(os.devnull).is_char_device()) == (0, True)
    assert write(folder) == 2
    assert not list(folder.iterdir())
    if Path("/dev/full").exists():
        assert write(Path("/dev/full")) == 2
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(
        ["plain.jsonl", "link.jsonl", "pipe.jsonl", "folder.jsonl", "inner", "target.jsonl"]
    )


def test_figures_go_to_a_folder_of_their_own(results: Path, tmp_path: Path) -> None:
    """One that holds something else is refused."""
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "paper.tex").write_text("mine")
    done = adrbench("report", str(results), "--figures", str(tmp_path / "paper"))
    assert (done.returncode, "not ours" in done.stderr) == (2, True)
    assert [path.name for path in (tmp_path / "paper").iterdir()] == ["paper.tex"]


@pytest.mark.slow  # every figure is drawn in every form, twice
def test_a_folder_of_figures_is_used_again(results: Path, tmp_path: Path) -> None:
    """What it has is replaced."""
    for _ in range(2):
        assert adrbench("report", str(results), "--figures", str(tmp_path / "figures")).returncode == 0


def test_tagged_texts_follow_a_link(results: Path, tmp_path: Path) -> None:
    """The link stays, and what it leads to is whole."""
    fit = ("fit", str(results.parent / "b.toml"), "--tagger", "d", "--out", str(tmp_path / "kept"))
    assert adrbench(*fit).returncode == 0
    (tmp_path / "texts.txt").write_text("severe rash and dry mouth\n")
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "target.jsonl")
    done = adrbench("tag", str(tmp_path / "kept"), str(tmp_path / "texts.txt"), "--out", str(link))
    assert done.returncode == 0, done.stderr
    assert link.is_symlink()
    assert (tmp_path / "target.jsonl").read_text()
    shutil.rmtree(tmp_path / "kept")


@pytest.mark.parametrize(
    "moment", [pytest.param(0.3, marks=pytest.mark.slow), 0.6, pytest.param(1.0, marks=pytest.mark.slow)]
)
def test_an_interruption_is_no_traceback(results: Path, moment: float) -> None:
    """Also while the command line is loaded."""
    process = subprocess.Popen(
        [sys.executable, "-m", "adrbench", "verify", str(results)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (no threads here)
    )
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    # Before a line of adrbench is run, Python says it in its own way.
    assert process.returncode in {0, 1, 130, -signal.SIGINT}
    assert b"adrbench/cli" not in said


def test_an_interruption_while_a_class_is_made_is_no_traceback(tmp_path: Path) -> None:
    """Python 3.11 turns it into another error."""
    (tmp_path / "sitecustomize.py").write_text(
        """
import sys

class Interrupted:
    def __set_name__(self, owner, name):
        raise KeyboardInterrupt

class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "adrbench.cli.plugins":
            type("Made", (), {"field": Interrupted()})

sys.meta_path.insert(0, Finder)
"""
    )
    command = [sys.executable, "-m", "adrbench", "plugins"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no /dev/shm here")
def test_a_file_in_shared_memory_is_a_file_as_any_other() -> None:
    """Though it is below /dev, where devices are."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        gold = Path(folder) / "gold"
        for force in ([], ["--force"]):
            done = adrbench("data", "convert", "adr-mini", str(gold), "--to", "brat", *force)
            assert done.returncode == 0, done.stderr
        again = adrbench("data", "convert", "adr-mini", str(gold), "--to", "brat")
        assert (again.returncode, "exists already" in again.stderr) == (2, True)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "link"])
def test_what_a_shell_has_opened_is_written_to(name: str, tmp_path: Path) -> None:
    """By whichever name: another file in its place would not be the one that is open."""
    (tmp_path / "link").symlink_to("/dev/stdout")
    command = [sys.executable, "-m", "adrbench", "data", "convert", "adr-mini", name, "--to", "jsonl", "--force"]
    with (tmp_path / "log").open("wb") as log:
        done = subprocess.run(command, cwd=tmp_path, stdout=log, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, done.stderr
        assert os.fstat(log.fileno()).st_ino == (tmp_path / "log").stat().st_ino
    assert (tmp_path / "log").stat().st_size > 100_000
