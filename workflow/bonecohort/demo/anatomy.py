"""Place the lumbar bodies of one participant in space: a lordotic chain in one sagittal plane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.demo.mr import SagittalBody
from bonecohort.demo.streams import Purpose, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.demo.truth import DemoParticipant, Vertebra

TILT_DEG = {"L1": -13.0, "L2": -9.0, "L3": -2.0, "L4": 8.0, "L5": 22.0}
"""Mean forward lean of each body's axis: lordosis, the lowest leaning most."""
LORDOSIS_RANGE = (0.75, 1.2)
SD_TILT_DEG = 1.5
LARGEST_CORONAL_TILT_DEG = 2.0
DISC_BELOW_MM = {"L1": 8.5, "L2": 9.0, "L3": 10.0, "L4": 10.5, "L5": 0.0}
DISC_ABOVE_MM = {"L1": 0.0, "L2": 8.5, "L3": 9.0, "L4": 10.0, "L5": 10.5}
"""Height of the disc beside each body, at its middle; the chain ends with bodies."""
PLACE_DECIMALS = 2


@dataclass(frozen=True)
class Pose:
    """Where a body lies: its centre in LPS mm, and how it leans.

    ``sagittal_tilt_deg`` is positive where the head end leans forward, ``coronal_tilt_deg``
    where it leans to the patient's left.
    """

    vertebra: Vertebra
    centre_lps_mm: tuple[float, float, float]
    sagittal_tilt_deg: float
    coronal_tilt_deg: float

    def mid_sagittal(self) -> SagittalBody:
        """Return the body as the sagittal plane through its centre cuts it."""
        tilt = math.radians(self.sagittal_tilt_deg)
        x_mm, y_mm, z_mm = self.centre_lps_mm
        return SagittalBody(
            vertebra=self.vertebra,
            x_mm=x_mm,
            centre_mm=(y_mm, z_mm),
            posterior=(math.cos(tilt), math.sin(tilt)),
            superior=(-math.sin(tilt), math.cos(tilt)),
        )


def pose_vertebrae(participant: DemoParticipant, seed: int) -> list[Pose]:
    """Place a participant's bodies from head to foot, the middle of the chain at the origin.

    All centres lie in the plane x = 0, and so does the middle slice of the T2.
    """
    rng = stream(seed, participant.number, Purpose.POSES)
    lordosis = float(rng.uniform(*LORDOSIS_RANGE))
    vertebrae = participant.vertebrae
    tilts_deg = [
        round(float(rng.normal(lordosis * TILT_DEG[vertebra.level], SD_TILT_DEG)), 1)
        for vertebra in vertebrae
    ]
    coronal_deg = round(float(rng.uniform(-LARGEST_CORONAL_TILT_DEG, LARGEST_CORONAL_TILT_DEG)), 1)
    centres = _chain(vertebrae, tilts_deg)
    return [
        Pose(vertebra, (0.0, y_mm, z_mm), tilt_deg, coronal_deg)
        for vertebra, (y_mm, z_mm), tilt_deg in zip(vertebrae, centres, tilts_deg, strict=True)
    ]


def _chain(vertebrae: Sequence[Vertebra], tilts_deg: Sequence[float]) -> list[tuple[float, float]]:
    """Return each body's (y, z) centre in mm: body and disc heights follow the leaning axes."""
    y_mm, z_mm = 0.0, 0.0
    places = []
    for vertebra, tilt_deg in zip(vertebrae, tilts_deg, strict=True):
        down = (math.sin(math.radians(tilt_deg)), -math.cos(math.radians(tilt_deg)))
        to_centre_mm = vertebra.body_height_mm / 2 + DISC_ABOVE_MM[vertebra.level] / 2
        to_next_mm = vertebra.body_height_mm / 2 + DISC_BELOW_MM[vertebra.level] / 2
        y_mm, z_mm = y_mm + to_centre_mm * down[0], z_mm + to_centre_mm * down[1]
        places.append((y_mm, z_mm))
        y_mm, z_mm = y_mm + to_next_mm * down[0], z_mm + to_next_mm * down[1]
    y_all, z_all = [y for y, _ in places], [z for _, z in places]
    middle = ((min(y_all) + max(y_all)) / 2, (min(z_all) + max(z_all)) / 2)
    return [
        (round(y - middle[0], PLACE_DECIMALS), round(z - middle[1], PLACE_DECIMALS))
        for y, z in places
    ]
