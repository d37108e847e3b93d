"""Audits of gold: what they find, how they score it, and what they write."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
import stored
from command_line import adrbench
from hypothesis import given
from hypothesis import strategies as st

import adrbench as api
from adrbench.datasets.load import read_dataset
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.audit.audit import Audit, is_composed
from adrbench.results.audit.findings import Finding, find, overlap
from adrbench.results.audit.likelihood import ASSUMED_SHARE, AuditedDocument, points_at, spoilt_findings
from adrbench.results.audit.spoiling import Mention, spoil, ways
from adrbench.results.schema import WordsRecord
from adrbench.results.store import Store

# Sixteen words of four letters.
WORDS = tuple((5 * number, 5 * number + 4) for number in range(16))
LABELS = ("ADR", "DRUG")
ALL = frozenset({"crf", "dictionary", "network"})
BOTH = frozenset({"crf", "dictionary"})


def test_a_span_of_several_families_is_missing() -> None:
    """That of a single family is not."""
    found = list(
        find([(0, 4, "ADR")], {(0, 4, "ADR"): ALL, (10, 14, "ADR"): BOTH, (20, 24, "ADR"): frozenset({"crf"})})
    )
    assert found == [Finding("missing", None, (10, 14, "ADR"), ("crf", "dictionary"))]


def test_another_label_or_other_ends_that_families_agree_on() -> None:
    """Unless as many families say what the gold says."""
    gold: list[Mention] = [(0, 4, "ADR"), (10, 19, "ADR"), (30, 34, "ADR")]
    votes = {(0, 4, "DRUG"): ALL, (10, 14, "ADR"): BOTH, (10, 19, "ADR"): frozenset({"network"}), (30, 39, "ADR"): BOTH}
    votes[30, 34, "ADR"] = BOTH
    assert list(find(gold, votes)) == [
        Finding("label", (0, 4, "ADR"), (0, 4, "DRUG"), ("crf", "dictionary", "network")),
        Finding("boundary", (10, 19, "ADR"), (10, 14, "ADR"), ("crf", "dictionary"), ("network",)),
    ]


def test_a_mention_that_nobody_finds() -> None:
    """A family that finds a part of it finds something."""
    gold: list[Mention] = [(0, 4, "ADR"), (10, 19, "ADR")]
    assert list(find(gold, {(10, 14, "ADR"): frozenset({"crf"})})) == [Finding("unfound", (0, 4, "ADR"), None)]


SPANS = st.builds(
    lambda start, length, label: (start, start + length, label),
    st.integers(0, 40),
    st.integers(1, 12),
    st.sampled_from(LABELS),
)


@given(
    st.lists(SPANS, max_size=8, unique=True),
    st.dictionaries(SPANS, st.frozensets(st.sampled_from(sorted(ALL)), min_size=1), max_size=10),
)
def test_findings_never_contradict_each_other(gold: list[Mention], votes: dict[Mention, frozenset[str]]) -> None:
    """A mention is doubted once, proposals do not overlap, and none is gold already."""
    found = list(find(gold, votes))
    doubted = [one.gold for one in found if one.gold is not None]
    proposals = [one.proposal for one in found if one.proposal is not None]
    assert len(set(doubted)) == len(doubted)
    assert not set(proposals) & set(gold)
    assert not any(overlap(one, other) for i, one in enumerate(proposals) for other in proposals[:i])
    for one in found:
        touched = [mention for mention in gold if one.proposal is not None and overlap(mention, one.proposal)]
        assert touched == ([] if one.kind in {"missing", "unfound"} else [one.gold])


@given(
    st.lists(st.sampled_from([(a, b, label) for a, b in WORDS for label in LABELS]), max_size=6, unique=True), st.data()
)
def test_spoilt_mentions_stay_within_words_and_apart(gold: list[Mention], data: st.DataObject) -> None:
    """A moved mention touches no other one, and every result differs from the mention."""
    gold = [one for one in gold if not any(overlap(one, other) for other in gold if other != one)]
    if not gold:
        return
    mention = data.draw(st.sampled_from(gold))
    possible = ways(mention, gold, WORDS, LABELS)
    assert possible["dropped"] == []
    assert possible["relabelled"] == [(*mention[:2], "DRUG" if mention[2] == "ADR" else "ADR")]
    edges = {edge for word in WORDS for edge in word}
    for start, end, label in possible.get("moved", []):
        assert start < end
        assert label == mention[2]
        assert (start, end) != mention[:2]
        assert {start, end} <= edges
        assert not any(overlap((start, end, label), other) for other in gold if other != mention)


@given(
    st.lists(SPANS, max_size=6, unique=True),
    st.dictionaries(SPANS, st.frozensets(st.sampled_from(sorted(ALL)), min_size=1), max_size=10),
)
def test_what_points_at_a_spoilt_mention_is_found_as_in_the_whole_document(
    gold: list[Mention], votes: dict[Mention, frozenset[str]]
) -> None:
    """Although only what overlaps it is looked at again."""
    document = AuditedDocument("d", 0, tuple(gold), votes, WORDS)
    expected = []
    for mention in gold:
        possible = ways(mention, gold, WORDS, LABELS)
        for results in possible.values():
            stand: Sequence[Mention | None] = results or [None]
            for after in stand:
                spoilt = [one for one in gold if one != mention] + ([after] if after else [])
                weight = ASSUMED_SHARE / len(possible) / len(stand)
                found = find(spoilt, votes)
                expected += [(one, weight) for one in found if points_at(one, mention, after)]
    assert list(spoilt_findings(document, LABELS)) == expected


def test_spoiling_is_the_same_for_a_seed() -> None:
    """And spoils the share that is asked for."""
    gold = {f"d{n}": [(0, 4, "ADR"), (20, 29, "DRUG")] for n in range(100)}
    words = dict.fromkeys(gold, WORDS)
    made, spoilt = spoil(gold, words, LABELS, share=0.1, seed=5)
    assert len(spoilt) == 20
    assert {one.way for one in spoilt} == {"dropped", "relabelled", "moved"}
    assert (made, spoilt) == spoil(gold, words, LABELS, share=0.1, seed=5)
    assert made != spoil(gold, words, LABELS, share=0.1, seed=6)[0]
    for one in spoilt:
        assert one.before not in made[one.document]
        assert one.after is None or one.after in made[one.document]


def test_a_tagger_that_is_made_of_others_is_known_by_its_parameters() -> None:
    """Its votes would count its members twice."""
    assert is_composed({"members": [{"use": "crf", "params": {}}], "vote": "majority"})
    assert not is_composed({"use": "crf", "sizes": [1, 2]})


# A corpus in which every document has two mentions, and taggers that are right but for a few mistakes.
TRUTH: dict[str, list[Mention]] = {f"d{n:03}": [(0, 4, "ADR"), (20, 29, "DRUG")] for n in range(240)}
TEXT = " ".join(["rash"] * 16)


def write(
    folder: Path,
    gold: Mapping[str, Sequence[Mention]],
    *,
    truth: Mapping[str, Sequence[Mention]] = TRUTH,
    folds: int = 3,
    taggers: int = 3,
) -> Store:
    """A results folder whose taggers of several families know the truth, one in ten mentions apart."""
    store = Store.create(folder)
    labels = sorted({label for own in truth.values() for _, _, label in own})
    store.write_card("card", stored.card(gold, labels, tokens_of=dict.fromkeys(gold, 16)))
    steps = tuple(n for i in range(16) for n in (5 * i - (5 * i - 1 if i else 0), 4))
    ranges = dict.fromkeys(gold, steps)
    store.write_words("card", WordsRecord(ranges, {name: tuple(range(len(own))) for name, own in gold.items()}))
    names = sorted(gold)
    tests = [names[fold::folds] for fold in range(folds)]
    store.write_split("toy-folds", stored.split(tests))
    rows = []
    for number in range(taggers):
        rng = random.Random(number)
        tagger = f"t{number}"
        cells = [f"{tagger}-{fold}" for fold in range(folds)]
        rows.append(stored.row(tagger, cells, family=f"family {number}", use=tagger))
        for fold, cell in enumerate(cells):
            spans = {name: [one for one in truth[name] if rng.random() > 0.1] for name in tests[fold]}
            stored.keep_cell(store, cell, tests[fold], spans, fold=fold, tagger=tagger)
    store.write_plan(stored.plan([stored.section(rows)]))
    return store


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Results whose gold is spoilt in a twentieth of the mentions, and the ids of these documents."""
    folder = tmp_path_factory.mktemp("audit") / "results"
    gold, errors = spoil(TRUTH, dict.fromkeys(TRUTH, WORDS), LABELS, share=0.05, seed=1)
    write(folder, gold)
    return folder, {error.document for error in errors}


