"""The column files of Crichton et al. (2017) that later studies, BioBERT among them, train and test on.

Crichton, Pyysalo, Chiu and Korhonen (2017), BMC Bioinformatics 18:368; github.com/cambridgeltl/MTL-Bioinformatics-2016.
BioBERT's own release has the same sentences with the labels taken off (``B``, ``I``, ``O``); it is read as well.

Published counts are the sentences of Lee et al. (2019), BioBERT (arXiv 1901.08746), Table 3: for the sets that could be
compared, one less for each part than its file holds. The table has development and test of LINNAEUS swapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from adrbench.api import CorpusMissing, DatasetInfo, DatasetPlugin, Reading
from adrbench.datasets import ConllParams, LocalFiles, RemoteFile, load_conll, locate_files

_SOURCE = "https://github.com/cambridgeltl/MTL-Bioinformatics-2016"
_RAW = "https://raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016"
_FILES = {"train": "train.tsv", "dev": "devel.tsv", "test": "test.tsv"}
_TOGETHER = "954a98f80c443ea96cc4af742eb0f6a7c89c40a2"
_LATER = "d62961c5750439aec6396f5703f3a1c03d97ebd3"
# Folder -> commit in which its files stand. No folder of S800: it is in BioBERT's release only.
_COMMITS = {
    "BC2GM-IOB": _TOGETHER,
    "BC4CHEMD": _TOGETHER,
    "BC5CDR-chem-IOB": _LATER,
    "BC5CDR-disease-IOB": _LATER,
    "JNLPBA": _TOGETHER,
    "NCBI-disease-IOB": _TOGETHER,
    "linnaeus-IOB": _LATER,
}
# Of train, devel and test; of other folders we have seen no copy.
_HASHES = {
    "BC2GM-IOB": (
        "46e17f4e1509483b82c03f27d6f0214020f738fb71704356fb3445eb824ab38d",
        "33a94577aa22f1e70ec9e02781a05baa4e1390e866d28bf2b344888e4e3d4103",
        "30d7a4f571ca8ed22a044528063ba5d0388d666d8b8b329733d6927e5fb30764",
    ),
    "BC5CDR-chem-IOB": (
        "165c4cd2efadd0caf1bb8f3c6bcd3acca199446bb3d55eb06d9137114c9a0b2d",
        "3f1df5cfcff95735663ffc37121fd3687e82b1e9a019bec0480491502652721b",
        "6fce42139a9d819151eff3ab8cb0eda6fbf861fd17d4cfe6be2123f010a3b6c5",
    ),
    "BC5CDR-disease-IOB": (
        "d630dafe7dd67e21350cc3278dbdcfadcccbb2b63d0fda83b2427853988e5ad9",
        "8c3af95475029c2100c2b7c0108b2715bc700ac198c7a21d587f11f1d06b17bd",
        "a530bf9e17a4122b101b09cedd5f3cf8e6307d6a0093146c33b8de2e69ec0fa3",
    ),
    "NCBI-disease-IOB": (
        "58379baf4614b8d757d93dd7a21b202849ca99f9b9d71b49185523ff5443300c",
        "b4e1e7efcc2a35047bf2f3d281648357470e674f555d4a26a0049ac37d59cc61",
        "8f088ce45dc4746592188f9e69de3d89d87f3bb8f0ed8c4a287d018123fa148d",
    ),
}
_UNPINNED = "; no sha256 of it is known to us"


def read_mtl(folder: str, path: Path | None, offline: bool, info: DatasetInfo) -> Reading:
    """Read the sentences of a set in three parts.

    Args:
        folder: The name of the set's folder in the repository.
        path: The folder of the files. None looks in ``$ADRBENCH_DATA/NAME`` and ``$ADRBENCH_DATA/mtl/FOLDER``, in the
            cache, and at their source.
        offline: Forbid the download.
        info: The card of the corpus. If it names one label, bare tags (``B``, ``I``) get it.

    Returns:
        A reading with a record for each sentence; the labels of its card are those that occur.

    Raises:
        CorpusMissing: If the files cannot be had.
        CorpusError: With file and line, for what is no column file.
    """
    files = locate_mtl(folder, path, offline, info)
    by_part = {part: files.paths[name] for part, name in _FILES.items()}
    # Bare tags get the label of the set, where it has one alone.
    params = ConllParams(label=info.labels[0]) if len(info.labels) == 1 else ConllParams()
    reading = load_conll(info, by_part, files.origin, params)
    labels = {span.label for record in reading.records for span in record.spans}
    return replace(reading, info=replace(info, labels=tuple(sorted(labels))))


def locate_mtl(folder: str, path: Path | None, offline: bool, info: DatasetInfo) -> LocalFiles:
    """Find the files of a set, on this machine or by a download.

    Args:
        folder: The folder of the set in its release.
        path: A folder that holds the files; None: the local copy, or else a download.
        offline: Whether the network must not be used.
        info: The card of the corpus.

    Returns:
        The files by name.

    Raises:
        CorpusMissing: The files are not there.
        CorpusError: A file is not the expected one.
    """
    if path is None:
        with suppress(CorpusMissing):
            return locate_files(info.name, [RemoteFile(name) for name in _FILES.values()], None, offline)
    commit = _COMMITS.get(folder)
    url = f"{_RAW}/{commit}/data/{folder}/" if commit else ""
    hashes = _HASHES.get(folder, ("", "", ""))
    files = [RemoteFile(name, url and url + name, sha256) for name, sha256 in zip(_FILES.values(), hashes, strict=True)]
    return locate_files(f"mtl/{folder}", files, path, offline, info.how)


@dataclass(frozen=True)
class MtlParams:
    """These corpora take no parameters."""


class _MtlCorpus:
    info: ClassVar[DatasetInfo]
    _folder: ClassVar[str]

    def load(self, params: MtlParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus; see ``adrbench.api.Dataset``."""
        return read_mtl(self._folder, path, offline, self.info)

    def at_hand(self) -> str:
        """Where the corpus lies on this machine; raises ``CorpusMissing`` if it does not."""
        return locate_mtl(self._folder, None, True, self.info).origin


