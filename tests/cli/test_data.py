"""``adrbench data``, as a user sees it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adrbench.cli import main

LINES = (
    '{"id": "a1", "group": "a", "part": "train", "text": "Foot and knee pain after aspirin.", "spans": '
    '[{"start": 0, "end": 18, "label": "ADR", "parts": [[0, 4], [14, 18]]}, {"start": 9, "end": 18, "label": "ADR"}, '
    '{"start": 25, "end": 32, "label": "DRUG"}]}\n'
    '{"id": "b1", "group": "b", "part": "test", "text": "All was well. Nothing else.", "spans": []}\n'
    '{"id": "c1", "group": "c", "part": "test", "text": "Knee PAIN again.", "spans": '
    '[{"start": 0, "end": 9, "label": "ADR"}]}\n'
)
Call = Callable[..., Result]
_DATA = os.environ.get("ADRBENCH_DATA", "")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADRBENCH_DATA", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Three documents, one with a discontinuous mention, in a split of their own."""
    file = tmp_path / "toy.jsonl"
    file.write_text(LINES)
    return file


@pytest.fixture
def data() -> Call:
    """Call ``adrbench data`` with these words; it must end well, unless another exit code is expected."""

    def call(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["data", *map(str, words)])
        assert result.exit_code == code, result.output
        return result

    return call


def rows(text: str) -> dict[str, list[str]]:
    """The lines of tables, split where there are two blanks or more, by what stands first."""
    split = (re.split(r" {2,}", line.strip()) for line in text.splitlines())
    return {cells[0]: cells[1:] for cells in split}


def test_list_says_what_is_at_hand(data: Call) -> None:
    """Corpora with place, labels, licence; those that are not here; formats and whether they are written."""
    found = rows(data("list").stdout)
    assert found["adr-mini"][:3] == ["embedded", "ADR, DRUG", "CC0-1.0"]
    assert found["ncbi-disease"][0] == "no"
    assert found["jsonl"][-1] == ".jsonl"
    assert found["huggingface"][-1] == "no"
    only = rows(data("list", "--formats").stdout)
    assert "jsonl" in only
    assert "adr-mini" not in only


def test_list_shows_a_broken_plugin_with_its_reason(data: Call, install: Callable[..., Path]) -> None:
    """And all others as ever."""
    install("broken-corpus", "broken_corpus", "import no_such_library", "[adrbench.datasets]\nmine = broken_corpus:p\n")
    text = data("list").stdout
    assert rows(text)["mine"][0] == "broken"
    assert re.search("mine broken: .*No module named 'no_such_library'", " ".join(text.split()))
    assert "adr-mini" in rows(text)


def test_list_gives_programs_whole_values(data: Call) -> None:
    """Tables shorten long labels and licences; JSON has them whole, with the version of its names."""
    found = {row["name"]: row for row in json.loads(data("list", "--format", "json").stdout)}
    assert (found["adr-mini"]["schema_version"], found["adr-mini"]["at_hand"]) == (2, "embedded")
    assert found["bc5cdr-disease"]["labels"] == "Chemical, Disease"
    assert found["jsonl"]["writes"] == ".jsonl"


def test_stats_count_a_corpus(data: Call, toy: Path) -> None:
    """The corpus as a whole, its entities, hard cases, parts, in every form alike."""
    text = data("stats", "jsonl", "--path", toy).stdout
    found = rows(text)
    assert (found["Documents"], found["Sentences"], found["Words"]) == (["3"], ["4"], ["18"])
    assert (found["train"], found["test"]) == (["1", "7", "3"], ["2", "11", "1"])
    assert "No split 'random, 5 folds': 5 folds need at least 5 documents; there are 3." in text
    markdown = data("stats", "jsonl", "--path", toy, "--format", "markdown").stdout
    assert "| ADR | 3 | 2 | 2 | 27.8 | 2.0 | 2 | 2 | 2 |" in markdown
    assert "| ADR | 1 | 2 | 0 | 0 | 100.0 |" in markdown
    latex = data("stats", "jsonl", "--path", toy, "--format", "latex").stdout
    assert r"ADR & 3 & 2 & 2 & 27.8 & 2.0 & 2 & 2 & 2 \\" in latex
    plain = json.loads(data("stats", "jsonl", "--path", toy, "--format", "json").stdout)
    assert plain["entities"]["ADR"]["mentions"] == 3
    assert plain["seen_in_training"][-1]["labels"]["ADR"] == {"tested": 1, "seen": 1, "share": 1.0}
    assert plain["filters"]["gold"] == "all"


