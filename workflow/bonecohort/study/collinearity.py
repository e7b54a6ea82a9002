"""Which terms of a design repeat each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TAKES_PART = 1e-6
"""Weight above which a column belongs to a linear dependence, of unit length in all columns."""


def collinear_terms(design: NDArray[np.float64], terms: Sequence[str]) -> list[str]:
    """Return the terms of every exact linear dependence between the columns; none if full rank.

    Parameters
    ----------
    design
        Standardized terms behind a column of ones, shape (n, 1 + terms).
    """
    _, sizes, directions = np.linalg.svd(design, full_matrices=design.shape[0] < design.shape[1])
    sizes = np.concatenate([sizes, np.zeros(design.shape[1] - sizes.size)])
    limit = sizes.max() * max(design.shape) * np.finfo(np.float64).eps
    weights = np.abs(directions[sizes <= limit, 1:])
    return [
        term for term, column in zip(terms, weights.T, strict=True) if (column > TAKES_PART).any()
    ]
