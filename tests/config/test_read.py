"""The benchmark file: every mistake at once, each with its place and what would be valid."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adrbench.config import Benchmark, read_benchmark
from adrbench.errors import ConfigError
from adrbench.plugins.registry import Registry
from adrbench.running.options import Options
from adrbench.running.prepare import prepare

Install = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("echo")

HEADER = '[benchmark]\nname = "tiny"\n'
DATASET = '[[datasets]]\nuse = "adr-mini"\n'
SPLIT = '[[splits]]\nkind = "random"\n'
TAGGER = '[[taggers]]\nid = "e"\nuse = "echo"\n'
PUBLISHED = '[[published]]\ndataset = "adr-mini"\nsplit = "random"\ntagger = "e"\nsource = "S"\n'
GOOD = HEADER + DATASET + SPLIT + TAGGER

FULL = """
[benchmark]
name = "full"
description = "all there is"
evaluators = ["exact"]
seed = 7

[[datasets]]
use = "ade"
path = "data/ade"
labels = ["ADR", "DRUG"]
drop_duplicates = true
max_words = 100
drop_unannotated = true
stand_in = "adr-mini"
params = { negatives = "unlabelled" }

[[datasets]]
use = "adr-mini"
name = "small"

[[splits]]
kind = "random"
folds = 10

[[splits]]
kind = "grouped"
seed = 1

[[taggers]]
id = "echo-2"
use = "echo"
needs = ["cuda", "hub"]
params = { rate = 1, words = ["a"], mode = "fancy" }

[limits]
timeout = "1.5h"
memory = "8GiB"
threads = 2

[[published]]
dataset = "small"
splits = "grouped"
tagger = "echo-2"
f1 = 58.91
precision = 59
source = "Nobody 2019"
"""


def read(folder: Path, text: str | bytes) -> Benchmark:
    """Read a benchmark file of this text."""
    file = folder / "tiny.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_benchmark(file, Registry())


def problems(folder: Path, text: str | bytes) -> list[str]:
    """The problems of a benchmark file of this text, without their lines."""
    return [re.sub(r"^line \d+: ", "", problem) for problem in located_problems(folder, text)]


def located_problems(folder: Path, text: str | bytes) -> list[str]:
    """The problems of a benchmark file of this text."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    assert caught.value.where == str(folder / "tiny.toml")
    return list(caught.value.problems)


def test_a_good_file_reads(tmp_path: Path) -> None:
    """What is not said has its default, and paths start where the file is."""
    benchmark = read(tmp_path, GOOD)
    assert benchmark.folder == tmp_path
    assert (benchmark.benchmark.name, benchmark.benchmark.seed) == ("tiny", 13)
    assert (benchmark.splits[0].folds, benchmark.datasets[0].stand_in) == (5, None)
    assert (benchmark.limits.timeout, benchmark.published) == (None, ())


def test_a_full_file_reads(tmp_path: Path) -> None:
    """Every name that a file may hold, with its value; quantities in seconds and bytes."""
    benchmark = read(tmp_path, FULL)
    assert benchmark.datasets[0].labels == ("ADR", "DRUG")
    assert [split.folds for split in benchmark.splits] == [10, 5]
    assert benchmark.taggers[0].params == {"rate": 1, "words": ["a"], "mode": "fancy"}
    assert (benchmark.limits.timeout, benchmark.limits.memory, benchmark.limits.threads) == (5400, 8 * 2**30, 2)
    assert (benchmark.published[0].precision, benchmark.published[0].recall) == (59.0, None)


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[2] / "benchmarks").glob("*.toml")), ids=lambda f: f.name
)
def test_the_benchmarks_of_this_repository_read(file: Path) -> None:
    """Each file of ``benchmarks/`` is a good one, and named for what it is."""
    assert read_benchmark(file, Registry()).benchmark.name == file.stem


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    """Editors of Windows write one, and CRLF."""
    assert read(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).benchmark.name == "tiny"


