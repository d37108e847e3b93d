"""What is to be said of single rows of a leaderboard, below their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adrbench.reporting.formatting import count, duration, money, percent
from adrbench.results.leaderboard.grids import Grid, grids
from adrbench.results.leaderboard.rows import Cost, Row
from adrbench.results.leaderboard.settings import setting, tuned_values
from adrbench.results.tokens import DOUBTFUL, REPLAYED

_REQUESTS = {"retries": "retries", "rate_limited": "refused for their rate (status 429)"}
_QUOTES = {"unaligned": "not in the text", "ambiguous": "ambiguous", "foreign_label": "of other labels"}
_ANSWERS = {"truncated": "cut short", "unparsable": "not readable"}


def remarks(rows: Sequence[Row]) -> list[str]:
    """Describe best settings of grids and of tuned taggers, answers of servers, precisions, and machines.

    Args:
        rows: The rows of a table.

    Returns:
        A line for each grid, tuned tagger, tagger that asks a server, precision and mix of machines, and one for busy
        machines.
    """
    lines = [_best_of(grid, best) for grid in grids(rows) if (best := grid.best) is not None]
    lines += [f"{row.tagger}, tuned: best values {values}." for row in rows if (values := tuned_values(row.tuned))]
    lines += [f"{row.tagger}: {said}." for row in rows if (said := "; ".join(_answers(row.answers)))]
    lines += [f"{row.tagger}: {_distilled(row)}." for row in rows if row.distillation]
    lines += [f"{row.tagger}: {_calibrated(row.calibration)}." for row in rows if row.calibration]
    lines += [f"{row.tagger}: {_before(row.cost)}." for row in rows if row.cost.fit_responses]
    lines += _precisions(rows)
    lines += _mixed("precisions", {row.tagger: row.precisions for row in rows})
    lines += _mixed("machines", {row.tagger: row.machines for row in rows})
    return [*lines, *_busy(rows)]


def _best_of(grid: Grid, best: Row) -> str:
    where = f"{setting(best.grid_point)}, F1 {percent(best.f1)}"
    return (
        f"{grid.tagger_id}: best of {len(grid.measured):,} settings: {where} (chosen on the test folds, so optimistic)."
    )


def _answers(counts: Mapping[str, int]) -> Iterator[str]:
    """What became of the requests and the answers of a tagger that asks a server, all folds together."""
    if counts.get("requests"):
        more = [f"{count(counts[name])} {says}" for name, says in _REQUESTS.items() if counts.get(name)]
        yield ", ".join((f"{count(counts['requests'])} requests", *more))
    if lost := [f"{count(counts[name])} {says}" for name, says in _QUOTES.items() if counts.get(name)]:
        yield f"of {count(counts.get('quotes', 0))} quotes {', '.join(lost)}"
    if bad := [f"{count(counts[name])} {says}" for name, says in _ANSWERS.items() if counts.get(name)]:
        yield f"of its answers {', '.join(bad)}"
    if counts.get(DOUBTFUL):
        yield f"{count(counts[DOUBTFUL])} counts of tokens contradict themselves, so its tokens and price are in doubt"
    if counts.get("replayed"):
        yield f"{count(counts['replayed'])} responses replayed, so its times lack the waiting for them"


def _calibrated(learnt: Mapping[str, int]) -> str:
    """What calibrated scores were learnt from, all folds together."""
    mentions = count(learnt["mentions"])
    said = f"scores calibrated on {mentions} mentions in {count(learnt['documents'])} held-out documents"
    if not learnt["mentions"]:
        return f"{said}, so they stay as they were"
    return f"{said}, {percent(learnt['right'] / learnt['mentions'])}% of them right"


def _before(cost: Cost) -> str:
    """What was asked before the prediction, all folds together."""
    sent, received = count(cost.fit_prompt_tokens or 0), count(cost.fit_completion_tokens or 0)
    price = f", at a price of {money(cost.fit_money)}" if cost.fit_money is not None else ""
    asked = f"{count(cost.fit_responses or 0)} responses before the prediction"
    return f"{asked}, {sent} tokens sent and {received} received{price}"


def _distilled(row: Row) -> str:
    """What teacher and student took, and whether that pays."""
    took = row.distillation
    fit, label, refit = (duration(took[f"{name}_seconds"]) for name in ("teacher_fit", "labelling", "student_fit"))
    texts = count(round(took["texts"]))
    said = f"teacher fitted in {fit}, {texts} texts labelled in {label}, student fitted in {refit}"
    if row.answers.get(REPLAYED):
        return said
    if "break_even_documents" not in took:
        return f"{said}; the student predicts no faster than the teacher labelled"
    return f"{said}; pays from {count(round(took['break_even_documents']))} documents on, in time"


def _precisions(rows: Sequence[Row]) -> Iterator[str]:
    """What taggers computed with."""
    alike = [(next(iter(row.precisions)), row.tagger) for row in rows if len(row.precisions) == 1]
    for name in dict.fromkeys(name for name, _ in alike):
        yield f"Computed in {name}: {', '.join(dict.fromkeys(tagger for one, tagger in alike if one == name))}."


def _mixed(what: str, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Whose folds differ in what makes times comparable. ``counts``: of folds, by tagger."""
    for tagger, own in counts.items():
        if len(own) > 1:
            told = " and ".join(f"{name} in {folds} fold{'s' * (folds > 1)}" for name, folds in own.items())
            yield f"{tagger} mixes {what}: {told}; so it has no costs."


def _busy(rows: Sequence[Row]) -> Iterator[str]:
    """Whose times were taken beside other work."""
    if busy := list(dict.fromkeys(row.tagger for row in rows if row.cost.on_busy_machine)):
        yield f"Measured beside other work, so times are too long: {', '.join(busy)}."
