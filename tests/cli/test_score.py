"""``adrbench score``, as a user sees it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stored
from click.testing import CliRunner, Result

from adrbench.cli import main
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import leaderboard
from adrbench.results.store import Store
from adrbench.scoring.statistics.kinds import INTERVALS

LINES = "severe B-ADR B-ADR\nrash I-ADR I-ADR\n. O O\n\npain B-ADR I-ADR\naspirin B-DRUG O\n\nwell O B-ADR\n"
FOLDS = (("d0", "d2", "d4"), ("d1", "d3", "d5"))
GOLD: dict[str, list[list[Any]]] = {f"d{i}": [[0, 4, "ADR"]] for i in range(6)} | {
    "d0": [[0, 4, "ADR"], [5, 9, "DRUG"]]
}
Call = Callable[..., Result]


@pytest.fixture
def score() -> Call:
    """Call ``adrbench score`` with these words; it must end well, unless another exit code is expected."""

    def call(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["score", *map(str, words)])
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    """A file of gold and predicted tags: two of three gold mentions are found, one of three predictions is wrong."""
    file = tmp_path / "system.txt"
    file.write_text(LINES)
    return file


@pytest.fixture
def results(tmp_path: Path) -> Store:
    """A results folder of two folds, in which one tagger found everything; texts are ``word word``."""
    store = Store.create(tmp_path / "results")
    store.write_card("card", stored.card(GOLD, ("ADR", "DRUG")))
    store.write_words("card", stored.words(GOLD, {name: [0] for name in GOLD}))
    store.write_split("folds", stored.split(FOLDS))
    stored.keep_cell(store, "run0", reason="x")
    section = stored.section([stored.row("crf", ["run0", "run1"], use="crf")], folds="folds")
    store.write_plan(stored.plan([section], benchmark="b"))
    return store


def predictions(path: Path, spans: dict[str, list[list[Any]]]) -> Path:
    """Write predictions as JSON lines of ids and spans."""
    path.write_text("".join(json.dumps({"id": name, "spans": own}) + "\n" for name, own in spans.items()))
    return path


def rows(result: Result) -> dict[str, Any]:
    """The row objects that were printed, by label."""
    return {row["label"]: row for row in json.loads(result.stdout)}


def test_one_file_has_a_bootstrap_over_its_sentences(score: Call, columns: Path) -> None:
    """Figures of one file are exact, its interval is a bootstrap, and the row says that it is imported."""
    found = rows(score(columns, "--format", "json", "--as", "mine"))
    assert (found["micro"]["precision"], found["micro"]["recall"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found["DRUG"]["f1"] == 0.0
    assert found["ADR"]["support"] == 2
    micro = found["micro"]
    assert (micro["tagger"], micro["imported"], micro["folds"], micro["machine"]) == ("mine", True, 1, None)
    many = columns.with_name("many.txt")
    many.write_text(f"{LINES}\n" * 7)
    micro = rows(score(many, "--format", "json"))["micro"]
    assert micro["interval"] == "bootstrap"
    for figure in ("precision", "recall", "f1"):
        assert 0 <= micro[f"{figure}_low"] < micro[figure] < micro[f"{figure}_high"] <= 1
    shown = score(many, "--format", "markdown").stdout
    assert "exact: many.txt · 95% bootstrap" in shown
    assert "| Label | P | R | F1 | 95% |" in shown
    assert "| Label | P | 95% | R | 95% | F1 | 95% |" in score(many, "--intervals", "--format", "markdown").stdout


@pytest.mark.parametrize("kind", INTERVALS)
def test_every_interval_of_the_leaderboard_is_to_be_had(score: Call, columns: Path, kind: str) -> None:
    """Of two files that are folds, each is there under its own name."""
    folds = [columns.with_name(f"fold{i}.txt") for i in range(2)]
    for fold in folds:
        fold.write_text(f"{LINES}\n" * 4)
    micro = rows(score(*folds, "--format", "json", "--interval", kind))["micro"]
    assert (micro["interval"], micro["folds"]) == (kind, 2)
    assert micro["precision_low"] <= micro["precision"] <= micro["precision_high"]


def test_few_units_are_not_resampled(score: Call, columns: Path) -> None:
    """With fewer than 20 sentences there is no interval, and the reason; a bootstrap that was asked for is refused."""
    [reason] = [
        line for line in score(columns, "--format", "markdown").stdout.splitlines() if line.startswith("- No interval")
    ]
    assert reason == (
        "- No interval: a bootstrap needs 20 sentences, and there are 3 sentences (an empty line ends a sentence)."
    )
    assert rows(score(columns, "--format", "json"))["micro"]["interval"] is None
    unbroken = columns.with_name("unbroken.txt")
    unbroken.write_text(LINES.replace("\n\n", "\n") * 30)
    for kind in ("bootstrap", "bca"):
        said = score(unbroken, "--interval", kind, code=2).output
        assert f"--interval {kind}: a bootstrap needs 20 sentences, and there is 1 sentence (an empty line" in said


def test_several_files_are_folds(score: Call, columns: Path, tmp_path: Path) -> None:
    """A file a fold gives means over folds with the interval asked for."""
    perfect = tmp_path / "perfect.txt"
    perfect.write_text("rash B-ADR B-ADR\n\naspirin B-DRUG B-DRUG\n")
    micro = rows(score(columns, perfect, "--format", "json", "--interval", "z"))["micro"]
    assert micro["fold_f1"] == [pytest.approx(2 / 3), 1.0]
    assert micro["f1"] == pytest.approx(5 / 6)
    assert (micro["interval"], micro["folds"], micro["f1_high"]) == ("z", 2, 1.0)


def test_tables_show_the_policy_and_the_values_at_zero(score: Call, columns: Path) -> None:
    """The table has a row a label and the averages, says what became of orphans, and what a quotient by 0 is."""
    shown = score(columns, "--orphans", "reject", "--format", "markdown").stdout
    assert "| ADR | 50.0 | 50.0 | 50.0 |" in shown
    assert "Orphans: reject. Begun without B- or S-: 0 gold, 1 predicted" in shown
    assert "denominator 0 is 0.0" in shown
    assert r"\begin{tabular}" in score(columns, "--format", "latex").stdout
    assert "weighted" in score(columns).stdout
    found = list(csv.DictReader(score(columns, "--format", "csv", "--label", "DRUG").stdout.splitlines()))
    assert {row["label"] for row in found} == {"micro", "macro", "weighted", "DRUG"}


@pytest.mark.parametrize(("gold", "predicted"), [("O", "B-X"), ("B-X", "O"), ("O", "O")])
def test_no_gold_and_no_prediction_give_zero(score: Call, tmp_path: Path, gold: str, predicted: str) -> None:
    """Without gold, without predictions, and without both, every figure is 0.0."""
    file = tmp_path / "f.txt"
    file.write_text(f"a {gold} {predicted}\n\nb O O\n")
    micro = rows(score(file, "--format", "json"))["micro"]
    assert (micro["precision"], micro["recall"], micro["f1"]) == (0.0, 0.0, 0.0)
    assert score(file, "--format", "conlleval").stdout.startswith("processed 2 tokens with")


def test_standard_input_as_conlleval_reads_it(columns: Path) -> None:
    """In a pipe it prints conlleval's layout and nothing else."""
    command = [sys.executable, "-m", "adrbench", "score", "--format", "conlleval"]
    done = subprocess.run(command, input=columns.read_text(), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "processed 6 tokens with 3 phrases; found: 3 phrases; correct: 2.",
        "accuracy:  50.00%; precision:  66.67%; recall:  66.67%; FB1:  66.67",
        "              ADR: precision:  66.67%; recall: 100.00%; FB1:  80.00  3",
        "             DRUG: precision:   0.00%; recall:   0.00%; FB1:   0.00  0",
    ]


