"""What the regions are called that readers draw: ``L1_marrow``, ``L3_csf``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from bonecohort.annotations.marks.names import Form, Part

if TYPE_CHECKING:
    from bonecohort.annotations.marks.names import MarkName

Tissue = Literal["marrow", "csf"]
REGION = Form("bone quality region", (Part((("marrow",), ("csf", "fluid"))),), "region")
FORMS = (REGION,)


@dataclass(frozen=True)
class RegionName:
    """Marrow or CSF at a level."""

    level: str
    tissue: Tissue


def region_name(name: MarkName | None) -> RegionName | None:
    """Return what the name of a region says; None for any other mark."""
    if name is None or name.form != REGION:
        return None
    return RegionName(name.level, cast("Tissue", name.parts[0]))
