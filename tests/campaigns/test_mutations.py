"""Mutated corpora: whatever is wrong with a file, a reader ends, without a traceback, and loses no mention in silence.

A mention is lost if what says it is whole in the mutated file, and no error and no new line of the ledger
speaks.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from samples import SAMPLES, Sample, declared

from adrbench.api import CorpusError, Reading

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

CASES = 40_000
# Of the processor; a small file takes a thousandth of it.
SECONDS = 10
MENTION = re.compile(
    r"""\{"start[^{}]*"label[^{}]*\} | \{"entity_group[^{}]*\}
    | \[7,\ 11,\ "ADR"\] | \["No",\ "rash"\],\ "\w+":\ \["O",\ "B-\w+"\]
    | \{"infons":\ \{"type":\ "ADR"\},\ "text":\ "rash",\ "locations":\ \[[^\[\]]*\]\}
    | <annotation\ (?:(?!</annotation>).)*</annotation> | <Mention\ [^<>]*/>
    | ^T\d\t[^\n]*\n | ^1\t7[^\n]*\n | ^c="[^\n]*\n | ^rash\ B-ADR\n | ^dry\ B-ADR\nmouth\ I-ADR\n""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
KINDS = ("byte", "cut", "twice", "truncated", "inserted", "replaced", "moved", "digit", "name", "name")
JUNK = (
    *(b"null", b"{}", b"[]", b'""', b"0", b"-1", b"true", b"NaN", b"1e999", b"1" * 5000, b"\\ud800", b"\\u0000"),
    *(b'"', b"{", b"]", b",", b"<", b">", b"&x;", b"&#0;", b"<x/>", b"|", b"\t", b"\n", b"\n\n", b"\r", b" ", b"\x00"),
    *(b"\xff", b"\xef\xbb\xbf", "é".encode(), "\u2028".encode(), "😀".encode(), b"[" * 100_000, b"<x>" * 50_000),
)


def mutated(content: bytes, names: list[str], rng: random.Random) -> tuple[str, bytes]:
    """A content with one or two things wrong, and the kind of the last."""
    kind = ""
    for _ in range(rng.choice((1, 1, 1, 2))):
        at = rng.randrange(len(content))
        end = min(len(content), at + rng.choice((1, 1, 2, 5, 20, 80)))
        kind = rng.choice(KINDS)
        if kind == "byte":
            content = content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at] + content[end:]
        elif kind == "twice":
            content = content[:end] + content[at:]
        elif kind == "truncated":
            content = content[: at + 1]
        elif kind == "inserted":
            content = content[:at] + rng.choice(JUNK) + content[at:]
        elif kind == "replaced":
            content = content[:at] + rng.choice(JUNK) + content[end:]
        elif kind == "moved":
            rest = content[:at] + content[end:]
            to = rng.randrange(len(rest) + 1)
            content = rest[:to] + content[at:end] + rest[to:]
        elif kind == "digit" and (digits := [m.start() for m in re.finditer(rb"[0-9]", content)]):
            at = rng.choice(digits)
            content = content[:at] + rng.choice((b"0", b"7", b"-", b"999999999", b".", b"")) + content[at + 1 :]
        elif kind == "name" and (places := list(re.finditer(rng.choice(names).encode(), content))):
            place = rng.choice(places)
            letters = list(place[0])
            letters[rng.randrange(len(letters))] = rng.choice(b"abcstSTX_0")
            content = content[: place.start()] + bytes(letters) + content[place.end() :]
        content = content or b"\n"
    return kind, content


def whole(sample: Sample, content: bytes) -> int:
    """How many of a sample's mentions still stand in a content, letter for letter."""
    said = Counter(match[0] for match in MENTION.finditer(sample.content))
    return sum(min(times, content.count(text.encode())) for text, times in said.items())


def verdict(sample: Sample, content: bytes, folder: Path, before: Reading) -> str:
    """What a reader makes of a content."""
    started = time.process_time()
    try:
        reading = sample.read(folder, content)
    except CorpusError:
        reading = None
    except Exception as error:  # noqa: BLE001  (what the campaign looks for)
        return f"TRACEBACK {type(error).__name__}"
    if time.process_time() - started > SECONDS:
        return "HANG"
    if reading is None:
        return "error"
    if Counter(reading.ledger) - Counter(before.ledger):
        return "ledger"
    spans = sum(len(record.spans) for record in reading.records)
    return "read" if spans >= whole(sample, content) else "SILENT"


@pytest.mark.campaign
def test_no_mutation_is_a_traceback_a_hang_or_a_silent_loss(campaign: Campaign, tmp_path: Path) -> None:
    """Over every format, byte by byte, piece by piece and name by name."""
    untouched = [sample.read(tmp_path, sample.content) for sample in SAMPLES]
    for sample, before in zip(SAMPLES, untouched, strict=True):
        assert sum(len(record.spans) for record in before.records) == whole(sample, sample.content.encode())
    outcomes: Counter[tuple[str, str]] = Counter()
    bad: list[str] = []
    for case in campaign.draw(range(CASES)):
        rng = random.Random(case)
        index = rng.randrange(len(SAMPLES))
        sample = SAMPLES[index]
        names = sorted({re.escape(n.lstrip("@")) for inside in declared(sample).nodes.values() for n in inside})
        kind, content = mutated(sample.content.encode(), names, rng)
        told = verdict(sample, content, tmp_path, untouched[index])
        outcomes[sample.format, told] += 1
        if told.isupper() or told.startswith("TRACEBACK"):
            bad.append(f"case {case}: {sample.format}, {kind}: {told}: {content[:600]!r}")
    rows = [(form, told, count) for (form, told), count in sorted(outcomes.items())]
    campaign.write("mutations", ("format", "what its reader did", "times"), rows)
    assert not bad, "\n".join(bad)
