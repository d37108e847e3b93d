"""Decisions: what a results folder says of its taggers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adrbench.plugins.registry import Registry
from adrbench.reporting.advice import Advice
from adrbench.reporting.audit_files import write_audit
from adrbench.reporting.comparison_texts import read_texts
from adrbench.reporting.notebook import Results
from adrbench.results.audit.audit import Audit
from adrbench.results.comparison.results import Found
from adrbench.results.forecast import Forecast
from adrbench.results.gate.baseline import read_baseline
from adrbench.results.gate.verdicts import GateVerdict, Limits, Selection, update_file
from adrbench.results.gate.verdicts import gate as judge
from adrbench.results.leaderboard import Board
from adrbench.results.prices import PriceSheet
from adrbench.results.store import Store, results_folder
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL

# The reference shows the name of this type instead of all that it stands for.
if TYPE_CHECKING:
    from adrbench.scoring.statistics.kinds import IntervalKind


def audit(
    results: str | Path,
    *,
    dataset: str = "",
    splits: str = "",
    limit: int = 100,
    benchmark: str | Path | None = None,
    html: str | Path | None = None,
    jsonl: str | Path | None = None,
    brat: str | Path | None = None,
) -> tuple[Audit, ...]:
    """Find gold that looks wrong, and write it to files for correction if any are named.

    Args:
        results: The results folder.
        dataset: The corpus; empty: all.
        splits: The split; empty: of each corpus that which keeps groups whole, else the first.
        limit: The most findings of each corpus that files have.
        benchmark: The benchmark file that says where the texts are; None: files have ids and offsets only.
        html: The page to write.
        jsonl: The file of JSON lines to write.
        brat: The new folder to write; it needs ``benchmark``.

    Returns:
        An audit of each corpus with taggers of two families or more, its ``items`` most likely errors first.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, a name is unknown, nothing can be audited, or
            something cannot be written.
    """
    registry = Registry()
    opened = Results(results, registry=registry)
    audits = opened.audit(dataset=dataset, splits=splits)
    texts = None
    if benchmark is not None:
        texts = read_texts(Path(benchmark), opened.folder, [one.dataset for one in audits], registry)
    files = {"html": html, "jsonl": jsonl, "brat": brat}
    named = {format_name: Path(path) for format_name, path in files.items() if path is not None}
    write_audit(audits, Store(opened.folder), registry, limit=limit, texts=texts, **named)
    return audits


def leaderboard(
    results: str | Path,
    *,
    interval: IntervalKind | None = None,
    evaluator: str = "",
    front: bool = False,
    prices: str | Path | PriceSheet | None = None,
    dataset: str = "",
    splits: str = "",
) -> Board:
    """Read the leaderboard of a results folder.

    Args:
        results: The results folder.
        interval: The kind of confidence interval of precision, recall and F1; None: the default of all commands.
        evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
        front: Only taggers on the Pareto front of F1, time, memory, and tokens or price.
        prices: A price sheet, or its file; None: nothing is priced.
        dataset: The corpus; empty: all.
        splits: The split; empty: all.

    Returns:
        The leaderboard. ``.rows`` are plain objects, and figures are fractions.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, there is no such evaluator, interval, corpus or
            split, or a price is lacking.
    """
    return Results(results).leaderboard(
        interval=interval or DEFAULT_INTERVAL,
        evaluator=evaluator,
        front=front,
        prices=prices,
        dataset=dataset,
        splits=splits,
    )


def forecast(results: str | Path, *, target: float | None = None, **options: Any) -> tuple[Forecast, ...]:
    """Forecast F1 with more annotated text, from the learning curves of a results folder.

    Args:
        results: The results folder.
        target: An F1 as a fraction, to say how many training documents it needs.
        options: The other options of ``Results.forecast``: ``times``, ``evaluator``, ``dataset``, ``splits``,
            ``tagger``.

    Returns:
        A forecast, or a refusal with its reason, for each corpus, split and tagger with a learning curve.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, a name or a number is not valid, or no split
            has a learning curve.
    """
    return Results(results).forecast(target=target, **options)


def compare(results: str | Path, a: str, b: str, **options: Any) -> Found:
    """Compare two taggers wherever both have every fold.

    Args:
        results: The results folder.
        a: The id of the first tagger, or ``ID@FOLDER`` for a tagger of another folder.
        b: The second tagger. Differences are ``a`` less ``b``.
        options: The other options of ``Results.compare``: ``evaluator``, ``interval``, ``dataset``, ``splits``.

    Returns:
        An object with the ``comparisons``, and the reason for each corpus and split ``left_out``.

    Raises:
        adrbench.errors.InputError: If a folder is no results folder, a name is unknown, or nothing can be compared.
    """
    return Results(results).compare(a, b, **options)


def gate(
    results: str | Path,
    baseline: str | Path,
    *,
    max_drop: float = 1.0,
    max_slowdown: float | None = None,
    datasets: Sequence[str] = (),
    splits: Sequence[str] = (),
    taggers: Sequence[str] = (),
    update: bool = False,
    evaluator: str = "",
) -> tuple[GateVerdict, ...]:
    """Compare results with a baseline, to find taggers that became worse.

    Args:
        results: The results folder.
        baseline: The file of the baseline.
        max_drop: By how many points F1 may fall.
        max_slowdown: How many times as long fit and predict may take on the same machine; None: any.
        datasets: Use only these corpora; empty: all.
        splits: Use only these splits; empty: all.
        taggers: Use only these taggers; empty: all.
        update: Write the baseline from the results before it is compared.
        evaluator: The evaluator of a new baseline; empty: the baseline's, else the benchmark's.

    Returns:
        A verdict on each row, with its ``key``, its ``outcome`` (``fine``, ``worse``, ``not compared`` or ``new``) and
        the ``reasons``.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, a name or number is wrong, the baseline cannot
            be read or written, or its corpora or folds are others.
    """
    registry, path = Registry(), Path(baseline)
    limits = Limits(max_drop, max_slowdown)
    choice = Selection(tuple(datasets), tuple(splits), tuple(taggers))
    store = Store(results_folder(Path(results), registry))
    if update:
        update_file(store, path, evaluator, registry, choice)
    return judge(store, read_baseline(path), limits, registry, choice)


def recommend(results: str | Path, **asked: Any) -> tuple[Advice, ...]:
    """Say which tagger of a results folder to use, and what it will cost.

    Args:
        results: The results folder.
        asked: What ``Results.recommend`` takes: ``dataset``, ``split``, ``label``, ``margin``, ``documents``,
            ``prices``, ``max_memory`` and so on.

    Returns:
        The advice for each corpus, with ``tagger``, ``reason``, ``f1``, ``costs``, ``alternatives``, ``warnings``.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, or a name or value is wrong.
    """
    return Results(results).recommend(**asked)
