"""Power laws: known curves are found again, and laws stay within bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adrbench.scoring.statistics.power_law import fit_power_laws

DOCUMENTS = [100, 200, 400, 800, 1600]


@given(st.floats(0.4, 1.0), st.floats(0.02, 0.3), st.floats(0.1, 1.8))
def test_a_law_is_found_again(limit: float, gain: float, exponent: float) -> None:
    """At twice and four times the documents, figures of a law without noise are met to half a point."""

    def law(documents: float) -> float:
        return float(limit - gain * (documents / 1600) ** -exponent)

    assume(law(DOCUMENTS[0]) >= 0)
    fitted = fit_power_laws(DOCUMENTS, np.array([[law(count) for count in DOCUMENTS]]))
    assert fitted.misfit[0] < 0.003
    assert fitted.at([1600, 3200, 6400])[0] == pytest.approx([law(1600), law(3200), law(6400)], abs=0.005)


@given(st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=1, max_size=4))
def test_laws_rise_and_stay_below_one(curves: list[list[float]]) -> None:
    """Whatever the curve; and curves are fitted independently of each other."""
    fitted = fit_power_laws(DOCUMENTS, np.array(curves))
    values = fitted.at([800, 1600, 3200, 10**9])
    assert (np.diff(values, axis=1) >= -1e-12).all()
    assert (values <= 1 + 1e-9).all()
    alone = fit_power_laws(DOCUMENTS, np.array(curves[:1]))
    assert alone.at([3200])[0] == pytest.approx(values[0, 2])


def test_a_curve_that_falls_has_a_flat_law() -> None:
    """It misses the figures, and says by how much."""
    fitted = fit_power_laws(DOCUMENTS, np.array([[0.9, 0.8, 0.7, 0.6, 0.5]]))
    assert fitted.gain[0] == 0
    assert fitted.misfit[0] > 0.05


@pytest.mark.parametrize("documents", [[100, 200], [100, 200, 200, 400, 800], [0, 1, 2, 3, 4]])
def test_numbers_of_documents_rise(documents: list[float]) -> None:
    """And there are three of them or more."""
    with pytest.raises(ValueError, match="rising numbers"):
        fit_power_laws(documents, np.zeros((1, len(documents))))


def test_every_number_has_a_figure() -> None:
    """Else nothing is fitted."""
    with pytest.raises(ValueError, match="not the shape"):
        fit_power_laws(DOCUMENTS, np.zeros((1, 3)))
