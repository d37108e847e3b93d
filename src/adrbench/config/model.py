"""The benchmark file as pydantic models: strict types, no unknown names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    field_validator,
    model_validator,
)

from adrbench._system.seed import DEFAULT_SEED
from adrbench.config.toml_file import TomlFile

Percent = Annotated[float, Field(ge=0, le=100)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
NEEDS = ("cuda", "hub")
"""What a tagger may need, beside the resources that ``[limits]`` names."""

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
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Header(_Section):
    """The ``[benchmark]`` table.

    Attributes:
        name: The benchmark's name.
        description: A sentence about it.
        evaluators: How predictions are scored, as ``NAME`` or ``NAME:VARIANT``. The first evaluator ranks; the F1 of
            the others stands beside.
        seed: The seed of all cells.
        scores: Whether taggers are asked for a score of each predicted span.
        reference: The tagger, or its row, that the report compares all others with, corpus by corpus.
    """

    name: Name
    description: str = ""
    evaluators: tuple[str, ...] = Field(default=("exact",), min_length=1)
    seed: int = Field(default=DEFAULT_SEED, ge=0, lt=2**31)
    scores: bool = False
    reference: str = ""


class SubwordEntry(_Section):
    """``max_subwords``: drop longer documents.

    Attributes:
        limit: The length of the longest document that stays, in subwords.
        vocabulary: The vocabulary that makes subwords.
    """

    limit: int = Field(gt=0)
    vocabulary: str = Field(min_length=1)


class GroupEntry(_Section):
    """``group``: the source that a document belongs to. Exactly one attribute is given.

    Attributes:
        pattern: A regular expression that is searched for in the document's id: its first group, or all that it
            matches.
        field: The name of a metadata field.
        file: A UTF-8 file with an id and a group a line, separated by a tab.
    """

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
    """A ``[[datasets]]`` table: a corpus, its filters, and how its gold is made flat.

    Attributes:
        use: The dataset plugin, or ``auto`` to recognise the format of ``path``.
        name: The name of the corpus in the benchmark; None: that of the plugin.
        path: The file or folder of the corpus, from the benchmark file.
        labels: The labels that stay; empty: all.
        words: The word splitter: ``nltk``, ``punctuation``, an installed one, or ``module:function``; None: the words
            of the corpus's files, else the default splitter's.
        group: The source that a document belongs to.
        relabel: New names of labels by their old ones.
        sentences: Split documents into sentences.
        drop_duplicates: Keep a single document of those with the same text.
        drop_unannotated: Drop documents without a mention.
        negatives: Documents without a mention that stay, for each document with mentions; None: all.
        max_words: The length of the longest document that stays, in words.
        max_subwords: The same in subwords.
        discontinuous: How a discontinuous mention becomes a plain span.
        overlap: Which of overlapping mentions stay.
        gold: Score against all mentions of the corpus, or against those that a tagger is trained on.
        stand_in: The dataset plugin that is used if the corpus is not available.
        params: The parameters of the dataset plugin.
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
    """A ``[[splits]]`` table: how documents are divided into training and test parts.

    Attributes:
        kind: Random folds, folds by group, by strata or both, or the parts of the release (``provided``).
        name: The name of the split; None: its kind.
        folds: The number of folds of a cross-validation.
        repeats: How often a cross-validation is repeated.
        seed: The seed of the division.
        by: The metadata field whose values are the strata; None: the labels in a document.
        test: The fraction of documents under test, instead of folds.
        dev: The fraction of documents for development, beside ``test``.
        development: Whether the development part of a release is held out, or added to the training part.
        train_fractions: The fractions of each training part to learn from, ascending.
    """

    kind: Literal["random", "grouped", "stratified", "stratified-grouped", "provided"]
    name: Name | None = None
    folds: int = Field(default=5, ge=2)
    repeats: int = Field(default=1, ge=1, le=1000)
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
    """A range in ``[taggers.tune.space]``.

    Attributes:
        low: The lower end.
        high: The upper end.
        log: Whether values are drawn evenly on a logarithmic scale.
        step: The step between whole numbers.
    """

    low: float
    high: float
    log: bool = False
    step: int | None = Field(default=None, gt=0)


