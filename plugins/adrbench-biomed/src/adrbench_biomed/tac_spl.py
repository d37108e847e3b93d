"""TAC 2017 ADR: drug labels (SPL) as XML, with sections of plain text and mentions by offset.

Roberts, Demner-Fushman and Tonning (2017), Overview of the TAC 2017 Adverse Reaction Extraction from Drug Labels Track.

    <Label drug="..." track="...">
      <Text><Section name="..." id="S1">text</Section></Text>
      <Mentions><Mention id="M1" section="S1" type="AdverseReaction" start="9,30" len="4,5" str="..." /></Mentions>
    </Label>

Offsets count the characters of a section's text as an XML parser gives it; a discontinuous mention has lists of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets import PARTS, Schema, file_hash, part_of, read_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Mismatch = Literal["error", "count"]

_OFFSETS = re.compile(r"[0-9]{1,9}(,[0-9]{1,9})*")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_FILE_NAME = re.compile(r"[^\w.+-]|^\.")
_TRACK = "TAC2017_ADR"
_NORMALISED = ("@id", "@meddra_pt", "@meddra_pt_id", "@meddra_llt", "@meddra_llt_id", "@flag")


@dataclass(frozen=True)
class TacSplParams:
    """``mismatch``: mentions with other words than those at their offsets: ``error``, or read there and a ``count``."""

    mismatch: Mismatch = "error"


plugin = DatasetPlugin(
    name="tac-spl",
    summary="drug labels as in TAC 2017 ADR: a folder of SPL XML files, or one",
    params=TacSplParams,
    implementation="adrbench_biomed.tac_spl:TacSpl",
    format=True,
    writer="adrbench_biomed.tac_spl:write",
)


class TacSpl:
    """Reads the XML files of a folder and its subfolders (``train``, ``dev``, ``test`` are parts), or one file."""

    info = DatasetInfo(name="tac-spl", version="", licence="", citation="", labels=())
    schema = Schema(
        {
            "Label": ("@drug", "Text", "Mentions", "Relations", "Reactions"),
            "Text": ("Section",),
            "Section": ("@id", "@name"),
            "Mentions": ("Mention",),
            "Mention": ("@section", "@type", "@start", "@len", "@str"),
            "Relations": ("Relation",),
            "Relation": ("@id", "@type", "@arg1", "@arg2"),
            "Reactions": ("Reaction",),
            "Reaction": ("@id", "@str", "Normalization"),
            "Normalization": _NORMALISED,
        },
        {"Label": ("@track",), "Mention": ("@id",)},
    )

    def load(self, params: TacSplParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder of ``.xml`` files, or one of them.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: There is no such file, or its form is wrong.
        """
        if path is None or not path.exists():
            given = "no path given" if path is None else f"no file or folder {path}"
            raise CorpusError(f"tac-spl: {given}; it should be a folder of .xml files, or one of them")
        if path.is_file():
            return read_files(self.info, {path.name: path}, {}, f"file {path.resolve().name}", params.mismatch)
        files = xml_files(path)
        parts = {name: part for name in files if (part := part_of(Path(name), Path(name).parts[:-1]))}
        return read_files(self.info, files, parts, f"folder {path.resolve().name}", params.mismatch)


def xml_files(folder: Path) -> dict[str, Path]:
    """List the XML files in a folder and below.

    Args:
        folder: The folder.

    Returns:
        The files by their path in the folder, sorted.

    Raises:
        CorpusError: If there is none.
    """
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() == ".xml" and path.is_file() and not path.name.startswith(".")
    }
    if not files:
        raise CorpusError(f"{folder}: holds no .xml file")
    return files


def read_files(
    info: DatasetInfo, files: Mapping[str, Path], parts: Mapping[str, str], origin: str, mismatch: Mismatch
) -> Reading:
    """Read drug labels.

    Args:
        info: The card of the corpus.
        files: The files by name.
        parts: The part of the split that a file is, by its name; files of no part are left out.
        origin: Where the files came from, as ``LocalFolder.origin`` has it.
        mismatch: Whether a mention with other words than those at its offsets is an ``error``, or a ``count``.

    Returns:
        A reading with a record for each section, those of the training part first.

    Raises:
        CorpusError: Naming the file, for what is no label, and for a label given twice.
    """
    ledger: Counter[str] = Counter()
    records: dict[str, Record] = {}
    for name in sorted(files, key=lambda name: PARTS.index(parts[name]) if name in parts else len(PARTS)):
        for record in parse(read_xml(files[name]), str(files[name]), ledger, mismatch, parts.get(name, "")):
            if record.id in records:
                raise CorpusError(f"{files[name]}: {record.id} was given before, in another file; each label once")
            records[record.id] = record
    hashes = {name: file_hash(path) for name, path in files.items()}
    return Reading(info, tuple(records.values()), origin, hashes, ledger=dict(+ledger), unit="document")


