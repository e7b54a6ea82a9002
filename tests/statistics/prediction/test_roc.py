from __future__ import annotations

import numpy as np
import pytest

from bonecohort.statistics.prediction.roc import (
    auc_delong,
    bootstrap_youden_cut,
    roc_curve,
    youden_cut,
)
from bonecohort.statistics.prediction.roc_table import accuracy


def tied_scores(n: int = 70, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    events = rng.random(n) < 0.4
    return rng.normal(np.where(events, 90, 110), 20).round(-1), events


def test_area_is_the_share_of_pairs_in_order_and_half_the_ties():
    scores, events = tied_scores()
    differences = scores[~events][:, np.newaxis] - scores[events]
    share = (differences > 0).mean() + (differences == 0).mean() / 2
    assert auc_delong(scores, events, "below").auc == pytest.approx(share, rel=1e-12)
    assert auc_delong(scores, events, "above").auc == pytest.approx(1 - share, rel=1e-12)


def test_delong_variance_is_that_of_the_placement_values():
    scores, events = tied_scores()
    differences = scores[~events][:, np.newaxis] - scores[events]
    placed = (differences > 0) + 0.5 * (differences == 0)
    variance = placed.mean(axis=0).var(ddof=1) / events.sum()
    variance += placed.mean(axis=1).var(ddof=1) / (~events).sum()
    found = auc_delong(scores, events, "below")
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_direction_is_never_turned_round():
    scores, events = np.arange(10.0), np.arange(10) >= 5
    assert auc_delong(scores, events, "below").auc == 0
    assert auc_delong(scores, events, "above").auc == 1


def test_values_that_differ_in_the_last_bit_only_are_ties():
    scores = np.array([0.1 + 0.2, 0.3, 0.5, 0.7])
    events = np.array([True, False, True, False])
    assert auc_delong(scores, events, "above").auc == pytest.approx(0.375)
    assert roc_curve(scores, events, "above").cuts.size == 4


@pytest.mark.parametrize("events", [[True] * 4, [False] * 4])
def test_one_outcome_has_no_area(events):
    found = auc_delong(np.arange(4.0), np.array(events), "above")
    assert np.isnan(found.auc)
    assert "events among 4 rows" in found.warning


def test_an_interval_that_cannot_be_had_is_reported():
    single = auc_delong(np.arange(4.0), np.array([False, True, False, False]), "above")
    assert single.auc == pytest.approx(1 / 3)
    assert np.isnan(single.ci_low)
    assert "only once" in single.warning
    parted = auc_delong(np.arange(4.0), np.array([False, False, True, True]), "above")
    assert parted.auc == 1
    assert np.isnan(parted.ci_low)
    assert "wholly" in parted.warning


def test_cuts_lie_between_the_values_and_count_both_ways():
    scores = np.array([100.0, 110.0, 110.0, 130.0])
    events = np.array([True, True, False, False])
    below, above = (roc_curve(scores, events, way) for way in ("below", "above"))
    assert below.cuts.tolist() == [-np.inf, 105, 120, np.inf]
    assert below.sensitivity.tolist() == [0, 0.5, 1, 1]
    assert below.specificity.tolist() == [1, 1, 0.5, 0]
    assert above.sensitivity.tolist() == [1, 0.5, 0, 0]
    assert above.specificity.tolist() == [0, 0, 0.5, 1]


def test_of_equal_youden_cuts_the_most_sensitive_is_given_and_the_others_named():
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    events = np.array([True, False, True, False])
    best = youden_cut(roc_curve(scores, events, "below"))
    assert (best.cut, best.youden_index) == (3.5, 0.5)
    assert "1.5" in best.warning
    mirrored = youden_cut(roc_curve(-scores, events, "above"))
    assert mirrored.cut == -3.5


def test_a_useless_score_has_no_cut_better_than_chance():
    best = youden_cut(roc_curve(np.array([1.0, 2.0]), np.array([False, True]), "below"))
    assert best.youden_index == 0
    assert "chance" in best.warning


@pytest.mark.parametrize("direction", ["below", "above"])
@pytest.mark.parametrize("n", [9, 70])
def test_bootstrap_cuts_are_those_of_each_resample(direction, n):
    scores, events = tied_scores(n)
    if direction == "above":
        scores = -scores
    found = bootstrap_youden_cut(scores, events, direction, 200, seed=8)
    rng = np.random.default_rng(8)
    positive, negative = scores[events], scores[~events]
    drawn = [part[rng.integers(part.size, size=(200, part.size))] for part in (positive, negative)]
    labels = np.repeat([True, False], [positive.size, negative.size])
    expected = []
    for row in np.hstack(drawn):
        best = youden_cut(roc_curve(row, labels, direction))
        expected.append(best.cut if best.youden_index > 0 else np.inf)
    assert found.tolist() == expected


def test_bootstrap_depends_on_the_seed_alone(monkeypatch):
    scores, events = tied_scores()
    first = bootstrap_youden_cut(scores, events, "below", 50, seed=1)
    assert first.tolist() == bootstrap_youden_cut(scores, events, "below", 50, seed=1).tolist()
    assert first.tolist() != bootstrap_youden_cut(scores, events, "below", 50, seed=2).tolist()


def test_accuracy_is_of_those_diseased_and_of_those_not():
    positive = np.array([True] * 8 + [False] * 2 + [True] * 3 + [False] * 17)
    diseased = np.array([True] * 10 + [False] * 20)
    found = accuracy(positive, diseased)
    assert (found.sensitivity, found.specificity) == (0.8, 0.85)
    # Newcombe's method 3 for 8 of 10
    assert found.sensitivity_ci_low == pytest.approx(0.4902, abs=5e-5)
    assert found.sensitivity_ci_high == pytest.approx(0.9433, abs=5e-5)
    assert np.isnan(accuracy(positive, np.zeros(30, dtype=bool)).sensitivity)
