"""A recommendation in words: what a colleague who knows the figures would say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adrbench._system.machine import describe
from adrbench.datasets.ceiling import HIGH_ENOUGH
from adrbench.reporting.advice_record import OPTIONS, alternative_record, cost_record, promise_record
from adrbench.reporting.formatting import count, duration, percent, points, size
from adrbench.reporting.formatting import money as amount_of
from adrbench.results.leaderboard.rows import PUBLISHED
from adrbench.results.recommendation.choice import Candidate
from adrbench.results.recommendation.estimate import Breach, Estimate
from adrbench.results.recommendation.recommend import MICRO, Place, Recommendation
from adrbench.scoring.statistics.intervals import Interval

# A label is weak if its F1 is lower than that of all labels by this fraction.
_WEAK = 0.1
# New mentions are found badly if their recall is lower than that of known ones by this fraction.
_GAP = 0.25
_CEILING = 0.95
_INSTANT = 0.1
# So many names are said at most.
_MANY = 8
# A loss of F1 that no saving is worth; a larger margin is not spoken of.
_FAR = 0.1
# Times vary much if the slowest fold takes so many times as long as the fastest.
_VARIED = 1.5


@dataclass(frozen=True)
class Advice:
    """A recommendation for a corpus, in words and in figures.

    Attributes:
        dataset: The corpus.
        split: The split that its figures are of.
        label: The label in question; ``micro``: all of them together.
        tagger: The tagger to use; None if none can be recommended.
        headline: The first sentence of the reason.
        reason: Why, in a few short paragraphs.
        f1: The F1 to expect: ``value``, ``low``, ``high``, ``folds``, ``picks``; None with one fold.
        costs: What it costs, in seconds, bytes, joules and money, with the spread over folds.
        alternatives: The other taggers, best first: their F1, by how much it differs, costs, and the limits they break.
        warnings: What a reader must know before acting on it.
    """

    dataset: str
    split: str
    label: str
    tagger: str | None
    headline: str
    reason: str
    f1: Mapping[str, Any] | None
    costs: Mapping[str, Any] | None
    alternatives: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        return "\n\n".join((self.reason, *(f"Warning: {warning}" for warning in self.warnings)))


def advise(found: Recommendation) -> Advice:
    """Put a recommendation into words.

    Args:
        found: The recommendation.

    Returns:
        The words and the figures.
    """
    chosen = found.chosen
    paragraphs = (_advice, _costs_and_steps, _where_it_holds, _open) if chosen is not None else (_refusal, _open)
    reason = "\n\n".join(text for make in paragraphs if (text := " ".join(make(found))))
    made = None if chosen is None else found.choice.estimates[chosen.tagger]
    return Advice(
        dataset=found.place.dataset,
        split=found.place.split,
        label=found.label,
        tagger=None if chosen is None else chosen.tagger,
        headline=next(paragraphs[0](found)),
        reason=reason,
        f1=promise_record(found),
        costs=None if made is None else cost_record(made, found),
        alternatives=tuple(alternative_record(found, c) for c in found.candidates if c is not chosen),
        warnings=tuple(_warnings(found)),
    )


# What is said first: which tagger, why, and the F1 to expect.


def _advice(found: Recommendation) -> Iterator[str]:
    chosen, choice = _chosen(found), found.choice
    margin = f"{100 * found.question.margin:g} point{'' if found.question.margin == 0.01 else 's'}"  # noqa: PLR2004
    f1 = f"F1 of {found.label}" if found.label != MICRO else "F1"
    among = " that keep your limits" if found.question.limits.any else ""
    allowed = [c for c in found.candidates if not choice.breaches[c.tagger]]
    others = [c for c in choice.equivalent if c is not chosen]
    priced = [c for c in others if choice.estimates[c.tagger] is not None]
    said = f"For {_corpus(found.place)}, use {chosen.tagger}: "
    of = f"{f1} of {len(allowed)} taggers{among}"
    if len(allowed) == 1:
        yield f"{said}the only tagger measured on every fold{' that keeps your limits' if among else ''}."
    elif chosen is choice.best and not others:
        yield f"{said}it has the best {of}, {_lead(found, allowed, margin)}."
    elif chosen is choice.best and not priced:
        yield f"{said}it has the best {of}; {_and(others)}, as good, have no costs that can be compared."
    elif chosen is choice.best:
        yield f"{said}it has the best {of}, and costs less than {_and(priced)}, as good."
    else:
        best = choice.best or chosen
        bounds = choice.differences.get(chosen.tagger)
        most = f", at most {percent(max(0.0, -bounds.low))}" if bounds else ""
        loss = percent(max(0.0, (best.row.f1 or 0.0) - (chosen.row.f1 or 0.0)))
        cheapest = (
            f"it is the cheapest of the {len(priced) + 1} taggers{among}"
            if priced
            else "it is the tagger of known costs"
        )
        yield f"{said}{cheapest} whose {f1} is the best, give or take {margin}."
        yield f"To {best.tagger}, the best, it loses {loss} points{most}."
    yield from _expected(found, chosen)


def _lead(found: Recommendation, allowed: Sequence[Candidate], margin: str) -> str:
    """How far the choice is ahead of the next one."""
    second = next(c for c in allowed if c is not found.chosen)
    bounds = found.apart.get(second.tagger)
    if bounds is None or bounds.high >= 0:
        return f"and no other is sure to be within {margin}"
    return f"{percent((_chosen(found).row.f1 or 0.0) - (second.row.f1 or 0.0))} points above {second.tagger}"


def _expected(found: Recommendation, chosen: Candidate) -> Iterator[str]:
    made, place = found.promise, found.place
    own = f"F1 {percent(chosen.row.f1)}{_range(chosen.row.f1_low, chosen.row.f1_high)}"
    if place.folds == 1:
        yield f"It reached {own} on the only fold."
        yield "No F1 is promised, since the choice was made on that fold."
    elif made is None:
        yield f"It reached {own}. No F1 is promised: with any fold left out, no tagger would have been chosen."
    else:
        yield f"Expect F1 {percent(made.f1)}{_range(made.low, made.high)} on such text."
        how = f"The choice was made {place.folds} times, each time without one fold, and scored on that fold"
        if made.picks == {chosen.tagger: place.folds}:
            yield f"{how}: it was {chosen.tagger} every time."
        else:
            picks = [f"{name} {_times(times)}" for name, times in sorted(made.picks.items(), key=lambda one: -one[1])]
            picks += [f"no tagger {_times(made.undecided)}"] if made.undecided else []
            yield f"{how}: it was {_and(picks)}. {chosen.tagger} by itself reached {own}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _refusal(found: Recommendation) -> Iterator[str]:
    place = found.place
    if not found.candidates:
        yield f"For {_corpus(place)}, no tagger can be recommended: each lacks folds of {place.split}."
        return
    yield f"For {_corpus(place)}, no tagger keeps your limits."
    for candidate in found.candidates[:3]:
        broken = found.choice.breaches[candidate.tagger]
        yield f"{candidate.tagger} (F1 {percent(candidate.row.f1)}) {_and([_breach(found, one) for one in broken])}."


# What it costs, and what a step up or down would bring.


def _costs_and_steps(found: Recommendation) -> Iterator[str]:
    chosen = _chosen(found)
    made = found.choice.estimates[chosen.tagger]
    if made is None:
        yield "What it costs is not known."
    else:
        yield _price_tag(found, chosen, made)
    down, up = found.cheaper, found.better
    if down is not None:
        yield _step(found, down, up=False)
    if up is not None:
        yield _step(found, up, up=True)
    elif found.question.limits.any:
        yield "No measured tagger has a higher F1."
    if ties := _dearer_ties(found):
        one = len(ties) == 1
        yield f"{_and(ties)} {'is' if one else 'are'} not shown to be worse, but {'costs' if one else 'cost'} more."


def _price_tag(found: Recommendation, chosen: Candidate, made: Estimate) -> str:
    place, spread = found.place, made.predict_seconds
    by_fold = "" if place.folds == 1 else f" ({_durations(spread.low, spread.high)} by fold)"
    tuned = ", with a new search for its parameters" if chosen.row.tuned else ""
    gpu = f" and {size(made.peak_gpu_memory_bytes)} of GPU memory" if made.peak_gpu_memory_bytes else ""
    whole = f"all {count(place.documents)} {_units(place)}"
    fit = f"Fitting it on {whole} takes {_about_time(made.fit_seconds.mean)}{tuned}"
    tag = f"tagging {count(made.documents)} such {_units(place)} {_about_time(spread.mean)}{by_fold}"
    memory = f"with {size(int(made.peak_memory_bytes.high))} of memory{gpu}"
    return f"{fit}, and {tag}, {memory}, on {describe(vars(found.machines[made.machine]))}{_money(found, made)}."


def _money(found: Recommendation, made: Estimate) -> str:
    return "" if made.money is None else f"; {_amount(found, made.money)} in all"


def _amount(found: Recommendation, money: float) -> str:
    currency = found.question.prices.currency if found.question.prices is not None else ""
    return f"{amount_of(money)} {currency}"


def _step(found: Recommendation, other: Candidate, *, up: bool) -> str:
    bounds = found.apart.get(other.tagger)
    change = abs((other.row.f1 or 0.0) - (_chosen(found).row.f1 or 0.0))
    made = found.choice.estimates[other.tagger]
    paid = "has costs that are not known"
    if made is not None:
        own = found.choice.estimates[_chosen(found).tagger]
        elsewhere = " on another machine" if made.money is None and own and own.machine != made.machine else ""
        paid = f"costs {_total(found, made)} in all{elsewhere} instead of {_own(found)}"
    between = f" ({_between(bounds, turned=not up)})" if bounds else ""
    broken = found.choice.breaches[other.tagger]
    but = f"; but it {_and([_breach(found, one) for one in broken])}" if broken else ""
    if up:
        return f"A step up, {other.tagger} gains {percent(change)} points{between} and {paid}{but}."
    if change > _FAR:
        return f"The next cheaper tagger, {other.tagger}, {paid}, but loses {percent(change)} points{between}."
    return f"A step down, {other.tagger} {paid}, and loses {percent(change)} points{between}."


def _own(found: Recommendation) -> str:
    made = found.choice.estimates[_chosen(found).tagger]
    return "an unknown price" if made is None else _total(found, made)


def _total(found: Recommendation, made: Estimate) -> str:
    if made.money is not None:
        return _amount(found, made.money)
    # Whole minutes would make two short times the same.
    seconds = made.total_seconds
    return f"{seconds / 60:.1f} min" if 120 <= seconds < 600 else duration(seconds)  # noqa: PLR2004


def _dearer_ties(found: Recommendation) -> list[Candidate]:
    """Taggers that cost more than the choice, with a lower F1 that chance can explain."""
    chosen, costs = _chosen(found), found.choice.estimates
    own = costs[chosen.tagger]
    return [
        one
        for one in found.candidates
        if one not in found.choice.equivalent and not found.choice.breaches[one.tagger]
        if (one.row.f1 or 0.0) <= (chosen.row.f1 or 0.0)
        if own is not None and (made := costs[one.tagger]) is not None and made.rank > own.rank
        if (bounds := found.apart.get(one.tagger)) is not None and bounds.high >= 0
    ]


# Where the figures hold.


def _where_it_holds(found: Recommendation) -> Iterator[str]:
    yield from _split(found)
    if (new := found.novelty) is not None:
        known, unknown, share = (f"{100 * value:.0f}%" for value in (new.seen, new.unseen, new.share))
        yield f"It finds {known} of the mentions that training had and {unknown} of new ones; {share} of all were new."
    whole = _chosen(found).row.f1 or 0.0
    if weak := [one for one in found.by_label if one[1] < whole - _WEAK]:
        named = _and([f"{label} (F1 {percent(f1)}, {count(support)} mentions)" for label, f1, support in weak[:3]])
        more = f" and {len(weak) - 3} more" if len(weak) > 3 else ""  # noqa: PLR2004
        yield f"It is weak on {named}{more}."
    if found.place.ceiling is not None and found.place.ceiling < HIGH_ENOUGH:
        yield f'With words = "{found.place.words_by}" a tagger without a mistake has F1 {percent(found.place.ceiling)}.'


def _split(found: Recommendation) -> Iterator[str]:
    place, other = found.place, found.other
    if place.kind == "provided":
        yield "The figures are of the release's own test part: they hold for texts like those."
    elif place.grouped:
        yield f"If your new texts come from new sources, believe this: the {place.split} split tests whole sources."
    else:
        shared = f"{100 * place.same_group:.0f}% of the tested {_units(place)}"
        if place.same_group:
            yield f"In the {place.split} split the training part has other texts of the same source for {shared}."
        else:
            yield f"The {place.split} split knows of no sources: texts from elsewhere may be harder."
    if other is not None and other.chosen is not None:
        again = "again " if other.chosen.tagger == _chosen(found).tagger else ""
        f1 = other.promise.f1 if other.promise is not None else other.chosen.row.f1
        when = "For more text of the sources you have" if place.grouped else "If your new texts come from new sources"
        yield f"{when}, believe {other.place.split}: {again}{other.chosen.tagger}, F1 {percent(f1)}."
    elif not place.grouped and place.same_group:
        yield 'Texts from new sources are harder; a split of kind = "grouped" would tell by how much.'


# What is not known, and what would change the answer.


def _open(found: Recommendation) -> Iterator[str]:
    rows = [row for row in found.unmeasured if not row.folds]
    problems: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        problems.setdefault((row.status, row.reason), []).append(row.tagger)
    if problems:
        told = (f"{_and(taggers)} ({status}: {reason})" for (status, reason), taggers in problems.items())
        yield f"Not measured: {'; '.join(told)}."
    yield from _papers(found)
    yield from _changes(found)


def _papers(found: Recommendation) -> Iterator[str]:
    """Published figures of taggers that were not measured, where they are higher than ours on the same split."""
    known = {c.tagger for c in found.candidates}
    for rows, split in ((found.rows, found.place.split), (found.published, "")):
        for row in rows:
            own = _best_on(found, row.split)
            if row.tagger not in known and row.published_f1 is not None and own is not None and row.published_f1 > own:
                where = f" on {row.split}" if row.split != split else ""
                yield (
                    f"A paper has F1 {percent(row.published_f1)} for {row.tagger}{where} ({row.published_source}), "
                    f"{percent(row.published_f1 - own)} above the best measured"
                    f"{'.' if row.status == PUBLISHED else ': measure it before you settle.'}"
                )


def _best_on(found: Recommendation, split: str) -> float | None:
    one = next((o for o in (found, found.other) if o is not None and o.place.split == split), None)
    return None if one is None else max((c.row.f1 or 0.0 for c in one.candidates), default=None)


def _changes(found: Recommendation) -> Iterator[str]:
    if found.chosen is None:
        return
    best, down = found.choice.best, found.cheaper
    if down is not None and down not in found.choice.equivalent:
        bounds = found.choice.differences.get(down.tagger)
        if bounds is not None and -bounds.low <= _FAR:
            margin = math.ceil(-1000 * bounds.low) / 10
            yield f"With --margin {margin:g} the answer would be {_cheapest_within(found, margin / 100)}."
    for other in found.candidates:
        broken = found.choice.breaches[other.tagger]
        if broken and (other.row.f1 or 0.0) > ((best or other).row.f1 or 0.0) and other is not found.better:
            yield f"{other.tagger} (F1 {percent(other.row.f1)}) {_and([_breach(found, one) for one in broken])}."
    yield from _turning_points(found)


def _cheapest_within(found: Recommendation, margin: float) -> str:
    """The answer with a larger margin."""
    costs = found.choice.estimates
    near = [
        (made.rank, name)
        for name, bounds in found.choice.differences.items()
        if bounds is not None and bounds.low >= -margin and (made := costs[name]) is not None
        if not found.choice.breaches[name]
    ]
    return min(near)[1]


def _turning_points(found: Recommendation) -> Iterator[str]:
    """From how many documents on another tagger that is as good becomes cheaper."""
    chosen = _chosen(found)
    own = found.choice.estimates[chosen.tagger]
    for other in found.choice.equivalent:
        made = found.choice.estimates[other.tagger]
        if other is chosen or own is None or made is None or own.money is not None:
            continue
        slope = (own.seconds_per_1000.mean - made.seconds_per_1000.mean) / 1000
        apart = made.fit_seconds.mean - own.fit_seconds.mean
        if slope and (turn := apart / slope) > 0:
            yield f"{'From' if slope > 0 else 'Below'} {count(turn)} {_units(found.place)} {other.tagger} is cheaper."


# What a reader must know before acting on it.


def _warnings(found: Recommendation) -> Iterator[str]:
    place = found.place
    if place.stand_in_for:
        yield f"{place.dataset} stands in for {place.stand_in_for}, which could not be had; this says nothing of that."
    if place.limit is not None:
        yield f"Only {count(place.limit)} {_units(place)} were used (--limit): too quick a look to choose by."
    if place.folds == 1 and found.chosen is not None:
        yield "One fold: neither F1 nor costs have a spread over folds."
    yield from _partial(found)
    yield from _imported(found)
    yield from _machines(found)
    if found.chosen is not None:
        yield from _about(found, found.chosen)


def _about(found: Recommendation, chosen: Candidate) -> Iterator[str]:
    """What is to be known of the choice."""
    place, new = found.place, found.novelty
    made, promised, prices = found.choice.estimates[chosen.tagger], found.promise, found.question.prices
    if promised is not None and len(promised.picks) + bool(promised.undecided) > 1:
        yield "The choice depends on the texts that it is made on; more annotated text would settle it."
    if made is not None and made.seconds_per_1000.low * _VARIED < made.seconds_per_1000.high:
        slow = made.seconds_per_1000.high / made.seconds_per_1000.low
        yield f"Times vary: a text of the slowest fold took {chosen.tagger} {slow:.1f} times as long as of the fastest."
    if chosen.row.tuned:
        yield f"{chosen.tagger} was tuned: fitting it anew searches again, and may find other parameters."
    if new is not None and new.seen - new.unseen > _GAP:
        missed = f"{100 * (1 - new.unseen):.0f}%"
        yield f"{chosen.tagger} misses {missed} of new mentions: where words are mostly new, expect a lower F1."
    if place.ceiling is not None and place.ceiling < _CEILING:
        yield f"The words hold F1 below {percent(place.ceiling)}: another splitter may gain more than another tagger."
    if prices is None and any(cost.tokens for one in found.candidates for cost in one.costs if cost is not None):
        yield "Tokens cost money that this choice leaves out: give a price sheet (--prices)."
    if prices is not None and prices.kwh and made is not None and made.joules is None:
        yield "Energy was not measured, so its price is left out."


def _partial(found: Recommendation) -> Iterator[str]:
    """Taggers that lack folds, which are never chosen."""
    best = found.choice.best
    for row in found.unmeasured:
        if row.folds:
            above = best is not None and (row.f1 or 0.0) > (best.row.f1 or 0.0)
            would = f"; its F1 over the others, {percent(row.f1)}, would be the highest" if above else ""
            yield f"{row.tagger} is left out: {row.status}: {row.reason}{would}. `adrbench run` measures the rest."


def _imported(found: Recommendation) -> Iterator[str]:
    best = found.choice.best
    for row in found.rows:
        if row.imported and row.f1 is not None and (best is None or row.f1 > (best.row.f1 or 0.0)):
            yield f"{row.tagger} has F1 {percent(row.f1)}, but its predictions were imported: its costs are not known."


def _machines(found: Recommendation) -> Iterator[str]:
    chosen = found.chosen
    for candidate in found.candidates:
        several = len(candidate.machines) > 1
        if several or len(candidate.precisions) > 1:
            near = candidate is chosen or candidate in found.choice.equivalent
            says = "it is named since no other is as good" if candidate is chosen else "it might be the cheapest"
            mixed = f"on {len(candidate.machines)} kinds of machine" if several else "in several precisions"
            yield (
                f"The folds of {candidate.tagger} ran {mixed}, so its costs are not known{f'; {says}' if near else ''}."
            )
        elif candidate.replayed:
            lacks = f"Responses of {candidate.tagger} were replayed, so its times lack the waiting for them"
            mends = "compare it in money (--prices), or measure it anew (--responses DIR)"
            priced = found.question.prices is not None
            yield f"{lacks}." if priced else f"{lacks} and its costs are not known: {mends}."
    if chosen is None:
        return
    compared = {made.machine for c in found.choice.equivalent if (made := found.choice.estimates[c.tagger]) is not None}
    if len(compared) > 1 and found.question.prices is None:
        yield "The taggers that are as good were timed on different machines: compare them in money (--prices)."
    jobs = {cost.jobs for cost in chosen.costs if cost is not None}
    if max(jobs, default=1) > 1:
        yield f"Times were taken with {max(jobs)} cells at a time, so they are a little long."
    if chosen.row.cost.on_busy_machine:
        yield f"{chosen.tagger} was measured beside other work, so its times are too long."


# Small words.


def _chosen(found: Recommendation) -> Candidate:
    if found.chosen is None:
        raise ValueError("nothing was chosen")
    return found.chosen


def _breach(found: Recommendation, one: Breach) -> str:
    option = OPTIONS[one.limit]
    if one.limit == "gpu":
        return "uses a GPU (--no-gpu)"
    if one.worst is None or one.needed is None:
        return f"cannot be held against {option}, since its costs are not known"
    if one.limit == "recall":
        return f"has a recall of {percent(one.worst)} in its worst fold ({option} {percent(one.allowed)})"
    forms: Mapping[str, Callable[[float], str]] = {
        "seconds_per_1000": lambda value: f"{value:.3g} s",
        "fit_seconds": duration,
        "memory_bytes": lambda value: size(int(value)),
        "price_per_1000": lambda value: _amount(found, value),
    }
    shown = forms[one.limit]
    worst = f"; its worst fold took {shown(one.worst)}" if one.worst <= (one.allowed or 0.0) else ""
    return f"needs {option} {shown(one.needed)} instead of {shown(one.allowed or 0.0)}{worst}"


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({percent(low)} to {percent(high)})"


def _between(bounds: Interval, *, turned: bool) -> str:
    low, high = (-bounds.high, -bounds.low) if turned else (bounds.low, bounds.high)
    return f"{points(low).removeprefix('+')} to {points(high).removeprefix('+')}"


def _about_time(seconds: float) -> str:
    return f"about {duration(seconds)}" if seconds >= _INSTANT else f"less than {_INSTANT:g} s"


def _durations(low: float, high: float) -> str:
    """Two times in one unit."""
    unit, seconds = ("s", 1) if high < 120 else ("min", 60) if high < 7200 else ("h", 3600)  # noqa: PLR2004
    digits = 0 if high / seconds >= 10 else 1  # noqa: PLR2004
    return f"{low / seconds:.{digits}f} to {high / seconds:.{digits}f} {unit}"


def _corpus(place: Place) -> str:
    """The corpus, with what keeps it from being the one that was meant."""
    stand_in = f", standing in for {place.stand_in_for}" if place.stand_in_for else ""
    few = f" (only {count(place.limit)} {_units(place)})" if place.limit is not None else ""
    return f"{place.dataset}{few}{stand_in}"


def _units(place: Place) -> str:
    return f"{place.unit}s"


def _and(names: Sequence[Candidate] | Sequence[str]) -> str:
    """Names in a row of words; of many the first few."""
    texts = [one if isinstance(one, str) else one.tagger for one in names]
    if len(texts) > _MANY:
        texts = [*texts[: _MANY - 1], f"{len(texts) - _MANY + 1} more"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
