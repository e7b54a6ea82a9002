"""Which test a variable is compared by, and how the methods text says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.analysis_settings import test_among

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.study.analysis_settings import StatisticsSettings
    from bonecohort.study.settings import Variable

SUMMARY_WORDS = {"mean_sd": "mean ± SD", "median_quartiles": "median and quartiles"}
TEST_WORDS = {
    "student_t": "Student’s t test",
    "welch_t": "Welch’s t test",
    "mann_whitney_u": "the Mann–Whitney U test",
    "anova": "the analysis of variance",
    "welch_anova": "Welch’s analysis of variance",
    "kruskal_wallis": "the Kruskal–Wallis test",
    "chi_square": "Pearson’s chi-square test",
    "chi_square_yates": "Yates’ corrected chi-square test",
    "fisher_exact": "Fisher’s exact test",
}
RANK_TEST = "mann_whitney_u"


def described_by_median(variable: Variable) -> bool:
    """Return whether a variable is described by its median and quartiles."""
    return variable.type == "continuous" and variable.summary == "median_quartiles"


def named_test(name: str, variable: Variable, choice: StatisticsSettings) -> str:
    """Return the two-group test that is fixed for a variable; empty where the data decide.

    A test named for the variable comes first. Without one, a variable described by median and
    quartiles is compared by Mann–Whitney's U, because a t-test compares what is not shown.
    """
    if name in choice.tests:
        return choice.tests[name]
    return RANK_TEST if described_by_median(variable) else ""


def default_test(name: str, variable: Variable, choice: StatisticsSettings, n_groups: int) -> str:
    """Return the test of a variable among so many groups where no value can decide it."""
    fixed = named_test(name, variable, choice)
    if not fixed:
        if variable.type == "categorical":
            fixed = "chi_square"
        else:
            fixed = "welch_t" if choice.t_test == "welch" else "student_t"
    return test_among(fixed, n_groups)


def comparison_sentences(comparisons: pd.DataFrame, variables: Mapping[str, Variable]) -> list[str]:
    """Say how the variables of a table are described and compared, one sentence a way.

    One sentence covers all continuous variables, or all categorical ones, where they share
    summary and test; where they differ each sentence names its variables by their labels.

    Parameters
    ----------
    comparisons
        Rows of ``comparisons.csv`` of one table; those ``shown`` are named.
    variables
        Every variable by column name.
    """
    shown = comparisons[(comparisons["shown"] == "yes") & comparisons["variable"].isin(variables)]
    ways: dict[tuple[str, str, str], list[str]] = {}
    for name, test in zip(shown["variable"], shown["test"], strict=True):
        variable = variables[name]
        summary = variable.summary if variable.type == "continuous" else ""
        labels = ways.setdefault((variable.type, summary, test), [])
        if (label := variable.label or name) not in labels:
            labels.append(label)
    return [
        _sentence(kind, summary, test, labels, sum(way[0] == kind for way in ways) == 1)
        for (kind, summary, test), labels in ways.items()
    ]


def _sentence(kind: str, summary: str, test: str, labels: Sequence[str], alone: bool) -> str:
    who = f"{kind.capitalize()} variables" if alone else _listed(labels)
    are = "are" if alone or len(labels) > 1 else "is"
    described = SUMMARY_WORDS.get(summary, "count and percentage")
    return f"{who} {are} described by {described} and compared by {TEST_WORDS.get(test, test)}."


def _listed(labels: Sequence[str]) -> str:
    *first, last = labels
    return f"{', '.join(first)} and {last}" if first else last
