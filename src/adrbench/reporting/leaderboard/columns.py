"""The columns of a leaderboard: one name each, in every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from adrbench.reporting.tables import Column
from adrbench.results.leaderboard.rows import Cost


def _hidden(key: str, says: str) -> Column:
    return Column(key, key, says=says, shown=False)


# Every column, in the order of JSON and CSV. Those that are shown are those of the tables, in their order there.
COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        _hidden("schema_version", "the version of these names"),
        _hidden("dataset", "the corpus"),
        _hidden("split", "its split"),
        Column("tagger", "Tagger", says="its id, and its setting in a grid"),
        _hidden("family", "the kind of method"),
        _hidden("label", "`micro` is all labels together; `macro` and `weighted` are means over labels"),
        _hidden("status", "`ok`, `failed`, `timeout`, `oom`, `skipped` or `pending`; `published`: of a paper only"),
        _hidden("reason", "why the status is not `ok`"),
        Column("precision", "P", "percent", "precision, mean over the measured folds"),
        Column("precision_interval", "95%", "interval", "95% interval of precision", spare=True),
        Column("recall", "R", "percent", "recall, mean over the measured folds"),
        Column("recall_interval", "95%", "interval", "95% interval of recall", spare=True),
        Column("f1", "F1", "percent", "F1, mean over the measured folds"),
        Column("f1_interval", "95%", "interval", "95% interval of F1"),
        Column("f1_bar", "F1", "bar", "F1 with its interval"),
        _hidden("f1_low", "the lower end of the 95% interval of F1"),
        _hidden("f1_high", "its upper end"),
        _hidden("precision_low", "the lower end of the 95% interval of precision"),
        _hidden("precision_high", "its upper end"),
        _hidden("recall_low", "the lower end of the 95% interval of recall"),
        _hidden("recall_high", "its upper end"),
        _hidden("interval", "their kind; empty with fewer than two folds measured, unless the split has one"),
        _hidden("folds", "how many folds were measured"),
        _hidden("folds_planned", "of how many"),
        Column("support", "Gold", "count", "gold spans in the measured folds", shown=False),
        Column("ties", "Ties", "letters", "taggers that share a letter are not significantly different"),
        Column("ece", "ECE", "percent", "expected calibration error of the scores, by the evaluator `calibration`"),
        _hidden("fold_f1", "F1 of each measured fold"),
        _hidden("published_precision", "precision of the paper, from the benchmark file"),
        _hidden("published_recall", "recall of the paper"),
        Column("published_f1", "Paper F1", "percent", "F1 of the paper"),
        _hidden("published_source", "which paper, and where in it"),
        *(
            _hidden(f"published_{figure}_{end}", f"the {words} end of the paper's interval of {name}")
            for figure, name in (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
            for end, words in (("low", "lower"), ("high", "upper"))
        ),
        Column("published_support", "Paper gold", "count", "gold spans in the paper, or words of a tag", shown=False),
        _hidden("published_fit_seconds", "the time of a fit in the paper, in seconds"),
        _hidden("stand_in_for", "the corpus that could not be had, if this one takes its place"),
        _hidden("limit", "the corpus was cut to so many documents (`--limit`), and then nothing published is shown"),
        _hidden("gold", "`all`: every mention as annotated; `flat`: the flat spans that the benchmark file makes"),
        _hidden("ceiling_precision", "precision of exact spans that a word tagger without mistakes has"),
        _hidden("ceiling_recall", "its recall"),
        _hidden("ceiling_f1", "its F1"),
        _hidden("evaluator", "what judged"),
        _hidden("imported", "predictions of a system that adrbench did not run, so without costs"),
        _hidden("other_f1", "F1 by the benchmark's other evaluators"),
        _hidden("tagger_id", "the tagger's id in the benchmark file"),
        _hidden("grid_point", "its setting in a grid; in CSV as JSON"),
        _hidden("fraction", "which part of each training part was learnt from"),
        _hidden("full_split", "what the split is called with all of it"),
        _hidden("train_documents", "how many documents were learnt from, mean over folds"),
        _hidden("tuned", "the best values of a study, fold by fold; in CSV as JSON"),
        _hidden("use", "the plugin"),
        _hidden("version", "its version"),
        _hidden("code", "the hash of its sources"),
        _hidden("answers", "counts of a server's answers, such as `retries` and `unaligned`; in CSV as JSON"),
        _hidden("precisions", "folds by what they were computed with, where the tagger says; in CSV as JSON"),
        _hidden("machines", "folds by the id of the kind of machine that they ran on; in CSV as JSON"),
        _hidden("distillation", "what teacher and student took, and the break-even; in CSV as JSON"),
        _hidden("calibration", "what calibrated scores were learnt from; in CSV as JSON"),
        Column("fit_seconds", "Fit", "seconds", "wall seconds a fold, mean over folds"),
        Column("predict_seconds", "Predict", "seconds", "wall seconds a fold, mean over folds"),
        _hidden("total_seconds", "fit and predict of all folds together, wall time"),
        _hidden("cpu_seconds", "fit and predict of all folds together, processor time"),
        _hidden("import_seconds", "imports and warm-up, mean over folds; in none of the other times"),
        Column("documents_per_second", "Docs/s", "rate", "documents a second of predict"),
        _hidden("tokens_per_second", "words a second of predict"),
        Column("peak_memory_bytes", "Memory", "bytes", "the largest peak of all folds"),
        Column("peak_gpu_memory_bytes", "GPU", "bytes", "the largest peak of GPU memory of all folds"),
        _hidden("parameters", "trained parameters of the model, where the tagger says"),
        Column("tune_seconds", "Tuning", "duration", "all trials, each study once; in none of the other times"),
        Column("pretrain_seconds", "Pre-training", "duration", "each pre-training once; in none of the other times"),
        Column("energy_joules", "Energy", "joules", "fit and predict of all folds, where the machine can tell"),
        Column("prompt_tokens_per_1000", "Sent", "count", "tokens sent to a server for 1,000 documents"),
        Column("cached_tokens_per_1000", "Cached", "count", "those of them that the server had cached", spare=True),
        Column("completion_tokens_per_1000", "Received", "count", "tokens that came back for 1,000 documents"),
        Column("requests_per_1000", "Requests", "count", "requests for 1,000 documents", spare=True),
        Column("latency_p50_seconds", "p50", "seconds", "median seconds of a request, mean over folds", spare=True),
        Column("latency_p95_seconds", "p95", "seconds", "the 95th percentile of that", spare=True),
        Column("money_per_1000", "Price", "money", "the price of tagging 1,000 documents, by the price sheet"),
        _hidden("fit_seconds_sd", "its standard deviation over folds"),
        _hidden("predict_seconds_sd", "the same of predict"),
        _hidden("total_seconds_sd", "the same of a fold's fit and predict together"),
        _hidden("documents_per_second_sd", "the same of documents a second"),
        _hidden("peak_memory_bytes_sd", "the same of the peaks of memory"),
        _hidden("peak_gpu_memory_bytes_sd", "the same of the peaks of GPU memory"),
        _hidden("energy_joules_sd", "the same of the energy of a fold"),
        _hidden("prompt_tokens_per_1000_sd", "the same of tokens that are sent"),
        _hidden("completion_tokens_per_1000_sd", "the same of tokens that come back"),
        _hidden("money_per_1000_sd", "the same of the price"),
        _hidden("fit_responses", "responses of a server before the prediction, as a teacher's, all folds together"),
        _hidden("fit_prompt_tokens", "tokens sent for them"),
        _hidden("fit_cached_tokens", "those of them that the server had cached"),
        _hidden("fit_completion_tokens", "tokens that came back for them"),
        _hidden("fit_money", "their price, by the price sheet"),
        Column(
            "machine",
            "Machine",
            says="its id, or that of one of its kind; empty where folds mix kinds or precisions: no costs then",
        ),
    )
}
LABEL = Column("label", "Label")
"""The column of labels where a table shows it."""
COSTS = frozenset(field.name for field in fields(Cost))
"""The columns whose values are costs."""


def with_room(column: Column, *, intervals: bool) -> Column:
    """Keep a column where there is little room.

    Args:
        column: One of ``COLUMNS``.
        intervals: Whether to keep it even if it is a spare one.

    Returns:
        The column.
    """
    return replace(column, spare=False) if intervals else column
