"""``adrbench tag``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from adrbench.cli._streams import binary_stdout
from adrbench.cli.data.selection import parse_params
from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import echo, format_option, show
from adrbench.errors import InputError
from adrbench.reporting.escaping import for_terminal
from adrbench.reporting.formatting import duration

if TYPE_CHECKING:
    from adrbench.running.tagging.tag import Tagging


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option(
    "--to",
    type=click.Choice(["jsonl", "brat", "conll", "bioc", "pubtator", "html"]),
    default="jsonl",
    show_default=True,
    help="Write this format; brat and html are folders of files.",
)
@click.option(
    "--out",
    default="-",
    metavar="PATH",
    help="Write to this file, folder, FIFO or device; the same command goes on after an interruption.  "
    "[default: standard output]",
)
@click.option(
    "--from",
    "reader",
    default="",
    metavar="FORMAT",
    help="Read every INPUT as text (a text a file), lines (a text a line), or a format or corpus of data list.  "
    "[default: by name and content]",
)
@click.option(
    "--param", "params", multiple=True, metavar="KEY=VALUE", help="Set a parameter of the reader (repeatable)."
)
@click.option("--encoding", default="utf-8", show_default=True, help="Decode texts, lines and JSON lines with this.")
@click.option(
    "--min-score",
    type=FiniteRange(0, 1),
    help="Leave out mentions with a lower score, and those without a score.",
)
@click.option("--evaluate", is_flag=True, help="Score the mentions against gold that the inputs bring.")
@click.option(
    "--evaluator", default="exact", show_default=True, metavar="NAME[:VARIANT]", help="Score with this evaluator."
)
@format_option()
@click.option("--force", is_flag=True, help="Replace the file of --out if it exists.")
@click.option("--trust", is_flag=True, help="Load a tagger that runs code, such as a pickle. Trust whom you know.")
def tag(
    folder: Path,
    inputs: tuple[str, ...],
    to: str,
    out: str,
    reader: str,
    params: tuple[str, ...],
    encoding: str,
    min_score: float | None,
    evaluate: bool,
    evaluator: str,
    format_name: str,
    force: bool,
    trust: bool,
) -> None:
    """Tag texts with the tagger that fit kept in DIR.

    INPUT is a file, a folder with all files below it, - for standard input, or the name of a corpus. A .txt file is a
    text. JSON lines and annotated corpora are recognised by their content.

    \b
    adrbench tag tagger/ notes/ --out notes.jsonl
    adrbench tag tagger/ posts.txt --from lines --to html --out pages/
    zcat abstracts.jsonl.gz | adrbench tag tagger/ - > tagged.jsonl
    adrbench tag tagger/ gold/ --evaluate --out tagged.jsonl

    Exit code 3: some texts could not be read, tagged or written; 4: there was no text.
    """  # noqa: D301  (click keeps the lines below this character as they are)
    from adrbench.cli.tag_view import TagView  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.tagged_pages import make_pages  # noqa: PLC0415
    from adrbench.running.tagging.tag import Options  # noqa: PLC0415
    from adrbench.running.tagging.tag import tag as tag_texts  # noqa: PLC0415

    context = click.get_current_context()
    for option in ("evaluator", "format_name"):
        if not evaluate and context.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"--{option.removesuffix('_name')} is for --evaluate; add that, or leave it out")
    options = Options(
        to, reader, parse_params(params), encoding, min_score, evaluator if evaluate else "", force, trust
    )
    began = time.monotonic()
    stdout = cast("BinaryIO", _Terminal()) if out == "-" and sys.stdout.isatty() else binary_stdout()
    try:
        with TagView() as view:
            done = tag_texts(folder, inputs, out, options, Registry(), stdout=stdout, pages=make_pages, view=view)
    except KeyboardInterrupt:
        kept = f" What is tagged is kept in {out}.partial; the same command goes on." if out != "-" else ""
        echo(f"\nInterrupted.{kept}", err=True)
        sys.exit(130)
    for line in _lines(done, time.monotonic() - began):
        echo(line, err=True)
    if done.figures is not None:
        _show_figures(done, folder, inputs, format_name)
    sys.exit(3 if done.failed else 0 if done.texts else 4)


def _lines(done: Tagging, seconds: float) -> list[str]:
    from adrbench.cli.tag_view import count_texts  # noqa: PLC0415

    spans = ", ".join(f"{count:,} {label}" for label, count in done.spans.items()) or "no mention"
    where = "" if done.out == "-" else f", in {done.out}"
    lines = [f"{count_texts(done.texts)} tagged: {spans}{where} ({duration(seconds)})"]
    if not done.texts and not done.failed:
        lines = ["there was no text in the inputs; nothing was tagged"]
    if done.left_out:
        lines.append(f"  mentions left out by --min-score: {done.left_out:,}")
    lines += [f"  {what}: {count:,}" for what, count in (*done.lost.items(), *done.passed_over.items())]
    if done.failed:
        lines.append(f"  {count_texts(done.failed)} failed: could not be read, tagged or written; named above")
    return lines


def _show_figures(done: Tagging, folder: Path, inputs: tuple[str, ...], format_name: str) -> None:
    from adrbench.reporting.score_view import score_view  # noqa: PLC0415
    from adrbench.results.external import score_of  # noqa: PLC0415

    score = score_of(done.figures or {}, done.evaluator, tagger=folder.name, dataset=" ".join(inputs))
    notes = [f"Texts without gold, not compared: {done.without_gold:,}."] if done.without_gold else []
    show(score_view([score], notes), format_name)


class _Terminal:
    """Standard output that is a terminal: what is tagged must not steer it."""

    def write(self, content: bytes) -> int:
        """Write a batch, which ends with a whole character."""
        sys.stdout.write(for_terminal(content.decode("utf-8", "replace")))
        return len(content)

    def flush(self) -> None:
        """Show what was written."""
        sys.stdout.flush()
