"""Show one participant's image with the voxels that T2* was measured in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.techniques.t2.converted import t2star_image
from bonecohort.techniques.t2.qc import save_qc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/t2star.png``."""
    save_qc(task, results, t2star_image, "t2star")
