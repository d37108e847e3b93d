"""Which corpus a command is about, with which filters: by options, or by the entry of a benchmark file."""

from __future__ import annotations

import codecs
import gc
import math
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import echo
from adrbench.datasets.text.splitters import DEFAULT, problem
from adrbench.errors import InputError, closest

if TYPE_CHECKING:
    from adrbench.datasets.corpus import Corpus
    from adrbench.plugins.registry import Registry

_Command = TypeVar("_Command", bound=Callable[..., Any])
AUTO = "auto"

PARAM = click.option(
    "--param",
    "params",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a parameter of the reader (repeatable); see data card.",
)
OFFLINE = click.option("--offline", is_flag=True, help="Use no network.")

_FILTERS = (
    click.option(
        "--path",
        type=click.Path(path_type=Path),
        help="Read the corpus from here.  [default: ADRBENCH_DATA, cache, source]",
    ),
    PARAM,
    click.option(
        "--label", "labels", multiple=True, help="Keep only this label (repeatable).  [default: the corpus's own]"
    ),
    click.option("--relabel", "relabelled", multiple=True, metavar="OLD=NEW", help="Rename a label (repeatable)."),
    click.option(
        "--words",
        metavar="SPLITTER",
        help="Split words with nltk, punctuation, an installed splitter, or module:function.  "
        f"[default: the words in the files, else {DEFAULT}]",
    ),
    click.option("--sentences", is_flag=True, help="Make every sentence a document."),
    click.option("--drop-duplicates", is_flag=True, help="Keep only the first of documents with the same text."),
    click.option("--drop-unannotated", is_flag=True, help="Drop documents without a mention."),
    click.option(
        "--negatives",
        type=FiniteRange(min=0),
        help="Keep at most this many documents without a mention for each with one.",
    ),
    click.option("--max-words", type=click.IntRange(min=1), help="Drop documents with more words."),
    click.option(
        "--discontinuous",
        type=click.Choice(["cover", "first", "parts", "drop"]),
        help="Flatten discontinuous mentions this way, with --gold flat.  [default: cover]",
    ),
    click.option(
        "--overlap",
        type=click.Choice(["keep", "first", "longest"]),
        help="Flatten overlapping mentions this way, with --gold flat.  [default: keep]",
    ),
    click.option(
        "--gold",
        type=click.Choice(["all", "flat"]),
        help="Use mentions as annotated (all), or flattened (flat).  [default: all]",
    ),
    click.option(
        "--benchmark",
        type=click.Path(path_type=Path),
        help="Take the dataset called NAME from this benchmark file, with its filters.",
    ),
    OFFLINE,
)


def corpus_options(command: _Command) -> _Command:
    """Give a command the options that ``select`` understands.

    Args:
        command: The command.

    Returns:
        The command with these options.
    """
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def select(name: str, options: Mapping[str, Any]) -> Corpus:
    """Load the corpus that NAME and the options of ``corpus_options`` describe.

    Args:
        name: The corpus or format, or a file or folder.
        options: The values of the options, by parameter name.

    Returns:
        The corpus, filtered as the options ask.

    Raises:
        InputError: Options contradict each other, a name is not known, or ``load_corpus`` refuses the corpus.
    """
    # A corpus is hundreds of thousands of small tuples, none of them garbage: the collector would walk them in vain.
    gc.disable()
    from adrbench.config import DatasetEntry  # noqa: PLC0415
    from adrbench.config.corpora import load_corpus  # noqa: PLC0415
    from adrbench.datasets.recognition import corpus_name  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    registry = Registry()
    given = {option: value for option, value in options.items() if not (value is None or value is False or value == ())}
    offline = bool(given.pop("offline", False))
    file = given.pop("benchmark", None)
    if file is not None:
        if given:
            raise InputError(f"--benchmark has the filters of {name}; leave out {_options(given)}")
        return _from_benchmark(name, file, offline, registry)
    if "words" in given and (wrong := problem(given["words"])):
        raise InputError(f"--words: {wrong}")
    use = name
    if name not in registry.names("datasets") and name != AUTO and _is_path(name):
        if "path" in given:
            raise InputError(f"{name} is a file or folder, and so is --path; give one of them")
        command = click.get_current_context().command_path
        use, given["path"] = recognised(Path(name), registry, f"{command} FORMAT --path {name}"), name
        given["name"] = corpus_name(Path(name), use)
    if "path" in given:
        given["path"] = str(given["path"])
    elif use == AUTO:
        raise InputError("auto needs --path, or give the path in its place")
    if "relabelled" in given:
        given["relabel"] = _relabelled(given.pop("relabelled"))
    if "params" in given:
        given["params"] = parse_params(given["params"])
    return load_corpus(DatasetEntry(use=use, **given), Path(), registry, offline=offline)


