"""What a benchmark file may say, as pydantic models: strict types, no unknown names, no silent defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from adrbench._system.seed import DEFAULT_SEED

Percent = Annotated[float, Field(ge=0, le=100)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
Need = Literal["cuda", "hub"]

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_SIZES = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}


def _quantity(units: dict[str, int], example: str) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", value)
        if match is None or match[2] not in units:
            raise ValueError(f"should be a number with a unit such as {example} ({', '.join(u for u in units if u)})")
        return int(Decimal(match[1]) * units[match[2]])

    return BeforeValidator(read)


Seconds = Annotated[int, _quantity(_UNITS, "'90s' or '2h'"), Field(gt=0)]
Bytes = Annotated[int, _quantity(_SIZES, "'8GiB'"), Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Header(_Section):
    """``[benchmark]``: its name, a sentence about it, how predictions are judged, and the one seed of all cells.

    The first of the ``evaluators`` (``NAME`` or ``NAME:VARIANT``) ranks; the others' F1 stands beside. ``scores``:
    whether taggers are asked how sure they are of each predicted span.
    """

    name: Name
    description: str = ""
    evaluators: tuple[str, ...] = Field(default=("exact",), min_length=1)
    seed: int = Field(default=DEFAULT_SEED, ge=0, lt=2**31)
    scores: bool = False


class SubwordEntry(_Section):
    """``max_subwords``: the longest document that stays, in subwords of a vocabulary."""

    limit: int = Field(gt=0)
    vocabulary: str = Field(min_length=1)


class GroupEntry(_Section):
    """``group``: the source that a document belongs to: by a ``pattern`` in its id, a ``field``, or a ``file``."""

    pattern: str | None = Field(default=None, min_length=1)
    field: str | None = Field(default=None, min_length=1)
    file: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("give exactly one of pattern, field and file")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"the pattern {self.pattern!r} is no regular expression: {error}") from error
        return self


class DatasetEntry(_Section):
    """``[[datasets]]``: a corpus, where it is, every filter on the way to the benchmark, how its gold is made flat.

    ``words``: what splits its texts into words: ``"nltk"``, ``"punctuation"``, the name of an installed splitter, or
    ``"module:function"``; by default the words that its files have, else the default splitter's.
    """

    use: str
    name: Name | None = None
    path: str | None = None
    labels: tuple[str, ...] = ()
    words: str | None = None
    group: GroupEntry | None = None
    relabel: dict[str, str] = {}
    sentences: bool = False
    drop_duplicates: bool = False
    drop_unannotated: bool = False
    negatives: float | None = Field(default=None, ge=0)
    max_words: int | None = Field(default=None, gt=0)
    max_subwords: SubwordEntry | None = None
    discontinuous: Literal["cover", "first", "parts", "drop"] = "cover"
    overlap: Literal["keep", "first", "longest"] = "keep"
    gold: Literal["all", "flat"] = "all"
    stand_in: str | None = None
    params: dict[str, Any] = {}


class SplitEntry(_Section):
    """``[[splits]]``: how documents are shared out: into folds, into parts of given shares, or as released."""

    kind: Literal["random", "grouped", "stratified", "stratified-grouped", "provided"]
    name: Name | None = None
    folds: int = Field(default=5, ge=2)
    repeats: int = Field(default=1, ge=1)
    seed: int = Field(default=DEFAULT_SEED, ge=0, lt=2**31)
    by: str | None = Field(default=None, min_length=1)
    test: float | None = Field(default=None, gt=0, lt=1)
    dev: float | None = Field(default=None, gt=0, lt=1)
    development: Literal["holdout", "train"] = "holdout"
    train_fractions: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(default=(1.0,), min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """No option that would be without effect."""
        given = self.model_fields_set
        if self.kind == "provided":
            for option in given & {"folds", "repeats", "seed", "by", "test", "dev"}:
                raise ValueError(f"{option} has no effect on kind = 'provided', whose folds come with the corpus")
        elif "development" in given:
            raise ValueError(f"development is for kind = 'provided' and has no effect on {self.kind!r}")
        if self.by is not None and not self.kind.startswith("stratified"):
            raise ValueError(f"by is for the stratified kinds and has no effect on {self.kind!r}")
        if self.test is not None and "folds" in given:
            raise ValueError("give folds or test, not both")
        if self.dev is not None and self.test is None:
            raise ValueError("dev needs test: the shares of one fold")
        if (self.test or 0) + (self.dev or 0) >= 1:
            raise ValueError("test and dev leave nothing to learn from")
        if sorted(set(self.train_fractions)) != list(self.train_fractions):
            raise ValueError(f"train_fractions should grow, not {list(self.train_fractions)}")
        return self

    @property
    def label(self) -> str:
        """What the split is called: its name, else its kind."""
        return self.name or self.kind

    def label_at(self, fraction: float) -> str:
        """The name of the split for a fraction of each training part.

        Args:
            fraction: The fraction, from 0 to 1.

        Returns:
            The split's label; below 1 with the percentage, as in ``random at 10%``.
        """
        return self.label if fraction == 1 else f"{self.label} at {100 * fraction:g}%"


class ScaleEntry(_Section):
    """A range in ``[taggers.tune.space]``: any number, or whole ones in steps, even on a logarithmic scale or not."""

    low: float
    high: float
    log: bool = False
    step: int | None = Field(default=None, gt=0)


class TuneEntry(_Section):
    """``[taggers.tune]``: choose parameters on held out training text: how many trials, of what, in which folds.

    ``scope``: in each fold anew, on its own training part (``fold``), or once, on the first fold's (``first``).
    ``timeout``: seconds for all trials of a study together. ``space``: what is searched; by default what the plugin
    declares and ``params`` does not fix. ``params``: values that hold in the trials only, such as fewer epochs.
    """

    trials: int = Field(default=20, gt=0)
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    pruner: Literal["none", "median", "halving"] = "none"
    scope: Literal["fold", "first"] = "fold"
    holdout: float = Field(default=0.2, gt=0, lt=1)
    timeout: Seconds | None = None
    params: dict[str, Any] = {}
    space: dict[str, ScaleEntry | Annotated[tuple[Any, ...], Field(min_length=1)]] = {}


class PretrainEntry(BaseModel):
    """``[taggers.pretrain]``: text without gold to learn from first; what else it says is the plugin's to understand.

    ``text``: files, folders, or ``"corpus"`` for what comes with the corpus. ``sentences``: how many of them, drawn by
    the seed. ``test_text``: text of documents under test may be among them.
    """

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    text: tuple[str, ...] = Field(min_length=1)
    sentences: int | None = Field(default=None, gt=0)
    test_text: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """What the plugin is told."""
        return dict(self.model_extra or {})


class TaggerEntry(_Section):
    """``[[taggers]]``: a row of the leaderboard: a plugin with parameters, and what it needs to be worth trying.

    ``python``: the interpreter of its cells, in whose environment the plugin is installed; a path from the benchmark
    file. ``grid``: values of parameters whose every combination is a row of its own; ``pretrain.NAME`` is a value of
    ``[taggers.pretrain]``.
    """

    id: Name
    use: str
    python: Annotated[str, Field(min_length=1)] | None = None
    needs: tuple[Need, ...] = ()
    params: dict[str, Any] = {}
    grid: dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]] = {}
    tune: TuneEntry | None = None
    pretrain: PretrainEntry | None = None


class Limits(_Section):
    """``[limits]`` of a cell: wall-clock ``timeout`` (seconds, or '2h'), ``memory`` (bytes, or '8GiB'), ``threads``."""

    timeout: Seconds | None = None
    memory: Bytes | None = None
    threads: int | None = Field(default=None, gt=0)


class Published(_Section):
    """``[[published]]``: figures of a paper, in percent as printed, to stand beside ours; of one label or all."""

    dataset: str
    splits: str
    tagger: str
    label: str = Field(default="micro", min_length=1)
    f1: Percent
    precision: Percent | None = None
    recall: Percent | None = None
    source: str


class Benchmark(_Section):
    """A whole benchmark file."""

    benchmark: Header
    datasets: tuple[DatasetEntry, ...] = Field(min_length=1)
    splits: tuple[SplitEntry, ...] = Field(min_length=1)
    taggers: tuple[TaggerEntry, ...] = Field(min_length=1)
    limits: Limits = Limits()
    published: tuple[Published, ...] = ()
    # Set by the reader, not by the file. Where the file stands: relative paths in it start here.
    folder: Path = Field(default=Path(), exclude=True)
    # What other interpreters answered when the file was checked (interpreters.Answer), by tagger and whether offline.
    answers: Mapping[tuple[str, bool], Any] = Field(default={}, exclude=True)


CORPUS = "corpus"
"""The source that is the unlabelled text of the corpus itself."""
