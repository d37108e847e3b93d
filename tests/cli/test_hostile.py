"""A corpus whose labels, ids and texts are hostile, shown by every command in every format."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.reporting.test_escaping import steers

from adrbench.cli import main
from adrbench.reporting.tables import FORMATS

ESCAPES = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\u2066"
HTML = "<script>alert(1)</script>"
LABELS = (f"=1+1|<img>{ESCAPES}", f"@B_*[x](javascript:1)\\{ESCAPES}")


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark that has been run: two taggers with figures, and one whose reason for failing is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    lines = []
    for number in range(12):
        word = ("nausea", "fever")[number % 2]
        text = f"{ESCAPES} {HTML} | drug{number} gave {word} , =2+2 \x85 \u2028 done ."
        start = text.index(word)
        span = {"start": start, "end": start + len(word), "label": LABELS[number % 2]}
        lines.append(json.dumps({"id": f"@{number}|{HTML}{ESCAPES}", "text": text, "spans": [span]}))
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    failing = f"print({f'|{HTML}{ESCAPES} =3+3'!r}, flush=True)"
    (folder / "b.toml").write_text(
        f"""
        [benchmark]
        name = "hostile"
        evaluators = ["exact", "overlap"]
        [[datasets]]
        use = "jsonl"
        path = "corpus.jsonl"
        [[splits]]
        kind = "random"
        folds = 2
        [[taggers]]
        id = "one"
        use = "dictionary"
        [[taggers]]
        id = "two"
        use = "dictionary"
        params = {{ fold_case = false }}
        [[taggers]]
        id = "failing"
        use = "command"
        params = {{ command = {json.dumps([sys.executable, "-c", failing])} }}
        """,
        encoding="utf-8",
    )
    done = call("run", folder / "b.toml", "--results", folder / "r", code=3)
    assert safe(done)
    return folder


def call(*words: object, code: int = 0) -> Result:
    """Call ``adrbench`` with these words."""
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result


def safe(result: Result) -> bool:
    """Whether neither standard output nor standard error steers a terminal."""
    return not any(steers(character, "\n\t") for character in result.output)


def commands(folder: Path) -> dict[str, list[object]]:
    """Every command that shows views."""
    results, corpus = folder / "r", folder / "corpus.jsonl"
    baseline = folder / "baseline.json"
    call("gate", results, "--baseline", baseline, "--update")
    gold = ["--gold", corpus, "--predicted", corpus]
    return {
        "leaderboard": ["leaderboard", results, "--labels", "--provenance"],
        "compare": ["compare", results, "one", "two", "--with-text", "--benchmark", folder / "b.toml"],
        "gate": ["gate", results, "--baseline", baseline],
        "score": ["score", *gold, "--from", "jsonl"],
        "stats": ["data", "stats", "jsonl", "--path", corpus],
        "card": ["data", "card", "jsonl"],
    }


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_view_in_every_format(benchmark: Path, format_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal is steered, no cell begins a formula, no markup is let through."""
    monkeypatch.setenv("COLUMNS", "80")
    for name, words in commands(benchmark).items():
        done = call(*words, "--format", format_name)
        text = done.stdout
        assert safe(done), name
        assert text.strip(), name
        match format_name:
            case "rich":
                # A command is printed whole, to be copied.
                lines = [line for line in text.splitlines() if " --why " not in line]
                assert max(map(len, lines)) <= 80, name
            case "markdown":
                assert not re.search(r"(?<!\\)(?:\\\\)*<(?!/?sub>)", text), name
            case "csv":
                rows = list(csv.reader(io.StringIO(text)))
                assert {len(row) for row in rows} == {len(rows[0])}, name
                assert not any(re.match(r"[=@\t\r]|[+-](?!\d)", cell) for row in rows for cell in row), name
            case "json":
                assert json.loads(text), name
            case "latex":
                assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") > 0, name
            case "html":
                assert "<script" not in text, name


def test_figures_by_label_name_the_label_as_it_is(benchmark: Path) -> None:
    """In JSON every character comes back; where people read, its escapes are shown."""
    words = ("leaderboard", benchmark / "r", "--labels", "--format")
    assert {row["label"] for row in json.loads(call(*words, "json").stdout)} == {"micro", "macro", "weighted", *LABELS}
    assert r"\x1b]0;title" in call(*words, "rich").stdout


def test_texts_and_errors(benchmark: Path) -> None:
    """Texts of a corpus, and messages that repeat what was given, whoever makes them."""
    corpus = benchmark / "corpus.jsonl"
    assert safe(call("data", "show", "jsonl", "--path", corpus))
    assert safe(call("data", "show", "jsonl", "--path", corpus, "--id", ESCAPES, code=2))
    assert safe(call("compare", benchmark / "r", "one", ESCAPES, code=2))
    for wrong in (
        ["leaderboard", "x", "--format", ESCAPES],
        [ESCAPES],
        ["leaderboard", f"--{ESCAPES}"],
        ["data", ESCAPES],
    ):
        assert safe(call(*wrong, code=2)), wrong
    assert safe(call("leaderboard", benchmark / ESCAPES.replace("/", ""), code=2))


def test_a_report(benchmark: Path) -> None:
    """The page holds no script but its own, with texts and figures by label."""
    words = ("--html", benchmark / "page.html", "--with-text", "--labels", "--benchmark", benchmark / "b.toml")
    assert safe(call("report", benchmark / "r", *words))
    page = (benchmark / "page.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert not set(page) & set("\x1b\x07\x9b\u202e\u2066")
    assert "by label" in page


def test_why_is_text_or_records(benchmark: Path) -> None:
    """As text it would be markup in a page, so it is none: the reason is hostile."""
    why = ("leaderboard", benchmark / "r", "--why", "failing", "--format")
    assert safe(call(*why, "rich"))
    assert HTML in call(*why, "json").stdout
    for format_name in ("html", "markdown", "latex"):
        done = call(*why, format_name, code=2)
        assert "valid: rich, json, csv" in done.output
        assert HTML not in done.output
