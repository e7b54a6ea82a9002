"""Correlations in cases whose answer is known without a program."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bonecohort.statistics.effects.clustered_correlation import (
    AMONG,
    NestedValues,
    correlate_sites,
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


def published() -> NestedValues:
    table = BLAND_ALTMAN_1995
    return nested(table["ph"].to_numpy(), table["paco2"].to_numpy(), table["id"].to_numpy())


def nested(x: np.ndarray, y: np.ndarray, people: np.ndarray, *others: np.ndarray) -> NestedValues:
    columns = np.column_stack([x, y, *others])
    return NestedValues(columns, people, ["x", "y", "z"][: columns.shape[1]])


def test_within_subjects_is_what_bland_and_altman_print():
    found = correlate_sites(published(), "within")
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
    found = correlate_sites(nested(ph, paco2, people), "between")
    assert found.r == pytest.approx(0.08, abs=0.005)
    assert found.df == 6
    assert found.p_value == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize(
    ("among", "method"), [("total", "pearson"), *((among, "spearman") for among in AMONG)]
)
def test_repeating_every_site_leaves_the_correlation_and_its_limits(among, method):
    once = published()
    thrice = NestedValues(
        np.repeat(once.columns, 3, axis=0), np.repeat(once.participants, 3), once.names
    )
    first, second = (correlate_sites(values, among, method) for values in (once, thrice))
    assert (second.r, second.ci_low, second.ci_high) == pytest.approx(
        (first.r, first.ci_low, first.ci_high), rel=1e-12
    )


@pytest.mark.parametrize("among", AMONG)
def test_ranks_of_sites_do_not_know_the_scale(among):
    rng = np.random.default_rng(7)
    people = np.repeat(np.arange(12), 4)
    x, y, z = rng.normal(size=(3, 48)) + rng.normal(size=(3, 12))[:, people]
    once = correlate_sites(nested(x, y, people, z), among, "spearman")
    other = correlate_sites(
        nested(1e-6 * np.exp(x), -(y**3), people, 1e9 * np.exp(z)), among, "spearman"
    )
    assert other.r == pytest.approx(-once.r, rel=1e-9)
    assert (other.ci_low, other.ci_high) == pytest.approx((-once.ci_high, -once.ci_low), rel=1e-9)


def test_spearmans_error_without_correlation_is_that_of_its_influence_function():
    """Every pair of ranks once: ρ is 0, its influence function (Croux & Dehon 2010) the product."""
    x, y = (values.ravel().astype(float) for values in np.indices((9, 9)))
    found = correlate_sites(nested(x, y, np.arange(81)), "total", "spearman")
    assert found.r == pytest.approx(0, abs=1e-12)
    half = stats.t.ppf(0.975, 80) / np.sqrt(80)
    assert found.ci_high == pytest.approx(np.tanh(half), rel=1e-12)


def test_what_is_the_same_within_participants_adjusts_nothing_there():
    rng = np.random.default_rng(8)
    people = np.repeat(np.arange(12), 4)
    x, y = rng.normal(size=(2, 48))
    age = rng.normal(size=12)[people]
    for method in ("pearson", "spearman"):
        plain = correlate_sites(nested(x, y, people), "within", method)
        adjusted = correlate_sites(nested(x, y, people, age), "within", method)
        assert adjusted.df == plain.df
        assert (adjusted.r, adjusted.ci_low) == pytest.approx((plain.r, plain.ci_low), rel=1e-9)
        assert correlate_sites(nested(x, y, people, age), "between", method).r != plain.r


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


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_sites_that_cannot_be_correlated_say_why(method):
    line = np.arange(6.0)
    people = np.array([0, 0, 1, 1, 2, 2])
    told = [
        (nested(np.repeat([1.0, 5.0, 2.0], 2), line, people), "within",
         "x is the same at all sites of each"),
        (nested(np.tile([1.0, 2.0], 3), line, people), "between",
         "all participants have the same mean"),
        (nested(line, line**2, np.zeros(6, dtype=np.int64)), "between",
         "1 participants, fewer than 3"),
        (nested(line, np.sin(line), people, np.cos(line)), "total",
         "3 participants, fewer than 4"),
        (nested(line, np.sin(line), np.arange(6)), "within",
         "too few participants have several sites"),
        (nested(np.ones(6), line, people), "total", "x has one value only"),
        (nested(line, np.sin(line), np.array([0, 0, 1, 1, 2, 3]), 2 * line), "total",
         "the covariates give x exactly"),
    ]  # fmt: skip
    for values, among, reason in told:
        found = correlate_sites(values, among, method)
        assert found.warning == f"not computed: {reason}"
        assert np.isnan(found.r)


def test_a_perfect_correlation_of_sites_has_no_limits():
    line = np.arange(8.0)
    found = correlate_sites(nested(line, line**3, np.repeat(np.arange(4), 2)), "total", "spearman")
    assert found.r == pytest.approx(1)
    assert found.warning == "the correlation is perfect, so there are no limits"


def test_a_column_that_is_absent_keeps_its_rows():
    frame = BLAND_ALTMAN_1995.rename(columns={"id": "participant_id"})
    found = correlation_matrix(frame, ["ph", "fat"], {"ph": Variable(), "fat": Variable()})
    assert found["warning"].tolist() == ["left out: the table has no column fat"]
    sex = Variable(type="categorical", levels=("male", "female"))
    found = correlation_matrix(frame, ["ph", "paco2"], {"ph": Variable(), "paco2": sex})
    assert found["warning"].tolist() == ["left out: paco2 is categorical"]
    sites = site_correlations(frame, ["ph", "fat"], {"ph": Variable(), "fat": Variable()})
    assert sites["among"].tolist() == ["total", "within", "between"]
    assert set(sites["warning"]) == {"left out: the table has no column fat"}
