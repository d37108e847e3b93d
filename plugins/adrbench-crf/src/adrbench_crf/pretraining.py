"""Word vectors from text without gold, learnt once for all fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adrbench.api import Context
from adrbench_crf.plugin import PMI, CrfParams, PretrainParams
from adrbench_crf.vectors import learn
from adrbench_crf.words import normal


def pretrain(params: CrfParams, how: PretrainParams, texts: Path, folder: Path, context: Context) -> dict[str, Any]:
    """Learn word vectors from text and leave them in ``folder``. Interrupted work begins anew.

    Args:
        params: The tagger's parameters.
        how: The parameters of pre-training.
        texts: A file of JSON lines ``{"words": [...]}``.
        folder: Where the vectors go.
        context: The conditions, without gold.

    Returns:
        ``steps``, which is 1; ``sentences``, the number of texts; ``loss``, which is empty; ``words``, the number of
        words with a vector.

    Raises:
        ValueError: The tagger's vectors are learnt already, or there are too few words to learn any.
    """
    if params.vectors != PMI:
        raise ValueError(f"vectors = {params.vectors!r}: only vectors = {PMI!r} are learnt from text")
    context.progress(0, 1, "word vectors")
    sentences = list(_sentences(texts))
    vectors = learn(sentences, context.seed, how.dimensions)
    if not vectors.words:
        raise ValueError("no word occurs twice in the text to pretrain on")
    vectors.save(folder)
    context.progress(1, 1, "word vectors")
    return {"steps": 1, "sentences": len(sentences), "loss": [], "words": len(vectors.words)}


def _sentences(path: Path) -> Iterator[list[str]]:
    """The words of each text in their normal form; a word that occurs often is one object in memory."""
    forms: dict[str, str] = {}
    kept: dict[str, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            words = json.loads(line)["words"]
            for word in words:
                if word not in forms:
                    form = normal(word)
                    forms[word] = kept.setdefault(form, form)
            yield [forms[word] for word in words]
