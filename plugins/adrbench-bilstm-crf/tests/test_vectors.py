"""Word vectors from every source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from adrbench.api import CorpusError
from adrbench_bilstm_crf import vectors

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

TEXT = [["she", "took", "aspirin", "daily"], ["aspirin", "gave", "him", "a", "rash"], ["no", "rash", "later"]] * 3


@pytest.fixture
def keyed() -> KeyedVectors:
    """Three words with vectors of two dimensions."""
    # Not above: every worker would wait for gensim.
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(2)
    keyed.add_vectors(["rash", "naïve", "ache"], np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32))
    return keyed


@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.glove.txt", "v.txt.gz"])
def test_reads_the_usual_formats(keyed: KeyedVectors, tmp_path: Path, name: str) -> None:
    """A word2vec file, text or binary, gzipped or not, and a GloVe file give the same vectors, up to scale."""
    path = tmp_path / name
    keyed.save_word2vec_format(str(path), binary=name.endswith("bin"), write_header="glove" not in name)
    found = vectors.read(path, limit=10)
    assert list(found.rows) == ["rash", "naïve", "ache"]
    np.testing.assert_allclose(found.matrix / found.matrix[0, 0], keyed.vectors / keyed.vectors[0, 0], rtol=1e-5)
    assert found.find("unseen") is None


def test_reads_no_more_than_the_limit(keyed: KeyedVectors, tmp_path: Path) -> None:
    """Only the first words of a file are read."""
    keyed.save_word2vec_format(str(tmp_path / "v.txt"))
    assert list(vectors.read(tmp_path / "v.txt", limit=2).rows) == ["rash", "naïve"]


def test_fasttext_files_know_unseen_words(tmp_path: Path) -> None:
    """Facebook's binary format keeps its subwords, which give unseen words the vector that gensim gives them."""
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    model = FastText(TEXT, vector_size=5, min_count=1, bucket=100, workers=1, epochs=1)
    save_facebook_model(model, str(tmp_path / "f.bin"))
    found = vectors.read(tmp_path / "f.bin", limit=3)
    assert len(found.rows) == 3
    unseen = found.find("aspirins")
    assert unseen is not None
    expected = model.wv["aspirins"]
    np.testing.assert_allclose(unseen / np.linalg.norm(unseen), expected / np.linalg.norm(expected), rtol=1e-4)


@pytest.mark.parametrize("content", [None, b"", b"not vectors at all", b"2 3\nrash 1 2 3\nache 1", b"\xff\xfe\x00\x01"])
def test_bad_files_are_refused_with_their_path(tmp_path: Path, content: bytes | None) -> None:
    """A missing, empty or damaged file is an error that names it."""
    path = tmp_path / "vectors.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"vectors\.txt"):
        vectors.read(path, limit=10)


@pytest.mark.slow
def test_trained_vectors_are_the_same_in_every_process() -> None:
    """Python's hash seed does not reach the vectors."""
    code = (
        "import hashlib; from adrbench_bilstm_crf import vectors\n"
        "for method in ('word2vec', 'fasttext'):\n"
        f"    v = vectors.trained(method, {TEXT!r}, size=8, window=2, epochs=2, seed=3)\n"
        "    print(hashlib.sha256(repr(list(v.rows)).encode() + v.matrix.tobytes()).hexdigest())"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    )
    assert len(first) == 2
    assert first == second


def test_trained_subwords_answer_for_unseen_words() -> None:
    """FastText vectors know words outside the text, word2vec's do not."""
    options = {"size": 8, "window": 2, "epochs": 2, "seed": 3}
    assert vectors.trained("fasttext", TEXT, **options).find("aspirins") is not None
    assert vectors.trained("word2vec", TEXT, **options).find("aspirins") is None