def test_stats_count_by_a_field_and_in_subwords(data: Call, tmp_path: Path) -> None:
    """As CADEC's study counts posts by drug, and their length in subwords; a field that is not there is an error."""
    file = tmp_path / "posts.jsonl"
    drugs = ["LIPITOR"] * 3 + ["VOLTAREN"] * 2
    posts = (
        {"id": str(n), "text": "Painful legs", "spans": [[0, 7, "ADR"]][:n], "metadata": {"drug": drug}}
        for n, drug in enumerate(drugs)
    )
    file.write_text("".join(f"{json.dumps(post)}\n" for post in posts))
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("[UNK]\npain\n##ful\nlegs\n")
    asked = ("stats", "jsonl", "--path", file, "--by", "drug", "--subwords", vocabulary)
    text = data(*asked).stdout
    found = rows(text)
    assert (found["LIPITOR"], found["VOLTAREN"], found["all"]) == (["3", "6", "2"], ["2", "4", "2"], ["5", "10", "4"])
    assert found["Subwords per document: mean"] == ["3.0"]
    assert "| LIPITOR | 3 | 6 | 2 |" in data(*asked, "--format", "markdown").stdout
    assert r"LIPITOR & 3 & 6 & 2 \\" in data(*asked, "--format", "latex").stdout
    plain = json.loads(data(*asked, "--format", "json").stdout)
    first = {"value": "LIPITOR", "documents": 3, "words": 6, "mentions": 2}
    assert (plain["by"]["field"], plain["by"]["values"][0]) == ("drug", first)
    assert plain["subwords_per_document"]["counts"] == {"3": 5}
    data(*asked, "--figure", tmp_path / "a.svg")
    assert ">subwords<" in (tmp_path / "a.svg").read_text()
    assert "did you mean 'drug'" in data("stats", "jsonl", "--path", file, "--by", "drugs", code=2).stderr
    assert "no metadata" in data("stats", "adr-mini", "--by", "drug", code=2).stderr


def test_filters_change_what_is_counted(data: Call, toy: Path) -> None:
    """Labels, other names for them, sentences, flat gold: each is in the ledger."""
    only = json.loads(data("stats", "jsonl", "--path", toy, "--label", "DRUG", "--format", "json").stdout)
    assert (only["all_entities"]["mentions"], list(only["entities"])) == (1, ["DRUG"])
    called = data("stats", "jsonl", "--path", toy, "--relabel", "DRUG=ADR", "--format", "json").stdout
    assert list(json.loads(called)["entities"]) == ["ADR"]
    split = json.loads(data("stats", "jsonl", "--path", toy, "--sentences", "--format", "json").stdout)
    assert (split["documents"], split["unit"]) == (4, "sentence")
    none = data("stats", "jsonl", "--path", toy, "--negatives", "0", "--format", "json").stdout
    assert json.loads(none)["documents_without_entity"] == 0
    flat = data("stats", "jsonl", "--path", toy, "--gold", "flat", "--discontinuous", "drop", "--format", "json").stdout
    assert json.loads(flat)["entities"]["ADR"]["mentions"] == 2
    assert any("discontinuous" in line["step"] for line in json.loads(flat)["ledger"])


@pytest.mark.usefixtures("toy", "echo")
def test_filters_of_a_benchmark_file(data: Call, tmp_path: Path) -> None:
    """The entry of that name is taken, with all that it says; other options would contradict it."""
    file = tmp_path / "bench.toml"
    file.write_text(
        '[benchmark]\nname = "b"\n[[datasets]]\nuse = "jsonl"\nname = "posts"\npath = "toy.jsonl"\nlabels = ["DRUG"]\n'
        '[[splits]]\nkind = "provided"\n[[taggers]]\nid = "e"\nuse = "echo"\n'
    )
    plain = json.loads(data("stats", "posts", "--benchmark", file, "--format", "json").stdout)
    assert (plain["name"], plain["labels"]) == ("posts", ["DRUG"])
    assert "did you mean 'posts'" in data("stats", "post", "--benchmark", file, code=2).stderr
    refused = data("show", "posts", "--benchmark", file, "--label", "ADR", "--param", "a=1", code=2).stderr
    assert "leave out --label, --param" in refused


