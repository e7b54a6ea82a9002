"""Values that cannot be HU of trabecular bone."""

from __future__ import annotations

from bonecohort.techniques.hounsfield.measure import VertebraFault, VertebraHounsfield
from bonecohort.techniques.hounsfield.trabecular import EXPECTED, HIGHEST_HU, LOWEST_HU


def check_trabecular(result: VertebraHounsfield) -> VertebraHounsfield:
    """Return a measured vertebra whose regions can be trabecular bone.

    Raises
    ------
    VertebraFault
        With the region and its HU.
    """
    for roi in result.rois:
        hu = roi.statistics.hu
        if not LOWEST_HU <= hu <= HIGHEST_HU:
            raise VertebraFault(
                f"The {roi.plane} region has {hu:.0f} HU; {EXPECTED}.", result.flags
            )
    return result
