"""The leaderboard as a view: its columns, the rows of each corpus and split, learning curves, figures by label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from adrbench._system.machine import describe
from adrbench.api.evaluator import AVERAGES
from adrbench.datasets.ceiling import HIGH_ENOUGH
from adrbench.reporting.formatting import percent, percent_between, with_spread
from adrbench.reporting.rendering import render, render_records
from adrbench.reporting.tables import Bar, Column, Display, TableCell, TableView
from adrbench.results.leaderboard.curves import Curve, sections
from adrbench.results.leaderboard.grids import Grid, best_only, grids, listing
from adrbench.results.leaderboard.rows import Board, Cost, Row, unmeasured
from adrbench.results.leaderboard.settings import setting, tuned_values
from adrbench.scoring.statistics.kinds import RESAMPLED

GRID = (
    "A grid's best setting is chosen here on the very folds that it is scored on, so its F1 is optimistic; "
    "[taggers.tune] chooses on training parts only."
)
_TIES = (
    "Ties: taggers that share a letter are not significantly different (paired randomisation over documents, or groups "
    "of a grouped split; Holm; 5%)."
)
_ONE_FOLD = "One fold: the interval is a bootstrap over its documents (or groups), not over folds."
_GOLD = {
    "all": "All gold: scored against every mention as annotated; nested or discontinuous mentions that a tagger cannot "
    "output count as missed.",
    "flat": "Flat gold: scored against the flat spans that the benchmark file makes of the annotation.",
}
_TUNED = "Tuned: the parameters were chosen on training parts; the time this took is in none of the other times."


def _hidden(key: str, says: str) -> Column:
    return Column(key, key, says=says, shown=False)


# Every column, in the order of JSON and CSV. Those that are shown are those of the tables, in their order there.
COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        _hidden("schema_version", "the version of these names"),
        _hidden("dataset", "the corpus"),
        _hidden("split", "its split"),
        Column("tagger", "Tagger", says="its id, and its setting in a grid"),
        _hidden("family", "the kind of method"),
        _hidden("label", "`micro` is all labels together"),
        _hidden("status", "`ok`, `failed`, `timeout`, `oom`, `skipped` or `pending`"),
        _hidden("reason", "why the status is not `ok`"),
        Column("precision", "P", "percent", "precision, mean over the measured folds"),
        Column("precision_interval", "95%", "interval", "95% interval of precision", spare=True),
        Column("recall", "R", "percent", "recall, mean over the measured folds"),
        Column("recall_interval", "95%", "interval", "95% interval of recall", spare=True),
        Column("f1", "F1", "percent", "F1, mean over the measured folds"),
        Column("f1_interval", "95%", "interval", "95% interval of F1"),
        Column("f1_bar", "F1", "bar", "F1 with its interval"),
        _hidden("f1_low", "the lower end of the 95% interval of F1"),
        _hidden("f1_high", "its upper end"),
        _hidden("precision_low", "the lower end of the 95% interval of precision"),
        _hidden("precision_high", "its upper end"),
        _hidden("recall_low", "the lower end of the 95% interval of recall"),
        _hidden("recall_high", "its upper end"),
        _hidden("interval", "their kind; empty with fewer than two folds measured, unless the split has one"),
        _hidden("folds", "how many folds were measured"),
        _hidden("folds_planned", "of how many"),
        Column("support", "Gold", "count", "gold spans in the measured folds", shown=False),
        Column("ties", "Ties", "letters", "taggers that share a letter are not significantly different"),
        _hidden("fold_f1", "F1 of each measured fold"),
        _hidden("published_precision", "precision of the paper, from the benchmark file"),
        _hidden("published_recall", "recall of the paper"),
        Column("published_f1", "Paper", "percent", "F1 of the paper"),
        _hidden("published_source", "which paper, and where in it"),
        _hidden("stand_in_for", "the corpus that could not be had, if this one takes its place"),
        _hidden("limit", "the corpus was cut to so many documents (`--limit`), and then nothing published is shown"),
        _hidden("gold", "`all`: every mention as annotated; `flat`: the flat spans that the benchmark file makes"),
        _hidden("ceiling_precision", "precision of exact spans that a word tagger without mistakes has"),
        _hidden("ceiling_recall", "its recall"),
        _hidden("ceiling_f1", "its F1"),
        _hidden("evaluator", "what judged"),
        _hidden("imported", "predictions of a system that adrbench did not run, so without costs"),
        _hidden("other_f1", "F1 by the benchmark's other evaluators"),
        _hidden("tagger_id", "the tagger's id in the benchmark file"),
        _hidden("grid_point", "its setting in a grid; in CSV as JSON"),
        _hidden("fraction", "which part of each training part was learnt from"),
        _hidden("full_split", "what the split is called with all of it"),
        _hidden("train_documents", "how many documents were learnt from, mean over folds"),
        _hidden("tuned", "the best values of a study, fold by fold; in CSV as JSON"),
        _hidden("use", "the plugin"),
        _hidden("version", "its version"),
        _hidden("code", "the hash of its sources"),
        Column("fit_seconds", "Fit", "seconds", "wall seconds a fold, mean over folds"),
        Column("predict_seconds", "Predict", "seconds", "wall seconds a fold, mean over folds"),
        _hidden("total_seconds", "fit and predict of all folds together, wall time"),
        _hidden("cpu_seconds", "fit and predict of all folds together, processor time"),
        _hidden("import_seconds", "imports and warm-up, mean over folds; in none of the other times"),
        Column("documents_per_second", "Docs/s", "rate", "documents a second of predict"),
        _hidden("tokens_per_second", "words a second of predict"),
        Column("peak_memory_bytes", "Memory", "bytes", "the largest peak of all folds"),
        Column("peak_gpu_memory_bytes", "GPU", "bytes", "the largest peak of GPU memory of all folds"),
        _hidden("parameters", "trained parameters of the model, where the tagger says"),
        Column("tune_seconds", "Tuning", "duration", "all trials, each study once; in none of the other times"),
        Column("pretrain_seconds", "Pre-training", "duration", "each pre-training once; in none of the other times"),
        Column("energy_joules", "Energy", "joules", "fit and predict of all folds, where the machine can tell"),
        _hidden("fit_seconds_sd", "its standard deviation over folds"),
        _hidden("predict_seconds_sd", "the same of predict"),
        _hidden("total_seconds_sd", "the same of a fold's fit and predict together"),
        _hidden("documents_per_second_sd", "the same of documents a second"),
        _hidden("peak_memory_bytes_sd", "the same of the peaks of memory"),
        _hidden("peak_gpu_memory_bytes_sd", "the same of the peaks of GPU memory"),
        _hidden("energy_joules_sd", "the same of the energy of a fold"),
        Column("machine", "Machine", says="its id; empty where folds ran on several, and then there are no costs"),
    )
}
# Columns that stand in a table only if one of its rows has something to show.
_COSTS = frozenset(field.name for field in fields(Cost))
_WHERE_KNOWN = frozenset({"published_f1", *_COSTS} - {"machine"})
_BY_LABEL = (
    "tagger",
    "precision",
    "precision_interval",
    "recall",
    "recall_interval",
    "f1",
    "f1_interval",
    "support",
    "published_f1",
)
_LABEL = Column("label", "Label")


def leaderboard_view(
    board: Board,
    *,
    everything: bool = False,
    labels: bool = False,
    provenance: bool = False,
    intervals: bool = False,
    legend: bool = True,
) -> Display:
    """Show the leaderboard: for each corpus and split a table, its learning curve, and its figures by label.

    Args:
        board: The leaderboard.
        everything: All settings of large grids instead of only the best and worst few.
        labels: A table of the figures by label for each corpus and split that has several.
        provenance: Which plugin, version and code is behind each tagger, below the tables.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        legend: What the figures are, below the tables.

    Returns:
        The tables, and notes that hold for all of them.
    """
    tables: list[TableView] = []
    caption = " ".join(legend_lines(board)[:2])
    for rows, curve in sections(board):
        tables.append(section_table(board, rows, everything=everything, intervals=intervals, caption=caption))
        if curve is not None:
            tables.append(curve_table(curve, everything=everything, caption=caption))
        if labels and (
            by_label := labels_table(board, rows, everything=everything, intervals=intervals, caption=caption)
        ):
            tables.append(by_label)
    notes = [f"{name}: left out: {reason}" for name, reason in board.absent.items()]
    notes += legend_lines(board) if legend else []
    notes += _provenance(board) if provenance else []
    return Display(tuple(tables), tuple(notes))


def leaderboard_text(
    board: Board,
    format_name: str,
    *,
    everything: bool = False,
    labels: bool = False,
    provenance: bool = False,
    intervals: bool = False,
) -> str:
    """Write the leaderboard in a text format. JSON and CSV have every row, the others those of ``leaderboard_view``.

    Args:
        board: The leaderboard.
        format_name: One of ``tables.FORMATS`` but ``rich``.
        everything: All settings of large grids instead of only the best and worst few.
        labels: A table of the figures by label, too.
        provenance: Which plugin, version and code is behind each tagger.
        intervals: Columns for the intervals of precision and recall.

    Returns:
        The text.
    """
    if format_name in {"json", "csv"}:
        return render_records(leaderboard_records(board.rows, nested=format_name == "json"), format_name)
    view = leaderboard_view(board, everything=everything, labels=labels, provenance=provenance, intervals=intervals)
    return render(view, format_name)


def leaderboard_records(rows: Iterable[Row], *, nested: bool = True) -> Iterator[dict[str, Any]]:
    """Flatten rows for JSON or CSV.

    Args:
        rows: Rows of a leaderboard.
        nested: Keep nested values, which JSON can hold and CSV cannot.

    Yields:
        Fractions, seconds and bytes, by the keys of ``COLUMNS``.
    """
    for row in rows:
        record = row.flat()
        if not nested:
            others = " ".join(f"{name}={value}" for name, value in row.other_f1.items())
            record |= {"other_f1": others, "others": others}
        yield record


def section_table(
    board: Board, rows: Sequence[Row], *, everything: bool, intervals: bool = False, caption: str = ""
) -> TableView:
    """Show the rows of one corpus and split, with notes.

    Args:
        board: The leaderboard.
        rows: The rows of one corpus and split.
        everything: All settings of large grids.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        caption: What must be said wherever the table stands alone.

    Returns:
        The table.
    """
    shown, more = listing(rows, everything=everything)
    notes = (*more, *remarks(rows), *board.notes.get((rows[0].dataset, rows[0].split), ()))
    made = ranked_table(title(rows), shown, machines=len(board.machines) > 1, intervals=intervals, caption=caption)
    return replace(made, notes=notes, problems=tuple(unmeasured(rows)))


def ranked_table(
    heading: str, rows: Sequence[Row], *, machines: bool = False, intervals: bool = False, caption: str = ""
) -> TableView:
    """Show rows as a table in which the best, and those not significantly worse, are strong.

    Args:
        heading: The title of the table.
        rows: The rows, best first.
        machines: Whether there are several machines, and so a column for them.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        caption: What must be said wherever the table stands alone.

    Returns:
        The table. Costs and published figures have a column only if a row has them.
    """
    bar, low, high = _bar_column(rows)
    others = [
        Column(f"f1 {name}", f"F1 {name}", "percent", f"F1 by the evaluator {name}") for name in _other_names(rows)
    ]
    known = {key for key in _WHERE_KNOWN if any(_value(row, key) is not None for row in rows)}
    columns: list[Column] = []
    for key, column in COLUMNS.items():
        if column.shown and (key not in _WHERE_KNOWN or key in known) and (key != "machine" or machines):
            columns.append(bar if key == "f1_bar" else _with_room(column, intervals))
            columns += others if key == "ties" else []
    best = set(rows[0].ties) if rows else set()
    made = tuple(
        tuple(
            _cell(column, row, strong=row is rows[0] or bool(best & set(row.ties)))
            if column.kind != "bar"
            else TableCell(value=row.f1, bar=_bar(row, low, high))
            for column in columns
        )
        for row in rows
    )
    return TableView(heading, tuple(columns), made, sorted_by=columns.index(COLUMNS["f1"]), caption=caption)


def _with_room(column: Column, intervals: bool) -> Column:
    return replace(column, spare=False) if intervals else column


def labels_table(
    board: Board, rows: Sequence[Row], *, everything: bool, intervals: bool = False, caption: str = ""
) -> TableView | None:
    """Show the figures of the same taggers by label, frequent labels first.

    Args:
        board: The leaderboard.
        rows: The rows of one corpus and split.
        everything: All settings of large grids.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        caption: What must be said wherever the table stands alone.

    Returns:
        The table; None with a single label.
    """
    shown = {row.tagger: place for place, row in enumerate(listing(rows, everything=everything)[0])}
    here = (rows[0].dataset, rows[0].split)
    own = [
        row
        for row in board.rows
        if (row.dataset, row.split) == here and row.label not in AVERAGES and row.tagger in shown and row.has_figures
    ]
    support = {label: max(row.support or 0 for row in own if row.label == label) for label in {r.label for r in own}}
    if len(support) < 2:  # noqa: PLR2004
        return None
    own.sort(key=lambda row: (-support[row.label], row.label, shown[row.tagger]))
    published = any(row.published_f1 is not None for row in own)
    shown_keys = (key for key in _BY_LABEL if key != "published_f1" or published)
    columns = [_LABEL, *(_with_room(COLUMNS[key], intervals) for key in shown_keys)]
    made = tuple(tuple(_cell(column, row) for column in columns) for row in own)
    return TableView(f"{title(rows)}: by label", tuple(columns), made, identity=2, caption=caption)


def curve_table(curve: Curve, *, everything: bool, caption: str = "") -> TableView:
    """Show a learning curve: F1 with its interval at each fraction.

    Args:
        curve: The learning curve.
        everything: All settings of a grid instead of only the best.
        caption: What must be said wherever the table stands alone.

    Returns:
        A row for each tagger, a column for each fraction.
    """
    counts = {fraction: curve.documents(fraction) for fraction in curve.fractions}
    columns = (
        COLUMNS["tagger"],
        *(
            Column(f"f1_at_{fraction:g}", f"{100 * fraction:g}%{'' if n is None else f' ({n:,.0f})'}", "percent")
            for fraction, n in counts.items()
        ),
    )
    made = []
    for tagger in curve_taggers(curve, everything=everything):
        rows = curve.rows[tagger]
        shown = [rows.get(fraction) for fraction in curve.fractions]
        if any(row is not None and row.f1 is not None for row in shown):
            name = f"{tagger}{' (tuned)' if rows[max(rows)].tuned else ''}"
            made.append((TableCell(name), *(_estimate(row) for row in shown)))
    names = interval_names(row for rows in curve.rows.values() for row in rows.values())
    heading = f"{curve.dataset} · {curve.split} · F1 by share of the training documents (their number){names}"
    return TableView(heading, columns, tuple(made), problems=tuple(curve.unmeasured()), caption=caption)


def curve_taggers(curve: Curve, *, everything: bool) -> list[str]:
    """Select the taggers of a learning curve.

    Args:
        curve: The learning curve.
        everything: All settings of a grid instead of only the best at the largest fraction.

    Returns:
        Their ids, best first.
    """
    last = {tagger: rows[max(rows)] for tagger, rows in curve.rows.items()}
    kept = tuple(last.values()) if everything else best_only(tuple(last.values()), most=1)
    return [row.tagger for row in kept]


def _estimate(row: Row | None) -> TableCell:
    if row is None or row.f1 is None:
        return TableCell()
    interval = bounds(row)
    shown = f" {interval}" if interval.startswith("±") else f" ({interval})" if interval else ""
    return TableCell(percent(row.f1) + shown, row.f1)


def _cell(column: Column, row: Row, *, strong: bool = False) -> TableCell:
    match column.key:
        case "tagger":
            return TableCell(name_of(row), note=row.family)
        case "f1":
            return column.cell(row.f1, strong=strong and row.f1 is not None)
        case "precision_interval" | "recall_interval" | "f1_interval":
            figure = column.key.removesuffix("_interval")
            low, high = getattr(row, f"{figure}_low"), getattr(row, f"{figure}_high")
            # Sorted by how wide it is.
            return column.cell(None if low is None or high is None else high - low, bounds(row, figure))
        case "machine":
            several = "several" if row.folds and not row.imported else ""
            return column.cell(text=row.cost.machine or several if row.folds else "")
        case key if key.startswith("f1 "):
            return column.cell(row.other_f1.get(key.removeprefix("f1 ")))
        case key:
            return cost_cell(column, row) if f"{key}_sd" in _COSTS else column.cell(_value(row, key))


def cost_cell(column: Column, row: Row) -> TableCell:
    """Show a cost with its spread over folds.

    Args:
        column: The column of the cost.
        row: A row of a leaderboard.

    Returns:
        The cost, with its standard deviation where two folds or more were measured.
    """
    value = _value(row, column.key)
    text = "" if value is None else with_spread(column.kind, value, getattr(row.cost, f"{column.key}_sd"))
    return column.cell(value, text)


def _value(row: Row, key: str) -> Any:
    value = getattr(row.cost if key in _COSTS else row, key)
    # A process that never touched a GPU has none of its memory.
    return value or None if key == "peak_gpu_memory_bytes" else value


def _other_names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.other_f1))


_ROOM, _LEAST_RANGE = 0.08, 0.05


def _bar_column(rows: Sequence[Row]) -> tuple[Column, float, float]:
    """The column of bars with the ends of their scale, whole percents."""
    values = [v for row in rows for v in (row.f1, row.f1_low, row.f1_high, row.published_f1) if v is not None]
    low, high = 0.0, 1.0
    if values:
        room = max(_ROOM * (max(values) - min(values)), _LEAST_RANGE / 2)
        low, high = max(0.0, round(min(values) - room, 2)), min(1.0, round(max(values) + room, 2))
    return Column("f1_bar", f"F1 from {100 * low:.0f} to {100 * high:.0f}", "bar"), low, high


def _bar(row: Row, low: float, high: float) -> Bar | None:
    def place(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - low) / (high - low), 2)

    middle, published = place(row.f1), place(row.published_f1)
    if middle is None and published is None:
        return None
    return Bar(middle, place(row.f1_low), place(row.f1_high), published)


def bounds(row: Row, figure: str = "f1") -> str:
    """Show the interval of a figure in percent.

    Args:
        row: A row of a leaderboard.
        figure: ``precision``, ``recall`` or ``f1``.

    Returns:
        ± half its width if it is symmetric about the figure, otherwise its two ends; empty without an interval.
    """
    return percent_between(getattr(row, figure), getattr(row, f"{figure}_low"), getattr(row, f"{figure}_high"))


def interval_names(rows: Iterable[Row]) -> str:
    """Name the intervals of some rows, for a headline.

    Args:
        rows: Rows of a leaderboard.

    Returns:
        Such as `` · 95% nadeau-bengio``; empty where no row has an interval.
    """
    kinds = dict.fromkeys(row.interval for row in rows if row.interval)
    return f" · 95% {' or '.join(kinds)}" if kinds else ""


def ceiling(row: Row) -> str:
    """Say what a word tagger without mistakes reaches, for a headline.

    Args:
        row: A row of a leaderboard.

    Returns:
        Such as `` · exact-span ceiling F1 85.7 (P 87.5, R 83.9)``; empty from 99.5 on, or where it is not known.
    """
    if row.ceiling_f1 is None or row.ceiling_f1 >= HIGH_ENOUGH:
        return ""
    figures = f"P {percent(row.ceiling_precision)}, R {percent(row.ceiling_recall)}"
    return f" · exact-span ceiling F1 {percent(row.ceiling_f1)} ({figures})"


def title(rows: Sequence[Row]) -> str:
    """Describe a table's rows: corpus, split, folds, gold, the kind of their intervals, the ceiling of the words.

    Args:
        rows: The rows of one corpus and split, at least one.

    Returns:
        The title, with the document limit and the replaced corpus where there are such.
    """
    row = rows[0]
    folds = f"{row.folds_planned} fold{'s' if row.folds_planned != 1 else ''}"
    text = f"{row.dataset} · {row.split} · {folds} · {'all gold' if row.gold == 'all' else 'flat gold'}"
    if row.limit is not None:
        text += f" · only {row.limit:,} documents"
    if row.stand_in_for:
        text += f" · standing in for {row.stand_in_for}"
    return f"{text}{interval_names(rows)}{ceiling(row)}"


def name_of(row: Row) -> str:
    """Name the tagger of a row.

    Args:
        row: A row of a leaderboard.

    Returns:
        Its id; in brackets whether it was tuned, how many folds were measured if not all, and whether it was imported.
    """
    partial = f" ({row.folds}/{row.folds_planned})" if 0 < row.folds < row.folds_planned else ""
    return f"{row.tagger}{' (tuned)' if row.tuned else ''}{partial}{' (imported)' if row.imported else ''}"


def remarks(rows: Sequence[Row]) -> list[str]:
    """Describe the best settings of grids and of tuned taggers.

    Args:
        rows: The rows of a table.

    Returns:
        A line for each grid and each tuned tagger.
    """
    lines = [_best_of(grid) for grid in grids(rows) if grid.best is not None]
    lines += [f"{row.tagger}, tuned: best values {values}." for row in rows if (values := tuned_values(row.tuned))]
    return lines


def _best_of(grid: Grid) -> str:
    best = grid.best
    where = f"{setting(best.grid_point)}, F1 {percent(best.f1)}" if best is not None else "none"
    return (
        f"{grid.tagger_id}: best of {len(grid.measured):,} settings: {where} (chosen on the test folds, so optimistic)."
    )


def legend_lines(board: Board) -> list[str]:
    """Explain the figures: mean, interval, test, machines.

    Args:
        board: The leaderboard.

    Returns:
        A line for each explanation.
    """
    kinds = dict.fromkeys(row.interval for row in board.rows if row.interval) or {board.interval: None}
    over = (f"{kind} over {'documents or groups, pooled' if kind in RESAMPLED else 'folds'}" for kind in kinds)
    lines = [
        f"P, R, F1: {_judged(board)}, micro, mean over folds in percent; interval: 95% {' or '.join(over)}.",
        *([_ONE_FOLD] if any(row.folds_planned == 1 for row in board.rows) and board.interval not in RESAMPLED else []),
        *(_GOLD[kind] for kind in ("all", "flat") if any(row.gold == kind for row in board.rows)),
        _TIES,
    ]
    if any(row.cost.fit_seconds is not None for row in board.rows):
        lines.append("Fit, Predict: wall seconds a fold; Memory: the largest peak of a cell's own process.")
    if any(row.cost.fit_seconds_sd is not None for row in board.rows):
        lines.append("± after a cost: its standard deviation over folds.")
    if any(row.grid_point for row in board.rows):
        lines.append(GRID)
    if any(row.tuned for row in board.rows):
        lines.append(_TUNED)
    sources = sorted({row.published_source for row in board.rows if row.published_source})
    if sources:
        lines.append(f"Paper: F1 as published, {'; '.join(sources)}.")
    lines += [f"Machine {name}: {describe(vars(facts))}." for name, facts in sorted(board.machines.items())]
    return lines


def _judged(board: Board) -> str:
    names = sorted({row.evaluator for row in board.rows})
    return "exact spans" if names in ([], ["exact"]) else f"by the evaluator {', '.join(names)}"


def _provenance(board: Board) -> list[str]:
    """Which plugin, of which version and code, is behind each tagger: a line for each plugin."""
    taggers: dict[tuple[str, str, str], dict[str, None]] = {}
    for row in board.rows:
        if not row.imported:
            taggers.setdefault((row.use, row.version, row.code), {})[row.tagger_id] = None
    return [
        f"Plugin {use} {version}, code {code}: {', '.join(names)}." for (use, version, code), names in taggers.items()
    ]
