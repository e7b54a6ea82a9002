"""A participant's VBQ, the median of the scores of its levels, and the EBQ of its discs.

All levels are compared with the same signal of CSF. So the median of their scores is the score of
their median signal (Ehresman 2020, doi:10.1016/j.spinee.2019.10.018).
"""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

from bonecohort.annotations.labels.schemes import HEAD_TO_FOOT
from bonecohort.cohort.collected import Flag
from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.vbq.methods import EBQ, MODALITY, NUMBER, VBQ, VBQ_LEVEL
from bonecohort.techniques.vbq.settings import VbqSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.cohort.collected import Collected
    from bonecohort.cohort.computed import OfOthers

Source = tuple[str, str]
"""Method and reader."""
STAGE = "vbq"
USUAL = (1.0, 6.0)


def add_computed(given: OfOthers, into: Collected) -> None:
    """Add the VBQ of each method and reader, and the EBQ of each disc.

    What is odd about a VBQ is added, too, or why there is none.
    """
    settings = given.settings.of(VbqSettings)
    site = site_of(settings.levels)
    scores = _by_source(given.rows, VBQ_LEVEL)
    result = {
        source: {level: own[level] for level in settings.levels if level in own}
        for source, own in scores.items()
    }
    rows = [
        Measurement(site, MODALITY, VBQ, median(own.values()), NUMBER, method, reader)
        for (method, reader), own in result.items()
        if len(own) >= settings.min_levels
    ]
    into.add(given.participant_id, [*rows, *_of_discs(_by_source(given.rows, EBQ))])
    measured = {level for own in result.values() for level in own}
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


def _by_source(rows: Sequence[Measurement], measure: str) -> dict[Source, dict[str, float]]:
    """Return the values of a measure by method and reader, and by site."""
    result: dict[Source, dict[str, float]] = {}
    for row in rows:
        if (row.modality, row.measure) == (MODALITY, measure) and row.value is not None:
            result.setdefault((row.method, row.reader), {})[row.site] = row.value
    return result


def _of_discs(result: Mapping[Source, Mapping[str, float]]) -> Iterator[Measurement]:
    """Yield the EBQ of each disc, the mean of its two endplates, where both were measured."""
    for (method, reader), own in result.items():
        for above, below in pairwise(HEAD_TO_FOOT):
            ends = [f"{above}.inferior", f"{below}.superior"]
            if all(end in own for end in ends):
                mean = fmean(own[end] for end in ends)
                site = f"{above}-{below}"
                yield Measurement(site, MODALITY, EBQ, mean, NUMBER, method, reader)


def site_of(levels: Sequence[str]) -> str:
    """Return the site of the median of some levels: ``L1-L4``."""
    return f"{levels[0]}-{levels[-1]}"


def _flags(rows: Sequence[Measurement], missing: Sequence[str]) -> list[str]:
    flags = [f"levels_missing: {', '.join(missing)}"] if missing else []
    low, high = USUAL
    unusual = [row.value for row in rows if row.value is not None and not low <= row.value <= high]
    return flags + [f"unusual_vbq: {value:.2f} (limits {low:g} and {high:g})" for value in unusual]
