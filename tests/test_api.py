"""The Python API: what the command line does, and a tagger outside the harness, as plain calls."""

from __future__ import annotations

import ast
import inspect
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import adrbench
from adrbench.api import Annotated, Document, Span
from adrbench.errors import InputError
from adrbench.running.estimator import Estimator

ADE = Path(__file__).parents[1] / "results" / "ade"
DRUG, REACTION = "DRUG", "ADR"
TEXTS = ["Aspirin gave me a headache.", "Nausea after ibuprofen. No headache, though."]
SPANS = [[(0, 7, DRUG), (18, 26, REACTION)], [(0, 6, REACTION), (13, 22, DRUG), (27, 35, REACTION)]]
BENCHMARK = """
[benchmark]
name = "small"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "dictionary"
use = "dictionary"
[[taggers]]
id = "precise"
use = "dictionary"
params = { min_precision = 0.5 }
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> adrbench.Results:
    """Two rows on the embedded corpus, run from Python."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.toml").write_text(BENCHMARK)
    return adrbench.run(folder / "small.toml", results=folder / "runs", limit=40)


def loaded_by(program: str) -> set[str]:
    """The modules that a program loads beyond Python's own start."""
    text = f"import sys\nbefore = set(sys.modules)\n{program}\nprint(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_it_is_cheap() -> None:
    """It loads its version and a little of Python; a name's module is loaded when the name is first used."""
    loaded = loaded_by("import adrbench")
    own = {name for name in loaded if name.startswith("adrbench")}
    assert own == {"adrbench", "adrbench._system", "adrbench._system.version"}
    assert {name.partition(".")[0] for name in loaded - own} <= sys.stdlib_module_names
    assert len(loaded) < 50
    assert "adrbench.reporting.notebook" in loaded_by("import adrbench; adrbench.Results")


def test_a_program_that_loads_a_tagger_loads_no_report() -> None:
    """Nor what runs benchmarks: only a tagger as an object, and what it needs."""
    loaded = loaded_by("import adrbench; adrbench.load; adrbench.tagger; adrbench.evaluate")
    assert "adrbench.running.estimator" in loaded
    assert not {"adrbench.reporting", "adrbench.cli", "adrbench.running.run"} & loaded


def test_every_name_it_promises_is_there() -> None:
    """Functions say what they take and give, and can be pickled; another name is answered with the closest."""
    assert set(adrbench.__all__) <= set(dir(adrbench))
    for name in adrbench.__all__:
        value = getattr(adrbench, name)
        assert pickle.loads(pickle.dumps(value)) == value
        if inspect.isfunction(value):
            assert value.__name__ == name
            described = inspect.getdoc(value) or ""
            assert "Args:" in described
            assert "Returns:" in described
    with pytest.raises(AttributeError, match=r"no attribute 'evaluat'; did you mean 'evaluate'\?"):
        adrbench.evaluat  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    """The names imported for types are those of ``__all__``, from the modules that hold them."""
    tree = ast.parse(Path(adrbench.__file__).read_text(encoding="utf-8"))
    typed = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in typed.body if isinstance(node, ast.ImportFrom)]
    sources = {alias.name: node.module for node in imports for alias in node.names}
    assert sources == {name: getattr(adrbench, name).__module__ for name in adrbench.__all__ if name != "__version__"}


def test_a_run_gives_its_results(results: adrbench.Results) -> None:
    """Statuses, benchmark, taggers and rows of all labels, which iterating gives too."""
    assert results.statuses == {"ok": 4}
    assert (results.benchmark, results.taggers) == ("small", ("dictionary", "precise"))
    assert {row.tagger for row in results if row.label == "micro"} == {"dictionary", "precise"}
    assert len(results) == len(results.rows) == len(list(results))
    assert "small, 2 taggers, cells: 4 ok" in repr(results)


def test_an_opened_folder_says_what_the_run_said(results: adrbench.Results) -> None:
    """The same rows and statuses."""
    opened = adrbench.Results(results.folder)
    assert opened.statuses == results.statuses
    assert [row.f1 for row in opened] == [row.f1 for row in results]


def test_a_row_says_which_code_it_is_of(results: adrbench.Results) -> None:
    """Plugin, version and the hash of its sources, for all taggers."""
    for row in results:
        assert (row.use, row.version) == ("dictionary", "0.2.0")
        assert len(row.code) == 16


