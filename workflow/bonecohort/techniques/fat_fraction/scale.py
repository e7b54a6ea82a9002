"""The scale of a vendor's fat fraction map: percent, fraction or per mille, and its proof.

A map is taken at the one scale at which its own tissues are possible. Its largest value says
nothing: where there is no signal the fat fraction is noise over the whole scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.local_values import local_values
from bonecohort.techniques.fat_fraction.tissues import (
    disc_value,
    disc_values,
    find_tissues,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.fat_fraction.facts import ImageFacts
    from bonecohort.techniques.fat_fraction.tissues import Tissues

    BoolArray = NDArray[np.bool_]

FACTORS: Mapping[str, float] = {"percent": 1.0, "a fraction": 100.0, "per mille": 0.1}
"""What turns values at a scale into percent."""
UNITS: Mapping[str, str] = {"%": "percent", "1": "a fraction", "[ppth]": "per mille"}
"""UCUM codes of the scales."""
FAT_PERCENT = (85.0, 102.0)
"""Fat fraction of subcutaneous fat."""
LOW_FAT_PERCENT = 20.0
"""Muscle, discs and cerebrospinal fluid hold less fat than this."""
EXCHANGED_DISC_PERCENT = 80.0
SCALE_UNPROVEN = "scale_unproven"
EXCHANGED = (
    "Water and fat are exchanged. The discs beside the vertebrae have a fat fraction of {disc:.0f}%"
    ", where {low:g}% is the most. Export the fat fraction again, or list the water and the fat "
    "image the other way round."
)


@dataclass(frozen=True)
class PercentMap:
    """A fat fraction map in percent.

    Attributes
    ----------
    image
        In %.
    discs
        Level → fat fraction of the discs beside it, in %.
    scale
        How the values are stored: a key of ``FACTORS``.
    flags
        ``scale_unproven`` where no subcutaneous fat proves the scale that the header declares.
    """

    image: Volume
    discs: Mapping[str, float]
    scale: str
    flags: tuple[str, ...] = ()


def in_percent(
    image: Volume,
    facts: ImageFacts,
    places: Mapping[str, FloatArray],
    tissue: BoolArray | None = None,
) -> PercentMap:
    """Return a map in percent, at the scale that its header declares or its tissues prove.

    Parameters
    ----------
    image
        The map, in the unit of ``facts`` where that has one.
    places
        Level → places in the discs beside its body, LPS mm, shape (n, 3).
    tissue
        Where there is signal, if that is known; same shape as the map.

    Raises
    ------
    DataFault
        Water and fat are exchanged; or the tissues are possible at none of the scales.
    """
    discs = disc_values(image, places)
    local = local_values(image, tissue)
    declared = UNITS.get(facts.unit)
    tried = [declared] if declared else list(FACTORS)
    seen = {
        scale: find_tissues(
            local.scaled(FACTORS[scale]),
            disc_value({level: value * FACTORS[scale] for level, value in discs.items()}),
        )
        for scale in tried
    }
    for tissues in seen.values():
        _refuse_exchanged(tissues)
    flags: tuple[str, ...] = ()
    possible = [scale for scale, tissues in seen.items() if is_possible(tissues)]
    if declared and not possible and _fat_is_outside(seen[declared]):
        possible, flags = [declared], (SCALE_UNPROVEN,)
    if len(possible) != 1:
        raise DataFault(_impossible(seen, declared))
    factor = FACTORS[possible[0]]
    return PercentMap(
        Volume(image.array * factor, image.affine_lps),
        {level: value * factor for level, value in discs.items()},
        possible[0],
        flags,
    )


def is_possible(tissues: Tissues) -> bool:
    """Return whether tissues, in percent, are those of a fat fraction map at its right scale."""
    if tissues.fat is None or tissues.low is None:
        return False
    return FAT_PERCENT[0] <= tissues.fat <= FAT_PERCENT[1] and tissues.low < LOW_FAT_PERCENT


def _refuse_exchanged(tissues: Tissues) -> None:
    if tissues.disc is None or tissues.fat is None:
        return
    if EXCHANGED_DISC_PERCENT < tissues.disc <= FAT_PERCENT[1] and tissues.fat <= FAT_PERCENT[1]:
        raise DataFault(EXCHANGED.format(disc=tissues.disc, low=LOW_FAT_PERCENT))


def _fat_is_outside(tissues: Tissues) -> bool:
    """Return whether only subcutaneous fat may be missing from the field of view."""
    if tissues.low is None or not tissues.low < LOW_FAT_PERCENT:
        return False
    return tissues.fat is None or LOW_FAT_PERCENT <= tissues.fat < FAT_PERCENT[0]


def _impossible(seen: Mapping[str, Tissues], declared: str | None) -> str:
    text = "; ".join(
        f"read as {scale}, the fattest smooth region has {_shown(tissues.fat)} and the leanest "
        f"tissue {_shown(tissues.low)}"
        for scale, tissues in seen.items()
    )
    origin = f"Its header declares {declared}." if declared else "Its header declares no unit."
    return (
        f"The values of the map are no fat fractions: {text}; subcutaneous fat has "
        f"{FAT_PERCENT[0]:g} to {FAT_PERCENT[1]:g}%, a tissue without fat less than "
        f"{LOW_FAT_PERCENT:g}%. {origin} Export the map again with its rescale slope and "
        "intercept, and with the fat beneath the skin in its field of view."
    )


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3g}%"
