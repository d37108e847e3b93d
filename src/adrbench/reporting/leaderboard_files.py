"""The leaderboard for other programs and for papers: JSON and CSV in fractions, Markdown and LaTeX in percent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from adrbench.reporting._provenance import provenance
from adrbench.results.leaderboard.curves import sections
from adrbench.results.leaderboard.grids import listing
from adrbench.results.leaderboard.rows import RENAMED, Board, Row, unmeasured
from adrbench.results.leaderboard.text import (
    bounds,
    curve_head,
    curve_rows,
    curve_title,
    extra_costs,
    legend,
    name_of,
    percent,
    remarks,
    seconds,
    size,
    title,
)


def to_json(board: Board) -> str:
    """A list of objects, one for each dataset, split, tagger and label; figures are fractions, times seconds."""
    return json.dumps([row.flat() for row in board.rows], indent=2, ensure_ascii=False)


def to_csv(board: Board) -> str:
    """The same rows with a header; F1 by fold is separated by spaces."""
    stream = io.StringIO()
    flat = [row.flat() for row in board.rows]
    writer = csv.DictWriter(stream, fieldnames=list(flat[0]) if flat else ["dataset"], lineterminator="\n")
    writer.writeheader()
    for row in flat:
        others = " ".join(f"{name}={value}" for name, value in row["other_f1"].items())
        settings = {name: json.dumps(row[name]) if row[name] else "" for name in ("grid_point", "tuned")}
        texts = {**settings, "fold_f1": " ".join(map(str, row["fold_f1"])), "other_f1": others}
        writer.writerow({**row, **texts, **{old: texts[new] for old, new in RENAMED.items() if new in texts}})
    return stream.getvalue().rstrip("\n")


_HEAD = ("Tagger", "P", "R", "F1", "95%", "Ties", "Published F1", "Fit s", "Predict s", "Memory")


def _head(first: Row, rows: Sequence[Row]) -> list[str]:
    return [*_HEAD[:6], *(f"F1 {name}" for name in first.other_f1), *_HEAD[6:], *extra_costs(rows)]


def _lines(rows: Sequence[Row]) -> list[list[str]]:
    extra = extra_costs(rows)
    return [
        [
            name_of(row),
            percent(row.precision),
            percent(row.recall),
            percent(row.f1),
            bounds(row),
            row.ties,
            *map(percent, row.other_f1.values()),
            percent(row.published_f1),
            seconds(row.cost.fit_seconds),
            seconds(row.cost.predict_seconds),
            size(row.cost.peak_memory_bytes),
            *(told(row.cost)[0] for told in extra.values()),
        ]
        for row in rows
    ]


def to_markdown(board: Board, *, everything: bool = False, with_provenance: bool = False) -> str:
    """A table for each corpus and split, what could not be measured, and what the figures are.

    Splits at several fractions share a table of F1. ``everything``: all settings of large grids. ``with_provenance``:
    which plugin, version and code is behind each tagger.
    """
    parts: list[str] = []
    for rows, curve in sections(board):
        shown, more = listing(rows, everything=everything)
        head = _head(rows[0], shown)
        parts.append(f"**{title(rows[0])}**\n")
        parts.append("| " + " | ".join(head) + " |")
        parts.append("|---|" + "---:|" * 4 + "---|" + "---:|" * (len(head) - 6))
        parts += ["| " + " | ".join(map(_escaped, line)) + " |" for line in _lines(shown)]
        parts.append("")
        parts += [f"- {_escaped(line)}" for line in more]
        parts += [f"- {taggers}: {status}, {_escaped(reason)}" for taggers, status, reason in unmeasured(rows)]
        parts += [f"- {_escaped(line)}" for line in remarks(rows)]
        parts += [f"- {_escaped(line)}" for line in board.notes.get((rows[0].dataset, rows[0].split), ())]
        parts.append("")
        if curve is not None:
            parts.append(f"**{curve_title(curve)}**\n")
            parts.append("| " + " | ".join(["Tagger", *curve_head(curve)]) + " |")
            parts.append("|---|" + "---:|" * len(curve.fractions))
            lines = curve_rows(curve, everything=everything)
            parts += ["| " + " | ".join(map(_escaped, line)) + " |" for line in lines]
            parts.append("")
            parts += [f"- {who}: {status}, {_escaped(reason)}" for who, status, reason in curve.unmeasured()]
            parts.append("")
    parts += [f"- {name}: left out, {_escaped(reason)}" for name, reason in board.absent.items()]
    below = [*legend(board), *(provenance(board) if with_provenance else ())]
    parts += [f"<sub>{line}</sub>  " for line in below]
    return "\n".join(parts)


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def to_latex(board: Board, *, everything: bool = False) -> str:
    """A booktabs table for each corpus and split. The best F1, and those not significantly below it, are bold.

    Splits at several fractions share a table of F1. ``everything``: all settings of large grids.
    """
    parts: list[str] = []
    what = " ".join(legend(board)[:2])
    for rows, curve in sections(board):
        shown, more = listing(rows, everything=everything)
        best = set(shown[0].ties) if shown else set()
        caption = " ".join([f"{title(rows[0])}. {what}", *(f"{line.removesuffix(': --all')}." for line in more)])
        lines = [list(map(_tex, line)) for line in _lines(shown)]
        for row, line in zip(shown, lines, strict=True):
            if row.f1 is not None and (row is shown[0] or best & set(row.ties)):
                line[3] = rf"\textbf{{{line[3]}}}"
        head = _head(rows[0], shown)
        parts.append(_tabular(caption, f"lrrrrl{'r' * (len(head) - 6)}", head, lines))
        if curve is not None:
            columns = ["Tagger", *curve_head(curve)]
            lines = [list(map(_tex, line)) for line in curve_rows(curve, everything=everything)]
            parts.append(_tabular(f"{curve_title(curve)}. {what}", f"l{'r' * len(curve.fractions)}", columns, lines))
    return "\n".join(parts).rstrip()


def _tabular(caption: str, columns: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_tex(caption)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            " & ".join(map(_tex, head)) + r" \\",
            r"\midrule",
            *(" & ".join(line) + r" \\" for line in lines),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


_TEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%_#${}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "–": "--",
        "·": r"$\cdot$",
        "±": r"$\pm$",
        "…": r"\ldots{}",
    }
)


def _tex(text: str) -> str:
    return text.translate(_TEX)
