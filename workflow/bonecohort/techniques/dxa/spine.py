"""The lumbar spine: which vertebrae count, and the total of those."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.names import LEVELS, SCORES, SPINE, SPINE_FROM_L2
from bonecohort.techniques.dxa.reading import TOLERANCE, density, refuse_other

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bonecohort.techniques.dxa.names import Measure
    from bonecohort.techniques.dxa.reading import RegionReading

LARGEST_DIFFERENCE = 1.0
"""Adjacent vertebrae whose T-scores differ by more than this are not both of plain bone."""
ROUNDING = 1e-9
LEAST_LEVELS = 2
OF_TOTAL = {SPINE: LEVELS, SPINE_FROM_L2: LEVELS[1:]}


@dataclass(frozen=True)
class SpineTotal:
    """The total of the spine.

    Attributes
    ----------
    site
        ``L1-L4`` or ``L2-L4``.
    values
        BMD in g/cm², BMC in g, area in cm²; the file's own scores where they are of this total.
    levels
        The vertebrae that it is of; none where the file has only the total.
    suspects
        Vertebrae whose T-score differs from a neighbour's by more than 1.0, which count still.
    left_out
        Those that do not count for that reason.
    """

    site: str
    values: Mapping[Measure, float]
    levels: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    is_checked: bool = True


def differing_levels(t_scores: Mapping[str, float]) -> tuple[str, ...]:
    """Return the vertebrae to leave out because of their T-scores, from head to foot.

    Of the vertebrae that differ from a neighbour by more than 1.0, the one with most such
    differences goes; of several, the one farthest from the median of the others. That is repeated
    with the new neighbours while more than two are left.

    Parameters
    ----------
    t_scores
        By level.
    """
    left = {level: t_scores[level] for level in LEVELS if level in t_scores}
    gone: list[str] = []
    while len(left) > LEAST_LEVELS:
        differences = dict.fromkeys(left, 0)
        for above, below in pairwise(left):
            if abs(left[above] - left[below]) > LARGEST_DIFFERENCE + ROUNDING:
                differences[above] += 1
                differences[below] += 1
        if not any(differences.values()):
            break
        worst = max(left, key=lambda level: (differences[level], _from_others(left, level)))
        gone.append(worst)
        del left[worst]
    return tuple(sorted(gone))


def _from_others(t_scores: Mapping[str, float], level: str) -> float:
    others = [value for name, value in t_scores.items() if name != level]
    return round(abs(t_scores[level] - median(others)), 9)


def spine_totals(
    levels: Mapping[str, RegionReading],
    totals: Mapping[str, RegionReading],
    left_out: Collection[str],
    *,
    applies_iscd: bool,
) -> list[SpineTotal]:
    """Return the totals of one scan of the spine: ΣBMC / ΣArea of the vertebrae that count.

    Parameters
    ----------
    levels
        What the file says of single vertebrae, by level.
    totals
        What it says of totals, by site.
    left_out
        Vertebrae that the study leaves out.
    applies_iscd
        Whether vertebrae whose T-scores differ from their neighbours' are left out.

    Raises
    ------
    DataFault
        Fewer than two vertebrae count, or the file's total contradicts its vertebrae.
    """
    sites = list(totals) or ([SPINE if "L1" in levels else SPINE_FROM_L2] if levels else [])
    return [
        _total(
            site,
            {level: levels[level] for level in OF_TOTAL[site] if level in levels},
            totals.get(site),
            left_out,
            applies_iscd=applies_iscd,
        )
        for site in sites
    ]


def _total(
    site: str,
    levels: Mapping[str, RegionReading],
    exported: RegionReading | None,
    left_out: Collection[str],
    *,
    applies_iscd: bool,
) -> SpineTotal:
    counted = [level for level, reading in levels.items() if reading.is_included]
    remaining = [level for level in counted if level not in left_out]
    t_scores = {
        level: levels[level].values["t_score"]
        for level in remaining
        if "t_score" in levels[level].values
    }
    is_checked = bool(remaining) and len(t_scores) == len(remaining)
    suspects = differing_levels(t_scores) if is_checked else ()
    used = [level for level in remaining if not (applies_iscd and level in suspects)]
    if levels and len(used) < LEAST_LEVELS:
        where = next(iter(levels.values())).where
        raise DataFault(
            f"{where}: {len(used)} of the vertebrae of {site} can be used; at least "
            f"{LEAST_LEVELS} are needed."
        )
    values = _values(site, levels, used, counted, exported)
    return SpineTotal(
        site,
        values,
        tuple(used),
        suspects=() if applies_iscd else suspects,
        left_out=suspects if applies_iscd else (),
        is_checked=is_checked,
    )


def _values(
    site: str,
    levels: Mapping[str, RegionReading],
    used: Sequence[str],
    counted: Sequence[str],
    exported: RegionReading | None,
) -> dict[Measure, float]:
    """Return the values of a total, computed from BMC and area or as the file has them."""
    if exported and levels and all(density(levels[one].values) is not None for one in counted):
        _refuse_contradiction(exported, sums(levels, counted))
    if used and all(density(levels[one].values) is not None for one in used):
        computed = sums(levels, used)
        if exported and list(used) == list(counted):
            scores = {key: exported.values[key] for key in SCORES if key in exported.values}
            return computed | scores
        return computed
    if exported and list(used) == list(counted):
        return dict(exported.values)
    missing = "vertebrae" if exported is None else "vertebrae that are left"
    where = exported.where if exported else next(iter(levels.values())).where
    raise DataFault(
        f"{where}: {site} cannot be computed. The {missing} lack BMC and area, and a mean of BMDs "
        "is no BMD of the region."
    )


def sums(levels: Mapping[str, RegionReading], used: Sequence[str]) -> dict[Measure, float]:
    """Return BMC in g, area in cm² and BMD in g/cm² of several regions together."""
    bmc = sum(levels[one].values["bmc"] for one in used)
    area = sum(levels[one].values["area"] for one in used)
    return {"bmd": bmc / area, "bmc": bmc, "area": area}


def _refuse_contradiction(exported: RegionReading, computed: Mapping[Measure, float]) -> None:
    if "bmd" in exported.values:
        what = "ΣBMC / ΣArea of its parts"
        refuse_other(exported.values["bmd"], computed["bmd"], exported.where, what)
    area = exported.values.get("area")
    if area is not None and abs(area - computed["area"]) > TOLERANCE * computed["area"]:
        raise DataFault(
            f"{exported.where}: area {area:g} cm², but its vertebrae together have "
            f"{computed['area']:.4g} cm². Mark the vertebrae that are not included."
        )
