"""What a leaderboard consists of. Figures are fractions, times seconds, sizes bytes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from pydantic import JsonValue

from adrbench.results.prices import PriceSheet
from adrbench.results.schema import CardRecord, Machine, PublishedRecord

# Names of columns in JSON and CSV: those on the left go with the next minor version.
RENAMED: Mapping[str, str] = {
    "splits": "split",
    "of": "tagger_id",
    "point": "grid_point",
    "others": "other_f1",
    "of_splits": "full_split",
}


PUBLISHED = "published"
"""The status of a row that only a paper has."""


def _renamed(old: str) -> Callable[[Row], object]:
    """The getter of an attribute by its old name."""

    def get(row: Row) -> object:
        warnings.warn(f"Row.{old} goes with version 0.2: use Row.{RENAMED[old]}", DeprecationWarning, stacklevel=2)
        return getattr(row, RENAMED[old])

    return get


# In less time, starting libraries says more than computing.
_TELLING_SECONDS = 5.0
_BUSY = 0.8


@dataclass(frozen=True)
class Cost:
    """The costs of a tagger's cells.

    Attributes:
        fit_seconds: Wall time of the fit in seconds, mean over folds, without imports and warm-up.
        predict_seconds: Wall time of the prediction in seconds, mean over folds.
        total_seconds: Fit and predict, summed over folds.
        cpu_seconds: Processor time of fit and predict, summed over folds.
        import_seconds: Wall time of imports and warm-up, mean over folds.
        documents_per_second: Documents predicted in a second.
        tokens_per_second: Words predicted in a second.
        peak_memory_bytes: The most resident memory of all folds.
        peak_gpu_memory_bytes: The most GPU memory of all folds.
        parameters: The largest number of parameters of all folds.
        tune_seconds: Wall time of all studies, each counted once.
        pretrain_seconds: Wall time of all pre-training, each counted once.
        energy_joules: Energy of fit and predict, summed over folds.
        fit_seconds_sd: The standard deviation of ``fit_seconds`` over folds; None below two folds.
        predict_seconds_sd: The same of ``predict_seconds``.
        total_seconds_sd: The same of a fold's fit and predict together.
        documents_per_second_sd: The same of ``documents_per_second``.
        peak_memory_bytes_sd: The same of the peaks of resident memory.
        peak_gpu_memory_bytes_sd: The same of the peaks of GPU memory.
        energy_joules_sd: The same of the energy of a fold's fit and predict.
        prompt_tokens_per_1000: Tokens that are sent to a server for 1,000 documents, cached ones included.
        cached_tokens_per_1000: Those of them that the server had cached.
        completion_tokens_per_1000: Tokens that come back.
        requests_per_1000: Requests for 1,000 documents.
        latency_p50_seconds: The median time from a request to its answer, mean over folds.
        latency_p95_seconds: The 95th percentile of that time, mean over folds.
        money_per_1000: The price of tagging 1,000 documents, by the price sheet.
        prompt_tokens_per_1000_sd: The standard deviation of ``prompt_tokens_per_1000`` over folds.
        completion_tokens_per_1000_sd: The same of ``completion_tokens_per_1000``.
        money_per_1000_sd: The same of ``money_per_1000``.
        fit_responses: Responses of a server that were used before the prediction, summed over folds: of a teacher, of a
            holdout, of a search. None if there were none.
        fit_prompt_tokens: Tokens that were sent for them, cached ones included.
        fit_cached_tokens: Those of them that the server had cached.
        fit_completion_tokens: Tokens that came back.
        fit_money: The price of these tokens, by the price sheet.
        machine: The id of the machine, or of one of its class. None if folds ran on machines of several classes, or in
            several precisions: then there are no times, since those do not mix.
    """

    fit_seconds: float | None = None
    predict_seconds: float | None = None
    total_seconds: float | None = None
    cpu_seconds: float | None = None
    import_seconds: float | None = None
    documents_per_second: float | None = None
    tokens_per_second: float | None = None
    peak_memory_bytes: int | None = None
    peak_gpu_memory_bytes: int | None = None
    parameters: int | None = None
    tune_seconds: float | None = None
    pretrain_seconds: float | None = None
    energy_joules: float | None = None
    fit_seconds_sd: float | None = None
    predict_seconds_sd: float | None = None
    total_seconds_sd: float | None = None
    documents_per_second_sd: float | None = None
    peak_memory_bytes_sd: float | None = None
    peak_gpu_memory_bytes_sd: float | None = None
    energy_joules_sd: float | None = None
    prompt_tokens_per_1000: float | None = None
    cached_tokens_per_1000: float | None = None
    completion_tokens_per_1000: float | None = None
    requests_per_1000: float | None = None
    latency_p50_seconds: float | None = None
    latency_p95_seconds: float | None = None
    money_per_1000: float | None = None
    prompt_tokens_per_1000_sd: float | None = None
    completion_tokens_per_1000_sd: float | None = None
    money_per_1000_sd: float | None = None
    fit_responses: int | None = None
    fit_prompt_tokens: int | None = None
    fit_cached_tokens: int | None = None
    fit_completion_tokens: int | None = None
    fit_money: float | None = None
    machine: str | None = None

    @property
    def on_busy_machine(self) -> bool:
        """True if fit and predict had much less than one core, and no GPU or server to wait for."""
        if self.peak_gpu_memory_bytes is not None or self.requests_per_1000 is not None:
            return False
        wall, processor = self.total_seconds, self.cpu_seconds
        return wall is not None and processor is not None and wall >= _TELLING_SECONDS and processor < _BUSY * wall


@dataclass(frozen=True)
class Row:
    """A tagger on a split of a corpus, for one label.

    Attributes:
        dataset: The corpus.
        split: The split.
        tagger: The id of the row.
        family: The family of its plugin.
        label: The label; ``micro``: all of them together.
        status: ok, failed, timeout, oom, skipped or pending; published for a system that only a paper has.
        reason: Why it is not ok.
        precision: Precision as a fraction, mean over the folds that were measured.
        recall: Recall as a fraction, mean over these folds.
        f1: F1 as a fraction, mean over these folds.
        f1_low: The lower end of the interval of F1.
        f1_high: Its upper end.
        precision_low: The lower end of the interval of precision.
        precision_high: Its upper end.
        recall_low: The lower end of the interval of recall.
        recall_high: Its upper end.
        interval: The kind of these intervals.
        folds: How many folds were measured.
        folds_planned: How many folds were planned.
        support: Gold mentions, summed over folds.
        ties: Letters; taggers that share a letter are not significantly different.
        fold_f1: F1 of each fold.
        published_precision: Precision in a paper, a fraction.
        published_recall: Recall in a paper, a fraction.
        published_f1: F1 in a paper, a fraction.
        published_source: The paper.
        published_precision_low: The lower end of the paper's interval of precision.
        published_precision_high: Its upper end.
        published_recall_low: The lower end of the paper's interval of recall.
        published_recall_high: Its upper end.
        published_f1_low: The lower end of the paper's interval of F1.
        published_f1_high: Its upper end.
        published_support: Gold mentions in the paper, or words of a tag.
        published_fit_seconds: The time of a fit in the paper, in seconds.
        stand_in_for: The corpora that this one stands in for.
        limit: The corpus was cut to so many documents, for a quick look.
        gold: The gold that predictions are scored against: ``all`` mentions, or the ``flat`` ones.
        ceiling_precision: Precision of exact spans that a word tagger without mistakes has on this corpus.
        ceiling_recall: Its recall.
        ceiling_f1: Its F1; None in results of a version that did not measure it.
        evaluator: The evaluator.
        imported: True for predictions of a system that adrbench did not run; they have no costs.
        other_f1: F1 by the other evaluators of the benchmark.
        ece: The expected calibration error of the scores of its mentions, a fraction, mean over folds; None unless the
            benchmark has the evaluator ``calibration`` and the tagger gives scores.
        tagger_id: The tagger's id in the benchmark file.
        grid_point: The values of the row's point of the grid; empty without a grid.
        fraction: The fraction of each training part that is learnt from.
        full_split: The name of the split with whole training parts.
        train_documents: How many documents are learnt from, mean over folds.
        tuned: The best values of its studies, by fold.
        use: The plugin.
        version: The version of the plugin.
        code: A hash of the plugin's sources.
        answers: Counts of a server's answers, summed over folds, by the names of ``adrbench.results.tokens.COUNTS``.
        precisions: Folds by the precision and the instructions that they were computed with, where the tagger says.
        machines: Folds by the id of the machine, or of one of its class.
        distillation: What a distillation took, by the names of ``leaderboard._distillation``; empty without one.
        calibration: What calibrated scores were learnt from, by the names of ``leaderboard._calibration``; empty for
            other taggers.
        cost: The costs.
    """

    dataset: str
    split: str
    tagger: str
    family: str
    label: str
    status: str
    reason: str = ""
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    f1_low: float | None = None
    f1_high: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    recall_low: float | None = None
    recall_high: float | None = None
    interval: str | None = None
    folds: int = 0
    folds_planned: int = 0
    support: int | None = None
    ties: str = ""
    fold_f1: tuple[float, ...] = ()
    published_precision: float | None = None
    published_recall: float | None = None
    published_f1: float | None = None
    published_source: str = ""
    published_precision_low: float | None = None
    published_precision_high: float | None = None
    published_recall_low: float | None = None
    published_recall_high: float | None = None
    published_f1_low: float | None = None
    published_f1_high: float | None = None
    published_support: int | None = None
    published_fit_seconds: float | None = None
    stand_in_for: str = ""
    limit: int | None = None
    gold: str = "all"
    ceiling_precision: float | None = None
    ceiling_recall: float | None = None
    ceiling_f1: float | None = None
    evaluator: str = "exact"
    imported: bool = False
    other_f1: Mapping[str, float | None] = field(default_factory=dict)
    ece: float | None = None
    tagger_id: str = ""
    grid_point: Mapping[str, JsonValue] = field(default_factory=dict)
    fraction: float = 1.0
    full_split: str = ""
    train_documents: float | None = None
    tuned: tuple[Mapping[str, JsonValue], ...] = ()
    use: str = ""
    version: str = ""
    code: str = ""
    answers: Mapping[str, int] = field(default_factory=dict)
    precisions: Mapping[str, int] = field(default_factory=dict)
    machines: Mapping[str, int] = field(default_factory=dict)
    distillation: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, int] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)

    @property
    def has_figures(self) -> bool:
        """Whether there is a figure to show, measured or published."""
        return self.recall is not None or self.is_published

    @property
    def is_published(self) -> bool:
        """Whether a paper has figures for it."""
        return bool(self.published_source)

    splits = property(_renamed("splits"))
    of = property(_renamed("of"))
    point = property(_renamed("point"))
    others = property(_renamed("others"))
    of_splits = property(_renamed("of_splits"))

    def flat(self) -> dict[str, object]:
        """Turn the row into one plain object.

        Returns:
            Every field, those of the costs included, with the ``RENAMED`` ones under both names.
        """
        plain: dict[str, object] = {**vars(self), **vars(self.cost)}
        del plain["cost"]
        plain["fold_f1"] = list(self.fold_f1)
        plain["other_f1"] = dict(self.other_f1)
        plain["grid_point"] = dict(self.grid_point)
        plain["answers"] = dict(self.answers)
        plain["precisions"] = dict(self.precisions)
        plain["machines"] = dict(self.machines)
        plain["distillation"] = dict(self.distillation)
        plain["calibration"] = dict(self.calibration)
        plain["tuned"] = [dict(values) for values in self.tuned]
        return plain | {old: plain[new] for old, new in RENAMED.items()}


class RowFigures(TypedDict, total=False):
    """The fields of a leaderboard's row that are figures."""

    precision: float | None
    recall: float | None
    f1: float | None
    f1_low: float | None
    f1_high: float | None
    precision_low: float | None
    precision_high: float | None
    recall_low: float | None
    recall_high: float | None
    interval: str | None
    support: int
    fold_f1: tuple[float, ...]
    ece: float | None


