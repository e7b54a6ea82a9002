"""Correlations in cases whose answer is known without a program."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bonecohort.statistics.effects.clustered_correlation import (
    between_correlation,
    total_correlation,
    within_correlation,
)
from bonecohort.statistics.effects.correlation import correlate
from bonecohort.statistics.effects.correlation_table import correlation_matrix, site_correlations
from bonecohort.study.settings import Variable

BLAND_ALTMAN_1995 = pd.DataFrame(
    [
        (1, 6.68, 3.97), (1, 6.53, 4.12), (1, 6.43, 4.09), (1, 6.33, 3.97),
        (2, 6.85, 5.27), (2, 7.06, 5.37), (2, 7.13, 5.41), (2, 7.17, 5.44),
        (3, 7.40, 5.67), (3, 7.42, 3.64), (3, 7.41, 4.32), (3, 7.37, 4.73), (3, 7.34, 4.96),
        (3, 7.35, 5.04), (3, 7.28, 5.22), (3, 7.30, 4.82), (3, 7.34, 5.07),
        (4, 7.36, 5.67), (4, 7.33, 5.10), (4, 7.29, 5.53), (4, 7.30, 4.75), (4, 7.35, 5.51),
        (5, 7.35, 4.28), (5, 7.30, 4.44), (5, 7.30, 4.32), (5, 7.37, 3.23), (5, 7.27, 4.46),
        (5, 7.28, 4.72), (5, 7.32, 4.75), (5, 7.32, 4.99),
        (6, 7.38, 4.78), (6, 7.30, 4.73), (6, 7.29, 5.12), (6, 7.33, 4.93), (6, 7.31, 5.03),
        (6, 7.33, 4.93),
        (7, 6.86, 6.85), (7, 6.94, 6.44), (7, 6.92, 6.52),
        (8, 7.19, 5.28), (8, 7.29, 4.56), (8, 7.21, 4.34), (8, 7.25, 4.32), (8, 7.20, 4.41),
        (8, 7.19, 3.69), (8, 6.77, 6.09), (8, 6.82, 5.58),
    ],
    columns=["id", "ph", "paco2"],
)  # fmt: skip
"""Intramural pH and PaCO2 of eight subjects: the table of BMJ 1995;310:446 and 633."""


def published() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = BLAND_ALTMAN_1995
    return table["ph"].to_numpy(), table["paco2"].to_numpy(), table["id"].to_numpy()


def test_within_subjects_is_what_bland_and_altman_print():
    found = within_correlation(*published())
    assert found.r == pytest.approx(-0.51, abs=0.005)
    assert found.df == 38
    assert found.p_value < 0.001


PRINTED_MEANS = {
    "ph": [6.49, 7.05, 7.36, 7.33, 7.31, 7.32, 6.91, 7.12],
    "paco2": [4.04, 5.37, 4.83, 5.31, 4.40, 4.92, 6.60, 4.78],
}
"""The table of BMJ 1995;310:633, of 4, 4, 9, 5, 8, 6, 3 and 8 measurements."""


def test_between_subjects_is_what_bland_and_altman_print():
    people = BLAND_ALTMAN_1995["id"].to_numpy()
    ph, paco2 = (np.array(PRINTED_MEANS[name])[people - 1] for name in ("ph", "paco2"))
    found = between_correlation(ph, paco2, people)
    assert found.r == pytest.approx(0.08, abs=0.005)
    assert found.df == 6
    assert found.p_value == pytest.approx(0.9, abs=0.05)


def test_repeating_every_site_leaves_the_total_correlation_and_its_limits():
    x, y, people = published()
    once = total_correlation(x, y, people)
    thrice = total_correlation(np.repeat(x, 3), np.repeat(y, 3), np.repeat(people, 3))
    assert (thrice.r, thrice.ci_low, thrice.ci_high) == pytest.approx(
        (once.r, once.ci_low, once.ci_high), rel=1e-12
    )


def test_ties_share_their_rank():
    x, y = np.array([1.0, 2.0, 2.0, 3.0, 9.0]), np.array([1.0, 2.0, 2.0, 4.0, 5.0])
    found = correlate(x, y, method="spearman")
    assert found.r == 1.0
    assert found.warning == "the correlation is perfect, so there are no limits"
    assert np.isnan(found.ci_low)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_units_do_not_change_a_partial_correlation(method):
    rng = np.random.default_rng(5)
    x, y, z = rng.normal(size=(3, 40))
    once = correlate(x, y, method, z[:, np.newaxis])
    other = correlate(1e-4 * x + 3, 1e5 * y - 7, method, 1e3 * z[:, np.newaxis] + 1e6)
    assert other.r == pytest.approx(once.r, rel=1e-9)


def test_what_cannot_be_correlated_says_why():
    line = np.arange(6.0)
    assert "a has one value only" in correlate(np.ones(6), line, names=("a", "b")).warning
    few = correlate(line[:2], line[:2])
    assert few.warning == "not computed: 2 complete rows, fewer than 3"
    own = correlate(line, line**2, adjust_for=2 * line[:, np.newaxis] + 1, names=("a", "b", "c"))
    assert own.warning == "not computed: the covariates give a exactly"
    twice = np.column_stack([line, 3 * line])
    told = correlate(np.sin(line), line**2, adjust_for=twice, names=("a", "b", "c", "d"))
    assert told.warning == "not computed: the covariates are collinear: c, d"
    people = np.array([0, 0, 1, 1, 2, 2])
    assert within_correlation(np.repeat([1.0, 5.0, 2.0], 2), line, people).warning == (
        "not computed: x is the same at all sites of each"
    )
    assert between_correlation(line, line**2, np.zeros(6, dtype=np.int64)).warning == (
        "not computed: 1 participants, fewer than 3"
    )


def test_a_column_that_is_absent_keeps_its_rows():
    frame = BLAND_ALTMAN_1995.rename(columns={"id": "participant_id"})
    found = correlation_matrix(frame, ["ph", "fat"], {"ph": Variable(), "fat": Variable()})
    assert found["warning"].tolist() == ["left out: the table has no column fat"]
    sex = Variable(type="categorical", levels=("male", "female"))
    found = correlation_matrix(frame, ["ph", "paco2"], {"ph": Variable(), "paco2": sex})
    assert found["warning"].tolist() == ["left out: paco2 is categorical"]
    sites = site_correlations(frame, ["ph", "fat"])
    assert sites["among"].tolist() == ["total", "within", "between"]
    assert set(sites["warning"]) == {"left out: the table has no column fat"}
