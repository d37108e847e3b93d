"""What the documentation shows works as written."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from command_line import adrbench

from adrbench import leaderboard
from adrbench.cli import main
from adrbench.config import check_benchmark
from adrbench.plugins.registry import Registry

ROOT = Path(__file__).parents[1]


AROUND: dict[str, Any] = {
    "benchmark": {"name": "page", "scores": True},
    "datasets": [{"use": "adr-mini"}],
    "splits": [{"kind": "random"}],
    "taggers": [{"id": "plain", "use": "dictionary"}],
}
"""A benchmark around which a page's part of one is valid."""


def blocks(document: str, language: str) -> list[str]:
    """The fenced code blocks of a language in a document."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.slow
def test_the_tagger_of_the_readme_joins_the_leaderboard(tmp_path: Path) -> None:
    """The README's tagger, installed with its entry point, passes the kit and is measured in a page's benchmark."""
    [tagger] = blocks("README.md", "python")
    [entry] = blocks("README.md", "toml")
    [benchmark, *_] = blocks("docs/benchmarks.md", "toml")
    assert len(tagger.splitlines()) <= 30
    [(name, module)] = re.findall(r'^(\w+) = "(\w+):plugin"$', entry, flags=re.MULTILINE)
    (tmp_path / f"{module}.py").write_text(tagger)
    info = tmp_path / f"{name}-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[adrbench.taggers]\n{name} = {module}:plugin\n")
    environment = {"PYTHONPATH": str(tmp_path)}
    checked = adrbench("check", name, environment=environment)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    file = tmp_path / "quick.toml"
    file.write_text(f'{benchmark}\n[[taggers]]\nid = "{name}"\nuse = "{name}"\nparams = {{ min_count = 2 }}\n')
    results = str(tmp_path / "results")
    done = adrbench("run", str(file), "--results", results, "--limit", "100", environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    board = adrbench("leaderboard", results, "--format", "json", environment=environment)
    assert board.returncode == 0, board.stderr
    rows = {row["tagger"]: row for row in json.loads(board.stdout) if row["label"] == "micro"}
    assert set(rows) == {name, "crf", "dictionary-precise"}
    assert all(row["status"] == "ok" for row in rows.values())


@pytest.mark.slow
def test_pages_show_what_the_results_say() -> None:
    """Recommendations, leaderboards and terminal are those of results/; `python tools/figures.py` renews them."""
    tool = runpy.run_path(str(ROOT / "tools" / "figures.py"))
    board = leaderboard(ROOT / "results" / "ade")
    pages = tool["pages"](board)
    assert len(pages) == 2 + len(tool["FOLDERS"])
    for page, text in pages.items():
        assert text == page.read_text(encoding="utf-8"), page
    assert tool["terminal"]() == (ROOT / "docs" / "pictures" / "terminal.svg").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_chart_of_the_readme_is_that_of_the_results() -> None:
    """The words and figures in it; where they stand may differ in the last digits."""
    tool = runpy.run_path(str(ROOT / "tools" / "figures.py"))
    made, kept = tool["chart"](), (ROOT / "docs" / "pictures" / "f1-time.svg").read_text(encoding="utf-8")
    # A clip path is named by a hash of where it stands.
    varying = re.compile(r"(?<=\.\d)\d+|(?<=url\(#)p\w+|(?<=clipPath id=\")p\w+")
    assert varying.sub("", made) == varying.sub("", kept)


PAGES = [
    page.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "plugins/*/README.md")
    for page in sorted(ROOT.glob(pattern))
    if page.name != "CHANGELOG.md"
]


@pytest.mark.parametrize("page", PAGES)
def test_every_example_names_its_language(page: str) -> None:
    """Indented code and fences without a language would escape the tests of examples, and have no colours."""
    fence, item, before = "", False, ""
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+|:::+)(.*)", line)
        if mark and not fence:
            assert mark[2].strip(), f"{page}:{number}: a fence without a language"
            fence = mark[1]
        elif mark and mark[1] == fence and not mark[2]:
            fence = ""
        elif not fence and line.strip():
            item = bool(re.match(r"\s*([-*+]|\d+\.)\s", line)) or (item and line.startswith(" "))
            assert item or before.strip() or not line.startswith("    "), f"{page}:{number}: code without a fence"
        before = line
    assert not fence, f"{page}: an open fence"


def test_the_commands_of_every_page_exist() -> None:
    """Every command and option that a page shows is one of adrbench's."""
    shown = "\n".join(block for page in PAGES for block in blocks(page, "sh"))
    calls = [call.split() for call in re.findall(r"\badrbench ([^#&|<\n]+)", shown.replace("\\\n", " "))]
    assert len(calls) > 80
    for call in calls:
        command: click.Command = main
        for word in call:
            if not isinstance(command, click.Group) or word.startswith("-"):
                break
            subcommand = command.get_command(click.Context(command), word)
            assert subcommand is not None, call
            command = subcommand
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word.partition("=")[0] for word in call if word.startswith("--")} <= known, call