@pytest.fixture(scope="module")
def benchmark(spoilt: tuple[Path, set[str]]) -> Audit:
    """The audit of these results."""
    [found] = api.audit(spoilt[0])
    return found


def test_spoilt_mentions_come_first(benchmark: Audit, spoilt: tuple[Path, set[str]]) -> None:
    """Taggers that agree against the gold are right here; the one mention that all of them miss says little."""
    first = benchmark.items[:15]
    assert sum(item.document in spoilt[1] for item in first) >= 14
    assert {item.finding.kind for item in first} >= {"missing", "label", "boundary"}
    assert [item.rank for item in benchmark.items] == list(range(1, len(benchmark.items) + 1))
    scores = [item.score for item in benchmark.items]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert benchmark.documents == len(TRUTH)


def test_scores_come_from_other_folds(tmp_path: Path) -> None:
    """The gold of a fold does not change the scores of its own findings."""
    gold, _ = spoil(TRUTH, dict.fromkeys(TRUTH, WORDS), LABELS, share=0.05, seed=1)
    own = sorted(TRUTH)[0::3]
    other = {**gold, own[0]: [(40, 44, "DRUG")], own[1]: [(50, 54, "ADR"), (60, 64, "ADR")]}
    write(tmp_path / "a", gold)
    write(tmp_path / "b", other)
    before, after = (
        {(item.document, item.finding): item.score for item in api.audit(tmp_path / name)[0].items} for name in "ab"
    )
    same = before.keys() & after.keys()
    assert {before[key] for key in same if key[0] in own} == {after[key] for key in same if key[0] in own}
    assert any(before[key] != after[key] for key in same if key[0] not in own)


