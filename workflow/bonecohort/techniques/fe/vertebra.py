"""A vertebra between two caps in compression: its stiffness, and its failure load at 0.68% strain.

Kopperdahl DL, Morgan EF, Keaveny TM. J Orthop Res 2002;20:801-805 (modulus by density, axial).
Crawford RP, Cann CE, Keaveny TM. Bone 2003;33:744-750 (caps, criterion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.ends import PMMA, ends_of
from bonecohort.measures.finite_elements.islands import largest_part
from bonecohort.measures.finite_elements.memory import check_memory
from bonecohort.measures.finite_elements.mesh import corners, mesh_of
from bonecohort.measures.finite_elements.response import stiffness_n_mm, strain_energy_density
from bonecohort.measures.finite_elements.solve import solve
from bonecohort.measures.vertebra.body import find_body
from bonecohort.techniques.fe.axes import STEP_MM, aligned
from bonecohort.techniques.fe.caps import caps_on
from bonecohort.techniques.fe.laws import CRAWFORD_STRAIN, EXPONENT, MODULUS_MPA, PMMA_MPA
from bonecohort.techniques.fe.model import Model
from bonecohort.techniques.fe.vertebra_checks import (
    check_metal,
    check_mineral,
    check_size,
    check_spacing,
    unusual,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.calibration import Calibration
    from bonecohort.measures.finite_elements.ends import Ends
    from bonecohort.measures.finite_elements.mesh import Mesh
    from bonecohort.techniques.fe.axes import AlignedVertebra
    from bonecohort.techniques.fe.caps import Caps
    from bonecohort.techniques.fe.model import Effort

MG_PER_G = 1000.0
FLOOR_MPA = 1e-4
"""Modulus where there is no mineral."""


@dataclass(frozen=True)
class VertebraResult:
    """What the model of a vertebra gives; forces are magnitudes.

    Attributes
    ----------
    stiffness_n_mm, failure_load_n
        The failure load is the reaction at 0.68% strain.
    axes_lps
        The vertebra's axes as columns (left, posterior, superior), LPS, shape (3, 3).
    is_cap
        Whether an element of the model is of a cap, shape (n_elements,).
    flags
        What is unusual.
    """

    stiffness_n_mm: float
    failure_load_n: float
    axes_lps: FloatArray
    is_cap: NDArray[np.bool_]
    model: Model
    flags: tuple[str, ...]


def measure_vertebra(
    ct: Volume,
    mask: NDArray[np.bool_],
    calibration: Calibration,
    *,
    posterior: str,
    poisson: float,
    effort: Effort,
) -> VertebraResult:
    """Compress a vertebra along its own axis between caps, and estimate its failure load.

    Parameters
    ----------
    ct
        HU about the vertebra.
    mask
        The vertebra's label on the CT's grid.
    calibration
        From HU to density.
    posterior
        ``keep`` or ``cut`` the posterior elements.
    poisson
        Poisson's ratio.
    effort
        What solving the model may take.

    Raises
    ------
    DataFault
        The slices are too thick, the label holds no whole body of a vertebra's size, or metal, or
        no mineral; or the model cannot be solved.
    """
    check_spacing(ct)
    body = find_body(mask, ct.affine_lps)
    vertebra = aligned(ct, mask, body)
    check_size(vertebra)
    check_metal(ct, mask, body, vertebra)
    check_mineral(calibration.density(vertebra.hu[vertebra.body]))
    return compressed(vertebra, calibration, posterior=posterior, poisson=poisson, effort=effort)


def compressed(
    vertebra: AlignedVertebra,
    calibration: Calibration,
    *,
    posterior: str,
    poisson: float,
    effort: Effort,
) -> VertebraResult:
    """Compress a vertebra on the grid of its own axes; see :func:`measure_vertebra`.

    Raises
    ------
    DataFault
        The model cannot be solved.
    """
    bone = vertebra.body if posterior == "cut" else vertebra.bone
    caps = caps_on(bone, vertebra.body)
    modulus = np.where(bone, modulus_mpa(calibration.density(vertebra.hu)), 0.0)
    modulus[caps.voxels] = PMMA_MPA
    part = largest_part(modulus > 0)
    modulus[~part.kept] = 0
    check_memory(modulus > 0, effort.memory_mb)
    mesh = mesh_of(modulus, np.full(3, STEP_MM))
    ends = capped_ends(mesh, caps, part.kept)
    solution = solve(mesh, ends, poisson, effort.convergence, effort.threads)
    stiffness = stiffness_n_mm(solution, ends)
    strain = np.sqrt(2 * strain_energy_density(mesh, solution, poisson) / mesh.modulus_mpa)
    load = CRAWFORD_STRAIN * stiffness * ends.height_mm
    is_cap = caps.voxels[tuple(mesh.voxels.T)]
    return VertebraResult(
        stiffness, load, vertebra.axes_lps, is_cap, Model(mesh, solution, ends, strain, part),
        unusual(stiffness, load),
    )  # fmt: skip


def modulus_mpa(density_mg_cm3: FloatArray) -> FloatArray:
    """Return Young's modulus in MPa along the spine of densities in mg/cm³."""
    mineral = np.maximum(density_mg_cm3, 0) / MG_PER_G
    return np.maximum(MODULUS_MPA * mineral**EXPONENT, FLOOR_MPA)


def capped_ends(mesh: Mesh, caps: Caps, kept: NDArray[np.bool_]) -> Ends:
    """Return what is prescribed on the outer faces of the caps, and on no bone beside them.

    Raises
    ------
    DataFault
        A cap is not joined to the other through bone.
    """
    joined = caps.voxels & kept
    if not (joined[:, :, caps.bottom].any() and joined[:, :, caps.top].any()):
        raise DataFault(
            "The model has no load path. The bone between the two ends of the vertebral body is "
            "not one part."
        )
    x, y, z = mesh.nodes.T
    of_cap = corners(joined.T)[z, y, x]
    bottom, top = of_cap & (z == caps.bottom), of_cap & (z == caps.top + 1)
    return ends_of(mesh, PMMA, -CRAWFORD_STRAIN, (bottom, top))
