"""Table 1 of a corpus."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.datasets.corpus import Corpus, prepare
from adrbench.datasets.filters import Filters
from adrbench.datasets.statistics.counts import Distribution, dataset_statistics
from adrbench.datasets.statistics.published import compare


def test_a_corpus_as_a_whole(corpus: Corpus) -> None:
    """Documents, sentences, groups, words, duplicates (case and white space aside) and documents without a mention."""
    statistics = dataset_statistics(corpus)
    assert (statistics.documents, statistics.sentences, statistics.groups) == (5, 6, 3)
    assert statistics.words == 7 + 7 + 7 + 6 + 4
    assert statistics.length.counts == {7: 3, 6: 1, 4: 1}
    assert (statistics.duplicates, statistics.without) == (1, 2)
    assert [(part.name, part.documents, part.mentions) for part in statistics.parts] == [
        ("train", 2, 3),
        ("dev", 1, 1),
        ("test", 2, 3),
    ]


def test_entities_by_label_and_in_all(corpus: Corpus) -> None:
    """Counts of each label; in all, a word is counted once, and a surface too."""
    adr, drug, everything = dataset_statistics(corpus).rows
    assert (adr.label, adr.mentions, adr.unique, adr.documents, adr.words) == ("ADR", 5, 4, 3, 6)
    # "Foot pain" has two words: what lies between its stretches is not counted.
    assert adr.length.counts == {1: 3, 2: 2}
    assert (drug.mentions, drug.unique, drug.words) == (2, 2, 3)
    assert (everything.mentions, everything.unique, everything.documents, everything.words) == (7, 6, 3, 8)


def test_hard_cases(corpus: Corpus) -> None:
    """Discontinuous, overlapping, nested and half-word mentions are counted for their own label."""
    adr, drug, everything = dataset_statistics(corpus).rows
    assert (adr.discontinuous, adr.overlapping, adr.nested, adr.part_words) == (1, 3, 1, 1)
    assert (drug.discontinuous, drug.overlapping, drug.nested, drug.part_words) == (0, 1, 0, 0)
    assert (everything.overlapping, everything.nested) == (4, 1)


def test_flat_gold_is_counted_where_it_is_scored(reading: Reading) -> None:
    """With flat gold no mention is discontinuous or overlaps, and one that lost its place is not counted."""
    everything = dataset_statistics(prepare(reading, Filters(gold="flat", overlap="longest"))).all
    assert (everything.mentions, everything.discontinuous, everything.overlapping) == (5, 0, 0)


def test_what_the_test_part_has_that_training_had(corpus: Corpus) -> None:
    """Of the release's own split, "RASH" was seen in development only, which is no training; with it, it is seen."""
    provided = dataset_statistics(corpus).exposures[-1]
    assert (provided.split, provided.tested, provided.share()) == ("provided", {"ADR": 2, "DRUG": 1}, 0.0)
    moved = replace(corpus, parts={i: ("train",) if part == ("dev",) else part for i, part in corpus.parts.items()})
    again = dataset_statistics(moved).exposures[-1]
    assert (again.share("ADR"), again.share("DRUG"), again.share()) == (0.5, 0.0, 1 / 3)


def test_a_split_that_cannot_be_made_says_why(corpus: Corpus) -> None:
    """Three groups cannot be five folds; the random split of five documents can."""
    random, grouped, _ = dataset_statistics(corpus).exposures
    assert not random.problem
    assert "3" in grouped.problem
    assert grouped.share() is None


def test_a_grouped_split_hides_what_a_random_one_gives_away() -> None:
    """A mention that each group repeats, and no other has, is seen by chance only if groups are torn apart."""
    records = tuple(
        Record(f"{g}.{n}", f"pain{g} was felt {n} times", (Span(0, 5, "ADR"),), str(g))
        for g in range(10)
        for n in range(10)
    )
    corpus = prepare(Reading(DatasetInfo("toy", "1", "", "", ("ADR",)), records, "here", {}), Filters())
    random, grouped = dataset_statistics(corpus).exposures
    assert grouped.share() == 0
    assert (random.share() or 0) > 0.95


def test_all_of_it_is_plain_data(corpus: Corpus) -> None:
    """As JSON it comes back the same."""
    plain = dataset_statistics(corpus).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["entities"]["ADR"]["mentions"] == 5
    assert plain["all_entities"]["share_of_words"] == pytest.approx(8 / 31)


def test_published_counts_stand_beside_ours(reading: Reading) -> None:
    """Every published count is there: the same, different, or one that we do not count."""
    verdicts = {line.name: line.verdict for line in compare(prepare(reading, Filters()))}
    assert verdicts == {"documents": "same", "spans": "-1", "words": "+2", "claims": "not counted"}
    after = {line.name: line.verdict for line in compare(prepare(reading, Filters(drop_unannotated=True)))}
    assert (after["documents"], after["words"]) == ("same", "not counted")


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[int], share: int) -> None:
    """Nearest rank, against the definition."""
    counts = {value: values.count(value) for value in values}
    reached = [v for v in sorted(values) if 100 * sum(other <= v for other in values) >= share * len(values)]
    assert Distribution(counts).percentile(share) == reached[0]
    assert Distribution(counts).mean == pytest.approx(sum(values) / len(values))


def test_of_nothing_there_is_no_figure() -> None:
    """An empty distribution has neither mean nor median nor percentile."""
    nothing = Distribution({})
    assert [nothing.mean, nothing.median, nothing.percentile(95), nothing.most] == [None] * 4
