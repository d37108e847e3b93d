"""CADEC, the CSIRO adverse drug event corpus: posts of patients about a drug, from askapatient.com.

Karimi, Metke-Jimenez, Kemp and Wang (2015), Journal of Biomedical Informatics 55, 73-81.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adrbench._system.paths import cache_folder
from adrbench.api import CorpusError, CorpusMissing, DatasetInfo, DatasetPlugin, Reading, Record
from adrbench.datasets.files import Folder, file_hash, locate_folder, unpack
from adrbench.datasets.formats._standoff import Mismatch
from adrbench.datasets.formats.brat import BratParams, by_name, read_pair

_LABELS = ("ADR", "Disease", "Drug", "Finding", "Symptom")
_URL = "https://doi.org/10.4225/08/570FB102BDAD2"
_ARCHIVE = "CADEC.v2.zip"
_HOW = (
    f"CADEC is free for research under the CSIRO Data Licence, which you accept on its page in the CSIRO Data Access "
    f"Portal, {_URL}. Download {_ARCHIVE} there and put it into $ADRBENCH_DATA/cadec (or name it in path), as it is or "
    "unpacked, so that there are $ADRBENCH_DATA/cadec/text/*.txt and $ADRBENCH_DATA/cadec/original/*.ann"
)


@dataclass(frozen=True)
class CadecParams(BratParams):
    """As for ``brat``, but lenient: what the release has wrong is repaired, and counted."""

    encoding: str = "auto"
    mismatch: Mismatch = "repair"
    unannotated: Literal["error", "keep"] = "keep"


plugin = DatasetPlugin(
    name="cadec",
    summary="patient posts with reactions, drugs, diseases and symptoms (Karimi et al. 2015)",
    params=CadecParams,
    implementation="adrbench.datasets.corpora.cadec:Cadec",
    labels=_LABELS,
)


class Cadec:
    """Reads the posts (``text``) with their mentions (``original``), without the SNOMED CT and MedDRA codes.

    A post's id and group is its file's name, such as ``LIPITOR.1``, and its metadata the ``drug``, ``LIPITOR``.
    """

    info = DatasetInfo(
        name="cadec",
        version="2",
        licence="CSIRO Data Licence: research only, not to be passed on",
        citation="Karimi, Metke-Jimenez, Kemp and Wang 2015, Journal of Biomedical Informatics 55, 73-81",
        labels=_LABELS,
        url=_URL,
        how=_HOW,
        # Tables 1 and 2 of the study BERT and BioBERT on CADEC, the labels after Karimi et al.
        published={
            "documents": 1250,
            "spans": 9111,
            "spans ADR": 6318,
            "spans Disease": 283,
            "spans Drug": 1800,
            "spans Finding": 435,
            "spans Symptom": 275,
        },
    )

    def at_hand(self) -> str:
        """Where the corpus lies on this machine; raises ``CorpusMissing`` saying how to get it."""
        try:
            return _locate(None).origin
        except CorpusMissing:
            return _locate_archive(None).origin

    def load(self, params: CadecParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus; see ``adrbench.api.Dataset``."""
        folder = _folder(path)
        texts, annotations = by_name(folder.path / "text", ".txt"), by_name(folder.path / "original", ".ann")
        ledger: Counter[str] = Counter()
        hashes: dict[str, str] = {}
        records = []
        for name in sorted(texts.keys() | annotations.keys()):
            pair = texts.get(name), annotations.get(name)
            text, spans = read_pair(*pair, params, ledger, repeated_ids=True)
            records.append(Record(name, text, spans, name, metadata={"drug": name.partition(".")[0]}))
            hashes |= {f.relative_to(folder.path).as_posix(): file_hash(f) for f in pair if f is not None}
        return Reading(self.info, tuple(records), folder.origin, hashes, ledger=+ledger, unit="document")


def _folder(path: Path | None) -> Folder:
    """The folder that holds ``text`` and ``original``; an archive is unpacked into the cache, once."""
    if path is not None and path.is_file():
        return _unpacked(path, f"file {path.resolve().name}")
    try:
        return _locate(path)
    except CorpusError as error:
        try:
            found = _locate_archive(path)
        except CorpusError:
            # What is asked for is the folders; the archive only stands in for them.
            raise error from None
    return _unpacked(found.path / _ARCHIVE, f"{found.origin}, {_ARCHIVE}")


def _locate(path: Path | None) -> Folder:
    """As laid out by hand, else with the folder ``cadec`` of the archive."""
    try:
        return locate_folder("cadec", ["text/*.txt", "original/*.ann"], path, _HOW)
    except CorpusError as error:
        try:
            outer = locate_folder("cadec", ["cadec/text/*.txt", "cadec/original/*.ann"], path, _HOW)
        except CorpusError:
            raise error from None
        return Folder(outer.path / "cadec", outer.origin)


def _locate_archive(path: Path | None) -> Folder:
    return locate_folder("cadec", [_ARCHIVE], path, _HOW)


def _unpacked(archive: Path, origin: str) -> Folder:
    folder = cache_folder() / "unpacked" / f"cadec-{file_hash(archive)[:16]}"
    if not folder.is_dir():
        unpack(archive, folder)
    try:
        return Folder(_locate(folder).path, origin)
    except CorpusError as error:
        raise CorpusError(
            f"{archive}: is no {_ARCHIVE}, which holds cadec/text/*.txt and cadec/original/*.ann"
        ) from error
