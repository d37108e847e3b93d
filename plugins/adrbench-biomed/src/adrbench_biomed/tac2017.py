"""TAC 2017 ADR: drug labels with every adverse reaction and what modifies it; part of SPL-ADR-200db.

Roberts, Demner-Fushman and Tonning (2017), Overview of the TAC 2017 Adverse Reaction Extraction from Drug Labels Track;
Demner-Fushman et al. (2018), Scientific Data 5, 180001.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adrbench.api import CorpusError, CorpusMissing, DatasetInfo, DatasetPlugin, Reading
from adrbench.datasets import (
    ConllParams,
    LocalFolder,
    RemoteFile,
    file_hash,
    load_conll,
    locate_files,
    locate_folder,
    unpack_to_cache,
)
from adrbench_biomed.tac_spl import Mismatch, read_files, xml_files

_SOURCE = "https://bionlp.nlm.nih.gov/tac2017adversereactions"
# The source prints no hash, and we had no network to it: what it sends is taken as it is, and its hash shown.
_ARCHIVE = RemoteFile("train_xml.tar.gz", f"{_SOURCE}/train_xml.tar.gz", "")
_FOLDERS = {"train_xml": "train", "gold_xml": "test"}


@dataclass(frozen=True)
class Tac2017Params:
    """``mismatch``: as for ``tac-spl``; the release has no such mention.

    ``release``: the drug labels (``labels``), or the sentences of Symeonidou et al. (2019) in the very folds that they
    were tested in (``folds``).
    """

    mismatch: Mismatch = "error"
    release: Literal["labels", "folds"] = "labels"


plugin = DatasetPlugin(
    name="tac2017",
    summary="drug labels, sections with adverse reactions (Roberts et al. 2017)",
    params=Tac2017Params,
    implementation="adrbench_biomed.tac2017:Tac2017",
    labels=("AdverseReaction",),
)


class Tac2017:
    """Reads the training labels; with ``gold_xml`` beside ``train_xml``, the test labels too, as parts of a split."""

    info = DatasetInfo(
        name="tac2017",
        version="2017",
        licence="open download, no licence stated; the database made of it, SPL-ADR-200db, is CC0 1.0",
        external="allowed",
        external_terms="published drug labels; no agreement forbids it",
        citation=(
            "Roberts, Demner-Fushman and Tonning 2017, Text Analysis Conference; "
            "Demner-Fushman et al. 2018, Scientific Data 5, 180001"
        ),
        labels=("AdverseReaction", "Animal", "DrugClass", "Factor", "Negation", "Severity"),
        url=_SOURCE,
        # Of the training part, which is what can be downloaded with annotation and is used by most papers.
        published={
            "documents": 239,
            "groups": 101,
            "spans": 15722,
            "discontinuous": 1078,
            "spans AdverseReaction": 13795,
        },
    )

    def load(self, params: Tac2017Params, path: Path | None, offline: bool) -> Reading:
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder; None: the local copy, or else a download.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged or has another form.
        """
        if params.release == "folds":
            if params.mismatch != "error":
                raise CorpusError('tac2017: mismatch needs release = "labels"; words with tags cannot mismatch')
            folds = locate_folder(_FOLDS.name, ["*"], path, _FOLDS.how)
            reading = load_conll(_FOLDS, folds.path, folds.origin, ConllParams(label="AdverseReaction"))
            return replace(reading, info=replace(_FOLDS, name=self.info.name))
        folder, archive = _find(path, offline)
        files = xml_files(folder.path)
        parts = {}
        if all((folder.path / name).is_dir() for name in _FOLDERS):
            files = {name: file for name, file in files.items() if name.split("/")[0] in _FOLDERS}
            parts = {name: _FOLDERS[name.split("/")[0]] for name in files}
        elif (folder.path / "train_xml").is_dir():
            files = {name: file for name, file in files.items() if name.split("/")[0] == "train_xml"}
        info = replace(self.info, published={}) if parts else self.info
        reading = read_files(info, files, parts, folder.origin, params.mismatch)
        return replace(reading, files={**archive, **reading.files})

    def at_hand(self) -> str:
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        return _find(None, offline=True)[0].origin


# The study's Table 1 has 207,241 words; the files, one more.
_FOLDS = replace(
    Tac2017.info,
    name="tac2017-folds",
    version="2017, sentences and folds of Symeonidou et al. 2019",
    citation=f"{Tac2017.info.citation}; Symeonidou, Sazonau and Groth 2019, CEUR 2849",
    labels=("AdverseReaction",),
    url="https://github.com/AnthiS/MasterThesis_DS",
    published={"documents": 7408, "tokens": 207242, "spans AdverseReaction": 9152},
    how=(
        "The study's code has its five test files, test1.tsv to test5.tsv (a token, a tab, and a tag B, I or O); put "
        "them into the folder tac2017-folds below ADRBENCH_DATA"
    ),
)


def _find(path: Path | None, offline: bool) -> tuple[LocalFolder, dict[str, str]]:
    """The folder that holds the files, and the hash of the archive if they come from it."""
    try:
        return locate_folder("tac2017", ["train_xml/*.xml"], path, ""), {}
    except CorpusMissing:
        archive = locate_files("tac2017", [_ARCHIVE], None, offline)
    except CorpusError:
        if path is not None and path.is_dir() and any(path.glob("*.xml")):
            return LocalFolder(path, f"folder {path.resolve().name}"), {}
        if path is None or not (path / _ARCHIVE.name).is_file():
            raise
        archive = locate_files("tac2017", [_ARCHIVE], path, offline)
    file = archive.paths[_ARCHIVE.name]
    return LocalFolder(unpack_to_cache("tac2017", file), archive.origin), {_ARCHIVE.name: file_hash(file)}
