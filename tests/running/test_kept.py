"""Kept taggers are loaded wherever they were kept, and run no code that nobody trusts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adrbench
from adrbench.api import Span
from adrbench.cli import main
from adrbench.datasets.adr_mini import AdrMini, AdrMiniParams
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.kept import read_facts
from adrbench.running.estimator import Estimator
from adrbench.running.kept import load

TEXTS = ["Aspirin gave me a headache.", "Nausea after ibuprofen."]
SPANS = [[(0, 7, "DRUG"), (18, 26, "ADR")], [(0, 6, "ADR"), (13, 22, "DRUG")]]

PICKLER = """
import os, pickle
from dataclasses import dataclass
from adrbench.api import Span, TaggerPlugin

@dataclass(frozen=True)
class Params:
    hidden: bool = False

class Terms:
    def __init__(self, terms):
        self.terms = terms

class Pickler:
    def __init__(self, params):
        self.params = params
        self.terms = None

    def fit(self, train, context):
        self.terms = Terms({a.document.text[s.start:s.end]: s.label for a in train for s in a.spans})

    def predict(self, documents):
        return [[Span(d.text.index(t), d.text.index(t) + len(t), l) for t, l in self.terms.terms.items() if t in d.text]
                for d in documents]

    def save(self, folder):
        (folder / "weights").write_bytes(pickle.dumps(self.terms, 0 if self.params.hidden else 4))

    @classmethod
    def load(cls, folder):
        tagger = cls(Params())
        try:
            tagger.terms = pickle.loads((folder / "weights").read_bytes())
        except Exception:
            # As a library does that falls back to something else.
            tagger.terms = Terms({})
        return tagger

plugin = TaggerPlugin(name="pickler", family="p", version="1", params=Params, implementation="pickler:Pickler")
"""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A kept dictionary."""
    adrbench.tagger("dictionary", seed=7).fit(TEXTS, SPANS).save(tmp_path / "kept")
    return tmp_path / "kept"


@pytest.mark.parametrize("hidden", [False, True])
def test_what_is_unpickled_must_be_trusted(install: Callable[..., Path], tmp_path: Path, hidden: bool) -> None:
    """Whatever its protocol and its file's name, and although the tagger hides the error."""
    install("adrbench-pickler", "pickler", PICKLER, "[adrbench.taggers]\npickler = pickler:plugin\n")
    tagger = adrbench.tagger("pickler", hidden=hidden).fit(TEXTS, SPANS)
    tagger.save(tmp_path / "kept")
    with pytest.raises(
        InputError, match=r"pickler unpickles it \(it names (pickler\.Terms|copy_reg\._reconstructor)\).*--trust"
    ):
        adrbench.load(tmp_path / "kept")
    trusted = adrbench.load(tmp_path / "kept", trust=True)
    assert trusted.predict(TEXTS) == tagger.predict(TEXTS)


def test_a_refused_pickle_runs_nothing(install: Callable[..., Path], tmp_path: Path) -> None:
    """Its code runs when the folder is trusted, and not before."""
    install("adrbench-pickler", "pickler", PICKLER, "[adrbench.taggers]\npickler = pickler:plugin\n")
    adrbench.tagger("pickler").fit(TEXTS, SPANS).save(tmp_path / "kept")
    mark = tmp_path / "ran"
    (tmp_path / "kept/model/weights").write_bytes(f"cos\nmkdir\n(V{mark}\ntR.".encode())
    with pytest.raises(InputError, match=r"os\.mkdir|posix\.mkdir"):
        adrbench.load(tmp_path / "kept")
    assert not mark.exists()
    adrbench.load(tmp_path / "kept", trust=True)
    assert mark.exists()


