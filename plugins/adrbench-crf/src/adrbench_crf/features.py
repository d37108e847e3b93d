"""A token's features, as the list of names of those that hold: what CRFsuite reads most compactly."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench_crf.clusters import Clusters, Neighbours
from adrbench_crf.plugin import CrfParams
from adrbench_crf.words import brief, normal, shape

BIAS = "bias"
_BEFORE, _AFTER = "<s>", "</s>"


class Template:
    """Turns words into features. Features of a word alone are computed once for each word form.

    Args:
        params: The parameters, checked.
        clusters: The clusters of words, by word.
        neighbours: The nearest neighbours of words, by word.
    """

    def __init__(self, params: CrfParams, clusters: Clusters, neighbours: Neighbours) -> None:
        self.params = params
        self.clusters = clusters
        self.neighbours = neighbours
        self._own: dict[str, list[str]] = {}
        self._near: dict[tuple[str, int], list[str]] = {}

    def features(self, words: Sequence[str], gazetteers: Sequence[Sequence[str]] = ()) -> list[list[str]]:
        """Make the features of each word of a text.

        Args:
            words: The words.
            gazetteers: For each gazetteer one tag a word, as ``Gazetteer.tags`` gives them.

        Returns:
            For each word the names of the features that it has.
        """
        lowered = [normal(word) for word in words]
        rows = [[BIAS, *self._word(word)] for word in words]
        reach = self.params.window
        for i, row in enumerate(rows):
            near = (o for o in range(-reach, reach + 1) if o and 0 <= i + o < len(words))
            row.extend(feature for o in near for feature in self._neighbour(words[i + o], o))
            row.extend(self._pairs(lowered, i))
            row.extend(self._cluster(lowered, i))
            for number, tags in enumerate(gazetteers):
                row.extend(f"g{number}[{o}]={tags[i + o]}" for o in (-1, 0, 1) if 0 <= i + o < len(tags))
        return rows

    def _word(self, word: str) -> list[str]:
        """Features of the word itself: form, shapes, affixes, the parts around hyphens, words with similar contexts."""
        if word not in self._own:
            form, long_shape = normal(word), shape(word)
            row = [f"w={form}", f"shape={long_shape}", f"brief={brief(long_shape)}"]
            for length in range(1, min(self.params.affix, len(form) - 1) + 1):
                row += (f"pre={form[:length]}", f"suf={form[-length:]}")
            if "-" in form:
                head, *_, tail = form.split("-")
                row += (f"head={head}", f"tail={tail}")
            row += (f"near={neighbour}" for neighbour in self.neighbours.get(form, ()))
            self._own[word] = row
        return self._own[word]

    def _neighbour(self, word: str, offset: int) -> list[str]:
        """Features of a word beside the token: its form, and next to it its shape and ending."""
        key = (word, offset)
        if key not in self._near:
            form = normal(word)
            row = [f"w[{offset}]={form}"]
            if abs(offset) == 1:
                row += (f"brief[{offset}]={brief(shape(word))}", f"suf[{offset}]={form[-3:]}")
            self._near[key] = row
        return self._near[key]

    def _pairs(self, lowered: Sequence[str], i: int) -> list[str]:
        """Neighbouring words taken together, the edges of the text counting as words."""
        reach, count = self.params.bigrams, len(lowered)

        def at(position: int) -> str:
            return _BEFORE if position < 0 else _AFTER if position >= count else lowered[position]

        return [f"pair[{o}]={at(i + o)}|{at(i + o + 1)}" for o in range(-reach, reach)]

    def _cluster(self, lowered: Sequence[str], i: int) -> list[str]:
        """Clusters of the word and of those around it."""
        if not self.clusters:
            return []
        reach = self.params.cluster_window
        return [
            f"c[{o}]={cluster}"
            for o in range(-reach, reach + 1)
            if 0 <= i + o < len(lowered)
            for cluster in self.clusters.get(lowered[i + o], ())
        ]