def test_one_fold_is_audited_in_parts(tmp_path: Path) -> None:
    """Scores come from the other parts of its documents."""
    gold, errors = spoil(TRUTH, dict.fromkeys(TRUTH, WORDS), LABELS, share=0.05, seed=2)
    write(tmp_path / "r", gold, folds=1)
    [found] = api.audit(tmp_path / "r")
    first = {item.document for item in found.items[:20]}
    assert len(first & {error.document for error in errors}) >= 19


def test_one_family_makes_no_audit(tmp_path: Path) -> None:
    """Agreement takes two."""
    write(tmp_path / "r", TRUTH, taggers=1)
    done = adrbench("audit", str(tmp_path / "r"))
    assert done.returncode == 2
    assert "taggers of 2 families or more are needed on every fold; there are 1 (family 0)" in done.stderr


def test_accepting_findings_changes_the_gold_alone(spoilt: tuple[Path, set[str]], benchmark: Audit) -> None:
    """F1 rises by what was wrong, and the stored results stay as they are."""
    results = api.Results(spoilt[0])
    count = 15
    effects = results.accept(benchmark, count)
    assert {effect.tagger for effect in effects} == set(results.taggers)
    for effect in effects:
        assert effect.f1 is not None
        assert effect.accepted_f1 is not None
        assert effect.accepted_f1 > effect.f1 + 0.01
    assert [row.f1 for row in api.Results(spoilt[0])] == [row.f1 for row in results]
    with pytest.raises(InputError, match="give a number from 1 to"):
        results.accept(benchmark, len(benchmark.items) + 1)


