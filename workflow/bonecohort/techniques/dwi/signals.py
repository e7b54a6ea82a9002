"""One signal a b value: directions and repeats of a diffusion stack, averaged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.diffusion import B_KEY, DIRECTION_KEY
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import LOWEST_B

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    Array = NDArray[np.float32]

SAME_B = 0.02
"""b values that differ by less than this share are one: scanners count the imaging gradients in."""
LEAST_DIRECTIONS = 3
"""From so many known directions the mean of logarithms is the trace's."""
FEW_DIRECTIONS = "few_directions"


@dataclass(frozen=True)
class BSignals:
    """A diffusion stack with one volume a b value.

    Attributes
    ----------
    b_values
        s/mm², ascending, shape (n,).
    images
        Shape (ni, nj, nk, n).
    repeats
        Two images of the highest b value, or the next, that was acquired twice alike; shape
        (ni, nj, nk) each. None without any.
    flags
        ``few_directions`` where one or two directions stand for all.
    """

    b_values: FloatArray
    images: Volume
    repeats: tuple[Array, Array] | None
    flags: tuple[str, ...] = ()

    def volume(self, at: int) -> Volume:
        """Return the image of one b value."""
        return Volume(self.images.array[..., at], self.images.affine_lps)

    def of(self, at: Sequence[int]) -> BSignals:
        """Return the stack of some of its b values."""
        images = Volume(self.images.array[..., list(at)], self.images.affine_lps)
        return BSignals(self.b_values[list(at)], images, self.repeats, self.flags)


def b_signals(stack: Volume, index: Sequence[Mapping[str, Any]]) -> BSignals:
    """Average directions and repeats of a stack.

    Repeats of a direction are averaged as they are. Three or more known directions at a b value
    are averaged by their logarithms, whose mean is that of the trace; fewer as they are.

    Parameters
    ----------
    stack
        Shape (ni, nj, nk, n).
    index
        b value and direction of each volume, as the sidecar has them.

    Raises
    ------
    DataFault
        There is one b value only, none that weights the images, or no voxel that is a number.
    """
    groups = _by_b_value(index)
    if len(groups) < 2:
        message = ", ".join(f"{_mean_b(index, own):g}" for own in groups)
        raise DataFault(
            f"The diffusion images hold {len(index)} volume{'s' * (len(index) > 1)} of "
            f"{len(groups)} b value ({message} s/mm²); at least 2 b values are needed."
        )
    highest = _mean_b(index, groups[-1])
    if highest < LOWEST_B:
        raise DataFault(
            f"The highest b value is {highest:g} s/mm², which weights no image. Are the b values "
            "in ms/µm²? Give them in s/mm², 1000 times as large."
        )
    if not np.isfinite(stack.array).any():
        raise DataFault("No voxel of the diffusion images is a number. Export them again.")
    images, repeats, flags = [], None, []
    for own in groups:
        b_value = _mean_b(index, own)
        by_direction = _by_direction(index, own)
        if () in by_direction and len(by_direction) > 1:
            by_direction = {(): by_direction[()]}  # the trace, beside the directions it is made of
        known = [direction for direction in by_direction if direction]
        images.append(_averaged(stack, by_direction.values(), bool(known)))
        if b_value >= LOWEST_B and 0 < len(known) < LEAST_DIRECTIONS:
            flags.append(f"{FEW_DIRECTIONS}: {len(known)} at b {b_value:g}")
        twice = next((volumes for volumes in by_direction.values() if len(volumes) > 1), None)
        if twice:
            repeats = _image(stack, twice[0]), _image(stack, twice[1])
    return BSignals(
        b_values_in(index),
        Volume(np.stack(images, axis=-1), stack.affine_lps),
        repeats,
        tuple(flags),
    )


def b_values_in(index: Sequence[Mapping[str, Any]]) -> FloatArray:
    """Return the distinct b values of a stack, s/mm², ascending, shape (n,)."""
    return np.array([_mean_b(index, own) for own in _by_b_value(index)])


def from_b_min(signals: BSignals, b_min: float) -> BSignals:
    """Leave out b values below a limit, in s/mm².

    Raises
    ------
    DataFault
        Fewer than two are left.
    """
    kept = [at for at, b_value in enumerate(signals.b_values) if b_value >= b_min]
    if len(kept) < 2:
        message = ", ".join(f"{b_value:g}" for b_value in signals.b_values)
        raise DataFault(
            f"Of the b values {message} s/mm² {len(kept)} reach{'es' * (len(kept) == 1)} dwi.b_min "
            f"({b_min:g}): at least 2 are needed."
        )
    return signals.of(kept)


def _by_b_value(index: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Return the volumes of each b value, ascending."""
    order = sorted(range(len(index)), key=lambda at: float(index[at][B_KEY]))
    groups: list[list[int]] = []
    for at in order:
        b_value = float(index[at][B_KEY])
        first = float(index[groups[-1][0]][B_KEY]) if groups else -np.inf
        if b_value - first <= SAME_B * b_value:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _mean_b(index: Sequence[Mapping[str, Any]], own: Sequence[int]) -> float:
    return float(np.mean([float(index[at][B_KEY]) for at in own]))


def _by_direction(
    index: Sequence[Mapping[str, Any]], own: Sequence[int]
) -> dict[tuple[float, ...], list[int]]:
    """Return the volumes of each direction; () stands for none."""
    result: dict[tuple[float, ...], list[int]] = defaultdict(list)
    for at in own:
        result[tuple(index[at].get(DIRECTION_KEY) or ())].append(at)
    return result


def _averaged(stack: Volume, directions: Any, known: bool) -> Array:
    means = [_mean(stack, volumes) for volumes in directions]
    if len(means) == 1:
        return means[0]
    if known and len(means) >= LEAST_DIRECTIONS:
        with np.errstate(divide="ignore", invalid="ignore"):  # of 0 and less: no signal
            geometric: Array = np.exp(_arithmetic([np.log(one) for one in means]))
        return geometric
    return _arithmetic(means)


def _mean(stack: Volume, volumes: Sequence[int]) -> Array:
    return _arithmetic([_image(stack, at) for at in volumes])


def _arithmetic(images: Sequence[Array]) -> Array:
    mean: Array = np.add.reduce(list(images)) / np.float32(len(images))
    return mean


def _image(stack: Volume, at: int) -> Array:
    image: Array = stack.array[..., at].astype(np.float32)
    return image
