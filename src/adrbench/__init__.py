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

    from adrbench.config.model import Benchmark
    from adrbench.reporting.advice import Advice
    from adrbench.reporting.notebook import Results
    from adrbench.results.audit.audit import Audit
    from adrbench.results.forecast import Forecast
    from adrbench.results.leaderboard import Board
    from adrbench.results.merge import Merged
    from adrbench.results.migration import Migration
    from adrbench.results.verification import Check
    from adrbench.running.availability import Availability
    from adrbench.running.estimator import Estimator
    from adrbench.running.fit import Fitted
    from adrbench.running.init import Started
    from adrbench.running.run import View
    from adrbench.running.tagging.tag import Tagging
    from adrbench.running.tagging.tag import View as TaggingView
    from adrbench.scoring.external.spans import Documents, Texts
    from adrbench.scoring.statistics.kinds import IntervalKind

__all__ = [
    "Results",
    "__version__",
    "audit",
    "benchmarks",
    "evaluate",
    "fit",
    "forecast",
    "init",
    "leaderboard",
    "load",
    "merge",
    "migrate",
    "recommend",
    "run",
    "tag",
    "tagger",
    "validate",
    "verify",
]


def run(file: str | Path, *, results: str | Path | None = None, view: View | None = None, **options: Any) -> Results:
    """Run the unfinished cells of a benchmark file.

    Args:
        file: The benchmark file, or the name of a benchmark that comes with adrbench.
        results: The results folder; None: ``runs/NAME``, by the benchmark's name.
        view: Its methods are called as the run goes on.
        options: The fields of ``adrbench.running.options.Options``: ``only``, ``splits``, ``folds``, ``limit`` and so
            on.

    Returns:
        The results of the benchmark.

    Raises:
        adrbench.errors.InputError: If the file, an option, a corpus or the results folder is wrong. Nothing was
        measured.
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


def benchmarks(*, offline: bool = False) -> tuple[Availability, ...]:
    """List the benchmarks that come with adrbench, and what they lack on this machine. No corpus is read.

    Args:
        offline: Use no network.

    Returns:
        The benchmarks, in alphabetical order; ``.name`` is what ``run`` takes.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.running.availability import availabilities  # noqa: PLC0415

    return availabilities(Registry(), offline=offline)


def fit(
    file: str | Path,
    tagger: str,
    out: str | Path,
    *,
    dataset: str = "",
    split: str = "",
    results: str | Path | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    offline: bool = False,
    scores: bool = True,
    overwrite: bool = False,
) -> Fitted:
    """Fit a tagger of a benchmark on all documents of a corpus, under the conditions of a cell, and keep it.

    Args:
        file: The benchmark file, or the name of a benchmark that comes with adrbench.
        tagger: The id of the row: of a tagger, or of a point of its grid.
        out: A folder that is new or empty.
        dataset: The corpus; empty: the only one.
        split: The split whose conditions hold; empty: the first grouped one, else the first.
        results: A results folder, whose figures are kept beside; None: ``runs/NAME``, if it is there.
        device: The device.
        offline: Use no network.
        scores: Ask the tagger for the scores of spans.
        overwrite: Replace a tagger that is kept in the folder.

    Returns:
        The folder, with what is known of the tagger.

    Raises:
        adrbench.errors.InputError: If a name, the corpus, the folder or the results are wrong. Nothing was fitted.
        adrbench.errors.FitFailed: If the tagger cannot be fitted. Nothing was kept.
    """
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.tagger_card import tagger_card  # noqa: PLC0415
    from adrbench.results.store import find_results  # noqa: PLC0415
    from adrbench.running.fit import fit as fit_tagger  # noqa: PLC0415

    registry = Registry()
    benchmark = read_benchmark(Path(file), registry, offline=offline)
    return fit_tagger(
        benchmark,
        Path(out),
        tagger,
        registry,
        card=tagger_card,
        dataset=dataset,
        split=split,
        results=find_results(Path(results) if results else None, benchmark.benchmark.name),
        device=device,
        offline=offline,
        scores=scores,
        overwrite=overwrite,
    )


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
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.audit_files import write_audit  # noqa: PLC0415
    from adrbench.reporting.comparison_texts import read_texts  # noqa: PLC0415
    from adrbench.reporting.notebook import Results  # noqa: PLC0415
    from adrbench.results.store import Store  # noqa: PLC0415

    registry = Registry()
    opened = Results(results, registry=registry)
    audits = opened.audit(dataset=dataset, splits=splits)
    texts = None
    if benchmark is not None:
        texts = read_texts(Path(benchmark), opened.folder, [one.dataset for one in audits], registry)
    files = {"html": html, "jsonl": jsonl, "brat": brat}
    named = {form: Path(path) for form, path in files.items() if path is not None}
    write_audit(audits, Store(opened.folder), registry, limit=limit, texts=texts, **named)
    return audits


