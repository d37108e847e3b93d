"""Everything that a results folder holds, typed: the only place that knows how stored data are spelt.

Each record is a frozen dataclass that is checked when it is made and when it is read: types, ranges, statuses, finite
numbers. `read_record` and `write_record` turn records into one line of JSON and back. A line that is not exactly
such a record is refused with `Damaged`, whatever is wrong with it.

A change of what is stored raises `FORMAT`; folders of an older format are read by `adrbench migrate` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

FORMAT = 2
"""The version of the whole layout: folders, files and records."""

CellStatus = Literal["ok", "failed", "timeout", "oom", "skipped"]
"""How a cell ended."""
Status = Literal["ok", "failed", "timeout", "oom", "skipped", "pending"]
"""How a cell stands: as it ended, or not run yet."""
STATUSES: tuple[Status, ...] = get_args(Status)

_Record = TypeVar("_Record")

JsonMap = Mapping[str, JsonValue]
"""Plain data by name, such as the parameters of a tagger."""
# Bounds that no honest value reaches: what is beyond them is damage.
Count = Annotated[int, Field(ge=0, le=2**53)]
Offset = Annotated[int, Field(ge=0, lt=2**31)]
Edge = Annotated[int, Field(gt=-(2**31), lt=2**31)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Joules = Annotated[float, Field(ge=0, le=1e15)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
Finite = Annotated[float, Field(ge=-1e300, le=1e300)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._+-]{0,199}$")]
Name = Annotated[str, Field(min_length=1)]
Range = tuple[Edge, Edge]
PlainSpan = (
    tuple[Offset, Offset, Name]
    | tuple[Offset, Offset, Name, tuple[Range, ...]]
    | tuple[Offset, Offset, Name, tuple[Range, ...], Fraction]
)
"""A span as plain data: start, end, label, parts if it has some, score if it has one."""


class Damaged(ValueError):  # noqa: N818  (a state of the data)
    """Stored data that are not what their writer wrote. The message says where in the record, and why."""


class _Strict:
    """What all records have in common: no value is converted to another type, and no name is unknown."""

    # Deferred: compiling all readers takes some 80 ms, and most commands read few kinds of records.
    __pydantic_config__ = ConfigDict(
        strict=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants", defer_build=True
    )


@dataclass(frozen=True)
class Mark(_Strict):
    """What marks a folder as a results folder (`adrbench.json`)."""

    format: Annotated[int, Field(ge=1)]
    """The version of the layout."""


@dataclass(frozen=True)
class Machine(_Strict):
    """A machine, as far as it matters to times."""

    id: Name
    """A hash of what follows: the same for machines of one kind."""
    processor: str
    """The model of the processor."""
    cores: Annotated[int, Field(ge=0, le=2**20)] | None
    """Physical cores; None where the system does not say."""
    threads: Annotated[int, Field(ge=0, le=2**20)] | None
    """Logical processors."""
    memory_gib: Annotated[int, Field(ge=0, le=2**40)] | None
    """Memory in GiB, rounded."""
    gpus: tuple[str, ...]
    """The models of the CUDA GPUs that are visible."""
    system: str
    """Operating system and architecture."""


@dataclass(frozen=True)
class Costs(_Strict):
    """What the process of a cell used."""

    seconds: Mapping[str, Seconds]
    """Wall time in seconds by phase: read, import, pretrain, tune, warm_up, fit, predict."""
    cpu_seconds: Mapping[str, Seconds]
    """Processor time in seconds by phase, child processes included."""
    peak_memory_bytes: Count
    """The most resident memory, child processes included."""
    peak_gpu_memory_bytes: Count | None
    """The most GPU memory that was reserved; None where no GPU was used."""
    energy_joules: Mapping[str, Joules] | None
    """Energy by phase; None where the machine cannot tell."""
    energy_from: tuple[str, ...]
    """The meters of `energy_joules`: nvml, rapl."""
    facts: Mapping[str, Annotated[int, Field(ge=-(2**62), le=2**62)]]
    """What the tagger says of itself, such as its number of parameters."""


@dataclass(frozen=True)
class Trial(_Strict):
    """One trial of a study."""

    number: Count
    """Its place in the study, from 0."""
    state: Literal["complete", "pruned", "failed"]
    """How it ended."""
    value: Finite | None
    """F1 on the holdout as a fraction; of a pruned trial the last one reported."""
    params: JsonMap
    """The values that were tried."""
    seconds: Seconds
    """Wall time in seconds."""
    reason: str
    """Why it failed; empty otherwise."""


@dataclass(frozen=True)
class Tuned(_Strict):
    """What a study found."""

    study: Name
    """The name of the study: the key of the cell that ran it."""
    scope: Literal["fold", "first"]
    """Whose training part it saw: each fold's own, or the first fold's for all."""
    value: Finite
    """F1 of the best trial on the holdout, a fraction."""
    params: JsonMap
    """The values of the best trial."""
    trials: tuple[Trial, ...]
    """Every trial."""
    seconds: Seconds
    """Wall time of all trials in seconds, failed ones included."""
    importance: Mapping[str, Finite]
    """Each parameter's share of importance."""


