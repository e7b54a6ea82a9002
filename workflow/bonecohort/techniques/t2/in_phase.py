"""Which echoes of a gradient echo hold water and fat in phase: T2* can be fitted to those alone.

The main peak of fat turns against water by 3.4 ppm of the frequency of water (Hamilton 2011,
doi:10.1002/nbm.1622). Scanners round the times, and many 3 T systems have a field below 3 T. So the
third echo that a scanner calls in phase may be a tenth of a turn off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.mr.water_fat.signal import LIVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

MAIN_SHIFT_PPM = max(zip(LIVER.amplitudes, map(abs, LIVER.shifts_ppm), strict=True))[1]
MOST_OFF_TURNS = 1 / 8
LEAST_ECHOES = 3
KHZ_PER_MHZ_PPM = 1e-3


def in_phase(echo_ms: FloatArray, water_mhz: float) -> NDArray[np.bool_]:
    """Return which echoes are in phase; none before the first whole turn.

    Parameters
    ----------
    echo_ms
        Echo times in ms, shape (n,).
    water_mhz
        Frequency of water.
    """
    turns = echo_ms * MAIN_SHIFT_PPM * water_mhz * KHZ_PER_MHZ_PPM
    nearest = np.rint(turns)
    result: NDArray[np.bool_] = (nearest >= 1) & (np.abs(turns - nearest) <= MOST_OFF_TURNS)
    return result


def check_in_phase(echo_ms: FloatArray, is_in_phase: NDArray[np.bool_], water_mhz: float) -> None:
    """Refuse echoes of which too few are in phase.

    Raises
    ------
    DataFault
        With the times found and those that would be in phase.
    """
    count = int(is_in_phase.sum())
    if count >= LEAST_ECHOES:
        return
    turn_ms = 1 / (MAIN_SHIFT_PPM * water_mhz * KHZ_PER_MHZ_PPM)
    listed = ", ".join(f"{time:.4g}" for time in echo_ms)
    expected = ", ".join(f"{turn * turn_ms:.3g}" for turn in range(1, LEAST_ECHOES + 1))
    raise DataFault(
        f"T2* needs {LEAST_ECHOES} echoes where water and fat are in phase; {count} of those at "
        f"{listed} ms are. At {water_mhz:.4g} MHz they are in phase at {expected} ms and so on. "
        "Write t2.t2star: no where T2* is not wanted."
    )
