"""Text and drawings in an image: burned into its pixels, or kept apart in overlay planes.

What is burned in would be seen in every picture made of the image, so such a series is refused
unless the study allows it. Overlay planes kept apart are never read (PS3.3, C.9.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

OverlayPlace = Literal["", "apart", "in the pixels"]

OVERLAY_GROUPS = frozenset(range(0x6000, 0x6020, 2))
OVERLAY_ROWS, OVERLAY_BITS, OVERLAY_DATA = 0x0010, 0x0100, 0x3000
BURNED_IN = "BurnedInAnnotation"
SETTING = "images.allow_burned_in_annotation"
REFUSED = (
    "{what}: names or dates in it would show in pictures. Export the series without it, or set "
    f"{SETTING} to true when you have seen that it identifies nobody."
)
ALLOWED = "{what}: pictures show it."


def overlay_of(dataset: Dataset) -> OverlayPlace:
    """Return where a header's overlay planes are kept; '' when it has none."""
    there = {tag.group for tag in dataset.keys()} & OVERLAY_GROUPS  # noqa: SIM118 - tags alone
    places: list[OverlayPlace] = [
        "apart"
        if (group, OVERLAY_DATA) in dataset or dataset[group, OVERLAY_BITS].value == 1
        else "in the pixels"
        for group in there
        if (group, OVERLAY_ROWS) in dataset and (group, OVERLAY_BITS) in dataset
    ]
    return "in the pixels" if "in the pixels" in places else "apart" if places else ""


def check_drawings(
    declared: Iterable[str], overlays: Iterable[OverlayPlace], *, allowed: bool
) -> list[str]:
    """Return warnings of what is drawn in a series.

    Parameters
    ----------
    declared
        Each slice's BurnedInAnnotation.
    overlays
        Each slice's overlay planes.
    allowed
        Whether the study accepts what is burned in.

    Raises
    ------
    DataFault
        Something is burned into the pixels, and the study does not allow it.
    """
    places = set(overlays)
    burned = []
    if any(value.strip().upper() == "YES" for value in declared):
        burned.append(f"{BURNED_IN} is YES, text is part of the image")
    if "in the pixels" in places:
        burned.append("Overlay planes (group 60xx) are stored in the pixels' unused bits")
    if burned and not allowed:
        raise DataFault(REFUSED.format(what="; ".join(burned)))
    warnings = [ALLOWED.format(what=what) for what in burned]
    if "apart" in places:
        warnings.append("Overlay planes (group 60xx) are in the files; they are never shown.")
    return warnings
