"""Parameters with a meaning of their own: another tagger that is built, and values that change no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from adrbench.api.tagger import Tagger
from adrbench.errors import Unavailable

RUN_ONLY: Mapping[str, Any] = MappingProxyType({"run_only": True})
"""Metadata of a parameter that changes no answer, such as a time limit: ``field(default=60.0, metadata=RUN_ONLY)``.

It is checked and recorded like any other, but it is no part of a cell's key."""


@dataclass(frozen=True)
class TaggerSpec:
    """Another tagger that a tagger builds: the type of a parameter, or of the items of a tuple.

    In a benchmark file it is a table: ``use``, and by choice ``params``. adrbench checks it together with the
    parameters that it stands in and fills in the rest, so that a cell's key says all that its answers rest on.

    Attributes:
        use: The tagger's name.
        params: Its parameters; once checked, all of them.
        code: Once checked, its version and the hash of its sources. One that is not what is installed is an error.
    """

    use: str
    params: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def build(self) -> Tagger:
        """A new tagger, warmed up. Its library is imported here.

        Raises:
            TypeError: The parameters that this stands in have not been checked by adrbench.
        """
        raise TypeError(
            f"{self.use!r} cannot be built: take it from the parameters that adrbench built the tagger with"
        )

    def load(self, folder: Path) -> Tagger:
        """A tagger of this kind that was saved.

        Args:
            folder: The folder that its ``save`` wrote.

        Raises:
            Unavailable: There is no tagger of this name.
            ValueError: Another version of it is installed.
            TypeError: It cannot be loaded.
        """
        from importlib import import_module  # noqa: PLC0415  (importing this module stays instant)
        from importlib.metadata import entry_points  # noqa: PLC0415

        entries = tuple(entry_points(group="adrbench.taggers", name=self.use))
        if not entries:
            raise Unavailable(f"there is no tagger {self.use!r}")
        plugin = entries[0].load()
        version = self.code.partition(" ")[0]
        if version and version != plugin.version:
            raise ValueError(f"{self.use!r} was saved by version {version}, and {plugin.version} is installed")
        module, _, name = plugin.implementation.partition(":")
        implementation = getattr(import_module(module), name)
        if not hasattr(implementation, "load"):
            raise TypeError(f"{self.use!r} has no load(folder): it cannot be read again")
        tagger: Tagger = implementation.load(folder)
        return tagger
