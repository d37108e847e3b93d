"""Evaluators by name: ``exact``, or ``overlap:partial`` where a plugin has variants."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.api import Evaluator, EvaluatorPlugin
from adrbench.errors import PluginError, closest
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry


def describe_evaluator(registry: Registry, name: str) -> tuple[EvaluatorPlugin, str]:
    """Find an evaluator's description by name.

    Args:
        registry: What is installed.
        name: ``NAME`` or ``NAME:VARIANT``.

    Returns:
        The description, and the variant; an empty one if the evaluator has none.

    Raises:
        PluginError: There is no such evaluator or variant. The message has the closest one.
    """
    plain, colon, variant = name.partition(":")
    plugin: EvaluatorPlugin = registry.describe("evaluators", plain)
    if not colon:
        return plugin, plugin.variants[0] if plugin.variants else ""
    if variant not in plugin.variants:
        if not plugin.variants:
            raise PluginError(f"evaluator {plain!r} has no variants, so no {variant!r}")
        raise PluginError(f"evaluator {plain!r} has no variant {variant!r}; {closest(variant, plugin.variants)}")
    return plugin, variant


def build_evaluator(registry: Registry, name: str, labels: Sequence[str]) -> Evaluator:
    """Build an evaluator.

    Args:
        registry: What is installed.
        name: ``NAME`` or ``NAME:VARIANT``.
        labels: All labels that occur.

    Returns:
        The evaluator for these labels.

    Raises:
        PluginError: There is no such evaluator or variant.
    """
    plugin, variant = describe_evaluator(registry, name)
    build = implementation(plugin.implementation)
    built: Evaluator = build(tuple(labels), variant) if plugin.variants else build(tuple(labels))
    return built
