"""Names of the methods of T2 and T2*, and of their modality and measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MODALITY, T2, T2STAR = "mr", "t2", "t2star"
FITTED, MAP = "t2.mono", "t2.vendor.v1"
IN_PHASE = "t2star.inphase.v1"
WORDS = {
    FITTED: "the exponential fit of the regions’ mean signals",
    MAP: "the T2 map of the scanner",
    IN_PHASE: "the exponential fit of the regions’ mean signals at echoes in phase",
}


@dataclass(frozen=True)
class Quantity:
    """A relaxation time of marrow.

    Attributes
    ----------
    measure
        As in measurements.csv.
    called
        In a sentence.
    usual_ms, possible_ms
        Outside the first a value is flagged, outside the second refused.
    """

    measure: str
    called: str
    usual_ms: tuple[float, float]
    possible_ms: tuple[float, float]


OF_SPIN_ECHO = Quantity(T2, "T2", (30.0, 200.0), (10.0, 500.0))
OF_GRADIENT_ECHO = Quantity(T2STAR, "T2*", (3.0, 30.0), (1.0, 100.0))


def fitted_method(echo_ms: Sequence[float]) -> str:
    """Return the method of a fit to echoes at times in ms: ``t2.mono.te12-96.v1``."""
    return f"{FITTED}.te{min(echo_ms):.0f}-{max(echo_ms):.0f}.v1"
