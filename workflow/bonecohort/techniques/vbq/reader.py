"""Bone quality scores of regions that readers drew."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.annotations.marks.mark_checks import check_marks
from bonecohort.faults import DataFault
from bonecohort.measures.measurement import Measurement
from bonecohort.measures.mr.outcome import MeasuredBody, RefusedBody
from bonecohort.techniques.vbq.curves import mean_within, region_of
from bonecohort.techniques.vbq.fluid import CSF_LEVEL, CSF_LEVELS
from bonecohort.techniques.vbq.methods import MODALITY, NUMBER, VBQ_LEVEL, reader_method
from bonecohort.techniques.vbq.names import region_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bonecohort.annotations.marks.markup import Markup
    from bonecohort.images.grid import ImageGrid
    from bonecohort.images.volume import Volume
    from bonecohort.measures.mr.outcome import BodyOutcome, Outcomes
    from bonecohort.techniques.vbq import methods

IMAGE = "sagittal T1"
MEAN_OF_READERS = "mean"


def measure_curves(
    image: Volume,
    grid: ImageGrid | None,
    by_reader: Mapping[str, Sequence[Markup]],
    levels: Sequence[str],
    sequence: methods.Sequence,
) -> Outcomes:
    """Measure each reader's curves of marrow against the same reader's curve of CSF.

    Parameters
    ----------
    image
        T1-weighted, in any unit; shape (ni, nj, nk).
    grid
        Where the image lies.
    by_reader
        Reader → markups.

    Raises
    ------
    DataFault
        No reader has a curve of CSF that can be measured.
    """
    marks = {reader: _of_levels(own) for reader, own in by_reader.items()}
    fluids: dict[str, tuple[str, float]] = {}
    reasons = []
    for reader in marks:
        try:
            fluids[reader] = _fluid(image, grid, marks, reader)
        except DataFault as fault:
            reasons.append(fault.reason)
    if not fluids:
        raise DataFault(" ".join(dict.fromkeys(reasons)))
    outcomes: dict[str, BodyOutcome] = {}
    for level in levels:
        try:
            check_marks(marks, level, grid, IMAGE)
            outcomes[level] = _measure(image, marks, level, fluids, reader_method(sequence))
        except DataFault as fault:
            outcomes[level] = RefusedBody(fault.reason)
    return outcomes


def _of_levels(markups: Iterable[Markup]) -> dict[str, list[Markup]]:
    result: dict[str, list[Markup]] = {}
    for markup in markups:
        if name := region_name(markup.meaning):
            result.setdefault(name.level, []).append(markup)
    return result


def _fluid(
    image: Volume,
    grid: ImageGrid | None,
    marks: Mapping[str, dict[str, list[Markup]]],
    reader: str,
) -> tuple[str, float]:
    """Return the level and the mean signal of a reader's CSF."""
    for level in CSF_LEVELS:
        curve = region_of(marks[reader].get(level, ()), level, "csf")
        if curve is not None:
            check_marks({reader: marks[reader]}, level, grid, IMAGE)
            return level, mean_within(image, curve)
    expected = ", ".join(f"{level}_csf" for level in CSF_LEVELS)
    raise DataFault(
        f"No CSF region: reader {reader} drew none of {expected}, with which marrow is compared."
    )


def _measure(
    image: Volume,
    marks: Mapping[str, dict[str, list[Markup]]],
    level: str,
    fluids: Mapping[str, tuple[str, float]],
    method: str,
) -> MeasuredBody:
    signals = {}
    for reader in fluids:
        curve = region_of(marks[reader].get(level, ()), level, "marrow")
        if curve is not None:
            signals[reader] = mean_within(image, curve)
    if not signals:
        raise DataFault(f"No curve {level}_marrow is drawn.")
    scores = {reader: signal / fluids[reader][1] for reader, signal in signals.items()}
    if len(scores) > 1:
        scores[MEAN_OF_READERS] = fmean(scores.values())
    rows = tuple(
        Measurement(level, MODALITY, VBQ_LEVEL, score, NUMBER, method, reader)
        for reader, score in scores.items()
    )
    first = next(iter(signals))
    csf_level, csf_signal = fluids[first]
    others = {fluids[reader][0] for reader in signals} - {CSF_LEVELS[0]}
    details = {
        "signal": signals[first],
        "csf": {"level": csf_level, "signal": csf_signal},
        "endplates": {},
    }
    flags = tuple(f"{CSF_LEVEL}: {other}" for other in CSF_LEVELS if other in others)
    return MeasuredBody(rows, details, flags)