def test_published_counts_are_shown_where_they_differ(data: Call, install: Callable[..., Path]) -> None:
    """A difference is never hidden: in stats, and in the card."""
    source = """
    from dataclasses import dataclass, replace
    from adrbench.api import DatasetInfo, DatasetPlugin, Reading, Record, Span

    @dataclass(frozen=True)
    class Params:
        "``half``: read half of it."
        half: bool = False

    class Reader:
        info = DatasetInfo("mine", "3", "CC0", "nobody 2020", ("ADR",), published={"documents": 2, "spans": 1})
        def load(self, params, path, offline):
            return Reading(self.info, (Record("a", "rash", (Span(0, 4, "ADR"),), "a"),), "here", {"f": "0" * 64})

    p = DatasetPlugin("mine", "invented", Params, "my_corpus:Reader")
    """
    install("my-corpus", "my_corpus", source, "[adrbench.datasets]\nmine = my_corpus:p\n")
    assert rows(data("stats", "mine").stdout)["documents"] == ["2", "1", "-1"]
    card = data("card", "mine").stdout
    assert rows(card)["documents"] == ["2", "1", "-1"]
    assert rows(card)["f"] == ["0" * 64]
    assert rows(card)["half"] == ["false"]
    assert rows(data("card", "mine", "--no-count").stdout)["documents"] == ["2"]
    assert json.loads(data("card", "mine", "--format", "json").stdout)["differences"] == {"documents": "-1"}
    assert "| spans | 1 | 1 | same |" in data("card", "mine", "--format", "markdown").stdout
    assert "documents: published 2, found 1" in data("fetch", "mine").stdout


def test_a_card_says_how_to_get_what_is_not_here(data: Call) -> None:
    """Where to ask, and what to put where; to fetch it says the same, as an error."""
    card = " ".join(data("card", "cadec").stdout.split())
    assert "Not at hand" in card
    assert "CSIRO Data Licence" in card
    refused = data("fetch", "cadec", code=2).stderr
    assert "https://doi.org/10.4225/08/570FB102BDAD2" in refused
    assert "$ADRBENCH_DATA/cadec" in refused


def test_a_card_of_a_format(data: Call) -> None:
    """Its parameters with their defaults; there is nothing to fetch."""
    assert rows(data("card", "conll").stdout)["scheme"] == ['"auto"']
    assert "nothing to fetch" in data("fetch", "conll", code=2).stderr


def test_a_figure_is_drawn_beside_the_table(data: Call, toy: Path, tmp_path: Path) -> None:
    """The table is printed all the same; a suffix that cannot be is refused before anything is read."""
    result = data("stats", "jsonl", "--path", toy, "--figure", tmp_path / "a.svg", "--format", "json")
    assert json.loads(result.stdout)["documents"] == 3
    assert "3 documents" in (tmp_path / "a.svg").read_text()
    refused = data("stats", "jsonl", "--path", tmp_path / "absent", "--figure", "a.jpeg", code=2).stderr
    assert ".png, .svg, .pdf" in refused


def test_show_prints_mentions_in_brackets(data: Call, toy: Path) -> None:
    """What is no terminal gets a line for each text, discontinuous and nested mentions as annotated."""
    lines = data("show", "jsonl", "--path", toy).stdout.splitlines()
    assert lines[0] == "a1 · 3 mentions · group a · train"
    assert lines[1] == "[Foot|ADR 1] and [knee [pain|ADR 1]|ADR] after [aspirin|DRUG]."
    flat = data("show", "jsonl", "--path", toy, "--gold", "flat", "--discontinuous", "first").stdout.splitlines()
    assert flat[1] == "[Foot|ADR] and [knee pain|ADR] after [aspirin|DRUG]."


