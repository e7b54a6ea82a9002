"""The settings of the statistics: what is tested, modelled and assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bonecohort.study.declared import Strict, documented

TTest = Literal["student", "welch", "levene", "rule"]
TESTS_OF_SEVERAL = {
    "student_t": "anova", "welch_t": "welch_anova", "mann_whitney_u": "kruskal_wallis",
}  # fmt: skip
"""The test of three or more groups that is the two-group test where there are two."""
CONTINUOUS_TESTS = (*TESTS_OF_SEVERAL, *TESTS_OF_SEVERAL.values())
CATEGORICAL_TESTS = ("chi_square", "chi_square_yates", "fisher_exact")
TestName = Literal[
    "student_t", "welch_t", "mann_whitney_u", "anova", "welch_anova", "kruskal_wallis",
    "chi_square", "chi_square_yates", "fisher_exact",
]  # fmt: skip
MOST_GROUPS = 8
"""Groups that a printed page has room for."""


def test_among(test: str, n_groups: int) -> str:
    """Return the test that stands for ``test`` among so many groups: ``anova``, ``student_t``."""
    if n_groups > 2:
        return TESTS_OF_SEVERAL.get(test, test)
    of_two = {several: two for two, several in TESTS_OF_SEVERAL.items()}
    return of_two.get(test, test)


@dataclass(frozen=True)
class StatisticsSettings(Strict):
    """Choice of tests."""

    t_test: TTest = documented(
        "Test of continuous variables between two groups: student, welch, levene (Welch when "
        "Levene's test rejects), or rule. The rule is the paper's sentence: t when both groups "
        "look normal, else Mann–Whitney U. Among more groups: analysis of variance for Student's "
        "t, Welch's for Welch's, Kruskal–Wallis for Mann–Whitney.",
        "student",
    )
    tests: dict[str, TestName] = documented(
        "Test of single variables where it is not the general one, such as "
        "{vas_0_10: mann_whitney_u, alcohol: fisher_exact}; the counterparts student_t and anova, "
        "welch_t and welch_anova, mann_whitney_u and kruskal_wallis may stand for each other.",
        factory=dict,
    )
    multiple_imputation: int = documented(
        "Number of imputed data sets for the multivariable model; 0 for none. The share of "
        "incomplete participants in percent is a usual choice, 20 at least.",
        0,
    )
    bootstrap_resamples: int = documented(
        "Bootstrap resamples of the interval of Youden's cut.", 2000
    )
    optimism_resamples: int = documented(
        "Bootstrap resamples of the optimism of each logistic model.", 200
    )
    seed: int = documented("Seed of the bootstrap and of multiple imputation.", 20250923)
    spline_knots: Literal[3, 4, 5] = documented(
        "Knots of the restricted cubic splines, at Harrell's percentiles.", 4
    )


@dataclass(frozen=True)
class SampleSizeSettings(Strict):
    """What the sample size calculations assume. None of it is taken from the study's results."""

    power: float = documented("Power asked for, between 0 and 1.", 0.8)
    alpha: float = documented("Two-sided significance level, between 0 and 1.", 0.05)
    difference_sd: float = documented(
        "Difference of two means worth finding, in standard deviations.", 0.5
    )
    odds_ratio: float = documented(
        "Odds ratio worth finding, per standard deviation of a continuous term or of a yes "
        "against a no.",
        1.5,
    )
    event_share: float = documented(
        "Expected share of participants with the outcome, between 0 and 1.", 0.5
    )
    half_width: float = documented(
        "Wanted half width of the 95% interval of a prevalence, as a share.", 0.05
    )