class TuneEntry(_Section):
    """``[taggers.tune]``: choose parameters on held out training text.

    Attributes:
        trials: The number of trials of a study.
        sampler: How values are drawn: by tree-structured Parzen estimators, at random, or from a grid.
        pruner: What ends hopeless trials early.
        scope: Search in each fold on its own training part (``fold``), or once on that of the first fold (``first``).
        holdout: The fraction of the training part that trials are evaluated on.
        timeout: Seconds for all trials of a study together.
        params: Values that hold in trials only, such as fewer epochs.
        space: The search space; empty: what the plugin declares and ``params`` does not fix.
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
    """``[taggers.pretrain]``: learn from text without gold first. Further keys are parameters of the plugin.

    Attributes:
        text: Files, folders, or ``corpus`` for the text that comes with the corpus.
        sentences: How many texts are used, drawn by the seed; None: all.
        test_text: Whether text of documents under test may be used.
    """

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    text: tuple[str, ...] = Field(min_length=1)
    sentences: int | None = Field(default=None, gt=0)
    test_text: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """What the plugin is told."""
        return dict(self.model_extra or {})


def _several(value: Any) -> Any:
    """A text stands for a list with that text alone."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


class DistilEntry(_Section):
    """``[taggers.distil]``: learn from texts that another tagger of the file has labelled.

    Attributes:
        teacher: The id of that tagger, or of its row.
        text: Files, folders, or ``corpus`` for the text that comes with the corpus.
        sentences: How many texts are used, drawn by the seed; None: all.
        gold: Whether the tagger learns from the training part, too.
    """

    teacher: str = Field(min_length=1)
    text: Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]
    sentences: int | None = Field(default=None, gt=0)
    gold: bool = True
    # Set by the reader: what has that id.
    _teacher: Mapping[str, Any] | None = PrivateAttr(None)

    def taught_by(self, teacher: Mapping[str, Any]) -> Self:
        """Name the teacher's plugin.

        Args:
            teacher: ``use`` and ``params`` of the row that has the id.

        Returns:
            A copy that knows its teacher.
        """
        known = self.model_copy()
        known._teacher = teacher  # noqa: SLF001  (of its own class)
        return known

    @property
    def specs(self) -> dict[str, Any]:
        """The parameters of the ``distilled`` tagger, without the student."""
        return {"teacher": self._teacher, "text": self.text, "sentences": self.sentences, "gold": self.gold}


class CalibrateEntry(_Section):
    """``calibrate`` of a tagger: ``true``, or a table with these keys.

    Attributes:
        method: How scores are mapped (see ``adrbench.plugins.calibrated``).
        holdout: The share of the training part that the map is learnt on.
    """

    method: Literal["temperature", "isotonic"] = "isotonic"
    holdout: float = Field(default=0.2, gt=0, lt=1)


def _switched(value: Any) -> Any:
    """``true`` stands for the defaults, ``false`` for nothing."""
    return ({} if value else None) if isinstance(value, bool) else value


class TaggerEntry(_Section):
    """A ``[[taggers]]`` table: a tagger with parameters, a row of the leaderboard or several.

    Attributes:
        id: The name of its row.
        use: The tagger plugin.
        python: The interpreter of its cells, in whose environment the plugin is installed; a path from the benchmark
            file.
        needs: What the machine must have for its cells to be run: ``cuda``, ``hub``, or a name of
            ``[limits.resources]``.
        params: The parameters.
        grid: Values by parameter. Every combination is a row. ``pretrain.NAME`` is a value of ``[taggers.pretrain]``.
        tune: The search for parameters before the fit.
        pretrain: The text to learn from before the fit.
        distil: The teacher and the texts to learn from.
        calibrate: How the scores of its mentions are calibrated; None: they stay as they are.
    """

    id: Name
    use: str
    python: Annotated[str, Field(min_length=1)] | None = None
    needs: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    grid: dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]] = {}
    tune: TuneEntry | None = None
    pretrain: PretrainEntry | None = None
    distil: DistilEntry | None = None
    calibrate: Annotated[CalibrateEntry | None, BeforeValidator(_switched)] = None


class Budget(_Section):
    """``[limits.budget]``: what a whole run may spend on servers. Exactly one of the two is given.

    Attributes:
        tokens: Tokens that are sent and that come back.
        money: Money in the currency of the price sheet, which ``--prices`` names.
    """

    tokens: int | None = Field(default=None, gt=0)
    money: float | None = Field(default=None, gt=0, le=1e9)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.tokens is None) == (self.money is None):
            raise ValueError("give exactly one of tokens and money")
        return self


