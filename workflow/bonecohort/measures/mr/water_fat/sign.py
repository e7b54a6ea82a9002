"""The sign of the phase of complex echoes, in which scanners differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.mr.water_fat.polarity import PHASES, can_alternate, turned_back
from bonecohort.measures.mr.water_fat.voxel_fit import fit_voxels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes

MOST_VOXELS_OF_SIGN, MOST_OF_TURNED = 4000, 600
"""By about so many the sign of the phase is determined; by the latter where echoes are turned."""
LEAST_SIGN_RATIO = 1.2
"""The residuals of both signs differ by at least this factor, else neither is taken."""
PLAIN = (0.0,)
"""Phase by which even echoes are turned: by none."""


def is_conjugate(signals: ComplexArray, echoes: Echoes) -> bool:
    """Return whether the phase runs the other way round: scanners differ in its sign.

    Of both signs, the one by which water and fat explain more of the signal is taken.
    Voxels of both decide it; those of one alone fit both signs.

    Raises
    ------
    DataFault
        Both explain them alike.
    """
    return _decided(_of_signs(_sample(signals, MOST_VOXELS_OF_SIGN), echoes, PLAIN))


def is_conjugate_if_turned(signals: ComplexArray, echoes: Echoes) -> tuple[bool, bool]:
    """Return what :func:`is_conjugate` does, and whether even echoes had to be turned for it.

    Where neither sign explains the signals, each voxel's even echoes are turned by several phases:
    the polarity of the read-out may alternate.
    """
    plain = _of_signs(_sample(signals, MOST_VOXELS_OF_SIGN), echoes, PLAIN)
    if _is_undecided(plain) and can_alternate(echoes):
        turned = _of_signs(_sample(signals, MOST_OF_TURNED), echoes, PHASES)
        return _decided(turned), True
    return _decided(plain), False


def _of_signs(
    signals: ComplexArray, echoes: Echoes, phases: Sequence[float]
) -> tuple[float, float]:
    """Return the residual of signals as they are, and with the phase the other way round."""
    return _unexplained(signals, echoes, phases), _unexplained(signals.conj(), echoes, phases)


def _decided(residuals: tuple[float, float]) -> bool:
    as_it_is, conjugate = residuals
    if _is_undecided(residuals):
        raise DataFault(
            f"The sign of the phase is not determined: the residual is {as_it_is:.1%} with it and "
            f"{conjugate:.1%} against it. Do the phases belong to these magnitudes?"
        )
    return conjugate < as_it_is


def _is_undecided(residuals: tuple[float, float]) -> bool:
    return max(residuals) < LEAST_SIGN_RATIO * min(residuals)


def _sample(signals: ComplexArray, most: int) -> ComplexArray:
    return signals[:: max(1, len(signals) // most)]


def _unexplained(signals: ComplexArray, echoes: Echoes, phases: Sequence[float]) -> float:
    """Return the residual of all voxels together, as a share of their signal.

    Parameters
    ----------
    phases
        By which even echoes are turned, in rad. Of each voxel the lowest residual counts.
    """
    strength = np.linalg.norm(signals, axis=1)
    rest = [fit_voxels(turned_back(signals, phase), echoes).residual for phase in phases]
    return float(np.linalg.norm(np.min(rest, axis=0) * strength) / np.linalg.norm(strength))