@dataclass(frozen=True)
class Pretrained(_Strict):
    """How a checkpoint was made before the fit."""

    key: Name
    """Names the pre-training: cells that share it share the key."""
    seconds: Seconds
    """Wall time in seconds, summed over interruptions."""
    steps: Count
    """Steps of the optimiser."""
    sentences: Count
    """Texts that were learnt from."""
    loss: tuple[tuple[Count, Finite], ...]
    """Steps, each with the loss there."""
    facts: JsonMap
    """What else the tagger's plugin says."""
    read: Count
    """Texts that were read, before any was excluded."""
    excluded: Mapping[str, Count]
    """Texts that were left out, by reason."""
    test_text: bool
    """True if the texts of test documents were allowed."""


@dataclass(frozen=True)
class Answers(_Strict):
    """What is said of predictions in the head of a cell; the predictions themselves are the line after it."""

    documents: Count
    """How many documents were under test."""
    tested: Key
    """A hash of their ids, in the order of the fold (`adrbench.results.predictions.hash_of`)."""
    spans: Count
    """How many spans were predicted."""
    labels: tuple[Name, ...]
    """The labels that occur, to which the column of labels refers by place."""
    width: Literal[2, 4]
    """Bytes of one number of a column."""
    ranges: Count
    """How many ranges discontinuous spans have, all together; 0: there is no column of parts."""
    scored: bool
    """True if there is a column of scores."""
    sha256: Hash
    """The checksum of the line of predictions."""


@dataclass(frozen=True)
class CellRecord(_Strict):
    """One tagger, fitted and asked once, on one fold of one split of a corpus."""

    key: Key
    """Names the cell on any machine."""
    dataset: Name
    """The corpus."""
    split: Name
    """The split of it."""
    fold: Count
    """The fold, from 0."""
    tagger: Name
    """The id of the row in the benchmark file."""
    use: str
    """The tagger's plugin."""
    version: str
    """The version that the plugin says."""
    code: str
    """A hash of the plugin's code."""
    params: JsonMap
    """The tagger's parameters, every value decided."""
    status: CellStatus
    """How it ended. `ok` is final; other cells are run again."""
    reason: str
    """Why it did not go well; empty if it did."""
    imported: bool
    """True for predictions of a system that adrbench did not run."""
    costs: Costs | None
    """What it cost; None where nothing was measured."""
    wall_seconds: Seconds | None
    """From the start of its process to its end."""
    machine: Machine | None
    """Where it ran."""
    environment: Key | None
    """The name of the file of versions that were installed."""
    jobs: Annotated[int, Field(ge=1, le=2**20)] | None
    """How many cells ran at a time."""
    log: str
    """The end of what its process printed, if it did not go well."""
    traceback: str
    """Where it went wrong, if Python can say."""
    tuned: Tuned | None
    """What a study found before the fit."""
    pretrained: Pretrained | None
    """How its checkpoint was made before the fit."""
    answers: Answers | None
    """What its predictions are like; None unless it is `ok`."""

    def __post_init__(self) -> None:
        if (self.status == "ok") != (self.answers is not None):
            raise ValueError("a cell has predictions if, and only if, it is ok")
        if self.status == "ok" and self.costs is not None:
            _check_complete(self.costs)
            if self.machine is None:
                raise ValueError("costs should come with their machine")


