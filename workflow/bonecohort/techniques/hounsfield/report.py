"""What the report says about Hounsfield units: how they were measured, from the settings used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.page.section import Contribution, PagePicture
from bonecohort.report.printing import format as fmt
from bonecohort.techniques.hounsfield.participant_values import of_participants
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from bonecohort.techniques.registry import methods
from bonecohort.techniques.vertebrae.settings import VertebraeSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


PICTURES = {
    "hounsfield.png": PagePicture(
        "CT with the three elliptical regions of interest of each vertebra on their oblique "
        "planes. It also has a sagittal view, or the reason for their absence"
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says about HU; no methods where the run measured none."""
    run = inputs.run
    if run.get("counts") and not run.get("hu_methods"):
        return Contribution(pictures=PICTURES, of_participants=of_participants(inputs))
    paragraph = hounsfield_paragraph(settings, run)
    return Contribution(
        measuring=(("Hounsfield units", paragraph),),
        pictures=PICTURES,
        of_participants=of_participants(inputs),
    )


def hounsfield_paragraph(settings: Settings, run: Mapping[str, Any]) -> str:
    """Say where HU came from, how regions were placed, and what the thresholds are."""
    used = settings.of(HounsfieldSettings)
    vertebrae: dict[str, int] = run.get("hu_methods") or {}
    levels = fmt.span(list(settings.levels))
    sentences = [
        (
            f"Trabecular attenuation was measured in Hounsfield units (HU) in {levels}, in an "
            "upper, a middle and a lower plane of each vertebral body; the HU of a vertebra is the "
            "mean of its three planes."
        )
    ]
    if any(name.startswith("ellipse3.auto") for name in vertebrae):
        lower, middle, upper = (f"{100 * height:.0f}%" for height in used.planes)
        sentences.append(
            "For automatic regions of interest the label map gave the vertebra and its "
            "approximate place. The ends, the axis and the walls of its body were found on the CT "
            "itself. "
            "Where endplates or walls hardly showed, the label’s were taken and the vertebra was "
            "flagged; a label that contradicts the CT was refused. "
            "The regions lie on oblique planes perpendicular to the vertebra’s "
            f"own axis, at {lower}, {middle} and {upper} of the body height from the inferior "
            f"endplate; each is the largest ellipse at least {used.margin_mm:g} mm inside the "
            "outer surface of the body. Bone islands and sclerosis inside it were left out; where "
            f"more than {100 * used.max_excluded_fraction:g}% was to be left out, the largest "
            "ellipse beside it was measured, or none. A region with fewer than "
            f"{used.min_voxels} voxels was not measured. A vertebra was "
            f"flagged when its planes differed by more than {used.plane_spread_flag_hu:g} HU, "
            "with or without what was left out of them, or "
            f"the SD within a region exceeded {used.sd_flag_hu:g} HU."
        )
        if settings.of(VertebraeSettings).segment == "totalsegmentator":
            sentences.append(
                "Vertebrae that nobody had outlined were outlined by TotalSegmentator "
                "[@wasserthal2023]."
            )
    if vertebrae:
        origins = [
            f"{methods().get(name, name)} ({fmt.counted(n, 'vertebra', 'vertebrae')})"
            for name, n in vertebrae.items()
        ]
        sentences.append(f"Source of the HU: {'; '.join(origins)}.")
    else:
        sentences.append(f"Source of the HU: {fmt.NOT_RECORDED}.")
    sentences.append(
        f"Total spine HU is the mean of a participant’s levels where at least {used.min_levels} "
        "were measured, and is missing otherwise; osteoporosis was defined as a total spine HU "
        f"below {used.osteoporosis_threshold:g}, a low-HU vertebra as HU\u00a0≤\u00a0"
        f"{used.low_hu_threshold:g}."
    )
    return " ".join(sentences)
