"""``adrbench data card``."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import recognised, suffixes
from adrbench.cli.output import echo, format_option, show
from adrbench.errors import CorpusError, CorpusMissing, PluginError
from adrbench.reporting.escaping import to_json
from adrbench.reporting.tables import Display, TableView, figures, table, words

if TYPE_CHECKING:
    from adrbench.api import DatasetInfo, DatasetPlugin
    from adrbench.datasets.corpus import Corpus
    from adrbench.plugins.registry import Registry

_MOST_FILES = 12


@dataclass(frozen=True)
class _Card:
    """All that is said of a corpus or a format. ``corpus``: as read, if it was; ``problem``: why not."""

    plugin: DatasetPlugin
    info: DatasetInfo
    place: str
    corpus: Corpus | None = None
    problem: str = ""


@click.command()
@click.argument("name")
@format_option("text", default="text")
@click.option("--no-count", is_flag=True, help="Do not read the corpus, so compare no counts with published ones.")
def card(name: str, format_name: str, no_count: bool) -> None:
    """Say all about the corpus or format NAME, or what is at a path.

    Source, licence, files, parameters, how to get it, counts.

    Uses no network.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    registry = Registry()
    path = Path(name) if name not in registry.names("datasets") and Path(name).exists() else None
    used = recognised(path, registry, f"adrbench data stats FORMAT --path {name}") if path else name
    described = _describe(registry.describe("datasets", used), registry, no_count, path)
    if format_name == "json":
        echo(to_json(_plain(described)))
    else:
        show(Display(tuple(_tables(described))), format_name)


def _describe(plugin: DatasetPlugin, registry: Registry, no_count: bool, path: Path | None = None) -> _Card:
    from adrbench.datasets.corpus import prepare  # noqa: PLC0415
    from adrbench.datasets.filters import Filters  # noqa: PLC0415
    from adrbench.datasets.load import local_copy, read_dataset  # noqa: PLC0415

    copy = local_copy(plugin)
    if copy.info is None:
        raise PluginError(f"dataset {plugin.name!r}: {copy.problem}")
    place = str(path or "wherever its path says") if plugin.format else copy.place or ""
    if (plugin.format and path is None) or no_count:
        return _Card(plugin, copy.info, place, problem=copy.reason)
    try:
        corpus = prepare(read_dataset(registry, plugin.name, path=path, offline=True), Filters())
    except CorpusMissing as error:
        return _Card(plugin, copy.info, "", problem=str(error))
    except CorpusError as error:
        return _Card(plugin, copy.info, place, problem=str(error))
    return _Card(plugin, corpus.info, corpus.origin, corpus)


def _tables(described: _Card) -> Iterator[TableView]:
    from adrbench.reporting.corpus_view import facts, ledger, published_counts  # noqa: PLC0415

    plugin, info, corpus = described.plugin, described.info, described.corpus
    yield facts(f"{plugin.name}: {plugin.summary}", (fact for fact in _facts(described) if fact[1]), kind="text")
    if parameters := _parameters(plugin):
        notes = (" ".join(inspect.cleandoc(plugin.params.__doc__ or "").replace("``", "").split()),)
        yield table("Parameters (--param, [datasets.params])", words("Name", "Default"), parameters, notes=notes)
    if corpus is not None and corpus.files:
        shown = list(corpus.files.items())[:_MOST_FILES]
        more = len(corpus.files) - len(shown)
        note = (f"{more:,} more; --format json has all.",) if more else ()
        yield table("Files", words("Name", "sha256"), shown, notes=note)
    if corpus is not None:
        from adrbench.datasets.statistics.published import compare  # noqa: PLC0415

        if published := compare(corpus):
            yield published_counts(published)
        if corpus.ledger:
            yield ledger(corpus.ledger)
    elif info.published:
        yield table("Published counts", (*words("Count"), *figures("Published")), info.published.items())


_EXTERNAL = {"": "", "allowed": "yes", "conditional": "if its terms are kept", "forbidden": "no"}


def _facts(described: _Card) -> Iterator[tuple[str, str]]:
    plugin, info = described.plugin, described.info
    yield "Version", info.version
    yield "Labels", ", ".join(info.labels) or "whatever the files hold"
    yield "Unless others are asked for", ", ".join(plugin.labels) if plugin.labels != info.labels else ""
    yield "Licence", info.licence
    yield "May leave this machine", ": ".join(filter(None, (_EXTERNAL[info.external], info.external_terms)))
    yield "Citation", info.citation
    yield "Source", info.url
    yield "At hand", described.place or ("" if described.problem else "not known without reading it")
    # Why a corpus is not here may say already how to get it.
    reason = described.problem.replace(info.how, "").strip() if info.how else described.problem
    yield "Not counted" if described.place else "Not at hand", reason
    yield "How to get it", info.how
    yield "Note", info.note
    if plugin.format:
        yield "Writes", _writes(plugin)
    if described.corpus is not None:
        counts = described.corpus.counts
        documents, words = f"{counts['documents']:,} documents", f"{counts['words']:,} words"
        yield "Found", f"{documents} of {counts['groups']:,} groups, {words}, {counts['spans']:,} spans"


def _writes(plugin: DatasetPlugin) -> str:
    if not plugin.writer:
        return "no"
    return f"yes: {', '.join(suffixes(plugin.name)) or 'a folder'}"


def _parameters(plugin: DatasetPlugin) -> tuple[tuple[str, str], ...]:
    if not dataclasses.is_dataclass(plugin.params):
        return ()
    return tuple((field.name, _default(field)) for field in dataclasses.fields(plugin.params))


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return json.dumps(field.default, default=str)
    if field.default_factory is not dataclasses.MISSING:
        return json.dumps(field.default_factory(), default=str)
    return "is required"


def _plain(described: _Card) -> Mapping[str, Any]:
    from adrbench.datasets.statistics.published import compare  # noqa: PLC0415
    from adrbench.reporting.rendering import SCHEMA_VERSION  # noqa: PLC0415

    plugin, info, corpus = described.plugin, described.info, described.corpus
    lines = compare(corpus) if corpus is not None else ()
    return {
        "schema_version": SCHEMA_VERSION,
        **dataclasses.asdict(info),
        "summary": plugin.summary,
        "default_labels": plugin.labels,
        "format": plugin.format,
        "writes": bool(plugin.writer),
        "parameters": dict(_parameters(plugin)),
        "at_hand": described.place or None,
        "problem": described.problem,
        "files": dict(corpus.files) if corpus is not None else {},
        "found": dict(corpus.found) if corpus is not None else None,
        "differences": {line.name: line.verdict for line in lines if line.verdict != "same"},
        "ledger": [dataclasses.asdict(entry) for entry in corpus.ledger] if corpus is not None else [],
    }
