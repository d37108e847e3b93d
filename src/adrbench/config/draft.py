"""A benchmark file to start from: the text of one, for a corpus and the taggers that are installed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adrbench.config.model import DatasetEntry
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry


@dataclass(frozen=True)
class Family:
    """A method of a drafted benchmark.

    Attributes:
        id: The name of its row.
        use: Its plugin.
        says: A few words about it.
        distribution: What to install to get it.
        model: The model of a transformer; empty for others.
        installed: Whether the plugin is installed.
    """

    id: str
    use: str
    says: str
    distribution: str
    model: str = ""
    installed: bool = True


_FAMILIES = (
    Family("dictionary", "dictionary", "finds the mentions of the training text again", "adrbench-dictionary"),
    Family("crf", "crf", "linear-chain CRF over features of words", "adrbench-crf"),
    Family("bilstm-crf", "bilstm-crf", "recurrent network over word and character vectors", "adrbench-bilstm-crf"),
    Family("minilm", "transformer", "22M parameters: fine-tunes on a CPU in minutes", "adrbench-transformer", "minilm"),
)


def families(registry: Registry) -> tuple[Family, ...]:
    """List the methods of a drafted benchmark.

    Args:
        registry: The installed plugins.

    Returns:
        Dictionary, CRF, BiLSTM-CRF and a small transformer, each with whether it is installed.
    """
    names = registry.names("taggers")
    return tuple(Family(**{**vars(family), "installed": family.use in names}) for family in _FAMILIES)


@dataclass(frozen=True)
class Draft:
    """All that a drafted benchmark file says.

    Attributes:
        file: The file.
        name: The name of the benchmark.
        entry: The corpus.
        labels: Its labels.
        provided: Whether the corpus comes with a training and a test part.
        held_out: Whether it comes with a development part.
        folds: The number of folds of the random split.
        group_folds: The number of folds of the grouped split; 0 without one.
        taggers: The methods.
        hours: The time limit of a cell.
    """

    file: Path
    name: str
    entry: DatasetEntry
    labels: Sequence[str]
    provided: bool
    held_out: bool
    folds: int
    group_folds: int
    taggers: Sequence[Family]
    hours: int = 2

    def text(self) -> str:
        """Write the file.

        Returns:
            The TOML, with comments.

        Raises:
            InputError: If a name or path has no Unicode text.
        """
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  (only this command needs it)

        environment = Environment(
            loader=PackageLoader("adrbench.config", "."),
            variable_start_string="«",
            variable_end_string="»",
            block_start_string="«%",
            block_end_string="%»",
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701  (TOML; `quoted` escapes what comes from the corpus)
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        values = {
            **vars(self),
            "file": _comment(shlex.quote(str(self.file))),
            "labels": ", ".join(map(quoted, self.labels)),
            "grouped": self.group_folds > 0,
            "quoted": quoted,
        }
        values["entry"] = self.entry.model_copy(
            update={"params": {_key(key): _value(value) for key, value in self.entry.params.items()}}
        )
        return environment.get_template("draft.toml.jinja").render(values)


def quoted(text: str) -> str:
    r"""Write a text as a string of TOML.

    >>> print(quoted('a "b"' + chr(10)))
    "a \"b\"\u000A"

    Args:
        text: The text.

    Returns:
        The string in quotation marks; characters that cannot be seen are escaped.

    Raises:
        InputError: If the text holds half a surrogate pair, as a file name that is no UTF-8 does.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{text!r} is no Unicode text, so no benchmark file can name it; rename it") from error
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in {'"', "\\"}:
        return f"\\{one}"
    if one.isprintable():
        return one
    return f"\\u{ord(one):04X}" if ord(one) <= 0xFFFF else f"\\U{ord(one):08X}"  # noqa: PLR2004


def _comment(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else quoted(name)


def _value(value: object) -> str:
    """A parameter in TOML: strings, numbers, booleans and lists of these."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())} }}"
    return json.dumps(value)