def leaderboard(
    results: str | Path, *, interval: IntervalKind | None = None, evaluator: str = "", front: bool = False
) -> Board:
    """Read the leaderboard of a results folder.

    Args:
        results: The results folder.
        interval: The kind of confidence interval of precision, recall and F1; None: the default of all commands.
        evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
        front: Only taggers on the Pareto front of F1, time and memory.

    Returns:
        The leaderboard. ``.rows`` are plain objects, and figures are fractions.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, or there is no such evaluator or interval.
    """
    from adrbench.reporting.notebook import Results  # noqa: PLC0415
    from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL  # noqa: PLC0415

    return Results(results).leaderboard(interval=interval or DEFAULT_INTERVAL, evaluator=evaluator, front=front)


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
    from adrbench.reporting.notebook import Results  # noqa: PLC0415

    return Results(results).forecast(target=target, **options)


def merge(results: Sequence[str | Path], *, into: str | Path) -> Merged:
    """Merge results folders of several people or machines into one, by the keys of cells.

    Args:
        results: The results folders; they are only read.
        into: A folder that is new or empty, or a results folder, which then counts as the first.

    Returns:
        The counts, and the cells on whose predictions folders disagree; ``.lines()`` says them.

    Raises:
        adrbench.errors.InputError: If a folder is no results folder or is damaged, or if plans contradict each other.
    """
    from adrbench.results.merge import merge as merge_results  # noqa: PLC0415

    return merge_results([Path(one) for one in results], Path(into))


def recommend(results: str | Path, **asked: Any) -> tuple[Advice, ...]:
    """Say which tagger of a results folder to use, and what it will cost.

    Args:
        results: The results folder.
        asked: What ``Results.recommend`` takes: ``dataset``, ``split``, ``label``, ``margin``, ``documents``,
            ``prices``, ``max_memory`` and so on.

    Returns:
        The advice for each corpus: ``tagger``, ``reason``, ``f1``, ``costs``, ``alternatives``, ``warnings``.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, or a name or value is wrong.
    """
    from adrbench.reporting.notebook import Results  # noqa: PLC0415

    return Results(results).recommend(**asked)


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


def validate(file: str | Path) -> Benchmark:
    """Check a benchmark file without reading a corpus or running anything.

    Args:
        file: The benchmark file.

    Returns:
        What the file says, with every default filled in.

    Raises:
        adrbench.errors.ConfigError: With every problem of the file, each with its line and the closest valid name.
    """
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    return read_benchmark(Path(file), Registry(), offline=True)


def verify(
    results: str | Path,
    *,
    benchmark: str | Path | None = None,
    cells: int = 0,
    seed: int = 0,
    bound: float = 0.01,
    offline: bool = False,
) -> tuple[Check, ...]:
    """Check a results folder: files, folds, and every figure, counted anew from predictions.

    Args:
        results: The results folder; nothing is written to it.
        benchmark: The benchmark file that was run; None: corpora are not looked at, and no cell is run.
        cells: How many finished cells to run again, drawn at random.
        seed: The seed of that draw.
        bound: The largest difference in F1, a fraction, of a cell that is run again on another kind of machine.
        offline: Use no network.

    Returns:
        The checks; each has a ``name``, a ``state`` (``ok``, ``failed`` or ``skipped``) and a ``detail``.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, or the benchmark cannot be planned.
    """
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.running.verify import verify as checks  # noqa: PLC0415

    registry = Registry()
    read = read_benchmark(Path(benchmark), registry, offline=offline) if benchmark else None
    return tuple(checks(Path(results), registry, read, cells=cells, seed=seed, bound=bound, offline=offline))


