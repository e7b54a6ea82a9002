"""The settings of each analysis that a study may list, and the variables that it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

Needs = Literal[
    "any", "continuous", "categorical", "two categories", "groups", "direction", "measure"
]
"""What a variable must be. ``groups`` are two to eight categories. ``direction`` is a continuous
variable whose direction (higher or lower is worse) is known. ``measure`` is what a technique
measures at sites.
"""


@dataclass(frozen=True)
class Asked:
    """A variable that an analysis asks for.

    ``key`` is the key of the analysis that names it, ``of_sites`` whether it is a variable of
    sites, or of participants repeated at their sites.
    """

    key: str
    name: str
    needs: Needs = "any"
    of_sites: bool = False


@dataclass(frozen=True)
class AnalysisOfVariables(Strict):
    """Base of the analyses' settings."""

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield from ()


@dataclass(frozen=True)
class Table1(AnalysisOfVariables):
    """Participants described, and compared between groups."""

    by: str = documented("Categorical variable whose two to eight groups are compared.", "")
    rows: tuple[str, ...] = documented("Variables of the rows, in order.", ())

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield Asked("by", self.by, "groups")
        yield from (Asked("rows", name) for name in self.rows)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if not self.rows:
            yield "rows: found none; at least one variable is expected."
        if self.by in self.rows:
            yield f"rows: {self.by} is the grouping; leave it out of the rows."


@dataclass(frozen=True)
class CorrelationOfVariables(AnalysisOfVariables):
    """Every two of several variables correlated."""

    of: tuple[str, ...] = documented("Continuous variables, in the order of the matrix.", ())
    method: Literal["pearson", "spearman"] = documented(
        "Pearson's correlation, or Spearman's of ranks.", "pearson"
    )
    adjust_for: tuple[str, ...] = documented(
        "Variables whose linear effect is taken out of both: partial correlations.", ()
    )
    among: Literal["participants", "sites"] = documented(
        "What the correlated values are of; of sites, which are nested in participants, the "
        "correlation is given among all, within participants and between them.",
        "participants",
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        of_sites = self.among == "sites"
        yield from (Asked("of", name, "continuous", of_sites) for name in self.of)
        yield from (Asked("adjust_for", name, of_sites=of_sites) for name in self.adjust_for)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if len(self.of) < 2:
            yield f"of: found {len(self.of)}; two or more variables are expected."
        for name in self.adjust_for:
            if name in self.of:
                yield f"adjust_for: {name} is correlated itself; leave it out of one of the two."


@dataclass(frozen=True)
class RegressionOfVariables(AnalysisOfVariables):
    """A regression: linear, logistic or ordinal by the outcome's type."""

    outcome: str = documented(
        "Continuous variable (linear regression) or categorical variable. With two levels the "
        "regression is logistic, of the second. With more levels it has proportional odds of a "
        "higher one, in the declared order.",
        "",
    )
    terms: tuple[str, ...] = documented("Variables entered together, and one at a time.", ())
    errors: Literal["ordinary", "hc3"] = documented(
        "Standard errors of a linear regression: ordinary, or hc3, which takes unequal variances.",
        "ordinary",
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield Asked("outcome", self.outcome)
        yield from (Asked("terms", name) for name in self.terms)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        yield from terms_faults(self.outcome, self.terms)


@dataclass(frozen=True)
class Sites(AnalysisOfVariables):
    """A regression of sites, which are nested in participants."""

    outcome: str = documented(
        "Variable of sites: continuous, or categorical with two levels, the second the event.", ""
    )
    terms: tuple[str, ...] = documented(
        "Variables of sites, `site` itself, or variables of the participants.", ()
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield Asked("outcome", self.outcome, of_sites=True)
        yield from (Asked("terms", name, of_sites=True) for name in self.terms)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        yield from terms_faults(self.outcome, self.terms)


@dataclass(frozen=True)
class Roc(AnalysisOfVariables):
    """How well variables predict who has an outcome, and which predicts it better."""

    of: str = documented(
        "Categorical variable with two levels, the second the event; or, with at_or_below, a "
        "continuous one.",
        "",
    )
    at_or_below: float | None = documented(
        "The event is a value of `of` at or below this, such as -2.5 of t_score.", None
    )
    predictors: tuple[str, ...] = documented(
        "Continuous variables; variables.NAME.direction says which values speak for the event.", ()
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield Asked("of", self.of, "two categories" if self.at_or_below is None else "continuous")
        yield from (Asked("predictors", name, "direction") for name in self.predictors)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if not self.predictors:
            yield "predictors: found none; at least one variable is expected."
        if self.of in self.predictors:
            yield f"predictors: {self.of} is the outcome; leave it out of its predictors."


@dataclass(frozen=True)
class Thresholds(AnalysisOfVariables):
    """What depends on the threshold of a variable."""

    of: str = documented("Continuous variable with a direction.", "")
    at: tuple[float, ...] = documented("Thresholds in its unit.", ())
    outcome: str = documented("Categorical variable with two levels, the second the event.", "")

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield Asked("of", self.of, "direction")
        yield Asked("outcome", self.outcome, "two categories")

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if not self.at:
            yield "at: found none; at least one threshold is expected."
        yield from repeated("at", self.at)


@dataclass(frozen=True)
class Prevalence(AnalysisOfVariables):
    """The share of participants, or of sites, that have something."""

    of: tuple[str, ...] = documented(
        "Categorical variables with two levels; the second is counted.", ()
    )
    by: str = documented("Categorical variable whose categories are counted apart; or none.", "")
    among: Literal["participants", "sites"] = documented(
        "What is counted; of sites, participants are the independent units.", "participants"
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        of_sites = self.among == "sites"
        yield from (Asked("of", name, "two categories", of_sites) for name in self.of)
        if self.by:
            yield Asked("by", self.by, "categorical", of_sites)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if not self.of:
            yield "of: found none; at least one variable is expected."


@dataclass(frozen=True)
class Agreement(AnalysisOfVariables):
    """Agreement of readers who measured the same sites."""

    measures: tuple[str, ...] = documented(
        "Measures as sites.csv calls them, such as mr_fat_pdff; pdff where one technique has it.",
        (),
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield from (Asked("measures", name, "measure", of_sites=True) for name in self.measures)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if not self.measures:
            yield "measures: found none; at least one measure is expected."


def terms_faults(outcome: str, terms: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong with a regression's terms taken together."""
    if not terms:
        yield "terms: found none; at least one variable is expected."
    if outcome in terms:
        yield f"terms: {outcome} is the outcome; leave it out of its own terms."
