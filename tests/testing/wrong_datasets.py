# ruff: noqa: D101, PLR0912, SIM105
"""A corpus reader of four invented sentences, and one wrong reader for each thing that may be wrong."""

from __future__ import annotations

import itertools
import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path

from adrbench.api import CorpusError, CorpusMissing, DatasetInfo, DatasetPlugin, Reading, Record, Span

COUNTER = itertools.count()


@dataclass(frozen=True)
class Params:
    """``way``: how to go wrong."""

    way: str = "right"


class Reader:
    info = DatasetInfo("invented", "1", "CC0-1.0", "nobody, never", ("ADR",))

    def load(self, params: Params, path: Path | None, offline: bool) -> Reading:
        way = params.way
        if path is not None and way != "ignores the path":
            if way == "open":
                path.read_text()
            raise CorpusError(f"it takes no path, so no {path}")
        match way:
            case "missing":
                raise CorpusMissing("looked for in no place")
            case "raise":
                raise ZeroDivisionError("as asked")
            case "crash":
                os._exit(3)
            case "calls":
                try:
                    socket.create_connection(("127.0.0.1", 9), timeout=1)
                except OSError:
                    raise CorpusMissing("cannot be had") from None
            case "swallows":
                try:
                    socket.getaddrinfo("corpus.invalid", 80)
                except OSError:
                    pass
            case "key error" if "ADRBENCH_DATA" not in os.environ and os.environ["HOME"].endswith("empty"):
                raise KeyError("ADRBENCH_DATA")
            case "prints":
                print("reading")
        texts = ("No rash at all .", "A rash .", "Then nothing .", "A late rash was seen .")
        records = []
        for i, text in enumerate(texts):
            at = text.find("rash")
            spans = (Span(at, at + 4, "ADR"),) if at >= 0 else ()
            records.append(Record(f"s{i}", text, spans, f"g{i // 2}"))
        return self._wrong(way, records)

    def _wrong(self, way: str, records: list[Record]) -> Reading:
        info, ledger, first = self.info, {}, records[0]
        match way:
            case "outside":
                records[0] = replace(first, spans=(Span(0, 99, "ADR"),))
            case "parts":
                records[0] = replace(first, spans=(Span(0, 7, "ADR", ((1, 2), (3, 7))),))
            case "tokens":
                records[0] = replace(first, tokens=((3, 7), (0, 2)))
            case "same id":
                records[1] = replace(first)
            case "empty id":
                records[1] = replace(records[1], id="")
            case "no group":
                records[2] = replace(records[2], group="")
            case "undeclared":
                records[0] = replace(first, spans=(Span(0, 2, "DRUG"),))
            case "slash":
                records[0] = replace(first, spans=(Span(0, 2, "A/B"),))
                info = replace(info, labels=())
            case "no licence":
                info = replace(info, licence="")
            case "changing":
                records[0] = replace(first, text=f"{first.text} {next(COUNTER)}")
            case "changing ledger":
                ledger = {"repaired": next(COUNTER)}
            case "nothing":
                records = []
            case "list":
                return records  # type: ignore[return-value]
        return Reading(info, tuple(records), "invented", {}, ledger=ledger)


plugin = DatasetPlugin("invented", "", Params, "wrong_datasets:Reader", labels=("ADR",), embedded=True)
fetched = DatasetPlugin("fetched", "", Params, "wrong_datasets:Reader")
mislabelled = DatasetPlugin("mislabelled", "", Params, "wrong_datasets:Reader", labels=("DRUG",))