@dataclass(frozen=True)
class TimingRecord(_Strict):
    """A finished cell, run once more to see how its costs vary."""

    costs: Costs
    """What it cost."""
    wall_seconds: Seconds | None
    """From the start of its process to its end."""
    machine: Machine
    """Where it ran."""
    environment: Key | None
    """The name of the file of versions that were installed."""
    jobs: Annotated[int, Field(ge=1, le=2**20)]
    """How many cells ran at a time."""
    same_answers: bool
    """True if its predictions are those of the cell."""


@dataclass(frozen=True)
class TimingsRecord(_Strict):
    """The further timings of a finished cell (`timings/KEY.jsonl`)."""

    key: Key
    """The cell."""
    timings: tuple[TimingRecord, ...]
    """Each further run of it, in order."""


@dataclass(frozen=True)
class Outcome(_Strict):
    """What the process of a cell leaves behind (`outcome.json`), or what is known where it left nothing."""

    key: Key
    """The cell."""
    status: CellStatus
    """How it ended."""
    reason: str = ""
    """Why it did not go well."""
    traceback: str = ""
    """Where it went wrong, if Python can say."""
    predictions: Mapping[str, tuple[PlainSpan, ...]] = field(default_factory=dict)
    """Spans by document id; documents without any may be left out."""
    costs: Costs | None = None
    """What it cost, as far as it got."""
    tuned: Tuned | None = None
    """What its study found."""
    pretrained: Pretrained | None = None
    """How its checkpoint was made."""

    def __post_init__(self) -> None:
        if self.status == "ok":
            if self.costs is None:
                raise ValueError("a cell that is ok should have costs")
            _check_complete(self.costs)
        if self.status != "ok" and self.predictions:
            raise ValueError("a cell that is not ok should have no predictions")


@dataclass(frozen=True)
class RowRecord(_Strict):
    """A planned row: a tagger on a split of a corpus, with a cell for each fold."""

    tagger: Name
    """The id of the row."""
    tagger_id: str
    """The id of the tagger in the benchmark file; several points of a grid share it."""
    grid_point: JsonMap
    """The values of the row's point of the grid; empty without one."""
    use: str
    """The tagger's plugin."""
    family: str
    """The plugin's family."""
    version: str
    """The version that the plugin says."""
    code: str
    """A hash of the plugin's code."""
    params: JsonMap
    """The tagger's parameters, every value decided."""
    tune: JsonMap | None
    """How its parameters are searched before the fit."""
    pretrain: JsonMap | None
    """What it learns from before the fit."""
    cells: tuple[Key, ...]
    """The keys of its cells by fold; none if its plugin cannot be described."""
    problem: tuple[CellStatus, str] | None
    """Status and reason why its cells cannot be run where it was planned."""
    chosen: bool
    """True if the last run was to measure it."""
    imported: bool
    """True for predictions of a system that adrbench did not run."""


