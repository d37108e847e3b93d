"""Column files with gold and predicted tags, with seqeval, conlleval's rules and our own decoder as referees."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as seqeval_default
from seqeval.metrics.v1 import precision_recall_fscore_support as seqeval_strict
from seqeval.scheme import IOB2

from adrbench.api import Span, decode, tag_set
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.external import figures_of
from adrbench.scoring.external.conlleval import to_conlleval
from adrbench.scoring.external.streams import Stream, TagColumns, read_pair, read_stream

LABELS = ("ADR", "DRUG", "A-B")
Pair = tuple[list[str], list[str]]


def write(path: Path, documents: list[Pair], separator: str = " ") -> Path:
    """Write sentences as lines of token, gold and predicted tag."""
    blocks = [
        "\n".join(separator.join((f"w{i}", *tags)) for i, tags in enumerate(zip(*pair, strict=True)))
        for pair in documents
    ]
    path.write_text("\n\n".join(blocks) + "\n")
    return path


def sequences(number: int, scheme: str, seed: int) -> list[list[Pair]]:
    """Files of random tags, orphans and malformed mentions included."""
    rng = random.Random(seed)
    tags = tag_set(LABELS, scheme)  # type: ignore[arg-type]
    # Long mentions and right predictions are rare among tags that are all as likely.
    weights = [8, *(3 for _ in tags[1:])]

    def document() -> Pair:
        gold = rng.choices(tags, weights, k=rng.randint(1, 25))
        return gold, [tag if rng.random() < 0.7 else rng.choice(tags) for tag in gold]

    return [[document() for _ in range(rng.randint(1, 4))] for _ in range(number)]


def assert_as_seqeval(stream: Stream, documents: list[Pair], *, strict: bool) -> None:
    """Compare every figure and average with seqeval's to 1e-12."""
    gold, predicted = [g for g, _ in documents], [p for _, p in documents]
    figures = figures_of([stream], "exact", Registry())
    names = [label for label in sorted(LABELS) if label in figures]
    for average in ("micro", "macro", "weighted", None):
        options = {"average": average, "zero_division": 0}
        theirs = (
            seqeval_strict(gold, predicted, scheme=IOB2, **options)
            if strict
            else seqeval_default(gold, predicted, **options)
        )
        wanted = [average] if average else names
        ours = np.array([[figures[n][f] for n in wanted] for f in ("precision", "recall", "f1", "support")])
        assert np.allclose(ours, np.array(theirs, dtype=float).reshape(4, -1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("scheme", [pytest.param("BIO", marks=pytest.mark.slow), "BIOES"])
def test_figures_equal_the_default_mode_of_seqeval(tmp_path: Path, scheme: str) -> None:
    """On 400 random files, whatever their tags, all figures and averages are those of seqeval's default mode."""
    for documents in sequences(200, scheme, 1):
        if all(tag == "O" for pair in documents for tags in pair for tag in tags):
            continue
        stream = read_stream(write(tmp_path / "f.txt", documents), TagColumns())
        assert_as_seqeval(stream, documents, strict=False)


def test_rejected_orphans_equal_the_strict_mode_of_seqeval(tmp_path: Path) -> None:
    """On random IOB2 tags with orphans, ``reject`` gives the figures of seqeval's strict IOB2 mode."""
    for documents in sequences(150, "BIO", 2):
        documents[0][0][:1] = ["B-ADR"]
        stream = read_stream(write(tmp_path / "f.txt", documents), TagColumns(orphans="reject"))
        kept = {label for pair in documents for tags in pair for label in LABELS if f"B-{label}" in tags}
        if kept == set(LABELS):
            assert_as_seqeval(stream, documents, strict=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(tag_set(LABELS, "BIOES")), min_size=1, max_size=12), min_size=1, max_size=4),
    st.sampled_from(["begin", "reject"]),
)
def test_mentions_are_those_of_the_decoder(tmp_path: Path, documents: list[list[str]], orphans: str) -> None:
    """All tokens at once give the spans that the one-sentence decoder gives, under both policies."""
    first = ["B-ADR", "O"]  # IOB1 could not be told from orphans otherwise
    pairs = [(first, first), *((tags, tags[::-1]) for tags in documents)]
    stream = read_stream(write(tmp_path / "f.txt", pairs), TagColumns(orphans=orphans))  # type: ignore[arg-type]
    for case, pair in zip(stream.cases(), pairs, strict=True):
        for spans, tags in zip((case.gold, case.predicted), pair, strict=True):
            assert spans == decode(case.tokens, tags, orphans)  # type: ignore[arg-type]


