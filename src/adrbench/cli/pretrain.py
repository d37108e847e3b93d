"""``adrbench pretrain``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import parse_params
from adrbench.cli.output import echo, make_console
from adrbench.errors import InputError, PluginError, Unavailable, closest

if TYPE_CHECKING:
    from adrbench.api import Context, Document, TaggerPlugin
    from adrbench.plugins.registry import Registry
    from adrbench.reporting.terminal import SafeConsole
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
@click.option("--tagger", help="Pretrain for this tagger.  [default: the only one that can be pretrained]")
@click.option("--revision", help="Use this commit, branch or tag of a MODEL on the hub.")
@click.option(
    "--without",
    multiple=True,
    metavar="DATASET",
    help="Leave out every text that shares text with this corpus's documents (repeatable).",
)
@click.option("--sentences", type=click.IntRange(min=1), metavar="N", help="Use at most N texts, drawn by the seed.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Train for N optimizer steps.")
@click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="Train for N passes over the text.")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), help="Use this peak learning rate.")
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
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Compute on this device.",
)
@click.option("--offline", is_flag=True, help="Use no network.")
def pretrain(
    model: str,
    sources: tuple[str, ...],
    out: Path,
    tagger: str | None,
    revision: str | None,
    without: tuple[str, ...],
    sentences: int | None,
    seed: int,
    threads: int | None,
    device: str,
    offline: bool,
    **options: Any,
) -> None:
    """Continue the language modelling of MODEL on text without gold, and leave the checkpoint in a folder.

    MODEL is what a benchmark file says for the tagger's model: a preset, a folder, a name on the hub. To go on after
    an interruption, give the same command.
    """
    from adrbench._system import machine  # noqa: PLC0415
    from adrbench.api import Context  # noqa: PLC0415
    from adrbench.config.model import CORPUS  # noqa: PLC0415
    from adrbench.plugins.loading import lacking  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.running.pretraining.cache import make  # noqa: PLC0415
    from adrbench.running.pretraining.keys import key_of  # noqa: PLC0415
    from adrbench.running.pretraining.text import collect, keep  # noqa: PLC0415

    registry = Registry()
    plugin = _plugin(tagger, registry)
    params, how = _settings(plugin, model, revision, options)
    if reason := lacking(plugin) or (plugin.missing(params, offline) if plugin.missing else None):
        raise InputError(reason)
    if device == "cuda" and not machine.gpus():
        raise InputError("--device: no CUDA GPU is visible; valid here: auto, cpu")
    if CORPUS in sources:
        raise InputError(
            f"--text {CORPUS} stands for a benchmark's corpus, and here is none; write ./{CORPUS} for a folder"
        )
    documents = list(_documents(without, offline, registry))
    console = make_console()
    collected = collect(sources, Path(), (), documents, limit=sentences, seed=seed)
    _say(console, collected, bool(without))
    key = key_of(plugin, params, how, collected.digest, seed, Path(), registry)
    with tempfile.TemporaryDirectory(prefix="adrbench-pretrain-") as scratch:
        context = Context(
            seed=seed,
            labels=(),
            scratch=Path(scratch),
            device="cuda:0" if device != "cpu" and machine.gpus() else "cpu",
            threads=threads or len(os.sched_getaffinity(0)),
            offline=offline,
        )
        try:
            meta = _watched(console, context, lambda c: make(plugin, params, how, keep(collected), key, c, out))
        except KeyboardInterrupt:
            again = " ".join(sys.argv[1:])
            echo(f"\nInterrupted. The work is kept beside {out}; to go on: adrbench {again}", err=True)
            sys.exit(130)
        except (Unavailable, ValueError, FloatingPointError) as error:
            raise InputError(str(error)) from error
    _report(console, meta, out)


def _plugin(name: str | None, registry: Registry) -> TaggerPlugin:
    from adrbench.running.pretraining.plugin import pretraining_of  # noqa: PLC0415

    if name is not None:
        plugin: TaggerPlugin = registry.describe("taggers", name)
        pretraining_of(plugin)
        return plugin
    described: list[Any] = [plugin.description for plugin in registry.discover("taggers")]
    able: list[TaggerPlugin] = [one for one in described if one is not None and one.pretraining is not None]
    if len(able) != 1:
        which = ", ".join(plugin.name for plugin in able) if able else "no tagger that is installed can be pretrained"
        raise PluginError(f"--tagger: {which}" + (": say which one" if able else ""))
    return able[0]


def _settings(plugin: TaggerPlugin, model: str, revision: str | None, options: Mapping[str, Any]) -> tuple[Any, Any]:
    """The tagger's parameters and those of its pre-training. Raises ``InputError`` with every problem."""
    from adrbench.plugins import parameters  # noqa: PLC0415
    from adrbench.running.pretraining.plugin import pretraining_of  # noqa: PLC0415

    pretraining = pretraining_of(plugin)
    base = {pretraining.parameter: model} | ({} if revision is None else {"revision": revision})
    params, problems = parameters.check(plugin.params, base)
    named = {name: value for name, value in options.items() if name != "given" and value is not None}
    others = parse_params(options["given"])
    twice = sorted(named.keys() & others.keys())
    if twice:
        raise InputError(f"--{twice[0].replace('_', '-')} and --param {twice[0]} say the same; give one of them")
    how, more = parameters.check(pretraining.params, {**named, **others})
    if problems or more:
        raise InputError("; ".join(f"{place}: {message}" if place else message for place, message in problems + more))
    return params, how