def test_every_toml_of_a_page_is_valid() -> None:
    """As TOML; and where it is of a benchmark file, once whatever it leaves out stands around it, as that."""
    registry, checked = Registry(), 0
    installed = set(registry.names("taggers"))
    for page in PAGES:
        for block in blocks(page, r"toml(?: > \S+)?"):
            raw = tomllib.loads(block)
            if not set(raw) <= {*AROUND, "limits", "published"} or isinstance(raw.get("taggers"), dict):
                continue
            published = raw.get("published", [])
            named = {
                "datasets": [{"use": name} for name in {one["dataset"] for one in published}],
                "taggers": [{"id": name, "use": "dictionary"} for name in {one["tagger"] for one in published}],
            }
            whole: dict[str, Any] = {**AROUND, **{name: entries for name, entries in named.items() if entries}, **raw}
            whole["benchmark"] = {**AROUND["benchmark"], **raw.get("benchmark", {})}
            if absent := {entry["use"] for entry in whole["taggers"]} - installed:
                # Of another environment, or written on the page itself.
                assert all((ROOT / f"plugins/adrbench-{use}").is_dir() or page == "docs/plugins.md" for use in absent)
                continue
            check_benchmark(whole, page, (ROOT / page).parent, registry, offline=True)
            checked += 1
    assert checked > 20


def test_every_example_in_python_is_python() -> None:
    """Those too that need results of one's own, and so are not run below."""
    examples = [(page, block) for page in PAGES for block in blocks(page, r"python(?: >+ \S+)?")]
    assert len(examples) > 15
    for page, block in examples:
        compile(block, page, "exec")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["audit", "conformance", "fit", "plugins", "python", "recommend", "reports", "tag", "versions"]
)
def test_the_examples_in_python_run(name: str) -> None:
    """Every Python example of the docs runs from the project's root, assertions included."""
    examples = blocks(f"docs/{name}.md", "python")
    assert examples
    program = "import sys, json\nfor example in json.load(sys.stdin): exec(example, {})"
    subprocess.run([sys.executable, "-c", program], input=json.dumps(examples), text=True, check=True, cwd=ROOT)


