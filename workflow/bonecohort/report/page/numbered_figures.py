"""The numbered figures of the report, or the reason why one is absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.pictures.embedding import Picture, embedded_picture, inline_svg
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.decimal_mark import with_decimal_mark
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import records

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


FARTHEST_POINTS = 6
FIGURE_BUDGET_BYTES = 1_500_000

# What each figure shows, so that it can be read without the text: file, name, caption.
PREVALENCE_CAPTION = (
    "Vertebrae with endplate defects by level and type. A, prevalence: percent of the n vertebrae "
    "read at that level, with Wilson 95% confidence intervals (numbers in Table S1); right of the "
    "dotted line, upper (L1–L3), lower (L4–L5) and all vertebrae, with intervals robust to the "
    "clustering of vertebrae in participants. B, share, as published: percent of the defect "
    "vertebrae of all levels, n of them at each level. Superior and inferior: that endplate only; "
    "bilateral: both."
)
REGRESSION_CAPTION = (
    "Size of endplate defects against the HU of the vertebra, a panel a measure. Each point is a "
    "vertebra with a defect; line and band, linear regression with the 95% confidence band of the "
    "mean, vertebrae taken as independent, as published; dashed and dotted, the line and band of "
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
    "likelihood with Wald limits as published, with profile likelihood limits, and with Firth’s "
    "penalty. A, one variable at a time; B, all together. Numbers, the recommended method; arrows, "
    "limits beyond the axis; dashed line, no association."
)
ROC_CAPTION = (
    "Receiver operating characteristic. A, the predictions of the logistic models in the "
    "participants they were fitted to; B, HU below a cut against the reference standard of "
    "densitometry. Area under the curve with DeLong’s 95% confidence interval; points, Youden’s "
    "cut; dashed line, chance."
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
TRUTH_CAPTION = (
    "Measured against true values (above; dashed, identity) and their differences, measured − "
    "true (below; line, mean difference; dashed, 95% limits of agreement, mean difference ± "
    "1.96 SD). Each point is a vertebra."
)
AGREEMENT_CAPTION = (
    "Agreement of readers: the difference between two readers over their mean (Bland and Altman). "
    "Solid line, mean difference; dashed, 95% limits of agreement; bands, their 95% confidence "
    "intervals. Each point is a vertebra, of total spine HU a participant; sizes of defects, where "
    "both readers found one. Of more than three pairs of readers the first three are drawn."
)
CAPTIONS = {
    "prevalence": ("figure3_prevalence", "Figure 3", PREVALENCE_CAPTION),
    "regression": ("figure4_regression", "Figure 4", REGRESSION_CAPTION),
    "levels": ("hu_by_level", "Figure S1", LEVELS_CAPTION),
    "groups": ("hu_by_group", "Figure S2", GROUPS_CAPTION),
    "forest": ("forest", "Figure S3", FOREST_CAPTION),
    "roc": ("roc", "Figure S4", ROC_CAPTION),
    "calibration": ("calibration", "Figure S5", CALIBRATION_CAPTION),
    "splines": ("splines", "Figure S6", SPLINES_CAPTION),
    "thresholds": ("thresholds", "Figure S7", THRESHOLDS_CAPTION),
    "agreement": ("agreement", "Figure A1", AGREEMENT_CAPTION),
    "truth": ("truth", "Figure 5", TRUTH_CAPTION),
}


@dataclass(frozen=True)
class Illustration:
    """A figure: drawing markup or picture, else the reason why there is none."""

    name: str
    caption: str
    svg: str = ""
    picture: Picture | None = None
    absent_because: str = ""

    @property
    def anchor(self) -> str:
        """Name that links point to, ``figure-3``."""
        return self.name.lower().replace(" ", "-")


def illustration(
    folder: Path, stem: str, name: str, caption: str, absent_because: str
) -> Illustration:
    """Return a figure from its drawing, else its picture, else the reason for its absence."""
    drawing = folder / f"{stem}.svg"
    if drawing.is_file() and drawing.stat().st_size <= FIGURE_BUDGET_BYTES:
        return Illustration(name, caption, svg=inline_svg(drawing, caption))
    if (folder / f"{stem}.png").is_file():
        picture = embedded_picture(folder / f"{stem}.png", caption, FIGURE_BUDGET_BYTES)
        return Illustration(name, caption, picture=picture)
    return Illustration(name, caption, absent_because=absent_because)


def illustrations(inputs: ReportInputs, settings: Settings) -> dict[str, Illustration]:
    """Return the figures by what they show; a figure with nothing to show gives the reason."""
    folder = inputs.results / "figures"
    made = {
        "rois": illustration(
            folder,
            "figure1_roi",
            "Figure 1",
            with_decimal_mark(
                region_caption(inputs.frame("figures/figure1_roi.csv")),
                settings.report.decimal_mark,
            ),
            "no region of interest was measured on a CT image in this study.",
        )
    }
    outcome = split_words(settings.analysis.outcome, settings)
    captions = dict(CAPTIONS)
    if not inputs.endplates_read:
        captions["levels"] = (*CAPTIONS["levels"][:2], LEVELS_UNREAD_CAPTION)
    for key, (stem, name, caption) in captions.items():
        told = caption.format(having=outcome.having, event=outcome.event)
        told = with_decimal_mark(told, settings.report.decimal_mark)
        made[key] = illustration(folder, stem, name, told, "the figure was not drawn.")
    if not inputs.endplates_read:
        for key in ("prevalence", "groups"):
            made[key] = _left_out(made[key], "no endplates were read.")
    if not inputs.endplates_read or not inputs.hu_measured:
        because = "no vertebra has both endplates read and an HU."
        made["regression"] = _left_out(made["regression"], because)
    return made


def _left_out(shown: Illustration, because: str) -> Illustration:
    return Illustration(shown.name, shown.caption, absent_because=because)


def region_caption(rois: pd.DataFrame) -> str:
    """Return the caption of Figure 1, with the HU of the regions it shows."""
    values = [f"{row['plane']} {fmt.number(row['hu'], 1)}" for row in records(rois)]
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