def conlleval(lines: list[str]) -> str:
    """Port of the script of the CoNLL shared tasks, rule by rule; a blank line is outside and counts nowhere."""

    def ends(before: str, tag: str, type_before: str, type_: str) -> bool:
        return (before in "BI" and tag in "BO") or (before != "O" and type_before != type_)

    def starts(before: str, tag: str, type_before: str, type_: str) -> bool:
        return (tag == "B") or (before == "O" and tag == "I") or (tag != "O" and type_before != type_)

    right: dict[str, int] = {}
    gold: dict[str, int] = {}
    found: dict[str, int] = {}
    tokens = same = 0
    inside = False
    last = ("O", "", "O", "")
    for line in lines:
        cells = line.split() or ["-X-", "O", "O"]
        (c, _, c_type), (g, _, g_type) = (cell.partition("-") for cell in cells[-2:])
        lc, lc_type, lg, lg_type = last
        gold_ends, found_ends = ends(lc, c, lc_type, c_type), ends(lg, g, lg_type, g_type)
        if inside:
            if gold_ends and found_ends and lc_type == lg_type:
                inside = False
                right[lc_type] = right.get(lc_type, 0) + 1
            elif gold_ends != found_ends or c_type != g_type:
                inside = False
        gold_starts, found_starts = starts(lc, c, lc_type, c_type), starts(lg, g, lg_type, g_type)
        inside = inside or (gold_starts and found_starts and c_type == g_type)
        if gold_starts:
            gold[c_type] = gold.get(c_type, 0) + 1
        if found_starts:
            found[g_type] = found.get(g_type, 0) + 1
        if cells[0] != "-X-":
            tokens += 1
            same += (c, c_type) == (g, g_type)
        last = (c, c_type, g, g_type)
    if inside:
        right[last[1]] = right.get(last[1], 0) + 1

    def figures(tp: int, predicted: int, support: int) -> str:
        p, r = (100 * tp / n if n else 0.0 for n in (predicted, support))
        f = 2 * p * r / (p + r) if p + r else 0.0
        return f"precision: {p:6.2f}%; recall: {r:6.2f}%; FB1: {f:6.2f}"

    total = [sum(each.values()) for each in (right, found, gold)]
    printed = [
        f"processed {tokens} tokens with {total[2]} phrases; found: {total[1]} phrases; correct: {total[0]}.",
        f"accuracy: {100 * same / tokens:6.2f}%; {figures(*total)}",
    ]
    for name in sorted({*gold, *found}):
        counts = [each.get(name, 0) for each in (right, found, gold)]
        printed.append(f"{name:>17}: {figures(*counts)}  {counts[1]}")
    return "\n".join(printed)


@pytest.mark.parametrize("blank", [True, False])
def test_the_layout_is_that_of_conlleval(tmp_path: Path, blank: bool) -> None:
    """On random IOB1 and IOB2 tags the output is conlleval's, to the letter, with blank lines and without."""
    file = tmp_path / "f.txt"
    for documents in sequences(150, "BIO", 3):
        write(file, documents)
        text = file.read_text()
        file.write_text(text if blank else text.replace("\n\n", "\n"))
        assert to_conlleval([read_stream(file, TagColumns())]) == conlleval(file.read_text().splitlines())


def test_a_worked_output_of_conlleval(tmp_path: Path) -> None:
    """Two phrases of three, one with a wrong end, print as worked out by hand; a mark of documents is a token."""
    file = tmp_path / "f.txt"
    file.write_text(
        "-DOCSTART- -X- O O\n\nRockwell NNP B-NP I-NP\nsaid VBD B-VP I-VP\nthe DT B-NP B-NP\nagreement NN I-NP I-NP\n"
        "calls VBZ B-VP B-VP\nfor IN B-SBAR O\n"
    )
    assert to_conlleval([read_stream(file, TagColumns())]).splitlines() == [
        "processed 7 tokens with 5 phrases; found: 4 phrases; correct: 4.",
        "accuracy:  57.14%; precision: 100.00%; recall:  80.00%; FB1:  88.89",
        "               NP: precision: 100.00%; recall: 100.00%; FB1: 100.00  2",
        "             SBAR: precision:   0.00%; recall:   0.00%; FB1:   0.00  0",
        "               VP: precision: 100.00%; recall: 100.00%; FB1: 100.00  2",
    ]