def test_a_run_refuses_what_is_no_option(tmp_path: Path) -> None:
    """All mistakes at once, with the closest name, and nothing is written."""
    file = tmp_path / "small.toml"
    file.write_text(BENCHMARK)
    with pytest.raises(InputError, match=r"(?s)jobs: .*not 'two'.*fold: unknown name; did you mean 'folds'\?"):
        adrbench.run(file, results=tmp_path / "runs", fold=2, jobs="two")
    with pytest.raises(InputError, match="limit: should be at least 1, not 0"):
        adrbench.run(file, results=tmp_path / "runs", limit=0)
    assert list(tmp_path.iterdir()) == [file]


def test_stored_predictions_give_the_figures_of_the_board(results: adrbench.Results) -> None:
    """Judged fold by fold against the gold, their mean is the row's F1."""
    [row] = [row for row in results if (row.tagger, row.label) == ("precise", "micro")]
    folds = [
        adrbench.evaluate(results.gold(fold=fold), results.predictions("precise", fold=fold))["micro"]["f1"]
        for fold in (1, 2)
    ]
    assert folds == pytest.approx(list(row.fold_f1))
    assert results.predictions("precise").keys() == results.gold().keys()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"tagger": "cfr", "splits": "random"}, r"no tagger 'cfr'; did you mean 'crf'\?"),
        ({"tagger": "crf"}, "say which: dataset='ade', splits='random'; dataset='ade', splits='grouped'"),
        ({"tagger": "crf", "splits": "groupd"}, r"no splits 'groupd'; did you mean 'grouped'\?"),
        ({"tagger": "crf", "splits": "random", "fold": 0}, "no fold 0; folds are counted from 1 to 5"),
        ({"tagger": "bert", "splits": "random"}, "no predictions of fold 1 .skipped: needs a CUDA GPU"),
    ],
)
def test_predictions_that_there_are_not(arguments: dict[str, Any], reason: str) -> None:
    """What is wrong is named, with what would be right."""
    with pytest.raises(InputError, match=reason):
        adrbench.Results(ADE).predictions(**arguments)


def test_taggers_are_compared(results: adrbench.Results) -> None:
    """The difference is that of the figures, and a name that is none is answered with the closest."""
    [comparison] = results.compare("dictionary", "precise", evaluator="exact").comparisons
    line = comparison.judged[0].lines[0]
    assert line.difference == pytest.approx(line.first - line.second)
    with pytest.raises(InputError, match=r"no tagger 'precis'; did you mean 'precise'\?"):
        results.compare("dictionary", "precis")
    with pytest.raises(InputError, match=r"unknown interval 'bootstra'; did you mean 'bootstrap'\?"):
        results.compare("dictionary", "precise", interval="bootstra")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no dataset 'ade'; valid: adr-mini"):
        results.compare("dictionary", "precise", dataset="ade")


def test_another_interval_and_evaluator(results: adrbench.Results) -> None:
    """Without training anything again."""
    board = results.leaderboard(interval="z", evaluator="overlap")
    assert {(row.evaluator, row.interval) for row in board.rows if row.f1_low is not None} == {("overlap", "z")}
    with pytest.raises(InputError, match="unknown interval 'q'; valid: "):
        results.leaderboard(interval="q")  # type: ignore[arg-type]


def test_a_notebook_shows_a_table(results: adrbench.Results) -> None:
    """A row for each tagger, and what the figures are."""
    html = results._repr_html_()
    assert html == results.render("html")
    assert results.render("csv").startswith("schema_version,dataset,split,tagger,")
    with pytest.raises(InputError, match="unknown format 'markdwon'; did you mean 'markdown'"):
        results.render("markdwon")
    assert html.count('<th scope="row">') == 2
    assert ">precise<" in html
    assert "mean over folds" in html