def test_gold_and_predictions_apart(score: Call, tmp_path: Path) -> None:
    """Two files of any format are judged, the format told by their names."""
    lines = [json.dumps({"id": name, "text": "word word", "spans": spans}) for name, spans in GOLD.items()]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(lines) + "\n")
    system = predictions(tmp_path / "system.jsonl", {**GOLD, "d0": []})
    micro = rows(score("--gold", gold, "--predicted", system, "--format", "json"))["micro"]
    assert (micro["precision"], micro["recall"]) == (1.0, pytest.approx(5 / 7))
    for number, file in enumerate((gold, system)):
        file.with_suffix(".tsv").write_text(f"a\tB-X\nb\t{'OI'[number]}{'-X' * number}\n")
    both = ("--gold", gold.with_suffix(".tsv"), "--predicted", system.with_suffix(".tsv"), "--format", "json")
    assert rows(score(*both))["micro"]["f1"] == 0.0


@pytest.mark.parametrize("name", ["brat", "docs.bioc.xml", "docs.pubtator", "docs.jsonl"])
def test_pairs_of_every_format_are_documented_and_judged(score: Call, tmp_path: Path, name: str) -> None:
    """Folders and files as docs/reports.md shows them, one pair a fold: gold against itself is all right."""
    gold = tmp_path / name
    to = ["--to", "brat"] if name == "brat" else []
    done = CliRunner().invoke(main, ["data", "convert", "adr-mini", str(gold), *to])
    assert done.exit_code == 0, done.output
    form = {"docs.bioc.xml": ("--from", "bioc")}.get(name, ())
    pair = ("--gold", gold, "--predicted", gold)
    micro = rows(score(*pair, *pair, *form, "--format", "json"))["micro"]
    assert (micro["f1"], micro["folds"]) == (1.0, 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("{file}", "--gold", "{file}", "--predicted", "{file}"), "not both"),
        (("--gold", "{file}"), "1 --gold and 0 --predicted"),
        (("{file}", "--results", "x"), "needs --as NAME"),
        (("{file}", "--results", "x", "--as", "n"), "takes the predictions alone"),
        (
            ("--predicted", "{file}", "--results", "x", "--as", "n", "--orphans", "begin"),
            "--orphans has no effect with --results",
        ),
        (("nothing.txt",), "nothing.txt: no such file"),
        (("{file}", "--label", "ADRS"), "did you mean 'ADR'"),
        (("{file}", "--evaluator", "exactly"), "did you mean 'exact'"),
        (("--gold", "{file}", "--predicted", "{file}", "--from", "bratt"), "did you mean 'brat'"),
        (("{file}", "-d", "|"), "1 column"),
        (("{file}", "--borders", "gold"), "--borders is for two files of columns"),
    ],
)
def test_wrong_usage_ends_with_2(score: Call, columns: Path, words: tuple[str, ...], message: str) -> None:
    """What contradicts itself or is not there is refused with what would be right."""
    assert message in score(*(word.format(file=columns) for word in words), code=2).output


