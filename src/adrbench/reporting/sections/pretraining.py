"""Pre-training: how the loss fell, over how many steps and sentences, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Source, listed, slug
from adrbench.reporting.charts.lines import Dot, Line, legend_height, losses
from adrbench.reporting.tables import Column, figures, table, words
from adrbench.results.schema import Pretrained

_LINES = (
    "Text without gold is learnt from before the folds are. Its time is a cost of its own, in none of the others.",
)
# A loss is told at so many steps at most in the table of its figure.
_TOLD = 25


@dataclass(frozen=True)
class Training:
    """A pre-training.

    Attributes:
        name: The taggers and folds that share it.
        content: Its steps, texts, loss and time.
    """

    name: str
    content: Pretrained


def pretraining(source: Source) -> Section:
    """Show the loss, steps and time of each pre-training.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each corpus with pre-trained taggers; a shared pre-training is shown once.
    """
    blocks = tuple(_block(dataset, found) for dataset, found in _trainings(source).items())
    return Section("pretraining", "Pre-training", blocks, _LINES, latex=True, layout="wide")


def _trainings(source: Source) -> dict[str, list[Training]]:
    """By corpus; a pre-training that several cells share bears the names of all of them."""
    found: dict[str, dict[str, tuple[Pretrained, dict[str, list[str]]]]] = {}
    for place in source.places:
        for tagger, cells_ in source.scores.measured(place.section).items():
            for scored in cells_:
                content = scored.cell.pretrained
                if content:
                    by_key = found.setdefault(place.section.dataset, {})
                    where = by_key.setdefault(content.key, (content, {}))[1]
                    where.setdefault(tagger, []).append(f"{place.section.split} fold {scored.cell.fold + 1}")
    return {dataset: list(_named(by_key.values())) for dataset, by_key in found.items()}


def _named(found: Any) -> Iterator[Training]:
    """A tagger's one pre-training is called after it; of several each also after its fold."""
    entries = list(found)
    for content, where in entries:
        names = []
        for tagger, folds in where.items():
            alone = sum(tagger in other for _, other in entries) == 1
            names.append(tagger if alone else f"{tagger}, {folds[0]}")
        yield Training(listed(names), content)


def _block(dataset: str, found: Sequence[Training]) -> Block:
    rows = []
    for one in found:
        content, loss = one.content, one.content.loss
        first, last = (f"{loss[0][1]:.3f}", f"{loss[-1][1]:.3f}") if loss else ("", "")
        rows.append((one.name, content.steps, content.sentences, content.seconds, first, last))
    columns = (
        *words("Tagger"),
        *figures("Steps", "Sentences"),
        Column("seconds", "Time", "duration"),
        *figures("First loss", "Last loss"),
    )
    made = table(f"Pre-training, {dataset}", columns, rows)
    return Block(dataset, tables=(made,), figures=tuple(_figures(dataset, [one for one in found if one.content.loss])))


def _figures(dataset: str, found: Sequence[Training]) -> Iterator[Figure]:
    if not found:
        return
    lines = [Line(one.name, tuple(Dot(*pair) for pair in one.content.loss)) for one in found]
    steps = sorted({step for one in found for step, _ in one.content.loss})
    told = steps[:: -(-len(steps) // _TOLD)]
    if steps[-1] not in told:
        told.append(steps[-1])
    by_step = [dict(one.content.loss) for one in found]
    rows = ((f"{step:,}", *(f"{values[step]:.3f}" if step in values else "" for values in by_step)) for step in told)
    ends = "; ".join(f"{one.name}: from {one.content.loss[0][1]:.2f} to {one.content.loss[-1][1]:.2f}" for one in found)
    yield Figure(
        slug(dataset, "pretraining"),
        f"Loss over steps, {dataset}",
        f"The loss of pre-training over its steps, a line for each of {len(found)}. {ends}.",
        table(
            f"Loss by step, {dataset}",
            (*words("Step"), *figures(*(one.name for one in found))),
            rows,
        ),
        partial(losses, lines=lines),
        2.7 + legend_height([line.name for line in lines]),
    )
