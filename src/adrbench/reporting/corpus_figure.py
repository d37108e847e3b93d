"""A corpus in one picture: entities by label, their length, and the length of documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adrbench.datasets.statistics.counts import DatasetStatistics, Distribution, Entities
from adrbench.datasets.statistics.subwords import SubwordLengths
from adrbench.errors import InputError
from adrbench.reporting._drawing import PALETTE, quiet, require_matplotlib, save

SUFFIXES = (".png", ".svg", ".pdf")
_MOST_LABELS = len(PALETTE)
_MARKERS = "osD^vPX"
_LONGEST_ENTITY = 12
_FEWEST_PLACES = 3
_BINS = 40
_OTHERS = "others"


def check_figure(path: Path) -> None:
    """Check that a figure can be drawn, and written to a file of this name.

    Args:
        path: The file to write.

    Raises:
        InputError: If its suffix is not one of ``SUFFIXES``, or if matplotlib is not installed.
    """
    require_matplotlib()
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: a figure's name should end in {', '.join(SUFFIXES)}, not in {path.suffix!r}")


def draw(statistics: DatasetStatistics, title: str, path: Path, subwords: SubwordLengths | None = None) -> None:
    """Draw a corpus into a file, whole or not at all.

    Args:
        statistics: The counts of the corpus.
        title: The headline of the figure.
        path: The file to write; its suffix decides the format.
        subwords: The lengths of documents in subwords, to be drawn instead of those in words.

    Raises:
        InputError: If the suffix is not one of ``SUFFIXES``, or if the file cannot be written.
    """
    check_figure(path)
    import matplotlib as mpl  # noqa: PLC0415  (half a second, and only a figure needs it)
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # No pyplot and no global state; text of an SVG stays text, and the same corpus gives the same bytes.
    style: dict[Any, Any] = {
        "font.size": 10,
        "svg.fonttype": "none",
        "svg.hashsalt": "adrbench",
        "axes.spines.top": False,
        "text.parse_math": False,  # a label may hold a dollar sign
    }
    with mpl.rc_context({**style, "axes.spines.right": False}), quiet():
        figure = Figure(figsize=(11, 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        counts, lengths, documents = figure.subplots(1, 3)
        rows = _largest(statistics.labels)
        _draw_counts(counts, rows)
        _draw_lengths(lengths, rows)
        _draw_documents(documents, *((subwords.length, "subwords") if subwords else (statistics.length, "words")))
        sizes = f"{statistics.documents:,} documents, {statistics.words:,} words, {statistics.all.mentions:,} entities"
        figure.suptitle(f"{title}\n{sizes}", fontsize=12)
        save(figure, path, path.suffix.lower().removeprefix("."), dpi=150)


def _largest(rows: Sequence[Entities]) -> list[tuple[str, int, int, Distribution]]:
    """Labels with their mentions, unique ones and lengths, most frequent first, the rare ones taken together."""
    order = sorted(rows, key=lambda row: (-row.mentions, row.label))
    shown = order if len(order) <= _MOST_LABELS else order[: _MOST_LABELS - 1]
    lines = [(row.label, row.mentions, row.unique, row.length) for row in shown]
    if rest := order[len(shown) :]:
        together: dict[int, int] = {}
        for row in rest:
            for length, count in row.length.counts.items():
                together[length] = together.get(length, 0) + count
        unique = sum(row.unique for row in rest)
        lines.append((f"{len(rest)} {_OTHERS}", sum(row.mentions for row in rest), unique, Distribution(together)))
    return lines


def _draw_counts(axes: Any, rows: Sequence[tuple[str, int, int, Distribution]]) -> None:
    places = list(range(len(rows)))[::-1]
    bars = axes.barh(places, [row[1] for row in rows], color=PALETTE[: len(rows)], height=0.6, alpha=0.45)
    axes.barh(places, [row[2] for row in rows], color=PALETTE[: len(rows)], height=0.6)
    axes.bar_label(bars, [f"{row[1]:,}\n({row[2]:,} unique)" for row in rows], padding=4, fontsize=9)
    axes.set_yticks(places, [row[0] for row in rows])
    # Bars of a few labels are not blown up; to the right of them is room for their figures.
    spare = max(0, _FEWEST_PLACES - len(rows)) / 2
    axes.set_ylim(-0.7 - spare, len(rows) - 0.3 + spare)
    most = max(row[1] for row in rows)
    axes.set_xlim(0, 1.5 * most)
    axes.set_xticks([tick for tick in _few_ticks(3).tick_values(0, most) if tick <= most])
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_title("Entities (dark: unique)", fontsize=11)
    axes.set_xlabel("entities")


def _draw_lengths(axes: Any, rows: Sequence[tuple[str, int, int, Distribution]]) -> None:
    for (label, _, _, lengths), colour, marker in zip(rows, PALETTE, _MARKERS, strict=False):
        if not lengths.total:
            continue
        shares = dict.fromkeys(range(1, _LONGEST_ENTITY + 1), 0.0)
        for length, count in lengths.counts.items():
            place = min(max(length, 1), _LONGEST_ENTITY)
            shares[place] += 100 * count / lengths.total
        # As far as the longest of the label: beyond it lie no noughts to draw.
        end = min(lengths.most or 1, _LONGEST_ENTITY)
        drawn = [shares[place] for place in range(1, end + 1)]
        axes.plot(range(1, end + 1), drawn, color=colour, marker=marker, markersize=5, label=label)
    axes.set_xlim(0.5, _LONGEST_ENTITY + 0.5)
    ticks = [1, *range(2, _LONGEST_ENTITY, 2), _LONGEST_ENTITY]
    axes.set_xticks(ticks, [f"{tick}+" if tick == _LONGEST_ENTITY else str(tick) for tick in ticks])
    axes.set_ylim(bottom=0)
    axes.set_title("Length of entities", fontsize=11)
    axes.set_xlabel("words")
    axes.set_ylabel("% of the label's entities")
    if len(rows) > 1:
        axes.legend(frameon=False, fontsize=9)


def _draw_documents(axes: Any, lengths: Distribution, unit: str) -> None:
    most = lengths.most or 1
    width = max(1, -(-most // _BINS))
    edges = [width * place - 0.5 for place in range(most // width + 2)]
    axes.hist(list(lengths.counts), bins=edges, weights=list(lengths.counts.values()), color="#999999", rwidth=0.9)
    # The legend stands above the bars.
    axes.set_ylim(top=1.3 * axes.get_ylim()[1])
    for value, name, line in ((lengths.median, "median", "-"), (lengths.percentile(95), "95th percentile", "--")):
        if value is not None:
            shown = f"{name} {value:,g}"
            axes.axvline(value, ymax=0.8, color="#000000", linestyle=line, linewidth=1.2, label=shown)
    axes.xaxis.set_major_locator(_few_ticks())
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_title("Length of documents", fontsize=11)
    axes.set_xlabel(unit)
    axes.set_ylabel("documents")
    axes.legend(frameon=False, fontsize=9, loc="upper right")


def _few_ticks(most: int = 5) -> Any:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    return MaxNLocator(nbins=most, integer=True)
