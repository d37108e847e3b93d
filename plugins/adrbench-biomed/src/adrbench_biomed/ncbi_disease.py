"""The NCBI disease corpus: titles and abstracts of PubMed with every disease mention.

Doğan, Leaman and Lu (2014), Journal of Biomedical Informatics 47, 1-10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record
from adrbench.datasets import LocalFiles, RemoteFile, load_pubtator, locate_files
from adrbench_biomed.mtl import read_mtl

_SOURCE = (
    "https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/original-data"
)
_FILES = {
    "train": RemoteFile(
        "NCBItrainset_corpus.txt",
        f"{_SOURCE}/train/NCBItrainset_corpus.txt",
        "f311381b28a6d0f641f57f4a963bb83619c2bdec5cd9caabb1381f894d5db817",
    ),
    "dev": RemoteFile(
        "NCBIdevelopset_corpus.txt",
        f"{_SOURCE}/devel/NCBIdevelopset_corpus.txt",
        "02db559974624ae9cbe6cd95d64d953e6926bb63afb6b25b63e53bd8b41a4b55",
    ),
    "test": RemoteFile(
        "NCBItestset_corpus.txt",
        f"{_SOURCE}/test/NCBItestset_corpus.txt",
        "61c8050bf6979ef7b943ec1158dfc03b651ea3367d4c37356f9de4841e85c9a3",
    ),
}


@dataclass(frozen=True)
class NcbiDiseaseParams:
    """``release``: the abstracts as annotated (``pubtator``), or the sentences of Crichton et al. (2017) (``mtl``).

    ``labels_as``: one label ``Disease``, as benchmarks have it, or the four ``classes`` of the PubTator files.
    """

    release: Literal["pubtator", "mtl"] = "pubtator"
    labels_as: Literal["Disease", "classes"] = "Disease"


plugin = DatasetPlugin(
    name="ncbi-disease",
    summary="PubMed abstracts with disease mentions (Doğan et al. 2014)",
    params=NcbiDiseaseParams,
    implementation="adrbench_biomed.ncbi_disease:NcbiDisease",
)


class NcbiDisease:
    """Reads the three files of either release, with their split."""

    info = DatasetInfo(
        name="ncbi-disease",
        version="2014",
        licence="public domain (United States Government work)",
        external="allowed",
        external_terms="public domain",
        citation="Doğan, Leaman and Lu 2014, Journal of Biomedical Informatics 47, 1-10",
        labels=("Disease",),
        url=_SOURCE,
        # The paper's 793 abstracts, 593 of them for training, count one twice; its mentions are among the 5,145.
        published={
            "documents": 793,
            "documents train": 593,
            "documents dev": 100,
            "documents test": 100,
            "spans": 6892,
            "spans train": 5145,
            "spans dev": 787,
            "spans test": 960,
        },
    )

    def load(self, params: NcbiDiseaseParams, path: Path | None, offline: bool) -> Reading:
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A file or folder; None: the local copy, or else a download.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged, or the parameters contradict each other.
        """
        if params.release == "mtl":
            if params.labels_as == "classes":
                raise CorpusError('ncbi-disease: labels_as = "classes" needs release = "pubtator"; mtl has one label')
            return read_mtl("NCBI-disease-IOB", path, offline, _MTL)
        files = _locate(path, offline)
        by_part = {part: files.paths[file.name] for part, file in _FILES.items()}
        reading = load_pubtator(self.info, by_part, files.origin)
        if params.labels_as == "classes":
            return replace(reading, info=replace(self.info, labels=_labels(reading.records)))
        return replace(reading, records=tuple(map(_one_label, reading.records)))

    def at_hand(self) -> str:
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        return _locate(None, offline=True).origin


# Sentences as printed by Lee et al. (2019), BioBERT, Table 3.
_MTL = replace(
    NcbiDisease.info,
    version="2014, sentences of Crichton et al. 2017",
    citation=f"{NcbiDisease.info.citation}; Crichton et al. 2017, BMC Bioinformatics 18:368",
    url="https://github.com/cambridgeltl/MTL-Bioinformatics-2016",
    published={"documents train": 5423, "documents dev": 922, "documents test": 939},
)


def _locate(path: Path | None, offline: bool) -> LocalFiles:
    return locate_files("ncbi-disease", list(_FILES.values()), path, offline)


def _labels(records: Iterable[Record]) -> tuple[str, ...]:
    return tuple(sorted({span.label for record in records for span in record.spans}))


def _one_label(record: Record) -> Record:
    return replace(record, spans=tuple(replace(span, label="Disease") for span in record.spans))
