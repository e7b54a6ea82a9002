"""Measurement rows of a vertebral body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.dwi.adc import TO_SHOWN
from bonecohort.techniques.dwi.methods import ADC, IVIM, KURTOSIS, MODALITY, VENDOR, method_name

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.dwi.ivim import Ivim
    from bonecohort.techniques.dwi.kurtosis import Kurtosis

READER = "auto"
UNIT, PERCENT, NUMBER = "1e-3 mm2/s", "%", "1"


def adc_rows(
    level: str,
    adc: float,
    median: float,
    snr: float | None,
    b_values: FloatArray,
    *,
    is_map: bool = False,
) -> tuple[Measurement, ...]:
    """Return the rows of the ADC and its voxels' median, 10⁻³ mm²/s, and of the SNR."""
    method = method_name(VENDOR if is_map else ADC, b_values)
    rows = [
        _row(level, "adc", adc, UNIT, method),
        _row(level, "adc_median", median, UNIT, method),
    ]
    if snr is not None:
        rows.append(_row(level, "snr_bmax", snr, NUMBER, method))
    return tuple(rows)


def ivim_rows(level: str, ivim: Ivim, b_values: FloatArray) -> list[Measurement]:
    """Return the rows of D, f in %, and D* where it is known."""
    method = method_name(IVIM, b_values)
    rows = [
        _row(level, "ivim_d", TO_SHOWN * ivim.d_mm2_s, UNIT, method),
        _row(level, "ivim_f", 100 * ivim.f, PERCENT, method),
    ]
    if ivim.dstar_mm2_s is not None:
        rows.append(_row(level, "ivim_dstar", TO_SHOWN * ivim.dstar_mm2_s, UNIT, method))
    return rows


def kurtosis_rows(level: str, kurtosis: Kurtosis) -> list[Measurement]:
    """Return the rows of D and K."""
    method = method_name(KURTOSIS, kurtosis.b_values)
    return [
        _row(level, "dki_d", TO_SHOWN * kurtosis.d_mm2_s, UNIT, method),
        _row(level, "dki_k", kurtosis.k, NUMBER, method),
    ]


def _row(level: str, measure: str, value: float, unit: str, method: str) -> Measurement:
    return Measurement(level, MODALITY, measure, value, unit, method, READER)
