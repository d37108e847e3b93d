"""Files that are written whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adrbench._system.paths import cache_folder, write_atomically

WRITER = """
import itertools, sys
from pathlib import Path
from adrbench._system.paths import write_atomically
for i in itertools.count():
    write_atomically(Path(sys.argv[1]), str(i % 10) * 2_000_000)
    if i == 3: print("going", flush=True)
"""


def test_the_environment_says_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``ADRBENCH_CACHE`` wins over the user's folder; an empty one counts as unset."""
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("ADRBENCH_CACHE", "")
    assert cache_folder().name == "adrbench"


def test_a_file_is_replaced_and_its_folder_made(tmp_path: Path) -> None:
    """The text is there as UTF-8 with its line ends as they are, and nothing else is left beside it."""
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, "old")
    write_atomically(path, "Übelkeit\n")
    assert path.read_bytes() == "Übelkeit\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Text that cannot be encoded replaces nothing, and leaves no draft."""
    path = tmp_path / "b.txt"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_a_whole_file(tmp_path: Path) -> None:
    """A writer that is killed without warning leaves one of the texts that it wrote, whole."""
    path = tmp_path / "b.txt"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
    text = path.read_text()
    assert text == text[0] * 2_000_000
