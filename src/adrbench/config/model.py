"""What a benchmark file may say, as pydantic models: strict types, no unknown names, no silent defaults."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Percent = Annotated[float, Field(ge=0, le=100)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
Need = Literal["cuda", "hub"]

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_SIZES = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}


def _quantity(units: dict[str, int], example: str) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", value)
        if match is None or match[2] not in units:
            raise ValueError(f"should be a number with a unit such as {example} ({', '.join(u for u in units if u)})")
        return int(Decimal(match[1]) * units[match[2]])

    return BeforeValidator(read)


Seconds = Annotated[int, _quantity(_UNITS, "'90s' or '2h'"), Field(gt=0)]
Bytes = Annotated[int, _quantity(_SIZES, "'8GiB'"), Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Header(_Section):
    """``[benchmark]``: its name, a sentence about it, how predictions are judged, and the one seed of all cells."""

    name: Name
    description: str = ""
    evaluators: tuple[str, ...] = Field(default=("exact",), min_length=1, max_length=1)
    seed: int = Field(default=13, ge=0, lt=2**31)


class DatasetEntry(_Section):
    """``[[datasets]]``: a corpus, where it is, and every filter between it and the benchmark."""

    use: str
    name: Name | None = None
    path: str | None = None
    labels: tuple[str, ...] = ()
    drop_duplicates: bool = False
    max_words: int | None = Field(default=None, gt=0)
    drop_unannotated: bool = False
    stand_in: str | None = None
    params: dict[str, Any] = {}


class SplitEntry(_Section):
    """``[[splits]]``: a way to share documents out into folds."""

    kind: Literal["random", "grouped"]
    folds: int = Field(default=5, ge=2)
    seed: int = Field(default=13, ge=0, lt=2**31)


class TaggerEntry(_Section):
    """``[[taggers]]``: a row of the leaderboard: a plugin with parameters, and what it needs to be worth trying."""

    id: Name
    use: str
    needs: tuple[Need, ...] = ()
    params: dict[str, Any] = {}


class Limits(_Section):
    """``[limits]`` of a cell: wall-clock ``timeout`` (seconds, or '2h'), ``memory`` (bytes, or '8GiB'), ``threads``."""

    timeout: Seconds | None = None
    memory: Bytes | None = None
    threads: int | None = Field(default=None, gt=0)


class Published(_Section):
    """``[[published]]``: figures of a paper, in percent as printed, to stand beside ours."""

    dataset: str
    splits: str
    tagger: str
    f1: Percent
    precision: Percent | None = None
    recall: Percent | None = None
    source: str


class Benchmark(_Section):
    """A whole benchmark file."""

    benchmark: Header
    datasets: tuple[DatasetEntry, ...] = Field(min_length=1)
    splits: tuple[SplitEntry, ...] = Field(min_length=1)
    taggers: tuple[TaggerEntry, ...] = Field(min_length=1)
    limits: Limits = Limits()
    published: tuple[Published, ...] = ()
    # Where the file stands: relative paths in it start here. Set by the reader, not by the file.
    folder: Path = Field(default=Path(), exclude=True)
