"""Three cuts through a solved model: what its picture shows, kept beside its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.fe.model import Model

CUTS = {"coronal": 1, "sagittal": 0, "axial": 2}
"""Each cut, and the axis across it."""


@dataclass(frozen=True)
class Cut:
    """One cut through a model.

    Attributes
    ----------
    strain
        Effective strain, NaN outside the model; shape (n_down, n_across), the top row first.
    is_cap
        Whether a place is of a cap, same shape.
    size_mm
        Height and width.
    """

    strain: NDArray[np.float32]
    is_cap: NDArray[np.bool_]
    size_mm: tuple[float, float]


def cuts_of(model: Model, is_cap: NDArray[np.bool_] | None = None) -> dict[str, Cut]:
    """Cut a model where half of its elements lie on either side.

    Parameters
    ----------
    model
        The model.
    is_cap
        Whether an element is of a cap, shape (n_elements,); None without caps.
    """
    voxels = model.mesh.voxels.astype(int)
    caps = np.zeros(len(voxels), dtype=bool) if is_cap is None else is_cap
    middle = np.median(voxels, axis=0).astype(int)
    shape = voxels.max(axis=0) + 1
    result = {}
    for name, axis in CUTS.items():
        here = voxels[:, axis] == middle[axis]
        across, down = (other for other in range(3) if other != axis)
        strain = np.full((shape[down], shape[across]), np.nan, np.float32)
        cap = np.zeros(strain.shape, dtype=bool)
        place = voxels[here, down], voxels[here, across]
        strain[place] = model.effective_strain[here]
        cap[place] = caps[here]
        spacing: FloatArray = model.mesh.spacing_mm
        size = float(shape[down] * spacing[down]), float(shape[across] * spacing[across])
        upright = slice(None, None, -1 if down == 2 else 1)  # the top of the bone is at the top
        result[name] = Cut(strain[upright], cap[upright], size)
    return result


def save_cuts(path: Path, cuts: dict[str, Cut]) -> None:
    """Write cuts as ``.npz``."""
    contents: dict[str, NDArray[np.generic]] = {}
    for name, cut in cuts.items():
        contents |= {
            f"{name}_strain": cut.strain,
            f"{name}_cap": cut.is_cap,
            f"{name}_mm": np.array(cut.size_mm),
        }
    with whole_file(path) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **contents)


def load_cuts(path: Path) -> dict[str, Cut]:
    """Read what :func:`save_cuts` wrote."""
    with np.load(path, allow_pickle=False) as contents:
        return {
            name: Cut(
                contents[f"{name}_strain"],
                contents[f"{name}_cap"],
                (float(contents[f"{name}_mm"][0]), float(contents[f"{name}_mm"][1])),
            )
            for name in CUTS
        }
