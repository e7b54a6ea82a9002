"""The figures of the paper on the page, with their captions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.report.availability import endplates_read, hu_measured
from bonecohort.papers.hao2025.report.figures.roc import what_was_judged
from bonecohort.report.page.illustration import Illustration, illustration, left_out
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.decimal_mark import with_decimal_mark
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import records
from bonecohort.techniques.hounsfield.decimals import PLANE_DECIMALS

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

FARTHEST_POINTS = 6

# What each figure shows, so that it can be read without the text: file, name, caption.
PREVALENCE_CAPTION = (
    "Vertebrae with endplate defects by level and type. A, prevalence: percent of the n vertebrae "
    "read at that level, with Wilson 95% confidence intervals (numbers in [#prevalence]); right of "
    "the dotted line, upper (L1–L3), lower (L4–L5) and all vertebrae, with intervals robust to the "
    "clustering of vertebrae in participants. B, share: percent of the defect "
    "vertebrae of all levels, n of them at each level. Superior and inferior: that endplate only; "
    "bilateral: both."
)
REGRESSION_CAPTION = (
    "Size of endplate defects against the HU of the vertebra, a panel a measure. Each point is a "
    "vertebra with a defect; line and band, linear regression with the 95% confidence band of the "
    "mean, vertebrae taken as independent (conventional); dashed and dotted, the line and band of "
    "the recommended analysis, which takes participants as the independent units. a, defect "
    "width; b, defect depth; c, body width; h, body height."
)
LEVELS_CAPTION = (
    "HU of the vertebrae by level and endplate defect. Box, quartiles and median; whiskers, "
    "farthest values within 1.5 interquartile ranges; points, values beyond; dashed line, the "
    "threshold of a low HU; n, vertebrae with an HU."
)
GROUPS_CAPTION = (
    "HU with and without an endplate defect: A, total spine HU of participants; B, HU of "
    "vertebrae. Cloud, kernel density; box, quartiles and median, whiskers to the farthest values "
    "within 1.5 interquartile ranges; points, every value, of groups up to 1,000; dashed line, the "
    "threshold of the study."
)
FOREST_CAPTION = (
    "Odds ratios of {having} with 95% confidence intervals, by three methods: maximum "
    "likelihood with Wald limits (conventional), with profile likelihood limits, and with Firth’s "
    "penalty. A, one variable at a time; B, all together. Numbers, the recommended method; arrows, "
    "limits beyond the axis; dashed line, no association."
)
ROC_CAPTION = (
    "Receiver operating characteristic. A, the predictions of the logistic models in the "
    "participants they were fitted to; B, {judged} against the reference standard of "
    "densitometry. Area under the curve with DeLong’s 95% confidence interval; points, Youden’s "
    "cut; thin line, chance."
)
CALIBRATION_CAPTION = (
    "Calibration of the logistic models in the participants they were fitted to: observed share "
    "with {event} against predicted risk. Points, tenths of the predicted risk with "
    "Wilson 95% confidence intervals; line, lowess (span 2/3); dashed line, perfect calibration. "
    "Models of one categorical variable are left out: they predict the observed shares."
)
SPLINES_CAPTION = (
    "Odds ratio of {having} along a continuous variable, against its median (dotted "
    "line): restricted cubic splines with 95% confidence bands, over the middle 95% of the values. "
    "Non-linearity, likelihood ratio test against a straight line."
)
THRESHOLDS_CAPTION = (
    "Total spine HU below each of several thresholds. A, odds ratio of {having} with "
    "Woolf’s 95% confidence interval; B, percent of participants below; C, sensitivity and "
    "specificity against densitometry with Wilson 95% confidence bands. Dashed line, the "
    "threshold of the study."
)
LEVELS_UNREAD_CAPTION = LEVELS_CAPTION.replace("by level and endplate defect", "by level")
CAPTIONS = {
    "figure_levels": ("hu_by_level", LEVELS_CAPTION),
    "figure_groups": ("hu_by_group", GROUPS_CAPTION),
    "figure_forest": ("forest", FOREST_CAPTION),
    "figure_roc": ("roc", ROC_CAPTION),
    "figure_calibration": ("calibration", CALIBRATION_CAPTION),
    "figure_splines": ("splines", SPLINES_CAPTION),
    "figure_thresholds": ("thresholds", THRESHOLDS_CAPTION),
}
"""File and caption of the supplementary figures, in printing order."""


def figure_of_regions(inputs: ReportInputs, printer: Printer) -> Illustration:
    """Return Figure 1: the regions of interest of one vertebra."""
    caption = region_caption(inputs.frame("figures/figure1_roi.csv"))
    return illustration(
        inputs.results / "figures",
        "figure1_roi",
        "figure_rois",
        with_decimal_mark(caption, printer.report.decimal_mark),
        "no region of interest was measured on a CT image in this study.",
    )


def figure_of_prevalence(inputs: ReportInputs, printer: Printer) -> Illustration:
    """Return Figure 3: endplate defects by level and type."""
    caption = with_decimal_mark(PREVALENCE_CAPTION, printer.report.decimal_mark)
    shown = illustration(
        inputs.results / "figures", "figure3_prevalence", "figure_prevalence", caption
    )
    return shown if endplates_read(inputs) else left_out(shown, "no endplates were read.")


def figure_of_regression(inputs: ReportInputs, printer: Printer) -> Illustration:
    """Return Figure 4: the size of defects against HU, and the vertebrae farthest from the line."""
    caption = with_decimal_mark(REGRESSION_CAPTION, printer.report.decimal_mark)
    shown = illustration(
        inputs.results / "figures", "figure4_regression", "figure_regression", caption
    )
    if not endplates_read(inputs) or not hu_measured(inputs):
        shown = left_out(shown, "no vertebra has both endplates read and an HU.")
    result = farthest_points(
        inputs.frame("figures/figure4_regression.csv"),
        inputs.frame("statistics/correlations.csv"),
    )
    named = (
        (labels.in_sentence(printer.label(measure)), tuple(pairs)) for measure, pairs in result
    )
    return replace(shown, farthest=tuple(named))


def supplementary_figure(
    key: str, inputs: ReportInputs, settings: Settings, printer: Printer
) -> Illustration:
    """Return one of the supplementary figures, which leaves no trace where it was not drawn."""
    stem, caption = CAPTIONS[key]
    if key == "figure_levels" and not endplates_read(inputs):
        caption = LEVELS_UNREAD_CAPTION
    outcome = split_words(settings.analysis.outcome, printer)
    caption_text = with_decimal_mark(
        caption.format(having=outcome.having, event=outcome.event, judged=_judged(inputs, printer)),
        printer.report.decimal_mark,
    )
    shown = illustration(inputs.results / "figures", stem, key, caption_text, series="S")
    if key == "figure_groups" and not endplates_read(inputs):
        shown = left_out(shown, "no endplates were read.")
    return replace(shown, only_if_drawn=True)


def _judged(inputs: ReportInputs, printer: Printer) -> str:
    """Return which values speak for the reference standard, as the data were judged."""
    roc = inputs.frame("statistics/roc.csv")
    units = [printer.unit(name) for name in roc["predictor"]]
    return labels.in_sentence(what_was_judged(roc.assign(unit=units)))


def region_caption(rois: pd.DataFrame) -> str:
    """Return the caption of Figure 1, with the HU of the regions it shows."""
    values = [f"{row['plane']} {fmt.number(row['hu'], PLANE_DECIMALS)}" for row in records(rois)]
    level = rois["level"].iloc[0] if values else "one vertebra"
    caption = (
        f"Elliptical regions of interest in the upper (A), middle (B) and lower (C) plane of "
        f"{level}, on the CT of one participant (bone window, level 150, width 500 HU; R, L, the "
        "patient’s right and left; in each picture mean ± SD); left, sagittal view with the planes"
    )
    return f"{caption}. Mean HU: {fmt.joined(values)}." if values else f"{caption}."


def farthest_points(
    points: pd.DataFrame, correlations: pd.DataFrame
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return, per regression, the (participant, level) farthest from the line, farthest first."""
    farthest: list[tuple[str, list[tuple[str, str]]]] = []
    for line in records(correlations):
        of_measure = points[points["measure"] == line["y"]]
        if of_measure.empty or pd.isna(line["slope"]):
            continue
        fitted = line["intercept"] + line["slope"] * of_measure["hu"]
        distance = (of_measure["value"] - fitted).abs()
        most = of_measure.loc[distance.sort_values(ascending=False).index[:FARTHEST_POINTS]]
        pairs = list(zip(most["participant_id"], most["level"], strict=True))
        farthest.append((line["y"], pairs))
    return farthest