def test_show_chooses_documents(data: Call, toy: Path) -> None:
    """By number, by having mentions, by id, at random but the same again."""

    def shown(*words: object) -> list[str]:
        text = data("show", "jsonl", "--path", toy, *words).stdout
        return re.findall(r"^(\S+) · ", text, re.MULTILINE)

    assert shown("--limit", 1) == ["a1"]
    assert shown("--only-annotated") == ["a1", "c1"]
    assert shown("--id", "c1", "--id", "b1") == ["c1", "b1"]
    assert shown("--seed", 4, "--limit", 2) == shown("--seed", 4, "--limit", 2)
    assert {tuple(shown("--seed", seed, "--limit", 1)) for seed in range(9)} == {("a1",), ("b1",), ("c1",)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stats", "adr-minni"), "did you mean 'adr-mini'"),
        (("stats", "adr-mini", "--label", "AD"), "did you mean 'ADR'"),
        (("stats", "adr-mini", "--param", "depth"), "--param depth: give KEY=VALUE"),
        (("stats", "adr-mini", "--param", "a=1", "--param", "a=2"), "--param a is given twice"),
        (("stats", "adr-mini", "--relabel", "ADR"), "--relabel ADR: give OLD=NEW"),
        (("stats", "adr-mini", "--path", "somewhere"), "embedded and takes no path"),
        (("stats", "conll", "--path", "x", "--param", "shceme=IOB2"), "did you mean 'scheme'"),
        (("stats", "conll", "--path", "x", "--param", "token='3'"), "params.token"),
        (("stats", "jsonl"), "jsonl"),
        (("show", "adr-mini", "--id", "cr-0.1"), "did you mean"),
        (("show", "adr-mini", "--id", "cr-01.1", "--seed", "1"), "--seed has no effect with --id"),
        (("show", "adr-mini", "--overlap", "first"), "add --gold flat"),
        (("fetch", "adr-mni"), "did you mean 'adr-mini'"),
        (("card", "adr-mni"), "did you mean 'adr-mini'"),
    ],
)
def test_what_makes_no_sense_is_an_error(data: Call, words: tuple[str, ...], said: str) -> None:
    """With what would be valid, and exit code 2."""
    assert said in data(*words, code=2).stderr


@pytest.mark.parametrize("command", ["stats", "show"])
def test_a_path_in_place_of_a_name(data: Call, toy: Path, command: str) -> None:
    """Its format is recognised, and said beside the output, which is that of the format named."""
    done = data(command, toy)
    assert f"{toy}: read as jsonl ({toy.name}: a JSON object a line)" in done.stderr
    named = data(command, "jsonl", "--path", toy).stdout
    assert done.stdout.partition("Ledger")[0].splitlines()[1:] == named.partition("Ledger")[0].splitlines()[1:]
    assert "--path; give one of them" in data(command, toy, "--path", toy, code=2).stderr


def test_the_card_of_a_path(data: Call, toy: Path) -> None:
    """The format's card, with the files and the ledger of what is there."""
    done = data("card", toy)
    assert "read as jsonl" in done.stderr
    assert toy.name in done.stdout
    assert "Ledger" in done.stdout


def test_the_ceiling_stands_in_the_statistics(data: Call) -> None:
    """By label, with the words that it is of."""
    said = data("stats", "adr-mini", "--words", "punctuation").stdout
    assert 'Ceiling of word taggers, % (words = "punctuation")' in said
    plain = json.loads(data("stats", "adr-mini", "--words", "punctuation", "--format", "json").stdout)
    assert [row["label"] for row in plain["ceiling"]] == ["ADR", "micro"]
    assert plain["words_by"] == "punctuation"


@pytest.mark.parametrize(("words", "complaint"), [("", "unknown splitter ''"), ("ntlk", "did you mean 'nltk'?")])
def test_words_without_a_splitter_are_refused(data: Call, toy: Path, words: str, complaint: str) -> None:
    """An empty name, as of a variable that is not set, is no default."""
    said = data("stats", toy, "--words", words, code=2).stderr
    assert "--words: " in said
    assert complaint in said


def test_a_path_that_leads_nowhere_is_no_unknown_corpus(data: Call, tmp_path: Path) -> None:
    """Whoever writes a path wants no list of names."""
    assert "no such file or folder" in data("stats", tmp_path / "none.jsonl", code=2).stderr
    assert "unknown dataset 'adr_mini'; did you mean 'adr-mini'?" in data("show", "adr_mini", code=2).stderr


