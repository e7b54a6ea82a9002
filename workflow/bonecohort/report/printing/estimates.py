"""How the results of the recommended analysis are printed: terms, estimates, methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.terms import CATEGORY_TERM, ratio_of_units
from bonecohort.report.records import Record, text_of

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer

METHODS = {
    "independent": "Vertebrae independent",
    "cluster_robust": "Cluster-robust",
    "gee_exchangeable": "GEE",
    "gee_bias_reduced": "GEE, bias-reduced",
    "maximum_likelihood": "Likelihood ratio",
    "firth": "Firth’s penalty",
    "wilson": "Wilson",
}
EFFECTS = {
    "hedges_g": ("g", 2, 1),
    "rank_biserial": ("r", 2, 1),
    "risk_difference": ("RD", 1, 100),
    "cramers_v": ("V", 2, 1),
    "eta_squared": ("η²", 2, 1),
    "epsilon_squared": ("ε²", 2, 1),
}
"""Symbol, decimals, and the factor it is printed times."""
EFFECT_OF_TEST = {
    "mann_whitney_u": "rank_biserial",
    "anova": "eta_squared",
    "welch_anova": "eta_squared",
    "kruskal_wallis": "epsilon_squared",
}
"""The effect size that goes with a test of a continuous variable, where it is not Hedges' g."""


def interval(
    row: Record, decimals: int, columns: tuple[str, str, str] = ("estimate", "ci_low", "ci_high"),
    times: float = 1,
) -> str:  # fmt: skip
    """Print ``0.42 (0.13 to 0.69)``; – without a value, the value alone without limits."""
    return fmt.with_limits(*_numbers(row, decimals, columns, times))


def percent_interval(
    row: Record, columns: tuple[str, str, str] = ("percent", "ci_low", "ci_high")
) -> str:
    """Print ``25.2% (17.1 to 36.2)``."""
    value, low, high = _numbers(row, 1, columns)
    return fmt.with_limits(value if value == fmt.ABSENT else f"{value}%", low, high)


def _numbers(
    row: Record, decimals: int, columns: tuple[str, str, str], times: float = 1
) -> list[str]:
    return [
        fmt.number(None if row.get(name) is None else times * row[name], decimals)
        for name in columns
    ]


def variable_of(term: str) -> str:
    """Return the variable of a model's term: ``sex`` of ``sex[female]``."""
    return term.partition("[")[0]


def with_category(label: str, category: str) -> str:
    """Print a variable with the category whose share is given."""
    return label if category in ("", "yes") else f"{label} ({category})"


def main_effect(effects: list[Record], test: str) -> str:
    """Print the effect size that goes with a row's test; – when there is none."""
    by_measure: dict[str, list[Record]] = {}
    for row in effects:
        by_measure.setdefault(row["measure"], []).append(row)
    first = EFFECT_OF_TEST.get(test, "hedges_g")
    several = len(by_measure.get("risk_difference", [])) > 1
    second = "cramers_v" if several else "risk_difference"
    for measure in (first, second, "cramers_v"):
        if measure in by_measure:
            name, decimals, times = EFFECTS[measure]
            return f"{name} {interval(by_measure[measure][0], decimals, times=times)}"
    return fmt.ABSENT


def method_name(answer: Record) -> str:
    """Return the printed name of a row's method; – without one."""
    name = text_of(answer, "method")
    return METHODS.get(name, name) or fmt.ABSENT


def factor(term: str, printer: Printer) -> str:
    """Return a factor of Table 3 with its category, or the unit its odds ratio is for."""
    match = CATEGORY_TERM.match(term)
    if match:
        return f"{printer.label(match['variable'])} ({match['category']})"
    if (units := printer.ratio_units(term)) > 1:
        return f"{printer.label(term)}, per {units} {printer.unit(term)}".rstrip()
    return printer.label(term)


def odds_text(row: Record, printer: Printer) -> str:
    """Print a factor's odds ratio with its limits, of several units where Table 3 has that row."""
    if not row:
        return fmt.ABSENT
    if (units := printer.ratio_units(row["term"])) > 1:
        return ratio_of_units(row, units)
    return fmt.ratio_interval(row["odds_ratio"], row["ci_low"], row["ci_high"])
