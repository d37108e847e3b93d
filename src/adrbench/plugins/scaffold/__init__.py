"""The scaffold: a new plugin as a distribution that is installable, tested and conforms from the start."""

from adrbench.plugins.scaffold._names import Kind
from adrbench.plugins.scaffold.create import create

__all__ = ["Kind", "create"]