def test_without_pandas_it_says_what_to_install(results: adrbench.Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else needs it."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="to_pandas needs pandas: pip install pandas"):
        results.to_pandas()


def test_with_pandas_rows_are_a_frame(results: adrbench.Results) -> None:
    """A line for each row, a column for each fact."""
    pytest.importorskip("pandas")
    frame = results.to_pandas()
    assert len(frame) == len(results)
    assert {"tagger", "f1", "fit_seconds", "code"} <= set(frame.columns)


def test_what_is_no_results_folder(tmp_path: Path) -> None:
    """It is refused when it is opened."""
    with pytest.raises(InputError, match="not a results folder"):
        adrbench.Results(tmp_path)


SPAN_SETS = st.lists(
    st.sets(st.tuples(st.integers(0, 5), st.integers(6, 9), st.sampled_from([DRUG, REACTION])), max_size=4), max_size=5
)


@given(SPAN_SETS, st.randoms(use_true_random=False))
def test_figures_do_not_depend_on_how_documents_are_given(gold: list[set[Any]], chance: random.Random) -> None:
    """Lists of tuples, of spans in another order, and mappings by id give the same figures."""
    predicted = [{(start, 9, label) for start, _, label in spans} for spans in gold]
    expected = adrbench.evaluate(list(map(list, gold)), list(map(list, predicted)))
    spans = [[Span(*span) for span in chance.sample(sorted(one), len(one))] for one in gold]
    assert adrbench.evaluate(spans, list(map(list, predicted))) == expected
    ids = [f"d{place}" for place in range(len(gold))]
    by_id = {name: list(one) for name, one in reversed(list(zip(ids, predicted, strict=True)))}
    assert adrbench.evaluate(dict(zip(ids, spans, strict=True)), by_id) == expected


def test_the_spans_of_one_document() -> None:
    """They need no list around them, and none of them is none."""
    figures = adrbench.evaluate([Span(0, 7, DRUG), Span(18, 26, REACTION)], [(0, 7, DRUG), (18, 20, REACTION)])
    assert figures["micro"]["f1"] == 0.5
    assert (figures[DRUG]["recall"], figures[REACTION]["recall"]) == (1.0, 0.0)
    assert adrbench.evaluate([(0, 7, DRUG)], [])["micro"]["support"] == 1
    assert adrbench.evaluate([], [])["micro"]["f1"] == 0.0


def test_labels_that_do_not_occur_have_figures_when_named() -> None:
    """With no support, so that folds can be put together."""
    figures = adrbench.evaluate([(0, 7, DRUG)], [(0, 7, DRUG)], labels=[DRUG, REACTION])
    assert figures[REACTION]["support"] == 0


def test_another_evaluator_judges() -> None:
    """By variant, and by words where it is given the texts."""
    gold, predicted = [[(0, 7, DRUG)]], [[(0, 4, DRUG)]]
    assert adrbench.evaluate(gold, predicted, "overlap:partial")["micro"]["f1"] > 0
    assert adrbench.evaluate(gold, predicted, "token", texts=["Aspirin helps."])["micro"]["f1"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (([[]], [[], []]), "1 documents in gold, but 2 in predicted"),
        (({"a": []}, {"b": []}), "predicted: document 'a' of gold missing"),
        (({"a": []}, {"a": [], "b": []}), "predicted: document 'b' not in gold"),
        (({"a": []}, [[]]), "gold is by document id, but predicted is a list"),
        (([[(0, 1)]], [[]]), r"gold\[0\]\[0\]: should be a Span or .start, end, label., not \(0, 1\)"),
        (([[(0, 1.5, DRUG)]], [[]]), r"gold\[0\]\[0\]: should be a Span"),
        (([[(3, 3, DRUG)]], [[]]), r"gold\[0\]\[0\]: .*is empty"),
        (([["DRUG"]], [[]]), r"gold\[0\]\[0\]: should be a Span"),
        (("spans", [[]]), "gold: should be spans by document"),
        (([[]], [[(0, 1, "DRUGS")]], "exact", [DRUG]), r"'DRUGS', none of labels; did you mean 'DRUG'\?"),
        (([[]], [[]], "exat"), r"unknown evaluator 'exat'; did you mean 'exact'\?"),
        (([[]], [[]], "overlap:parts"), r"no variant 'parts'; did you mean 'partial'\?"),
        (([[]], [[]], "novelty"), "'novelty' needs what the tagger learnt from"),
        (([[]], [[]], "token"), "'token' judges words, so it needs the texts"),
    ],
)
def test_what_cannot_be_judged(arguments: tuple[Any, ...], reason: str) -> None:
    """The mistake is named with its place."""
    with pytest.raises(InputError, match=reason):
        adrbench.evaluate(*arguments)


