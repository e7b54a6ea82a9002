"""The numbered figures of the report, or the reason why one is absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report import format as fmt
from bonecohort.report.pictures import Picture, embedded_picture, inline_svg
from bonecohort.report.tables import records

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.inputs import ReportInputs


FARTHEST_POINTS = 6
FIGURE_BUDGET_BYTES = 1_500_000


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


def illustrations(inputs: ReportInputs) -> dict[str, Illustration]:
    """Return the figures by what they show."""
    folder = inputs.results / "figures"
    return {
        "rois": illustration(
            folder,
            "figure1_roi",
            "Figure 1",
            region_caption(inputs.frame("figures/figure1_roi.csv")),
            "no region of interest was measured on a CT image in this study.",
        ),
        "prevalence": illustration(
            folder,
            "figure3_prevalence",
            "Figure 3",
            "Vertebrae with endplate defects by level and type, in percent of the vertebrae read "
            "at that level, with Wilson 95% confidence intervals, and as share of all defect "
            "vertebrae.",
            "the figure was not drawn.",
        ),
        "regression": illustration(
            folder,
            "figure4_regression",
            "Figure 4",
            "Standardized defect size against the HU of the vertebra, with the regression line; "
            "each point is a vertebra with a defect.",
            "the figure was not drawn.",
        ),
        "levels": illustration(
            folder, "hu_by_level", "Figure S1", "HU of the vertebrae by level.",
            "the figure was not drawn.",
        ),
        "truth": illustration(
            folder, "truth", "Figure 5", "Measured against true values, and their differences.",
            "the figure was not drawn.",
        ),
    }  # fmt: skip


def region_caption(rois: pd.DataFrame) -> str:
    """Return the caption of Figure 1, with the HU of the regions it shows."""
    values = [f"{row['plane']} {fmt.number(row['hu'], 1)}" for row in records(rois)]
    level = rois["level"].iloc[0] if values else "one vertebra"
    caption = (
        f"Elliptical regions of interest in the upper (A), middle (B) and lower (C) plane of "
        f"{level}, on the CT of one participant; left, sagittal view with the planes"
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
