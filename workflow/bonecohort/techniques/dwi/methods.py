"""Names of the methods of diffusion, which hold the b values, and of the modality."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MODALITY = "dwi"
ADC, VENDOR, IVIM, KURTOSIS = "adc.wls", "adc.vendor", "ivim.segmented_nlls", "dki.scalar"
"""What stands before the b values in a method's name."""
VERSION = "v1"
UNKNOWN_B = f"{VENDOR}.{VERSION}"
FAMILIES = (ADC, VENDOR, IVIM, KURTOSIS)
WORDS = {
    ADC: "the weighted fit of the regions’ mean signals",
    VENDOR: "the ADC map of the scanner",
    IVIM: "the IVIM fit of the regions’ mean signals",
    KURTOSIS: "the scalar kurtosis fit of the regions’ mean signals",
}


def method_name(family: str, b_values: Iterable[float]) -> str:
    """Return a method's name: ``adc.wls.b0-400-800.v1``, or without b values where none is known.

    Parameters
    ----------
    family
        One of ``FAMILIES``.
    b_values
        s/mm², in any order.
    """
    text = "-".join(str(round(b_value)) for b_value in sorted(b_values))
    return f"{family}.b{text}.{VERSION}" if text else f"{family}.{VERSION}"


def family_of(method: str) -> str:
    """Return which kind of method a name is of; '' for none of diffusion."""
    return next((family for family in FAMILIES if method.startswith(f"{family}.")), "")


def b_values_of(method: str) -> tuple[int, ...]:
    """Return the b values in a method's name, s/mm²; none where it names none."""
    *_, b_range, _ = method.split(".")
    return tuple(int(part) for part in b_range[1:].split("-")) if b_range[0] == "b" else ()
