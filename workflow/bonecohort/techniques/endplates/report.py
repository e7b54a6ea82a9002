"""What the report says about endplate defects: how they were measured, from the settings used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.section import Contribution, PagePicture
from bonecohort.techniques.endplates.participant_values import of_participants
from bonecohort.techniques.endplates.picture import PAGE_BYTES
from bonecohort.techniques.endplates.settings import EndplateSettings
from bonecohort.techniques.endplates.tables import known_vertebrae

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


PICTURES = {
    "endplates.png": PagePicture(
        "mid-sagittal T2-weighted image with the lines measured on it, or the reason for its "
        "absence",
        PAGE_BYTES,
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says about endplates; no methods where none were read."""
    if not known_vertebrae(inputs.frame("tables/vertebrae.csv")).any():
        return Contribution(pictures=PICTURES, of_participants=of_participants(inputs))
    paragraph = endplate_paragraph(settings)
    return Contribution(
        measuring=(("Endplate defects", paragraph),),
        pictures=PICTURES,
        of_participants=of_participants(inputs),
    )


def endplate_paragraph(settings: Settings) -> str:
    """Say how defects were measured and what an unlisted level means."""
    unlisted = (
        "counted as read and normal"
        if settings.of(EndplateSettings).unlisted_level == "normal"
        else "counted as not read"
    )
    return (
        "On the mid-sagittal T2-weighted image, the maximum width (a, along the endplate) and the "
        "maximum depth (b, perpendicular to it) of each defect were measured. So were the width "
        "(c) and the two heights (d1, d2) of the vertebral body. Defects of one endplate were "
        "summed, widths with widths and depths with depths. A vertebra’s value is the sum of its "
        "two endplates. Standardized width is a/c, and standardized depth is b/((d1 + d2)/2). The "
        "cumulative defect score is their sum. A level without any reading, in a participant "
        f"whose endplates were read, was {unlisted}."
    )
