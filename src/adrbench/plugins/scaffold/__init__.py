"""The scaffold: a new plugin as a distribution that is installable, tested and conforms from the start."""

from adrbench.plugins.scaffold.create import create
from adrbench.plugins.scaffold.names import Kind

__all__ = ["Kind", "create"]
