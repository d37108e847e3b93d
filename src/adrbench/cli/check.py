"""``adrbench check``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import echo, format_option, show
from adrbench.errors import InputError


@click.command()
@click.argument("name")
@click.option(
    "--params", default="{}", metavar="JSON", help="Set parameters of the plugin, for example of a small model."
)
@click.option("--path", type=click.Path(path_type=Path), help="Read the corpus, or files of the format, from here.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run only this check (repeatable).")
@click.option(
    "--expect", multiple=True, metavar="CHECK=REASON", help="Expect this check to fail for this reason (repeatable)."
)
@click.option(
    "--timeout",
    type=FiniteRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Stop a fit or a prediction after this many seconds.",
)
@click.option(
    "--responses",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Replay the responses of a server from this folder, and keep more in it.",
)
@format_option()
def check(
    name: str,
    params: str,
    path: Path | None,
    only: tuple[str, ...],
    expect: tuple[str, ...],
    timeout: float,
    responses: Path | None,
    format_name: str,
) -> None:
    """Run the conformance checks of the tagger, dataset or evaluator NAME, in processes of their own.

    NAME may be NAME:VARIANT for an evaluator. Exit codes: 0 no check failed unexpectedly, 1 a check failed, 2 wrong
    usage.
    """
    from adrbench.testing import check_plugin  # noqa: PLC0415
    from adrbench.testing.show import passed, to_json, verdicts_view  # noqa: PLC0415

    verdicts = check_plugin(
        name, _values(params), _expected(expect), path=path, only=only, timeout=timeout, responses=responses
    )
    if format_name == "json":
        echo(to_json(name, verdicts))
    else:
        show(verdicts_view(name, verdicts), format_name)
    sys.exit(0 if passed(verdicts) else 1)


def _values(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f"--params: not valid JSON ({error}): {text!r}") from error
    if not isinstance(values, dict):
        raise InputError(f'--params: give a JSON object, such as {{"epochs": 2}}, not {text!r}')
    return values


def _expected(pairs: tuple[str, ...]) -> dict[str, str]:
    expected = {}
    for pair in pairs:
        check, equals, reason = pair.partition("=")
        if not equals or not reason.strip():
            raise InputError(f"--expect: give CHECK=REASON, not {pair!r}")
        expected[check] = reason.strip()
    return expected
