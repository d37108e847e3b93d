"""Whether a description is light: which large libraries are imported with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

# Libraries that take a good part of a second to import, or that import such a library.
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
    """The large libraries, and the modules that the description itself ``requires``, among the imported modules.

    A description that imports a required module cannot even be listed where the module is missing.

    >>> heavy({"json", "torch.nn", "torch"}), heavy({"tiny.core", "tiny"}, ["tiny"])
    (['torch'], ['tiny'])
    """
    roots = {name.partition(".")[0] for name in imported}
    return sorted((roots & HEAVY) | (set(requires) & set(imported)))
