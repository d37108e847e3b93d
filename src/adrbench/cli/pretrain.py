"""``adrbench pretrain``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import parse_params
from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import device_option, echo, make_console
from adrbench.errors import InputError

if TYPE_CHECKING:
    from adrbench.reporting.terminal import SafeConsole
    from adrbench.running.pretraining.pretrain import Told
    from adrbench.running.pretraining.text import Collected


@click.command()
@click.argument("model")
@click.option(
    "--text",
    "sources",
    multiple=True,
    required=True,
    metavar="PATH",
    help="Read text from this folder or file: .txt (one text a line), .jsonl, or either with .gz (repeatable).",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Write the checkpoint to this new or empty folder."
)
@click.option("--tagger", help="Pretrain for this tagger.  [default: the only one with a model to pretrain]")
@click.option("--revision", help="Use this commit, branch or tag of a MODEL on the hub.")
@click.option(
    "--without",
    multiple=True,
    metavar="DATASET",
    help="Leave out every text that shares text with this corpus's documents (repeatable).",
)
@click.option("--sentences", type=click.IntRange(min=1), metavar="N", help="Use at most N texts, drawn by the seed.")
@click.option("--words", metavar="NAME", help="Split texts by this rule, if the tagger learns from words.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Train for N optimizer steps.")
@click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="Train for N passes over the text.")
@click.option("--learning-rate", type=FiniteRange(min=0, min_open=True), help="Use this peak learning rate.")
@click.option(
    "--param",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change another setting of the pre-training (repeatable).",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draw texts and order by this seed."
)
@click.option("--threads", type=click.IntRange(min=1), help="Use this many threads.  [default: all cores]")
@device_option("Compute on this device.")
@click.option("--offline", is_flag=True, help="Use no network.")
def pretrain(
    model: str,
    sources: tuple[str, ...],
    out: Path,
    tagger: str | None,
    revision: str | None,
    without: tuple[str, ...],
    sentences: int | None,
    words: str | None,
    seed: int,
    threads: int | None,
    device: str,
    offline: bool,
    **options: Any,
) -> None:
    """Continue the language modelling of MODEL on text without gold, and leave the checkpoint in a folder.

    MODEL is what a benchmark file says for the tagger's model: a preset, a folder, a name on the hub. With --tagger
    bilstm-crf or crf it is the method of the word vectors to learn: word2vec or fasttext, or pmi. To go on after an
    interruption, give the same command.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.running.pretraining.pretrain import Options  # noqa: PLC0415
    from adrbench.running.pretraining.pretrain import pretrain as continue_modelling  # noqa: PLC0415

    how = Options(
        tagger=tagger or "",
        revision=revision or "",
        without=without,
        sentences=sentences,
        words=words or "",
        seed=seed,
        threads=threads,
        device=device,  # type: ignore[arg-type]
        offline=offline,
        params=_params(options),
    )
    console = make_console()
    try:
        meta = _watched(
            console,
            lambda progress: continue_modelling(
                model,
                sources,
                out,
                how,
                Registry(),
                collected=lambda texts: _say(console, texts, bool(without)),
                progress=progress,
            ),
        )
    except KeyboardInterrupt:
        again = " ".join(sys.argv[1:])
        echo(f"\nInterrupted. The work is kept beside {out}; to go on: adrbench {again}", err=True)
        sys.exit(130)
    _report(console, meta, out)


def _params(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the pre-training, from options of their own and from ``--param``."""
    named = {name: value for name, value in options.items() if name != "given" and value is not None}
    others = parse_params(options["given"])
    twice = sorted(named.keys() & others.keys())
    if twice:
        raise InputError(f"--{twice[0].replace('_', '-')} and --param {twice[0]} say the same; give one of them")
    return {**named, **others}


def _say(console: SafeConsole, collected: Collected, compared: bool) -> None:
    for line in collected.lines():
        console.print(line, markup=False)
    if not compared:
        console.print("Nothing was compared with a corpus: --without DATASET leaves out what has text of its documents")


def _watched(console: SafeConsole, work: Callable[[Told], dict[str, Any]]) -> dict[str, Any]:
    """Do the work in sight: with a bar at a terminal, else with a line for every twentieth of it."""
    if console.is_terminal:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("pre-training", total=None)
            return work(lambda d, t, note: bar.update(task, completed=d, total=t, description=note))
    said = -1

    def tell(done: float, total: float, note: str = "") -> None:
        nonlocal said
        part = int(20 * done / total) if total else 0
        if part > said:
            said = part
            console.print(f"{note}: {done:,.0f} of {total:,.0f}", markup=False)

    return work(tell)


def _report(console: SafeConsole, meta: Mapping[str, Any], out: Path) -> None:
    curve: Sequence[Sequence[float]] = meta["loss"]
    steps = f"{meta['steps']:,} step{'s' * (meta['steps'] != 1)}"
    told = f"{steps} on {meta['sentences']:,} texts in {meta['seconds']:,.0f} s"
    if curve:
        told += f"; loss {curve[0][1]:.2f} -> {curve[-1][1]:.2f}"
    console.print(told, markup=False)
    verb = "fine-tune" if meta["parameter"] == "model" else "use"
    console.print(f'{out}: to {verb} it, params = {{ {meta["parameter"]} = "{out}" }}', markup=False, soft_wrap=True)
