"""Taggers in the parameters of other taggers: checked, completed, and asked what they lack."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from adrbench.api import Tagger, TaggerPlugin, TaggerSpec
from adrbench.plugins.loading import implementation, lacking
from adrbench.plugins.parameters import as_json, run_only

Problems = list[tuple[str, str]]


class CheckedSpec(TaggerSpec):
    """A ``TaggerSpec`` with every value decided, which can be built.

    Args:
        plugin: The tagger's description.
        checked: An instance of its parameters.
        code: Its version and the hash of its sources.
    """

    def __init__(self, plugin: TaggerPlugin, checked: Any, code: str) -> None:
        super().__init__(plugin.name, as_json(checked), code)
        object.__setattr__(self, "plugin", plugin)
        object.__setattr__(self, "checked", checked)

    plugin: TaggerPlugin
    checked: Any

    def build(self) -> Tagger:
        """Make a new tagger and warm it up. Its library is imported here.

        Returns:
            The tagger.
        """
        tagger: Any = implementation(self.plugin.implementation)(self.checked)
        if hasattr(tagger, "warm_up"):
            tagger.warm_up()
        return tagger  # type: ignore[no-any-return]


def complete(params: Any, check: Callable[[TaggerSpec], tuple[TaggerSpec, Problems]]) -> Problems:
    """Replace every ``TaggerSpec`` in an instance of parameters by a ``CheckedSpec``.

    Args:
        params: The instance; it is changed, so nobody else may have seen it.
        check: Checks a specification: the ``CheckedSpec`` and no problems, or the specification and its problems.

    Returns:
        The problems, as (path, message).
    """
    problems: Problems = []
    for field in dataclasses.fields(params):
        value = getattr(params, field.name)
        completed = _completed(value, field.name, check, problems)
        if completed is not value:
            object.__setattr__(params, field.name, completed)
    return problems


def _completed(
    value: Any, path: str, check: Callable[[TaggerSpec], tuple[TaggerSpec, Problems]], problems: Problems
) -> Any:
    if isinstance(value, TaggerSpec):
        completed, wrong = check(value)
        problems.extend((f"{path}.{place}".removesuffix("."), message) for place, message in wrong)
        return completed
    if isinstance(value, tuple):
        items = tuple(_completed(item, f"{path}[{i}]", check, problems) for i, item in enumerate(value))
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def specs(params: Any) -> Iterator[CheckedSpec]:
    """The taggers in an instance of parameters, at any depth.

    Args:
        params: The instance, checked by a ``Registry``.

    Yields:
        The specification of each tagger, outer ones first.
    """
    waiting = [getattr(params, field.name) for field in dataclasses.fields(params)]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, CheckedSpec):
            yield value
            waiting += [getattr(value.checked, field.name) for field in dataclasses.fields(value.checked)]
        elif isinstance(value, tuple):
            waiting += value


def key_values(params: Any) -> dict[str, Any]:
    """The parameters that are part of a cell's key.

    Args:
        params: An instance of parameters, checked by a ``Registry``.

    Returns:
        What ``parameters.as_json`` gives, without those that are ``RUN_ONLY``, also where a tagger is built.
    """
    plain = as_json(params)
    for name in run_only(type(params)):
        del plain[name]
    return {name: _key_value(getattr(params, name), value) for name, value in plain.items()}


def _key_value(value: Any, plain: Any) -> Any:
    if isinstance(value, CheckedSpec):
        return {**plain, "params": key_values(value.checked)}
    if isinstance(value, tuple):
        return [_key_value(*pair) for pair in zip(value, plain, strict=True)]
    return plain


def missing(plugin: TaggerPlugin, params: Any, *, offline: bool) -> str | None:
    """What a tagger lacks on this machine, or what one that it builds does.

    Args:
        plugin: The tagger's description.
        params: An instance of its parameters, checked by a ``Registry``.
        offline: Whether no network may be used.

    Returns:
        The reason, or None. The libraries of the tagger itself are ``loading.lacking``'s.
    """
    if plugin.missing is not None and (reason := plugin.missing(params, offline)):
        return reason
    for spec in specs(params):
        if absent := lacking(spec.plugin):
            return f"{spec.use} {absent}"
        if spec.plugin.missing is not None and (reason := spec.plugin.missing(spec.checked, offline)):
            return f"{spec.use}: {reason}"
    return None
