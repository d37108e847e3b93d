"""What a corpus plugin imports besides ``adrbench.api``: local copies, downloads, and readers of general formats.

``docs/versions.md`` promises the names below as it does those of ``adrbench.api``, under the same ``API_VERSION``.

- Where a corpus is: ``RemoteFile``, ``locate_files``, ``LocalFiles``; ``locate_folder``, ``LocalFolder``;
  ``unpack_to_cache``, ``check_unpacked``, ``file_hash``.
- Bytes to text, JSON and XML, with errors that name file and line: ``read_text``, ``read_lines``, ``iter_lines``,
  ``read_json``, ``iter_json_lines``, ``read_xml``.
- Whole files to a ``Reading``: ``load_bioc``, ``load_brat``, ``load_conll``, ``load_jsonl``, ``load_pubtator``, each
  with its parameters. The parts of a split: ``PARTS``, ``part_of``. Counts to compare with published ones:
  ``count_records``. The names that a format has, so that a slip is no silent loss: ``Schema``.

A name's module is imported when the name is first used: a description stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adrbench.datasets.decode import iter_json_lines, iter_lines, read_json, read_lines, read_text, read_xml
    from adrbench.datasets.files import (
        LocalFiles,
        LocalFolder,
        RemoteFile,
        file_hash,
        locate_files,
        locate_folder,
        unpack_to_cache,
    )
    from adrbench.datasets.filters import count_records
    from adrbench.datasets.formats.bioc import BiocParams, load_bioc
    from adrbench.datasets.formats.brat import BratParams, load_brat
    from adrbench.datasets.formats.conll import ConllParams, load_conll
    from adrbench.datasets.formats.jsonl import JsonlParams, load_jsonl
    from adrbench.datasets.formats.parts import PARTS, part_of
    from adrbench.datasets.formats.pubtator import PubtatorParams, load_pubtator
    from adrbench.datasets.formats.schema import Schema
    from adrbench.datasets.limits import check_unpacked

__all__ = [
    "PARTS",
    "BiocParams",
    "BratParams",
    "ConllParams",
    "JsonlParams",
    "LocalFiles",
    "LocalFolder",
    "PubtatorParams",
    "RemoteFile",
    "Schema",
    "check_unpacked",
    "count_records",
    "file_hash",
    "iter_json_lines",
    "iter_lines",
    "load_bioc",
    "load_brat",
    "load_conll",
    "load_jsonl",
    "load_pubtator",
    "locate_files",
    "locate_folder",
    "part_of",
    "read_json",
    "read_lines",
    "read_text",
    "read_xml",
    "unpack_to_cache",
]

if not TYPE_CHECKING:
    _MODULES = {
        "decode": "iter_json_lines iter_lines read_json read_lines read_text read_xml",
        "files": "LocalFiles LocalFolder RemoteFile file_hash locate_files locate_folder unpack_to_cache",
        "filters": "count_records",
        "formats.bioc": "BiocParams load_bioc",
        "formats.brat": "BratParams load_brat",
        "formats.conll": "ConllParams load_conll",
        "formats.jsonl": "JsonlParams load_jsonl",
        "formats.parts": "PARTS part_of",
        "formats.pubtator": "PubtatorParams load_pubtator",
        "formats.schema": "Schema",
        "limits": "check_unpacked",
    }

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first asked for."""
        for module, names in _MODULES.items():
            if name in names.split():
                return getattr(importlib.import_module(f"{__name__}.{module}"), name)
        from adrbench.errors import closest  # noqa: PLC0415

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; {closest(name, __all__)}")
