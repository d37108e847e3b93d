"""``adrbench data show``."""

from __future__ import annotations

import difflib
import random
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import corpus_options, select
from adrbench.cli.output import make_console
from adrbench.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from adrbench.api import Document
    from adrbench.datasets.corpus import Corpus
    from adrbench.reporting.excerpts import Excerpt

_LIMIT = 10
# Bright enough on black and dark enough on white; labels are printed too, so colours only help.
_COLOURS = ("red", "blue", "green", "magenta", "cyan", "yellow")


@click.command()
@click.argument("name")
@corpus_options
@click.option("--limit", type=click.IntRange(min=1), help=f"Show this many documents.  [default: {_LIMIT}]")
@click.option("--only-annotated", is_flag=True, help="Show only documents with a mention.")
@click.option("--id", "ids", multiple=True, help="Show this document whole (repeatable).")
@click.option("--seed", type=int, help="Choose documents at random by this seed.  [default: the first ones]")
def show(
    name: str, limit: int | None, only_annotated: bool, ids: tuple[str, ...], seed: int | None, **options: Any
) -> None:
    """Print documents of the corpus NAME with their mentions, as predictions are scored against them.

    A mention is [words|LABEL]; pieces with the same number are one mention; "…" is what is left out, or a mention that
    goes on beyond its text.
    """
    from adrbench.reporting.excerpts import excerpt  # noqa: PLC0415

    _check(ids, limit, only_annotated, seed, options)
    corpus = select(name, options)
    console = make_console()
    styles = {label: _COLOURS[place % len(_COLOURS)] for place, label in enumerate(corpus.labels)}
    chosen = _named(corpus, ids) if ids else _sample(corpus, limit or _LIMIT, only_annotated, seed)
    # What is no terminal gets each text as one line, for other programs.
    soft = not console.is_terminal
    if corpus.stand_in_for:
        console.print(f"{corpus.name}, standing in for {corpus.stand_in_for}: {corpus.reason}", soft_wrap=soft)
    for document in chosen:
        gold = corpus.gold[document.id]
        shown = excerpt(document.text, gold, whole=bool(ids))
        console.print(_head(corpus, document, len(gold)), soft_wrap=soft)
        console.print(_styled(shown, styles), soft_wrap=soft)
        if shown.left_out:
            console.print(f"… {shown.left_out:,} more; all with --id {document.id}", style="dim", soft_wrap=soft)
        console.print()


def _check(
    ids: tuple[str, ...], limit: int | None, only_annotated: bool, seed: int | None, options: dict[str, Any]
) -> None:
    """Refuse options that would be without effect."""
    useless = {"--limit": limit is not None, "--only-annotated": only_annotated, "--seed": seed is not None}
    for option, given in useless.items():
        if ids and given:
            raise InputError(f"{option} has no effect with --id, which says which documents; leave it out")
    for option in ("discontinuous", "overlap"):
        if options[option] and options["gold"] != "flat":
            raise InputError(f"--{option} has no effect on mentions as annotated; add --gold flat")


def _named(corpus: Corpus, ids: Sequence[str]) -> list[Document]:
    documents = {a.document.id: a.document for a in corpus.documents}
    for wanted in ids:
        if wanted not in documents:
            close = difflib.get_close_matches(wanted, documents, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"ids are such as {next(iter(documents))!r}"
            raise InputError(f"{corpus.name}: no document {wanted!r} after the filters; {hint}")
    return [documents[wanted] for wanted in dict.fromkeys(ids)]


def _sample(corpus: Corpus, limit: int, only_annotated: bool, seed: int | None) -> list[Document]:
    documents = [a.document for a in corpus.documents if corpus.gold[a.document.id] or not only_annotated]
    if seed is None or limit >= len(documents):
        return documents[:limit]
    return random.Random(seed).sample(documents, limit)


def _head(corpus: Corpus, document: Document, mentions: int) -> Text:
    from rich.text import Text  # noqa: PLC0415

    facts = [f"{mentions:,} mention{'s' if mentions != 1 else ''}"]
    if document.group != document.id:
        facts.append(f"group {document.group}")
    if parts := [part for part in corpus.parts.get(document.id, ()) if part]:
        facts.append(" ".join(parts))
    facts += [f"{key} {value}" for key, value in corpus.metadata.get(document.id, {}).items()]
    head = " · ".join((document.id, *facts))
    return Text("".join(character if character.isprintable() else " " for character in head), style="dim")


def _styled(shown: Excerpt, styles: dict[str, str]) -> Text:
    """Mentions in the colour of their label, one inside another underlined, our marks apart."""
    from rich.text import Text  # noqa: PLC0415

    text = Text()
    for segment in shown.segments:
        if not segment.labels:
            text.append(segment.text, style="dim" if segment.mark else "")
            continue
        colour = styles[segment.labels[-1]]
        nested = " underline" if len(segment.labels) > 1 and not segment.mark else ""
        text.append(segment.text, style=f"{colour}{'' if segment.mark else ' bold'}{nested}")
    return text
