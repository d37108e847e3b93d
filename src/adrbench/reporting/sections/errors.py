"""Error classes: what kind of mistake the wrong spans of each tagger are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean

from adrbench.errors import InputError
from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.areas import stacks, stacks_height
from adrbench.reporting.tables import TableView, figures, table, words
from adrbench.results.leaderboard.gold import Scored
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.store import DamagedError

_ID, _HEADING = "errors", "Classes of errors"
# What the figure shows together, by the evaluator's classes; each gold span that is missed is in one, and so is each
# prediction that no gold accounts for.
_PARTS: Mapping[str, Sequence[str]] = {
    "too long": ("boundary-long/fn",),
    "too short": ("boundary-short/fn",),
    "shifted": ("boundary-shifted/fn",),
    "wrong label": ("label/fn", "label+boundary/fn"),
    "merged or split": ("merged/fn", "split/fn"),
    "missed": ("missed/fn",),
    "spurious": ("spurious/fp",),
}
_LENGTHS = "recall/"


def errors(source: Source) -> Section:
    """Count the errors of each tagger by class.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each corpus and split: stacked bars, all classes as a table, and recall by length of mention.
    """
    judged = source.judged("errors")
    try:
        blocks = tuple(block for place in source.places if (block := _block(place, judged)))
    except DamagedError:
        raise
    except InputError as error:
        return Section(_ID, _HEADING, omitted=str(error))
    line = (
        "Each gold mention that is not found exactly is in one class: predicted too long, too short or shifted, with a "
        "wrong label, merged with another or split, or missed. A spurious prediction touches no gold that is left."
    )
    return Section(_ID, _HEADING, blocks, (line,), "" if blocks else "nothing was measured")


def _block(place: Place, judged: Scoreboard) -> Block | None:
    measured = {name: scored for name, scored in judged.measured(place.section).items() if scored}
    names = [row.tagger for row in place.measured if row.tagger in measured]
    if not names:
        return None
    by_fold = {name: [one.figures["micro"] for one in measured[name]] for name in names}
    sums = {
        name: {
            part: sum(float(fold[kind]) for fold in by_fold[name] for kind in kinds if kind in fold)
            for part, kinds in _PARTS.items()
        }
        for name in names
    }
    # A class that nobody errs by, such as the label where there is but one, is no part of the figure.
    parts = [part for part in _PARTS if any(sums[name][part] for name in names)]
    if not parts:
        return None
    shown = Figure(
        place.figure("errors"),
        f"Classes of errors, {place.name}",
        f"A stacked bar of errors by class for each of {len(names)} taggers, best first; all folds together. "
        f"Classes: {', '.join(parts)}.",
        table(
            f"Errors by class, {place.name}",
            (*words("Tagger"), *figures(*parts, "together", kind="count")),
            ((name, *(sums[name][part] for part in parts), sum(sums[name].values())) for name in names),
        ),
        partial(
            stacks,
            names=names,
            parts=parts,
            values=[[sums[name][part] for part in parts] for name in names],
            axis="errors, all folds",
            kinds=[list(_PARTS).index(part) for part in parts],
        ),
        stacks_height(names),
        unfolded=True,
    )
    return Block(place.name, figures=(shown,), folded=tuple(_lengths(place, names, measured)))


def _lengths(place: Place, names: Sequence[str], measured: Mapping[str, Sequence[Scored]]) -> list[TableView]:
    """Recall by the words of a mention, mean over folds."""
    keys = [key for key in measured[names[0]][0].figures["micro"] if key.startswith(_LENGTHS)]
    if not keys:
        return []
    rows = (
        (name, *(fmean(float(one.figures["micro"][key]) for one in measured[name]) for key in keys)) for name in names
    )
    head = (f"{key.removeprefix(_LENGTHS)} word{'s' if key != 'recall/1' else ''}" for key in keys)
    columns = (*words("Tagger"), *figures(*head, kind="percent"))
    return [table(f"Recall by length of mention in percent, {place.name}", columns, rows)]
