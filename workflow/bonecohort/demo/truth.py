"""What is true of the demo's participants: who they are, and the bones behind their images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bonecohort.measures.vertebra.endplate import Endplate

SCLEROTIC_NUMBER, BROKEN_CT_NUMBER, EXCLUDED_NUMBER = 6, 9, 12
"""Which participants show, in turn, a sclerotic L1, a CT that lacks a slice, an exclusion."""
EXCLUSION_REASON = "previous lumbar surgery"

Sex = Literal["female", "male"]
DefectType = Literal["none", "superior", "inferior", "bilateral"]


@dataclass(frozen=True)
class Defect:
    """One bite out of an endplate: true sizes, and where along the endplate its middle lies.

    ``centre_mm`` runs along the endplate from the body's middle, positive to posterior. The
    reader's sizes are the true ones with a small error, read to 0.1 mm.
    """

    endplate: Endplate
    number: int
    width_mm: float
    depth_mm: float
    centre_mm: float
    read_width_mm: float
    read_depth_mm: float


@dataclass(frozen=True)
class Vertebra:
    """The truth of one vertebral body, in the mid-sagittal plane where it has one."""

    level: str
    hu: float
    body_width_mm: float
    body_height_mm: float
    read_body_width_mm: float
    read_body_heights_mm: tuple[float, float]
    defects: tuple[Defect, ...]

    @property
    def width_mm(self) -> float:
        """Widths of all defects, summed over both endplates, in mm."""
        return round(math.fsum(defect.width_mm for defect in self.defects), 1)

    @property
    def depth_mm(self) -> float:
        """Depths of all defects, summed over both endplates, in mm."""
        return round(math.fsum(defect.depth_mm for defect in self.defects), 1)

    @property
    def defect_type(self) -> DefectType:
        """Which endplates have a defect."""
        endplates = {defect.endplate for defect in self.defects}
        if len(endplates) > 1:
            return "bilateral"
        return next(iter(endplates), "none")


@dataclass(frozen=True)
class DemoParticipant:
    """One row of the participants table and the anatomy behind its images."""

    number: int
    age_years: int
    sex: Sex
    height_cm: int
    weight_kg: float
    bmd_g_cm2: float
    t_score: float
    hypertension: bool
    diabetes: bool
    smoking: bool
    alcohol: bool
    back_pain: bool
    vas_0_10: int
    vertebrae: tuple[Vertebra, ...]

    @property
    def participant_id(self) -> str:
        """Identifier, such as P001."""
        return f"P{self.number:03d}"

    @property
    def has_defect(self) -> bool:
        """Whether any endplate has a defect."""
        return any(vertebra.defects for vertebra in self.vertebrae)

    @property
    def is_excluded(self) -> bool:
        """Whether the study leaves this participant out from the start."""
        return self.number == EXCLUDED_NUMBER

    @property
    def lacks_slice(self) -> bool:
        """Whether the CT series lost a slice on its way."""
        return self.number == BROKEN_CT_NUMBER

    @property
    def has_sclerosis(self) -> bool:
        """Whether the upper third of L1 is sclerotic."""
        return self.number == SCLEROTIC_NUMBER
