"""Words of the harness into subwords of a model, never losing which belongs to which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Pieces = list[list[int]]
_SURROGATE = re.compile("[\ud800-\udfff]")


class Subwords:
    """A fast tokenizer that splits given words only, and the special tokens that its model expects around them."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        # A checkpoint's own truncation and padding (sentence-transformers' models carry 128) would lose words silently.
        self._backend.no_truncation()
        self._backend.no_padding()
        ids = self._backend.encode(["a"], is_pretokenized=True)
        inside = [i for i, word in enumerate(ids.word_ids) if word is not None]
        self.prefix: list[int] = ids.ids[: inside[0]]
        self.suffix: list[int] = ids.ids[inside[-1] + 1 :]
        pad, mask = tokenizer.pad_token_id, tokenizer.mask_token_id
        self.pad: int = next(i for i in (pad, tokenizer.eos_token_id, 0) if i is not None)
        self.mask: int = next(i for i in (mask, tokenizer.unk_token_id, self.pad) if i is not None)

    def split(self, documents: Sequence[Sequence[str]]) -> list[Pieces]:
        """Subword ids of every word of every document; a word that the tokenizer drops altogether has none."""
        clean = [[_SURROGATE.sub("\ufffd", word) for word in words] for words in documents]
        encodings = self._backend.encode_batch(clean, is_pretokenized=True, add_special_tokens=False)
        split: list[Pieces] = []
        for words, encoding in zip(documents, encodings, strict=True):
            pieces: Pieces = [[] for _ in words]
            for word, piece in zip(encoding.word_ids, encoding.ids, strict=True):
                if word is not None:
                    pieces[word].append(piece)
            split.append(pieces)
        return split