def test_figures_of_a_paper_may_be_of_tags_systems_and_averages(tmp_path: Path) -> None:
    """Tags where an evaluator gives them, systems that are no tagger, ± and ends, times and supports."""
    text = (
        GOOD.replace('"tiny"', '"tiny"\nevaluators = ["exact", "token:bio"]')
        + DATASET
        + 'name = "other"\n'
        + PUBLISHED
        + 'label = "B-ADR"\nf1 = 80\nsupport = 790\nfit_seconds = "30min"\n'
        + PUBLISHED.replace('tagger = "e"', 'system = "state of the art"')
        + "label = 'macro'\nf1 = 99.5\nf1_interval = 0.75\nprecision = 50\nprecision_interval = [49, 52]\n"
        + PUBLISHED.replace('"adr-mini"', '"average"').replace("split =", "splits =")
        + "recall = 70\n"
    )
    tag, system, average = read(tmp_path, text).published
    assert (tag.support, tag.fit_seconds, tag.ends("f1")) == (790, 1800, None)
    assert (system.tagger, system.system) == ("", "state of the art")
    assert (system.ends("f1"), system.ends("precision")) == ((98.75, 100.0), (49.0, 52.0))
    assert (average.dataset, average.split, average.f1) == ("average", "random", None)


def test_a_label_that_only_files_tell_is_checked_when_they_are_read(tmp_path: Path) -> None:
    """A format has no labels of its own; those of the file decide, and its name stands in the message."""
    (tmp_path / "mine.tsv").write_text("Pain\tB-ADR\n\nfine\tO\n\n" * 6, encoding="utf-8")
    dataset = '[[datasets]]\nuse = "conll"\nname = "mine"\npath = "mine.tsv"\n'
    text = HEADER + dataset + SPLIT + TAGGER + PUBLISHED.replace('"adr-mini"', '"mine"') + 'f1 = 5\nlabel = "ARD"\n'
    benchmark = read(tmp_path, text)
    with pytest.raises(ConfigError, match=r"label: 'ARD' is no label of mine; did you mean 'ADR'\?") as error:
        prepare(benchmark, Options(), None, lambda _: None, Registry())
    line = text.splitlines().index('label = "ARD"') + 1
    assert f"1 problem\n  line {line}: published[0].label: " in str(error.value)
    # A part of the corpus may lack a label, and shows nothing published.
    prepare(benchmark, Options(limit=5), None, lambda _: None, Registry())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # unknown names, at each level
        (GOOD + "[limit]\n", "limit: unknown name; did you mean 'limits'?"),
        (HEADER + 'nam = "x"\n' + GOOD[len(HEADER) :], "benchmark.nam: unknown name; did you mean 'name'?"),
        (
            HEADER + DATASET + 'stand-in = "adr-mini"\n' + SPLIT + TAGGER,
            "datasets[0].stand-in: unknown name; did you mean 'stand_in'?",
        ),
        (HEADER + DATASET + SPLIT + "fold = 5\n" + TAGGER, "splits[0].fold: unknown name; did you mean 'folds'?"),
        (GOOD + "seed = 5\n", "taggers[0].seed: unknown name; did you mean 'needs'?"),
        (GOOD + "[limits]\ntime_out = 5\n", "limits.time_out: unknown name; did you mean 'timeout'?"),
        (
            GOOD + PUBLISHED + "f1 = 58.9\nf2 = 60\n",
            (
                "published[0].f2: unknown name; valid: dataset, f1, f1_interval, fit_seconds, label, "
                "precision, precision_interval, recall, recall_interval, source, split, support, system, tagger"
            ),
        ),
        (GOOD + "params = { rat = 1 }\n", "taggers[0].params.rat: unknown name; did you mean 'rate'?"),
        (
            HEADER + DATASET + 'params = { negatives = "drop" }\n' + SPLIT + TAGGER,
            "datasets[0].params.negatives: unknown name; nothing is valid here",
        ),
        (
            'folder = "/etc"\n' + GOOD,
            "folder: unknown name; valid: benchmark, datasets, limits, published, splits, taggers",
        ),
        # what is missing
        (HEADER + SPLIT + TAGGER, "datasets: is required"),
        (DATASET + SPLIT + TAGGER, "benchmark: is required"),
        ("taggers = []\n" + HEADER + DATASET + SPLIT, "taggers: needs at least 1, has 0"),
        (HEADER + DATASET + SPLIT + '[[taggers]]\nid = "e"\n', "taggers[0].use: is required"),
        # wrong types and values
        (GOOD.replace('"tiny"', "3"), "benchmark.name: input should be a valid string, not 3"),
        (
            GOOD.replace('"tiny"', '"../up"'),
            "benchmark.name: string should match pattern '^[A-Za-z0-9][A-Za-z0-9._+-]*$', not '../up'",
        ),
        (
            HEADER + "seed = -1\n" + DATASET + SPLIT + TAGGER,
            "benchmark.seed: input should be greater than or equal to 0, not -1",
        ),
        (
            GOOD.replace("[[splits]]", "[splits]"),
            "splits: is one table, [splits], and should be a list of them: write [[splits]]",
        ),
        (
            HEADER + DATASET + SPLIT + 'folds = "5"\n' + TAGGER,
            "splits[0].folds: input should be a valid integer, not '5'",
        ),
        (
            HEADER + DATASET + SPLIT + "folds = 0\n" + TAGGER,
            "splits[0].folds: input should be greater than or equal to 2, not 0",
        ),
        (
            HEADER + DATASET + SPLIT + "folds = 1\n" + TAGGER,
            "splits[0].folds: input should be greater than or equal to 2, not 1",
        ),
        (
            GOOD.replace('"random"', '"rnd"'),
            (
                "splits[0].kind: input should be 'random', 'grouped', 'stratified', 'stratified-grouped' or "
                "'provided', not 'rnd'"
            ),
        ),
        # options without effect
        (
            HEADER + DATASET + '[[splits]]\nkind = "provided"\nfolds = 5\n' + TAGGER,
            "splits[0]: folds has no effect on kind = 'provided', whose folds come with the corpus",
        ),
        (
            HEADER + DATASET + SPLIT + 'by = "drug"\n' + TAGGER,
            "splits[0]: by is for the stratified kinds and has no effect on 'random'",
        ),
        (HEADER + DATASET + SPLIT + "dev = 0.1\n" + TAGGER, "splits[0]: dev needs test: the shares of one fold"),
        (
            HEADER + DATASET + SPLIT + "folds = 3\ntest = 0.1\n" + TAGGER,
            "splits[0]: give folds or test, not both",
        ),
        (
            HEADER + DATASET + SPLIT + "test = 0.6\ndev = 0.4\n" + TAGGER,
            "splits[0]: test and dev leave nothing to learn from",
        ),
        (
            HEADER + DATASET + SPLIT + 'development = "train"\n' + TAGGER,
            "splits[0]: development is for kind = 'provided' and has no effect on 'random'",
        ),
        (
            GOOD.replace('use = "adr-mini"', 'use = "adr-mini"\noverlap = "longst"'),
            "datasets[0].overlap: input should be 'keep', 'first' or 'longest', not 'longst'",
        ),
        (
            GOOD.replace('use = "adr-mini"', 'use = "adr-mini"\nmax_subwords = { limit = 0, vocabulary = "v" }'),
            "datasets[0].max_subwords.limit: input should be greater than 0, not 0",
        ),
        (GOOD + 'needs = ["gpu"]\n', "taggers[0].needs[0]: 'gpu' is no resource of [limits]; valid: cuda, hub"),
        (GOOD + "params = { layers = 2.5 }\n", "taggers[0].params.layers: input should be a valid integer, not 2.5"),
        (
            GOOD + 'params = { mode = "fanci" }\n',
            "taggers[0].params.mode: input should be 'plain' or 'fancy', not 'fanci'",
        ),
        (GOOD + 'params = "fast"\n', "taggers[0].params: input should be an object, not 'fast'"),
        (GOOD + "params = { rate = 0.0 }\n", "taggers[0].params.rate: input should be greater than 0, not 0.0"),
        # quantities
        (
            GOOD + '[limits]\ntimeout = "2 days"\n',
            "limits.timeout: should be a number with a unit such as '90s' or '2h' (s, m, min, h), not '2 days'",
        ),
        (
            GOOD + '[limits]\nmemory = "8G"\n',
            "limits.memory: should be a number with a unit such as '8GiB' (B, KiB, MiB, GiB, KB, MB, GB), not '8G'",
        ),
        (GOOD + "[limits]\ntimeout = 0\n", "limits.timeout: input should be greater than 0, not 0"),
        # plugins that are not there
        (GOOD.replace('use = "echo"', 'use = "ecko"'), "taggers[0].use: unknown tagger 'ecko'; did you mean 'echo'?"),
        (GOOD.replace("adr-mini", "adr_mini"), "datasets[0].use: unknown dataset 'adr_mini'; did you mean 'adr-mini'?"),
        (
            HEADER + DATASET + 'stand_in = "mini"\n' + SPLIT + TAGGER,
            "datasets[0].stand_in: unknown dataset 'mini'; did you mean 'adr-mini'?",
        ),
        (
            HEADER + 'evaluators = ["exakt"]\n' + DATASET + SPLIT + TAGGER,
            "benchmark.evaluators[0]: unknown evaluator 'exakt'; did you mean 'exact'?",
        ),
        (HEADER + "evaluators = []\n" + DATASET + SPLIT + TAGGER, "benchmark.evaluators: needs at least 1, has 0"),
        # names twice, names of nothing
        (GOOD + TAGGER, "taggers[1].id: 'e' is already the id of taggers[0]"),
        (GOOD + DATASET, "datasets[1].name: 'adr-mini' is already the name of datasets[0]"),
        (GOOD + SPLIT, "splits[1].name: 'random' is already the name of splits[0]"),
        (
            GOOD + PUBLISHED.replace('"e"', '"ee"') + "f1 = 58.9\n",
            "published[0].tagger: 'ee' is not in this file; did you mean 'e'?",
        ),
        (
            GOOD + PUBLISHED.replace('"random"', '"grouped"') + "f1 = 58.9\n",
            "published[0].split: 'grouped' is not in this file; valid: random",
        ),
        (
            GOOD + PUBLISHED.replace('"adr-mini"', '"ade"') + "f1 = 58.9\n",
            "published[0].dataset: 'ade' is not in this file; valid: adr-mini",
        ),
        (GOOD + PUBLISHED + "f1 = 0.589\n", "published[0].f1: should be in percent, as in 58.91, not 0.589"),
        (
            GOOD + PUBLISHED + "f1 = 58.9\nrecall = 0.588\n",
            "published[0].recall: should be in percent, as in 58.91, not 0.588",
        ),
        (GOOD + PUBLISHED, "published[0]: gives no figure; valid: f1, precision, recall, fit_seconds, support"),
        (GOOD + PUBLISHED + "f1 = 58.9\nrecall_interval = 1\n", "published[0]: recall_interval needs recall"),
        (
            GOOD + PUBLISHED + "f1 = 58.9\nf1_interval = [59, 60]\n",
            "published[0]: f1_interval should be two ends around 58.9, not [59.0, 60.0]",
        ),
        (
            GOOD + PUBLISHED + 'f1 = 58.9\nf1_interval = "±1"\n',
            (
                "published[0].f1_interval: should be points, as in 0.99 after a ±, or two ends, as in [57.9, 59.9], "
                "not '±1'"
            ),
        ),
        (
            GOOD + PUBLISHED + 'f1 = 58.9\nlabel = "ADS"\n',
            "published[0].label: 'ADS' is no label of adr-mini; did you mean 'ADR'?",
        ),
        (
            GOOD + PUBLISHED + 'f1 = 58.9\nlabel = "B-ADR"\n',
            "published[0].label: 'B-ADR' is no label of adr-mini; did you mean 'ADR'?",
        ),
        (
            GOOD + PUBLISHED + 'f1 = 58.9\nsystem = "other"\n',
            "published[0]: give exactly one of tagger (of this file) and system (any other)",
        ),
        (
            GOOD + PUBLISHED.replace("tagger", "system") + "f1 = 58.9\n",
            "published[0].system: 'e' is a tagger of this file: write tagger = 'e'",
        ),
        (GOOD + PUBLISHED + "f1 = 158.9\n", "published[0].f1: input should be less than or equal to 100, not 158.9"),
        (
            GOOD + (PUBLISHED + "f1 = 58.9\n") * 2,
            "published[1].tagger: there are figures for adr-mini, random, e already, in published[0]",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    """One mistake gives one problem: where, what, and the closest valid name."""
    assert problems(tmp_path, text) == [problem]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("90", 90),
        ('"90s"', 90),
        ('"1.5h"', 5400),
        ('"2 min"', 120),
        ('"3m"', 180),
        (f'"1{"0" * 400}h"', 3600 * 10**400),
    ],
    ids=["bare", "s", "h", "min", "m", "huge"],
)
def test_a_timeout_may_have_a_unit(tmp_path: Path, value: str, seconds: int) -> None:
    """Seconds where none is given."""
    assert read(tmp_path, f"{GOOD}[limits]\ntimeout = {value}\n").limits.timeout == seconds


