"""Whatever library unpickles: what a pickle names is neither imported nor called while that is refused."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adrbench.running._unpickling import Unpickling, unpickling_refused


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def _array(evil: Evil) -> Callable[[], Any]:
    file = io.BytesIO()
    np.save(file, np.array([evil], dtype=object), allow_pickle=True)
    return lambda: np.load(io.BytesIO(file.getvalue()), allow_pickle=True)


def _pure_python(evil: Evil) -> Callable[[], Any]:
    written = pickle.dumps(evil)
    return lambda: pickle._loads(written)  # type: ignore[attr-defined]


def _protocol(number: int) -> Callable[[Evil], Callable[[], Any]]:
    def write(evil: Evil) -> Callable[[], Any]:
        written = pickle.dumps(evil, number)
        return lambda: pickle.loads(written)

    return write


def _torch(evil: Evil) -> Callable[[], Any]:
    torch = pytest.importorskip("torch")
    file = io.BytesIO()
    torch.save(evil, file)
    return lambda: torch.load(io.BytesIO(file.getvalue()), weights_only=False)


@pytest.mark.parametrize(
    "write",
    [
        *map(_protocol, range(pickle.HIGHEST_PROTOCOL + 1)),
        _pure_python,
        _array,
        pytest.param(_torch, marks=pytest.mark.slow),
    ],
)
def test_nothing_runs(tmp_path: Path, write: Callable[[Evil], Callable[[], Any]]) -> None:
    """Neither here nor in a thread that is started meanwhile; it runs afterwards."""
    folder = tmp_path / "made"
    load = write(Evil(folder))
    with unpickling_refused() as refusal:
        with pytest.raises(Unpickling):
            load()
        assert refusal.named
        with ThreadPoolExecutor(1) as pool, pytest.raises(Unpickling):
            pool.submit(load).result()
        assert not folder.exists()
    load()
    assert folder.exists()


def test_threads_of_before_go_on(tmp_path: Path) -> None:
    """Their work is none of the folder's."""
    load = _protocol(4)(Evil(tmp_path / "made"))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with unpickling_refused():
            pool.submit(load).result()
    assert (tmp_path / "made").exists()


def test_plain_data_pass() -> None:
    """They name nothing that would be imported."""
    data = {"weights": [1.5, 2.5], "labels": ("ADR",), "n": {1, 2}}
    written = pickle.dumps(data)
    with unpickling_refused() as refusal:
        assert pickle.loads(written) == data
    assert not refusal.named
