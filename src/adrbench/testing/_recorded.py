"""Which parameters a tagger reads: an instance that records the names of the fields that are read."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

# Copying all fields is no use of them. Nor are the methods that a dataclass generates.
_COPYING = ("dataclasses.py", "copy.py", "copyreg.py", "<string>")


def recorded(params: Any, read: set[str]) -> Any:
    """The same parameters. The names of fields that code reads one by one are added to ``read``."""
    fields = {field.name for field in dataclasses.fields(params)}
    kind = type(params)

    def look(self: Any, name: str) -> Any:
        if name in fields:
            caller = sys._getframe(1)  # noqa: SLF001  (there is no other way to see who asks)
            # The parameters' own check of themselves is no use of them.
            checking = caller.f_code.co_name == "__post_init__" and caller.f_locals.get("self") is self
            if not checking and not caller.f_code.co_filename.endswith(_COPYING):
                read.add(name)
        return object.__getattribute__(self, name)

    # A class of the same name, so that an instance is of the class that the tagger expects.
    watched = type(kind.__name__, (kind,), {"__getattribute__": look, "__module__": kind.__module__})
    twin: Any = object.__new__(watched)
    for name in fields:
        object.__setattr__(twin, name, getattr(params, name))
    return twin
