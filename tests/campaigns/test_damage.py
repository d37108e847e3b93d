"""Damaged results folders: whatever is wrong with a file, no command ends in a traceback or shows a wrong figure."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stored
from click.testing import CliRunner

from adrbench.cli import main
from adrbench.results.store import Store

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign

CASES = 450
IDS = tuple(f"d{i:02}" for i in range(40))
FOLDS = (IDS[::2], IDS[1::2])
GOLD: dict[str, list[tuple[Any, ...]]] = {
    name: [(0, 4, "ADR"), *([(5, 12, "DRUG", ((5, 7), (9, 12)))] if i % 4 == 0 else [])] for i, name in enumerate(IDS)
}
WRONG: tuple[Any, ...] = (
    "x",
    -1,
    1.5,
    True,
    None,
    [],
    {},
    10**30,
    float("nan"),
    float("inf"),
    "\ud800",
    [[0, 1]],
    {"a": 1},
    "deep",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two taggers on two folds, one cell that failed, and a baseline of them."""
    folder = tmp_path_factory.mktemp("damage")
    store = Store.create(folder / "results")
    store.write_card("card", stored.card(GOLD, ("ADR", "DRUG")))
    store.write_words("card", stored.words(IDS, {name: [0] * len(GOLD[name]) for name in IDS}))
    store.write_split("toy-folds", stored.split(FOLDS))
    for tagger, every in (("good", 7), ("poor", 2)):
        for fold, test in enumerate(FOLDS):
            spans = {name: GOLD[name] for name in test if int(name[1:]) % every}
            stored.keep_cell(store, f"{tagger}{fold}", test, spans, fold=fold, tagger=tagger)
    stored.keep_cell(store, "lost0", reason="boom", tagger="lost")
    rows = [stored.row(name, [f"{name}0", f"{name}1"]) for name in ("good", "poor", "lost")]
    store.write_plan(stored.plan([stored.section(rows)]))
    assert _call("gate", folder / "results", "--baseline", folder / "baseline.json", "--update")[0] == 0
    return folder


def _call(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise AssertionError(f"{arguments}: {done.exception!r}") from done.exception
    return done.exit_code, done.output


def _commands(folder: Path) -> dict[str, tuple[int, str]]:
    results = folder / "results"
    calls: dict[str, tuple[object, ...]] = {
        "leaderboard": ("leaderboard", results, "--format", "json"),
        "compare": ("compare", results, "good", "poor", "--format", "json"),
        "gate": ("gate", results, "--baseline", folder / "baseline.json", "--format", "json"),
        "report": ("report", results, "--html", folder / "report.html"),
    }
    told = {name: _call(*arguments) for name, arguments in calls.items()}
    code, output = told["report"]
    page = folder / "report.html"
    told["report"] = (code, page.read_text() if code == 0 else output)
    page.unlink(missing_ok=True)
    return told


def _truncate(path: Path, rng: random.Random) -> str:
    raw = path.read_bytes()
    path.write_bytes(raw[: rng.randrange(len(raw) - 1)])
    return "truncated"


def _flip(path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 3, 20))):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path.write_bytes(raw)
    return "bytes flipped"


def _swap(path: Path, rng: random.Random) -> str:
    others = [other for other in _files(path.parents[[p.name for p in path.parents].index("results")]) if other != path]
    path.write_bytes(rng.choice(others).read_bytes())
    return "another file in its place"


def _garbage(path: Path, rng: random.Random) -> str:
    path.write_bytes(
        rng.choice((b"", b"\n\n", b"{}", b"[" * 100_000, rng.randbytes(500), b'{"a":' * 50_000, b"null\n"))
    )
    return "garbage"


def _resign(path: Path, rng: random.Random) -> str:
    """Put something wrong into a record, and make the checksum right."""
    whole = path.read_bytes()
    lines = whole.split(b"\n")
    content = json.loads(whole if path.suffix == ".json" else lines[1])
    content = content.get("content", content)
    wrong = rng.choice(WRONG)
    what = _spoil(content, wrong, rng)
    text = json.dumps(content).replace('"deep"', "[" * 50_000 + "]" * 50_000)
    if path.suffix == ".json":
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
        path.write_text(f'{{"checksum":"sha256:{digest}","content":{text}}}')
        return f"re-signed: {what}"
    seal = json.loads(lines[0])
    seal["sha256"] = hashlib.sha256(f"{seal['kind']}\n{seal['name']}\n".encode() + text.encode()).hexdigest()
    lines[:2] = [json.dumps(seal, separators=(",", ":")).encode(), text.encode()]
    path.write_bytes(b"\n".join(lines))
    return f"re-signed: {what}"


def _spoil(content: Any, wrong: Any, rng: random.Random) -> str:
    """Take something out of plain data, or put something of another type there."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            # Parameters may be anything, and no figure is made of them.
            if key not in {"params", "grid_point", "tune", "pretrain"}:
                places.append((node, key))
                if isinstance(node[key], dict | list):
                    walk(node[key])

    walk(content)
    node, key = rng.choice(places)
    before = node[key]
    if rng.random() < 0.25 and isinstance(node, dict):
        del node[key]
        return "a name is missing"
    if (isinstance(before, dict) and wrong in ({}, {"a": 1})) or (isinstance(before, list) and wrong == []):
        wrong = 7
    if type(wrong) is type(before) or (isinstance(before, int | float) and isinstance(wrong, int | float)):
        wrong = {"not": "this"} if not isinstance(before, dict) else 7
    if before is None:
        wrong = {"not": "this"}
    node[key] = wrong
    return "a value of another type"


Mutation = Callable[[Path, random.Random], str]
MUTATIONS: tuple[Mutation, ...] = (_truncate, _flip, _garbage, _resign, _resign, _resign)


def _files(results: Path) -> list[Path]:
    return sorted(path for path in results.rglob("*.json*") if path.is_file())


@pytest.mark.campaign
def test_no_damage_is_silent(whole: Path, campaign: Campaign, tmp_path: Path) -> None:
    """Each command shows what it showed before, or names what is damaged and exits with 2."""
    truth = _commands(whole)
    assert {name: code for name, (code, _) in truth.items()} == {"leaderboard": 0, "compare": 0, "gate": 0, "report": 0}
    outcomes: Counter[tuple[str, str]] = Counter()
    silent: list[str] = []
    for case in campaign.draw(range(CASES)):
        rng = random.Random(case)
        folder = tmp_path / str(case)
        shutil.copytree(whole, folder)
        path = rng.choice([*_files(folder / "results"), folder / "baseline.json"])
        swaps: tuple[Mutation, ...] = () if path.name == "baseline.json" else (_swap,)
        what = rng.choice((*MUTATIONS, *swaps))(path, rng)
        for name, (code, output) in _commands(folder).items():
            same = (code, output.replace(str(folder), str(whole))) == truth[name]
            verdict = "as before" if same else "named, exit 2" if code == 2 else "SILENT"
            outcomes[what, verdict] += 1
            if verdict == "SILENT":
                silent.append(f"case {case}: {path.relative_to(folder)} {what}: {name} exits with {code}")
        shutil.rmtree(folder)
    rows = [(what, verdict, count) for (what, verdict), count in sorted(outcomes.items())]
    campaign.write("damage", ("damage", "what a command did", "times"), rows)
    assert not silent, "\n".join(silent)
