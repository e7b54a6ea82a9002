"""What readers' marks of endplate defects and body sizes are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from bonecohort.annotations.marks.names import Form, Part

if TYPE_CHECKING:
    from bonecohort.annotations.marks.names import MarkName
    from bonecohort.measures.vertebra.endplate import Endplate

DefectMeasure = Literal["width", "depth", "contour"]
BodyMeasure = Literal["body_width", "body_height_1", "body_height_2"]

_DEFECT = (Part((("sup", "superior"), ("inf", "inferior"))), Part(digits=3))
_BODY = Part((("body",),))
DEFECT_LINE = Form("endplate defect line", (*_DEFECT, Part((("width",), ("depth",)))))
"""``L3_sup_1_width``."""
DEFECT_CONTOUR = Form("endplate defect contour", (*_DEFECT, Part((("contour",),))), "curve")
"""``L3_sup_1_contour``."""
BODY_WIDTH = Form("body width", (_BODY, Part((("width",),))), crosses_middle=True)
"""``L3_body_width``."""
BODY_HEIGHT = Form(
    "body height", (_BODY, Part((("height",),)), Part((("1",), ("2",)))), crosses_middle=True
)
"""``L3_body_height_1``."""
FORMS = (DEFECT_LINE, DEFECT_CONTOUR, BODY_WIDTH, BODY_HEIGHT)

ENDPLATE_OF_PART: dict[str, Endplate] = {"sup": "superior", "inf": "inferior"}


@dataclass(frozen=True)
class DefectName:
    """A measure of one defect of one endplate."""

    level: str
    endplate: Endplate
    defect: int
    measure: DefectMeasure


@dataclass(frozen=True)
class BodyName:
    """A size of one vertebral body."""

    level: str
    measure: BodyMeasure


def endplate_name(name: MarkName | None) -> DefectName | BodyName | None:
    """Return what the name of a defect's or a body's mark says; None for any other."""
    if name is None or name.form not in FORMS:
        return None
    if name.form in (BODY_WIDTH, BODY_HEIGHT):
        return BodyName(name.level, cast("BodyMeasure", "_".join(name.parts)))
    endplate, number, measure = name.parts
    return DefectName(
        name.level, ENDPLATE_OF_PART[endplate], int(number), cast("DefectMeasure", measure)
    )