@dataclass(frozen=True)
class SectionRecord(_Strict):
    """A split of a corpus with its rows."""

    dataset: Name
    """The corpus."""
    split: Name
    """What the split is called."""
    full_split: Name
    """What the split is called that learns from all of its training parts."""
    card: Key
    """The name of the corpus's card."""
    folds: Key
    """The name of the file with its folds."""
    grouped: bool
    """True if no group of documents is in train and in test."""
    fraction: Annotated[float, Field(gt=0, le=1)]
    """How much of each training part is learnt from."""
    limit: Count | None
    """The corpus was cut to so many documents, for a quick look."""
    stand_in_for: str
    """The corpora that this one stands in for, joined by a comma."""
    reason: str
    """Why it stands in."""
    rows: tuple[RowRecord, ...]
    """Its rows in the order of the plan."""


@dataclass(frozen=True)
class PublishedRecord(_Strict):
    """Figures of a paper, in percent as printed."""

    dataset: Name
    """The corpus."""
    split: Name
    """The split."""
    tagger: Name
    """The row that they stand beside, or a system that has no other row."""
    label: Name
    """The label, or `micro` for all of them."""
    precision: Percent | None
    """Precision in percent."""
    recall: Percent | None
    """Recall in percent."""
    f1: Percent | None
    """F1 in percent."""
    source: str
    """The paper."""
    system: bool = False
    """True if it is no tagger of the benchmark file."""
    precision_ends: tuple[Percent, Percent] | None = None
    """The ends of the interval of precision, in percent."""
    recall_ends: tuple[Percent, Percent] | None = None
    """The ends of the interval of recall, in percent."""
    f1_ends: tuple[Percent, Percent] | None = None
    """The ends of the interval of F1, in percent."""
    support: Count | None = None
    """Gold mentions, or words of a tag."""
    fit_seconds: Seconds | None = None
    """Wall time of a fit in seconds."""


@dataclass(frozen=True)
class PlanRecord(_Strict):
    """What the last run was to measure (`plan.jsonl`)."""

    benchmark: Name
    """The name of the benchmark."""
    protocol: Annotated[int, Field(ge=1)]
    """The version of the protocol that shapes a cell."""
    seed: int
    """The seed of the taggers."""
    evaluators: Annotated[tuple[Name, ...], Field(min_length=1)]
    """What predictions are scored by; the first one ranks."""
    sections: tuple[SectionRecord, ...]
    """Each split of each corpus."""
    absent: Mapping[str, str]
    """Corpora and splits that could not be had, with the reason."""
    published: tuple[PublishedRecord, ...]
    """Figures of papers."""
    reference: str = ""
    """The row that the report compares all others with; empty: none."""

    def __post_init__(self) -> None:
        names = [(section.dataset, section.split) for section in self.sections]
        if len(set(names)) < len(names):
            raise ValueError("two sections are of one corpus and split")
        for section in self.sections:
            if len({row.tagger for row in section.rows}) < len(section.rows):
                raise ValueError(f"two rows of {section.dataset} {section.split} are of one tagger")


@dataclass(frozen=True)
class LeaksRecord(_Strict):
    """How much train and test overlap, in documents under test."""

    tested: Count
    """Documents under test, summed over folds."""
    same_text: Count
    """Those whose text is in the training part."""
    near_duplicates: Count
    """Those with a text of nearly the same words in the training part."""
    same_group: Count
    """Those with a text of their group in the training part."""
    complete: bool
    """False if near duplicates may be more than were counted."""


@dataclass(frozen=True)
class SplitRecord(_Strict):
    """The folds of a corpus (`splits/NAME.jsonl`)."""

    kind: Literal["random", "grouped", "stratified", "stratified-grouped", "provided"]
    """How documents were shared out."""
    seed: int
    """The seed of that."""
    grouped: bool
    """True if no group of documents is in train and in test."""
    leaks: LeaksRecord | None
    """How much train and test overlap."""
    test: Annotated[tuple[tuple[str, ...], ...], Field(min_length=1)]
    """The ids under test by fold."""
    train: tuple[tuple[str, ...], ...] | None
    """The ids learnt from by fold; None where these are all the others."""
    dev: tuple[tuple[str, ...], ...] | None
    """The ids of the development parts by fold; None where there are none."""

    def __post_init__(self) -> None:
        for part in (self.train, self.dev):
            if part is not None and len(part) != len(self.test):
                raise ValueError("the parts have different numbers of folds")
        for fold in self.test:
            if not fold or len(set(fold)) < len(fold):
                raise ValueError("a fold tests no document, or one twice")


