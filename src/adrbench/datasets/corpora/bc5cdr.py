"""BC5CDR: titles and abstracts of PubMed with chemicals and diseases, of BioCreative V's chemical-disease task.

Li et al. (2016), Database 2016, baw068; Wei et al. (2016), Database 2016, baw032.

Two corpora for the harness, ``bc5cdr-disease`` and ``bc5cdr-chemical``: the same documents, one label each.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from adrbench.api import DatasetInfo, DatasetPlugin, Reading, Record
from adrbench.datasets.corpora.mtl import read_mtl
from adrbench.datasets.files import Files, RemoteFile, locate
from adrbench.datasets.formats._parts import PARTS
from adrbench.datasets.formats.pubtator import read_file

_SOURCE = (
    "https://raw.githubusercontent.com/cryptoradon/biomedRelExt/"
    "3f113ff1aefd03b7ecf053a6bc33cc6a75532f20/CDR_Data/CDR.Corpus.v010516"
)
_TRAIN = RemoteFile(
    "CDR_TrainingSet.PubTator.txt",
    f"{_SOURCE}/CDR_TrainingSet.PubTator.txt",
    "6c15ebf93b7a831f4f679f9ecda4e71fee7fba8c2bc687e8cf73c4d16d91d2a0",
)
_DEV = RemoteFile(
    "CDR_DevelopmentSet.PubTator.txt",
    f"{_SOURCE}/CDR_DevelopmentSet.PubTator.txt",
    "9e18d8e700168887a7919e62f67ac2ce2357e3f409a48ee992906abdd80fe3e5",
)
_TEST = RemoteFile(
    "CDR_TestSet.PubTator.txt",
    f"{_SOURCE}/CDR_TestSet.PubTator.txt",
    "a3c48d5f35bdfce20c2371778abedc9fd24d1da092207072e5181ad53c8d0e2f",
)
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
        citation="Li et al. 2016, Database 2016, baw068",
        labels=("Chemical", "Disease"),
        url=_SOURCE,
        published=_PUBLISHED,
    )


disease = DatasetPlugin(
    name="bc5cdr-disease",
    summary="PubMed abstracts with diseases, BioCreative V CDR (Li et al. 2016)",
    params=Bc5cdrParams,
    implementation="adrbench.datasets.corpora.bc5cdr:Bc5cdrDisease",
    labels=("Disease",),
)
chemical = DatasetPlugin(
    name="bc5cdr-chemical",
    summary="PubMed abstracts with chemicals, BioCreative V CDR (Li et al. 2016)",
    params=Bc5cdrParams,
    implementation="adrbench.datasets.corpora.bc5cdr:Bc5cdrChemical",
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
        ledger: Counter[str] = Counter()
        records: dict[str, Record] = {}
        read_file(files.paths[_DEV.name], "dev", records, ledger)
        # The public copy's training file holds the development documents too: a method must not train on them.
        development = frozenset(records)
        read_file(files.paths[_TRAIN.name], "train", records, ledger, leave_out=development)
        read_file(files.paths[_TEST.name], "test", records, ledger)
        in_order = sorted(records.values(), key=lambda record: PARTS.index(record.parts[0]))
        return Reading(self.info, tuple(in_order), files.origin, files.hashes(), ledger=+ledger, unit="document")

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


def _locate(path: Path | None, offline: bool) -> Files:
    return locate("bc5cdr", [_TRAIN, _DEV, _TEST], path, offline)
