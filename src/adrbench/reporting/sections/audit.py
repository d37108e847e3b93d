"""How much of the gold looks wrong to taggers that did not learn from it."""

from __future__ import annotations

from adrbench.errors import InputError
from adrbench.reporting._content import Block, Section
from adrbench.reporting._source import Source
from adrbench.reporting.audit_view import FAMILIES, SCORE, summary_table
from adrbench.results.audit.audit import EXACT, Audit, audit_section, suited
from adrbench.results.store import DamagedError

_ID, _HEADING = "audit", "Gold that looks wrong"


def audit(source: Source) -> Section:
    """Count the findings of an audit by kind.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each corpus, by the split that an audit uses.
    """
    judged = source.judged(EXACT)
    blocks, reasons = [], []
    for section in suited(place.section for place in source.places if place.section.fraction == 1):
        try:
            made = audit_section(judged, section)
        except DamagedError:
            raise
        except InputError as error:
            made = str(error)
        if isinstance(made, Audit):
            blocks.append(
                Block(f"{section.dataset} · {section.split}", tables=(summary_table(made, SCORE).for_people(),))
            )
        else:
            reasons.append(f"{section.dataset}: {made}")
    lines = (
        f"Places where taggers of several families agree against the gold, or find nothing. {SCORE} {FAMILIES}",
        "`adrbench audit` lists the places, and writes them to files for correction.",
    )
    return Section(_ID, _HEADING, tuple(blocks), lines, "; ".join(dict.fromkeys(reasons)) or "nothing was measured")