@dataclass(frozen=True)
class LedgerRecord(_Strict):
    """A line of the ledger: what a filter or repair of the corpus concerned."""

    step: str
    """The filter or repair."""
    documents: Count
    """Documents concerned."""
    spans: Count
    """Mentions concerned."""
    count: Count
    """What else was counted."""
    hard: bool
    """True if every report shows it: gold that a tagger may be unable to say."""


@dataclass(frozen=True)
class CeilingRecord(_Strict):
    """What a perfect word tagger could reach for one label, or for all."""

    label: str
    """The label, or `micro` for all of them."""
    precision: Fraction
    """Precision as a fraction."""
    recall: Fraction
    """Recall as a fraction."""
    f1: Fraction
    """F1 as a fraction."""


@dataclass(frozen=True)
class CardRecord(_Strict):
    """A corpus without its text (`corpora/CARD.jsonl`)."""

    name: Name
    """The corpus."""
    version: str
    """Its release."""
    unit: str
    """What a document is: a sentence, or a document."""
    words_by: str
    """What made the words; empty where that was not kept."""
    ceiling: tuple[CeilingRecord, ...]
    """What a perfect word tagger could reach."""
    gold_is: Literal["all", "flat"]
    """What predictions are scored against."""
    licence: str
    """The licence of the release."""
    citation: str
    """The paper."""
    published: Mapping[str, Count]
    """Counts that the paper prints."""
    counted: Mapping[str, Count]
    """Counts of the release, before any filter."""
    labels: tuple[Name, ...]
    """The labels."""
    counts: Mapping[str, Count]
    """Counts as benchmarked."""
    ledger: tuple[LedgerRecord, ...]
    """Every filter and repair."""
    files: Mapping[str, str]
    """The sha256 of each file that was read."""
    fingerprint: str
    """A hash of texts, words and gold."""
    gold: Mapping[str, tuple[PlainSpan, ...]]
    """The mentions of each document."""
    group_of: Mapping[str, str]
    """The group of each document."""
    tokens_of: Mapping[str, Count]
    """How many words each document has."""

    def __post_init__(self) -> None:
        if not self.gold.keys() == self.group_of.keys() == self.tokens_of.keys():
            raise ValueError("gold, groups and words are of different documents")
        known = set(self.labels)
        for name, spans in self.gold.items():
            for span in spans:
                if not (span[0] < span[1] and span[2] in known):
                    raise ValueError(f"gold of document {name!r} is no span with a label of the corpus")


@dataclass(frozen=True)
class WordsRecord(_Strict):
    """Where the words of a corpus stand, without them (`words/CARD.jsonl`)."""

    ranges: Mapping[str, tuple[Offset, ...]]
    """By document, for each word the distance from the one before and its length, in characters."""
    forms: Mapping[str, tuple[Count, ...]]
    """By document, for each gold span a number: the same for spans of one label and the same words, case aside."""

    def __post_init__(self) -> None:
        if self.ranges.keys() != self.forms.keys() or any(len(steps) % 2 for steps in self.ranges.values()):
            raise ValueError("ranges and forms are of different documents, or a word has no length")


@dataclass(frozen=True)
class EnvironmentRecord(_Strict):
    """What was installed where cells ran (`environments/NAME.jsonl`)."""

    python: str
    """The version of Python."""
    packages: Mapping[str, str]
    """The version of each distribution."""


