"""Evaluators by name: ``exact``, or ``overlap:partial`` where a plugin has variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adrbench.api import Counts, DocumentFacts, Evaluator, EvaluatorPlugin
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


def labels_given(registry: Registry, name: str, labels: Sequence[str]) -> tuple[str, ...]:
    """Tell the labels that an evaluator gives figures for.

    Args:
        registry: What is installed.
        name: ``NAME`` or ``NAME:VARIANT``.
        labels: The labels of a corpus.

    Returns:
        The averages, the labels, and further ones such as ``B-ADR``.

    Raises:
        PluginError: There is no such evaluator or variant, or it cannot score an empty document.
    """
    built = build_evaluator(registry, name, labels)
    count: Callable[..., Counts] = built.count
    try:
        nothing = count([], [], DocumentFacts()) if describe_evaluator(registry, name)[0].needs else count([], [])
        return tuple(label for label, figures in built.score(nothing).items() if "support" in figures)
    except Exception as error:  # a plugin's own
        raise PluginError(f"evaluator {name!r} cannot score an empty document: {error}") from error