def parse(
    label: Element, where: str, ledger: Counter[str], mismatch: Mismatch = "error", part: str = ""
) -> Iterator[Record]:
    """Make the records of one drug label.

    Args:
        label: The root element of its file.
        where: The name of the file, for messages.
        ledger: Where decisions are counted.
        mismatch: As for ``read_files``.
        part: Its part of the split; empty for none.

    Yields:
        A record for each section. Its group is the drug.

    Raises:
        CorpusError: Naming the file and the section or mention.
    """
    drug = label.get("drug", "")
    if label.tag != "Label" or not drug:
        raise CorpusError(f"{where}: <{label.tag}> is no <Label drug=...>; is this a TAC 2017 ADR file?")
    TacSpl.schema.check_xml(label, where, ledger)
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    for section in label.iterfind("Text/Section"):
        name = section.get("id", "")
        if not name or name in texts:
            raise CorpusError(f"{where}: the section id {name!r} is missing or occurs twice")
        if len(section):
            raise CorpusError(f"{where}: section {name} holds <{section[0].tag}>; it should be plain text")
        texts[name] = section.text or ""
        names[name] = section.get("name", "")
    if not texts:
        raise CorpusError(f"{where}: no <Section> in <Text>")
    spans: dict[str, list[Span]] = {name: [] for name in texts}
    for mention in label.iterfind("Mentions/Mention"):
        what = f"{where}: mention {mention.get('id', '?')}"
        name = mention.get("section", "")
        if name not in texts:
            raise CorpusError(f"{what}: there is no section {name!r}; the label has {', '.join(texts)}")
        spans[name].append(_span(mention, texts[name], what, ledger, mismatch))
    ledger["relations, not read"] += sum(1 for _ in label.iterfind("Relations/Relation"))
    ledger["reactions (normalised names), not read"] += sum(1 for _ in label.iterfind("Reactions/Reaction"))
    ledger["labels without <Mentions>, read as without mentions"] += label.find("Mentions") is None
    for name, text in texts.items():
        yield Record(
            id=f"{drug}.{name}",
            text=text,
            spans=tuple(sorted(spans[name])),
            group=drug,
            parts=(part,) if part else (),
            metadata={"drug": drug, "section": names[name]},
        )


def _span(mention: Element, text: str, what: str, ledger: Counter[str], mismatch: Mismatch) -> Span:
    starts, lengths = (mention.get(key, "").replace(" ", "") for key in ("start", "len"))
    if not (_OFFSETS.fullmatch(starts) and _OFFSETS.fullmatch(lengths)) or starts.count(",") != lengths.count(","):
        raise CorpusError(f"{what}: start {starts!r:.60} and len {lengths!r:.60} are no lists of as many whole numbers")
    pairs = zip(starts.split(","), lengths.split(","), strict=True)
    stretches = [(int(start), int(start) + int(length)) for start, length in pairs]
    if not all(start < end <= len(text) for start, end in stretches):
        raise CorpusError(f"{what}: {starts} + {lengths} is empty or outside the {len(text)} characters of its section")
    if not (label := mention.get("type")):
        raise CorpusError(f"{what}: its type is missing")
    words, own = mention.get("str"), " ".join(text[start:end] for start, end in stretches)
    if words is None:
        ledger["mentions without their words (str), not checked"] += 1
    elif words.split() != own.split():
        if mismatch == "error":
            raise CorpusError(
                f"{what}: {words!r} is not at {starts} + {lengths}, where the text has {own!r}; "
                'mismatch = "count" reads such mentions at their offsets'
            )
        ledger["mentions whose words are not those at their offsets, read at the offsets"] += 1
    stretches.sort()
    ends = max(end for _, end in stretches)
    return Span(stretches[0][0], ends, label, tuple(stretches) if len(stretches) > 1 else ())


