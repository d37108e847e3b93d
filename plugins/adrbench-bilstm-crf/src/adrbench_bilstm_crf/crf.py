"""A linear-chain conditional random field over tags: likelihood and best sequence, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def _continues(before: str, after: str) -> bool:
    """Whether ``after``, an ``I-`` or ``E-`` tag, goes on with the span that ``before`` left open."""
    return before[:2] in {"B-", "I-"} and before[2:] == after[2:]


def valid_moves(tags: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    """List the transitions that BIO or BIOES allows.

    Args:
        tags: The tags of one scheme.

    Returns:
        Booleans: whether a tag may come first (n), whether one tag may follow another (n, n), and whether a tag may
            come
        last (n).
    """
    # A scheme with E- closes what it opens, so B- and I- must be gone on with; in BIO anything may follow them.
    closed = any(tag.startswith("E-") for tag in tags)

    def opening(tag: str) -> bool:
        return tag[:2] not in {"I-", "E-"}

    def last(tag: str) -> bool:
        return not (closed and tag[:2] in {"B-", "I-"})

    moves = [[_continues(a, b) if not opening(b) else last(a) for b in tags] for a in tags]
    return (
        torch.tensor([opening(tag) for tag in tags]),
        torch.tensor(moves),
        torch.tensor([last(tag) for tag in tags]),
    )


class LinearChainCrf(nn.Module):
    """A linear-chain CRF (Lafferty et al. 2001) on top of a network's emissions, as in Lample et al. (2016).

    A sequence's score is the sum of its emissions, of its transitions, and of a start and an end weight. Sequences
    that the tag scheme does not allow have a score of minus infinity: they are neither learnt nor ever predicted.

    Emissions are floats of shape (batch, time, tags). A mask has booleans of shape (batch, time), true on the first
    words of each row, at least one. Tags are integers of shape (batch, time), ignored where the mask is false.

    Args:
        tags: The names of the tags.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        first, moves, last = valid_moves(tags)
        self.start = nn.Parameter(torch.zeros(len(tags)))
        self.move = nn.Parameter(torch.zeros(len(tags), len(tags)))
        self.end = nn.Parameter(torch.zeros(len(tags)))
        # They follow from the tags, so a saved model need not hold them.
        self.register_buffer("first", first, persistent=False)
        self.register_buffer("moves", moves, persistent=False)
        self.register_buffer("last", last, persistent=False)
        onward = [[b[:2] in {"I-", "E-"} and _continues(a, b) for b in tags] for a in tags]
        self.register_buffer("onward", torch.tensor(onward), persistent=False)

    def _weights(self) -> tuple[Tensor, Tensor, Tensor]:
        """Start, transition and end weights, minus infinity where the scheme forbids."""
        return (
            self.start.masked_fill(~self.get_buffer("first"), -torch.inf),
            self.move.masked_fill(~self.get_buffer("moves"), -torch.inf),
            self.end.masked_fill(~self.get_buffer("last"), -torch.inf),
        )

    def score(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Score given sequences of tags.

        Args:
            emissions: Floats of shape (batch, time, tags).
            tags: Integers of shape (batch, time).
            mask: Booleans of shape (batch, time).

        Returns:
            The score of each sequence, shape (batch).
        """
        start, move, end = self._weights()
        emitted = emissions.gather(2, tags.unsqueeze(2)).squeeze(2).masked_fill(~mask, 0)
        moved = move[tags[:, :-1], tags[:, 1:]].masked_fill(~mask[:, 1:], 0)
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)
        return start[tags[:, 0]] + emitted.sum(1) + moved.sum(1) + end[last]

    def partition(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Sum over all sequences of tags (forward algorithm).

        Args:
            emissions: Floats of shape (batch, time, tags).
            mask: Booleans of shape (batch, time).

        Returns:
            The logarithm of the summed exponentials of all sequences' scores, shape (batch).
        """
        start, move, end = self._weights()
        alpha = start + emissions[:, 0]
        for t in range(1, emissions.shape[1]):
            step = torch.logsumexp(alpha.unsqueeze(2) + move, dim=1) + emissions[:, t]
            alpha = torch.where(mask[:, t, None], step, alpha)
        return torch.logsumexp(alpha + end, dim=1)

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Compute the negative log-likelihood of given sequences of tags.

        Args:
            emissions: Floats of shape (batch, time, tags).
            tags: Integers of shape (batch, time).
            mask: Booleans of shape (batch, time).

        Returns:
            The loss of each sequence, in nats, shape (batch).
        """
        return self.partition(emissions, mask) - self.score(emissions, tags, mask)

    @torch.no_grad()
    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Find the best sequence of each row (Viterbi).

        Args:
            emissions: Floats of shape (batch, time, tags).
            mask: Booleans of shape (batch, time).

        Returns:
            The tags of each row, as many as its mask has true positions.
        """
        start, move, end = self._weights()
        best = start + emissions[:, 0]
        stay = torch.arange(emissions.shape[2], device=emissions.device).expand_as(best)
        backwards: list[Tensor] = []
        for t in range(1, emissions.shape[1]):
            step, origin = (best.unsqueeze(2) + move).max(dim=1)
            # After a row's end nothing moves: its pointers lead back to themselves.
            backwards.append(torch.where(mask[:, t, None], origin, stay))
            best = torch.where(mask[:, t, None], step + emissions[:, t], best)
        path = [(best + end).argmax(1, keepdim=True)]
        for origin in reversed(backwards):
            path.append(origin.gather(1, path[-1]))
        rows = torch.cat(path[::-1], dim=1).tolist()
        return [row[:length] for row, length in zip(rows, mask.sum(1).tolist(), strict=True)]

    @torch.no_grad()
    def probabilities(
        self, emissions: Tensor, mask: Tensor, rows: Sequence[Sequence[int]], runs: Sequence[Sequence[tuple[int, int]]]
    ) -> list[list[float]]:
        """Compute the probability of runs of tags, each as a whole (forward-backward algorithm).

        Args:
            emissions: Floats of shape (batch, time, tags).
            mask: Booleans of shape (batch, time).
            rows: The tags of each row, as ``decode`` gives them.
            runs: For each row the first and last position of runs of these tags, each a span of the tag scheme.

        Returns:
            For each run the summed probability of all sequences that have its tags there and end the span with it.
        """
        # Differences of large numbers: in single precision a certain span can seem to have a probability of 1.001.
        start, move, end = (weights.double() for weights in self._weights())
        emissions = emissions.double()
        alphas, betas = [start + emissions[:, 0]], [end.expand_as(emissions[:, 0])]
        steps = emissions.shape[1]
        for t in range(1, steps):
            alphas.append(torch.logsumexp(alphas[-1].unsqueeze(2) + move, dim=1) + emissions[:, t])
        for t in range(steps - 1, 0, -1):
            step = torch.logsumexp(move + (emissions[:, t] + betas[-1]).unsqueeze(1), dim=2)
            # What follows a row's last position is its end.
            betas.append(torch.where(mask[:, t, None], step, end))
        betas.reverse()
        answers: list[list[float]] = []
        for row, (tags, own) in enumerate(zip(rows, runs, strict=True)):
            total = torch.logsumexp(alphas[len(tags) - 1][row] + end, dim=0)
            answers.append([])
            for first, last in own:
                inside = alphas[first][row, tags[first]]
                for t in range(first + 1, last + 1):
                    inside = inside + move[tags[t - 1], tags[t]] + emissions[row, t, tags[t]]
                if last == len(tags) - 1:
                    after = end[tags[last]]
                else:
                    onward = move[tags[last]].masked_fill(self.get_buffer("onward")[tags[last]], -torch.inf)
                    after = torch.logsumexp(onward + emissions[row, last + 1] + betas[last + 1][row], dim=0)
                answers[-1].append(min(1.0, float(torch.exp(inside + after - total))))
        return answers
