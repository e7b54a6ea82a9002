"""The methods paragraphs, written from the settings that were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.availability import ENDPLATE_DEFECT
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.split_labels import split_words
from bonecohort.statistics.tests.choice import RANK_TEST, described_by_median
from bonecohort.study.analysis_settings import test_among
from bonecohort.study.settings import LUMBAR_LEVELS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.papers.hao2025.report.availability import Known
    from bonecohort.report.printing.printer import Printer

VERTEBRAE_INDEPENDENT = (
    "Vertebrae are nested in participants. In the conventional analysis, every test and regression "
    "over vertebrae (Tables [#sizes:number] and [#slopes:number], [#figure_regression]) treats "
    "vertebrae as independent, although those of one participant resemble each other: its "
    "intervals may be too narrow and its p values too small. [#clustered] takes participants as "
    "the independent units."
)
NOT_CORRECTED = (
    "The p values of {published} are not corrected for the number of tests made; Tables "
    "[#compared:number] to [#likelihood:number] have those corrected by Holm’s method."
)
PUBLISHED = (
    "Tables [#characteristics:number] to [#factors:number] and of [#figure_regression]",
    "Tables [#characteristics:number] and [#factors:number]",
)
"""Where p values as published stand, in a study about endplates and in one that is not."""

DESCRIBED = "The participants are described by mean ± SD (n − 1) or n (%)."
NOTHING_TO_COMPARE = (
    "Without endplates read there are no groups to compare and nothing to model. " + DESCRIBED
)


def not_measured(run: Mapping[str, Any], known: Known) -> list[tuple[str, str]]:
    """Return (heading, sentence) pairs on what the paper asks for and the study does not have."""
    absent = []
    if run.get("counts") and not run.get("hu_methods"):
        absent.append(("Hounsfield units", "The study holds no HU."))
    if known.about_endplates and not known.endplates_read:
        absent.append(("Endplate defects", "No endplates were read."))
    return absent


def analysis_paragraph(settings: Settings, printer: Printer, known: Known) -> str:
    """Say how the study was analysed, as published."""
    if known.anything_compared:
        return statistics_paragraph(settings, printer, known)
    if settings.analysis.table1_grouping == ENDPLATE_DEFECT:
        return NOTHING_TO_COMPARE
    unknown = labels.capitalised(split_words(settings.analysis.table1_grouping, printer).nobody)
    return f"{unknown}, so there are no groups to compare. {DESCRIBED}"


def statistics_paragraph(settings: Settings, printer: Printer, known: Known) -> str:
    """Say which tests and models were used, as set in the configuration."""
    analysis = settings.analysis
    univariate = fmt.joined([_named(name, printer) for name in analysis.univariate_terms])
    together = fmt.joined([_named(name, printer) for name in analysis.multivariable_terms])
    outcomes = fmt.joined([_named(name, printer) for name in analysis.correlation_outcomes])
    region = ""
    if known.endplates_read and "lumbar_region" in analysis.table2_groupings:
        upper, lower = LUMBAR_LEVELS[:3], LUMBAR_LEVELS[3:]
        region = (
            f"The upper lumbar spine is {upper[0]}–{upper[-1]}, the lower {lower[0]}–{lower[-1]}. "
        )
    models = regressions = ""
    if known.modelled:
        having = split_words(analysis.outcome, printer).having
        models = (
            f"Odds ratios for {having} come from logistic regression by maximum likelihood with "
            f"Wald 95% confidence intervals. Factors were modelled one at a time ({univariate}) "
            f"and together ({together}). "
        )
    if known.endplates_read:
        regressions = (
            f"Among vertebrae with a defect, {outcomes} were regressed linearly on the vertebra’s "
            "HU. "
        )
    return (
        "The analysis follows the published study [@hao2025] and is called “conventional”. "
        "Continuous variables are given as mean ± SD (n − 1) and were compared with "
        f"{_tests_of_groups(settings, printer, known)}; categorical variables are given as n "
        "(%) and were compared with the Pearson chi-square test without continuity correction. "
        f"{_medians(settings, printer)}{_own_tests(settings, printer)}The "
        "footnotes of each table name the test behind each p value. "
        f"{models}{regressions}{region}Missing values were left out test by test and model by "
        "model. Two-sided p < 0.05 is called significant; as in that study, p values are not "
        f"corrected for multiple testing. {fmt.P_RULES[printer.report.p_style]}."
    )


def _tests_of_groups(settings: Settings, printer: Printer, known: Known) -> str:
    """Say how continuous variables are compared: among Table 1's groups, and between two."""
    rule, grouping = settings.statistics.t_test, settings.analysis.table1_grouping
    if not split_words(grouping, printer).has_several:
        return labels.T_TEST_RULES[rule]
    among = labels.SEVERAL_GROUPS_RULES[rule]
    if not known.endplates_read:
        return among
    between = labels.T_TEST_RULES[rule]
    return f"{among} among the groups of [#characteristics], and with {between} between two"


def _medians(settings: Settings, printer: Printer) -> str:
    """Return sentences on the variables that are described by their median, and a space."""
    analysis, variables = settings.analysis, printer.variables
    described = [
        name
        for name in dict.fromkeys((*analysis.table1_rows, *analysis.table2_rows))
        if name in variables and described_by_median(variables[name])
    ]
    named = [name for name in described if name in settings.statistics.tests]
    n_groups = len(split_words(analysis.table1_grouping, printer).levels)
    among = {name: 2 if name in analysis.table2_rows else n_groups for name in described}
    ways: dict[str, list[str]] = {}
    for name in described:
        test = "" if name in named else labels.TESTS[test_among(RANK_TEST, among[name])]
        ways.setdefault(test, []).append(_named(name, printer))
    return "".join(_median_sentence(test, who) for test, who in ways.items())


def _median_sentence(test: str, who: list[str]) -> str:
    one = len(who) == 1
    given = f"{fmt.joined(who)} {'is' if one else 'are'} given as median with quartiles"
    compared = f" and {'was' if one else 'were'} compared with the {test}" if test else ""
    return f"{labels.capitalised(given)}{compared}. "


def _own_tests(settings: Settings, printer: Printer) -> str:
    """Return a sentence on the variables that have a test of their own, and a space."""
    n_groups = len(split_words(settings.analysis.table1_grouping, printer).levels)
    in_table_2 = settings.analysis.table2_rows
    named = [
        f"{_named(name, printer)} with "
        f"{labels.TESTS[test_among(test, 2 if name in in_table_2 else n_groups)]}"
        for name, test in settings.statistics.tests.items()
    ]
    return f"The study chose to compare {fmt.joined(named)}. " if named else ""


def _named(name: str, printer: Printer) -> str:
    return labels.in_sentence(printer.label(name))


def limitations(run: dict[str, Any], known: Known) -> list[str]:
    """Return what a reader must know before using the numbers."""
    notes = [VERTEBRAE_INDEPENDENT] if known.endplates_read else []
    if known.anything_compared:
        notes += [
            "The analysis is cross-sectional: an association says nothing about cause.",
            NOT_CORRECTED.format(published=PUBLISHED[0 if known.about_endplates else 1]),
        ]
    if run.get("hu_methods"):
        notes.append(
            "Osteoporosis is defined here by the HU of a CT alone; that is no diagnosis by bone "
            "densitometry."
        )
    scans = run.get("scans") or []
    if any(scan.get("warnings") for scan in scans):
        notes.append(
            "Some CT scans were made, or may have been made, in a way that changes HU (tube "
            "voltage, slice thickness, contrast agent, reconstruction); see Scans."
        )
    return notes
