"""A participant's VBQ: the median of the scores of its levels.

All levels are compared with the same signal of CSF. So the median of their scores is the score of
their median signal (Ehresman 2020, doi:10.1016/j.spinee.2019.10.018).
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bonecohort.cohort.collected import Flag
from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.vbq.methods import MODALITY, NUMBER, VBQ, VBQ_LEVEL
from bonecohort.techniques.vbq.settings import VbqSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.cohort.collected import Collected
    from bonecohort.cohort.computed import OfOthers

STAGE = "vbq"
USUAL = (1.0, 6.0)


def add_computed(given: OfOthers, into: Collected) -> None:
    """Add the VBQ of each method and reader, what is odd about it, or why there is none."""
    settings = given.settings.of(VbqSettings)
    site = site_of(settings.levels)
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in given.rows:
        is_own = (row.modality, row.measure) == (MODALITY, VBQ_LEVEL)
        if is_own and row.site in settings.levels and row.value is not None:
            found.setdefault((row.method, row.reader), {})[row.site] = row.value
    rows = [
        Measurement(site, MODALITY, VBQ, median(scores.values()), NUMBER, method, reader)
        for (method, reader), scores in found.items()
        if len(scores) >= settings.min_levels
    ]
    into.add(given.participant_id, rows)
    measured = {level for scores in found.values() for level in scores}
    if measured and not rows:
        told = ", ".join(level for level in settings.levels if level in measured)
        into.exclude(
            given.participant_id,
            site,
            STAGE,
            f"The VBQ needs {settings.min_levels} of {', '.join(settings.levels)}; measured are "
            f"{told}.",
        )
    elif rows:
        for text in _flags(rows, [one for one in settings.levels if one not in measured]):
            into.flags.append(Flag(given.participant_id, site, STAGE, text))


def site_of(levels: Sequence[str]) -> str:
    """Return the site of the median of some levels: ``L1-L4``."""
    return f"{levels[0]}-{levels[-1]}"


def _flags(rows: Sequence[Measurement], missing: Sequence[str]) -> list[str]:
    flags = [f"levels_missing: {', '.join(missing)}"] if missing else []
    low, high = USUAL
    unusual = [row.value for row in rows if row.value is not None and not low <= row.value <= high]
    return flags + [f"unusual_vbq: {value:.2f} (limits {low:g} and {high:g})" for value in unusual]