@pytest.mark.parametrize(("value", "size"), [("1024", 1024), ('"8GiB"', 2**33), ('"1.5 MB"', 1_500_000)])
def test_memory_may_have_a_unit(tmp_path: Path, value: str, size: int) -> None:
    """Bytes where none is given; binary and decimal units are told apart."""
    assert read(tmp_path, f"{GOOD}[limits]\nmemory = {value}\n").limits.memory == size


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    """Structure, plugins and their parameters are all looked at, whatever else is wrong."""
    found = problems(
        tmp_path,
        'folder = "/"\n[benchmark]\nname = "x"\nevaluators = ["nope"]\n'
        '[[datasets]]\nuse = "adee"\nlabels = "ADR"\n'
        '[[splits]]\nkind = "random"\nfolds = 1\n'
        '[[taggers]]\nid = "a"\nuse = "echo"\nparams = { layerz = 1 }\n'
        '[[taggers]]\nid = "b"\nuse = "ekko"\n',
    )
    places = {problem.partition(":")[0] for problem in found}
    assert places == {
        "folder",
        "benchmark.evaluators[0]",
        "datasets[0].use",
        "datasets[0].labels",
        "splits[0].folds",
        "taggers[0].params.layerz",
        "taggers[1].use",
    }


def test_the_message_names_the_file_and_counts(tmp_path: Path) -> None:
    """What a person reads: the file, how many problems, and a line for each."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD + "[limit]\n" + TAGGER.replace("echo", "ekko"))
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{tmp_path / 'tiny.toml'}: 2 problems"
    assert all(line.startswith("  ") for line in lines[1:])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[benchmark\n", "not TOML: Expected ']' at the end of a table declaration (at line 1, column 11)"),
        (GOOD.encode() + b"# caf\xe9\n", "not UTF-8 (line 10, byte 0xe9)"),
        (b"\xef\xbb\xbf" + GOOD.encode() + b"# caf\xe9\n", "not UTF-8 (line 10, byte 0xe9)"),
    ],
)
def test_what_is_no_toml_is_said_so(tmp_path: Path, text: str | bytes, problem: str) -> None:
    """The one problem says where in the file."""
    assert problems(tmp_path, text) == [problem]


MISTAKEN = """\
[benchmark]
name = "tiny"
evaluators = [
  "exact",
  "exakt",
]
# taggers = 1

