"""How far a run of tagging has come, as it is kept beside the output until that is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from adrbench._system.paths import write_atomically
from adrbench.errors import InputError

FORMAT = 1


@dataclass(frozen=True)
class State:
    """How far a run has come. All counts are of whole batches.

    Attributes:
        made_by: A hash of the tagger and of the options; the output of others does not fit.
        digest: A hash of the texts so far.
        batches: Batches that are written.
        size: Bytes of the output.
        tagged: Texts with tags.
        failed: Texts that could not be read, tagged or written.
        spans: Spans by label.
        left_out: Spans that the lowest score left out.
        lost: What the format cannot hold, counted.
        without_gold: Texts without gold, of an evaluation.
        counts: Sums of the evaluator's counts, by column.
        finished: Whether the output is whole.
        format: The version of this file.
    """

    made_by: str
    digest: str = ""
    batches: int = 0
    size: int = 0
    tagged: int = 0
    failed: int = 0
    spans: Mapping[str, int] = field(default_factory=dict)
    left_out: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    without_gold: int = 0
    counts: tuple[int, ...] = ()
    finished: bool = False
    format: int = FORMAT

    @property
    def texts(self) -> int:
        """All texts so far."""
        return self.tagged + self.failed

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Args:
            path: The file.
        """
        write_atomically(path, json.dumps(asdict(self)))


def read_state(path: Path) -> State | None:
    """Read how far a run has come.

    Args:
        path: The file.

    Returns:
        The state; None if there is no such file.

    Raises:
        InputError: If the file is damaged, or of another version.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        state = TypeAdapter(State).validate_json(content)
    except ValidationError as error:
        raise InputError(f"{path}: damaged, so tagging cannot go on from it; --force starts anew") from error
    if state.format != FORMAT:
        raise InputError(f"{path}: of format {state.format}, and this adrbench has {FORMAT}; --force starts anew")
    return state
