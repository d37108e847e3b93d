"""A price sheet: the money that an hour of a machine, a kWh and a million tokens cost."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from adrbench.errors import InputError, closest
from adrbench.plugins.parameters import explain
from adrbench.results.tokens import Tokens, tokens_price

Price = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_HOUR, _KWH = 3600.0, 3.6e6
_CLOSED = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class TokenPrice:
    """The price of a model behind an API.

    Attributes:
        input: Price of a million tokens that are sent.
        output: Price of a million tokens that come back.
        cached: Price of a million tokens that are sent and that the server had cached; None: that of others.
    """

    __pydantic_config__ = _CLOSED

    input: Price
    output: Price
    cached: Price | None = None

    def by_kind(self) -> dict[str, float]:
        """Turn the prices into plain data, as ``adrbench.results.tokens.tokens_price`` takes them.

        Returns:
            The price of a million tokens by kind: ``input``, ``cached`` and ``output``.
        """
        cached = self.input if self.cached is None else self.cached
        return {"input": self.input, "cached": cached, "output": self.output}


@dataclass(frozen=True)
class PriceSheet:
    """Prices in one currency.

    Attributes:
        currency: What the prices are in, such as EUR.
        machine_hour: Price of an hour of any machine that `machines` does not name; None: each must be named.
        machines: Price of an hour by the id of the machine, which machines of one kind share.
        kwh: Price of a kWh; 0 where the machine's hour includes it.
        million_tokens: Prices of tokens by the name of the model.
    """

    __pydantic_config__ = _CLOSED

    currency: Annotated[str, Field(min_length=1, max_length=12)] = "EUR"
    machine_hour: Price | None = None
    machines: Mapping[str, Price] = field(default_factory=dict)
    kwh: Price = 0.0
    million_tokens: Mapping[str, TokenPrice] = field(default_factory=dict)

    def hour(self, machine: str) -> float:
        """Look up the price of an hour.

        Args:
            machine: The id of the machine.

        Returns:
            The price.

        Raises:
            InputError: The sheet has no price for it.
        """
        price = self.machines.get(machine, self.machine_hour)
        if price is None:
            hint = f"; {closest(machine, self.machines)}" if self.machines else ""
            raise InputError(
                f"the price sheet has no price for an hour of machine {machine!r}: add machine_hour, or "
                f'[machines] with "{machine}"{hint}'
            )
        return price

    def tokens(self, model: str) -> TokenPrice:
        """Look up the prices of a model.

        Args:
            model: The name of the model.

        Returns:
            The prices.

        Raises:
            InputError: The sheet has no such model.
        """
        if model not in self.million_tokens:
            raise InputError(
                f'the price sheet has no prices for the model {model!r}: add [million_tokens."{model}"] with input '
                f"and output; {closest(model, self.million_tokens)}"
            )
        return self.million_tokens[model]

    @property
    def tokens_only(self) -> bool:
        """True if no machine has a price, so that time is not priced."""
        return self.machine_hour is None and not self.machines

    def per_1000(
        self, machine: str, seconds: float, joules: float | None, tokens: Tokens | None, model: str, documents: int
    ) -> float:
        """Price tagging 1,000 documents.

        Args:
            machine: The id of the machine.
            seconds: Wall time of tagging the documents.
            joules: Its energy; None where the machine cannot tell.
            tokens: Its tokens; None where no server was asked.
            model: The model behind the server.
            documents: How many documents these are of.

        Returns:
            The price of machine, energy and tokens.

        Raises:
            InputError: The sheet lacks a price.
        """
        hour = 0.0 if self.tokens_only else self.hour(machine)
        money = hour * seconds / _HOUR + self.kwh * (joules or 0.0) / _KWH
        if tokens is not None:
            money += tokens_price(tokens, self.tokens(model).by_kind())
        return 1000 * money / documents

    def million_by_model(self) -> dict[str, dict[str, float]]:
        """Turn the prices of all models into plain data.

        Returns:
            By model, the price of a million tokens by kind: ``input``, ``cached`` and ``output``.
        """
        return {model: price.by_kind() for model, price in self.million_tokens.items()}


def price_sheet(prices: str | Path | PriceSheet | None) -> PriceSheet | None:
    """Take a price sheet as a caller gives it.

    Args:
        prices: The sheet, or its file; None: there are no prices.

    Returns:
        The sheet.

    Raises:
        InputError: The file cannot be read, or a name or value in it is wrong.
    """
    return prices if isinstance(prices, PriceSheet) or prices is None else read_prices(Path(prices))


def read_prices(path: Path) -> PriceSheet:
    """Read a price sheet.

    Args:
        path: A TOML file with the fields of `PriceSheet`.

    Returns:
        The prices.

    Raises:
        InputError: The file cannot be read, or a name or value in it is wrong.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); --prices takes a TOML file") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: not UTF-8 (line {line}, byte 0x{error.object[error.start]:02x})") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply") from error
    try:
        # Through JSON, where a table may stand for a dataclass even in strict mode.
        return TypeAdapter(PriceSheet).validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        from adrbench.config.toml_file import TomlFile  # noqa: PLC0415  (needed for a wrong file only)

        problems = [(place, f"{place or 'the sheet'}: {message}") for place, message in explain(error, _fields_at)]
        raise InputError(f"{path}: {'; '.join(TomlFile(str(path), text).located(problems))}") from error


def _fields_at(place: Sequence[str | int]) -> list[str]:
    kind = TokenPrice if len(place) > 1 and place[0] == "million_tokens" else PriceSheet
    return [one.name for one in fields(kind)]