def test_texts_must_be_those_of_the_spans() -> None:
    """A span behind the end of its text is an error, whatever judges."""
    with pytest.raises(InputError, match=r"document 0: .*, but the text has 5 characters"):
        adrbench.evaluate([[(0, 7, DRUG)]], [[]], texts=["short"])


def test_a_tagger_outside_the_harness() -> None:
    """Fitted on texts and tuples it finds the same words elsewhere, and knows its labels."""
    tagger = adrbench.tagger("dictionary").fit(TEXTS, SPANS)
    assert tagger.labels == (REACTION, DRUG)
    assert tagger.predict(["A headache from aspirin."]) == [[Span(2, 10, REACTION), Span(16, 23, DRUG)]]
    assert tagger.score(TEXTS, SPANS) == 1.0


def test_parameters_change_what_it_does() -> None:
    """They are those of a benchmark file."""
    fitted = adrbench.tagger("dictionary", fold_case=False).fit(TEXTS, SPANS)
    assert fitted.predict(["aspirin, Aspirin"]) == [[Span(9, 16, DRUG)]]


def test_documents_may_be_given_instead_of_texts() -> None:
    """Annotated ones bring their own spans and words."""
    document = Document("a", "aspirin", ((0, 7),), "a")
    tagger = adrbench.tagger("dictionary").fit([Annotated(document, (Span(0, 7, DRUG),))])
    assert tagger.predict([document]) == [[Span(0, 7, DRUG)]]


def test_a_saved_tagger_answers_as_before(tmp_path: Path) -> None:
    """Loaded by name or from any tagger; a folder with something in it is left as it is."""
    tagger = adrbench.tagger("dictionary", fold_case=False).fit(TEXTS, SPANS)
    tagger.save(tmp_path / "kept")
    for loaded in (Estimator.load(tmp_path / "kept"), adrbench.tagger("crf").load(tmp_path / "kept")):
        assert loaded.predict(TEXTS) == tagger.predict(TEXTS)
        assert (loaded.labels, loaded.get_params()) == (tagger.labels, tagger.get_params())
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="is there already and not empty"):
        tagger.save(tmp_path / "kept")
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(InputError, match="no saved tagger"):
        Estimator.load(tmp_path)


def test_a_tagger_of_another_version_is_not_loaded(tmp_path: Path) -> None:
    """Its answers might be others."""
    adrbench.tagger("dictionary").fit(TEXTS, SPANS).save(tmp_path / "kept")
    facts = tmp_path / "kept" / "tagger.json"
    facts.write_text(facts.read_text().replace('"0.2.0"', '"0.0.9"'))
    with pytest.raises(InputError, match=r"saved by dictionary 0\.0\.9, but 0\.2\.0 is installed"):
        Estimator.load(tmp_path / "kept")


def test_scikit_learn_can_copy_it() -> None:
    """Parameters and conditions go along, what was learnt does not."""
    from sklearn.base import clone

    tagger = adrbench.tagger("dictionary", min_precision=0.5, seed=7).fit(TEXTS, SPANS)
    copy = clone(tagger)
    assert copy.get_params() == tagger.get_params()
    assert copy.set_params(min_precision=0.25).get_params()["min_precision"] == 0.25
    with pytest.raises(InputError, match="dictionary is not fitted yet"):
        copy.predict(TEXTS)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: adrbench.tagger("dictionry"), r"unknown tagger 'dictionry'; did you mean 'dictionary'\?"),
        (lambda: adrbench.tagger("dictionary", foldcase=True), r"foldcase: unknown name; did you mean 'fold_case'\?"),
        (lambda: adrbench.tagger("dictionary", min_precision="high"), "min_precision: .*not 'high'"),
        (lambda: adrbench.tagger("dictionary", unit="page"), "unit should be 'sentence' or 'document', not 'page'"),  # type: ignore[arg-type]
        (lambda: adrbench.tagger("dictionary").fit(TEXTS), "spans are missing"),
        (lambda: adrbench.tagger("dictionary").fit(TEXTS, SPANS[:1]), "2 texts, but spans for 1"),
        (lambda: adrbench.tagger("dictionary").fit(TEXTS, SPANS, groups=["a"]), "2 texts, but groups for 1"),
        (lambda: adrbench.tagger("dictionary").fit(TEXTS, [[], []]), "no span to learn from, and no labels"),
        (lambda: adrbench.tagger("dictionary").fit(TEXTS, SPANS, labels=[DRUG]), "'ADR'.*none of labels"),
        (lambda: adrbench.tagger("dictionary").fit(["short"], [[(0, 9, DRUG)]]), "but the text has 5 characters"),
        (lambda: adrbench.tagger("dictionary").fit("text", SPANS), "texts should be a list"),
        (lambda: adrbench.tagger("dictionary").predict(TEXTS), "dictionary is not fitted yet"),
    ],
)
def test_what_a_tagger_cannot_do(call: Any, reason: str) -> None:
    """The mistake is named."""
    with pytest.raises(InputError, match=reason):
        call()


