"""Prevalence by site: any categorical column, its own words, Wilson's limits and robust ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from bonecohort.statistics.effects.prevalence import (
    Counted,
    parts_by_site,
    prevalence_of_sites,
)
from bonecohort.statistics.site_name import SiteName

SITES = ("L1", "L2", "L3")
FRACTURES = Counted(SiteName("bone", "bones"), "are broken", "bone", "broken bones")


def bones(broken: np.ndarray) -> pd.DataFrame:
    people = [f"P{i}" for i in range(len(broken)) for _ in SITES]
    values = np.where(broken.ravel(), "yes", "no")
    return pd.DataFrame({"participant_id": people, "site": SITES * len(broken), "broken": values})


def test_each_site_has_wilsons_limits_and_all_together_robust_ones():
    rng = np.random.default_rng(4)
    found = prevalence_of_sites(
        parts_by_site(bones(rng.random((60, 3)) < 0.3), "broken", "yes", SITES), FRACTURES
    )
    shown = found[found["shown"] == "yes"].set_index("group")
    assert shown["method"].to_dict() == dict.fromkeys(SITES, "wilson") | {"all": "cluster_robust"}
    assert shown["variable"].to_dict() == dict.fromkeys(SITES, "site") | {"all": "all"}
    of_one = shown.loc["L2"]
    low, high = proportion_confint(of_one["n"], 60, method="wilson")
    assert (of_one["ci_low"], of_one["ci_high"]) == pytest.approx((100 * low, 100 * high))


def test_a_participant_broken_everywhere_counts_as_one():
    """With all sites of a participant alike the robust variance is that of participants."""
    rng = np.random.default_rng(9)
    once = rng.random(80) < 0.4
    found = prevalence_of_sites(
        parts_by_site(bones(np.repeat(once[:, np.newaxis], 3, axis=1)), "broken", "yes", SITES),
        FRACTURES,
    ).set_index(["group", "method"])
    assert found.loc[("all", "cluster_robust"), "design_effect"] == pytest.approx(3 * 80 / 79)
    assert found.loc[("all", "wilson"), "warnings"] == (
        "the bones of a participant are taken as independent"
    )


def test_what_is_unknown_is_not_counted_and_nothing_says_why():
    frame = bones(np.zeros((5, 3), dtype=bool))
    frame.loc[frame["site"] == "L3", "broken"] = None
    found = prevalence_of_sites(parts_by_site(frame, "broken", "yes", SITES), FRACTURES)
    by_group = found[found["method"] == "cluster_robust"].set_index("group")
    assert by_group.loc["L1", "reason"] == "not computed: none of the 5 bones are broken"
    assert by_group.loc["L3", "reason"] == "not computed: no bone was read"
    assert by_group.loc["all", "n_sites"] == 10
