"""CADEC, the CSIRO adverse drug event corpus: posts of patients about a drug, from askapatient.com.

Karimi, Metke-Jimenez, Kemp and Wang (2015), Journal of Biomedical Informatics 55, 73-81.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, CorpusMissing, DatasetInfo, DatasetPlugin, Reading
from adrbench.datasets import BratParams, LocalFolder, load_brat, locate_folder, unpack_to_cache

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
    mismatch: Literal["error", "count", "repair"] = "repair"
    unannotated: Literal["error", "keep"] = "keep"


plugin = DatasetPlugin(
    name="cadec",
    summary="patient posts with reactions, drugs, diseases and symptoms (Karimi et al. 2015)",
    params=CadecParams,
    implementation="adrbench_biomed.cadec:Cadec",
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
        external="forbidden",
        external_terms="the CSIRO Data Licence forbids to pass the data on, and a server elsewhere is somebody else's",
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
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        try:
            return _locate(None).origin
        except CorpusMissing:
            return _locate_archive(None).origin

    def load(self, params: CadecParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder or the archive; None: the local copy.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged or has another form.
        """
        folder = _folder(path)
        texts, annotations = folder.path / "text", folder.path / "original"
        reading = load_brat(self.info, texts, folder.origin, params, annotations, repeated_ids=True)
        records = (replace(record, metadata={"drug": record.id.partition(".")[0]}) for record in reading.records)
        return replace(reading, records=tuple(records))


def _folder(path: Path | None) -> LocalFolder:
    """The folder that holds ``text`` and ``original``; an archive is unpacked into the cache, once."""
    if path is not None and path.is_file():
        return _unpacked(path, f"file {path.resolve().name}")
    try:
        return _locate(path)
    except CorpusError as error:
        try:
            home = _locate_archive(path)
        except CorpusError:
            # What is asked for is the folders; the archive only stands in for them.
            raise error from None
    return _unpacked(home.path / _ARCHIVE, f"{home.origin}, {_ARCHIVE}")


def _locate(path: Path | None) -> LocalFolder:
    """As laid out by hand, else with the folder ``cadec`` of the archive."""
    try:
        return locate_folder("cadec", ["text/*.txt", "original/*.ann"], path, _HOW)
    except CorpusError as error:
        try:
            outer = locate_folder("cadec", ["cadec/text/*.txt", "cadec/original/*.ann"], path, _HOW)
        except CorpusError:
            raise error from None
        return LocalFolder(outer.path / "cadec", outer.origin)


def _locate_archive(path: Path | None) -> LocalFolder:
    return locate_folder("cadec", [_ARCHIVE], path, _HOW)


def _unpacked(archive: Path, origin: str) -> LocalFolder:
    folder = unpack_to_cache("cadec", archive)
    try:
        return LocalFolder(_locate(folder).path, origin)
    except CorpusError as error:
        raise CorpusError(
            f"{archive}: is no {_ARCHIVE}, which holds cadec/text/*.txt and cadec/original/*.ann"
        ) from error
