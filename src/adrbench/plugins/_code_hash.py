"""The hash of a plugin's sources."""

from __future__ import annotations

from adrbench._system.code_hash import package_hash
from adrbench._system.key_code import OWN, modules_hash
from adrbench.errors import PluginError


def code_hash(reference: str) -> str:
    """The hash of the package that holds ``"module:Class"``, found without importing it. See ``package_hash``."""
    module = reference.partition(":")[0]
    if module in OWN:
        # A tagger that comes with adrbench is not another one for every change to adrbench.
        return modules_hash(OWN[module])
    try:
        return package_hash(module.partition(".")[0])
    except ModuleNotFoundError as error:
        raise PluginError(f"{reference}: {error}") from error
