"""The words the report prints for the names that files use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = {
    "student_t": "Student’s t test",
    "welch_t": "Welch’s t test",
    "mann_whitney_u": "Mann–Whitney U test (asymptotic, tie-corrected)",
    "chi_square": "Pearson chi-square test without continuity correction",
    "chi_square_yates": "chi-square test with Yates’ continuity correction",
    "fisher_exact": "Fisher’s exact test",
    "anova": "one-way analysis of variance",
    "welch_anova": "Welch’s analysis of variance",
    "kruskal_wallis": "Kruskal–Wallis test (tie-corrected)",
    "wald": "Wald’s test",
    "likelihood_ratio": "likelihood-ratio test",
    "penalized_likelihood_ratio": "penalized likelihood-ratio test",
    "slope_t": "t test of a zero slope",
    "correlation_t": "t test of no correlation",
    "correlation_z": "t test of no correlation, participants as the units",
    "delong": "DeLong’s test",
    "pooled_t": "t test by Rubin’s rules",
}
STATISTICS = {
    "student_t": "t",
    "welch_t": "t",
    "mann_whitney_u": "U",
    "chi_square": "χ²",
    "chi_square_yates": "χ²",
    "anova": "F",
    "welch_anova": "F",
    "kruskal_wallis": "H",
}
NORMALITY = (
    "a test of normality, Kolmogorov–Smirnov’s with Lilliefors correction at 50 or more values "
    "[@lilliefors1967] and Shapiro–Wilk’s below [@shapiro1965]"
)
T_TEST_RULES = {
    "student": "Student’s t test",
    "welch": "Welch’s t test",
    "levene": "Student’s t test, or Welch’s where Levene’s test rejected equal variances",
    "rule": (
        f"Student’s t test where both groups passed {NORMALITY}, and the Mann–Whitney U test "
        "otherwise [@mann1947]"
    ),
}
SEVERAL_GROUPS_RULES = {
    "student": "one-way analysis of variance",
    "welch": "Welch’s analysis of variance",
    "levene": (
        "one-way analysis of variance, or Welch’s where Levene’s test rejected equal variances"
    ),
    "rule": (
        f"one-way analysis of variance where all groups passed {NORMALITY}, and the "
        "Kruskal–Wallis test otherwise"
    ),
}

POWER_OF_LENGTH = re.compile(r"(?<=m)[23]\b")
POWER_OF_TEN = re.compile(r"^1e(-?\d+)(?= )")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
A_MINUS = re.compile(r"(?<![\w-])-(?=\d)")
TERM_NAME = re.compile(r"\b(?P<name>[A-Za-z]\w*)\[(?P<category>[^\]]+)\]|\b[a-z]+(?:_\w+)+\b")


def capitalised(text: str) -> str:
    """Return the text with a capital first letter, the rest unchanged."""
    return text[:1].upper() + text[1:]


def printed_unit(unit: str) -> str:
    """Return a unit as it is printed: ``g/cm²`` for ``g/cm2``; nothing for a pure number, 1.

    A unit such as ``1e-3 mm2/s`` becomes ``10⁻³ mm²/s``.
    """
    if unit == "1":
        return ""
    lengths = POWER_OF_LENGTH.sub(lambda match: match[0].translate(SUPERSCRIPT), unit)
    return POWER_OF_TEN.sub(lambda match: f"10{match[1].translate(SUPERSCRIPT)}", lengths)


def in_sentence(text: str) -> str:
    """Return a label as running text writes it: ``Age`` becomes ``age``; ``BMI`` stays."""
    is_plain_word = len(text) > 1 and text[1].islower()
    return text[:1].lower() + text[1:] if is_plain_word else text


def sentence(text: str) -> str:
    """Return a note as a sentence: a capital first letter and a full stop."""
    return f"{capitalised(text)}{'' if not text or text.endswith('.') else '.'}"


def with_names(text: str, printed: Callable[[str, str], str | None]) -> str:
    """Return a text with the printed form of each name in it, and of its category.

    ``printed`` returns None for what is no name of a variable.
    """

    def replaced(match: re.Match[str]) -> str:
        return printed(match["name"] or match[0], match["category"] or "") or match[0]

    return TERM_NAME.sub(replaced, text)
