"""Taggers that are kept in a folder: made, and used on files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from adrbench.config import read_benchmark
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.reporting.tagged_pages import make_pages
from adrbench.reporting.tagger_card import tagger_card
from adrbench.results.store import find_results
from adrbench.running.fit import Fitted
from adrbench.running.fit import fit as fit_tagger
from adrbench.running.pretraining import pretrain as pretraining
from adrbench.running.tagging.tag import Tagging, from_names
from adrbench.running.tagging.tag import View as TaggingView
from adrbench.running.tagging.tag import tag as tag_texts


def fit(
    file: str | Path,
    tagger: str,
    out: str | Path,
    *,
    dataset: str = "",
    split: str = "",
    results: str | Path | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    offline: bool = False,
    scores: bool = True,
    overwrite: bool = False,
) -> Fitted:
    """Fit a tagger of a benchmark on all documents of a corpus, under the conditions of a cell, and keep it.

    Args:
        file: The benchmark file, or the name of a benchmark that comes with adrbench.
        tagger: The id of the row: of a tagger, or of a point of its grid.
        out: A folder that is new or empty.
        dataset: The corpus; empty: the only one.
        split: The split whose conditions hold; empty: the first grouped one, else the first.
        results: A results folder, whose figures are kept beside; None: ``runs/NAME``, if it is there.
        device: The device.
        offline: Use no network.
        scores: Ask the tagger for the scores of spans.
        overwrite: Replace a tagger that is kept in the folder.

    Returns:
        The folder, with what is known of the tagger.

    Raises:
        adrbench.errors.InputError: If a name, the corpus, the folder or the results are wrong. Nothing was fitted.
        adrbench.errors.FitFailed: If the tagger cannot be fitted. Nothing was kept.
    """
    registry = Registry()
    benchmark = read_benchmark(Path(file), registry, offline=offline)
    return fit_tagger(
        benchmark,
        Path(out),
        tagger,
        registry,
        card=tagger_card,
        dataset=dataset,
        split=split,
        results=find_results(Path(results) if results else None, benchmark.benchmark.name),
        device=device,
        offline=offline,
        scores=scores,
        overwrite=overwrite,
    )


def pretrain(
    model: str,
    text: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    progress: Callable[[float, float, str], None] | None = None,
    without: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    **options: Any,
) -> Mapping[str, Any]:
    """Continue the language modelling of a checkpoint on text without gold.

    The same call goes on after an interruption.

    Args:
        model: What a benchmark file says for the tagger's model: a preset, a folder, a name on the hub. Or the method
            of the word vectors to learn, with ``tagger="crf"`` or ``"bilstm-crf"``.
        text: A folder or file of text, or several.
        out: A folder that is new or empty, or that an interrupted call has begun.
        progress: Called with what is done, the total, and what is done there.
        without: Corpora; texts that share text with their documents are left out.
        params: Settings of the pre-training, such as ``steps``, ``epochs`` and ``learning_rate``.
        options: The other fields of ``adrbench.running.pretraining.pretrain.Options``: ``tagger``, ``revision``,
            ``sentences``, ``words``, ``seed``, ``threads``, ``device``, ``offline``.

    Returns:
        ``steps``, ``sentences``, ``seconds``, ``loss`` (pairs of a step and its loss) and facts of the plugin.
        ``parameter``: the tagger's parameter that is to name the folder.

    Raises:
        adrbench.errors.InputError: If a name, a setting, the text or the folder is wrong, or this machine cannot do it.
    """
    known = {*pretraining.Options.__dataclass_fields__} - {"without", "params"}
    for name in options:
        if name not in known:
            raise InputError(f"unknown option {name!r}; {closest(name, known)}")
    several = [text] if isinstance(text, str | Path) else text
    how = pretraining.Options(without=tuple(without), params=params or {}, **options)
    return pretraining.pretrain(model, tuple(map(str, several)), Path(out), how, Registry(), progress=progress)


def tag(
    folder: str | Path,
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    view: TaggingView | None = None,
    **options: Any,
) -> Tagging:
    """Tag files, folders or a corpus with a kept tagger, and write them in order. ``load`` tags texts in memory.

    The same call goes on after an interruption.

    Args:
        folder: The folder of the tagger.
        inputs: A file, a folder, ``-`` for standard input, the name of a corpus, or several of these.
        out: The file, folder, FIFO or device to write to; ``-`` for standard output.
        view: Its methods are called as texts are tagged.
        options: The fields of ``adrbench.running.tagging.tag.Options``: ``to``, ``reader``, ``min_score``,
            ``evaluator`` and so on.

    Returns:
        Counts of texts and failures, spans by label, and figures if an ``evaluator`` was named.

    Raises:
        adrbench.errors.InputError: If an input, an option, the folder or the output is wrong.
    """
    several = [inputs] if isinstance(inputs, str | Path) else inputs
    return tag_texts(
        Path(folder),
        several,
        str(out),
        from_names(options),
        Registry(),
        stdout=sys.stdout.buffer,
        pages=make_pages,
        view=view,
    )
