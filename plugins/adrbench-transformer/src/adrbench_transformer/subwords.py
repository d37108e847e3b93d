"""Words of the harness into subwords of a model, never losing which belongs to which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from adrbench.api import Unavailable

Pieces = list[list[int]]
_SURROGATE = re.compile("[\ud800-\udfff]")
# A letter, and two signs that hardly a vocabulary knows: what a tokenizer cannot read shows before any work is done.
_PROBE = ("a", "\U00012000", "\U0001f9ff")
_AT_ONCE = 1024
# Distinct words whose pieces are kept, and their length: some 50 MB at most.
_KEPT = 100_000
_LONG = 64


class Subwords:
    """A fast tokenizer that splits given words only, with the special tokens that its model expects around them.

    Args:
        tokenizer: The fast tokenizer.
        causal: Whether the model was pretrained to see nothing behind a subword.

    Attributes:
        prefix: Special tokens before a text.
        suffix: Special tokens behind a text.
        pad: The tokenizer's padding, else its end token, else 0. Attention leaves padding out, so any number does.
        mask: The tokenizer's mask, else its unknown token, else ``pad``.

    Raises:
        Unavailable: The tokenizer fails on characters outside its vocabulary.
    """

    def __init__(self, tokenizer: Any, *, causal: bool = False) -> None:
        self.tokenizer = tokenizer
        self.causal = causal
        self._backend = tokenizer.backend_tokenizer
        # A checkpoint's own truncation and padding (sentence-transformers' models carry 128) would lose words silently.
        self._backend.no_truncation()
        self._backend.no_padding()
        # A tokenizer splits each given word by itself, so a word's pieces are the same in every document.
        self._known: dict[str, list[int]] = {}
        self._encode(_PROBE)
        self.prefix, self.suffix = self._around()
        pad, mask = tokenizer.pad_token_id, tokenizer.mask_token_id
        self.pad: int = next(i for i in (pad, tokenizer.eos_token_id, 0) if i is not None)
        self.mask: int = next(i for i in (mask, tokenizer.unk_token_id, self.pad) if i is not None)

    def split(self, documents: Sequence[Sequence[str]]) -> list[Pieces]:
        """Split the words of documents into subwords. Equal words share one list, which must not be changed.

        Args:
            documents: The words of each document.

        Returns:
            For each document the subword ids of each word; an empty list for a word that the tokenizer drops.

        Raises:
            Unavailable: The tokenizer fails on a word.
        """
        words = dict.fromkeys(word for document in documents for word in document)
        fresh = [word for word in words if word not in self._known]
        found = {word: self._known[word] for word in words if word in self._known}
        for at in range(0, len(fresh), _AT_ONCE):
            chunk = fresh[at : at + _AT_ONCE]
            found.update(zip(chunk, self._encode(chunk), strict=True))
        if len(self._known) + len(fresh) > _KEPT:
            self._known.clear()
        self._known.update((word, found[word]) for word in islice(fresh, _KEPT) if len(word) <= _LONG)
        return [[found[word] for word in document] for document in documents]

    def _encode(self, words: Sequence[str]) -> Pieces:
        clean = [_SURROGATE.sub("\ufffd", word) for word in words]
        try:
            encoding = self._backend.encode(clean, is_pretokenized=True, add_special_tokens=False)
        except Exception as error:  # the library raises no narrower one
            where = self.tokenizer.name_or_path or type(self.tokenizer).__name__
            raise Unavailable(f"{where}: the tokenizer fails on text outside its vocabulary: {error}") from error
        pieces: Pieces = [[] for _ in words]
        for word, piece in zip(encoding.word_ids, encoding.ids, strict=True):
            if word is not None:
                pieces[word].append(piece)
        return pieces

    def _around(self) -> tuple[list[int], list[int]]:
        """Return the special tokens before and behind a text."""
        for word in ("a", *self.tokenizer.get_vocab()):
            encoding = self._backend.encode([word], is_pretokenized=True)
            inside = [i for i, number in enumerate(encoding.word_ids) if number is not None]
            if inside:
                return encoding.ids[: inside[0]], encoding.ids[inside[-1] + 1 :]
        raise Unavailable(f"{self.tokenizer.name_or_path}: the tokenizer reads no word at all")
