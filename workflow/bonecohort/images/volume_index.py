"""What distinguishes the volumes of one stack: b value and direction, echo time, signal part.

An image kind that is a stack of volumes names what distinguishes them
(:attr:`bonecohort.techniques.image.Image.volumes`). Every volume then has a record of these facts,
by BIDS name, in the list ``Volumes`` of the sidecar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.diffusion import (
    B_KEY,
    DIRECTION_KEY,
    DIRECTIONALITY_KEY,
    diffusion_facts,
)
from bonecohort.images.fat_suppression import fat_suppression_facts
from bonecohort.images.image_part import MAGNITUDE, PART_KEY, image_part

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from pydicom.dataset import Dataset

    from bonecohort.images.multiframe import Frame
    from bonecohort.techniques.image import Image

VOLUMES_KEY = "Volumes"
B_INDEX, ECHO_INDEX, PART_INDEX = "b value", "echo time", "image part"
ECHO_KEY = "EchoTime"
FACTS: Mapping[str, tuple[str, ...]] = {
    B_INDEX: (B_KEY, DIRECTIONALITY_KEY, DIRECTION_KEY),
    ECHO_INDEX: (ECHO_KEY,),
    PART_INDEX: (PART_KEY,),
}
"""What is kept of each; without the first of them an image has no place in the stack."""
TAGS: Mapping[str, str] = {
    B_INDEX: "DiffusionBValue 0018,9087, or a private element of the vendor",
    ECHO_INDEX: "EchoTime 0018,0081",
    PART_INDEX: "ComplexImageComponent 0008,9208",
}
LARGEST_B = 20_000.0
"""s/mm²; no scanner weights more."""
LOWEST_B = 5.0
"""Below it an image counts as one without diffusion weighting."""
ECHO_DECIMALS = 7  # 0.1 µs
Index = dict[str, Any]


def frame_index(dataset: Dataset, frame: Frame, image: Image) -> Index:
    """Return what the header of a file and of a frame say about its place in a stack of volumes.

    Of every MR they say whether the signal of fat is suppressed.

    Parameters
    ----------
    image
        What the stack is.
    """
    facts: Index = {}
    if image.modality == "MR":
        facts |= fat_suppression_facts(dataset, frame.groups)
    if not image.volumes:
        return facts
    facts |= {PART_KEY: image_part(dataset, frame.groups)}
    if B_INDEX in image.volumes:
        facts |= diffusion_facts(dataset, frame.groups, frame.items)
    return facts


def index_names(image: Image) -> tuple[str, ...]:
    """Return the names of the facts that distinguish a kind's volumes."""
    return tuple(name for index in image.volumes for name in FACTS[index])


def index_of(facts: Mapping[str, Any], image: Image) -> Index:
    """Return the record of a volume."""
    return {name: facts[name] for name in index_names(image) if name in facts}


def index_key(facts: Mapping[str, Any], image: Image) -> tuple[Hashable, ...]:
    """Return what equal volumes have in common: they are repeats of one another."""
    parts: list[Hashable] = []
    for index in image.volumes:
        if index == B_INDEX:
            direction = tuple(facts.get(DIRECTION_KEY) or ())
            parts += [round(facts[B_KEY]), str(facts.get(DIRECTIONALITY_KEY, "")), direction]
        elif index == ECHO_INDEX:
            parts.append(round(float(facts[ECHO_KEY]), ECHO_DECIMALS))
        else:
            parts.append(str(facts.get(PART_KEY, MAGNITUDE)))
    return tuple(parts)


def lacks_index(facts: Mapping[str, Any], image: Image) -> str:
    """Return which part of its index an image does not give; '' where it gives all."""
    lacking = (index for index in image.volumes if FACTS[index][0] not in facts)
    return next(lacking, "")


def is_reference(facts: Mapping[str, Any], image: Image) -> bool:
    """Whether an image is without diffusion weighting: several series may share it."""
    return B_INDEX in image.volumes and facts[B_KEY] < LOWEST_B


def is_other_part(facts: Mapping[str, Any], image: Image) -> bool:
    """Whether an image is no magnitude, in a stack of magnitudes."""
    return PART_INDEX not in image.volumes and facts.get(PART_KEY, MAGNITUDE) != MAGNITUDE


def check_b_value(b_value: float) -> None:
    """Raise a DataFault for a b value that no image has."""
    if not 0 <= b_value <= LARGEST_B:
        raise DataFault(
            f"A b value is {b_value:g} s/mm²; 0 to {LARGEST_B:g} is possible. Correct it, or "
            "export the series again."
        )


def index_text(facts: Mapping[str, Any], image: Image) -> str:
    """Return a volume's index in words: "b 400, direction 1 0 0"."""
    texts = []
    for index in image.volumes:
        if index == B_INDEX:
            direction = facts.get(DIRECTION_KEY)
            along = (
                f", direction {' '.join(f'{part:g}' for part in direction)}" if direction else ""
            )
            texts.append(f"b {facts[B_KEY]:g}{along}")
        elif index == ECHO_INDEX:
            texts.append(f"echo time {1000 * float(facts[ECHO_KEY]):g} ms")
        else:
            texts.append(str(facts.get(PART_KEY, MAGNITUDE)))
    return ", ".join(texts)
