"""Internal calibration: density by HU from tissues of the participant (Michalski 2020).

The energy at which the tissues' tabulated attenuation is most linear in their HU stands for the
scan's. It is a parameter of the fit, not the energy of the tube.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.calibration import Calibration
from bonecohort.techniques.qct.attenuation import mass_attenuation
from bonecohort.techniques.qct.fitted import Fitted, check_fit
from bonecohort.techniques.qct.methods import INTERNAL, TISSUES, method_of
from bonecohort.techniques.qct.straight_line import fit_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.techniques.qct.fitted import Sample
    from bonecohort.techniques.qct.settings import Tissue

ENERGIES_KEV = np.arange(20.0, 180.25, 0.5)
EXPECTED_HU: dict[Tissue, tuple[float, float]] = {
    "adipose": (-130.0, -70.0),
    "air": (-1030.0, -980.0),
    "blood": (-20.0, 60.0),
    "muscle": (-5.0, 65.0),
}
"""Where a sample of a tissue must lie; that of bone must only be denser than all others."""
MG_PER_G = 1000.0


def calibrate_by_tissues(samples: Mapping[Tissue, Sample], needed: Sequence[Tissue]) -> Fitted:
    """Return density by HU, a curve of second order.

    Parameters
    ----------
    samples
        By tissue.
    needed
        The tissues to be used, at least three.

    Raises
    ------
    DataFault
        A tissue is missing, or is not what it is called.
    """
    tissues = [name for name in TISSUES if name in needed]
    missing = [name for name in tissues if name not in samples]
    if missing:
        raise DataFault(
            f"There is no sample of {' and '.join(missing)}; the internal calibration needs "
            f"{', '.join(tissues)} (setting bmd.tissues)."
        )
    used = {name: samples[name] for name in tissues}
    for name in tissues:
        _check_tissue(name, used)
    calibration, energy_kev = fit_tissues(used)
    flags = check_fit(calibration, "tissue samples")
    return Fitted(calibration, tuple(used.values()), flags, {"energy_kev": energy_kev})


def fit_tissues(samples: Mapping[Tissue, Sample]) -> tuple[Calibration, float]:
    """Return density by HU, and the energy in keV that it stands on.

    Parameters
    ----------
    samples
        Of three tissues or more.
    """
    tissues = [name for name in TISSUES if name in samples]
    hu = [samples[name].hu for name in tissues]
    energy_kev, r2 = _best_energy(tissues, hu)
    intercept, slope, curvature = _curve(tissues, hu, energy_kev)
    letters = "".join(TISSUES[name] for name in tissues)
    method = f"{method_of(INTERNAL, 'K2HPO4')}.{letters}"
    return Calibration(method, "K2HPO4", slope, intercept, curvature, r2), energy_kev


def _check_tissue(name: Tissue, samples: Mapping[Tissue, Sample]) -> None:
    sample = samples[name]
    if name == "bone":
        densest = max((one for one in samples if one != name), key=lambda one: samples[one].hu)
        if sample.hu <= samples[densest].hu:
            raise DataFault(
                f"The sample of bone has {sample.hu:.0f} HU, no more than that of {densest}: "
                "cortical bone is expected."
            )
        return
    low, high = EXPECTED_HU[name]
    if not low <= sample.hu <= high:
        contrast = " Is there contrast agent in it?" if name == "blood" and sample.hu > high else ""
        raise DataFault(
            f"The sample of {name} has {sample.hu:.0f} HU; {low:g} to {high:g} is expected."
            + contrast
        )


def _best_energy(tissues: Sequence[Tissue], hu: Sequence[float]) -> tuple[float, float]:
    """Return the energy in keV at which attenuation is most linear in HU, and that R²."""
    attenuation = np.array([mass_attenuation(name, ENERGIES_KEV) for name in tissues])
    dx = np.asarray(hu) - np.mean(hu)
    dy = attenuation - attenuation.mean(axis=0)
    r2 = (dx @ dy) ** 2 / ((dx @ dx) * (dy**2).sum(axis=0))
    best = int(r2.argmax())
    return float(ENERGIES_KEV[best]), float(r2[best])


def _curve(
    tissues: Sequence[Tissue], hu: Sequence[float], energy_kev: float
) -> tuple[float, float, float]:
    """Return the coefficients of 1, HU and HU² of the density in mg/cm³."""
    at = np.array([energy_kev])
    water, fat, mineral = (
        float(mass_attenuation(name, at)[0]) for name in ("water", "triglyceride", "k2hpo4")
    )
    of_tissues = [float(mass_attenuation(name, at)[0]) for name in tissues]
    attenuation = fit_line(hu, of_tissues)
    densities = [
        (value / MG_PER_G + 1) * water / own for value, own in zip(hu, of_tissues, strict=True)
    ]
    density = fit_line(hu, densities)
    scale = MG_PER_G / (mineral - fat)
    above_fat = attenuation.intercept - fat
    return (
        scale * density.intercept * above_fat,
        scale * (density.slope * above_fat + density.intercept * attenuation.slope),
        scale * density.slope * attenuation.slope,
    )
