"""Texts leave this machine only where the file says so and the corpus's terms do not forbid it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asking import Bench
from command_line import adrbench as command

import adrbench
from adrbench.api import is_loopback
from adrbench.errors import ConfigError, InputError

READER = """
from dataclasses import dataclass

from adrbench.api import DatasetInfo, DatasetPlugin, Reading, Record, Span

WAYS = {WAYS!r}


@dataclass(frozen=True)
class Params:
    pass


def reader(external):
    class Reader:
        info = DatasetInfo(external or "unknown", "1", "own", "nobody", ("ADR",), external=external,
                           external_terms="clause 7 of the agreement")

        def load(self, params, path, offline):
            records = tuple(Record(str(i), "Severe rash.", (Span(7, 11, "ADR"),), str(i)) for i in range(8))
            return Reading(self.info, records, "here", {{}})

    return Reader


for name in WAYS:
    globals()[f"Reader{{name}}"] = reader(name)
    globals()[f"plugin{{name}}"] = DatasetPlugin(
        f"corpus{{name}}", "a corpus", Params, f"terms_reader:Reader{{name}}", embedded=True
    )
"""
WAYS = ("", "allowed", "conditional", "forbidden")
ELSEWHERE = 'base_url = "https://api.example.com/v1"'


@pytest.fixture
def terms(bench: Bench, install: Callable[..., Path]) -> Bench:
    """Corpora of each kind of terms."""
    points = "\n".join(f"corpus{name} = terms_reader:plugin{name}" for name in WAYS)
    install("terms", "terms_reader", READER.format(WAYS=WAYS), f"[adrbench.datasets]\n{points}\n")
    return bench


def write(bench: Bench, corpus: str, params: str) -> None:
    """A benchmark of this corpus."""
    bench.write(params=params)
    bench.file.write_text(bench.file.read_text().replace("adr-mini", f"corpus{corpus}"))


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8000/v1", True),
        ("http://127.0.0.1:11434/v1", True),
        ("http://127.8.9.10/v1", True),
        ("http://[::1]:8000/v1", True),
        ("https://api.example.com/v1", False),
        ("http://127.0.0.1.example.com/v1", False),
        ("http://localhost@example.com/v1", False),
        ("http://localhost.example.com", False),
        ("http://0.0.0.0:8000", False),
        ("http://192.168.1.5:8000", False),
        ("http://[::1", False),
        ("localhost:8000", False),
        ("", False),
    ],
)
def test_a_server_on_this_machine_is_known_by_its_address(url: str, here: bool) -> None:
    """Whatever is not surely here counts as elsewhere."""
    assert is_loopback(url) is here


@pytest.mark.parametrize("corpus", WAYS)
def test_another_machine_must_be_allowed_in_the_file(terms: Bench, corpus: str) -> None:
    """Exit code 2 with the clause, before anything runs, also where the terms allow it."""
    write(terms, corpus, ELSEWHERE)
    done = command("run", str(terms.file), "--results", str(terms.results))
    assert done.returncode == 2
    assert "https://api.example.com/v1" in done.stderr
    assert ("clause 7" in done.stderr) == bool(corpus)
    assert ("allow_external = true" in done.stderr) == (corpus != "forbidden")
    line = terms.file.read_text().splitlines().index(ELSEWHERE) + 1
    assert f"{terms.file}: 1 problem\n  line {line}: asker: base_url: " in done.stderr
    assert terms.asked == 0
    assert not terms.results.exists()


@pytest.mark.parametrize("corpus", WAYS)
def test_what_the_file_allows_is_done_unless_the_terms_forbid_it(terms: Bench, corpus: str) -> None:
    """A corpus whose texts have terms of their own is warned of."""
    write(terms, corpus, f"{ELSEWHERE}\nallow_external = true")
    done = command("run", str(terms.file), "--results", str(terms.results), "--dry-run")
    assert done.returncode == (2 if corpus == "forbidden" else 0)
    said = " ".join((done.stdout + done.stderr).split())
    assert ("check that you may: clause 7" in said) == (corpus == "conditional")
    assert ("must not be sent" in said) == (corpus == "forbidden")


@pytest.mark.parametrize("corpus", WAYS)
def test_a_server_on_this_machine_needs_no_leave(terms: Bench, corpus: str) -> None:
    """Nor does a replay, which sends nothing."""
    write(terms, corpus, "")
    assert adrbench.expected_requests(terms.file, results=terms.results)
    write(terms, corpus, ELSEWHERE)
    assert adrbench.expected_requests(terms.file, results=terms.results, offline=True)


def test_a_server_named_by_a_variable_is_looked_at(terms: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its value, which may be this machine or not."""
    write(terms, "", 'base_url = "${WHERE_IT_IS}"')
    monkeypatch.setenv("WHERE_IT_IS", "http://localhost:1")
    assert adrbench.expected_requests(terms.file, results=terms.results)
    monkeypatch.setenv("WHERE_IT_IS", "http://example.com")
    with pytest.raises(ConfigError, match="not this machine"):
        adrbench.expected_requests(terms.file, results=terms.results)


def test_a_fit_is_checked_too(terms: Bench) -> None:
    """What is kept would send the examples of its prompts."""
    write(terms, "forbidden", f"{ELSEWHERE}\nallow_external = true")
    with pytest.raises(ConfigError, match="must not be sent"):
        adrbench.fit(terms.file, "asker", terms.folder / "kept")


@pytest.mark.parametrize("corpus", ["", "forbidden"])
def test_a_tagger_is_told_which_texts_stay_here(terms: Bench, corpus: str) -> None:
    """So that what it keeps of them can be refused to a server elsewhere when it is loaded; the reason is told."""
    source = terms.source.read_text()
    source = source.replace("write_text(self.params.model)", "write_text(self.context.keep_local)")
    load = "terms = (folder / 'model').read_text()\n        if terms:\n            raise Unavailable(terms)\n        "
    terms.source.write_text(source.replace("return cls(Params())", f"{load}return cls(Params())"))
    write(terms, corpus, "")
    kept = terms.folder / "kept"
    adrbench.fit(terms.file, "asker", kept)
    if corpus:
        with pytest.raises(InputError, match=r"asker cannot be used here: clause 7 of the agreement$"):
            adrbench.load(kept)
    else:
        adrbench.load(kept)
