"""What a technique says of itself: its files, jobs, measures and results.

Everything else in the library derives from these declarations. This includes the kinds of
series.tsv, the texts of jobs, the order of work and what is up to date. It also includes the
cohort's tables and their dictionaries. The package needs the standard library alone, as every start
of the workflow reads it.
"""

from __future__ import annotations

from bonecohort.techniques.declare.kinds import File, Kind, Labels, Marks, Readings
from bonecohort.techniques.declare.measures import (
    VERTEBRAE,
    Count,
    Derived,
    Direction,
    Measure,
    Method,
    OfParticipant,
    SiteMean,
    Sites,
    SiteValue,
    SplitText,
)
from bonecohort.techniques.declare.stages import AllSettings, Needs, Per, Stage
from bonecohort.techniques.declare.technique import Technique

__all__ = [
    "VERTEBRAE", "AllSettings", "Count", "Derived", "Direction", "File", "Kind", "Labels", "Marks",
    "Measure", "Method", "Needs", "OfParticipant", "Per", "Readings", "SiteMean", "SiteValue",
    "Sites", "SplitText", "Stage", "Technique",
]  # fmt: skip