def test_predictions_join_a_leaderboard(score: Call, results: Store, tmp_path: Path) -> None:
    """One file for a whole cross-validation is shared out to its folds, and the row stands in the leaderboard."""
    system = predictions(tmp_path / "system.jsonl", {**GOLD, "d0": [[0, 4, "ADR"]], "d1": [[5, 9, "ADR"]]})
    shown = score("--predicted", system, "--as", "theirs", "--results", results.folder, "--format", "json")
    printed = {row["tagger"]: row for row in json.loads(shown.stdout) if row["label"] == "micro"}
    assert printed["theirs"]["fold_f1"] == [pytest.approx(6 / 7), pytest.approx(2 / 3)]
    row = next(row for row in leaderboard(results, Registry()).rows if (row.tagger, row.label) == ("theirs", "micro"))
    assert (row.imported, row.status, row.family, row.cost.fit_seconds) == (True, "ok", "imported", None)
    assert row.f1 == printed["theirs"]["f1"]


def test_the_same_name_again_replaces_the_row(score: Call, results: Store, tmp_path: Path) -> None:
    """Importing under a name once more leaves one row, the new one, and no cell of the old one."""
    for name, spans in (("first", {**GOLD, "d0": []}), ("second", GOLD)):
        system = predictions(tmp_path / f"{name}.jsonl", spans)
        score("--predicted", system, "--as", "theirs", "--results", results.folder)
    [section] = results.read_plan().sections
    assert [row.tagger for row in section.rows] == ["crf", "theirs"]
    cells = set(results.cell_keys())
    assert cells == {"run0", *section.rows[1].cells}
    [row] = [row for row in leaderboard(results, Registry()).rows if (row.tagger, row.label) == ("theirs", "micro")]
    assert row.f1 == 1.0


def test_a_file_a_fold_in_any_order(score: Call, results: Store, tmp_path: Path) -> None:
    """Files of folds are told by their documents."""
    files = [
        predictions(tmp_path / f"{i}.jsonl", {name: GOLD[name] if i else [] for name in fold})
        for i, fold in enumerate(FOLDS)
    ]
    words = (word for file in reversed(files) for word in ("--predicted", file))
    shown = score(*words, "--as", "theirs", "--results", results.folder, "--format", "json")
    printed = {row["tagger"]: row for row in json.loads(shown.stdout) if row["label"] == "micro"}
    assert printed["theirs"]["fold_f1"] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "changes", "options", "message"),
    [
        ("crf", {}, (), "a tagger of that name, run by adrbench"),
        ("theirs", {"d6": []}, (), "document 'd6' not in toy, random"),
        ("theirs", {"d0": None, "d3": None}, (), "documents 'd0', 'd3' of toy, random missing"),
        ("theirs", {"d0": [[0, 4, "ADRS"]]}, (), "no label 'ADRS'; did you mean 'ADR'"),
        ("theirs", {"d0": [[0, 12, "ADR"]]}, (), "0-12 (ADR) ends behind the last word, which ends at 9"),
        ("theirs", {}, ("--splits", "grouped"), "holds no 'grouped'"),
        (" ", {}, (), "should be a name"),
    ],
)
def test_predictions_that_do_not_fit_leave_the_folder_alone(
    score: Call, results: Store, tmp_path: Path, name: str, changes: dict[str, Any], options: Any, message: str
) -> None:
    """Taken names, missing and extra documents, unknown labels and wrong offsets are refused, and nothing is kept."""
    before = {file: file.read_bytes() for file in results.folder.rglob("*.json")}
    spans = {name: own for name, own in {**GOLD, **changes}.items() if own is not None}
    system = predictions(tmp_path / "system.jsonl", spans)
    result = score("--predicted", system, "--as", name, "--results", results.folder, *options, code=2)
    assert message in result.output
    assert {file: file.read_bytes() for file in results.folder.rglob("*.json")} == before


