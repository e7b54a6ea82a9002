"""A segmented bone or specimen in compression, and its failure load by Pistoia's criterion.

Pistoia W, van Rietbergen B, Lochmüller EM, Lill CA, Eckstein F, Rüegsegger P. Bone 2002;30:842-848.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.ends import ends_of
from bonecohort.measures.finite_elements.islands import loaded_part
from bonecohort.measures.finite_elements.memory import check_memory
from bonecohort.measures.finite_elements.mesh import mesh_of
from bonecohort.measures.finite_elements.response import stiffness_n_mm, strain_energy_density
from bonecohort.measures.finite_elements.solve import solve
from bonecohort.techniques.fe.laws import UFE_STRAIN
from bonecohort.techniques.fe.load_share import cortical_load_share
from bonecohort.techniques.fe.model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.fe.load_share import LoadShare
    from bonecohort.techniques.fe.model import Effort

MICROSTRAIN = 1e-6
ALL = 0
"""Stands for every label, where one modulus holds for all."""
REPORTED_PERCENTILE = 98.0
LEAST_SLICES = 2
"""One slice has no inner node: its load is that of the plates."""
MOST_LABELS = 32
"""A segmentation has fewer labels; an image of grey values has more."""


@dataclass(frozen=True)
class Loading:
    """How a segmented model is loaded and judged.

    Attributes
    ----------
    moduli_mpa
        Young's modulus by label; that of label 0 stands for all.
    poisson
        Poisson's ratio.
    boundary
        As of :func:`bonecohort.measures.finite_elements.ends.ends_of`.
    volume_percent, microstrain
        The model fails when so much of it is strained more than so much.
    """

    moduli_mpa: Mapping[int, float]
    poisson: float
    boundary: str
    volume_percent: float
    microstrain: float


@dataclass(frozen=True)
class UfeResult:
    """What the model of a segmented bone gives; forces are magnitudes.

    Attributes
    ----------
    stiffness_n_mm, reaction_n, failure_load_n, apparent_modulus_mpa
        The reaction is that at 1% strain.
    effective_strain_98
        98th percentile of the effective strain at that strain.
    load_share
        Shares of the load that cortical bone carries; None without labels of both kinds of bone.
    model
        The solved model.
    """

    stiffness_n_mm: float
    reaction_n: float
    failure_load_n: float
    apparent_modulus_mpa: float
    effective_strain_98: float
    load_share: LoadShare | None
    model: Model


def measure_ufe(
    labels: NDArray[Any],
    spacing_mm: FloatArray,
    loading: Loading,
    effort: Effort,
) -> UfeResult:
    """Compress a segmented bone along its last axis, and estimate its failure load.

    Parameters
    ----------
    labels
        Shape (nx, ny, nz); 0 is no bone.
    spacing_mm
        Of the voxels, shape (3,).
    loading, effort
        How it is loaded and judged, and what solving it may take.

    Raises
    ------
    DataFault
        There is no load path, or one slice alone; a label has no modulus, the memory does not
        suffice, or the iterations do not converge.
    """
    part = loaded_part(labels > 0)
    if part.top - part.bottom + 1 < LEAST_SLICES:
        raise DataFault(
            "The segmentation has bone in one slice across the axis of load; a model needs a bone "
            "of several slices."
        )
    bone = _boxed(np.where(part.kept, labels, 0)[:, :, part.bottom : part.top + 1])
    modulus = modulus_image(bone, loading.moduli_mpa)
    check_memory(modulus > 0, effort.memory_mb)
    mesh = mesh_of(modulus, spacing_mm)
    ends = ends_of(mesh, loading.boundary, UFE_STRAIN)
    solution = solve(mesh, ends, loading.poisson, effort.convergence, effort.threads)
    energy = strain_energy_density(mesh, solution, loading.poisson)
    strain = np.sqrt(2 * energy / mesh.modulus_mpa)
    stiffness = stiffness_n_mm(solution, ends)
    reaction = stiffness * abs(ends.displacement_mm)
    critical = float(np.percentile(strain, 100 - loading.volume_percent))
    area_mm2 = modulus.shape[0] * modulus.shape[1] * float(spacing_mm[0] * spacing_mm[1])
    return UfeResult(
        stiffness_n_mm=stiffness,
        reaction_n=reaction,
        failure_load_n=reaction * loading.microstrain * MICROSTRAIN / critical,
        apparent_modulus_mpa=stiffness * ends.height_mm / area_mm2,
        effective_strain_98=float(np.percentile(strain, REPORTED_PERCENTILE)),
        load_share=cortical_load_share(mesh, solution, loading.poisson, bone[tuple(mesh.voxels.T)]),
        model=Model(mesh, solution, ends, strain, part),
    )


def modulus_image(labels: NDArray[Any], moduli_mpa: Mapping[int, float]) -> NDArray[np.float32]:
    """Return the modulus of each voxel in MPa, 0 outside the bone.

    Raises
    ------
    DataFault
        A label has no modulus, or there are too many labels for a segmentation.
    """
    (result,) = np.nonzero(np.bincount(labels.ravel()))
    result = result[result > 0]
    if ALL in moduli_mpa:
        if len(result) > MOST_LABELS:
            raise DataFault(
                f"The segmentation holds {len(result)} labels; at most {MOST_LABELS} are expected. "
                "Is it an image of grey values?"
            )
        return np.where(labels > 0, np.float32(moduli_mpa[ALL]), np.float32(0))
    unknown = [str(label) for label in result if int(label) not in moduli_mpa]
    if unknown:
        known = ", ".join(str(label) for label in sorted(moduli_mpa))
        raise DataFault(
            f"The segmentation holds the labels {', '.join(unknown[:MOST_LABELS])}, which "
            f"fe.materials gives no modulus; it has {known}."
        )
    table = np.zeros(int(result.max()) + 1, np.float32)
    for label in result:
        table[label] = moduli_mpa[int(label)]
    modulus: NDArray[np.float32] = table[labels]
    return modulus


def _boxed(labels: NDArray[Any]) -> NDArray[Any]:
    """Cut an image to the box of what is not 0."""
    cuts = []
    for axis in range(labels.ndim):
        others = tuple(other for other in range(labels.ndim) if other != axis)
        (result,) = np.nonzero(labels.any(axis=others))
        cuts.append(slice(int(result[0]), int(result[-1]) + 1))
    return labels[tuple(cuts)]
