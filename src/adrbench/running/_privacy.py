"""Whether the texts of a corpus may go to the servers that taggers ask: checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable

from adrbench._system.variables import expand, unset
from adrbench.api import DatasetInfo, is_loopback
from adrbench.config.description import Endpoint
from adrbench.running.plan import Plan, PlannedRow


def check_endpoints(plan: Plan) -> tuple[str, ...]:
    """Check that every text that a plan sends to another machine may go there.

    Args:
        plan: The plan.

    Returns:
        Sentences about terms that the user has to keep.

    Raises:
        ConfigError: Texts may not leave this machine, or the file does not allow it.
    """
    file = plan.benchmark.file
    problems: dict[str, str] = {}
    notices: dict[str, None] = {}
    for row, endpoint in _external(plan.rows):
        info = plan.corpora[row.dataset].info
        if problem := _problem(row, endpoint, info):
            problems[problem] = f"{file.tagger(row.tagger_id)}.params.{endpoint.parameter}"
        elif info.external == "conditional":
            notices[
                f"{row.tagger_id} sends texts of {row.dataset} to another machine; check that you may: "
                f"{info.external_terms}"
            ] = None
    if problems:
        raise file.error((path, problem) for problem, path in problems.items())
    return tuple(notices)


def _external(rows: Iterable[PlannedRow]) -> Iterable[tuple[PlannedRow, Endpoint]]:
    """The servers on other machines that this run's rows send texts to."""
    for row in rows:
        # What cannot run here sends nothing.
        if row.chosen and row.problem is None:
            for endpoint in row.endpoints:
                url = expand(endpoint.url)
                if unset(endpoint.url) or not is_loopback(url):
                    yield row, endpoint


def _problem(row: PlannedRow, endpoint: Endpoint, info: DatasetInfo) -> str:
    where = f"{row.tagger_id}: {endpoint.parameter}"
    named = repr(endpoint.url) if endpoint.url else "a server that is not named"
    if info.external == "forbidden":
        return (
            f"{where}: texts of {row.dataset} must not be sent to {named}, which is not this machine: "
            f"{info.external_terms}; use a server on this machine (http://localhost:...)"
        )
    if not endpoint.allowed:
        terms = {
            "allowed": f"its terms allow it ({info.external_terms})" if info.external_terms else "its terms allow it",
            "conditional": f"first check its terms: {info.external_terms}",
        }.get(info.external, "its card does not say whether they may")
        return (
            f"{where}: sends texts of {row.dataset} to {named}, which is not this machine; {terms}; "
            "if they may leave it, add allow_external = true to [taggers.params]"
        )
    return ""