@dataclass(frozen=True)
class TrainingRecord(_Strict):
    """What a kept tagger has learnt from."""

    dataset: Name
    """The corpus."""
    version: str
    """Its release."""
    fingerprint: str
    """A hash of texts, words and gold of the whole corpus."""
    split: Name | None
    """The split whose training part it is; None: all documents."""
    fold: Count | None
    """The fold of that split, from 0; None: all documents."""
    documents: Count
    """How many documents were learnt from."""
    mentions: Count
    """How many mentions these have."""
    parts: Mapping[str, Count]
    """Of these documents, how many are in each part that the release names."""
    words: str
    """What made the words: a splitter, or `format` where the files have them."""


@dataclass(frozen=True)
class MeasuredRecord(_Strict):
    """What a benchmark measured of a kept tagger's row on a split, by a label."""

    split: Name
    """The split."""
    label: Name
    """The label, or `micro` for all of them."""
    evaluator: Name
    """What predictions were scored by."""
    folds: Count
    """How many folds were measured."""
    folds_planned: Count
    """How many folds were planned."""
    precision: Fraction | None
    """Precision as a fraction, mean over folds."""
    recall: Fraction | None
    """Recall as a fraction, mean over folds."""
    f1: Fraction | None
    """F1 as a fraction, mean over folds."""
    f1_low: Fraction | None
    """The lower end of the interval of F1."""
    f1_high: Fraction | None
    """Its upper end."""
    interval: str | None
    """The kind of the interval."""
    fit_seconds: Seconds | None
    """Wall time of the fit in seconds, mean over folds."""
    documents_per_second: Annotated[float, Field(ge=0, le=1e12)] | None
    """Documents predicted in a second."""
    peak_memory_bytes: Count | None
    """The most resident memory of all folds."""
    machine: str | None
    """The id of the machine; None if folds ran on several."""


@dataclass(frozen=True)
class TaggerRecord(_Strict):
    """A kept tagger (`tagger.json`), wherever it was kept: by `fit`, by `run --keep-models`, or from Python."""

    format: Literal[2]
    """The version of the folder of a kept tagger."""
    use: Name
    """The tagger's plugin."""
    version: str
    """The version that the plugin says."""
    params: JsonMap
    """The parameters that it was fitted with, every value decided, those of a search included."""
    labels: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The labels that it predicts."""
    words: Name
    """The splitter that makes the words of a text."""
    unit: Literal["sentence", "document"]
    """What a text is."""
    scores: bool
    """True if it was asked for the scores of spans, and has them."""
    adrbench: str = ""
    """The version of adrbench that kept it."""
    code: str = ""
    """A hash of the plugin's code."""
    distribution: str = ""
    """The distribution that the plugin comes from."""
    seed: int | None = None
    """The seed of whatever it drew."""
    benchmark: str = ""
    """The name of the benchmark."""
    tagger: str = ""
    """The id of its row in the benchmark."""
    training: TrainingRecord | None = None
    """What it has learnt from."""
    tuned: Tuned | None = None
    """What a study found before the fit."""
    pretrained: Pretrained | None = None
    """How its checkpoint was made before the fit."""
    costs: Costs | None = None
    """What the fit cost."""
    machine: Machine | None = None
    """Where it was fitted."""
    predicted_fit_seconds: Seconds | None = None
    """Wall time of the fit in seconds, as it was predicted from the folds of the benchmark."""
    measured: tuple[MeasuredRecord, ...] = ()
    """What the benchmark measured of its row."""
    environment: EnvironmentRecord | None = None
    """What was installed where it was fitted."""
    own_interpreter: bool = False
    """True if it was fitted by an interpreter that the benchmark file names."""


@dataclass(frozen=True)
class BaselineTime(_Strict):
    """How long a row of a baseline took."""

    seconds: Seconds
    """Wall time of fit and predict in seconds, all folds together."""
    machine: str
    """The id of the machine."""
    jobs: Annotated[int, Field(ge=1, le=2**20)]
    """How many cells ran at a time."""


