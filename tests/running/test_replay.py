"""The file of a cell's responses: whatever it is given comes back, however it is cut, and nothing else."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.api import BudgetSpent, Usage
from adrbench.results.responses import Responses
from adrbench.results.schema import ResponseRecord
from adrbench.running._replay import Replay, Share

# Halves of surrogate pairs too: a server may send any escape that JSON has.
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
RESPONSES = st.lists(st.dictionaries(TEXT, PLAIN, max_size=3), min_size=1, max_size=6)


def key(number: int) -> dict[str, Any]:
    """The key of a request."""
    return {"model": "m", "messages": ["text", number]}


@settings(max_examples=60, deadline=None)
@given(RESPONSES, st.integers(0, 10**6))
def test_a_file_cut_anywhere_gives_back_its_whole_lines(responses: list[dict[str, Any]], cut: int) -> None:
    """And what is kept afterwards; every line that is whole is a record."""
    with TemporaryDirectory() as name:
        folder = Responses(Path(name))
        replay = Replay(folder, "cell")
        for number, response in enumerate(responses):
            replay.keep(key(number), response, Usage(10, 0, 1))
            assert replay.find(key(number)) == response
        path = folder.file_of("cell")
        whole = path.read_bytes()
        path.write_bytes(whole[: cut % (len(whole) + 1)])
        lines = path.read_bytes().count(b"\n")
        again = Replay(folder, "cell")
        found = [again.find(key(number)) for number in range(len(responses))]
        assert found == [*responses[:lines], *([None] * (len(responses) - lines))]
        again.keep(key(-1), {"last": True}, Usage())
        assert Replay(folder, "cell").find(key(-1)) == {"last": True}
        assert [type(one) for one in folder.read(path)] == [ResponseRecord] * (lines + 1)


def test_the_first_response_of_a_request_stays(tmp_path: Path) -> None:
    """Also if a tagger keeps another one, and if other cells have others."""
    folder = Responses(tmp_path)
    Replay(folder, "a").keep(key(1), {"of": "a"}, Usage())
    own = Replay(folder, "z")
    own.keep(key(1), {"of": "z"}, Usage())
    own.keep(key(1), {"of": "z, later"}, Usage())
    assert own.find(key(1)) == {"of": "z"}
    assert Replay(folder, "z").find(key(1)) == {"of": "z"}
    assert Replay(folder, "b").find(key(1)) == {"of": "a"}


def test_many_threads_keep_and_find(tmp_path: Path) -> None:
    """No line is mixed with another."""
    replay = Replay(Responses(tmp_path), "cell")

    def work(start: int) -> None:
        for number in range(start, start + 25):
            replay.keep(key(number), {"number": number}, Usage(1, 0, 1))
            assert replay.find(key(number)) == {"number": number}

    threads = [threading.Thread(target=work, args=(25 * place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Replay(Responses(tmp_path), "cell")
    assert [again.find(key(number)) for number in range(200)] == [{"number": number} for number in range(200)]


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    """Nothing outside of the folder is written or read."""
    outside = tmp_path / "outside.jsonl"
    outside.write_text("mine\n")
    folder = tmp_path / "responses"
    folder.mkdir()
    (folder / "cell.jsonl").symlink_to(outside)
    with pytest.raises(OSError, match="cell"):
        Replay(Responses(folder), "cell").keep(key(1), {}, Usage())
    assert outside.read_text() == "mine\n"


@pytest.mark.parametrize(
    ("prices", "requests"),
    [(None, 3), ({"m": {"input": 1.0, "cached": 0.0, "output": 2.0}}, 3), ({"other": {}}, 1)],
)
def test_a_share_ends_when_it_is_spent(tmp_path: Path, prices: Any, requests: int) -> None:
    """In tokens, or in money: 10 sent, 4 of them cached, 2 received; a model without a price spends all."""
    amount = 36.0 if prices is None else 30e-6
    share = Share(amount, prices, "budget")
    replay = Replay(Responses(tmp_path), "cell", share)
    for number in range(requests):
        share.check()
        replay.keep(key(number), {}, Usage(10, 4, 2))
    with pytest.raises(BudgetSpent, match="its share of the budget is spent"):
        share.check()
    assert replay.find(key(0)) == {}
