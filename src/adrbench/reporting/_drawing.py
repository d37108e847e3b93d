"""How figures look and where they go: into the page as SVG that follows its theme, into a folder for a paper."""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from adrbench._system.paths import move
from adrbench.errors import InputError
from adrbench.reporting._content import Figure


@dataclass(frozen=True)
class Look:
    """Width in inches, size of text in points, colours. ``series``: one for each kind of thing that is drawn."""

    width: float
    size: float
    ink: str
    muted: str
    faint: str
    paper: str
    series: tuple[str, ...]


# Okabe and Ito (2008), told apart by readers with any colour vision; yellow is left out: too pale on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666")
# In the page a colour is a variable of its style sheet. Until then these, which nothing else has, stand for them.
_VARIABLES = {f"#0a0b{n:02x}": f"var(--c{n})" for n in range(len(PALETTE))} | {
    "#0a0c00": "var(--ink)",
    "#0a0c01": "var(--muted)",
    "#0a0c02": "var(--faint)",
    "#0a0c03": "var(--paper)",
}
WEB = Look(5.0, 10.0, "#0a0c00", "#0a0c01", "#0a0c02", "#0a0c03", tuple(_VARIABLES)[: len(PALETTE)])
# Widths of one and two columns as most journals have them.
SINGLE = Look(3.35, 8.0, "#000000", "#555555", "#dddddd", "#ffffff", PALETTE)
DOUBLE = Look(7.0, 9.0, "#000000", "#555555", "#dddddd", "#ffffff", PALETTE)
LOOKS: Mapping[str, Look] = {"single": SINGLE, "double": DOUBLE}
FORMS = ("svg", "pdf", "png")


def require_matplotlib() -> None:
    """Check, before anything is computed or written, that figures can be drawn.

    Raises:
        InputError: If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415
    except ImportError as error:
        raise InputError("figures need matplotlib: pip install 'adrbench[report]'") from error


def inline(figure: Figure) -> str:
    """The figure as an ``svg`` element, with title and description, in the colours of the page. The same every time."""
    stream = io.StringIO()
    with _style(WEB, salt=figure.name):
        _drawn(figure, WEB).savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    return _as_element(stream.getvalue(), figure)


def write(figures: Iterable[Figure], folder: Path) -> Iterator[Path]:
    """Write each figure for one and for two columns, as SVG, PDF and PNG, into a folder; give the files' paths.

    Raises ``InputError`` if a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        for name, look in LOOKS.items():
            with _style(look, salt=figure.name):
                drawn = _drawn(figure, look)
                for format_name in FORMS:
                    path = folder / f"{figure.name}-{name}.{format_name}"
                    save(drawn, path, format_name)
                    yield path


def _drawn(figure: Figure, look: Look) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (half a second to import)
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415

    # Text is smaller on paper, and so are the rows it stands in.
    canvas = Canvas(figsize=(look.width, figure.height * look.size / WEB.size), layout="constrained")
    FigureCanvasAgg(canvas)
    figure.draw(canvas, look)
    # Laid out once, not again for each form.
    canvas.draw_without_rendering()
    canvas.set_layout_engine("none")
    return canvas


@contextmanager
def _style(look: Look, salt: str) -> Iterator[None]:
    import matplotlib as mpl  # noqa: PLC0415

    style: dict[Any, Any] = {
        "font.size": look.size,
        "axes.titlesize": look.size,
        "axes.labelsize": look.size,
        "xtick.labelsize": look.size,
        "ytick.labelsize": look.size,
        "legend.fontsize": look.size,
        "legend.frameon": False,
        "text.color": look.ink,
        "text.parse_math": False,  # a name may hold a dollar sign
        "axes.labelcolor": look.ink,
        "axes.edgecolor": look.muted,
        "axes.linewidth": 0.6,
        "axes.facecolor": "none",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": look.muted,
        "ytick.color": look.muted,
        "xtick.labelcolor": look.ink,
        "ytick.labelcolor": look.ink,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "grid.color": look.faint,
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.2,
        "hatch.linewidth": 0.6,
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "pdf.fonttype": 42,  # text stays text
    }
    with mpl.rc_context(style), quiet():
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings of matplotlib from a user who can do nothing about them.

    Whoever looks at an SVG or a page may have a font for what matplotlib's own cannot show. A figure that is too narrow
    for its names is drawn with names that overlap or are cut.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        yield


def save(drawn: Any, path: Path, format_name: str, dpi: int = 300) -> None:
    """Write what was drawn, whole or not at all, the same bytes every time.

    Raises:
        InputError: If the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    undated: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    try:
        drawn.savefig(draft, format=format_name, dpi=dpi, metadata=undated.get(format_name, {}))
        move(draft, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            draft.unlink()


_COLOUR = re.compile("|".join(_VARIABLES))
_NOISE = re.compile(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->", re.DOTALL)
_GROUP_ID = re.compile(r'(<g) id="[^"]*"')
_EMPTY = re.compile(r"<g\s*/>")
_FONT = re.compile(r" ?font-family: [^;\"]*;?")
_DIGITS = re.compile(r"(\.\d\d)\d+")
_TAG = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r">\s+<")
_BOX = re.compile(r'viewBox="[^"]*"')


def _as_element(document: str, figure: Figure) -> str:
    """Matplotlib's SVG document as an element of a page: no header, no ids that two figures would share."""
    start = document.index("<svg")
    body = _NOISE.sub("", document[document.index(">", start) + 1 :])
    box = _BOX.search(document)
    body = _EMPTY.sub("", _GROUP_ID.sub(r"\1", body)).replace("xlink:href", "href")
    # The page's own font; a hundredth of a point is more than can be seen.
    body = _TAG.sub(lambda tag: _DIGITS.sub(r"\1", _FONT.sub("", tag[0])), body)
    body = _BLANKS.sub("><", _COLOUR.sub(lambda match: _VARIABLES[match[0]], body)).strip()
    # The id of a definition is a hash that has the figure's name in it, so no other figure has the same.
    return (
        f'<svg role="img" {box[0] if box else ""} aria-labelledby="{figure.name}-title {figure.name}-desc">'
        f'<title id="{figure.name}-title">{escape(figure.title)}</title>'
        f'<desc id="{figure.name}-desc">{escape(figure.summary)}</desc>{body}'
    )