def test_every_way_to_write_outside_is_outside(tmp_path: Path) -> None:
    """``O``, ``o``, ``0`` and these with a label are no mention, and end one."""
    pair = (["B-ADR", "O-ADR", "o", "0", "0-ADR", "I-ADR"], ["B-ADR", "O", "O", "O", "O", "I-ADR"])
    stream = read_stream(write(tmp_path / "f.txt", [pair], "\t"), TagColumns())
    [case] = stream.cases()
    assert case.gold == case.predicted == [Span(0, 1, "ADR"), Span(5, 6, "ADR")]


def test_iob1_gold_cannot_be_read_with_orphans_rejected(tmp_path: Path) -> None:
    """Where ``I-`` begins every mention by rule, rejecting orphans is refused instead of dropping the gold."""
    file = write(tmp_path / "f.txt", [(["I-ADR", "B-ADR", "O"], ["B-ADR", "B-ADR", "O"])])
    assert len(read_stream(file, TagColumns()).gold) == 2
    with pytest.raises(InputError, match="IOB1"):
        read_stream(file, TagColumns(orphans="reject"))


def test_marked_documents_are_what_a_bootstrap_draws(tmp_path: Path) -> None:
    """Sentences hang together in their document where the file marks documents, and stand alone where it does not."""
    file = tmp_path / "f.txt"
    file.write_text("-DOCSTART- O O\n\na O O\n\nb B-X B-X\n\n-DOCSTART- O O\n\nc O O\n")
    marked = read_stream(file, TagColumns())
    assert (marked.units, marked.unit) == (("1", "1", "2"), "document")
    file.write_text(file.read_text().replace("-DOCSTART- O O\n\n", ""))
    assert read_stream(file, TagColumns()).unit == "sentence"


def test_raw_tags_and_another_delimiter(tmp_path: Path) -> None:
    """Bare labels are a mention each, the further tag of no mention is none, and columns may be parted by anything."""
    file = tmp_path / "f.txt"
    file.write_text("a|ADR|ADR\nb|ADR|none\nc|none|none\n")
    stream = read_stream(file, TagColumns(delimiter="|", raw=True, outside="none"))
    [case] = stream.cases()
    assert (case.gold, case.predicted) == ([Span(0, 1, "ADR"), Span(1, 2, "ADR")], [Span(0, 1, "ADR")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"f\.txt: no token"),
        (b"\n\n", r"f\.txt: no token"),
        (b"a\nb\n", r"f\.txt:1: 1 column;"),
        (b"a O O\n\nb O\n", r"f\.txt:3: 2 columns"),
        (b"a O O\n\nb O O\nc X-ADR O\n", r"f\.txt:4: unknown tag 'X-ADR'"),
        (b"a O O\nb O B-\n", r"f\.txt:2: unknown tag 'B-'"),
        (b"word B-ADR\n", r"f\.txt:1: unknown tag 'word'"),
        (b"a O O\n\0 O O\n", r"f\.txt:2: a NUL"),
        (b"a O O\n\xff O O\n", r"f\.txt:2: not UTF-8"),
    ],
)
def test_what_is_no_such_file_is_named_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    """Empty files, too few columns, unknown tags, NUL and wrong bytes are errors that say where."""
    file = tmp_path / "f.txt"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_stream(file, TagColumns())


def test_parallel_files_are_one_stream(tmp_path: Path) -> None:
    """Gold and predictions in two files of the same tokens and sentences are judged as in one."""
    gold, predicted = tmp_path / "gold.tsv", tmp_path / "system.tsv"
    gold.write_text("a\tB-X\n\nb\tI-X\nc\tO\n")
    predicted.write_text("a\tB-X\n\n\nb\tI-X\nc\tB-Y\n")
    first, second = read_pair(gold, predicted, TagColumns()).cases()
    assert (first.gold, first.predicted) == ([Span(0, 1, "X")], [Span(0, 1, "X")])
    assert second.gold == [Span(0, 1, "X")]
    assert second.predicted == [Span(0, 1, "X"), Span(1, 2, "Y")]


