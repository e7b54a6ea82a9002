"""Multiple imputation by chained equations with predictive mean matching.

Van Buuren, Flexible Imputation of Missing Data, 2nd ed., 2018, algorithms 3.1, 3.3 and 4.3. The
steps are those of R's mice. The MICE of statsmodels differs where it matters. It keeps the residual
variance fixed between draws. It predicts known and missing rows from the same drawn coefficients
(matching of type 2). It takes 20 donors however few are known, and draws from numpy's global state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.study.settings import Variable

ITERATIONS = 10
DONORS = 5
FEWEST_OBSERVED = 10
RIDGE = 1e-5
"""Share added to the diagonal of X'X, which keeps collinear predictors from failing."""


def impute(
    frame: pd.DataFrame,
    names: Sequence[str],
    variables: Mapping[str, Variable],
    n_imputations: int,
    seed: int,
) -> Iterator[pd.DataFrame]:
    """Yield ``n_imputations`` copies of a table with the named columns completed.

    Every column is predicted by all the others, a categorical one by indicators. What is drawn
    is a value some participant with a near prediction has, so that it is always a possible one;
    categories are matched by their order of declaration.

    Parameters
    ----------
    frame
        The participants of the model, their outcome among ``names`` and known.
    names
        Columns that impute and are imputed, each with at least ``FEWEST_OBSERVED`` values.
    """
    codes = {name: column_codes(frame[name], variables[name]) for name in names}
    for generator in np.random.default_rng(seed).spawn(n_imputations):
        completed = _chain(codes, variables, generator)
        yield frame.assign(
            **{name: _decoded(column, variables[name]) for name, column in completed.items()}
        )


def column_codes(column: pd.Series, variable: Variable) -> NDArray[np.float64]:
    """Return a column as numbers, categories as their place among the levels; missing is NaN."""
    if variable.type == "continuous":
        return pd.to_numeric(column).to_numpy(dtype=np.float64)
    place = {level: float(code) for code, level in enumerate(variable.levels)}
    return np.array([place.get(value, np.nan) for value in column], dtype=np.float64)


def _decoded(codes: NDArray[np.float64], variable: Variable) -> NDArray[np.float64] | list[str]:
    if variable.type == "continuous":
        return codes
    return [variable.levels[int(code)] for code in codes]


def _chain(
    codes: Mapping[str, NDArray[np.float64]],
    variables: Mapping[str, Variable],
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Complete the columns once: start from random observed values, then iterate."""
    missing = {name: np.isnan(column) for name, column in codes.items()}
    current = {name: column.copy() for name, column in codes.items()}
    for name, absent in missing.items():
        current[name][absent] = rng.choice(codes[name][~absent], int(absent.sum()))
    incomplete = sorted(
        (name for name in codes if missing[name].any()), key=lambda name: missing[name].sum()
    )
    for _ in range(ITERATIONS):
        for name in incomplete:
            others = [
                column
                for other in codes
                if other != name
                for column in _predictors(current[other], variables[other])
            ]
            absent = missing[name]
            current[name][absent] = match_predictive_means(
                codes[name][~absent], _design(others, ~absent), _design(others, absent), rng
            )
    return current


def _predictors(codes: NDArray[np.float64], variable: Variable) -> list[NDArray[np.float64]]:
    if variable.type == "continuous":
        return [codes]
    return [(codes == place).astype(np.float64) for place in range(1, len(variable.levels))]


def _design(columns: Sequence[NDArray[np.float64]], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    varying = [column for column in columns if np.ptp(column) > 0]
    scaled = [(column[rows] - column.mean()) / column.std() for column in varying]
    return np.column_stack([np.ones(int(rows.sum())), *scaled])


def match_predictive_means(
    observed: NDArray[np.float64],
    design: NDArray[np.float64],
    design_missing: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw missing values of one column by type 1 predictive mean matching, five donors.

    Parameters
    ----------
    observed
        Known values, shape (n,).
    design, design_missing
        Predictors with a leading 1 of rows known and missing, shapes (n, p) and (k, p).

    Returns
    -------
    ndarray
        Shape (k,), each one of ``observed``.
    """
    order = rng.permutation(observed.size)  # so that equal predictions take turns
    observed, design = observed[order], design[order]
    products = design.T @ design
    inverse = np.linalg.inv(products + np.diag(RIDGE * np.diag(products)))
    fitted = inverse @ design.T @ observed
    residual = float(np.sum((observed - design @ fitted) ** 2))
    scale = np.sqrt(residual / rng.chisquare(max(observed.size - design.shape[1], 1)))
    root = np.linalg.cholesky((inverse + inverse.T) / 2)
    drawn = fitted + scale * root @ rng.normal(size=fitted.size)
    known, wanted = design @ fitted, design_missing @ drawn
    rank = np.argsort(known, kind="stable")
    donors = _nearest(known[rank], wanted, min(DONORS, observed.size))
    chosen = donors[np.arange(wanted.size), rng.integers(donors.shape[1], size=wanted.size)]
    drawn_values: NDArray[np.float64] = observed[rank[chosen]]
    return drawn_values


def _nearest(
    ascending: NDArray[np.float64], wanted: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Return the places of the ``count`` nearest of sorted values, shape (wanted, count)."""
    start = np.searchsorted(ascending, wanted) - count
    places = start[:, np.newaxis] + np.arange(2 * count)
    outside = (places < 0) | (places >= ascending.size)
    distance = np.abs(ascending[np.clip(places, 0, ascending.size - 1)] - wanted[:, np.newaxis])
    distance[outside] = np.inf
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :count]
    result: NDArray[np.int64] = np.take_along_axis(places, nearest, axis=1)
    return result
