"""Audits of the gold of a corpus, from stored predictions of documents that taggers did not learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.audit.findings import SEVERAL, Finding, find
from adrbench.results.audit.likelihood import AuditedDocument, Occurrences, count
from adrbench.results.audit.spoiling import Mention
from adrbench.results.leaderboard.gold import Gold, Scored
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.schema import SectionRecord
from adrbench.results.selection import check_names
from adrbench.results.store import Store

EXACT = "exact"
"""The evaluator of audits."""
_PARTS = 5


@dataclass(frozen=True)
class AuditItem:
    """A finding with its score and its place.

    Attributes:
        rank: Its place in the audit, from 1.
        score: How likely it is an error of the gold, a fraction (``adrbench.results.audit.likelihood``).
        document: The id of the document.
        fold: The fold that tests the document, from 1.
        finding: What gold and taggers say.
    """

    rank: int
    score: float
    document: str
    fold: int
    finding: Finding


@dataclass(frozen=True)
class Audit:
    """The audit of the gold of a corpus.

    Attributes:
        dataset: The corpus.
        split: The split whose predictions were used.
        card: The name of the corpus's card in the results folder.
        taggers: The tagger that speaks for each family, by family.
        documents: Documents that were audited.
        mentions: Their gold mentions.
        items: The findings, most likely errors first.
    """

    dataset: str
    split: str
    card: str
    taggers: Mapping[str, str]
    documents: int
    mentions: int
    items: tuple[AuditItem, ...]


def audit(
    store: Store, registry: Registry, *, datasets: Sequence[str] = (), splits: Sequence[str] = ()
) -> tuple[list[Audit], dict[tuple[str, str], str]]:
    """Audit the gold of each corpus.

    Of several splits of a corpus, that which keeps groups whole is used, else the first: texts of one source tend to
    repeat each other, and with them an error.

    Args:
        store: The results folder.
        registry: The registry of plugins.
        datasets: The corpora; empty: all.
        splits: The splits; empty: the best suited one of each corpus.

    Returns:
        The audits, and by corpus and split the reason why there is none.

    Raises:
        InputError: A name is unknown, or no corpus can be audited.
    """
    sections = [section for section in store.read_plan().sections if section.split == section.full_split]
    check_names("--dataset", datasets, [section.dataset for section in sections])
    check_names("--split", splits, [section.split for section in sections])
    sections = [one for one in sections if not datasets or one.dataset in datasets]
    sections = [one for one in sections if not splits or one.split in splits]
    audits: list[Audit] = []
    left_out: dict[tuple[str, str], str] = {}
    scores = Scoreboard(store, registry, EXACT)
    for section in suited(sections):
        made = audit_section(scores, section)
        if isinstance(made, Audit):
            audits.append(made)
        else:
            left_out[section.dataset, section.split] = made
    if not audits:
        reasons = [f"{dataset} {split}: {why}" for (dataset, split), why in left_out.items()]
        if not sections:
            reasons = ["no split was learnt from whole training parts"]
        raise InputError("\n  ".join([f"{store.folder}: there is nothing to audit", *reasons]))
    return audits, left_out


def suited(sections: Iterable[SectionRecord]) -> list[SectionRecord]:
    """Choose the split of each corpus that an audit uses.

    Args:
        sections: The splits.

    Returns:
        For each corpus the first split that keeps groups whole, else its first.
    """
    chosen: dict[str, SectionRecord] = {}
    for section in sections:
        if section.dataset not in chosen or (section.grouped and not chosen[section.dataset].grouped):
            chosen[section.dataset] = section
    return list(chosen.values())


def audit_section(scores: Scoreboard, section: SectionRecord) -> Audit | str:
    """Audit the gold of a corpus by the predictions of a split.

    Args:
        scores: Scores of the results folder, by exact match.
        section: The split of the corpus.

    Returns:
        The audit, or the reason why there can be none.
    """
    families = voters(scores, section)
    if len(families) < SEVERAL:
        said = f" ({', '.join(families)})" if families else ""
        return f"taggers of {SEVERAL} families or more are needed on every fold; there are {len(families)}{said}"
    gold = scores.gold(section)
    documents = list(_documents(families, gold))
    labels = gold.card.labels
    parts = _parts(documents, gold)
    counted = [count(part, labels) for part in parts]
    found = []
    for number, part in enumerate(parts):
        others = Occurrences()
        for other, one in enumerate(counted):
            if other != number:
                others.add(one)
        for document in part:
            found += [(others.score(one), document, one) for one in find(document.gold, document.votes)]
    # Equal scores: more families first, then as documents and texts go.
    found.sort(key=lambda one: (-one[0], -len(one[2].families), one[1].id, one[2].gold or one[2].proposal))
    items = (
        AuditItem(rank, score, document.id, document.fold + 1, finding)
        for rank, (score, document, finding) in enumerate(found, start=1)
    )
    return Audit(
        section.dataset,
        section.split,
        section.card,
        {family: cells[0].cell.tagger for family, cells in families.items()},
        len(documents),
        sum(len(document.gold) for document in documents),
        tuple(items),
    )


def voters(scores: Scoreboard, section: SectionRecord) -> dict[str, list[Scored]]:
    """Choose the tagger that speaks for each family: the best by mean F1 of those measured on every fold.

    Taggers that are made of others, such as ensembles, say nothing of their own and are left out.

    Args:
        scores: Scores of the results folder, by exact match.
        section: The split of a corpus.

    Returns:
        The cells of the tagger by family, families sorted.
    """
    best: dict[str, tuple[float, list[Scored]]] = {}
    for row in section.rows:
        if is_composed(row.params):
            continue
        cells = scores.scored(section, row)
        if cells and len(cells) == len(row.cells):
            f1 = sum(float(cell.figures["micro"]["f1"]) for cell in cells)
            # Imported predictions have no family: each system is one of its own.
            family = row.family or row.tagger
            if family not in best or f1 > best[family][0]:
                best[family] = f1, cells
    return {family: cells for family, (_, cells) in sorted(best.items())}


def is_composed(params: JsonValue | Mapping[str, JsonValue]) -> bool:
    """Tell whether parameters name other taggers.

    Args:
        params: The parameters of a tagger.

    Returns:
        Whether a table with ``use`` is in a list of them, at any depth.
    """
    if isinstance(params, list | tuple):
        return any((isinstance(one, Mapping) and "use" in one) or is_composed(one) for one in params)
    return isinstance(params, Mapping) and any(is_composed(value) for value in params.values())


def _documents(families: Mapping[str, Sequence[Scored]], gold: Gold) -> Iterable[AuditedDocument]:
    """The documents under test, each by the first fold that tests it. Discontinuous mentions are not audited."""
    seen: set[str] = set()
    folds = len(next(iter(families.values())))
    for fold in range(folds):
        cells = {family: own[fold] for family, own in families.items()}
        test = next(iter(cells.values())).test
        for place, name in enumerate(test):
            if name in seen:
                continue
            seen.add(name)
            votes: dict[Mention, set[str]] = {}
            for family, cell in cells.items():
                for span in cell.predictions.by_document[place]:
                    if not span.parts:
                        votes.setdefault((span.start, span.end, span.label), set()).add(family)
            mentions = tuple((span.start, span.end, span.label) for span in gold.spans[name] if not span.parts)
            agreed = {span: frozenset(own) for span, own in votes.items()}
            yield AuditedDocument(name, fold, mentions, agreed, gold.ranges(name))


def _parts(documents: Sequence[AuditedDocument], gold: Gold) -> list[list[AuditedDocument]]:
    """Folds; of a single fold five parts that keep groups whole. Scores come from the other parts."""
    if any(document.fold != documents[0].fold for document in documents):
        number = {document.id: document.fold for document in documents}
    else:
        groups = {group: i for i, group in enumerate(sorted({gold.groups[one.id] for one in documents}))}
        number = {document.id: groups[gold.groups[document.id]] % _PARTS for document in documents}
    parts: dict[int, list[AuditedDocument]] = {}
    for document in documents:
        parts.setdefault(number[document.id], []).append(document)
    if len(parts) == 1:
        raise InputError("an audit learns its scores from other documents than it reports; there is a single group")
    return list(parts.values())
