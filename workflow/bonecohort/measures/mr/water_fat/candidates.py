"""Field shifts at which water and fat explain a voxel's echoes, by variable projection.

At each field shift and R2* of a grid the echoes are projected on the signals of water and fat. What
remains has several minima along the field shift: at a wrong one water and fat are exchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes, FloatArray

R2STAR_GRID = (0.0, 30.0, 60.0, 100.0, 150.0, 220.0, 320.0)
"""1/s."""
FIELD_STEPS = 121
KEPT = 4
"""Most minima of one voxel that are kept."""
LARGEST_RATIO = 4.0
"""A minimum is kept where its residual is at most this times the lowest."""
LEAST_RESIDUAL = 1e-3
"""Share of a signal's energy that the coarse grid cannot explain, at most."""
BLOCK = 2048


@dataclass(frozen=True)
class Candidates:
    """The minima of each voxel, by rising residual.

    Attributes
    ----------
    field_hz, r2star
        In Hz and 1/s, shape (voxels, kept).
    is_possible
        Whether the residual is near the lowest; always so of the first.
    """

    field_hz: FloatArray
    r2star: FloatArray
    is_possible: NDArray[np.bool_]


def find_candidates(signals: ComplexArray, echoes: Echoes) -> Candidates:
    """Return the minima of each voxel.

    Parameters
    ----------
    signals
        Shape (voxels, n).
    """
    fields = echoes.period_hz * (np.arange(FIELD_STEPS) / FIELD_STEPS - 0.5)
    projectors = _projectors(fields, echoes)
    places, rates, possible = [], [], []
    for start in range(0, len(signals), BLOCK):
        block = np.asarray(signals[start : start + BLOCK], dtype=np.complex64)
        explained, rate = _explained(block, projectors)
        energy = np.einsum("vn,vn->v", block, block.conj()).real
        residual = np.maximum(energy[:, None] - explained, 0)
        place, own = _minima(residual, energy)
        places.append(place)
        rates.append(np.take_along_axis(rate, place, axis=1))
        possible.append(own)
    return Candidates(
        fields[np.concatenate(places)],
        np.array(R2STAR_GRID)[np.concatenate(rates)],
        np.concatenate(possible),
    )


def _projectors(fields: FloatArray, echoes: Echoes) -> list[NDArray[np.complex64]]:
    """Return, for each R2*, what projects on water and fat: shape (n, fields * 2)."""
    result = []
    for rate in R2STAR_GRID:
        decayed = echoes.basis * np.exp(-rate * echoes.times_s)[:, None]
        orthonormal = np.linalg.qr(decayed).Q
        turned = echoes.turned(fields)[:, :, None] * orthonormal
        flat = turned.transpose(1, 0, 2).reshape(len(echoes.times_s), -1)
        result.append(flat.conj().astype(np.complex64))
    return result


def _explained(
    block: NDArray[np.complex64], projectors: list[NDArray[np.complex64]]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the energy explained at each field shift, and the place of the R2* that does it."""
    best = np.full((len(block), FIELD_STEPS), -1, dtype=np.float32)
    rate = np.zeros(best.shape, dtype=np.intp)
    for at, projector in enumerate(projectors):
        parts = (block @ projector).view(np.float32).reshape(*best.shape, 4)
        energy = np.einsum("vfp,vfp->vf", parts, parts)
        better = energy > best
        np.copyto(best, energy, where=better)
        np.copyto(rate, at, where=better)
    return best, rate


def _minima(
    residual: NDArray[np.float32], energy: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the places of the lowest minima, and which are near the lowest."""
    is_minimum = (residual <= np.roll(residual, 1, axis=1)) & (
        residual < np.roll(residual, -1, axis=1)
    )
    only = np.where(is_minimum, residual, np.inf)
    lowest = np.argpartition(only, KEPT, axis=1)[:, :KEPT]
    values = np.take_along_axis(only, lowest, axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    place, values = (np.take_along_axis(one, order, axis=1) for one in (lowest, values))
    limit = np.maximum(LARGEST_RATIO * values[:, :1], LEAST_RESIDUAL * energy[:, None])
    possible = np.isfinite(values) & (values <= limit)
    possible[:, 0] = True
    return place, possible
