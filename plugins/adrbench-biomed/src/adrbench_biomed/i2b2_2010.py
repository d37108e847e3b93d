"""The 2010 i2b2/VA challenge: discharge summaries and progress notes with problems, tests and treatments.

Uzuner, South, Shen and DuVall (2011), Journal of the American Medical Informatics Association 18(5), 552-556.

The texts are patients' records, given out under an agreement only; this reader was built from the documented format.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adrbench.api import DatasetInfo, DatasetPlugin, Reading
from adrbench.datasets import locate_folder
from adrbench_biomed.i2b2 import AGREEMENT, Mismatch, read_folder

_HOW = (
    "It is given out by the n2c2 NLP Data Portal of DBMI, Harvard Medical School "
    "(https://portal.dbmi.hms.harvard.edu/projects/n2c2-nlp/), under a data use agreement: ask there, download "
    "concept_assertion_relation_training_data.tar.gz, reference_standard_for_test_data.tar.gz and test_data.tar.gz of "
    "2010, and unpack them into $ADRBENCH_DATA/i2b2-2010, so that it holds "
    "concept_assertion_relation_training_data/{beth,partners}/{txt,concept}/, test_data/*.txt and "
    "reference_standard_for_test_data/concepts/*.con (or test_data/{txt,concept}/)"
)


@dataclass(frozen=True)
class I2b22010Params:
    """``mismatch``: as for ``i2b2``, but by default a count, as users of the release report two such concepts."""

    mismatch: Mismatch = "count"


plugin = DatasetPlugin(
    name="i2b2-2010",
    summary="clinical notes with problems, tests and treatments (Uzuner et al. 2011); on request only",
    params=I2b22010Params,
    implementation="adrbench_biomed.i2b2_2010:I2b22010",
)


class I2b22010:
    """Reads the release as unpacked; its training and test texts are parts, a line is a sentence of given words."""

    info = DatasetInfo(
        name="i2b2-2010",
        version="2010",
        licence="n2c2 data use agreement; not ours to redistribute",
        external="forbidden",
        external_terms=AGREEMENT,
        citation="Uzuner et al. 2011, Journal of the American Medical Informatics Association 18(5), 552-556",
        labels=("problem", "test", "treatment"),
        url="https://portal.dbmi.hms.harvard.edu/projects/n2c2-nlp/",
        # The challenge's 394 training and 477 test texts; one of its hospitals is no part of what is given out now.
        published={"groups": 871},
        how=_HOW,
    )

    def load(self, params: I2b22010Params, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder; None: the local copy.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusMissing: The corpus is not there.
            CorpusError: A file is damaged or has another form.
        """
        folder = locate_folder("i2b2-2010", ["**/*.con", "**/*.txt"], path, _HOW)
        return read_folder(self.info, folder.path, folder.origin, params.mismatch)

    def at_hand(self) -> str:
        """Locate the corpus on this machine.

        Returns:
            The place, as ``Reading.origin`` has it.

        Raises:
            CorpusMissing: It is not on this machine. The message says how to get it.
        """
        return locate_folder("i2b2-2010", ["**/*.con", "**/*.txt"], None, _HOW).origin