def test_a_gate_from_python(results: adrbench.Results, tmp_path: Path) -> None:
    """A baseline of the same results is met; limits and names are checked."""
    baseline = tmp_path / "baseline.json"
    verdicts = adrbench.gate(results.folder, baseline, update=True)
    assert [verdict.key[2] for verdict in verdicts] == ["dictionary", "precise"]
    assert {verdict.outcome for verdict in verdicts} == {"fine"}
    [one] = adrbench.gate(results.folder, baseline, taggers=["precise"], max_drop=0)
    assert one.key[2] == "precise"
    for wrong in ({"max_drop": -1.0}, {"max_drop": float("nan")}, {"max_slowdown": 0.5}, {"taggers": ["precis"]}):
        with pytest.raises(InputError):
            adrbench.gate(results.folder, baseline, **wrong)
    with pytest.raises(InputError, match="nowhere"):
        adrbench.gate(results.folder, tmp_path / "nowhere.json")


def test_a_comparison_from_python(results: adrbench.Results, tmp_path: Path) -> None:
    """As the method of the same name; a tagger may be of another folder."""
    found = adrbench.compare(results.folder, "dictionary", "precise", interval="t")
    assert found == results.compare("dictionary", "precise", interval="t")
    shutil.copytree(results.folder, tmp_path / "older")
    [same] = adrbench.compare(results.folder, "precise", f"precise@{tmp_path / 'older'}").comparisons
    assert same.judged[0].lines[0].difference == 0
    with pytest.raises(InputError, match="ID@FOLDER"):
        adrbench.compare(results.folder, "dictionary", "precise@")


def test_a_check_from_python() -> None:
    """The verdicts of each kind of plugin that has the name."""
    verdicts = adrbench.check("dictionary", {"min_precision": 0.5}, only=["spans-inside"])
    assert [(kind, [(one.check, one.status) for one in own]) for kind, own in verdicts.items()] == [
        ("tagger", [("spans-inside", "passed")])
    ]
    with pytest.raises(InputError, match="did you mean 'dictionary'"):
        adrbench.check("dictionry")
    with pytest.raises(InputError, match="path is for datasets"):
        adrbench.check("exact", path="somewhere")


def test_a_new_plugin_from_python(tmp_path: Path) -> None:
    """Its files; a kind that is none, and a name that is taken."""
    files = adrbench.new("evaluator", "mine", tmp_path / "mine", author="Doe")
    assert files
    assert all((tmp_path / "mine" / file).is_file() for file in files)
    with pytest.raises(InputError, match="did you mean 'tagger'"):
        adrbench.new("taggers", "mine", tmp_path / "other")  # type: ignore[arg-type]
    with pytest.raises(InputError):
        adrbench.new("tagger", "dictionary", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_wrong_input_of_a_pretraining_is_told(tmp_path: Path) -> None:
    """Before anything is read or written."""
    with pytest.raises(InputError, match="did you mean 'threads'"):
        adrbench.pretrain("minilm", tmp_path, tmp_path / "out", thread=2)
    with pytest.raises(InputError, match="dictionary"):
        adrbench.pretrain("minilm", tmp_path, tmp_path / "out", tagger="dictionary")
    assert not (tmp_path / "out").exists()