def _sentences(train: int, dev: int, test: int) -> Mapping[str, int]:
    return {"documents train": train, "documents dev": dev, "documents test": test}


class Bc2gm(_MtlCorpus):
    """BioCreative II gene mention: sentences of MEDLINE with names of genes and proteins."""

    _folder = "BC2GM-IOB"
    info = DatasetInfo(
        name="bc2gm",
        version=f"MTL-Bioinformatics-2016 at {_TOGETHER[:7]}",
        licence="CC BY 4.0, as the repository states",
        external="allowed",
        external_terms="CC BY 4.0",
        citation="Smith et al. 2008, Genome Biology 9(S2):S2; Crichton et al. 2017, BMC Bioinformatics 18:368",
        labels=("GENE",),
        url=_SOURCE,
        published=_sentences(12573, 2518, 5037),
    )


class Bc4chemd(_MtlCorpus):
    """BioCreative IV CHEMDNER: PubMed abstracts, sentence by sentence, with chemicals and drugs."""

    _folder = "BC4CHEMD"
    info = DatasetInfo(
        name="bc4chemd",
        version=f"MTL-Bioinformatics-2016 at {_TOGETHER[:7]}{_UNPINNED}",
        licence="unclear, says the repository; ask BioCreative",
        external="allowed",
        external_terms="published MEDLINE abstracts; no agreement forbids it",
        citation="Krallinger et al. 2015, Journal of Cheminformatics 7(S1):S2; Crichton et al. 2017",
        labels=("Chemical",),
        url=_SOURCE,
        published=_sentences(30681, 30638, 26363),
    )


class Jnlpba(_MtlCorpus):
    """JNLPBA 2004: PubMed abstracts, sentence by sentence, with proteins, DNA, RNA, cell types and cell lines."""

    _folder = "JNLPBA"
    info = DatasetInfo(
        name="jnlpba",
        version=f"MTL-Bioinformatics-2016 at {_TOGETHER[:7]}{_UNPINNED}",
        licence="CC BY 3.0 (GENIA)",
        external="allowed",
        external_terms="CC BY 3.0",
        citation="Kim et al. 2004, JNLPBA, 70-75; Crichton et al. 2017",
        labels=("DNA", "RNA", "cell_line", "cell_type", "protein"),
        url=_SOURCE,
        # BioBERT divides the training part otherwise (16,807 and 1,739 sentences here), and has one label for all.
        published=_sentences(14690, 3856, 3856),
    )


class Linnaeus(_MtlCorpus):
    """LINNAEUS: full articles of PubMed Central, sentence by sentence, with species."""

    _folder = "linnaeus-IOB"
    info = DatasetInfo(
        name="linnaeus",
        version=f"MTL-Bioinformatics-2016 at {_LATER[:7]}{_UNPINNED}",
        licence="CC BY 4.0, as the repository states",
        external="allowed",
        external_terms="CC BY 4.0",
        citation="Gerner, Nenadic and Bergman 2010, BMC Bioinformatics 11:85; Crichton et al. 2017",
        labels=("Species",),
        url=_SOURCE,
        published=_sentences(11934, 4077, 7141),
        note=(
            "Table 3 of Lee et al. (2019) has development and test swapped: it prints 7,141 and 4,077 sentences. The "
            "release has 4,079 and 7,143, by the counts of its copy on the Hugging Face hub"
        ),
    )


class S800(_MtlCorpus):
    """Species-800: 800 PubMed abstracts, sentence by sentence, with species."""

    _folder = "s800"
    info = DatasetInfo(
        name="s800",
        version=f"as in BioBERT's release{_UNPINNED}",
        licence="not stated; MEDLINE abstracts",
        external="allowed",
        external_terms="published MEDLINE abstracts; no agreement forbids it",
        citation="Pafilis et al. 2013, PLoS ONE 8(6):e65390",
        labels=("Species",),
        url="https://species.jensenlab.org",
        published=_sentences(5733, 830, 1630),
        how=(
            "Take the folder s800 of NERdata.zip, which github.com/dmis-lab/biobert links to, or make it with "
            "github.com/spyysalo/s800; put train.tsv, devel.tsv and test.tsv in $ADRBENCH_DATA/s800 or name their "
            "folder as the path"
        ),
    )


def _plugin(corpus: type[_MtlCorpus], summary: str) -> DatasetPlugin:
    return DatasetPlugin(corpus.info.name, summary, MtlParams, f"{__name__}:{corpus.__name__}")


bc2gm = _plugin(Bc2gm, "MEDLINE sentences with genes and proteins (Smith et al. 2008), train, dev and test")
bc4chemd = _plugin(Bc4chemd, "PubMed sentences with chemicals (Krallinger et al. 2015), train, dev and test")
jnlpba = _plugin(Jnlpba, "PubMed sentences with proteins, DNA, RNA and cells (Kim et al. 2004), train, dev and test")
linnaeus = _plugin(Linnaeus, "sentences of full articles with species (Gerner et al. 2010), train, dev and test")
s800 = _plugin(S800, "PubMed sentences with species (Pafilis et al. 2013), train, dev and test")
