"""What a file says of one region in one scan, and whether that can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.names import SCORES, SIZES, UNKNOWN, Measure, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.techniques.dxa.faults import SiteFault

LEAST_BMD, MOST_BMD = 0.2, 2.5
"""Range of a plausible areal BMD, g/cm²."""
MG_PER_G = 1000.0
MOST_SCORE = 8.0
"""No T-score or Z-score is farther from 0."""
TOLERANCE = 0.02
"""BMC divided by area may differ from the BMD by this fraction."""
LABELS = {"bmd": "BMD", "bmc": "BMC", "area": "area", "t_score": "T-score", "z_score": "Z-score"}


@dataclass(frozen=True)
class RegionReading:
    """One region of one scan.

    Attributes
    ----------
    site, side
        As in :mod:`~bonecohort.techniques.dxa.names`; ``side`` is '' where the file names none.
    values
        By measure: BMD in g/cm², BMC in g, area in cm², scores.
    where
        File and row, or element, for messages.
    maker
        ``hologic``, ``lunar``, ``norland`` or ``unknown``.
    scan
        Date of the scan, ``YYYY-MM-DD``; '' where the file names none.
    is_included
        Whether the file counts the region in the total of the spine.
    reader
        Who is listed for the file.
    """

    site: str
    side: Side
    values: Mapping[Measure, float]
    where: str
    maker: str = UNKNOWN
    scan: str = ""
    is_included: bool = True
    reader: str = ""
    flags: tuple[str, ...] = field(default=())


@dataclass
class Read:
    """What was read of a file: readings, faults, and what is not known of it."""

    readings: list[RegionReading]
    faults: list[SiteFault]
    unknown: list[str]


def check_values(values: Mapping[Measure, float], where: str) -> None:
    """Refuse what no region can have.

    Parameters
    ----------
    values
        By measure: BMD in g/cm², BMC in g, area in cm², scores.
    where
        File and row, for the message.

    Raises
    ------
    DataFault
        A value is out of range, or BMC, area and BMD contradict each other.
    """
    bmd = values.get("bmd")
    if bmd is not None and not LEAST_BMD <= bmd <= MOST_BMD:
        slip = (
            " This may be mg/cm²: export g/cm²."
            if LEAST_BMD * MG_PER_G <= bmd <= MOST_BMD * MG_PER_G
            else ""
        )
        raise DataFault(
            f"{where}: BMD {bmd:g}; {LEAST_BMD:g} to {MOST_BMD:g} g/cm² is expected.{slip}"
        )
    for measure in SIZES:
        value = values.get(measure)
        if value is not None and value <= 0:
            raise DataFault(f"{where}: {LABELS[measure]} {value:g}; more than 0 is expected.")
    for measure in SCORES:
        score = values.get(measure)
        if score is not None and abs(score) > MOST_SCORE:
            raise DataFault(
                f"{where}: {LABELS[measure]} {score:g}; {-MOST_SCORE:g} to {MOST_SCORE:g} is "
                "expected."
            )
    ratio = density(values)
    if bmd is not None and ratio is not None:
        refuse_other(bmd, ratio, where, "BMC divided by area")
    elif ratio is not None and not LEAST_BMD <= ratio <= MOST_BMD:
        raise DataFault(
            f"{where}: BMC divided by area is {ratio:g}; {LEAST_BMD:g} to {MOST_BMD:g} g/cm² is "
            "expected. BMC is expected in g and area in cm²."
        )


def density(values: Mapping[Measure, float]) -> float | None:
    """Return BMC divided by area, g/cm²; None where one of the two is missing."""
    if "bmc" in values and "area" in values:
        return values["bmc"] / values["area"]
    return None


def refuse_other(reading: float, computed: float, where: str, what: str) -> None:
    """Raise a fault where a BMD differs from what it is made of by more than 2%.

    Raises
    ------
    DataFault
        With both values, g/cm².
    """
    if abs(reading - computed) > TOLERANCE * computed:
        raise DataFault(
            f"{where}: BMD {reading:g} g/cm², but {what} gives {computed:.4f}; they may differ by "
            f"{TOLERANCE:.0%}."
        )