def test_a_splitter_that_is_code_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or be named by whoever loads the tagger."""
    (tmp_path / "blanks.py").write_text(
        "import re\ndef split(text):\n    return [m.span() for m in re.finditer(r'\\S+', text)]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    adrbench.tagger("dictionary", words="blanks:split").fit(TEXTS, SPANS).save(tmp_path / "kept")
    monkeypatch.delitem(sys.modules, "blanks")
    with pytest.raises(InputError, match="that names code to run"):
        adrbench.load(tmp_path / "kept")
    assert "blanks" not in sys.modules
    assert load(tmp_path / "kept", trust=True).document("a", "a b.").tokens == ((0, 1), (2, 4))
    assert Estimator.load(tmp_path / "kept", words="blanks:split").labels == ("ADR", "DRUG")


def test_the_facts_say_what_it_is(kept: Path) -> None:
    """Version, code, parameters, seed and what was installed; a person can read them."""
    record = adrbench.load(kept).record
    assert (record.use, record.distribution, record.seed) == ("dictionary", "adrbench-dictionary", 7)
    assert (record.labels, record.unit, record.scores) == (("ADR", "DRUG"), "document", False)
    assert record.code
    assert record.environment is not None
    assert record.environment.packages["adrbench-dictionary"]
    assert (kept / "tagger.json").read_text().count("\n") > 10


def test_a_loaded_tagger_is_kept_as_it_was(kept: Path) -> None:
    """Saved once more, its record is the same."""
    adrbench.load(kept).save(kept.with_name("again"))
    assert read_facts(kept.with_name("again")) == read_facts(kept)


def test_a_new_process_gives_the_same_answers(kept: Path) -> None:
    """Nothing that the first process knew is needed."""
    program = f"import adrbench; print(adrbench.load({str(kept)!r}).predict(['Is nausea from aspirin?']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == repr([[Span(3, 9, "ADR"), Span(15, 22, "DRUG")]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "kept by a newer adrbench"),
        ({"format": 1}, "adrbench migrate"),
        ({"format": "2"}, "damaged"),
        ({"labels": []}, "damaged: labels"),
        ({"unit": "page"}, "damaged: unit"),
        ({"more": 1}, "damaged: more"),
        ({"use": "nobody"}, "kept by the tagger 'nobody', of adrbench-dictionary, which is not installed here"),
        ({"words": "nowhere"}, "unknown splitter 'nowhere'"),
        ({"words": ""}, "damaged: words"),
    ],
)
def test_a_damaged_record_is_an_error(kept: Path, change: dict[str, object], message: str) -> None:
    """It says what is wrong, and where."""
    facts = kept / "tagger.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text()), **change}))
    with pytest.raises(InputError, match=message):
        adrbench.load(kept)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_no_damage_is_a_traceback(kept: Path, data: st.DataObject) -> None:
    """Any bytes in place of any stretch of the record: it still loads, or it is an error that says where."""
    facts = kept / "tagger.json"
    whole = kept.with_name("whole")
    if not whole.exists():
        whole.write_bytes(facts.read_bytes())
    good = whole.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    facts.write_bytes(good[:start] + data.draw(st.binary(max_size=20)) + good[end:])
    with suppress(InputError):
        assert adrbench.load(kept).labels


def test_a_damaged_model_is_an_error(kept: Path) -> None:
    """The folder and the tagger are named, with the reason."""
    [file] = (kept / "model").iterdir()
    file.write_text("{")
    with pytest.raises(InputError, match="dictionary cannot read what it saved: JSONDecodeError"):
        adrbench.load(kept)
    file.unlink()
    (kept / "model").rmdir()
    with pytest.raises(InputError, match="the folder 'model' is missing"):
        adrbench.load(kept)


def test_a_tagger_of_format_1_is_migrated(tmp_path: Path) -> None:
    """It says how, and answers as before; doing it again changes nothing. Its words were NLTK's."""
    kept = tmp_path / "kept"
    adrbench.tagger("dictionary", words="nltk").fit(TEXTS, SPANS).save(kept)
    before = adrbench.load(kept).predict(TEXTS)
    facts = kept / "tagger.json"
    known = json.loads(facts.read_text())
    old = {name: known[name] for name in ("use", "version", "params", "labels", "unit")}
    facts.write_text(json.dumps({"format": 1, **old}))
    with pytest.raises(InputError, match="`adrbench migrate"):
        adrbench.load(kept)
    assert "migrated from format 1 to 2" in CliRunner().invoke(main, ["migrate", str(kept)]).output
    loaded = adrbench.load(kept)
    assert (loaded.record.words, loaded.record.scores, loaded.record.seed) == ("nltk", False, None)
    assert loaded.predict(TEXTS) == before
    assert "nothing to do" in CliRunner().invoke(main, ["migrate", str(kept)]).output


def test_nothing_is_left_where_a_tagger_cannot_be_kept(tmp_path: Path) -> None:
    """An existing file, and a link, are not replaced; no draft stays behind."""
    tagger = adrbench.tagger("dictionary").fit(TEXTS, SPANS)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link", "file/below"):
        with pytest.raises(InputError):
            tagger.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("use", "params"),
    [
        ("crf", {}),
        ("bilstm-crf", {"epochs": 2}),
        ("transformer", {"model": "minilm", "epochs": 3, "learning_rate": 1e-3}),
        ("spacy", {"epochs": 2}),
        ("ensemble", {"members": [{"use": "dictionary"}, {"use": "crf"}]}),
    ],
)
def test_a_kept_cell_answers_as_before(tmp_path: Path, use: str, params: dict[str, object]) -> None:
    """Loaded in a new process without trust, the tagger of a cell gives the answers that were stored."""
    if use not in Registry().names("taggers"):
        pytest.skip(f"{use} is not installed")
    file, results = tmp_path / "try.toml", tmp_path / "results"
    fields = ", ".join(f"{name} = {_toml(value)}" for name, value in params.items())
    file.write_text(
        '[benchmark]\nname = "try"\n[[datasets]]\nuse = "adr-mini"\n[[splits]]\nkind = "random"\ntest = 0.3\n'
        f'[[taggers]]\nid = "it"\nuse = "{use}"\nparams = {{ {fields} }}\n'
    )
    found = adrbench.run(file, results=results, limit=60, keep_models=True)
    assert found.statuses == {"ok": 1}, [row.reason for row in found]
    wanted = {name: [span.to_list() for span in spans] for name, spans in found.predictions("it").items()}
    texts = {r.id: r.text for r in AdrMini().load(AdrMiniParams(), None, offline=True).records}
    program = (
        "import json, pathlib, sys; from adrbench.running.kept import load; kept = load(pathlib.Path(sys.argv[1]));"
        "documents = [kept.document(name, text) for name, text in json.load(sys.stdin)];"
        "print(json.dumps([[span.to_list() for span in spans] for spans in kept.predict(documents)]))"
    )
    [model] = (results / "models").iterdir()
    asked = json.dumps([(name, texts[name]) for name in wanted])
    done = subprocess.run(
        [sys.executable, "-c", program, str(model)], input=asked, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == json.loads(json.dumps(list(wanted.values())))


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_toml(one)}' for name, one in value.items())} }}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)
