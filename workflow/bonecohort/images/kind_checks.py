"""What the values and headers of a volume say for or against an image kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.images.acquisition_warnings import (
    hounsfield_warnings,
    plane_warnings,
    t2_warnings,
)
from bonecohort.images.hounsfield_scale import check_scale
from bonecohort.images.mr_contents import content_warnings
from bonecohort.images.scale_sample import ScaleSample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.image import Image, Plane


def sample_for(image: Image, shape: tuple[int, ...], affine_lps: FloatArray) -> ScaleSample | None:
    """Return an empty sample of the voxels, where a kind is in Hounsfield units."""
    return ScaleSample(shape, affine_lps) if image.scale == "hounsfield" else None


def check_kind(
    image: Image,
    sample: ScaleSample | None,
    facts: dict[str, Any],
    normal_part: Callable[[Plane], float],
    *,
    varying: Sequence[str] = (),
    described_as_t2: bool = False,
    described_content: str = "",
) -> tuple[dict[str, Any], list[str]]:
    """Return what the sidecar keeps of a volume's scale, and warnings.

    Parameters
    ----------
    image
        What the volume must be.
    sample
        Of the rescaled voxels of a kind in Hounsfield units; None for another kind.
    facts
        Acquisition values by BIDS name; ``varying`` are the names of those that change from slice
        to slice.
    normal_part
        The part of the slices' unit normal along a plane's axis.
    described_as_t2
        Whether a description of the series says T2.
    described_content
        What the description of the series says that it shows.

    Raises
    ------
    DataFault
        The values can not be what the kind holds.
    """
    in_hu = image.scale == "hounsfield"
    warnings = hounsfield_warnings(facts, varying) if in_hu else []
    warnings += content_warnings(image, facts, described_content)
    if image.usual_plane:
        warnings += plane_warnings(image, normal_part(image.usual_plane))
    record, scale_warnings = check_scale(sample) if sample else ({}, [])
    warnings += scale_warnings
    if image.weighting == "T2":
        warnings += t2_warnings(facts, described_as_t2)
    return record, warnings