[[datasets]]
use = "adr-mini"
labels = ["[[taggers]]", '''
[[splits]]''']

[[splits]]
kind = "random"
folds = 1

[[taggers]]
id = "a"
use = "echo"
params.rate = 0.0

[[taggers]]
id = "b"

[[taggers]]
id = "a"
use = "echo"
[taggers.params]
rate = 1.0
layer = 3
[limit]
"""


@pytest.mark.usefixtures("echo")
def test_each_problem_has_its_line(tmp_path: Path) -> None:
    """In the order of the file; what is missing is looked for where it should stand, what is nested where it begins."""
    assert [problem.rpartition(": ")[0] for problem in located_problems(tmp_path, MISTAKEN)] == [
        "line 3: benchmark.evaluators[1]",
        "line 16: splits[0].folds",
        "line 21: taggers[0].params.rate",
        "line 23: taggers[1].use",
        "line 31: taggers[2].params.layer",
        "line 32: limit",
    ]


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("offline", [False, True])
def test_another_interpreter_is_asked_once(tmp_path: Path, offline: bool) -> None:
    """What it said when the file was checked is what the plan goes by; offline it is asked under that condition."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho asked >> "{tmp_path}/asked"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    file = tmp_path / "tiny.toml"
    file.write_text(HEADER + DATASET + SPLIT + '[[taggers]]\nid = "d"\nuse = "dictionary"\npython = "python"\n')
    registry = Registry()
    benchmark = read_benchmark(file, registry, offline=offline)
    plan = prepare(benchmark, Options(offline=offline), None, lambda _: None, registry)
    assert [row.tagger for row in plan.rows if row.problem is None] == ["d"]
    assert (tmp_path / "asked").read_text() == "asked\n"


