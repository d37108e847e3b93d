"""The kept taggers of cells: in `models/KEY/` of a results folder, each as `adrbench.results.kept` has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from adrbench._system.version import __version__
from adrbench.datasets.text.splitters import DEFAULT
from adrbench.errors import InputError
from adrbench.results.kept import FORMAT, copy_model, is_kept, wrap, write_kept
from adrbench.results.schema import CardRecord, CellRecord, EnvironmentRecord, TaggerRecord, TrainingRecord
from adrbench.results.store import DamagedError, Store

_FORMAT_WORDS = "format"
_OLD_DEFAULT = "nltk"


def place_of(store: Store, key: str) -> Path:
    """Locate the kept tagger of a cell.

    Args:
        store: The results folder.
        key: The key of the cell.

    Returns:
        Its folder, whether it is there or not.
    """
    return store.folder / "models" / key


def keep_model(store: Store, record: TaggerRecord, key: str, model: Path) -> None:
    """Keep the tagger of a cell, whole or not at all. It replaces what was kept of the cell before.

    Args:
        store: The results folder.
        record: What is known of the tagger.
        key: The key of the cell.
        model: What the tagger saved.

    Raises:
        InputError: If it cannot be written.
    """
    target = place_of(store, key)
    shutil.rmtree(target, ignore_errors=True)
    write_kept(target, record, lambda place: copy_model(model, place))


def tagger_record(
    store: Store, cell: CellRecord, *, distribution: str = "", own_interpreter: bool = False
) -> TaggerRecord:
    """Say what is known of the tagger of a cell, by what the results folder holds.

    Args:
        store: The results folder.
        cell: The cell, which went well.
        distribution: The distribution of its plugin.
        own_interpreter: Whether the benchmark file names the interpreter that fitted it.

    Returns:
        The record.

    Raises:
        InputError: If the plan has no such cell, or a file about its corpus is missing or damaged.
    """
    plan = store.read_plan()
    section = next(
        (s for s in plan.sections if any(cell.key in row.cells for row in s.rows)),
        next((s for s in plan.sections if (s.dataset, s.split) == (cell.dataset, cell.split)), None),
    )
    if section is None:
        raise InputError(f"{store.folder}: the plan has no {cell.dataset} {cell.split} any more")
    card, split = store.read_card(section.card), store.read_split(section.folds)
    if card is None or split is None or cell.fold >= len(split.test):
        raise InputError(f"{store.folder}: the folds of {cell.dataset} {cell.split} are missing")
    tested = frozenset(split.test[cell.fold])
    train = split.train[cell.fold] if split.train is not None else [name for name in card.gold if name not in tested]
    environment: EnvironmentRecord | None = None
    with suppress(DamagedError):
        environment = store.read_environment(cell.environment) if cell.environment else None
    return TaggerRecord(
        format=FORMAT,
        adrbench=__version__,
        use=cell.use,
        version=cell.version,
        code=cell.code,
        distribution=distribution,
        params={**cell.params, **(cell.tuned.params if cell.tuned else {})},
        labels=card.labels,
        words=splitter_of(card.words_by),
        unit="sentence" if card.unit == "sentence" else "document",
        scores=cell.answers is not None and cell.answers.scored,
        seed=plan.seed,
        benchmark=plan.benchmark,
        tagger=cell.tagger,
        training=_training(card, cell, train),
        tuned=cell.tuned,
        pretrained=cell.pretrained,
        costs=cell.costs,
        machine=cell.machine,
        environment=environment,
        own_interpreter=own_interpreter,
    )


def _training(card: CardRecord, cell: CellRecord, train: list[str] | tuple[str, ...]) -> TrainingRecord:
    return TrainingRecord(
        dataset=card.name,
        version=card.version,
        fingerprint=card.fingerprint,
        split=cell.split,
        fold=cell.fold,
        documents=len(train),
        mentions=sum(len(card.gold[name]) for name in train if name in card.gold),
        parts={},
        words=card.words_by,
    )


def splitter_of(words: str) -> str:
    """The splitter for new texts of a corpus.

    Args:
        words: What made the words of the corpus: a splitter, ``format``, or both joined by "and"; empty where that was
            not kept, which is NLTK.

    Returns:
        The splitter's name. Where the files of the corpus have their words, new texts have the default ones.
    """
    if not words:
        return _OLD_DEFAULT
    return next((name for name in words.split(" and ") if name != _FORMAT_WORDS), DEFAULT)


def migrate_models(store: Store) -> Iterator[tuple[Path, str]]:
    """Give models that were kept without a record the layout of a kept tagger, in place.

    Args:
        store: A results folder of today's format, which the caller has locked.

    Yields:
        Each model, with the reason why it was left as it is; empty if it was migrated.
    """
    folder = store.folder / "models"
    for old in sorted(folder.glob(".*.old")):
        # A migration was killed between its two last steps.
        key = old.name[1:].removesuffix(".old")
        if not (folder / key).exists():
            old.replace(folder / key)
    for model in sorted(path for path in folder.glob("[!.]*") if path.is_dir() and not is_kept(path)):
        try:
            cell = store.read_cell(model.name)
            if cell is None or cell.status != "ok":
                yield model, "the results folder has no finished cell of this key"
                continue
            wrap(model, tagger_record(store, cell))
        except (InputError, OSError) as error:
            yield model, str(error)
        else:
            yield model, ""
