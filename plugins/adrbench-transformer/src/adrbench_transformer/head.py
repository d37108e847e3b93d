"""What stands on the encoder: tag scores of words, and optionally a CRF over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from adrbench_transformer.batches import Batch, Example, sent
from adrbench_transformer.decoding import Grammar, Scores


class Chain(nn.Module):
    """A linear-chain CRF (Lafferty et al. 2001): a sequence scores the sum of its emissions and of its transitions.

    Sequences that the tag scheme does not allow score minus infinity.

    Args:
        tags: The names of the tags.

    Attributes:
        moves: Learnt weights of transitions, (tags + 1) x tags, the last row for a document's first tag.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.moves = nn.Parameter(torch.zeros(len(tags) + 1, len(tags)))
        grammar = Grammar(tags)
        allowed = np.vstack([grammar.allowed, grammar.initial])
        # It follows from the tags, so a saved model need not hold it.
        self.register_buffer("barred", torch.from_numpy(~allowed), persistent=False)

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor, before: Tensor) -> Tensor:
        """Compute the exact negative log-likelihood of sequences of tags, in log space.

        Args:
            emissions: Floats of shape (sequences, words, tags), padded.
            tags: Integers of shape (sequences, words), padded.
            lengths: The number of words of each sequence, shape (sequences).
            before: The tag ahead of each sequence, or the number of tags at a document's start, shape (sequences).

        Returns:
            The loss of each sequence, in nats, shape (sequences).
        """
        moves = self.moves.masked_fill(self.get_buffer("barred"), -torch.inf)
        inside = torch.arange(tags.shape[1], device=tags.device) < lengths[:, None]
        emitted = emissions.gather(2, tags.unsqueeze(2)).squeeze(2)
        moved = moves[torch.cat([before[:, None], tags[:, :-1]], dim=1), tags]
        score = (emitted + moved).masked_fill(~inside, 0.0).sum(dim=1)
        alpha = moves[before] + emissions[:, 0]
        for t in range(1, tags.shape[1]):
            step = torch.logsumexp(alpha.unsqueeze(2) + moves[:-1], dim=1) + emissions[:, t]
            alpha = torch.where(inside[:, t, None], step, alpha)
        return torch.logsumexp(alpha, dim=1) - score

    def weights(self) -> Scores:
        """Copy the weights of transitions to numpy.

        Returns:
            An array as ``Grammar.best`` takes it, (tags + 1) x tags.
        """
        return self.moves.detach().float().cpu().numpy()


class Network(nn.Module):
    """A token classifier and, where the head is a CRF, the chain over its words' scores."""

    def __init__(self, classifier: Any, chain: Chain | None) -> None:
        super().__init__()
        self.classifier = classifier
        self.chain = chain

    @property
    def tags(self) -> int:
        """Number of tags."""
        return int(self.classifier.config.num_labels)

    def forward(self, batch: Batch) -> Tensor:
        """Score the tags of each tagged word at one of its subwords.

        Args:
            batch: The windows.

        Returns:
            Logits in float32, tagged words x tags.
        """
        logits: Tensor = self.classifier(input_ids=batch.ids, attention_mask=batch.attention).logits
        return logits.flatten(0, 1)[batch.reads].float()


def chain_loss(chain: Chain, logits: Tensor, chosen: Sequence[Example], gold: Sequence[Sequence[int]]) -> Tensor:
    """Compute the mean loss of the chain over the words that windows tag.

    A sequence is a run of neighbouring words that a window tags. It starts from the gold tag of the word ahead of it,
    as if the document were read in one piece.

    Args:
        chain: The chain.
        logits: Tag scores, tagged words x tags.
        chosen: The windows, in the order of ``logits``.
        gold: A tag number for every word of every document.

    Returns:
        A scalar, in nats a word.
    """
    start = logits.shape[1]
    runs = [(example.document, first, end) for example in chosen for first, end in _runs(example.places)]
    lengths = [end - first for _, first, end in runs]
    before = [gold[document][first - 1] if first else start for document, first, _ in runs]
    tags = [torch.tensor(gold[document][first:end]) for document, first, end in runs]
    device = str(logits.device)
    losses = chain.loss(
        pad_sequence(list(torch.split(logits, lengths)), batch_first=True),
        sent(pad_sequence(tags, batch_first=True), device),
        sent(torch.tensor(lengths), device),
        sent(torch.tensor(before), device),
    )
    return losses.sum() / sum(lengths)


def _runs(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """First word and end (exclusive) of each run of neighbouring words."""
    words = [word for _, word in places]
    cuts = [i for i in range(1, len(words)) if words[i] != words[i - 1] + 1]
    return [(words[i], words[j - 1] + 1) for i, j in zip([0, *cuts], [*cuts, len(words)], strict=True)]
