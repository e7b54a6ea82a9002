"""A solved model: what its picture and its record are made of; and what solving it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.finite_elements.convergence import Convergence
    from bonecohort.measures.finite_elements.ends import Ends
    from bonecohort.measures.finite_elements.islands import Loaded
    from bonecohort.measures.finite_elements.mesh import Mesh
    from bonecohort.measures.finite_elements.solve import Solution


@dataclass(frozen=True)
class Effort:
    """What solving a model may take.

    Attributes
    ----------
    convergence
        When it is solved, and after how many iterations it is refused.
    memory_mb
        A model that needs more is refused.
    threads
        Of the compiled loops.
    """

    convergence: Convergence
    memory_mb: int
    threads: int = 1


@dataclass(frozen=True)
class Model:
    """A solved model.

    Attributes
    ----------
    effective_strain
        Of the elements at the prescribed displacement, shape (n_elements,).
    part
        What was kept of the image, and what was dropped.
    """

    mesh: Mesh
    solution: Solution
    ends: Ends
    effective_strain: FloatArray
    part: Loaded
