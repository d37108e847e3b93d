"""The scaffold: a new plugin as a distribution that is installable, tested and conforms from the start."""

from adrbench.scaffold.create import create
from adrbench.scaffold.names import Kind

__all__ = ["Kind", "create"]
