"""The network: spelling and word features, a bidirectional LSTM, and a CRF on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from adrbench.api import chunks
from adrbench_bilstm_crf.crf import LinearChainCrf
from adrbench_bilstm_crf.lexicon import SHAPES, UNKNOWN, Lexicon, WordTable
from adrbench_bilstm_crf.plugin import Params

_SHAPE_SIZE = 8


class BiLstm(nn.Module):
    """A bidirectional LSTM over padded rows, ``hidden`` units a direction.

    Two LSTMs, the second of which reads each row backwards from its own end. Padding thus comes last for both and needs
    no packing, which on a CPU more than halves the time of a step.
    """

    def __init__(self, size: int, hidden: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(size, hidden, batch_first=True)
        self.backwards = nn.LSTM(size, hidden, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read padded rows in both directions.

        Args:
            x: Floats of shape (batch, time, size).
            lengths: The length of each row, shape (batch).

        Returns:
            Floats of shape (batch, time, 2 hidden). Values beyond a row's length have no meaning.
        """
        steps = torch.arange(x.shape[1], device=x.device).unsqueeze(0)
        mirror = torch.where(steps < lengths.unsqueeze(1), lengths.unsqueeze(1) - 1 - steps, steps).unsqueeze(2)
        there, _ = self.forwards(x)
        back, _ = self.backwards(x.gather(1, mirror.expand_as(x)))
        return torch.cat([there, back.gather(1, mirror.expand_as(back))], dim=2)


