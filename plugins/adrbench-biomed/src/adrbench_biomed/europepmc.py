"""The Europe PMC annotated full-text corpus: articles with genes and proteins, organisms and diseases.

Yang, Saha, Venkatesan, Tirunagari, Vartak and McEntyre (2023), Scientific Data 10:722.

The paper has 300 articles and three labels. What is openly at hand is the test part in a form that its authors made
later, with chemicals (``CD``) as a fourth label.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adrbench.api import DatasetInfo, DatasetPlugin, Reading
from adrbench.datasets import PARTS, LocalFiles, RemoteFile, load_conll, locate_files

_SOURCE = (
    "https://raw.githubusercontent.com/ML4LitS/otar-maintenance/"
    "ac1d9899ed2adc54d4434caba5a21c233c0b7264/notebooks/annotations_api"
)
_TEST = RemoteFile(
    "test.tsv", f"{_SOURCE}/test.tsv", "167e90cba16662f6a35ecd20c0f3be3bb28f5f67314beb7aeb1231cc1f636337"
)


@dataclass(frozen=True)
class EuropePmcParams:
    """This corpus takes no parameters."""


plugin = DatasetPlugin(
    name="europepmc",
    summary="full articles, sentences with genes and proteins, organisms and diseases (Yang et al. 2023)",
    params=EuropePmcParams,
    implementation="adrbench_biomed.europepmc:EuropePmc",
    labels=("DS", "GP", "OG"),
)


class EuropePmc:
    """Reads ``test.tsv`` and, where they lie beside it, ``train.tsv`` and ``dev.tsv``."""

    info = DatasetInfo(
        name="europepmc",
        version="2024, with chemicals",
        licence="the articles are open access; no licence is stated for the column files",
        external="allowed",
        external_terms="open-access articles; no agreement forbids it",
        citation="Yang et al. 2023, Scientific Data 10:722, doi 10.1038/s41597-023-02617-x",
        labels=("CD", "DS", "GP", "OG"),
        url=_SOURCE,
        how=(
            "The whole corpus: see the data section of doi 10.1038/s41597-023-02617-x and "
            "github.com/ML4LitS/annotation_models; put train.tsv and dev.tsv beside test.tsv"
        ),
    )

    def load(self, params: EuropePmcParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder; None: the local copy.
            offline: Whether the network must not be used.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged or has another form.
        """
        files = _locate(path, offline)
        folder = files.paths[_TEST.name].parent
        by_part = {part: folder / f"{part}.tsv" for part in PARTS}
        return load_conll(self.info, {part: file for part, file in by_part.items() if file.is_file()}, files.origin)

    def at_hand(self) -> str:
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        return _locate(None, offline=True).origin


def _locate(path: Path | None, offline: bool) -> LocalFiles:
    return locate_files("europepmc", [_TEST], path, offline, EuropePmc.info.how)