def _is_path(name: str) -> bool:
    """Whether a name of no corpus is a file or folder. Raises ``InputError`` for one that is written so and absent."""
    there = Path(name).exists()
    if not there and any(separator in name for separator in filter(None, (os.sep, os.altsep))):
        raise InputError(f"{name}: no such file or folder")
    return there


def _relabelled(pairs: Iterable[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old and equals and new):
            raise InputError(f"--relabel {pair}: give OLD=NEW")
        if old in named:
            raise InputError(f"--relabel {old} is given twice")
        named[old] = new
    return named


def _options(given: Iterable[str]) -> str:
    names = {"labels": "label", "params": "param", "relabelled": "relabel"}
    return ", ".join(sorted(f"--{names.get(option, option).replace('_', '-')}" for option in given))


def _from_benchmark(name: str, file: Path, offline: bool, registry: Registry) -> Corpus:
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.config.corpora import load_corpus  # noqa: PLC0415

    benchmark = read_benchmark(file, registry)
    entries = {entry.name or entry.use: entry for entry in benchmark.datasets}
    if name not in entries:
        raise InputError(f"{file}: no dataset {name!r}; {closest(name, entries)}")
    return load_corpus(entries[name], benchmark.folder, registry, offline=offline)


def recognised(path: Path, registry: Registry, remedy: str) -> str:
    """Recognise the format of a file or folder, and say it on standard error.

    Args:
        path: The file or folder.
        registry: The plugins.
        remedy: How the user names a format instead.

    Returns:
        The name of the format.

    Raises:
        InputError: If the content speaks for none or for several; each is named with what speaks for it.
    """
    from adrbench.datasets.recognition import UnclearFormat, readable, recognise  # noqa: PLC0415

    try:
        found = recognise(path, readable(registry))
    except UnclearFormat as error:
        raise InputError(f"{error}\nName the format by {remedy}.") from error
    echo(f"{path}: read as {found.format} ({found.evidence}); another format: {remedy}", err=True)
    return found.format


# Bytes in which a file should have said what it is.
_HEAD = 2**16

# What files are called, by the format that writes them. Of names that end in several of these, the longest counts.
_SUFFIXES = {
    ".jsonl": "jsonl",
    ".conll": "conll",
    ".iob": "conll",
    ".iob2": "conll",
    ".tsv": "conll",
    ".pubtator": "pubtator",
    ".pubtator.txt": "pubtator",
    ".xml": "bioc",
    ".json": "bioc",
}


def guess_format(path: Path) -> str | None:
    """Guess a format from a file's name.

    Args:
        path: The file. If it is there, a ``.json`` is read to tell JSON lines or an array from BioC.

    Returns:
        The name of the format; None if the name speaks of none.

    >>> guess_format(Path("mine.PubTator.txt")), guess_format(Path("mine.txt"))
    ('pubtator', None)
    """
    name = path.name.lower()
    if name.endswith(".json") and path.is_file() and not _speaks_bioc(path):
        return "jsonl"
    return next((_SUFFIXES[suffix] for suffix in sorted(_SUFFIXES, key=len)[::-1] if name.endswith(suffix)), None)


def _speaks_bioc(path: Path) -> bool:
    """Whether JSON begins like BioC: with an object, not an array, and with what every collection or document has."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).removeprefix(codecs.BOM_UTF8).lstrip()
    except OSError:
        return True  # whoever reads on says so
    return not head.startswith(b"[") and any(key in head for key in (b'"documents"', b'"passages"'))


def suffixes(format_name: str) -> list[str]:
    """List the ends of file names that speak of a format.

    Args:
        format_name: The name of the format.

    Returns:
        The ends, such as ``.jsonl``.
    """
    return [suffix for suffix, known in _SUFFIXES.items() if known == format_name]


def parse_params(pairs: Iterable[str]) -> dict[str, object]:
    """Read parameters of the command line.

    Args:
        pairs: Each as ``KEY=VALUE``. A value that is not of TOML is text.

    Returns:
        The values by key.

    Raises:
        InputError: A pair has no ``=``, or a key is given twice.

    >>> parse_params(["token=3", "outside=['O', '0']", "scheme=BIOES"])
    {'token': 3, 'outside': ['O', '0'], 'scheme': 'BIOES'}
    """
    values: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--param {pair}: give KEY=VALUE")
        if key.strip() in values:
            raise InputError(f"--param {key.strip()} is given twice")
        values[key.strip()] = _value(value.strip())
    return values


def _value(text: str) -> object:
    try:
        read = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    except RecursionError:
        raise InputError(f"--param: {text[:20]}... is nested too deeply") from None
    value = read.pop("value")
    # More than one value: a line end in the text. No number: JSON, through which parameters are checked, has none such.
    return text if read or (isinstance(value, float) and not math.isfinite(value)) else value
