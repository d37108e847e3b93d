"""The corpora of a site: all results of each that can be compared, from whatever folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting._source import Place, Source
from adrbench.reporting.advice import Advice, advise
from adrbench.reporting.site._pages import file_names
from adrbench.results.combined import Combined, combine
from adrbench.results.leaderboard import Row
from adrbench.results.recommendation import Question, recommend
from adrbench.results.store import DamagedError, Store


@dataclass(frozen=True)
class Corpus:
    """A corpus of a site.

    Attributes:
        name: How it is called in the site; no other is called so.
        file: The name of its files, without the suffix.
        store: Its results.
        source: The same, to be reported on.
    """

    name: str
    file: str
    store: Combined
    source: Source

    @property
    def path(self) -> str:
        """The file of its page."""
        return f"corpora/{self.file}.html"

    @cached_property
    def place(self) -> Place:
        """The split that speaks for the corpus: the one by which a tagger is recommended."""
        split = self._advice.split if self._advice is not None else ""
        return next((place for place in self.source.places if place.section.split == split), self.source.places[0])

    @cached_property
    def recommended(self) -> Row | None:
        """The row of the recommended tagger on that split; None if there is none to recommend."""
        tagger = self._advice.tagger if self._advice is not None else None
        return next((row for row in self.place.rows if row.tagger == tagger), None)

    @cached_property
    def _advice(self) -> Advice | None:
        source = self.source
        try:
            [found, *_] = recommend(
                source.store, source.registry, Question(), scores=source.scores, board=source.board, brief=True
            )
        except DamagedError:
            raise
        except InputError:
            return None
        return advise(found)


def corpora(stores: Sequence[Store], registry: Registry) -> tuple[Corpus, ...]:
    """Gather the corpora of several results folders.

    Args:
        stores: The results folders.
        registry: The plugins.

    Returns:
        The corpora in the order of the folders. A corpus comes several times, under several names, if its results were
        measured under conditions that cannot be compared.

    Raises:
        StoreError: A folder holds no plan, lacks a file, or a file is damaged.
    """
    named: dict[str, Source] = {}
    sets = combine(stores)
    for store in sets:
        source = Source(store, registry)
        dataset = source.plan.sections[0].dataset
        names = [dataset, f"{dataset} ({source.plan.benchmark})"]
        names += [f"{names[1]} {number}" for number in range(2, len(sets) + 1)]
        named[next(name for name in names if name not in named)] = source
    files = file_names(named)
    return tuple(
        Corpus(name, files[name], store, source) for (name, source), store in zip(named.items(), sets, strict=True)
    )
