"""Predictions of another system in a results folder: the same documents, folds and gold as everyone's, no costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adrbench.api import Span
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.gold import Gold
from adrbench.results.store import Store, checksum
from adrbench.scoring.external.predictions import Prediction, compare_ids

Ranges = Sequence[tuple[int, int]]


def find_section(store: Store, dataset: str, splits: str) -> Mapping[str, Any]:
    """The section of the plan with this corpus and these splits; empty names fit any, if that leaves one.

    Raises ``InputError`` if none or several fit.
    """
    sections = store.read_plan()["sections"]
    fitting = [s for s in sections if dataset in {"", s["dataset"]} and splits in {"", s["splits"]}]
    if len(fitting) == 1:
        return dict(fitting[0])
    there = ", ".join(f"--dataset {s['dataset']} --splits {s['splits']}" for s in sections)
    if fitting:
        raise InputError(f"{store.folder}: holds several; say which: {there}")
    asked, known = (dataset, {s["dataset"] for s in sections})
    if dataset in {"", *known}:
        asked, known = splits, {s["splits"] for s in sections}
    raise InputError(f"{store.folder}: holds no {asked!r}; {closest(asked, known)}; there is {there}")


def keep_predictions(
    store: Store,
    name: str,
    files: Sequence[tuple[str, Sequence[Prediction]]],
    registry: Registry,
    dataset: str = "",
    splits: str = "",
) -> Mapping[str, Any]:
    """Keep predictions as a row of the leaderboard called ``name``, replacing what was imported under it before.

    ``files``: name and predictions of each file: one for each fold, in whatever order, or one with every document under
    test, which is shared out to the folds by id. Gives the section of the plan.

    Raises ``InputError`` if documents are missing or too many, for labels that the corpus lacks, for spans outside
    their document, for texts of other words, and if a tagger of that name was run. Then nothing is kept.
    """
    if not name.strip() or not name.isprintable():
        raise InputError(f"--as {name!r}: should be a name")
    with store.locked():
        section = find_section(store, dataset, splits)
        for row in section["rows"]:
            if row["tagger"] == name and not row.get("imported"):
                raise InputError(
                    f"--as {name}: {store.folder} has a tagger of that name, run by adrbench; another name"
                )
        gold = Gold(section["card"], store, "exact", registry)
        split = store.read("splits", section["split"])
        if split is None:
            raise InputError(f"{store.folder}: splits/{section['split']}.json is missing or damaged")
        folds = _share_out(files, split["folds"], section)
        known = store.read("words", section["card"]) is not None
        for where, predictions in folds:
            for prediction in predictions.values():
                _check(prediction, gold, gold.ranges(prediction.id) if known else None, where)
        _write(store, section, name, [predictions for _, predictions in folds])
    return section


def _share_out(
    files: Sequence[tuple[str, Sequence[Prediction]]], folds: Sequence[Sequence[str]], section: Mapping[str, Any]
) -> list[tuple[str, dict[str, Prediction]]]:
    """The predictions of each fold, with the name of their file."""
    tested = [dict.fromkeys(fold) for fold in folds]
    what = f"{section['dataset']}, {section['splits']}"
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
        if span.label not in gold.card["labels"]:
            hint = closest(span.label, gold.card["labels"])
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


def _write(store: Store, section: Mapping[str, Any], name: str, folds: Sequence[Mapping[str, Prediction]]) -> None:
    keys = []
    for number, predictions in enumerate(folds):
        cell = {
            "dataset": section["dataset"],
            "splits": section["splits"],
            "fold": number,
            "tagger": name,
            "use": "imported",
            "version": "",
            "code": "",
            "params": {},
            "status": "ok",
            "reason": "",
            "imported": True,
            "predictions": {
                id_: [span.to_list() for span in sorted(set(prediction.spans))]
                for id_, prediction in predictions.items()
            },
        }
        keys.append(checksum([section["card"], section["split"], cell])[7:39])
        store.write_cell(keys[-1], cell)
    row: dict[str, Any] = {
        "tagger": name,
        "use": "imported",
        "family": "imported",
        "version": "",
        "code": "",
        "params": {},
        "cells": keys,
        "problem": None,
        "imported": True,
    }
    plan = store.read_plan()
    sections, replaced = [], set[str]()
    for other in plan["sections"]:
        rows = other["rows"]
        if (other["dataset"], other["splits"]) == (section["dataset"], section["splits"]):
            replaced |= {key for old in rows if old["tagger"] == name for key in old["cells"]}
            rows = [*(old for old in rows if old["tagger"] != name), row]
        sections.append({**other, "rows": rows})
    store.write_plan({**plan, "sections": sections})
    # Last, so that no plan ever names a cell that is not there.
    for key in replaced - {key for other in sections for row in other["rows"] for key in row["cells"]}:
        (store.folder / "cells" / f"{key}.json").unlink(missing_ok=True)
