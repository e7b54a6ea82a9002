"""What is written of a vertebra's HU: ``hounsfield/{level}.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.study.layout import excluded_record
from bonecohort.techniques.hounsfield.measure import VertebraFault
from bonecohort.techniques.hounsfield.vertebra_hu import hu_measurements

if TYPE_CHECKING:
    from bonecohort.faults import DataFault
    from bonecohort.measures.measurement import Measurement
    from bonecohort.techniques.hounsfield.measure import Roi, VertebraHounsfield


def to_record(participant_id: str, result: VertebraHounsfield) -> dict[str, Any]:
    """Return the record of a measured vertebra, in plain JSON types."""
    return {
        "participant_id": participant_id,
        "level": result.level,
        "status": "measured",
        "reason": "",
        "hu": result.hu,
        "flags": list(result.flags),
        "method": result.method,
        "reader": result.reader,
        "rois": [roi_record(roi) for roi in result.rois],
        "measurements": [asdict(row) for row in measurements(result)],
    }


def unmeasured_record(participant_id: str, level: str, fault: DataFault) -> dict[str, Any]:
    """Return the record of a vertebra whose HU were not measured."""
    flags = fault.flags if isinstance(fault, VertebraFault) else ()
    record = excluded_record(participant_id, level, fault.reason, flags)
    return record | {"hu": None, "rois": []}


def roi_record(roi: Roi) -> dict[str, Any]:
    """Return one region in plain JSON types; ``axes_lps`` row by row, its columns are the axes."""
    return {
        "plane": roi.plane,
        "hu": roi.statistics.hu,
        "sd_hu": roi.statistics.sd_hu,
        "median_hu": roi.statistics.median_hu,
        "n_voxels": roi.statistics.n_voxels,
        "area_mm2": roi.area_mm2,
        "center_lps_mm": roi.center_lps_mm.tolist(),
        "normal_lps": roi.axes_lps[:, 2].tolist(),
        "semi_axes_mm": list(roi.semi_axes_mm),
        "excluded_fraction": roi.statistics.excluded_fraction,
        "whole_hu": roi.statistics.whole_hu,
        "axes_lps": roi.axes_lps.tolist(),
        "cortex_distance_mm": roi.cortex_distance_mm,
        "polygon_lps_mm": roi.polygon_lps_mm.tolist(),
    }


def measurements(result: VertebraHounsfield) -> list[Measurement]:
    """Return the measurement rows of a vertebra: each plane's HU, and their mean."""
    planes = {roi.plane: roi.statistics.hu for roi in result.rois}
    return hu_measurements(result.level, planes, result.method, result.reader)
