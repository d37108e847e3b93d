"""adrbench: which kind of NER method should I use on this text, and what will it cost me?

``run`` and ``leaderboard`` do what the commands of the same names do, ``Results`` opens a results folder, ``evaluate``
judges spans, ``tagger`` gives a method for use outside the harness; ``adrbench.api`` is what a plugin imports.
Importing this package is cheap: what a function needs is imported when it is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from adrbench._system.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adrbench.reporting.notebook import Results
    from adrbench.results.leaderboard import Board
    from adrbench.results.migration import Migration
    from adrbench.running.estimator import Estimator
    from adrbench.running.run import View
    from adrbench.scoring.external.spans import Documents, Texts
    from adrbench.scoring.statistics.kinds import IntervalKind

__all__ = ["Results", "__version__", "evaluate", "leaderboard", "migrate", "run", "tagger"]


def run(file: str | Path, *, results: str | Path | None = None, view: View | None = None, **options: Any) -> Results:
    """Run what is not finished of a benchmark file, and give its results.

    ``results``: the results folder, else ``runs/NAME``. ``options``: those of
    ``adrbench.running.options.Options`` (``only``, ``splits``, ``folds``, ``limit``, ``jobs``, ``offline`` ...).
    ``view`` watches.

    Raises ``adrbench.errors.InputError`` before anything is measured if something given is wrong.
    """
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.notebook import Results  # noqa: PLC0415
    from adrbench.running import run as runs  # noqa: PLC0415
    from adrbench.running.options import from_names  # noqa: PLC0415

    registry, chosen = Registry(), from_names(options)
    benchmark = read_benchmark(Path(file), registry, offline=chosen.offline)
    folder = Path(results) if results else Path("runs") / benchmark.benchmark.name
    summary = runs.run(benchmark, folder, chosen, view or runs.View(), registry)
    return Results(folder, summary, registry)


def leaderboard(results: str | Path, *, interval: IntervalKind = "t", evaluator: str = "") -> Board:
    """The leaderboard of a results folder: ``.rows`` are plain objects, figures fractions.

    ``evaluator``: ``NAME`` or ``NAME:VARIANT``; by default what the benchmark ranks by.

    Raises ``adrbench.errors.StoreError`` if the folder is no results folder.
    """
    from adrbench.reporting.notebook import Results  # noqa: PLC0415

    return Results(results).leaderboard(interval=interval, evaluator=evaluator)


def migrate(results: str | Path) -> Migration:
    """Bring a results folder of an older format up to date, in place; nothing is lost.

    Args:
        results: the results folder.

    Returns:
        What was done; ``.lines()`` says it.

    Raises:
        adrbench.errors.StoreError: the folder is no results folder, or a run is writing to it.
    """
    from adrbench.results.migration import migrate as migrate_results  # noqa: PLC0415

    return migrate_results(Path(results))


def evaluate(
    gold: Documents,
    predicted: Documents,
    evaluator: str = "exact",
    labels: Sequence[str] | None = None,
    *,
    texts: Texts | None = None,
) -> dict[str, Mapping[str, Any]]:
    """Judge predicted spans by gold ones: figures by label and name, ``micro`` standing for all labels together.

    ``gold`` and ``predicted``: a list of spans for each document, in the same order; or by document id; or the spans of
    one document alone. A span is a ``Span`` or ``(start, end, label)``. ``evaluator``: ``NAME`` or ``NAME:VARIANT``.
    ``labels``: all labels that there are; by default those that occur. ``texts``, in the form of ``gold``: only for
    evaluators that judge words. Figures are fractions, counts are spans; without any span all of them are 0.

    Raises ``adrbench.errors.InputError`` for documents that don't match, for what is no span, for a label that is none
    of ``labels``, and for an evaluator that there is not or that needs to know more.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.scoring.external.spans import evaluate as judge  # noqa: PLC0415

    return judge(gold, predicted, evaluator, labels, texts, Registry())


def tagger(
    use: str,
    *,
    seed: int = 0,
    threads: int = 0,
    device: str = "auto",
    offline: bool = False,
    unit: Literal["sentence", "document"] = "document",
    scores: bool = False,
    words: str | None = None,
    **params: Any,
) -> Estimator:
    """A tagger with ``fit``, ``predict``, ``score``, ``save`` and ``load``, for use outside the harness.

    ``use``: its name, as in a benchmark file; ``params``: its parameters. ``threads``: 0 for as many as cores.
    ``device``: ``cpu``, ``cuda:0`` or ``auto``, for a GPU where there is one. ``unit``: whether a text is a sentence or
    a document of several, which are then split into words one by one. ``scores``: whether predicted spans have a
    ``score``, a fraction, where the tagger can tell how sure it is; the spans are the same with and without.
    ``words``: the splitter that makes words, as in a benchmark file (``nltk``, ``punctuation``, ``module:function``).

    Raises ``adrbench.errors.InputError`` for an unknown name, or unknown or mistyped parameters.
    """
    from adrbench.running.estimator import Estimator  # noqa: PLC0415

    return Estimator(
        use, seed=seed, threads=threads, device=device, offline=offline, unit=unit, scores=scores, words=words, **params
    )


# Type checkers know the names above; they are not to believe in any other.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """``Results``, imported when it is first asked for."""
        if name == "Results":
            from adrbench.reporting.notebook import Results  # noqa: PLC0415

            return Results
        from adrbench.errors import closest  # noqa: PLC0415

        raise AttributeError(f"module 'adrbench' has no attribute {name!r}; {closest(name, __all__)}")