def test_a_text_of_other_words_is_refused(score: Call, results: Store, tmp_path: Path) -> None:
    """Where the file has texts, they must have words where the corpus has them."""
    system = tmp_path / "system.jsonl"
    lines = [json.dumps({"id": name, "text": "words wor", "spans": spans}) for name, spans in GOLD.items()]
    system.write_text("\n".join(lines) + "\n")
    result = score("--predicted", system, "--as", "theirs", "--results", results.folder, code=2)
    assert "offsets must be those of the corpus" in result.output


def test_other_evaluators_judge_the_same_files(score: Call, columns: Path) -> None:
    """Several evaluators give their rows one after the other; each row names its own."""
    words = ("--evaluator", "exact", "--evaluator", "token:bio", "--format", "json")
    found = {(row["evaluator"], row["label"]): row for row in json.loads(score(columns, *words).stdout)}
    assert found["exact", "micro"]["support"] == 3
    assert found["token:bio", "I-ADR"]["support"] == 1
    # An orphan I- has become a begin.
    assert found["token:bio", "B-ADR"]["precision"] == pytest.approx(2 / 3)


def test_what_was_learnt_from_is_known_in_a_results_folder_only(score: Call, columns: Path, results: Store) -> None:
    """An evaluator that asks what is new to a system is refused for files, and answers for a row of a folder."""
    assert "--results DIR" in score(columns, "--evaluator", "novelty", code=2).output
    system = predictions(results.folder.parent / "system.jsonl", GOLD)
    results.write_words("card", stored.words(GOLD, {name: [0, 1] for name in GOLD}))
    results.write_card("card", stored.card(dict.fromkeys(GOLD, GOLD["d0"]), ("ADR", "DRUG")))
    words = ("--as", "theirs", "--results", results.folder, "--evaluator", "novelty:seen", "--format", "json")
    printed = json.loads(score("--predicted", system, *words).stdout)
    [row] = [row for row in printed if (row["tagger"], row["label"]) == ("theirs", "ADR")]
    assert (row["recall"], row["precision"]) == (1.0, None)


def test_gold_and_predictions_in_two_formats(score: Call, tmp_path: Path) -> None:
    """Each is recognised by itself, by its content if its name says nothing."""
    gold, system = tmp_path / "gold.txt", tmp_path / "system.json"
    gold.write_text("1|t|Rash.\n1|a|No pain.\n1\t0\t4\tRash\tADR\n1\t9\t13\tpain\tADR\n")
    annotation = {"infons": {"type": "ADR"}, "text": "Rash", "locations": [{"offset": 0, "length": 4}]}
    passages = [{"offset": 0, "text": "Rash.", "annotations": [annotation]}, {"offset": 6, "text": "No pain."}]
    system.write_text(json.dumps({"documents": [{"id": "1", "passages": passages}]}))
    result = score("--gold", str(gold), "--predicted", str(gold), "--format", "json")
    assert rows(result)["micro"]["f1"] == 1
    result = score("--gold", str(gold), "--predicted", str(system), "--format", "json")
    assert rows(result)["micro"]["recall"] == 0.5


def test_gold_in_brat_and_predictions_in_json_lines(score: Call, tmp_path: Path) -> None:
    """A folder and a file."""
    gold, system = tmp_path / "gold", tmp_path / "system.out"
    gold.mkdir()
    (gold / "a.txt").write_text("Rash and pain.")
    (gold / "a.ann").write_text("T1\tADR 0 4\tRash\nT2\tADR 9 13\tpain\n")
    system.write_text('{"id": "a", "text": "Rash and pain.", "spans": [[0, 4, "ADR"]]}\n')
    result = score("--gold", str(gold), "--predicted", str(system), "--format", "json")
    assert rows(result)["micro"]["recall"] == 0.5


def test_predicted_labels_that_no_gold_has_are_named(score: Call, tmp_path: Path) -> None:
    """Another spelling of a label matches nothing; a shared label needs no note."""
    file = tmp_path / "f.txt"
    note = "Predicted labels that no gold has: adr. Labels of gold: ADR."
    file.write_text("Rash B-ADR B-adr\nafter O O\n")
    assert note in " ".join(score(file).output.split())
    file.write_text("Rash B-ADR B-ADR\nafter O O\n")
    assert "that no gold has" not in score(file).output
