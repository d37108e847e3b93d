"""The ADE corpus, version 2: sentences of case reports with drugs and the adverse effects they caused.

Gurulingappa et al. (2012), Journal of Biomedical Informatics 45(5), 885-892.

The release is a table of relations: a sentence appears once for each pair of drug and effect, and offsets count from
the start of an abstract that is not part of it. Where in the sentence a mention stands follows from all mentions
of the sentence together: they share one unknown, the sentence's own offset, and one value of it makes all of them fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets import RemoteFile, locate_files, read_lines

_SOURCE = (
    "https://raw.githubusercontent.com/trunghlt/AdverseDrugReaction/"
    "2851af96e26050cf551a2e1f716ff861f7b1059b/ADE-Corpus-V2"
)
_RELATIONS = RemoteFile(
    "DRUG-AE.rel", f"{_SOURCE}/DRUG-AE.rel", "542cdc483ccc94927762eaf2c9a8ecac49a6c10037dda2895be6a6e20160f75a"
)
_NEGATIVES = RemoteFile(
    "ADE-NEG.txt", f"{_SOURCE}/ADE-NEG.txt", "8f506c159042ce354fbf26981dc39971dde8f09b1158d94106eab1e516e53fcf"
)


@dataclass(frozen=True)
class AdeParams:
    """``negatives``: what becomes of the 16,695 sentences of ADE-NEG.txt, which report no adverse effect.

    ``drop``: not read. ``unlabelled``: text without gold that taggers may use (never from an abstract under test when
    the split is grouped). ``documents``: documents of the corpus, with no span to find.
    """

    negatives: Literal["drop", "unlabelled", "documents"] = "drop"


plugin = DatasetPlugin(
    name="ade",
    summary="case reports, sentences with adverse effects and drugs (Gurulingappa et al. 2012)",
    params=AdeParams,
    implementation="adrbench_biomed.ade:Ade",
    labels=("ADR",),
)


@dataclass(frozen=True)
class _Mention:
    text: str
    start: int
    label: str
    where: str


class Ade:
    """Reads DRUG-AE.rel and, by choice, ADE-NEG.txt, as released."""

    info = DatasetInfo(
        name="ade",
        version="2",
        licence="free for research; not ours to redistribute",
        external="allowed",
        external_terms="sentences of published MEDLINE abstracts; no agreement forbids it",
        citation="Gurulingappa et al. 2012, Journal of Biomedical Informatics 45(5), 885-892",
        labels=("ADR", "DRUG"),
        url=_SOURCE,
        # Symeonidou et al. 2019, Table 1. Its 12,226 "ADR labels" are B and I tokens, no spans, so not compared.
        published={"documents": 4271, "words": 85832},
    )

    def load(self, params: AdeParams, path: Path | None, offline: bool) -> Reading:
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A file or folder; None: the local copy, or else a download.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged or has another form.
        """
        wanted = [_RELATIONS] if params.negatives == "drop" else [_RELATIONS, _NEGATIVES]
        files = locate_files("ade", wanted, path, offline)
        ledger: Counter[str] = Counter()
        records = list(_records(files.paths[_RELATIONS.name], ledger))
        unlabelled: list[Record] = []
        if params.negatives != "drop":
            negatives = list(_negatives(files.paths[_NEGATIVES.name]))
            (unlabelled if params.negatives == "unlabelled" else records).extend(negatives)
        return Reading(self.info, tuple(records), files.origin, files.hashes(), tuple(unlabelled), dict(ledger))

    def at_hand(self) -> str:
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        return locate_files("ade", [_RELATIONS], None, offline=True).origin


def _records(path: Path, ledger: Counter[str]) -> Iterator[Record]:
    # text -> abstract -> mentions
    sentences: dict[str, dict[str, list[_Mention]]] = {}
    for number, line in enumerate(read_lines(path), 1):
        abstract, sentence, mentions = _relation(line, f"{path}:{number}")
        sentences.setdefault(sentence, {}).setdefault(abstract, []).extend(mentions)
        ledger["relations read"] += 1
    in_abstract: Counter[str] = Counter()
    for sentence, abstracts in sentences.items():
        # Every sentence is one document: where two abstracts have the same sentence, the first one's annotation stays.
        abstract, mentions = next(iter(abstracts.items()))
        ledger["same sentence in a second abstract, merged"] += len(abstracts) - 1
        in_abstract[abstract] += 1
        yield Record(f"{abstract}.{in_abstract[abstract]}", sentence, _resolve(sentence, mentions, ledger), abstract)


def _relation(line: str, where: str) -> tuple[str, str, list[_Mention]]:
    columns = line.split("|")
    if len(columns) != 8:  # noqa: PLR2004
        raise CorpusError(f"{where}: {len(columns)} columns between '|', not 8; is the file truncated?")
    abstract, sentence, effect, effect_start, effect_end, drug, drug_start, drug_end = columns
    if not sentence.strip():
        raise CorpusError(f"{where}: the sentence (column 2) is empty")
    mentions = []
    for text, start, end, label in ((effect, effect_start, effect_end, "ADR"), (drug, drug_start, drug_end, "DRUG")):
        if not (start.isdecimal() and end.isdecimal()):
            raise CorpusError(f"{where}: the offsets of {text!r} are {start!r} and {end!r}, not whole numbers")
        if not text or int(end) - int(start) != len(text):
            raise CorpusError(f"{where}: {text!r} has {len(text)} characters, its offsets {start}-{end} say otherwise")
        mentions.append(_Mention(text, int(start), label, where))
    return abstract, sentence, mentions


def _resolve(sentence: str, mentions: list[_Mention], ledger: Counter[str]) -> tuple[Span, ...]:
    """Spans in the sentence from offsets in its abstract: the sentence's own offset is what most mentions agree on."""
    votes: Counter[int] = Counter()
    for text, start, label in {(mention.text, mention.start, mention.label) for mention in mentions}:
        places = list(_occurrences(text, sentence))
        ledger["effects whose words occur more than once in their sentence"] += label == "ADR" and len(places) > 1
        votes.update({start - place for place in places})
    if not votes:
        raise CorpusError(f"{mentions[0].where}: no mention of the sentence occurs in it")
    offset = min(votes, key=lambda candidate: (-votes[candidate], candidate))
    spans = set()
    for mention in mentions:
        start = mention.start - offset
        if start < 0 or sentence[start : start + len(mention.text)] != mention.text:
            raise CorpusError(f"{mention.where}: {mention.text!r} does not stand where its offset {mention.start} says")
        spans.add(Span(start, start + len(mention.text), mention.label))
    return tuple(sorted(spans))


def _occurrences(text: str, sentence: str) -> Iterator[int]:
    place = sentence.find(text)
    while place >= 0:
        yield place
        place = sentence.find(text, place + 1)


def _negatives(path: Path) -> Iterator[Record]:
    in_abstract: Counter[str] = Counter()
    for number, line in enumerate(read_lines(path), 1):
        abstract, mark, sentence = (*line.split(" ", 2), "", "")[:3]
        if mark != "NEG" or not sentence.strip():
            raise CorpusError(f"{path}:{number}: not of the form 'PUBMED-ID NEG sentence'")
        in_abstract[abstract] += 1
        yield Record(f"{abstract}.neg{in_abstract[abstract]}", sentence, (), abstract)
