"""The models behind the taggers of a cell, which its tokens are priced by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from adrbench.results.prices import PriceSheet

_TEACHER = "teacher"


def models_of(params: JsonValue | Mapping[str, JsonValue]) -> tuple[str, ...]:
    """List the models that parameters name, also those of taggers that are built.

    Args:
        params: The parameters of a tagger, as plain data.

    Returns:
        Each ``model`` once, outer ones first, else in the order of the parameters.
    """
    return tuple(dict.fromkeys(_models(params)))


def priced_model(params: Mapping[str, JsonValue], prices: PriceSheet | None) -> str:
    """Name the model that the tokens of a cell are of.

    Its facts count tokens of the tagger that predicts, so a teacher's model is none. A tagger that is built, such as a
    calibrated one, may name a checkpoint beside the model of another one: the model is the one that has a price.

    Args:
        params: The parameters of the cell.
        prices: The price sheet; None: the first model is named.

    Returns:
        The model; without a price for any of them the first, which the sheet lacks; empty if there is none.
    """
    models = models_of({name: value for name, value in params.items() if name != _TEACHER})
    known = prices.million_tokens if prices is not None else {}
    return next((model for model in models if model in known), models[0] if models else "")


def model_before(params: Mapping[str, JsonValue], prices: PriceSheet | None) -> str:
    """Name the model that a cell asked before its prediction: a teacher's, or else that of ``priced_model``.

    Args:
        params: The parameters of the cell.
        prices: The price sheet.

    Returns:
        The model; empty if there is none.
    """
    teacher = params.get(_TEACHER)
    if isinstance(teacher, Mapping) and models_of(teacher.get("params")):
        return priced_model({"taught by": teacher}, prices)
    return priced_model(params, prices)


def _models(params: JsonValue | Mapping[str, JsonValue]) -> Iterator[str]:
    if not isinstance(params, Mapping):
        return
    if isinstance(model := params.get("model"), str):
        yield model
    for value in params.values():
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, Mapping) and "use" in one:
                yield from _models(one.get("params"))
