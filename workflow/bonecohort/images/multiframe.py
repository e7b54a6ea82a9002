"""The frames of a file: one, or those that functional groups describe (PS3.3, C.7.6.16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

from bonecohort.images.acquisition import frame_facts
from bonecohort.images.identity import identifying_words
from bonecohort.images.philips_scale import scale_slope_of
from bonecohort.images.placement import Axes, axes_of, place_along, place_of, rescale_of
from bonecohort.images.real_world import MAPPINGS, real_world_of
from bonecohort.images.repeated_elements import Repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.images.real_world import RealWorldMapping
    from bonecohort.images.slices import Place

SHARED = "SharedFunctionalGroupsSequence"
PER_FRAME = "PerFrameFunctionalGroupsSequence"


@dataclass(frozen=True)
class Frame:
    """What the functional groups say of one frame.

    Of a single-frame file ``groups`` and ``items`` are empty. ``items`` may hold private elements:
    the frame's own item and the shared one, and what lies in their sequences.
    """

    place: Place | None
    rescale: tuple[float, float] | None
    rescale_type: str
    facts: dict[str, Any]
    mappings: tuple[RealWorldMapping, ...]
    scale_slope: float | None
    groups: dict[str, Dataset] = field(default_factory=dict)
    items: tuple[Dataset, ...] = ()


class FrameReader:
    """Reads the frames of one file after another; what single-frame files repeat is read once."""

    def __init__(self) -> None:
        self._axes: Repeated[Dataset, Axes | None] = Repeated(
            ("ImageOrientationPatient", "PixelSpacing"), lambda dataset: axes_of(dataset, dataset)
        )
        self._rescale: Repeated[Dataset, tuple[float, float] | None] = Repeated(
            ("RescaleSlope", "RescaleIntercept"), rescale_of
        )
        self._rescale_type: Repeated[Dataset, str] = Repeated(("RescaleType",), _rescale_type)
        self._is_mr: Repeated[Dataset, bool] = Repeated(("Modality",), _is_mr)

    def frames(self, dataset: Dataset) -> Iterator[Frame]:
        """Yield every frame; a frame's own functional group goes before the shared one.

        A multi-frame file without functional groups yields one frame that lies nowhere.
        """
        if dataset.get(PER_FRAME):
            yield from _grouped_frames(dataset)
            return
        single = int(dataset.get("NumberOfFrames") or 1) == 1
        yield Frame(
            place=place_along(self._axes.of(dataset), dataset) if single else None,
            rescale=self._rescale.of(dataset),
            rescale_type=self._rescale_type.of(dataset),
            facts={},
            mappings=real_world_of(dataset.get(MAPPINGS)),
            scale_slope=scale_slope_of(dataset) if self._is_mr.of(dataset) else None,
        )


def frames_of(dataset: Dataset) -> Iterator[Frame]:
    """Yield every frame of one file, as :meth:`FrameReader.frames` does."""
    return FrameReader().frames(dataset)


def _grouped_frames(dataset: Dataset) -> Iterator[Frame]:
    """Yield the frames that functional groups describe."""
    is_mr = _is_mr(dataset)
    identifying = identifying_words(dataset)
    of_all = dataset[SHARED].value[0] if dataset.get(SHARED) else Dataset()
    shared = _items(of_all)
    of_all_items = tuple(_with_sequences(of_all))
    for item in dataset[PER_FRAME].value:
        groups = shared | _items(item)
        values = groups.get("PixelValueTransformationSequence", dataset)
        yield Frame(
            place=place_of(
                groups.get("PlanePositionSequence", Dataset()),
                groups.get("PlaneOrientationSequence", Dataset()),
                groups.get("PixelMeasuresSequence", Dataset()),
            ),
            rescale=rescale_of(values),
            rescale_type=_rescale_type(values),
            facts=frame_facts(groups, identifying),
            mappings=real_world_of(
                item.get(MAPPINGS) or of_all.get(MAPPINGS) or dataset.get(MAPPINGS)
            ),
            scale_slope=scale_slope_of(item, of_all, dataset) if is_mr else None,
            groups=groups,
            items=(*_with_sequences(item), *of_all_items),
        )


def _rescale_type(values: Dataset) -> str:
    return str(values.get("RescaleType") or "").strip()


def _is_mr(dataset: Dataset) -> bool:
    """Whether Philips's scale of an MR signal is looked for."""
    return bool(dataset.get("Modality") == "MR")


def _with_sequences(item: Dataset) -> Iterator[Dataset]:
    """Yield a functional group's item, and the first item of each of its private sequences."""
    yield item
    for element in item:
        if element.VR == "SQ" and element.tag.is_private and element.value:
            yield element.value[0]


def _items(groups: Dataset) -> dict[str, Dataset]:
    """Return the first item of each functional group, by the group's keyword."""
    return {
        element.keyword: element.value[0]
        for element in groups
        if element.VR == "SQ" and element.keyword and element.value
    }
