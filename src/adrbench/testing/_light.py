"""Whether a description is light: which large libraries come along when nothing but it is imported."""

from __future__ import annotations

from collections.abc import Collection, Sequence

# What takes a good part of a second to import, or is known to bring such a library along.
HEAVY = frozenset(
    {
        "catboost",
        "datasets",
        "flair",
        "gensim",
        "huggingface_hub",
        "jax",
        "keras",
        "lightgbm",
        "matplotlib",
        "nltk",
        "numba",
        "numpy",
        "onnxruntime",
        "pandas",
        "polars",
        "pyarrow",
        "ray",
        "scipy",
        "sentence_transformers",
        "sklearn",
        "spacy",
        "stanza",
        "tensorflow",
        "tokenizers",
        "torch",
        "transformers",
        "xgboost",
    }
)


def heavy(imported: Collection[str], requires: Sequence[str] = ()) -> list[str]:
    """The large libraries, and what the description itself ``requires``, among the modules that were imported.

    A description that imports what it requires cannot even be shown where that is missing.

    >>> heavy({"json", "torch.nn", "torch"}), heavy({"tiny.core", "tiny"}, ["tiny"])
    (['torch'], ['tiny'])
    """
    roots = {name.partition(".")[0] for name in imported}
    return sorted((roots & HEAVY) | (set(requires) & set(imported)))