class CharacterCnn(nn.Module):
    """A word's spelling as the strongest answers of filters over three characters (Ma and Hovy 2016)."""

    def __init__(self, size: int, features: int) -> None:
        super().__init__()
        self.filters = nn.Conv1d(size, features, kernel_size=3, padding=1)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Turn the characters of words into features.

        Args:
            x: Floats of shape (words, characters, size).
            lengths: The number of characters of each word, shape (words).

        Returns:
            Floats of shape (words, features).
        """
        answers = self.filters(x.transpose(1, 2))
        beyond = torch.arange(x.shape[1], device=x.device) >= lengths.clamp(min=1).unsqueeze(1)
        strongest: Tensor = answers.masked_fill(beyond.unsqueeze(1), -torch.inf).amax(2)
        return strongest


class CharacterLstm(nn.Module):
    """A word's spelling as the last states of an LSTM in either direction (Lample et al. 2016)."""

    def __init__(self, size: int, features: int) -> None:
        super().__init__()
        self.lstm = BiLstm(size, features // 2)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Turn the characters of words into features.

        Args:
            x: Floats of shape (words, characters, size).
            lengths: The number of characters of each word, shape (words).

        Returns:
            Floats of shape (words, features).
        """
        there, back = self.lstm(x, lengths.clamp(min=1)).chunk(2, dim=2)
        last = (lengths.clamp(min=1) - 1)[:, None, None].expand(-1, 1, there.shape[2])
        return torch.cat([there.gather(1, last).squeeze(1), back[:, 0]], dim=1)


class LockedDropout(nn.Module):
    """Dropout that drops the same features at every step of a sentence (Gal and Ghahramani 2016)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """Drop features in training; at prediction change nothing.

        Args:
            x: Floats of shape (batch, time, size).

        Returns:
            Floats of the same shape. In training some features of each row are zero, and the others are scaled up.
        """
        if not self.training or not self.share:
            return x
        kept = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= self.share
        return x * (kept / (1 - self.share))


@dataclass(frozen=True)
class Batch:
    """Sentences as rows of a word table.

    Attributes:
        words: Rows of the table, shape (batch, time); 0 beyond a sentence's length.
        lengths: The number of words of each sentence, shape (batch).
    """

    words: Tensor
    lengths: Tensor

    @property
    def mask(self) -> Tensor:
        """True on words, false on padding, shape (batch, time)."""
        return torch.arange(self.words.shape[1], device=self.words.device) < self.lengths.unsqueeze(1)


class Network(nn.Module):
    """BiLSTM-CRF (Lample et al. 2016; Ma and Hovy 2016) over word vectors, spelling and capitalisation."""

    def __init__(self, params: Params, lexicon: Lexicon, tags: list[str]) -> None:
        super().__init__()
        self.word_dropout = params.word_dropout
        # Given vectors stay as they are; what training changes is added to them. Words that training never sees have
        # nothing to add, and their vectors still lie in the same space.
        tuned = UNKNOWN + 1 + (len(lexicon.tuned) if params.tune_vectors else 0)
        self.tuning = nn.Embedding(tuned, lexicon.vectors.size, padding_idx=0)
        nn.init.zeros_(self.tuning.weight)
        size = lexicon.vectors.size
        self.characters: nn.Embedding | None = None
        self.spelling: CharacterCnn | CharacterLstm | None = None
        if params.characters != "none":
            self.characters = nn.Embedding(len(lexicon.characters) + 2, params.character_size, padding_idx=0)
            reader = CharacterCnn if params.characters == "cnn" else CharacterLstm
            self.spelling = reader(params.character_size, params.character_features)
            size += params.character_features
        self.shapes = nn.Embedding(SHAPES, _SHAPE_SIZE, padding_idx=0) if params.shapes else None
        size += _SHAPE_SIZE if params.shapes else 0
        self.dropout = LockedDropout(params.dropout)
        self.lstm = nn.ModuleList(
            BiLstm(2 * params.hidden if layer else size, params.hidden) for layer in range(params.layers)
        )
        self.emit = nn.Linear(2 * params.hidden, len(tags))
        self.crf = LinearChainCrf(tags)

    def _features(self, table: WordTable, rows: Tensor) -> Tensor:
        """The features of words of a table, shape (words, size)."""
        given, tuned = table.vectors[rows], table.tuned[rows]
        tuned = tuned.where(tuned < self.tuning.num_embeddings, 0)
        if self.training and self.word_dropout:
            unknown = torch.rand(rows.shape, device=rows.device) < self.word_dropout
            given, tuned = given.masked_fill(unknown.unsqueeze(1), 0), tuned.masked_fill(unknown, UNKNOWN)
        parts = [given + self.tuning(tuned)]
        if self.characters is not None and self.spelling is not None:
            letters = table.characters[rows]
            lengths = (letters > 0).sum(1)
            letters = letters[:, : max(1, int(lengths.max()))]
            parts.append(self.spelling(self.characters(letters), lengths))
        if self.shapes is not None:
            parts.append(self.shapes(table.shapes[rows]))
        return torch.cat(parts, dim=1)

    def emissions(self, table: WordTable, batch: Batch) -> Tensor:
        """Score each tag for each word.

        Args:
            table: The words' features.
            batch: The sentences.

        Returns:
            Floats of shape (batch, time, tags).
        """
        # A word that a batch has many times is spelt out once.
        rows, place = torch.unique(batch.words, return_inverse=True)
        x = self.dropout(self._features(table, rows)[place])
        for lstm in self.lstm:
            x = self.dropout(lstm(x, batch.lengths))
        scores: Tensor = self.emit(x)
        return scores

    def loss(self, table: WordTable, batch: Batch, tags: Tensor) -> Tensor:
        """Compute the mean negative log-likelihood of a batch's sentences.

        Args:
            table: The words' features.
            batch: The sentences.
            tags: The gold tags, integers of shape (batch, time).

        Returns:
            A scalar, in nats a sentence.
        """
        return self.crf.loss(self.emissions(table, batch), tags, batch.mask).mean()

    def decode(self, table: WordTable, batch: Batch) -> list[list[int]]:
        """Find the best tags of each sentence.

        Args:
            table: The words' features.
            batch: The sentences.

        Returns:
            For each sentence one tag number a word.
        """
        with torch.no_grad():
            return self.crf.decode(self.emissions(table, batch), batch.mask)

    def decode_with_scores(
        self, table: WordTable, batch: Batch, tags: Sequence[str]
    ) -> tuple[list[list[int]], list[list[float]]]:
        """Find the best tags of each sentence, and the probabilities of their spans.

        Args:
            table: The words' features.
            batch: The sentences.
            tags: The names of the tags.

        Returns:
            Tag numbers as ``decode`` gives them, and for each sentence a fraction for each of its spans, in order.
        """
        with torch.no_grad():
            emissions = self.emissions(table, batch)
            rows = self.crf.decode(emissions, batch.mask)
            runs = [[run[:2] for run in chunks([tags[tag] for tag in row])] for row in rows]
            return rows, self.crf.probabilities(emissions, batch.mask, rows, runs)