@pytest.mark.slow
def test_the_first_steps_lead_to_tagged_texts(tmp_path: Path) -> None:
    """Every command of the page works where the one before it has been given, and prints what the page shows."""
    shown = "\n".join(blocks("docs/first-steps.md", "text") + blocks("docs/first-steps.md", "json"))
    said = ""
    for block in blocks("docs/first-steps.md", "sh"):
        script = block.replace("adrbench ", f"{sys.executable} -m adrbench ")
        done = subprocess.run(["sh", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        said += done.stdout
    said += (tmp_path / "tagged.jsonl").read_text(encoding="utf-8")
    # The last digits of a score may differ between processors.
    shown, said = (re.sub(r'(?<="score":0\.\d\d)\d+', "", text) for text in (shown, said))
    figures = {float(figure) for figure in re.findall(r"\d+\.\d\b", said)}

    def stands_there(word: str) -> bool:
        figure = re.fullmatch(r"±?(\d+\.\d)", word)
        # The CRF learns from clusters of word vectors, for which OpenBLAS has other kernels on other processors.
        return word in said or (figure is not None and any(abs(float(figure[1]) - one) < 0.8 for one in figures))

    for line in filter(None, shown.splitlines()):
        # Columns of times and memory are left out of the page.
        assert line in said or all(map(stands_there, line.split())), line


def test_every_link_between_documents_leads_somewhere() -> None:
    """A relative link in README, changelog or docs names a file or folder that is there."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    links = [
        (document, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert links
    assert not [(d.name, target) for d, target in links if not (d.parent / target).exists()]


def test_the_changelog_names_each_change_once() -> None:
    """Merges keep the lines of both sides, and could bring back sections that stand elsewhere by now."""
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    changes = [line for line in lines if line.startswith("- ")]
    assert len(changes) == len(set(changes))
    [*_, unreleased] = " ".join(lines).split("## Unreleased")
    assert re.findall(r"### (\w+)", unreleased)[:4] == ["In", "Added", "Changed", "Fixed"]


def test_the_places_that_contributing_names_are_there() -> None:
    """Every file and folder that CONTRIBUTING.md names exists, apart from those that are yet to be written.

    A name stands for a place in the repository, in its ``src`` or a room, or in a folder that its line names before.
    """
    lost, known = [], 0
    for line in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines():
        folders = [ROOT, ROOT / "src", ROOT / "src" / "adrbench"]
        for name in re.findall(r"`([\w.-]+/[\w./-]*|[\w.-]+\.(?:jinja|md|py|toml|txt))`", line):
            # What commands make.
            if name in {"campaigns/", "site/docs"}:
                continue
            place = re.sub(r"[^/]*(NAME|ROOM|COMMAND).*", "", name)
            there = [folder / place for folder in folders if (folder / place).exists()]
            lost += [] if there else [name]
            folders += [one for one in there if one.is_dir()]
            known += 1
    assert known > 50
    assert lost == []


def test_the_house_of_the_api_is_complete() -> None:
    """Every name that adrbench.api promises is there, and importing it needs the standard library only."""
    program = (
        "import sys; import adrbench.api as api; assert all(hasattr(api, n) for n in api.__all__); "
        "print([m for m in ('numpy', 'pydantic', 'rich', 'click', 'torch', 'nltk') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_public_call_returns_is_no_type() -> None:
    """Napoleon takes words before a colon for a type; in the reference they would stand under "Return type"."""
    public = [
        *(ROOT / "src/adrbench" / folder for folder in ("api", "calls", "datasets", "testing")),
        *(ROOT / "src/adrbench" / file for file in ("results/results.py", "reporting/notebook.py")),
    ]
    files = [file for place in public for file in (place.rglob("*.py") if place.is_dir() else [place])]
    assert len(files) > 20
    first = re.compile(r"^ +(?:Returns|Yields):\n +([^`\n]*?: .*)$", flags=re.MULTILINE)
    found = [f"{file.name}: {line}" for file in files for line in first.findall(file.read_text(encoding="utf-8"))]
    assert found == []


def test_prose_is_checked_for_long_sentences_and_full_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code, tables and abbreviations are no prose; a sentence may span lines; items and broken lines stand alone."""
    prose = runpy.run_path(str(ROOT / "tools" / "prose.py"))
    page = tmp_path / "page.md"
    page.write_text("# A title. Another\n\nOne sentence, e.g. this one.\n\n| a. B | c |\n\n```\nNo. Prose.\n```\n")
    assert prose["main"]([str(page)]) == 0
    many = " ".join(["word"] * 13)
    page.write_text(f"A list:\n\n- {many},\n- {many}.\n")
    assert prose["main"]([str(page)]) == 0
    page.write_text(f"**One:** {many}.\\\n**Two:** {many}.\n")
    assert prose["main"]([str(page)]) == 0
    page.write_text(f"First. Second.\n\nA {many}\n{many}.\n")
    assert prose["main"]([str(page)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [f"{page}:1: several sentences in a line", f"{page}:3: a sentence of 27 words: A {many[:58]} …"]
