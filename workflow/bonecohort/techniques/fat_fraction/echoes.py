"""Echoes of a converted stack: magnitude and phase, real and imaginary part, or magnitude alone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.image_part import IMAGINARY, MAGNITUDE, PART_KEY, PHASE, REAL
from bonecohort.images.volume_index import ECHO_KEY
from bonecohort.measures.mr.water_fat.frequency import water_mhz
from bonecohort.measures.mr.water_fat.signal import Echoes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.mr.water_fat.signal import ComplexArray, FatSpectrum

LEAST_ECHOES = 4
"""Three echoes are as many numbers as are fitted: nothing remains that shows a wrong fit."""
ECHO_DECIMALS = 7  # 0.1 µs
POSSIBLE_TIMES_S = (1e-4, 0.1)
LEAST_SPACING_S = 2e-4
CIRCLES: Mapping[str, float] = {
    "rad": 2 * np.pi,
    "mrad": 2000 * np.pi,
    "degrees": 360.0,
    "4096 steps": 4096.0,
    "8192 steps": 8192.0,
}
"""Unit of a phase → its values in a full turn; noise in air takes all of them."""
CIRCLE_TOLERANCE = 0.02
PAIRS = ((MAGNITUDE, PHASE), (REAL, IMAGINARY))

Parts = dict[str, "FloatArray"]
PartsByTime = dict[float, Parts]


def echo_times_and_field(
    times_s: Sequence[float], sidecar: Mapping[str, Any], spectrum: FatSpectrum
) -> Echoes:
    """Return when the echoes are, and at which frequency water is.

    Raises
    ------
    DataFault
        Too few echoes, echo times that none has, or no frequency.
    """
    if len(times_s) < LEAST_ECHOES:
        raise DataFault(
            f"The stack has {len(times_s)} echo times; at least {LEAST_ECHOES} are needed to "
            "distinguish water, fat, R2* and the field."
        )
    least, most = POSSIBLE_TIMES_S
    if not (least <= times_s[0] and times_s[-1] <= most):
        raise DataFault(
            f"The echo times run from {1000 * times_s[0]:g} to {1000 * times_s[-1]:g} ms; those of "
            f"a gradient echo lie within {1000 * least:g} and {1000 * most:g} ms."
        )
    spacing = float(np.diff(times_s).min())
    if spacing < LEAST_SPACING_S:
        raise DataFault(
            f"Two echo times are {1000 * spacing:g} ms apart; at least {1000 * LEAST_SPACING_S:g} "
            "ms are expected. Are the echoes of several acquisitions listed together?"
        )
    return Echoes(np.array(times_s), water_mhz(sidecar), spectrum)


def parts_by_time(stack: Volume, volumes: Sequence[Mapping[str, Any]]) -> PartsByTime:
    """Return the parts of the signal of each echo, by its time in s, in their order.

    Parameters
    ----------
    stack
        Shape (ni, nj, nk, volumes).
    volumes
        Echo time in s and part of each.

    Raises
    ------
    DataFault
        A part is there twice.
    """
    by_time: dict[float, Parts] = defaultdict(dict)
    for at, one in enumerate(volumes):
        time, part = round(float(one[ECHO_KEY]), ECHO_DECIMALS), str(one[PART_KEY])
        if part in by_time[time]:
            raise DataFault(
                f"Several volumes hold the {part} of the echo at {1000 * time:g} ms; list a folder "
                "with one acquisition alone."
            )
        by_time[time][part] = stack.array[..., at]
    return {time: by_time[time] for time in sorted(by_time)}


def are_magnitudes(by_time: PartsByTime) -> bool:
    """Return whether there is nothing but the magnitude of every echo."""
    return all(set(parts) == {MAGNITUDE} for parts in by_time.values())


def magnitudes_of(by_time: PartsByTime) -> FloatArray:
    """Return the magnitudes by echo time, shape (ni, nj, nk, n), of the type they are stored in.

    Raises
    ------
    DataFault
        A value is no number, or negative.
    """
    magnitudes = _stacked(by_time, MAGNITUDE)
    _check_magnitudes(magnitudes)
    return magnitudes


def complex_signals(by_time: PartsByTime) -> ComplexArray:
    """Return the signals by echo time, shape (ni, nj, nk, n).

    Raises
    ------
    DataFault
        A part is missing, a value is impossible, or the unit of the phase is unknown.
    """
    first, second = _pair(by_time)
    left, right = (_stacked(by_time, part).astype(np.float64) for part in (first, second))
    if first == REAL:
        return left + 1j * right
    _check_magnitudes(left)
    signals: ComplexArray = left * np.exp(1j * radians_per_step(right) * right)
    return signals


def _stacked(by_time: PartsByTime, part: str) -> FloatArray:
    stacked = np.stack([parts[part] for parts in by_time.values()], axis=-1)
    if not np.isfinite(stacked).all():
        raise DataFault("Some values of the echoes are no numbers. Export the series again.")
    return stacked


def _check_magnitudes(magnitudes: FloatArray) -> None:
    if magnitudes.min() < 0:
        raise DataFault(f"A magnitude is {magnitudes.min():g}; 0 or more is possible.")


def _pair(by_time: PartsByTime) -> tuple[str, str]:
    """Return the two parts that every echo has."""
    for pair in PAIRS:
        if all(set(pair) <= set(parts) for parts in by_time.values()):
            return pair
    lacking = min(by_time, key=lambda time: (len(by_time[time]), time))
    raise DataFault(
        f"Of the echo at {1000 * lacking:g} ms there is {' and '.join(sorted(by_time[lacking]))} "
        "alone. Every echo needs the same parts: magnitude and phase, real and imaginary part, or "
        "the magnitude alone."
    )


def radians_per_step(phase: FloatArray) -> float:
    """Return what turns phases into rad, by the range that they take.

    Raises
    ------
    DataFault
        The range is that of no unit.
    """
    span = float(phase.max() - phase.min())
    for circle in CIRCLES.values():
        if abs(span / circle - 1) <= CIRCLE_TOLERANCE:
            return 2 * np.pi / circle
    told = ", ".join(f"{circle:.4g} ({unit})" for unit, circle in CIRCLES.items())
    raise DataFault(
        f"The phases run from {phase.min():g} to {phase.max():g}, a range of {span:.4g}. The range "
        f"of a full turn is expected: {told}."
    )