@pytest.mark.parametrize(
    ("gold", "predicted", "where"),
    [
        (("a B-X", "", "b I-X", "c O"), ("a B-X", "b I-X", "c O"), r"p\.tsv:2: .*g\.tsv:3 begins .*p\.tsv:2 goes on"),
        (("a B-X", "b I-X", "c O"), ("a B-X", "", "b I-X", "", "c O"), r"p\.tsv:3: .*p\.tsv:3 begins .*g\.tsv:2 goes"),
    ],
)
def test_sentences_that_differ_are_named_or_those_of_one_file(
    tmp_path: Path, gold: tuple[str, ...], predicted: tuple[str, ...], where: str
) -> None:
    """The same tags with other sentence borders are other mentions: refused, unless told whose sentences hold."""
    paths = tmp_path / "g.tsv", tmp_path / "p.tsv"
    for path, lines in zip(paths, (gold, predicted), strict=True):
        path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=where):
        read_pair(*paths, TagColumns())
    lengths = {}
    for borders, lines in (("gold", gold), ("predicted", predicted)):
        cases = [*read_pair(*paths, TagColumns(borders=borders)).cases()]  # type: ignore[arg-type]
        assert all(case.gold == case.predicted for case in cases)
        lengths[borders] = [len(case.tokens) for case in cases]
        assert len(cases) == lines.count("") + 1
    assert lengths["gold"] != lengths["predicted"]


Tag = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])
Sentences = st.lists(st.lists(st.tuples(Tag, Tag), min_size=1, max_size=6), min_size=1, max_size=6)


@given(Sentences, st.lists(st.booleans(), min_size=36, max_size=36))
@settings(deadline=None)
def test_figures_with_given_borders_are_those_of_seqeval(
    sentences: list[list[tuple[str, str]]], cuts: list[bool]
) -> None:
    """Whatever the predicted file's sentences: with ``--borders`` seqeval on the sentences of that file agrees."""
    pairs = [pair for sentence in sentences for pair in sentence]
    others: list[list[tuple[str, str]]] = [[]]
    for pair, cut in zip(pairs, cuts, strict=False):
        if cut and others[-1]:
            others.append([])
        others[-1].append(pair)
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "g.tsv", Path(folder) / "p.tsv"
        for side, (path, cut_so) in enumerate(zip(paths, (sentences, others), strict=True)):
            path.write_text("\n\n".join("\n".join(f"w {pair[side]}" for pair in own) for own in cut_so) + "\n")
        for borders, cut_so in (("gold", sentences), ("predicted", others)):
            stream = read_pair(*paths, TagColumns(borders=borders))  # type: ignore[arg-type]
            found = {
                side: {(n, span) for n, case in enumerate(stream.cases()) for span in getattr(case, side)}
                for side in ("gold", "predicted")
            }
            theirs = [[[pair[side] for pair in own] for own in cut_so] for side in (0, 1)]
            expected = seqeval_default(*theirs, average="micro", zero_division=0)
            both = len(found["gold"] & found["predicted"])
            assert both / max(len(found["predicted"]), 1) == pytest.approx(expected[0])
            assert both / max(len(found["gold"]), 1) == pytest.approx(expected[1])
        if [len(own) for own in sentences] != [len(own) for own in others]:
            with pytest.raises(InputError, match="begins a sentence here"):
                read_pair(*paths, TagColumns())


@pytest.mark.parametrize(
    ("predicted", "message"),
    [
        ("a O\n\nx O\nc O\n", r"p\.tsv:3: the token 'x', but .*g\.tsv:2 has 'b'"),
        ("a O\nb O\n", r"p\.tsv: ends after 2 tokens; .*g\.tsv:3 goes on with 'c'"),
        ("a O\nb O\nc O\nd O\n", r"p\.tsv:4: the token 'd', but .*g\.tsv ends after 3 tokens"),
        ("a O\nb Q\nc O\n", r"p\.tsv:2: unknown tag 'Q'"),
    ],
)
def test_parallel_files_that_differ_are_named_with_their_lines(tmp_path: Path, predicted: str, message: str) -> None:
    """The first token that differs, and the end of the shorter file, are named with file and line."""
    (tmp_path / "g.tsv").write_text("a O\nb B-X\nc O\n")
    (tmp_path / "p.tsv").write_text(predicted)
    with pytest.raises(InputError, match=message):
        read_pair(tmp_path / "g.tsv", tmp_path / "p.tsv", TagColumns())