def init(
    path: str | Path,
    out: str | Path | None = None,
    *,
    name: str = "",
    format_name: str = "",
    labels: Sequence[str] = (),
    words: str | None = None,
    group: str | None = None,
    params: Mapping[str, Any] | None = None,
    offline: bool = False,
) -> Started:
    """Recognise a corpus, and write a benchmark file to start from. The file runs as it is.

    Args:
        path: A file or folder, or the name of a corpus.
        out: The file to write, which must be new; None: ``NAME.toml`` in the current folder.
        name: The name of the benchmark and its corpus; empty: by the path.
        format_name: The format of the files; empty: recognised by their content.
        labels: The labels to find; empty: all.
        words: The word splitter; None: the words of the files, else the default splitter's.
        group: A regular expression that is searched for in the id of a document, to find its source; None: as the
            format has it.
        params: Parameters of the reader.
        offline: Use no network.

    Returns:
        The file, the corpus with its ledger and ceiling, its splits with their overlap, and how long a run takes.

    Raises:
        adrbench.errors.InputError: If the corpus cannot be recognised or read, has too few documents to divide, or the
            file exists. Nothing is written.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.running.init import Source  # noqa: PLC0415
    from adrbench.running.init import init as start  # noqa: PLC0415

    source = Source(str(path), format_name, name, tuple(labels), words, group, params, offline)
    return start(source, None if out is None else Path(out), Registry())


def evaluate(
    gold: Documents,
    predicted: Documents,
    evaluator: str = "exact",
    labels: Sequence[str] | None = None,
    *,
    texts: Texts | None = None,
) -> dict[str, Mapping[str, Any]]:
    """Score predicted spans against gold spans.

    Args:
        gold: A list of spans for each document, lists of spans by document id, or the spans of a single document. A
            span is a ``Span`` or ``(start, end, label)``, with offsets in characters.
        predicted: The predictions, in the form of ``gold`` and in the same order.
        evaluator: ``NAME`` or ``NAME:VARIANT``.
        labels: All labels; None: those that occur.
        texts: The texts in the form of ``gold``, for evaluators that compare words.

    Returns:
        Figures by label and by name. ``micro`` stands for all labels together. Figures are fractions, counts are
        numbers of spans. Without any span all of them are 0.

    Raises:
        adrbench.errors.InputError: If documents do not match, something is no span, a label is not in ``labels``, or
        the
            evaluator is unknown or needs ``texts``.
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
    """Make a tagger for use outside the harness.

    Args:
        use: The name of the tagger, as in a benchmark file.
        seed: The seed of whatever the tagger draws.
        threads: How many threads it may use; 0: one for each core.
        device: ``cpu``, ``cuda:0`` or ``auto``, which takes a GPU if there is one.
        offline: Use no network.
        unit: Whether a text is a sentence or a document. A document is split into sentences before words are made.
        scores: Give predicted spans a ``score`` (a fraction) if the tagger can tell. The spans stay the same.
        words: The word splitter, as in a benchmark file: ``nltk``, ``punctuation`` or ``module:function``.
        params: The tagger's parameters.

    Returns:
        An estimator with ``fit``, ``predict``, ``score``, ``save`` and ``load``.

    Raises:
        adrbench.errors.InputError: If the tagger or a parameter is unknown, or a value is not valid.
    """
    from adrbench.running.estimator import Estimator  # noqa: PLC0415

    return Estimator(
        use, seed=seed, threads=threads, device=device, offline=offline, unit=unit, scores=scores, words=words, **params
    )


def tag(
    folder: str | Path,
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    view: TaggingView | None = None,
    **options: Any,
) -> Tagging:
    """Tag files, folders or a corpus with a kept tagger, and write them in order. ``load`` tags texts in memory.

    The same call goes on after an interruption.

    Args:
        folder: The folder of the tagger.
        inputs: A file, a folder, ``-`` for standard input, the name of a corpus, or several of these.
        out: The file, folder, FIFO or device to write to; ``-`` for standard output.
        view: Its methods are called as texts are tagged.
        options: The fields of ``adrbench.running.tagging.tag.Options``: ``to``, ``reader``, ``min_score``,
            ``evaluator`` and so on.

    Returns:
        What was done: texts, failures, spans by label, and figures if an ``evaluator`` was named.

    Raises:
        adrbench.errors.InputError: If an input, an option, the folder or the output is wrong.
    """
    import sys  # noqa: PLC0415

    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.tagged_pages import make_pages  # noqa: PLC0415
    from adrbench.running.tagging.tag import from_names  # noqa: PLC0415
    from adrbench.running.tagging.tag import tag as tag_texts  # noqa: PLC0415

    several = [inputs] if isinstance(inputs, str | Path) else inputs
    return tag_texts(
        Path(folder),
        several,
        str(out),
        from_names(options),
        Registry(),
        stdout=sys.stdout.buffer,
        pages=make_pages,
        view=view,
    )


def load(folder: str | Path, *, trust: bool = False) -> Estimator:
    """Load a kept tagger, wherever it was kept: by ``fit``, by ``run`` with ``keep_models``, or by ``save``.

    Args:
        folder: The folder of the tagger.
        trust: Whether the folder may run code, as a pickle does. Trust only folders whose maker you know.

    Returns:
        The tagger, ready to predict. ``.record`` holds what is known of it.

    Raises:
        adrbench.errors.InputError: If the folder holds no tagger, is damaged or of another version, or needs trust.
    """
    from adrbench.running.estimator import Estimator  # noqa: PLC0415

    return Estimator.load(folder, trust=trust)


# Type checkers know the names above; they are not to believe in any other.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """``Results``, imported when it is first asked for."""
        if name == "Results":
            from adrbench.reporting.notebook import Results  # noqa: PLC0415

            return Results
        from adrbench.errors import closest  # noqa: PLC0415

        raise AttributeError(f"module 'adrbench' has no attribute {name!r}; {closest(name, __all__)}")
