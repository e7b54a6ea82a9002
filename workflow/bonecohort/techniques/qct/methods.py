"""Names of the methods, measures and tissues of calibrated CT, as in measurements.csv."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.measures.calibration import Equivalent
    from bonecohort.techniques.qct.settings import Tissue

MODALITY = "qct"
SCAN = "scan"
"""Site of what holds for a whole scan."""
VBMD, ACR_CLASS = "vbmd", "acr_class"
SLOPE, INTERCEPT, R2 = "calibration_slope", "calibration_intercept", "calibration_r2"
UNITS = {
    VBMD: "mg/cm3",
    ACR_CLASS: "1",
    SLOPE: "mg/cm3/HU",
    INTERCEPT: "mg/cm3",
    R2: "1",
}
RODS, MINDWAYS, ASYNCHRONOUS, INTERNAL = "qct.rods", "qct.mindways", "qct.async", "qct.internal"
DECLARED = "hu2bmd"
ACR_METHOD = "acr.80-120"
CONTRAST_SUFFIX, KVP_SUFFIX = "cc", "kvp"

TISSUES: dict[Tissue, str] = {"air": "a", "adipose": "f", "blood": "b", "bone": "c", "muscle": "m"}
"""The tissues of the internal calibration, in the order of their letters in its method."""


def method_of(source: str, equivalent: Equivalent) -> str:
    """Return the method of a calibration by its source and mineral."""
    return f"{source}.{equivalent.lower()}"
