"""From a results folder to a leaderboard: stored predictions against stored gold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adrbench.api import Figures
from adrbench.datasets.ceiling import Ceiling, ceiling_line
from adrbench.datasets.leakage import Leaks
from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import _score_cache as score_cache
from adrbench.results.leaderboard._published import published_beside
from adrbench.results.leaderboard._resamples import Drawn, draw
from adrbench.results.leaderboard._significance import comparable, compare, numbered, with_ties
from adrbench.results.leaderboard.gold import Gold, Scored, cost_of
from adrbench.results.leaderboard.rows import PENDING, Board, Row
from adrbench.results.store import Store
from adrbench.scoring.statistics.bootstrap import sum_rows
from adrbench.scoring.statistics.intervals import Interval, interval
from adrbench.scoring.statistics.kinds import RESAMPLED, IntervalKind

_STATUS_ORDER = ("failed", "oom", "timeout", "skipped", PENDING)


class Scoreboard:
    """Scores cells once, however often the leaderboard is asked for while a run goes on.

    ``evaluator``: ``NAME`` or ``NAME:VARIANT``; by default what the benchmark ranks by.
    """

    def __init__(self, store: Store, registry: Registry, evaluator: str = "") -> None:
        self._store = store
        self._evaluator = evaluator
        self._registry = registry
        self._gold: dict[str, Gold] = {}
        # By card as well as by key: the same predictions may be judged by all gold and by the flat gold.
        self._scored: dict[tuple[str, str], Scored] = {}
        self._others: dict[str, Scoreboard] = {}
        self._splits: dict[str, Mapping[str, Any]] = {}
        self._folds: dict[tuple[str, str], list[tuple[Sequence[str], Sequence[str]]]] = {}

    def board(self, kind: IntervalKind = "t", *, ties: bool = True, remember: bool | None = None) -> Board:
        """The leaderboard of the stored plan.

        ``ties`` asks for paired tests between all taggers. ``remember``: look for what was worked out before, and keep
        what was not (``adrbench.results.leaderboard._score_cache``); by default together with ``ties``.

        Raises ``StoreError`` if the folder lacks what its plan refers to.
        """
        remember = ties if remember is None else remember
        plan = self._store.read_plan()
        evaluator = self.evaluator
        rows: list[Row] = []
        machines: dict[str, Mapping[str, Any]] = {}
        notes: dict[tuple[str, str], Sequence[str]] = {}
        for section in plan["sections"]:
            gold = self.gold(section)
            notes[section["dataset"], section["splits"]] = _notes(gold.card, self.split(section))
            key = score_cache.key_of(self._store, section, evaluator, self._registry) if remember else ""
            known = self._recall(key, section) if remember else None
            measured: dict[str, list[Scored]] = {}
            for entry in section["rows"]:
                cells = self._cells(section, entry)
                scored = [cell for cell in cells if isinstance(cell, Scored)]
                measured[entry["tagger"]] = scored
                for cell in scored:
                    if "machine" in cell.cell:
                        machines[cell.cell["machine"]["id"]] = cell.cell["machine"]
                missing = [cell for cell in cells if not isinstance(cell, Scored)]
                published = plan["published"] if evaluator == plan["evaluators"][0] else []
                rows.extend(_rows(section, entry, scored, missing, gold, kind, published, evaluator))
            pairs = known.pairs if known else None
            if ties:
                here = comparable(rows, section)
                if pairs is None:
                    pairs = compare(here, measured, gold, grouped=section["grouped"])
                rows = with_ties(rows, here, pairs)
            if remember and (known is None or known.pairs is not pairs):
                score_cache.keep(key, score_cache.Kept(self._worked_out(section), pairs))
        if not self._evaluator:
            rows = self._with_others(rows, plan["evaluators"][1:], remember=remember)
        corpora = {gold.card["name"]: gold.card for gold in self._gold.values()}
        return Board(plan["benchmark"], tuple(rows), kind, corpora, machines, notes, plan["absent"])

    def _recall(self, key: str, section: Mapping[str, Any]) -> score_cache.Kept | None:
        """What was kept of a section, its cells taken as scored."""
        known = score_cache.find(key, self._store, section)
        parts, gold = self._parts(section), self.gold(section)
        places = [(fold, name) for row in section["rows"] for fold, name in enumerate(row["cells"])]
        for (fold, name), one in zip(places, known.cells if known else (), strict=known is not None):
            place = section["card"], name
            if one and place not in self._scored:
                self._scored[place] = Scored(one[0], *parts[fold], gold, one[1])
        return known

    def _worked_out(self, section: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Figures] | None]:
        """The cells of a section that went well, with their figures."""
        scored = [self._scored.get((section["card"], name)) for row in section["rows"] for name in row["cells"]]
        return [(one.cell, one.figures) if one else None for one in scored]

    def _with_others(self, rows: list[Row], evaluators: Sequence[str], *, remember: bool) -> list[Row]:
        """Rows with F1 by the other evaluators of the benchmark."""
        for name in evaluators:
            board = self._others.setdefault(name, Scoreboard(self._store, self._registry, name))
            others = board.board(ties=False, remember=remember).rows
            found = {(row.dataset, row.split, row.tagger, row.label): row.f1 for row in others}
            rows = [
                replace(
                    row, other_f1={**row.other_f1, name: found.get((row.dataset, row.split, row.tagger, row.label))}
                )
                for row in rows
            ]
        return rows

    @property
    def evaluator(self) -> str:
        """What is judged by."""
        return self._evaluator or str(self._store.read_plan()["evaluators"][0])

    def gold(self, section: Mapping[str, Any]) -> Gold:
        """The gold of a section of the plan."""
        name = section["card"]
        if name not in self._gold:
            self._gold[name] = Gold(name, self._store, self.evaluator, self._registry)
        return self._gold[name]

    def split(self, section: Mapping[str, Any]) -> Mapping[str, Any]:
        """The stored folds of a section."""
        name = section["split"]
        if name not in self._splits:
            split = self._store.read("splits", name)
            if split is None:
                raise StoreError(f"{self._store.folder}: splits/{name}.json is missing or damaged")
            self._splits[name] = split
        return self._splits[name]

    def _parts(self, section: Mapping[str, Any]) -> list[tuple[Sequence[str], Sequence[str]]]:
        """By fold, the ids of the documents that are tested and of those that are learnt from."""
        name = section["card"], section["split"]
        if name not in self._folds:
            gold, split = self.gold(section), self.split(section)
            self._folds[name] = [
                (tuple(test), list(_learnt_from(split, fold, gold))) for fold, test in enumerate(split["folds"])
            ]
        return self._folds[name]

    def measured(self, section: Mapping[str, Any]) -> dict[str, list[Scored]]:
        """The finished cells of a section by tagger, in the order of the folds."""
        return {
            entry["tagger"]: [cell for cell in self._cells(section, entry) if isinstance(cell, Scored)]
            for entry in section["rows"]
        }

    def _cells(self, section: Mapping[str, Any], entry: Mapping[str, Any]) -> list[Scored | Mapping[str, Any] | None]:
        gold, parts = self.gold(section), self._parts(section)
        cells: list[Scored | Mapping[str, Any] | None] = []
        for fold, key in enumerate(entry["cells"]):
            known = self._scored.get((section["card"], key))
            cell = None if known else self._store.read_cell(key)
            if known is None and cell is not None and cell["status"] == "ok":
                known = Scored(cell, *parts[fold], gold)
                self._scored[section["card"], key] = known
            cells.append(known or cell)
        return cells


def _learnt_from(split: Mapping[str, Any], fold: int, gold: Gold) -> Iterator[str]:
    """The ids of the documents that a fold is learnt from; a development part is only looked at."""
    if "train" in split:
        yield from split["train"][fold]
        return
    tested = set(split["folds"][fold])
    yield from (name for name in gold.spans if name not in tested)


def leaderboard(store: Store, registry: Registry, kind: IntervalKind = "t", evaluator: str = "") -> Board:
    """The leaderboard of a results folder, with intervals of ``kind`` and tie groups.

    ``evaluator``: ``NAME`` or ``NAME:VARIANT``; by default what the benchmark ranks by.
    """
    return Scoreboard(store, registry, evaluator).board(kind)


def _with_count(step: str, spans: int) -> str:
    return step if step.startswith(f"{spans:,} ") else f"{step}: {spans:,}"


def _notes(card: Mapping[str, Any], split: Mapping[str, Any]) -> list[str]:
    """What a reader of the figures should know about gold and folds."""
    flat = "scored against the flat gold" if card["gold_is"] == "flat" else "scored against all gold"
    lines = [_with_count(entry["step"], entry["spans"]) for entry in card["ledger"] if entry["hard"]]
    found = [f"{card['name']}, {flat}; {'; '.join(lines)}."] if lines else []
    rows = [Ceiling(**row) for row in card.get("ceiling", ())]
    if rows and (limit := ceiling_line(rows, card["words_by"])):
        found.insert(0, f"{card['name']}: {limit}.")
    if split["leaks"]:
        found += Leaks(**split["leaks"]).lines()
    return found


def _rows(
    section: Mapping[str, Any],
    entry: Mapping[str, Any],
    scored: Sequence[Scored],
    missing: Sequence[Mapping[str, Any] | None],
    gold: Gold,
    kind: IntervalKind,
    published: Sequence[Mapping[str, Any]],
    evaluator: str,
) -> list[Row]:
    status, reason = _status(entry, scored, missing)
    common: dict[str, Any] = {
        "dataset": section["dataset"],
        "split": section["splits"],
        "tagger": entry["tagger"],
        "family": entry["family"],
        "status": status,
        "reason": reason,
        "folds": len(scored),
        "folds_planned": len(entry["cells"]),
        "stand_in_for": section["stand_in_for"],
        "limit": section["limit"],
        "gold": gold.card["gold_is"],
        "evaluator": evaluator,
        "imported": bool(entry.get("imported")),
        "tagger_id": entry.get("of", entry["tagger"]),
        "grid_point": entry.get("point", {}),
        "fraction": section.get("fraction", 1.0),
        "full_split": section.get("of", section["splits"]),
        "train_documents": float(np.mean([cell.learnt for cell in scored])) if scored else None,
        "tuned": tuple(cell.cell["tuned"]["params"] for cell in scored if "tuned" in cell.cell),
        "use": entry.get("use", ""),
        "version": entry["version"],
        "code": entry.get("code", ""),
        "cost": cost_of(scored),
    }
    # The one fold of a release's own split has no spread over folds; its documents have.
    one_fold = len(scored) == len(entry["cells"]) == 1
    over_documents = kind in RESAMPLED
    drawn = _draw(scored, gold, grouped=section["grouped"]) if over_documents or one_fold else None
    shown: IntervalKind = "bootstrap" if one_fold and not over_documents else kind
    rows = []
    for label in ("micro", *gold.card["labels"]):
        figures: dict[str, Any] = {}
        if scored and label in scored[0].figures:
            figures = _figures(label, scored, shown, drawn)
        figures |= published_beside(section, entry["tagger"], label, published)
        rows.append(Row(label=label, **common, **figures))
    return rows


def _status(
    entry: Mapping[str, Any], scored: Sequence[Scored], missing: Sequence[Mapping[str, Any] | None]
) -> tuple[str, str]:
    total = len(scored) + len(missing)
    if scored and not missing:
        return "ok", ""
    ended = [cell for cell in missing if cell is not None]
    if entry["problem"]:
        # Why it cannot run here says more than how it went wrong before, perhaps on another machine.
        status, reason = entry["problem"]
    elif ended:
        worst = min(ended, key=lambda cell: _STATUS_ORDER.index(cell["status"]))
        status, reason = worst["status"], worst["reason"]
    else:
        status, reason = PENDING, "not run yet"
    return status, f"{len(scored)} of {total} folds measured; {reason}" if scored else reason


def _draw(scored: Sequence[Scored], gold: Gold, *, grouped: bool) -> Drawn | None:
    """Resamples of the documents, or groups, of all folds together; None without an F1 or two of them."""
    if not scored or "f1" not in scored[0].figures["micro"]:
        return None
    units = sum_rows(np.concatenate([cell.counts for cell in scored]), numbered(scored, gold, grouped=grouped))
    return draw(units, scored[0].columns, gold.evaluator.score) if len(units) > 1 else None


def _figures(label: str, scored: Sequence[Scored], kind: IntervalKind, drawn: Drawn | None) -> dict[str, Any]:
    """Means over folds. An evaluator may leave out a figure that means nothing for it, such as a precision."""
    folds = [cell.figures[label] for cell in scored]
    if "f1" not in folds[0]:
        # A recall alone, of a part of the gold: a fold that has none of it says nothing.
        folds = [fold for fold in folds if fold["support"]] or folds
    means = {
        name: float(np.mean([fold[name] for fold in folds])) if name in folds[0] else None
        for name in ("precision", "recall", "f1")
    }
    f1 = [float(fold["f1"]) for fold in folds if "f1" in fold]
    bounds: Interval | None = None
    match kind:
        case "bootstrap" | "bca":
            bounds = drawn.interval(kind, label) if drawn is not None else None
        case "t" | "z" | "nadeau-bengio" if f1:
            bounds = interval(kind, f1, scored[0].test_share)
    return {
        **means,
        "f1_low": bounds.low if bounds else None,
        "f1_high": bounds.high if bounds else None,
        "interval": kind if bounds else None,
        "support": int(sum(fold["support"] for fold in folds)),
        "fold_f1": tuple(f1),
    }
