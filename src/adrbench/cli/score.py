"""``adrbench score``."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.output import BOUNDS, INTERVAL, echo, format_option, show, show_leaderboard
from adrbench.errors import InputError, closest

if TYPE_CHECKING:
    from adrbench.plugins.registry import Registry
    from adrbench.results.leaderboard.rows import Row
    from adrbench.scoring.external.folds import Fold
    from adrbench.scoring.external.streams import Stream, TagColumns

# So many labels are named in a note.
_FEW = 10
_STDIN = Path("/dev/stdin")
_PATH = click.Path(path_type=Path)


@dataclass(frozen=True)
class _Input:
    """Where gold and predictions are.

    ``format_name``: of predictions that lie apart; ``columns`` for columns of tags. ``gold_format``: of their gold.
    """

    files: tuple[Path, ...]
    gold: tuple[Path, ...]
    predicted: tuple[Path, ...]
    format_name: str
    gold_format: str
    params: Mapping[str, object]
    reading: TagColumns


@click.command()
@click.argument("files", nargs=-1, type=_PATH)
@click.option(
    "--gold", multiple=True, type=_PATH, help="Read gold from this file or folder (repeatable: one for each fold)."
)
@click.option(
    "--predicted",
    multiple=True,
    type=_PATH,
    help="Read predictions from this file or folder (repeatable, in the same order).",
)
@click.option(
    "--from",
    "source_format",
    metavar="FORMAT",
    help="Read gold and predictions in this format.  [default: by name and content]",
)
@click.option(
    "--param", "params", multiple=True, metavar="KEY=VALUE", help="Set a parameter of that format (repeatable)."
)
@click.option(
    "--orphans",
    type=click.Choice(["begin", "reject"]),
    default="begin",
    show_default=True,
    help="Count (begin) or ignore (reject) a mention whose first tag is not a beginning tag.",
)
@click.option(
    "-d",
    "--delimiter",
    default="",
    metavar="TEXT",
    help="Separate columns at this text.  [default: a tab, else spaces]",
)
@click.option("-r", "--raw", is_flag=True, help="Read tags as bare labels without B- and I-; each token is a mention.")
@click.option("-o", "--outside", default="O", metavar="TAG", help="Read this tag, too, as outside of mentions.")
@click.option(
    "--borders",
    type=click.Choice(["gold", "predicted"]),
    help="Take the sentences of this file where the two cut them at other places.  [default: refuse such files]",
)
@click.option("--encoding", default="utf-8", show_default=True, help="Decode files of columns with this encoding.")
@click.option(
    "--evaluator",
    "evaluators",
    multiple=True,
    metavar="NAME[:VARIANT]",
    help="Score with this evaluator (repeatable).  [default: exact; with --results, the benchmark's]",
)
@click.option("--label", "labels", multiple=True, help="Score only this label (repeatable).  [default: all]")
@INTERVAL
@BOUNDS
@format_option("conlleval")
@click.option("--as", "name", metavar="NAME", help="Name the system; with --results, this is its row.")
@click.option("--results", type=_PATH, help="Import the predictions into this results folder.")
@click.option("--dataset", default="", help="Import into this corpus of the results folder.")
@click.option("--split", "--splits", "splits", default="", help="Import into this split of the corpus.")
def score(
    files: tuple[Path, ...],
    gold: tuple[Path, ...],
    predicted: tuple[Path, ...],
    source_format: str | None,
    params: tuple[str, ...],
    orphans: Any,
    delimiter: str,
    raw: bool,
    outside: str,
    borders: Any,
    encoding: str,
    evaluators: tuple[str, ...],
    labels: tuple[str, ...],
    interval: Any,
    intervals: bool,
    format_name: str,
    name: str | None,
    results: Path | None,
    dataset: str,
    splits: str,
) -> None:
    """Score the predictions of any system, without running it.

    FILES are columns with the gold and the predicted tag last, as conlleval reads them (standard input if there are
    none), one file, or one a fold. Or gold and predictions lie apart, in any format:

    \b
    adrbench score --format conlleval < output.txt
    adrbench score fold1.txt fold2.txt fold3.txt
    adrbench score --gold gold.tsv --predicted system.tsv
    adrbench score --gold brat/gold --predicted brat/system --evaluator overlap
    adrbench score --predicted system.jsonl --as system --results runs/ade --splits grouped
    """  # noqa: D301  (click keeps the lines below this character as they are)
    # A million tags are a million small objects, none of them garbage: the collector would walk them in vain.
    gc.disable()
    from adrbench.cli.data.selection import parse_params  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.scoring.external.streams import TagColumns  # noqa: PLC0415

    registry = Registry()
    _check_usage(files, gold, predicted, name, results)
    if results is not None:
        _refuse_options_of_columns()
    reading = TagColumns(delimiter, raw, outside, orphans, encoding, borders or "")
    own, gold_format = (_source_format(source_format, paths, registry) for paths in (predicted, gold))
    given = _Input(files, gold, predicted, own, gold_format, parse_params(params), reading)
    if results is not None:
        shown = format_name, intervals
        _import(given, results, name or "", dataset, splits, evaluators, interval, shown, labels, registry)
        return
    evaluators = evaluators or ("exact",)
    folds = _folds(given, evaluators, registry)
    if format_name == "conlleval":
        echo(_conlleval(folds, labels))
        return
    from adrbench.results.external import chosen, judge  # noqa: PLC0415

    folds = chosen(folds, labels)
    last = Path(folds[0].where)
    source = "standard input" if last == _STDIN else last.name
    scores = [
        judge(folds, evaluator, interval, registry, tagger=name or source, dataset=dataset, splits=splits)
        for evaluator in evaluators
    ]
    if format_name in {"json", "csv"}:
        _show_rows((row for one in scores for row in one.rows), interval, format_name)
    else:
        from adrbench.reporting.score_view import score_view  # noqa: PLC0415

        show(score_view(scores, _notes(folds, reading), intervals=intervals), format_name)


def _check_usage(
    files: Sequence[Path], gold: Sequence[Path], predicted: Sequence[Path], name: str | None, results: Path | None
) -> None:
    if files and (gold or predicted):
        raise InputError("FILES have gold and predictions in one; or give --gold and --predicted, not both")
    if results is not None and name is None:
        raise InputError("--results needs --as NAME: what the system is called there")
    if results is not None and (files or gold or not predicted):
        raise InputError("--results takes the predictions alone (--predicted): the results folder has the gold")
    if results is None and len(gold) != len(predicted):
        raise InputError(f"{len(gold)} --gold and {len(predicted)} --predicted: give both for each fold")
    for path in (*files, *gold, *predicted):
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
    for path in files:
        if path.is_dir() or path.suffix in {".jsonl", ".json", ".xml"}:
            raise InputError(f"{path}: should be columns with gold and predicted tags; else --gold G --predicted P")


def _refuse_options_of_columns() -> None:
    """Predictions that join a results folder are read by their format, which has parameters of its own."""
    context = click.get_current_context()
    for option in ("orphans", "delimiter", "raw", "outside", "borders", "encoding"):
        if context.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
            raise InputError(
                f"--{option} has no effect with --results; give the format's own, such as --param {option}=…"
            )


def _source_format(given: str | None, paths: Sequence[Path], registry: Registry) -> str:
    """The format of files that lie apart."""
    formats = registry.names("datasets")
    if given is not None and given not in formats:
        raise InputError(f"unknown format {given!r}; {closest(given, formats)}")
    if not paths:
        return given or "columns"
    guessed = given or _guessed(paths[0])
    return "columns" if guessed == "conll" and not paths[0].is_dir() else guessed


def _guessed(path: Path) -> str:
    """The format of a file by its name, else of a file or folder by its content."""
    from adrbench.cli.data.selection import guess_format  # noqa: PLC0415
    from adrbench.datasets.recognition import candidates  # noqa: PLC0415

    by_name = None if path.is_dir() else guess_format(path)
    # A FIFO can be read once.
    found = candidates(path) if by_name is None and (path.is_file() or path.is_dir()) else ()
    return by_name or (found[0].format if len(found) == 1 else "brat" if path.is_dir() else "columns")


def _folds(given: _Input, evaluators: Sequence[str], registry: Registry) -> list[Fold]:
    from adrbench.scoring.external import pairs, streams  # noqa: PLC0415

    formats = given.gold_format, given.format_name
    if given.reading.borders and (not given.predicted or formats != ("columns", "columns")):
        raise InputError("--borders is for two files of columns: one file, or one with whole texts, has its own")
    if not given.predicted:
        return [streams.read_stream(path, given.reading) for path in given.files or (_STDIN,)]
    both = list(zip(given.gold, given.predicted, strict=True))
    if formats == ("columns", "columns"):
        if given.params:
            raise InputError("--param is for other formats; columns of tags take -d, -r, -o, --encoding")
        return [streams.read_pair(*pair, given.reading) for pair in both]
    from adrbench.scoring.evaluators.build import describe_evaluator  # noqa: PLC0415

    words = any("tokens" in describe_evaluator(registry, evaluator)[0].needs for evaluator in evaluators)
    gold, predicted = ("conll" if name == "columns" else name for name in formats)
    return [
        pairs.read_pair(*pair, predicted, given.params, registry, gold_format=gold, with_tokens=words) for pair in both
    ]


def _streams(folds: Sequence[Fold]) -> list[Stream]:
    from adrbench.scoring.external.streams import Stream  # noqa: PLC0415

    return [fold for fold in folds if isinstance(fold, Stream)]


def _conlleval(folds: Sequence[Fold], labels: Sequence[str]) -> str:
    from adrbench.scoring.external.conlleval import to_conlleval  # noqa: PLC0415

    streams = _streams(folds)
    if not streams:
        raise InputError("--format conlleval is for columns of tags: it counts tokens")
    if labels:
        raise InputError("--format conlleval prints all labels, as conlleval does; leave out --label")
    return to_conlleval(streams)


def _notes(folds: Sequence[Fold], reading: TagColumns) -> list[str]:
    streams = _streams(folds)
    units = sum(len(set(fold.units)) for fold in folds)
    unknown = _unknown_labels(folds)
    if not streams:
        files = f"{len(folds)} file{'s' if len(folds) > 1 else ''}"
        return [f"Judged: {units:,} {folds[0].unit}s of {files}.", *unknown]
    tokens = sum(stream.processed for stream in streams)
    gold, predicted = (sum(stream.orphans[side] for stream in streams) for side in (0, 1))
    did = "they count" if reading.orphans == "begin" else "they do not count"
    return [
        f"Judged: {tokens:,} tokens in {units:,} {folds[0].unit}{'s' if units > 1 else ''}.",
        f"Orphans: {reading.orphans}. Begun without B- or S-: {gold:,} gold, {predicted:,} predicted mentions; {did}.",
        *unknown,
    ]


def _unknown_labels(folds: Sequence[Fold]) -> list[str]:
    """A note on predicted labels that no gold has, which may be another spelling."""
    labels = sorted({label for fold in folds for label in fold.labels})
    seen: tuple[set[int], set[int]] = set(), set()
    for fold in folds:
        for numbers, spans in zip(seen, fold.packed(labels), strict=True):
            numbers.update(spans.labels.tolist())
    gold, predicted = seen
    if not gold or predicted <= gold:
        return []
    alone, known = (", ".join(labels[n] for n in sorted(numbers)[:_FEW]) for numbers in (predicted - gold, gold))
    return [f"Predicted labels that no gold has: {alone}. Labels of gold: {known}."]


def _show_rows(rows: Iterable[Row], interval: Any, format_name: str) -> None:
    from adrbench.results.leaderboard.rows import Board  # noqa: PLC0415

    show_leaderboard(Board("", tuple(rows), interval, {}, {}), format_name)


def _import(
    given: _Input,
    results: Path,
    name: str,
    dataset: str,
    splits: str,
    evaluators: Sequence[str],
    interval: Any,
    shown: tuple[str, bool],
    labels: Sequence[str],
    registry: Registry,
) -> None:
    """Keep the predictions, and show the part of the leaderboard in which they now stand."""
    format_name, intervals = shown
    from adrbench.results.imports import keep_predictions  # noqa: PLC0415
    from adrbench.results.leaderboard import leaderboard  # noqa: PLC0415
    from adrbench.results.store import Store  # noqa: PLC0415
    from adrbench.scoring.external.predictions import read_predictions  # noqa: PLC0415

    if labels or format_name == "conlleval":
        raise InputError("--results shows the leaderboard: leave out --label and --format conlleval")
    store = Store(results)
    source_format = "conll" if given.format_name == "columns" else given.format_name
    files = [(str(path), read_predictions(path, source_format, given.params, registry)) for path in given.predicted]
    section = keep_predictions(store, name, files, registry, dataset, splits)
    here = (section.dataset, section.split)
    boards = []
    for evaluator in evaluators or ("",):
        board = leaderboard(store, registry, interval, evaluator)
        boards.append(replace(board, rows=tuple(row for row in board.rows if (row.dataset, row.split) == here)))
    if format_name in {"json", "csv"}:
        _show_rows((row for board in boards for row in board.rows), interval, format_name)
    else:
        for board in boards:
            show_leaderboard(board, format_name, intervals=intervals)
