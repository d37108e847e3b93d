"""The CRF layer against enumeration of every sequence."""

import math
from itertools import pairwise, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.api import Scheme, Span, chunks, decode, encode, tag_set
from adrbench_bilstm_crf.crf import LinearChainCrf, valid_moves

SCHEMES = st.sampled_from(["BIO", "BIOES"])


def random_crf(tags: list[str], generator: torch.Generator) -> LinearChainCrf:
    """A CRF in double precision with random weights."""
    crf = LinearChainCrf(tags).double().requires_grad_(requires_grad=False)
    for weight in crf.parameters():
        weight.data = torch.randn(weight.shape, generator=generator, dtype=torch.double)
    return crf


def padded(lengths: list[int], tags: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Random emissions, noise in the padding too, and their mask."""
    emissions = 3 * torch.randn(len(lengths), max(lengths), tags, generator=generator, dtype=torch.double)
    return emissions, torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)


def enumerated(crf: LinearChainCrf, tags: list[str], emissions: torch.Tensor) -> dict[tuple[int, ...], float]:
    """The score of every valid sequence of one row, from the definition."""
    first, moves, last = valid_moves(tags)
    scores = {}
    for path in product(range(len(tags)), repeat=len(emissions)):
        if first[path[0]] and last[path[-1]] and all(moves[a, b] for a, b in pairwise(path)):
            score = crf.start[path[0]] + crf.end[path[-1]] + sum(emissions[t, tag] for t, tag in enumerate(path))
            scores[path] = float(score + sum(crf.move[a, b] for a, b in pairwise(path)))
    return scores


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), SCHEMES, st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_forward_and_viterbi_agree_with_enumeration(seed: int, scheme: Scheme, lengths: list[int]) -> None:
    """The partition is the log-sum over all valid sequences, the decoded one is the best, the score is its own."""
    generator = torch.Generator().manual_seed(seed)
    tags = tag_set(["A"], scheme)
    crf = random_crf(tags, generator)
    emissions, mask = padded(lengths, len(tags), generator)
    partition, best = crf.partition(emissions, mask), crf.decode(emissions, mask)
    for row, length in enumerate(lengths):
        scores = enumerated(crf, tags, emissions[row, :length])
        assert float(partition[row]) == pytest.approx(float(torch.tensor(list(scores.values())).logsumexp(0)), abs=1e-5)
        assert tuple(best[row]) == max(scores, key=scores.__getitem__)
        given_tags = torch.zeros(1, max(lengths), dtype=torch.long)
        given_tags[0, :length] = torch.tensor(best[row])
        score = crf.score(emissions[row : row + 1], given_tags, mask[row : row + 1])
        assert float(score) == pytest.approx(max(scores.values()))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), SCHEMES, st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_a_spans_probability_is_that_of_all_sequences_that_have_it(
    seed: int, scheme: Scheme, lengths: list[int]
) -> None:
    """Summed over every valid sequence from which the very span is read, whatever else is in it."""
    generator = torch.Generator().manual_seed(seed)
    tags = tag_set(["A", "B"] if max(lengths) < 4 else ["A"], scheme)
    crf = random_crf(tags, generator)
    emissions, mask = padded(lengths, len(tags), generator)
    rows = crf.decode(emissions, mask)
    spans = [chunks([tags[t] for t in row]) for row in rows]
    sure = crf.probabilities(emissions, mask, rows, [[run[:2] for run in own] for own in spans])
    for row, length in enumerate(lengths):
        scores = enumerated(crf, tags, emissions[row, :length])
        total = float(torch.tensor(list(scores.values())).logsumexp(0))
        for span, probability in zip(spans[row], sure[row], strict=True):
            having = [score for path, score in scores.items() if span in chunks([tags[t] for t in path])]
            assert probability == pytest.approx(sum(math.exp(score - total) for score in having), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 6), min_size=2, max_size=4))
def test_a_row_is_the_same_alone_and_in_a_batch(seed: int, lengths: list[int]) -> None:
    """What stands in the padding or in other rows changes neither loss, gradient nor decoding."""
    generator = torch.Generator().manual_seed(seed)
    tags = tag_set(["A", "B"], "BIOES")
    crf = random_crf(tags, generator)
    emissions, mask = padded(lengths, len(tags), generator)
    emissions.requires_grad_()
    gold = torch.zeros(mask.shape, dtype=torch.long)
    (gradient,) = torch.autograd.grad(crf.loss(emissions, gold, mask).sum(), emissions)
    assert torch.isfinite(gradient).all()
    assert not gradient[~mask].any()
    for row, length in enumerate(lengths):
        alone = emissions[row : row + 1, :length], torch.ones(1, length, dtype=torch.bool)
        torch.testing.assert_close(crf.partition(*alone)[0], crf.partition(emissions, mask)[row])
        assert crf.decode(*alone) == [crf.decode(emissions, mask)[row]]


@given(SCHEMES, st.lists(st.sampled_from(["O", "A", "B", "AA", "BB", "AAA"]), min_size=1, max_size=6))
def test_every_encoding_of_spans_is_valid(scheme: Scheme, parts: list[str]) -> None:
    """The tags of any flat annotation are a path that the constraints allow."""
    spans, at = [], 0
    for part in parts:
        if part != "O":
            spans.append(Span(at, at + len(part), part[0]))
        at += len(part)
    tags = tag_set(["A", "B"], scheme)
    path = [tags.index(tag) for tag in encode([(i, i + 1) for i in range(at)], spans, scheme)]
    first, moves, last = valid_moves(tags)
    assert first[path[0]]
    assert last[path[-1]]
    assert all(moves[a, b] for a, b in pairwise(path))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), SCHEMES)
def test_decoded_tags_have_no_orphans(seed: int, scheme: Scheme) -> None:
    """Whatever the emissions, decoding gives tags that read the same under both policies for orphans."""
    generator = torch.Generator().manual_seed(seed)
    tags = tag_set(["A", "B"], scheme)
    emissions, mask = padded([7], len(tags), generator)
    (best,) = random_crf(tags, generator).decode(emissions, mask)
    tokens, named = [(i, i + 1) for i in range(7)], [tags[t] for t in best]
    assert decode(tokens, named, "begin") == decode(tokens, named, "reject")
