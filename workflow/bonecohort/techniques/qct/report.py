"""What the report says about calibrated CT: densities by site, calibrations, methods with works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.measures.calibration import Calibration
from bonecohort.report.page.participant_values import DetailTable, OfParticipant, declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.techniques.qct.means import LEVELS, density_means
from bonecohort.techniques.qct.methods import ACR_CLASS, MODALITY, VBMD
from bonecohort.techniques.qct.pooling import not_analysed
from bonecohort.techniques.qct.section import WORKS, level_rows, methods_text
from bonecohort.techniques.qct.settings import QctSettings
from bonecohort.techniques.qct.technique import TECHNIQUE
from bonecohort.techniques.qct.words import equation_words

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import Document, ReportInputs
    from bonecohort.study.settings import Settings

TITLE = "Volumetric BMD of vertebrae and of their means, by method"
PICTURES = {
    "qct.png": PagePicture(
        "CT with the rods or tissue samples that calibrate it. Density by HU is beside it, or "
        "the reason for their absence"
    )
}
SAMPLE_HEADER = ("Sample", "Density, mg/cm³", "Mean HU", "SD, HU", "Voxels", "Residual, mg/cm³")


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says about calibrated CT; only pictures without any measurement."""
    measurements = inputs.frame("tables/measurements.csv")
    own = measurements[measurements["modality"] == MODALITY]
    densities = own[own["measure"] == VBMD]
    if densities.empty:
        return Contribution(pictures=PICTURES)
    used = settings.of(QctSettings)
    main = density_means(settings)[0]
    n_classed = own.loc[own["measure"] == ACR_CLASS, "participant_id"].nunique()
    n_apart = own.loc[not_analysed(own, settings), "participant_id"].nunique()
    return Contribution(
        sections=(Section("qct", "Volumetric BMD", (site_table(own, n_apart),), parent=RESULTS),),
        measuring=(
            ("Volumetric BMD", methods_text(used, participants_of(densities), main, n_classed)),
        ),
        pictures=PICTURES,
        of_participants=of_participants(inputs),
        works=WORKS,
    )


def participants_of(densities: pd.DataFrame) -> dict[str, int]:
    """Return of how many participants each method gave densities."""
    people = densities.drop_duplicates(["participant_id", "method"])
    return {str(method): int(n) for method, n in people["method"].value_counts().items()}


def site_table(own: pd.DataFrame, n_apart: int) -> TableModel:
    """Build the table of densities by method and site.

    Parameters
    ----------
    own
        The technique's rows of measurements.csv.
    n_apart
        Number of participants whose densities are not analysed with the others'.
    """
    rows = level_rows(own, [*LEVELS, "L1-L2", "L1-L3", "L1-L5"])
    notes = ["Values are mean ± SD over participants. Methods are never averaged together."]
    if n_apart:
        notes.append(
            f"The densities of {fmt.counted(n_apart, 'participant')} were obtained by another "
            "method than most, and are not analysed with the others."
        )
    return TableModel(
        key="qct",
        title=TITLE,
        header=((Cell("Method"), Cell("Site"), Cell("Participants"), Cell("BMD, mg/cm³")),),
        rows=tuple(tuple(Cell(text) for text in row) for row in rows),
        footnotes=FootnoteLetters().footnotes(notes),
        alignment=first_left(4),
        series="S",
    )


def of_participants(inputs: ReportInputs) -> dict[str, OfParticipant]:
    """Return the values of each participant, with the rods or samples of the calibration."""
    result = declared_values(inputs, TECHNIQUE)
    records = inputs.records_by_site("qct")
    return {
        name: replace(own, tables=_samples(records.get(name, {}).get("calibration", {})))
        for name, own in result.items()
    }


def _samples(record: Document) -> tuple[DetailTable, ...]:
    samples = record.get("samples") or []
    if not samples:
        return ()
    residuals = record["details"].get("residuals") or [None] * len(samples)
    rows = tuple(
        (
            str(one["name"]),
            fmt.number(one["density"], 1),
            fmt.number(one["hu"], 1),
            fmt.number(one["sd_hu"], 1),
            fmt.number(one["n_voxels"], 0),
            fmt.number(residual, 1),
        )
        for one, residual in zip(samples, residuals, strict=True)
    )
    return (DetailTable("Calibration of the CT", SAMPLE_HEADER, rows, _line(record)),)


def _line(record: Document) -> str:
    calibration = Calibration.of_record(record["calibration"])
    error = record["details"].get("slope_se")
    text = "" if error is None else f" Standard error of the slope: {error:.4f} mg/cm³/HU."
    return f"mg {calibration.equivalent}/cm³ = {equation_words(calibration)}.{text}"