class Limits(_Section):
    """The ``[limits]`` of a cell, and the budget of the run.

    Attributes:
        timeout: Wall-clock time, in seconds or as in '2h'.
        memory: Memory, in bytes or as in '8GiB'.
        threads: The number of threads, and so of processors that it takes of a node.
        gpus: The GPUs of a node that the cell of a tagger on CUDA takes; below 1, a share of one.
        resources: Amounts of what a cluster names itself. They are taken by the cells of taggers that need that name.
        budget: What the whole run may spend on servers, earlier runs of it included.
    """

    timeout: Seconds | None = None
    memory: Bytes | None = None
    threads: int | None = Field(default=None, gt=0)
    gpus: float = Field(default=1.0, gt=0)
    resources: dict[Name, Annotated[float, Field(gt=0)]] = {}
    budget: Budget | None = None

    @field_validator("gpus")
    @classmethod
    def _whole_above_one(cls, gpus: float) -> float:
        if gpus > 1 and not gpus.is_integer():
            raise ValueError(f"should be a share of one GPU or a whole number, not {gpus:g}")
        return gpus


def _spread(value: Any) -> Any:
    """Half a width in points, or two ends in percent."""
    ends = value if isinstance(value, list | tuple) else [value, value]
    if len(ends) != 2 or any(type(end) not in {int, float} or not 0 <= end <= 100 for end in ends):  # noqa: PLR2004
        said = "" if isinstance(value, str) else f", not {value!r}"
        raise ValueError(f"should be points, as in 0.99 after a ±, or two ends, as in [57.9, 59.9]{said}")
    return (float(ends[0]), float(ends[1])) if ends is value else float(value)


Spread = Annotated[float | tuple[float, float], PlainValidator(_spread)]
FIGURES = ("precision", "recall", "f1")


class Published(_Section):
    """A ``[[published]]`` table: figures of a paper, to be shown beside ours.

    Attributes:
        dataset: The corpus; ``average`` for the mean over all corpora of the file.
        split: The split.
        tagger: The tagger, or its row.
        system: Instead of ``tagger``: a system that is no tagger of the file. It is a row of its own.
        label: The label; ``micro``, ``macro`` and ``weighted`` are averages over labels, and a tag such as ``B-ADR`` is
            valid where an evaluator of the file gives it.
        precision: Precision in percent, as printed.
        recall: Recall in percent, as printed.
        f1: F1 in percent, as printed.
        precision_interval: The interval of precision: half its width in points, as after a ±, or its two ends.
        recall_interval: The same of recall.
        f1_interval: The same of F1.
        support: Gold mentions, or words of a tag.
        fit_seconds: Wall time of a fit, in seconds or as in '30min'.
        source: The paper.
    """

    dataset: str
    split: str = Field(validation_alias=AliasChoices("split", "splits"))
    tagger: str = ""
    system: str = ""
    label: str = Field(default="micro", min_length=1)
    precision: Percent | None = None
    recall: Percent | None = None
    f1: Percent | None = None
    precision_interval: Spread | None = None
    recall_interval: Spread | None = None
    f1_interval: Spread | None = None
    support: int | None = Field(default=None, ge=0)
    fit_seconds: Seconds | None = None
    source: str

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.tagger) == bool(self.system):
            raise ValueError("give exactly one of tagger (of this file) and system (any other)")
        if all(getattr(self, name) is None for name in (*FIGURES, "fit_seconds", "support")):
            raise ValueError("gives no figure; valid: f1, precision, recall, fit_seconds, support")
        for name in FIGURES:
            figure, spread = getattr(self, name), getattr(self, f"{name}_interval")
            if spread is not None and figure is None:
                raise ValueError(f"{name}_interval needs {name}")
            if isinstance(spread, tuple) and not spread[0] <= figure <= spread[1]:
                raise ValueError(f"{name}_interval should be two ends around {figure:g}, not {list(spread)}")
        return self

    def ends(self, figure: str) -> tuple[float, float] | None:
        """The ends of a figure's interval.

        Args:
            figure: ``precision``, ``recall`` or ``f1``.

        Returns:
            Both ends in percent, within 0 and 100; None without an interval.
        """
        spread = getattr(self, f"{figure}_interval")
        if spread is None or isinstance(spread, tuple):
            return spread
        middle, half = Decimal(str(getattr(self, figure))), Decimal(str(spread))
        return max(0.0, float(middle - half)), min(100.0, float(middle + half))


class Benchmark(_Section):
    """A whole benchmark file.

    Attributes:
        benchmark: Its ``[benchmark]`` table.
        datasets: Its corpora.
        splits: Its splits.
        taggers: Its taggers.
        limits: The limits of a cell.
        published: Figures of papers.
        folder: The folder of the file, where relative paths in it start. Set by the reader.
        answers: What other interpreters answered when the file was checked, by tagger and whether offline. Set by the
            reader.
        file: The file as it is written. Set by the reader.
    """

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
    # The file, for messages of what is found later.
    file: TomlFile = Field(default=TomlFile(), exclude=True, repr=False)


CORPUS = "corpus"
"""The source that is the unlabelled text of the corpus itself."""
