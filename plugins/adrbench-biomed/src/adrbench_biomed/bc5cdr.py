"""BC5CDR: titles and abstracts of PubMed with chemicals and diseases, of BioCreative V's chemical-disease task.

Li et al. (2016), Database 2016, baw068; Wei et al. (2016), Database 2016, baw032.

Two corpora for the harness, ``bc5cdr-disease`` and ``bc5cdr-chemical``: the same documents, one label each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from adrbench.api import DatasetInfo, DatasetPlugin, Reading
from adrbench.datasets import LocalFiles, RemoteFile, load_pubtator, locate_files
from adrbench_biomed.mtl import read_mtl

_SOURCE = (
    "https://raw.githubusercontent.com/cryptoradon/biomedRelExt/"
    "3f113ff1aefd03b7ecf053a6bc33cc6a75532f20/CDR_Data/CDR.Corpus.v010516"
)
_FILES = {
    "train": RemoteFile(
        "CDR_TrainingSet.PubTator.txt",
        f"{_SOURCE}/CDR_TrainingSet.PubTator.txt",
        "6c15ebf93b7a831f4f679f9ecda4e71fee7fba8c2bc687e8cf73c4d16d91d2a0",
    ),
    "dev": RemoteFile(
        "CDR_DevelopmentSet.PubTator.txt",
        f"{_SOURCE}/CDR_DevelopmentSet.PubTator.txt",
        "9e18d8e700168887a7919e62f67ac2ce2357e3f409a48ee992906abdd80fe3e5",
    ),
    "test": RemoteFile(
        "CDR_TestSet.PubTator.txt",
        f"{_SOURCE}/CDR_TestSet.PubTator.txt",
        "a3c48d5f35bdfce20c2371778abedc9fd24d1da092207072e5181ad53c8d0e2f",
    ),
}
_PUBLISHED = {
    "documents": 1500,
    "documents train": 500,
    "documents dev": 500,
    "documents test": 500,
    "spans train": 9385,
    "spans dev": 9591,
    "spans test": 9809,
    "spans Chemical": 15935,
    "spans Disease": 12850,
}


@dataclass(frozen=True)
class Bc5cdrParams:
    """``release``: the abstracts as annotated (``pubtator``), or the sentences of Crichton et al. (2017) (``mtl``)."""

    release: Literal["pubtator", "mtl"] = "pubtator"


def _info(name: str) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        version="010516",
        licence="public domain mark (as catalogued; the public copy names none)",
        external="allowed",
        external_terms="published MEDLINE abstracts; no agreement forbids it",
        citation="Li et al. 2016, Database 2016, baw068",
        labels=("Chemical", "Disease"),
        url=_SOURCE,
        published=_PUBLISHED,
    )


disease = DatasetPlugin(
    name="bc5cdr-disease",
    summary="PubMed abstracts with diseases, BioCreative V CDR (Li et al. 2016)",
    params=Bc5cdrParams,
    implementation="adrbench_biomed.bc5cdr:Bc5cdrDisease",
    labels=("Disease",),
)
chemical = DatasetPlugin(
    name="bc5cdr-chemical",
    summary="PubMed abstracts with chemicals, BioCreative V CDR (Li et al. 2016)",
    params=Bc5cdrParams,
    implementation="adrbench_biomed.bc5cdr:Bc5cdrChemical",
    labels=("Chemical",),
)


class _Bc5cdr:
    info: ClassVar[DatasetInfo]
    _label: ClassVar[str]
    _folder: ClassVar[str]

    def load(self, params: Bc5cdrParams, path: Path | None, offline: bool) -> Reading:
        """Read the corpus; see ``adrbench.api.Dataset``."""
        if params.release == "mtl":
            return read_mtl(self._folder, path, offline, self._sentences())
        files = _locate(path, offline)
        by_part = {part: files.paths[file.name] for part, file in _FILES.items()}
        # The public copy's training file holds the development documents too: a method must not train on them.
        development = load_pubtator(self.info, {"dev": by_part["dev"]}, files.origin)
        leave_out = {"train": frozenset(record.id for record in development.records)}
        return load_pubtator(self.info, by_part, files.origin, leave_out=leave_out)

    def at_hand(self) -> str:
        """Where the corpus lies on this machine; raises ``CorpusMissing`` if it does not."""
        return _locate(None, offline=True).origin

    def _sentences(self) -> DatasetInfo:
        return replace(
            self.info,
            version=f"{self.info.version}, sentences of Crichton et al. 2017",
            citation=f"{self.info.citation}; Crichton et al. 2017, BMC Bioinformatics 18:368",
            labels=(self._label,),
            url="https://github.com/cambridgeltl/MTL-Bioinformatics-2016",
            # As printed by Lee et al. (2019), BioBERT, Table 3.
            published={"documents train": 4559, "documents dev": 4580, "documents test": 4796},
        )


class Bc5cdrDisease(_Bc5cdr):
    """Reads the three files of either release, with their split; of the abstracts both labels."""

    info = _info("bc5cdr-disease")
    _label = "Disease"
    _folder = "BC5CDR-disease-IOB"


class Bc5cdrChemical(_Bc5cdr):
    """As ``Bc5cdrDisease``, but with chemicals as the label of a benchmark file that names none."""

    info = _info("bc5cdr-chemical")
    _label = "Chemical"
    _folder = "BC5CDR-chem-IOB"


def _locate(path: Path | None, offline: bool) -> LocalFiles:
    return locate_files("bc5cdr", list(_FILES.values()), path, offline)