def test_convert_a_corpus_and_a_file(data: Call, toy: Path, tmp_path: Path) -> None:
    """What was read, what was written, what was lost."""
    said = data("convert", "adr-mini", tmp_path / "mini.jsonl").stdout
    assert "828 sentences, 1,380 mentions (775 ADR, 605 DRUG)" in said
    assert "nothing is lost" in said
    said = data("convert", toy, tmp_path / "new" / "toy.conll").stdout
    assert "what this form cannot hold" in said
    assert "Foot\tB-ADR" in (tmp_path / "new" / "toy.conll").read_text()
    said = data("convert", tmp_path / "new" / "toy.conll", tmp_path / "out", "--to", "brat").stdout
    assert f"wrote {tmp_path / 'out'} (brat)" in said


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ('[{"data": {"text": "No rash"}, "annotations": [{"result": []}]}]', "jsonl"),
        ('{"text": "No rash", "label": []}\n{"text": "Rash", "label": []}\n', "jsonl"),
        ('\ufeff {"source": "", "documents": [{"id": "1", "passages": [{"offset": 0, "text": "No rash"}]}]}', "bioc"),
    ],
)
def test_json_is_what_it_holds(data: Call, tmp_path: Path, content: str, form: str) -> None:
    """A name that ends in .json says nothing of who wrote it, so its beginning is looked at."""
    (tmp_path / "mine.json").write_text(content, encoding="utf-8")
    said = data("convert", tmp_path / "mine.json", tmp_path / "mine.jsonl").stdout
    assert f"read {form} " in said
    assert '"text": "No rash"' in (tmp_path / "mine.jsonl").read_text()


def test_parameters_of_the_reader(data: Call, tmp_path: Path) -> None:
    """Values are TOML where they are, and else text."""
    (tmp_path / "a.txt").write_text("1 rash B\n2 . N\n")
    words = ("--from", "conll", "--param", "token=1", "--param", "outside=['N']", "--param", "label=ADR")
    said = data("convert", tmp_path / "a.txt", tmp_path / "a.jsonl", *words).stdout
    assert "1 mentions (1 ADR)" in said
    assert json.loads((tmp_path / "a.jsonl").read_text())["text"] == "rash ."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{toy}", "{out}"), "give --to (bioc, brat, conll"),
        (("{toy}", "{toy}.jsonl", "--to", "huggingface"), "huggingface cannot be written; formats that can: bioc"),
        (("{toy}", "{out}", "--to", "jsnl"), "did you mean 'jsonl'"),
        (("{toy}", "{toy}"), "is what is read"),
        (("{toy}", "{out}.jsonl", "--from", "jsnl"), "did you mean 'jsonl'"),
        (("jsonl", "{out}.jsonl"), "--from jsonl"),
        (("adr-mimi", "{out}.jsonl"), "did you mean 'adr-mini'"),
        (("{toy}x", "{out}.jsonl", "--from", "jsonl"), "no such file"),
        (("{folder}", "{out}.jsonl"), "--from"),
        (("adr-mini", "{there}.jsonl"), "exists already; --force replaces it"),
        (("adr-mini", "{out}.jsonl", "--param", "a=1"), "params.a"),
    ],
)
def test_a_conversion_that_cannot_be(data: Call, toy: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """An error with what would be valid; nothing is written."""
    (tmp_path / "there.jsonl").write_text("mine")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    places = {"toy": toy, "out": tmp_path / "out", "there": tmp_path / "there", "folder": tmp_path / "folder"}
    assert said in data("convert", *(word.format(**places) for word in words), code=2).stderr
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "there.jsonl").read_text() == "mine"


@pytest.mark.slow  # a corpus of its real size
@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpora")
def test_the_published_counts_of_a_real_corpus(data: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """TAC 2017 has the mentions that were published; those of the default label include discontinuous ones."""
    monkeypatch.setenv("ADRBENCH_DATA", _DATA)
    names = ("documents", "groups", "spans", "discontinuous", "spans AdverseReaction")
    plain = json.loads(data("stats", "tac2017", "--offline", "--format", "json").stdout)
    assert {line["name"]: line["verdict"] for line in plain["published"]} == dict.fromkeys(names, "same")
    assert (plain["found"]["spans"], plain["found"]["discontinuous"]) == (15722, 1078)
    assert plain["all_entities"]["discontinuous"] == 989


def test_force_replaces_a_file(data: Call, toy: Path, tmp_path: Path) -> None:
    """What was there is gone, the new corpus is there."""
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    data("convert", toy, out, "--force")
    assert json.loads(out.read_text().splitlines()[0])["id"] == "a1"