@dataclass(frozen=True)
class BaselineEntry(_Strict):
    """A row of the regression gate's baseline."""

    dataset: Name
    """The corpus."""
    splits: Name
    """The split."""
    tagger: Name
    """The row."""
    card: Name
    """The name of the corpus's card."""
    folds: Name
    """A hash of the folds."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """The names of the columns of counts."""
    rows: tuple[tuple[Finite, ...], ...]
    """The rows of counts that occur, each once."""
    row_of: tuple[tuple[Count, ...], ...]
    """By fold, the place in `rows` of each document, in the order of their ids."""
    time: BaselineTime | None
    """How long it took; None where its folds cannot be added up."""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row of counts has more or fewer columns than there are names")
        if not self.row_of or any(place >= len(self.rows) for fold in self.row_of for place in fold):
            raise ValueError("a document has no counts")


@dataclass(frozen=True)
class BaselineRecord(_Strict):
    """The baseline of the regression gate."""

    evaluator: Name
    """What its figures were counted by."""
    format: Literal[1]
    """The version of the file."""
    entries: tuple[BaselineEntry, ...]
    """Its rows."""


@dataclass(frozen=True)
class ResponseRecord(_Strict):
    """What a server answered a cell (`RESULTS.responses/KEY.jsonl`)."""

    request: Hash
    """The hash of all that decides the response: model, messages, parameters, schema, repeat. Prompts are not kept:
    they may hold gold of documents that are under test in other folds."""
    model: str
    """The model that was asked."""
    prompt_tokens: Count
    """Tokens that were sent, cached ones included."""
    cached_tokens: Count
    """Those of them that the server had cached."""
    completion_tokens: Count
    """Tokens that came back."""
    paid: bool
    """True if this cell asked for it; False for a copy of another cell's."""
    response: str
    """The response, as JSON in a text."""


def _check_complete(costs: Costs) -> None:
    """Raise `ValueError` if costs lack a phase that every cell that is ok went through."""
    lacking = {"import", "warm_up", "fit", "predict"} - costs.seconds.keys()
    for phases in (costs.cpu_seconds, costs.energy_joules):
        lacking |= set() if phases is None else {"fit", "predict"} - phases.keys()
    if lacking:
        raise ValueError(f"costs of a cell that is ok should have the phases {', '.join(sorted(lacking))}")


_ADAPTERS: Mapping[type[object], TypeAdapter[object]] = {
    kind: TypeAdapter(kind)
    for kind in (
        Mark,
        CellRecord,
        TimingsRecord,
        Outcome,
        PlanRecord,
        SplitRecord,
        CardRecord,
        WordsRecord,
        EnvironmentRecord,
        TaggerRecord,
        BaselineEntry,
        BaselineRecord,
        ResponseRecord,
    )
}


def write_record(record: object, *, indent: int | None = None) -> bytes:
    """Write a record.

    Args:
        record: A record of this module.
        indent: Spaces a level, for a file that people read; None: one line.

    Returns:
        JSON, without a line end.
    """
    return _ADAPTERS[type(record)].dump_json(record, indent=indent, warnings=False)


def read_record(kind: type[_Record], line: bytes | str) -> _Record:
    """Read a record that `write_record` wrote.

    Args:
        kind: The class of the record.
        line: The line.

    Returns:
        The record.

    Raises:
        Damaged: The line is no such record. The message names the first place that is wrong.
    """
    try:
        record = _ADAPTERS[kind].validate_json(line)
    except ValidationError as error:
        raise Damaged(explain(error)) from None
    except (RecursionError, OverflowError) as error:
        raise Damaged(str(error)) from None
    if not isinstance(record, kind):
        raise Damaged(f"it is no {kind.__name__}")
    return record


def explain(error: ValidationError) -> str:
    """Put the first problem of a record into words.

    Args:
        error: What pydantic raised.

    Returns:
        Place and problem, without the value.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"][:4])
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