def together(problems: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Gather taggers that share status and reason.

    Args:
        problems: Tagger, status and reason of each problem.

    Returns:
        The problems, with the names of such taggers joined by a comma.

    >>> together([("a", "skipped", "no GPU"), ("b", "failed", "typo"), ("c", "skipped", "no GPU")])
    [('a, c', 'skipped', 'no GPU'), ('b', 'failed', 'typo')]
    """
    taggers: dict[tuple[str, str], list[str]] = {}
    for tagger, status, reason in problems:
        names = taggers.setdefault((status, reason), [])
        if tagger not in names:
            names.append(tagger)
    return [(", ".join(names), *problem) for problem, names in taggers.items()]


def unmeasured(rows: Iterable[Row]) -> list[tuple[str, str, str]]:
    """List taggers that could not be measured.

    Args:
        rows: Rows of a leaderboard.

    Returns:
        Taggers, status and reason, as ``together`` gives them.
    """
    return together((row.tagger, row.status, row.reason) for row in rows if row.status not in {"ok", PUBLISHED})


@dataclass(frozen=True)
class Board:
    """All rows of a results folder, with facts that their reader needs.

    Attributes:
        benchmark: The name of the benchmark.
        rows: The rows.
        interval: The kind of their intervals.
        corpora: The card of each corpus.
        machines: The machines, by id.
        notes: Lines about a corpus and split, by both: hard cases of the gold, overlap of train and test.
        absent: Corpora of the benchmark that could not be had, with the reason.
        prices: The price sheet; None without one.
        published_elsewhere: Published figures of corpora that could not be had, and means over corpora.
    """

    benchmark: str
    rows: tuple[Row, ...]
    interval: str
    corpora: Mapping[str, CardRecord]
    machines: Mapping[str, Machine]
    notes: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    prices: PriceSheet | None = None
    published_elsewhere: tuple[PublishedRecord, ...] = ()

    def sections(self) -> dict[tuple[str, str], list[Row]]:
        """Gather the rows for all labels together.

        Returns:
            Rows by corpus and split, best first, those without a figure last.
        """
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            if row.label == "micro":
                found.setdefault((row.dataset, row.split), []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row.recall is None, -(row.f1 or row.recall or 0.0)))
        return found
