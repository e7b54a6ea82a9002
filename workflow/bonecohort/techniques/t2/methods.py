"""Names of the methods of T2, and of its modality and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MODALITY, T2 = "mr", "t2"
FITTED, MAP = "t2.mono", "t2.vendor.v1"
WORDS = {
    FITTED: "the exponential fit of the regions’ mean signals",
    MAP: "the T2 map of the scanner",
}


def fitted_method(echo_ms: Sequence[float]) -> str:
    """Return the method of a fit to echoes at times in ms: ``t2.mono.te12-96.v1``."""
    return f"{FITTED}.te{min(echo_ms):.0f}-{max(echo_ms):.0f}.v1"
