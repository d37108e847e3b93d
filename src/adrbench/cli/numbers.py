"""Numbers as options: click lets NaN pass every range, because no comparison with it is true."""

from __future__ import annotations

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range of finite numbers, with the arguments of ``click.FloatRange``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a value.

        Args:
            value: The value as it was given.
            param: The option.
            ctx: The command.

        Returns:
            The number.
        """
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{number} is not a finite number.", param, ctx)
        return number
