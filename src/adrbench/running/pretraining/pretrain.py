"""``adrbench pretrain``: the language modelling of a checkpoint goes on, on text without gold, for use anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from adrbench._system import machine
from adrbench._system.paths import with_home
from adrbench.api import Context, Document, TaggerPlugin
from adrbench.config.model import CORPUS
from adrbench.datasets.load import read_dataset
from adrbench.datasets.text.splitters import DEFAULT, problem
from adrbench.errors import InputError, PluginError, Unavailable, closest
from adrbench.plugins import parameters
from adrbench.plugins.loading import lacking
from adrbench.plugins.registry import Registry
from adrbench.running._scratch import scratch_folder
from adrbench.running.pretraining.cache import make
from adrbench.running.pretraining.keys import key_of
from adrbench.running.pretraining.plugin import pretraining_of
from adrbench.running.pretraining.text import Collected, collect, keep
from adrbench.running.pretraining.words import keep_words

Told = Callable[[float, float, str], None]
"""Called with what is done, the total, and what is done there."""


@dataclass(frozen=True)
class Options:
    """How to pre-train.

    Attributes:
        tagger: The tagger to pre-train for; empty: the only one whose ``model`` can be pre-trained.
        revision: A commit, branch or tag of a model on the hub; empty: its default.
        without: Corpora; texts that share text with their documents are left out.
        sentences: The most texts to use; None: all.
        words: How texts are split, for a tagger that learns from words: what the corpora will have. Empty: the default.
        seed: The seed of the draw of texts and of their order.
        threads: How many threads to use; None: all cores.
        device: The device.
        offline: Use no network.
        params: Settings of the pre-training, such as ``steps``.
    """

    tagger: str = ""
    revision: str = ""
    without: tuple[str, ...] = ()
    sentences: int | None = None
    words: str = ""
    seed: int = 0
    threads: int | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    offline: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)


def pretrain(
    model: str,
    text: tuple[str, ...],
    out: Path,
    options: Options,
    registry: Registry,
    *,
    collected: Callable[[Collected], None] | None = None,
    progress: Told | None = None,
) -> dict[str, Any]:
    """Learn from text without gold, such as by continuing the language modelling of a checkpoint.

    The same call goes on after an interruption, if the tagger can; else it begins anew.

    Args:
        model: What a benchmark file says for the parameter that is pre-trained, such as the tagger's model.
        text: Folders and files of text.
        out: A folder that is new or empty, or that an interrupted call has begun.
        options: How to pre-train.
        registry: The plugins.
        collected: Told of the texts before the first step.
        progress: Told how far it is.

    Returns:
        ``steps``, ``sentences``, ``seconds``, ``loss`` (pairs of a step and its loss) and the facts of the plugin.
        ``parameter``: the tagger's parameter that is to name the folder.

    Raises:
        InputError: A name, a setting, the text or the folder is wrong, or this machine cannot do it.
    """
    for name in (model, *text):
        with_home(name, "model" if name == model else "text")
    plugin = _plugin(options.tagger, registry)
    params, how = _settings(plugin, model, options)
    if reason := lacking(plugin) or (plugin.missing(params, options.offline) if plugin.missing else None):
        raise InputError(reason)
    if options.device == "cuda" and not machine.gpus():
        raise InputError(f"device: no CUDA GPU is visible; valid here: auto, cpu{machine.gpu_advice()}")
    pretraining = pretraining_of(plugin)
    if options.words and not pretraining.words:
        raise InputError(f"words: {plugin.name} splits texts itself; leave it out")
    if wrong := problem(options.words or DEFAULT):
        raise InputError(f"words: {wrong}")
    if CORPUS in text:
        raise InputError(f"{CORPUS} stands for a benchmark's corpus, and here is none; write ./{CORPUS} for a folder")
    documents = list(_documents(options, registry))
    texts = collect(text, Path(), (), documents, limit=options.sentences, seed=options.seed)
    if collected is not None:
        collected(texts)
    file, digest = keep_words(texts, options.words or DEFAULT) if pretraining.words else (keep(texts), texts.digest)
    key = key_of(plugin, params, how, digest, options.seed, Path(), registry)
    with scratch_folder() as folder:
        scratch = folder / "work"
        scratch.mkdir()
        context = Context(
            seed=options.seed,
            labels=(),
            scratch=scratch,
            device="cuda:0" if options.device != "cpu" and machine.gpus() else "cpu",
            threads=options.threads or machine.usable_cores(),
            offline=options.offline,
        )
        context = replace(context, progress=progress) if progress is not None else context
        try:
            return {**make(plugin, params, how, file, key, context, out), "parameter": pretraining.parameter}
        except (Unavailable, ValueError, FloatingPointError) as error:
            raise InputError(str(error)) from error


def _plugin(name: str, registry: Registry) -> TaggerPlugin:
    if name:
        plugin: TaggerPlugin = registry.describe("taggers", name)
        pretraining_of(plugin)
        return plugin
    described: list[Any] = [plugin.description for plugin in registry.discover("taggers")]
    able: list[TaggerPlugin] = [
        one
        for one in described
        if one is not None and one.pretraining is not None and one.pretraining.parameter == "model"
    ]
    if len(able) != 1:
        which = (
            ", ".join(plugin.name for plugin in able) if able else "no model of an installed tagger can be pretrained"
        )
        raise PluginError(f"tagger: {which}" + (": say which one" if able else ""))
    return able[0]


def _settings(plugin: TaggerPlugin, model: str, options: Options) -> tuple[Any, Any]:
    """The tagger's parameters and those of its pre-training. Raises ``InputError`` with every problem."""
    pretraining = pretraining_of(plugin)
    base = {pretraining.parameter: model} | ({"revision": options.revision} if options.revision else {})
    params, problems = parameters.check(plugin.params, base)
    how, more = parameters.check(pretraining.params, options.params)
    if problems or more:
        raise InputError("; ".join(f"{place}: {message}" if place else message for place, message in problems + more))
    return params, how


def _documents(options: Options, registry: Registry) -> Iterator[Document]:
    """Every document of some corpora that has gold, before any filter."""
    for name in options.without:
        plugin = registry.describe("datasets", name)
        if plugin.format:
            known = [one for one in registry.names("datasets") if not registry.describe("datasets", one).format]
            raise InputError(f"without {name}: that is a format, not a corpus; {closest(name, known)}")
        for record in read_dataset(registry, name, offline=options.offline).records:
            yield Document(record.id, record.text, (), record.group)
