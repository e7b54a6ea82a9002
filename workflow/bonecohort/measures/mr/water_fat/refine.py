"""Field shift and R2* of each voxel off the grid, by Gauss-Newton steps with projection."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes, FloatArray

STEPS = 12
MOST_R2STAR = 2000.0
"""1/s; a fit stays between 0 and this."""
LARGEST_FIELD_STEP = 0.05
"""Share of the period."""
LARGEST_R2STAR_STEP = 100.0
BLOCK = 8192


@dataclass(frozen=True)
class Fit:
    """What was fitted to each voxel.

    Attributes
    ----------
    water, fat
        Amplitudes at an echo time of 0, complex, shape (voxels,).
    field_hz, r2star
        In Hz and 1/s.
    residual
        Root of the energy that is not explained, as a share of the signal's.
    """

    water: ComplexArray
    fat: ComplexArray
    field_hz: FloatArray
    r2star: FloatArray
    residual: FloatArray

    def alternation(self, signals: ComplexArray, echoes: Echoes) -> ComplexArray:
        """Return a number whose phase is that of even echoes before odd ones, unexplained.

        Its magnitude grows with the signal. A read-out of alternating polarity causes it.
        """
        basis = echoes.basis
        model = self.water[:, None] * basis[:, 0] + self.fat[:, None] * basis[:, 1]
        model = model * np.exp(-np.outer(self.r2star, echoes.times_s))
        rest = signals * (model * echoes.turned(self.field_hz)).conj()
        result: ComplexArray = rest[:, 1::2].sum(axis=1) * rest[:, ::2].sum(axis=1).conj()
        return result

    @property
    def percent(self) -> FloatArray:
        """PDFF in %, with the smaller of both taken from their sum: noise raises no small one.

        Magnitude discrimination of Liu 2007 (doi:10.1002/mrm.21301); NaN without signal.
        """
        total = np.abs(self.water + self.fat)
        water, fat = np.abs(self.water), np.abs(self.fat)
        percent = np.full(total.shape, np.nan)
        np.divide(fat, total, out=percent, where=total > 0)
        np.divide(total - water, total, out=percent, where=(total > 0) & (water > fat))
        return 100 * percent


def refine(signals: ComplexArray, echoes: Echoes, field_hz: FloatArray, r2star: FloatArray) -> Fit:
    """Fit each voxel from a start.

    Parameters
    ----------
    signals
        Shape (voxels, n).
    field_hz, r2star
        The starts, in Hz and 1/s, shape (voxels,).
    """
    blocks = [slice(at, at + BLOCK) for at in range(0, len(signals), BLOCK)]
    fits = [_refined(signals[own], echoes, field_hz[own], r2star[own]) for own in blocks]
    return _combined(fits, np.concatenate)


def lowest(fits: Sequence[Fit], places: NDArray[np.intp]) -> Fit:
    """Return, of each voxel, the fit of the place given."""
    voxels = np.arange(len(places))
    return _combined(fits, lambda values: np.array(values)[places, voxels])


def _combined(fits: Sequence[Fit], join: Callable[[list[Any]], Any]) -> Fit:
    names = (field_.name for field_ in fields(Fit))
    return Fit(*(join([getattr(fit, name) for fit in fits]) for name in names))


def _refined(signals: ComplexArray, echoes: Echoes, field: FloatArray, rate: FloatArray) -> Fit:
    largest = LARGEST_FIELD_STEP * echoes.period_hz
    for _ in range(STEPS):
        projection = _Projection(signals, echoes, field, rate)
        shift, faster = projection.step()
        field = field + np.clip(shift, -largest, largest)
        change = np.clip(faster, -LARGEST_R2STAR_STEP, LARGEST_R2STAR_STEP)
        rate = np.clip(rate + change, 0, MOST_R2STAR)
    last = _Projection(signals, echoes, field, rate)
    energy = np.linalg.norm(signals, axis=1)
    residual = np.full(len(signals), np.nan)
    np.divide(np.linalg.norm(last.rest, axis=1), energy, out=residual, where=energy > 0)
    return Fit(*last.amplitudes, field, rate, residual)


class _Projection:
    """Signals without their field shift, projected on decaying water and fat."""

    def __init__(
        self, signals: ComplexArray, echoes: Echoes, field: FloatArray, rate: FloatArray
    ) -> None:
        self.times = echoes.times_s
        decay = np.exp(-rate[:, None] * self.times)
        self.columns = [decay * part for part in echoes.basis.T]
        first, second = self.columns
        self.norms = _dot(first, first).real, _dot(second, second).real
        self.mixed = _dot(first, second)
        self.determinant = self.norms[0] * self.norms[1] - np.abs(self.mixed) ** 2
        self.turned = signals * echoes.turned(field).conj()
        self.amplitudes = self._solved(self.turned)
        self.model = self._sum(self.amplitudes)
        self.rest = self.turned - self.model

    def step(self) -> tuple[FloatArray, FloatArray]:
        """Return the change of field shift and R2* that lowers the residual most.

        The Jacobian is that of Kaufman 1975 (doi:10.1007/BF01932995).
        """
        by_field = self._beside(2j * np.pi * self.times * self.model)
        by_rate = self._beside(-self.times * self.model)
        aa, bb = _dot(by_field, by_field).real, _dot(by_rate, by_rate).real
        ab = _dot(by_field, by_rate).real
        a, b = _dot(by_field, self.rest).real, _dot(by_rate, self.rest).real
        determinant = aa * bb - ab**2
        usable = determinant > 1e-12 * aa * bb
        shift, faster = np.zeros_like(a), np.zeros_like(a)
        np.divide(a * bb - b * ab, determinant, out=shift, where=usable)
        np.divide(b * aa - a * ab, determinant, out=faster, where=usable)
        return shift, faster

    def _solved(self, values: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        first, second = (_dot(column, values) for column in self.columns)
        water = (first * self.norms[1] - second * self.mixed) / self.determinant
        fat = (second * self.norms[0] - first * self.mixed.conj()) / self.determinant
        return water, fat

    def _sum(self, amplitudes: tuple[ComplexArray, ComplexArray]) -> ComplexArray:
        result: ComplexArray = (
            amplitudes[0][:, None] * self.columns[0] + amplitudes[1][:, None] * self.columns[1]
        )
        return result

    def _beside(self, values: ComplexArray) -> ComplexArray:
        """Return what water and fat cannot explain of values."""
        return values - self._sum(self._solved(values))


def _dot(left: ComplexArray, right: ComplexArray) -> ComplexArray:
    product: ComplexArray = np.einsum("vn,vn->v", left.conj(), right)
    return product
