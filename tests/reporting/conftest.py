"""A results folder as a run leaves it, made without running anything: predictions are gold with mistakes put in."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import stored

from adrbench.config import read_benchmark
from adrbench.plugins.registry import Registry
from adrbench.reporting.files import write_report
from adrbench.results.schema import Costs, Machine
from adrbench.results.store import Store
from adrbench.running._records import keep_environment, keep_plan
from adrbench.running.options import Options
from adrbench.running.plan import Plan
from adrbench.running.prepare import prepare

ECHO = """
from dataclasses import dataclass

from adrbench.api import Categorical, Pretraining, FloatRange, TaggerPlugin


@dataclass(frozen=True)
class Params:
    layers: int = 2


@dataclass(frozen=True)
class Dials:
    batch: int = 8
    rate: float = 1e-4
    scheme: str = "bio"
    model: str = "none"


@dataclass(frozen=True)
class Reading:
    steps: int = 100


dial = TaggerPlugin(
    name="dial",
    family="dial",
    version="1",
    params=Dials,
    implementation="report_echo:Echo",
    space={"rate": FloatRange(1e-6, 1e-3, log=True), "scheme": Categorical(("bio", "bioes"))},
    pretraining=Pretraining(Reading, "report_echo:read"),
)
plugin = TaggerPlugin(name="echo", family="echo", version="1.2", params=Params, implementation="report_echo:Echo")
"""
MACHINE = stored.machine(processor="CPU <one>")
WORDS = ("rash", "mild nausea", "pain in the left arm", "head ache", "Zelanol", "Obecalp")


class Toy:
    """A benchmark of made-up sentences. ``taggers``: ids, from the best to the worst; ``broken``: one that fails."""

    def __init__(self, folder: Path, *, labels: tuple[str, ...], taggers: tuple[str, ...], broken: str = "") -> None:
        self.folder = folder
        self.labels = labels
        self.taggers = taggers
        self.file = folder / "toy.toml"
        self.results = folder / "results"
        self.texts = [_text(n, labels) for n in range(24)]
        lines = [json.dumps(text) for text in self.texts]
        (folder / "toy.jsonl").write_text("\n".join(lines))
        entries = "".join(
            f'[[taggers]]\nid = "{name}"\nuse = "echo"\nparams = {{ layers = {n} }}\n'
            for n, name in enumerate((*taggers, broken), start=1)
            if name
        )
        self.file.write_text(
            '[benchmark]\nname = "toy"\n[[datasets]]\nuse = "jsonl"\nname = "made-up"\npath = "toy.jsonl"\n'
            '[[splits]]\nkind = "random"\nfolds = 3\n[[splits]]\nkind = "grouped"\nfolds = 3\n'
            f"{entries}"
            '[[published]]\ndataset = "made-up"\nsplits = "random"\n'
            f'tagger = "{taggers[0]}"\nf1 = 70.5\nsource = "Doe & <b>Roe</b> 2020"\n'
        )
        self.broken = broken
        self.store = Store.create(self.results)
        self.plan: Plan = prepare(
            read_benchmark(self.file, Registry()), Options(offline=True), None, lambda _: None, Registry()
        )
        keep_plan(self.plan, self.store)

    def measure(self, *, costs: bool = True, machine: Machine = MACHINE) -> None:
        """Write every cell; those of the broken tagger say why there is nothing."""
        environment = keep_environment(self.store)
        for row, cell in self.plan.cells():
            test = self.plan.splits[cell.dataset, cell.splits].folds[cell.fold].test
            common: dict[str, Any] = {"tagger": cell.tagger, "fold": cell.fold}
            common |= {"machine": machine, "environment": environment, "jobs": 1} if costs else {"imported": True}
            if cell.tagger == self.broken:
                reason = "ValueError: <img src=x onerror=alert(1)> & so on"
                stored.keep_cell(self.store, cell.key, reason=reason, **common)
                continue
            skill = self.taggers.index(row.tagger)
            if costs:
                common["costs"] = _costs(skill, cell.fold)
            stored.keep_cell(self.store, cell.key, test, self.predicted(skill, test), **common)

    def predicted(self, skill: int, test: tuple[str, ...]) -> dict[str, list[list[Any]]]:
        """Gold with a mistake every so often: sooner the worse the tagger."""
        gold = self.plan.corpora["made-up"].gold
        found: dict[str, list[list[Any]]] = {}
        for name in test:
            number = int(name[1:])
            # Only the best one can say a discontinuous mention.
            spans = [span.to_list() for span in gold[name] if not span.parts or skill == 0]
            if number % (8 - skill % 6) == 0:
                spans = [[start, end - 1, label] for start, end, label, *_ in spans]
            elif number % (9 - skill % 6) == 0:
                spans = spans[1:]
            elif number % 11 == skill:
                spans.append([0, 3, self.labels[0]])
            if spans:
                found[name] = spans
        return found

    def shorten(self) -> None:
        """Leave the first split only."""
        self.replan(sections=self.store.read_plan().sections[:1])

    def replan(self, **changes: Any) -> None:
        """Write the plan again with some of it changed."""
        self.store.write_plan(replace(self.store.read_plan(), **changes))


def _text(number: int, labels: tuple[str, ...]) -> dict[str, Any]:
    """A sentence with two mentions; in some of them one stands in another, or one is in two pieces."""
    first, second = WORDS[number % len(WORDS)], WORDS[(number // 2 + 3) % len(WORDS)]
    text = f"Case {number}: {first} came <soon> after {second}."
    start, other = text.index(first), text.rindex(second)
    spans: list[dict[str, Any]] = [
        {"start": start, "end": start + len(first), "label": labels[number % len(labels)]},
        {"start": other, "end": other + len(second), "label": labels[(number + 1) % len(labels)]},
    ]
    if number % 5 == 0:
        spans.append({"start": start, "end": start + 3, "label": labels[0]})
    if number % 7 == 0:
        parts = [[start, start + len(first)], [other, other + len(second)]]
        spans.append({"start": start, "end": other + len(second), "label": labels[0], "parts": parts})
    return {"id": f"d{number}", "text": text, "spans": spans, "group": f"g{number // 2}"}


def _costs(skill: int, fold: int) -> Costs:
    fit = 200.0 / (1 + skill) ** 2 + fold
    return stored.costs(
        seconds={"read": 1.0, "import": 1.0, "warm_up": 0.5, "fit": fit, "predict": 0.5},
        peak_memory_bytes=2**20 * (900 // (1 + skill) + fold),
    )


VOID = {"meta", "link", "img", "br", "input", "hr", "wbr"}


class Element:
    """An element with its attributes, its children and the text in it."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.content: list[Element | str] = []

    @property
    def children(self) -> list[Element]:
        """The elements in it."""
        return [one for one in self.content if isinstance(one, Element)]

    def all(self, tag: str) -> list[Element]:
        """Every element of a kind beneath this one, in order."""
        return [found for child in self.children for found in ([child] if child.tag == tag else []) + child.all(tag)]

    def named(self, name: str) -> Element:
        """The element with an id."""
        return next(one for one in self.everything() if one.attributes.get("id") == name)

    def everything(self) -> list[Element]:
        """Every element beneath this one."""
        return [found for child in self.children for found in (child, *child.everything())]

    @property
    def said(self) -> str:
        """Its text and that of its children."""
        return "".join(one if isinstance(one, str) else one.said for one in self.content)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].content.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def read(page: str) -> Element:
    """A page as a tree; every element must be closed where it was opened."""
    reader = _Reader()
    reader.feed(page)
    [root] = reader.open
    return root


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tagger ``echo``, and with the evaluators that reports ask if they are not installed."""
    site = tmp_path_factory.mktemp("site")
    missing = {"novelty", "errors"} - set(Registry().names("evaluators"))
    info = site / "adrbench_echo-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: adrbench-echo\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[adrbench.taggers]\necho = report_echo:plugin\ndial = report_echo:dial\n[adrbench.evaluators]\n"
        + "".join(f"{name} = adrbench.scoring.evaluators.{name}:plugin\n" for name in sorted(missing))
    )
    (site / "report_echo.py").write_text(ECHO)
    return site


@contextmanager
def _installed(site: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        yield
    sys.modules.pop("report_echo", None)


# Not for the session: what stands on the path is part of the environment that other tests compare.
@pytest.fixture(scope="module", autouse=True)
def _plugins(echo: Path) -> Iterator[None]:
    """The tagger ``echo``, and the evaluators that reports ask, whatever is installed."""
    with _installed(echo):
        yield


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory, echo: Path) -> Toy:
    """Three labels, four taggers and one that fails, all measured on two splits. Not to be changed."""
    folder = tmp_path_factory.mktemp("toy")
    with _installed(echo):
        made = Toy(
            folder, labels=("ADR", "DRUG", "<i>SYM&"), taggers=("best", "good", "fair", "poor"), broken="wrecked"
        )
        made.measure()
    return made


@pytest.fixture
def toy(untouched: Toy, tmp_path: Path) -> Toy:
    """The same, for one test to change."""
    folder = tmp_path / "toy"
    shutil.copytree(untouched.folder, folder, ignore=shutil.ignore_patterns("*.html"))
    made = copy(untouched)
    made.folder, made.file, made.results = folder, folder / untouched.file.name, folder / untouched.results.name
    made.store = Store(made.results)
    return made


@pytest.fixture
def make_toy(tmp_path: Path) -> Callable[..., Toy]:
    """Makes toys that are not measured yet."""
    return partial(Toy, tmp_path)


@pytest.fixture(scope="session", name="read")
def _read() -> Callable[[str], Element]:
    """Makes a tree of a page."""
    return read


@pytest.fixture(scope="session")
def page_of() -> Callable[..., str]:
    """Writes the page of a toy, and gives it."""

    def make(toy: Toy, **options: Any) -> str:
        file = toy.folder / "report.html"
        write_report(toy.results, Registry(), html=file, **options)
        return file.read_text(encoding="utf-8")

    return make
