"""A calibration in words, as the picture and the report print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.measures.calibration import Calibration


def equation_words(calibration: Calibration) -> str:
    """Return density by HU: ``0.8198 HU − 6.04``, with the square of a curve."""
    sign = "+" if calibration.intercept >= 0 else "−"
    text = f"{calibration.slope:.4f} HU {sign} {abs(calibration.intercept):.2f}"
    return text if calibration.is_linear else f"{text} + {calibration.curvature:.6f} HU²"
