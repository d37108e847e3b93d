"""Word vectors from text without gold, learnt once for all fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adrbench.api import Context
from adrbench_bilstm_crf import vectors
from adrbench_bilstm_crf.lexicon import normalise
from adrbench_bilstm_crf.plugin import TRAINED, Params, PretrainParams


def pretrain(params: Params, how: PretrainParams, texts: Path, folder: Path, context: Context) -> dict[str, Any]:
    """Learn word vectors from text and leave them in ``folder``. Interrupted work begins anew.

    Args:
        params: The tagger's parameters, which name the method.
        how: The parameters of pre-training.
        texts: A file of JSON lines ``{"words": [...]}``.
        folder: Where the vectors go.
        context: The conditions, without gold.

    Returns:
        ``steps``, the number of passes; ``sentences``, the number of texts; ``loss``, which is empty; ``words``, the
        number of words with a vector.

    Raises:
        ValueError: The tagger's vectors are not learnt from text, or no word occurs often enough.
    """
    if params.vectors not in TRAINED:
        raise ValueError(f"vectors = {params.vectors!r}: only {' and '.join(TRAINED)} learn from text")
    context.progress(0, how.epochs, "word vectors")
    sentences = list(_sentences(texts))
    words = vectors.write(
        folder,
        params.vectors,
        sentences,
        size=how.size,
        window=how.window,
        epochs=how.epochs,
        least_count=how.least_count,
        seed=context.seed,
        progress=lambda done: context.progress(done, how.epochs, "word vectors"),
    )
    return {"steps": how.epochs, "sentences": len(sentences), "loss": [], "words": words}


def _sentences(path: Path) -> Iterator[list[str]]:
    """The words of each text in their normal form; a word that occurs often is one object in memory.

    The file of vectors separates words from numbers by white space, so a word with white space inside has no vector.
    """
    forms: dict[str, str] = {}
    kept: dict[str, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            words = json.loads(line)["words"]
            for word in words:
                if word not in forms:
                    form = normalise(word)
                    forms[word] = kept.setdefault(form, form) if form.split() == [form] else ""
            yield [forms[word] for word in words if forms[word]]