COUNTING = """
from dataclasses import dataclass

from adrbench.api import TaggerPlugin

SEEN = []


@dataclass(frozen=True)
class Params:
    rate: float = 0.1
    layers: int = 2

    def __post_init__(self):
        SEEN.append((self.rate, self.layers))


plugin = TaggerPlugin(name="counting", family="f", version="1", params=Params, implementation="counting_tagger:Params")
"""


def test_parameters_are_checked_once(install: Install, tmp_path: Path) -> None:
    """What was checked when the file was read is what the plan goes by, at every point of a grid."""
    install("adrbench-counting", "counting_tagger", COUNTING, "[adrbench.taggers]\ncounting = counting_tagger:plugin\n")
    file = tmp_path / "tiny.toml"
    tagger = '[[taggers]]\nid = "c"\nuse = "counting"\nparams = {rate = 0.5}\ngrid = {layers = [3, 4]}\n'
    file.write_text(HEADER + DATASET + SPLIT + tagger)
    registry = Registry()
    plan = prepare(read_benchmark(file, registry), Options(), None, lambda _: None, registry)
    assert [row.params for row in plan.rows] == [{"rate": 0.5, "layers": layers} for layers in (3, 4)]
    seen = importlib.import_module("counting_tagger").SEEN
    assert sorted(made for made in seen if made[0] == 0.5) == [(0.5, 2), (0.5, 3), (0.5, 4)]


