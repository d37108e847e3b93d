"""Predictions of another system in a results folder: the same documents, folds and gold as everyone's, no costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from adrbench.api import Span
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.gold import Gold
from adrbench.results.predictions import collect, encode, plain_span
from adrbench.results.schema import CellRecord, RowRecord, SectionRecord
from adrbench.results.store import DamagedError, Store, checksum
from adrbench.scoring.external.predictions import Prediction, compare_ids

Ranges = Sequence[tuple[int, int]]


def find_section(store: Store, dataset: str, splits: str) -> SectionRecord:
    """Find a section of the plan.

    Args:
        store: The results folder.
        dataset: The corpus; an empty name fits any.
        splits: The split; an empty name fits any.

    Returns:
        The one section that fits.

    Raises:
        InputError: No section fits, or several do.
    """
    sections = store.read_plan().sections
    fitting = [s for s in sections if dataset in {"", s.dataset} and splits in {"", s.split}]
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(f"--dataset {s.dataset} --splits {s.split}" for s in sections)
    if fitting:
        raise InputError(f"{store.folder}: holds several; say which: {there}")
    asked, known = (dataset, {s.dataset for s in sections})
    if dataset in {"", *known}:
        asked, known = splits, {s.split for s in sections}
    raise InputError(f"{store.folder}: holds no {asked!r}; {closest(asked, known)}; there is {there}")


def keep_predictions(
    store: Store,
    name: str,
    files: Sequence[tuple[str, Sequence[Prediction]]],
    registry: Registry,
    dataset: str = "",
    splits: str = "",
) -> SectionRecord:
    """Keep another system's predictions as a row of the leaderboard.

    They replace those that were imported under the same name before.

    Args:
        store: The results folder.
        name: The name of the row.
        files: Name and predictions of each file: one for each fold, in any order, or one with every document under
            test, which is shared out to the folds by id.
        registry: The registry of plugins.
        dataset: The corpus; may be left out if the plan has one.
        splits: The split; may be left out if the plan has one.

    Returns:
        The section of the plan.

    Raises:
        InputError: Documents are missing or too many, a label is unknown, a span is outside its document, texts have
            other words, or a tagger of that name was run. Then nothing is kept.
    """
    if not name.strip() or not name.isprintable():
        raise InputError(f"--as {name!r}: should be a name")
    with store.locked():
        section = find_section(store, dataset, splits)
        for row in section.rows:
            if row.tagger == name and not row.imported:
                raise InputError(
                    f"--as {name}: {store.folder} has a tagger of that name, run by adrbench; another name"
                )
        gold = Gold(section.card, store, "exact", registry)
        split = store.need_split(section.folds)
        folds = _share_out(files, split.test, section)
        known = store.read_words(section.card) is not None
        for where, predictions in folds:
            for prediction in predictions.values():
                _check(prediction, gold, gold.ranges(prediction.id) if known else None, where)
        _write(store, section, name, folds, split.test)
    return section


def _share_out(
    files: Sequence[tuple[str, Sequence[Prediction]]], folds: Sequence[Sequence[str]], section: SectionRecord
) -> list[tuple[str, dict[str, Prediction]]]:
    """The predictions of each fold, with the name of their file."""
    tested = [dict.fromkeys(fold) for fold in folds]
    what = f"{section.dataset}, {section.split}"
    found = [(where, {prediction.id: prediction for prediction in predictions}) for where, predictions in files]
    if len(found) == 1:
        where, predictions = found[0]
        every = {name: None for fold in tested for name in fold}
        if len(every) < sum(map(len, tested)):
            raise InputError(
                f"{where}: {what} tests documents in several of its {len(folds)} folds, each time by a model of its "
                "own; give a file for each fold"
            )
        compare_ids(every, predictions, where, what)
        return [(where, {name: predictions[name] for name in fold}) for fold in tested]
    if len(found) != len(folds):
        raise InputError(f"{len(found)} files, but {what} has {len(folds)} folds; give one for each, or one for all")
    left = list(found)
    shared = []
    for number, fold in enumerate(tested):
        # A file is of the fold whose documents it has, wherever it stands in the command; if none is, that is wrong.
        fitting = next((file for file in left if file[1].keys() == fold.keys()), None)
        if fitting is None:
            where, predictions = found[number]
            compare_ids(fold, predictions, where, f"fold {number + 1} of {what}")
            raise InputError(f"{where}: another file has the same documents; give one for each fold")
        left.remove(fitting)
        shared.append(fitting)
    return shared


def _check(prediction: Prediction, gold: Gold, words: Ranges | None, where: str) -> None:
    """Whether spans can be of this document. ``words``: where its words stand, if the results folder tells."""
    here = f"{where}: document {prediction.id}"
    for span in prediction.spans:
        if span.label not in gold.card.labels:
            hint = closest(span.label, gold.card.labels)
            raise InputError(f"{here}: the corpus has no label {span.label!r}; {hint}")
    if words is None:
        return
    length = words[-1][1] if words else 0
    text = prediction.text
    if text is not None and (len(text.rstrip()) != length or any(text[a:b].strip() != text[a:b] for a, b in words)):
        raise InputError(
            f"{here}: its text has {len(text.rstrip())} characters, where the corpus's has {length}, or its words "
            "stand elsewhere: offsets must be those of the corpus"
        )
    beyond = [span for span in prediction.spans if span.end > length]
    if beyond:
        raise InputError(f"{here}: the span {_place(beyond[0])} ends behind the last word, which ends at {length}")


def _place(span: Span) -> str:
    return f"{span.start}-{span.end} ({span.label})"


def _write(
    store: Store,
    section: SectionRecord,
    name: str,
    folds: Sequence[tuple[str, Mapping[str, Prediction]]],
    tested: Sequence[Sequence[str]],
) -> None:
    keys = []
    for number, ((where, predictions), test) in enumerate(zip(folds, tested, strict=True)):
        spans = {id_: tuple(map(plain_span, prediction.spans)) for id_, prediction in predictions.items()}
        try:
            answers, line = encode(collect(test, spans))
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
        content = [section.card, section.folds, section.dataset, section.split, number, name, answers.sha256]
        keys.append(checksum(content)[7:39])
        cell = CellRecord(
            key=keys[-1],
            dataset=section.dataset,
            split=section.split,
            fold=number,
            tagger=name,
            use="imported",
            version="",
            code="",
            params={},
            status="ok",
            reason="",
            imported=True,
            costs=None,
            wall_seconds=None,
            machine=None,
            environment=None,
            jobs=None,
            log="",
            traceback="",
            tuned=None,
            pretrained=None,
            answers=answers,
        )
        store.write_cell(cell, line)
    row = _row(name, keys)
    plan = store.read_plan()
    sections, replaced = [], set[str]()
    for other in plan.sections:
        rows = other.rows
        if (other.dataset, other.split) == (section.dataset, section.split):
            replaced |= {key for old in rows if old.tagger == name for key in old.cells}
            rows = (*(old for old in rows if old.tagger != name), row)
        sections.append(replace(other, rows=rows))
    store.write_plan(replace(plan, sections=tuple(sections)))
    # Last, so that no plan ever names a cell that is not there.
    for key in replaced - {key for other in sections for row in other.rows for key in row.cells}:
        store.remove_cell(key)


def recover_imports(store: Store) -> dict[tuple[str, str], list[RowRecord]]:
    """Restore the imported rows of a lost plan from their cells.

    Args:
        store: The results folder.

    Returns:
        The rows by corpus and split.
    """
    cells: dict[tuple[str, str, str], dict[int, str]] = {}
    for key in store.cell_keys():
        with suppress(DamagedError):
            cell = store.read_cell(key)
            if cell is not None and cell.imported:
                cells.setdefault((cell.dataset, cell.split, cell.tagger), {})[cell.fold] = key
    rows: dict[tuple[str, str], list[RowRecord]] = {}
    for (dataset, split, name), by_fold in sorted(cells.items()):
        if sorted(by_fold) == list(range(len(by_fold))):
            rows.setdefault((dataset, split), []).append(_row(name, [by_fold[fold] for fold in sorted(by_fold)]))
    return rows


def _row(name: str, keys: Sequence[str]) -> RowRecord:
    return RowRecord(
        tagger=name,
        tagger_id=name,
        grid_point={},
        use="imported",
        family="imported",
        version="",
        code="",
        params={},
        tune=None,
        pretrain=None,
        cells=tuple(keys),
        problem=None,
        chosen=False,
        imported=True,
    )