def _documents(names: Iterable[str], offline: bool, registry: Registry) -> Iterator[Document]:
    """Every document of some corpora that has gold, before any filter."""
    from adrbench.api import Document  # noqa: PLC0415
    from adrbench.datasets.load import read_dataset  # noqa: PLC0415

    for name in names:
        plugin = registry.describe("datasets", name)
        if plugin.format:
            raise InputError(f"--without {name}: that is a format, not a corpus; {_corpora(name, registry)}")
        for record in read_dataset(registry, name, offline=offline).records:
            yield Document(record.id, record.text, (), record.group)


def _corpora(name: str, registry: Registry) -> str:

    return closest(
        name, [known for known in registry.names("datasets") if not registry.describe("datasets", known).format]
    )


def _say(console: SafeConsole, collected: Collected, compared: bool) -> None:
    for line in collected.lines():
        console.print(line, markup=False)
    if not compared:
        console.print("Nothing was compared with a corpus: --without DATASET leaves out what has text of its documents")


def _watched(console: SafeConsole, context: Context, work: Callable[[Context], dict[str, Any]]) -> dict[str, Any]:
    """Do the work in sight: with a bar at a terminal, else with a line for every twentieth of it."""
    if console.is_terminal:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("pre-training", total=None)
            return work(
                replace(context, progress=lambda d, t, note: bar.update(task, completed=d, total=t, description=note))
            )
    said = -1

    def tell(done: float, total: float, note: str = "") -> None:
        nonlocal said
        part = int(20 * done / total) if total else 0
        if part > said:
            said = part
            console.print(f"{note}: {done:,.0f} of {total:,.0f}", markup=False)

    return work(replace(context, progress=tell))


def _report(console: SafeConsole, meta: Mapping[str, Any], out: Path) -> None:
    curve: Sequence[Sequence[float]] = meta["loss"]
    told = f"{meta['steps']:,} steps on {meta['sentences']:,} texts in {meta['seconds']:,.0f} s"
    if curve:
        told += f"; loss {curve[0][1]:.2f} -> {curve[-1][1]:.2f}"
    console.print(told, markup=False)
    console.print(f'{out}: to fine-tune it, params = {{ model = "{out}" }}', markup=False, soft_wrap=True)
