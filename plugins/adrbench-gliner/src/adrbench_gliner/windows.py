"""Documents in windows of words, which overlap, so that each mention that the model can find lies whole in a window."""

from __future__ import annotations

from collections.abc import Sequence


def windows(sizes: Sequence[int], words: int, subwords: int, overlap: int) -> list[range]:
    """Cut a document into windows. No word is left out.

    Args:
        sizes: The number of subwords of each word.
        words: The most words of a window.
        subwords: The most subwords of a window. A word that has more is a window of its own.
        overlap: How many words neighbouring windows share, where a window is longer than that.

    Returns:
        The word numbers of each window, in order. Any stretch of ``overlap + 1`` words lies whole in a window, if that
        many words fit into windows.

    >>> windows([1] * 7, words=4, subwords=100, overlap=2)
    [range(0, 4), range(2, 6), range(4, 7)]
    >>> windows([3, 3, 3], words=4, subwords=6, overlap=1)
    [range(0, 2), range(1, 3)]
    """
    cut: list[range] = []
    start = 0
    while start < len(sizes):
        end, held = start + 1, sizes[start]
        while end < len(sizes) and end - start < words and held + sizes[end] <= subwords:
            held += sizes[end]
            end += 1
        cut.append(range(start, end))
        if end == len(sizes):
            break
        start = max(start + 1, end - overlap)
    return cut
