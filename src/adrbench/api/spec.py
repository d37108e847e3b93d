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

    In a benchmark file it is a table with ``use`` and, optionally, ``params``. adrbench checks it together with the
    parameters that it is part of and fills in the defaults. So a cell's key covers everything that the answers depend
    on.

    Attributes:
        use: The tagger's name.
        params: Its parameters. Once checked, all of them.
        code: Once checked, its version and the hash of its sources. Any other than the installed code is an error.
    """

    use: str
    params: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def build(self) -> Tagger:
        """Build a new tagger and warm it up. Its library is imported here.

        Returns:
            The tagger, ready to be fitted.

        Raises:
            TypeError: adrbench has not checked the parameters that this spec is part of.
        """
        raise TypeError(
            f"{self.use!r} cannot be built: take it from the parameters that adrbench built the tagger with"
        )

    def save(self, tagger: Tagger, folder: Path) -> None:
        """Save a tagger that this built into a folder of its own, from which ``load`` reads it.

        Args:
            tagger: The tagger.
            folder: The folder, which is made.

        Raises:
            TypeError: The tagger cannot be saved. Nothing is written.
        """
        if not hasattr(tagger, "save"):
            raise TypeError(f"{self.use!r} has no save(folder), so it cannot be kept")
        folder.mkdir()
        tagger.save(folder)

    def load(self, folder: Path) -> Tagger:
        """Load a tagger of this kind from a folder.

        Args:
            folder: The folder that its ``save`` wrote.

        Returns:
            The tagger, ready to predict.

        Raises:
            Unavailable: There is no tagger of this name.
            ValueError: Another version of it is installed.
            TypeError: It has no ``load``.
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
