"""``adrbench check``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from adrbench.cli.output import echo, format_option, show


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
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Stop a fit or a prediction after this many seconds.",
)
@format_option()
def check(
    name: str,
    params: str,
    path: Path | None,
    only: tuple[str, ...],
    expect: tuple[str, ...],
    timeout: float,
    format_name: str,
) -> None:
    """Run the conformance checks of the tagger, dataset or evaluator NAME, in processes of their own.

    NAME may be NAME:VARIANT for an evaluator. Exit codes: 0 no check failed unexpectedly, 1 a check failed, 2 wrong
    usage.
    """
    from adrbench.errors import InputError  # noqa: PLC0415
    from adrbench.testing import check_dataset, check_evaluator, check_tagger, kinds_of  # noqa: PLC0415
    from adrbench.testing.show import Verdicts, passed, to_json, verdicts_view  # noqa: PLC0415

    values, expected = _values(params), _expected(expect)
    kinds = kinds_of(name)
    if path is not None and "dataset" not in kinds:
        raise InputError(f"--path is for datasets, and {name!r} is a {kinds[0]}; leave it out")
    if len(kinds) > 1 and (values or only or expected):
        raise InputError(
            f"{name!r} is a {' and a '.join(kinds)}: --params, --only and --expect need a name that is only one of them"
        )
    made: dict[Any, Any] = {}
    for kind in kinds:
        common: dict[str, Any] = {"params": values, "expected": expected, "only": only, "timeout": timeout}
        if kind == "tagger":
            made[kind] = check_tagger(name, **common)
        elif kind == "dataset":
            made[kind] = check_dataset(name, path=path, **common)
        else:
            made[kind] = check_evaluator(name, **common)
    verdicts: Verdicts = made
    if format_name == "json":
        echo(to_json(name, verdicts))
    else:
        show(verdicts_view(name, verdicts), format_name)
    sys.exit(0 if passed(verdicts) else 1)


def _values(text: str) -> dict[str, Any]:
    from adrbench.errors import InputError  # noqa: PLC0415

    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f"--params: not valid JSON ({error}): {text!r}") from error
    if not isinstance(values, dict):
        raise InputError(f'--params: give a JSON object, such as {{"epochs": 2}}, not {text!r}')
    return values


def _expected(pairs: tuple[str, ...]) -> dict[str, str]:
    from adrbench.errors import InputError  # noqa: PLC0415

    expected = {}
    for pair in pairs:
        check, equals, reason = pair.partition("=")
        if not equals or not reason.strip():
            raise InputError(f"--expect: give CHECK=REASON, not {pair!r}")
        expected[check] = reason.strip()
    return expected
