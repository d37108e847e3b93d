"""What would taggers reach together that were measured apart? A majority vote over stored predictions.

    python benchmarks/votes.py RESULTS:TAGGER RESULTS:TAGGER ... [--splits random]

Each voter is a tagger of a results folder; all folders must have the same gold in the same folds. Nothing is fitted and
nothing is chosen: a span stands if more than half of the voters have it, as ``vote = "majority"`` of adrbench-ensemble
does. The table has P, R and F1 of each voter and of the vote, means over the folds in percent, the vote's difference to
the best voter, and 95% Nadeau-Bengio intervals.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from statistics import mean

import adrbench
from adrbench.api import Span
from adrbench.errors import InputError
from adrbench.scoring.statistics.intervals import nadeau_bengio
from adrbench_ensemble.voting import elect

Answers = Mapping[str, Sequence[Span]]
Fold = tuple[float, float, float]


def figures(gold: Answers, answers: Answers) -> Fold:
    """Precision, recall and F1 of exact spans on one fold, in percent."""
    right = sum(len(set(spans) & set(answers.get(name, ()))) for name, spans in gold.items())
    given, wanted = sum(len(set(spans)) for spans in answers.values()), sum(len(set(spans)) for spans in gold.values())
    return 100 * right / max(given, 1), 100 * right / max(wanted, 1), 200 * right / max(given + wanted, 1)


def vote(members: Sequence[Answers], documents: Sequence[str]) -> Answers:
    """What more than half of the members say, document by document."""
    weights = [1.0] * len(members)
    return {name: elect([member.get(name, ()) for member in members], weights, 0.5) for name in documents}


def measure(voters: Sequence[str], splits: str) -> dict[str, list[Fold]]:
    """The figures of each fold, by voter, and of the vote.

    Raises:
        InputError: A voter is not ``RESULTS:TAGGER`` or was not measured, or gold or folds differ.
    """
    results = {}
    for voter in voters:
        folder, colon, tagger = voter.rpartition(":")
        if not colon:
            raise InputError(f"{voter}: should be RESULTS:TAGGER")
        results[voter] = (adrbench.Results(folder), tagger)
    first = next(iter(results.values()))[0]
    folds = max((row.folds for row in first.rows if row.split == splits), default=0)
    if not folds:
        raise InputError(f"{voters[0]}: no split {splits!r} was measured")
    found: dict[str, list[Fold]] = {name: [] for name in (*voters, "vote")}
    for fold in range(1, folds + 1):
        gold = first.gold(fold=fold, splits=splits)
        answers: dict[str, Answers] = {}
        for voter, (stored, tagger) in results.items():
            if stored.gold(fold=fold, splits=splits) != gold:
                raise InputError(f"{voter}: fold {fold} has other documents or gold than {voters[0]}")
            answers[voter] = stored.predictions(tagger, fold=fold, splits=splits)
        answers["vote"] = vote(list(answers.values()), list(gold))
        for name, spans in answers.items():
            found[name].append(figures(gold, spans))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("voters", nargs="+", metavar="RESULTS:TAGGER")
    parser.add_argument("--splits", default="random")
    given = parser.parse_args()
    try:
        found = measure(given.voters, given.splits)
    except InputError as error:
        parser.error(str(error))
    best = max(given.voters, key=lambda name: mean(f1 for *_, f1 in found[name]))
    print("|  | P | R | F1 | vote - best |\n|---|---:|---:|---:|---:|")
    for name, folds in found.items():
        own = " | ".join(f"{mean(column):.1f}" for column in zip(*folds, strict=True))
        gain = ""
        if name == "vote":
            differences = [ours[2] - theirs[2] for ours, theirs in zip(folds, found[best], strict=True)]
            between = nadeau_bengio(differences, 1 / len(folds))
            gain = f"{mean(differences):+.1f}" + (f" ({between.low:+.1f} to {between.high:+.1f})" if between else "")
        print(f"| {name} | {own} | {gain} |")


if __name__ == "__main__":
    main()
