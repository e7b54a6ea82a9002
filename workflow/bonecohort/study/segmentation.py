"""The program that labels vertebrae where nobody did, and whether it is there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.study.sources import is_segmented

if TYPE_CHECKING:
    from bonecohort.study.study import Study

TOTALSEGMENTATOR = "TotalSegmentator"
"""Name of its command."""


def check_program(study: Study, search_path: str) -> None:
    """Check, before any job, that a program the study needs can be found.

    Parameters
    ----------
    search_path
        The PATH that jobs run with.

    Raises
    ------
    StudyFault
        When somebody's CT is to be segmented and the program is not there.
    """
    count = sum(is_segmented(study, name) for name in study.included)
    if count and shutil.which(TOTALSEGMENTATOR, path=search_path) is None:
        told = (
            f"config/config.yaml, vertebrae.segment: {count} CT without 'vertebrae' would be "
            f"segmented, but no program {TOTALSEGMENTATOR} is found; install it, or run with "
            "--sdm conda (docs/segmentation.md), or set vertebrae.segment to 'none'."
        )
        raise StudyFault([told])
