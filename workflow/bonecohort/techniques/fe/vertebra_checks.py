"""What is refused of a vertebra before it is modelled, and what is unusual of its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.techniques.fe.axes import BEHIND_WALL_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.vertebra.body import Body
    from bonecohort.techniques.fe.axes import AlignedVertebra

METAL_HU = 3000.0
LARGEST_SPACING_MM = 3.0
ROUNDED_MM = 1e-3
"""By which a spacing may lie beyond the limit: an affine of turned slices is rounded."""
LEAST_BODY_VOXELS = 1500
USUAL_STIFFNESS_N_MM = (3_000.0, 60_000.0)
USUAL_LOAD_N = (500.0, 20_000.0)


def check_spacing(ct: Volume) -> None:
    """Refuse a CT whose slices are too thick for a model.

    Raises
    ------
    DataFault
        With the distance found.
    """
    largest = float(ct.spacing_mm.max())
    if largest > LARGEST_SPACING_MM + ROUNDED_MM:
        raise DataFault(
            f"The CT's slices lie {largest:.3g} mm apart; at most {LARGEST_SPACING_MM:g} mm are "
            "allowed for a finite element model."
        )


def check_size(vertebra: AlignedVertebra) -> None:
    """Refuse a vertebral body that is too small.

    Raises
    ------
    DataFault
        With its volume.
    """
    voxels = int(vertebra.body.sum())
    if voxels < LEAST_BODY_VOXELS:
        raise DataFault(
            f"The vertebral body has {voxels} mm³; at least {LEAST_BODY_VOXELS} are needed for a "
            "finite element model."
        )


def check_metal(ct: Volume, mask: NDArray[np.bool_], body: Body, vertebra: AlignedVertebra) -> None:
    """Refuse a vertebral body that holds metal.

    The voxels of the CT count, because a mean over 1 mm hides the tip of a screw. So do those of
    the model, because a label map may leave out a screw where the smoothed label does not.

    Raises
    ------
    DataFault
        With the highest HU.
    """
    bright = np.argwhere(mask & (ct.array > METAL_HU))
    behind = (ct.to_lps(bright.astype(float)) - body.origin_lps_mm) @ body.axes_lps[:, 1]
    in_body = bright[behind <= body.depth_span_mm[1] + BEHIND_WALL_MM]
    highest = float(vertebra.hu[vertebra.body].max())
    highest = max([highest, *ct.array[tuple(in_body.T)].tolist()])
    if highest > METAL_HU:
        raise DataFault(
            f"The vertebral body holds {highest:.0f} HU; above {METAL_HU:g} HU it holds metal, "
            "and no modulus is known."
        )


def check_mineral(density_mg_cm3: FloatArray) -> None:
    """Refuse a vertebral body without mineral: a calibration that does not fit the scan.

    Raises
    ------
    DataFault
        With the mean density.
    """
    mean = float(density_mg_cm3.mean())
    if mean <= 0:
        raise DataFault(
            f"The mean density of the vertebral body is {mean:.0f} mg/cm³; more than 0 is "
            "expected. Check the calibration."
        )


def unusual(stiffness_n_mm: float, load_n: float) -> tuple[str, ...]:
    """Return flags on a stiffness or failure load that vertebrae seldom have."""
    flags = []
    if not USUAL_STIFFNESS_N_MM[0] <= stiffness_n_mm <= USUAL_STIFFNESS_N_MM[1]:
        flags.append(f"unusual_stiffness: {stiffness_n_mm / 1000:.1f} kN/mm")
    if not USUAL_LOAD_N[0] <= load_n <= USUAL_LOAD_N[1]:
        flags.append(f"unusual_failure_load: {load_n / 1000:.1f} kN")
    return tuple(flags)
