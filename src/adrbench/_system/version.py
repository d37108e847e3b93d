"""The version of adrbench, the same for every distribution of the project."""

__version__ = "0.1.0"
