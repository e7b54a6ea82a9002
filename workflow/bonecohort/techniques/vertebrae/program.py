"""The program that labels vertebrae where nobody did, and whether it is there."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.techniques.vertebrae.jobs.segment import TOTALSEGMENTATOR

if TYPE_CHECKING:
    from bonecohort.study.study import Study


def check(study: Study, own_programs: str) -> None:
    """Check, before any job, that a program the study needs can be found.

    Parameters
    ----------
    own_programs
        Folder that jobs look in before those of PATH.

    Raises
    ------
    StudyFault
        When somebody's CT is to be segmented and the program is not there.
    """
    count = sum("segment_vertebrae" in study.stages_of(name) for name in study.included)
    if count and not _is_found(own_programs):
        message = (
            f"config/config.yaml, vertebrae.segment: {count} CT without 'vertebrae' would be "
            f"segmented, but no program {TOTALSEGMENTATOR} is found; install it, or run with "
            "--sdm conda (docs/segmentation.md), or set vertebrae.segment to 'none'."
        )
        raise StudyFault([message])


def _is_found(own_programs: str) -> bool:
    search_path = os.pathsep.join([own_programs, os.environ.get("PATH", os.defpath)])
    return shutil.which(TOTALSEGMENTATOR, path=search_path) is not None