def test_the_command_fits_80_columns(spoilt: tuple[Path, set[str]]) -> None:
    """Counts by kind, the most likely errors, and the effect."""
    done = adrbench("audit", str(spoilt[0]), "--limit", "5", "--accept", "5", environment={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "the 5 most likely errors" in done.stdout
    assert "with the first 5 findings accepted" in done.stdout


def test_json_lines_have_ids_and_offsets(spoilt: tuple[Path, set[str]], benchmark: Audit, tmp_path: Path) -> None:
    """And no text without the corpus."""
    file = tmp_path / "audit.jsonl"
    done = adrbench("audit", str(spoilt[0]), "--limit", "7", "--jsonl", str(file))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["rank"], one["document"]) for one in lines] == [(i.rank, i.document) for i in benchmark.items[:7]]
    assert not any("text" in one for one in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--with-text",), "--with-text needs --benchmark FILE"),
        (("--benchmark", "b.toml"), "--benchmark has no effect without --with-text"),
        (("--brat", "new"), "say with --benchmark FILE --with-text where the corpus is"),
        (("--dataset", "toi"), "did you mean 'toy'?"),
        (("--accept", "9999"), "give a number from 1 to"),
        (("--html", "/"), "is a directory"),
    ],
)
def test_wrong_options_are_explained(spoilt: tuple[Path, set[str]], arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2."""
    done = adrbench("audit", str(spoilt[0]), *arguments)
    assert done.returncode == 2
    assert said in done.stderr


HOSTILE = '<script>alert("x")</script>\u202e'
FILE = """
[benchmark]
name = "toy"
[[datasets]]
use = "jsonl"
name = "toy"
path = "toy.jsonl"
words = "punctuation"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "one"
use = "dictionary"
[[taggers]]
id = "two"
use = "crf"
params = { max_iterations = 5 }
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark file of a corpus with hostile texts, whose results lie beside it."""
    folder = tmp_path_factory.mktemp("hostile")
    drugs = ["aspirin", "zelanol", "codeine", "ibuprofen"]
    lines = []
    for number in range(80):
        drug = drugs[number % 4]
        text = f"took {drug} and had rash {HOSTILE}"
        start = text.index("rash")
        spans = [[5, 5 + len(drug), "DRUG"], [start, start + 4, "ADR" if number % 20 else "DRUG"]]
        lines.append(json.dumps({"id": f"d{number}", "text": text, "spans": spans}))
    (folder / "toy.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "toy.toml").write_text(FILE)
    api.run(folder / "toy.toml", results=folder / "results")
    return folder


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.slow
def test_the_page_escapes_hostile_texts(run: Path, tmp_path: Path) -> None:
    """It has no script, and shows the mention with its label."""
    file = tmp_path / "audit.html"
    [found] = api.audit(run / "results", benchmark=run / "toy.toml", html=file)
    assert {item.document for item in found.items[:4]} == {"d0", "d20", "d40", "d60"}
    page = Page()
    source = file.read_text(encoding="utf-8")
    page.feed(source)
    assert "script" not in page.tags
    assert "alert" in page.text
    assert "\u202e" not in source
    assert "|DRUG]" in page.text
    # Every gold and every proposal has its place, also where there is nothing, or what follows would take it.
    assert page.tags.count("dt") == page.tags.count("dd") > 0


def test_brat_holds_gold_and_findings_to_correct(run: Path, tmp_path: Path) -> None:
    """It can be read back, findings being labels of their own, and is never written over."""
    out = tmp_path / "correct"
    arguments = ("audit", str(run / "results"), "--benchmark", str(run / "toy.toml"), "--with-text", "--limit", "4")
    done = adrbench(*arguments, "--brat", str(out), "--format", "json")
    assert done.returncode == 0, done.stderr
    assert "4 documents" in done.stderr
    records = read_dataset(Registry(), "brat", {}, out, offline=True).records
    assert {record.id for record in records} == {"d0", "d20", "d40", "d60"}
    for record in records:
        assert sorted(span.label for span in record.spans) == ["AUDIT-label-ADR", "DRUG", "DRUG"]
    again = adrbench(*arguments, "--brat", str(out))
    assert again.returncode == 2
    assert "may hold corrections" in again.stderr


def test_texts_stand_in_the_table_when_they_are_asked_for(run: Path) -> None:
    """With the gold and the proposal marked, and nothing that steers a terminal."""
    plain = adrbench("audit", str(run / "results"), "--limit", "2", "--format", "csv")
    assert "rash" not in plain.stdout
    marked = adrbench(
        "audit", str(run / "results"), "--benchmark", str(run / "toy.toml"), "--with-text", "--limit", "2"
    )
    assert "|ADR?]" in "".join(marked.stdout.split())
    assert "\u202e" not in marked.stdout


HIDDEN = "\x1b[2J\u202e"


def test_hostile_names_steer_nothing(tmp_path: Path) -> None:
    """Ids and labels of a corpus, in the table, in CSV, on the page and in JSON lines."""
    label = f"=1+1{HIDDEN}<img>"
    truth: dict[str, list[Mention]] = {f"={n}{HIDDEN}<b>": [(0, 4, label), (20, 29, "DRUG")] for n in range(60)}
    gold, _ = spoil(truth, dict.fromkeys(truth, WORDS), (label, "DRUG"), share=0.1, seed=1)
    write(tmp_path / "r", gold, truth=truth)
    page, lines = tmp_path / "a.html", tmp_path / "a.jsonl"
    arguments = ("audit", str(tmp_path / "r"), "--accept", "2")
    shown = adrbench(*arguments, "--html", str(page), "--jsonl", str(lines))
    table = adrbench(*arguments, "--format", "csv")
    for text in (shown.stdout, table.stdout, lines.read_text()):
        assert not set("\x1b\u202e") & set(text)
    source = page.read_text(encoding="utf-8")
    assert "<img>" not in source
    assert "<b>" not in source.split("</header>")[1].replace('<b class="sign', "")
    assert not any(cell.startswith("=") for cell in table.stdout.replace("\n", ",").split(","))


def test_the_report_sums_up_the_audit(spoilt: tuple[Path, set[str]], tmp_path: Path) -> None:
    """A row for each kind."""
    page = tmp_path / "report.html"
    assert adrbench("report", str(spoilt[0]), "--html", str(page)).returncode == 0
    text = page.read_text(encoding="utf-8")
    assert "Gold that looks wrong" in text
    assert "several families find the mention with another label" in text