def test_a_section_that_is_missing_has_no_line(tmp_path: Path) -> None:
    """It comes after the problems that have one."""
    assert located_problems(tmp_path, HEADER + "nam = 1\n" + DATASET + TAGGER) == [
        "line 3: benchmark.nam: unknown name; did you mean 'name'?",
        "splits: is required",
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, and a folder in its place, are each named."""
    with pytest.raises(ConfigError, match=r"none\.toml: 1 problem\n  no such file"):
        read_benchmark(tmp_path / "none.toml", Registry())
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_benchmark(tmp_path, Registry())


@pytest.mark.parametrize(
    "source",
    [
        "raise RuntimeError('driver too old')",
        "from adrbench.api import TaggerPlugin\nplugin = TaggerPlugin('bad', 'f', '1', dict, 'bad_module:T')",
    ],
    ids=["raises on import", "parameters are no dataclass"],
)
def test_a_broken_plugin_is_no_mistake_of_the_file(tmp_path: Path, install: object, source: str) -> None:
    """It becomes a row with its reason, so that the other taggers run."""
    install("adrbench-bad", "bad_module", source, "[adrbench.taggers]\nbad = bad_module:plugin\n")  # type: ignore[operator]
    assert read(tmp_path, GOOD + '[[taggers]]\nid = "b"\nuse = "bad"\nparams = { x = 1 }\n').taggers[1].use == "bad"
