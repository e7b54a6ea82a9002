"""What the study answers to the items of the STROBE checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.results.counts import recorded
from bonecohort.report.text.strobe import partly
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.papers.hao2025.report.availability import Known
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings


OF_THE_OUTCOME = ("12a", "12e", "15", "16a")
"""Items answered with results on the outcome."""


def strobe_answers(
    settings: Settings,
    run: Mapping[str, Any],
    missing: pd.DataFrame,
    sizes: tuple[int, ...],
    known: Known,
    *,
    printer: Printer,
) -> dict[str, tuple[str, str]]:
    """Return what the study answers to items of STROBE, and where the report holds it.

    Parameters
    ----------
    settings
        The study's settings.
    run
        The content of ``run.json``.
    missing
        The table ``statistics/missing.csv``.
    sizes
        Participants with and without the outcome.
    known
        What the participants and vertebrae hold.
    printer
        Prints names as the study asks.
    """
    answers = _methods(settings, printer) | _results(
        settings, dict(run), missing, sizes, known, printer=printer
    )
    if not sum(sizes):
        unknown = labels.sentence(split_words(settings.analysis.outcome, printer).unknown)
        answers |= dict.fromkeys(OF_THE_OUTCOME, (unknown, "Summary"))
    return answers


def _names(names: Sequence[str], printer: Printer) -> str:
    return fmt.joined([labels.in_sentence(printer.label(name)) for name in names])


def _methods(settings: Settings, printer: Printer) -> dict[str, tuple[str, str]]:
    analysis, hounsfield = settings.analysis, settings.of(HounsfieldSettings)
    univariate = _names(analysis.univariate_terms, printer)
    adjusted = _names(analysis.multivariable_terms, printer)
    thresholds = fmt.joined([f"{threshold:g}" for threshold in analysis.hu_thresholds])
    categories = (
        f"Osteoporosis: total spine HU below {hounsfield.osteoporosis_threshold:g}; low-HU "
        f"vertebra: HU at or below {hounsfield.low_hu_threshold:g}."
    )
    outcome = split_words(analysis.outcome, printer).event
    imputed = settings.statistics.multiple_imputation
    imputation = (
        f"The multivariable model was also fitted to {imputed} imputed data sets (chained "
        "equations, predictive mean matching, Rubin’s rules)."
        if imputed
        else "No value was imputed."
    )
    return {
        "7": (
            partly(
                f"Outcome: {outcome}. Candidate factors: {univariate}. {categories}",
                "Effect modifiers",
            ),
            "Methods",
        ),
        "10": (
            partly(
                "What the stated assumptions ask for and what the size can show is computed.",
                "The size planned before the study",
            ),
            "[#sample_size]",
        ),
        "11": (
            f"Continuous variables enter tests and models per unit. {categories}",
            "Methods",
        ),
        "12a": (
            (
                f"Logistic regression of the outcome, one factor at a time and adjusted for "
                f"{adjusted}; the tests behind each p value stand in the tables’ footnotes. "
                "Recommended beside it: vertebrae clustered in participants, effect sizes, Holm’s "
                "correction, profile and Firth limits."
            ),
            "Methods; [#compared]",
        ),
        "12c": (
            (
                "Missing values were left out test by test and model by model, and are counted for "
                f"each. {imputation}"
            ),
            "Methods; Tables [#missing:number] and [#imputation:number]",
        ),
        "12e": (
            f"Thresholds of total spine HU ({thresholds} HU), with < and with ≤.",
            "[#thresholds]",
        ),
    }


def _results(
    settings: Settings,
    run: dict[str, Any],
    missing: pd.DataFrame,
    sizes: tuple[int, ...],
    known: Known,
    *,
    printer: Printer,
) -> dict[str, tuple[str, str]]:
    counts: dict[str, Any] = run.get("counts") or {}
    vertebrae = (
        f" {recorded(counts, 'defect_vertebrae')} of "
        f"{recorded(counts, 'vertebrae_read_endplates')} vertebrae read have a defect."
        if known.about_endplates
        else ""
    )
    adjusted = _names(settings.analysis.multivariable_terms, printer)
    outcome = split_words(settings.analysis.outcome, printer).event
    grouping = _names([settings.analysis.table1_grouping], printer)
    return {
        "14a": (f"By {grouping} and in total.", "[#characteristics]"),
        "14b": (_missing_values(missing, printer), "[#missing]"),
        "15": (
            f"{labels.capitalised(outcome)} in {sizes[0]} of {sum(sizes)} participants.{vertebrae}",
            "[#characteristics]; [#figure_prevalence]"
            if known.about_endplates
            else "[#characteristics]",
        ),
        "16a": (
            partly(
                f"Odds ratios with 95% confidence intervals, unadjusted and adjusted for "
                f"{adjusted}.",
                "Why these",
            ),
            "[#factors]",
        ),
        "16b": (
            (
                f"{settings.of(HounsfieldSettings).osteoporosis_threshold:g} HU (spine) and "
                f"{settings.of(HounsfieldSettings).low_hu_threshold:g} HU (vertebra)."
            ),
            "Methods",
        ),
        "17": (
            "HU against densitometry, thresholds, linearity and calibration of the models.",
            "Tables [#performance:number] to [#thresholds:number]",
        ),
    }


def _missing_values(missing: pd.DataFrame, printer: Printer) -> str:
    """Name the variables with missing values; one the table lacks is named as absent."""
    variables = missing[missing["scope"] == "variable"]
    sentences = [
        f"{printer.label(str(row['variables']))} {int(row['n_missing'])}"
        for row in variables.to_dict("records")
        if row["n_missing"] > 0
    ]
    absent = variables.loc[variables["n_missing"].isna(), "variables"]
    text = f"Missing: {', '.join(sentences)}." if sentences else "No value is missing."
    if absent.empty:
        return text
    return f"{text} Not in the participants’ table: {_names(list(absent), printer)}."