def write(reading: Reading, path: Path) -> dict[str, int]:
    """Write a folder of XML files, one for each group, in a folder for each part.

    Args:
        reading: What is written.
        path: A new or empty folder.

    Returns:
        Counts of what the format cannot hold, by what it is.

    Raises:
        CorpusError: For characters that XML cannot hold, for a split of several folds, and if nothing can be written.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise CorpusError(f"{path}: is there already; it should be a new or empty folder")
    labels: dict[tuple[str, str], list[Record]] = {}
    for record in reading.records:
        if len(record.parts) > 1 or not {*record.parts} <= {"", *PARTS}:
            raise CorpusError(f"{path}: {record.id} has the parts {record.parts}; this form has train, dev or test")
        labels.setdefault(("".join(record.parts), record.group), []).append(record)
    if not labels:
        raise CorpusError(f"{path}: nothing to write, the corpus has no document")
    lost: Counter[str] = Counter({"texts without gold, not written": len(reading.unlabelled)})
    if reading.unit == "sentence":
        lost["sentences, read back as documents"] += len(reading.records)
    for (part, drug), name in zip(labels, _file_names([drug for _, drug in labels]), strict=True):
        file, content = path / part / name, "".join(_xml(drug, labels[part, drug], lost))
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8", newline="\n")
        except OSError as error:
            raise CorpusError(f"{file}: cannot be written ({error.strerror})") from error
    return dict(+lost)


def _file_names(drugs: list[str]) -> list[str]:
    """A file name for each label: its own, and a number before it where that would change their order."""
    names = [f"{_NO_FILE_NAME.sub('_', drug)[:40]}.xml" for drug in drugs]
    if names == sorted(names) and len({name.casefold() for name in names}) == len(names):
        return names
    return [f"{number:06}-{name}" for number, name in enumerate(names)]


def _xml(drug: str, records: Iterable[Record], lost: Counter[str]) -> Iterator[str]:
    sections: dict[str, Record] = {}
    for record in records:
        own = record.id.startswith(f"{drug}.") and record.id != f"{drug}."
        name = record.id.removeprefix(f"{drug}.") if own else record.id
        if not drug or not name or name in sections:
            raise CorpusError(f"{record.id}: its group {drug!r} is empty, or has two sections of its name {name!r}")
        sections[name] = record
        lost["documents whose id is not that of their group and section, renamed"] += not own
        lost["documents whose words are fixed, which is not written"] += record.tokens is not None
        facts = {"drug": drug, "section": record.metadata.get("section", "")}
        lost["documents with other metadata than drug and section, not written"] += (
            bool(record.metadata) and {**facts, **record.metadata} != facts
        )
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Label drug={_attribute(drug)} track="{_TRACK}">\n  <Text>\n'
    for name, record in sections.items():
        section = record.metadata.get("section", "")
        yield f"    <Section name={_attribute(section)} id={_attribute(name)}>{_text(record.text)}</Section>\n"
    yield "  </Text>\n  <Mentions>\n"
    number = 0
    for name, record in sections.items():
        for span in record.spans:
            stretches = span.parts or ((span.start, span.end),)
            if not all(0 <= start < end <= len(record.text) for start, end in stretches):
                lost["mentions that leave their text, not written"] += 1
                continue
            number += 1
            starts = ",".join(str(start) for start, _ in stretches)
            lengths = ",".join(str(end - start) for start, end in stretches)
            words = " ".join(record.text[start:end] for start, end in stretches)
            yield (
                f'    <Mention id="M{number}" section={_attribute(name)} type={_attribute(span.label)} '
                f'start="{starts}" len="{lengths}" str={_attribute(words)} />\n'
            )
    yield "  </Mentions>\n</Label>\n"


def _text(text: str) -> str:
    """Escaped; a CR would be read as a line end, were it not written by its number."""
    from xml.sax.saxutils import escape  # noqa: PLC0415  (brings ssl: only when something is written)

    _check(text)
    return escape(text, {"\r": "&#13;"})


def _attribute(text: str) -> str:
    from xml.sax.saxutils import quoteattr  # noqa: PLC0415

    _check(text)
    return quoteattr(text)


def _check(text: str) -> None:
    if match := _NO_XML.search(text):
        raise CorpusError(f"XML cannot hold the character {match[0]!r} (in {text[: match.start() + 1][-20:]!r})")
