"""The HU of a vertebra from the mean HU of its three planes."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.measures.measurement import Measurement
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.techniques.hounsfield.names import PLANES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.techniques.hounsfield.table import HuReading

MODALITY = "CT"
UNIT = "HU"
PACS_TABLE = "pacs.table"


def hu_measurements(
    level: str, planes: Mapping[str, float], method: str, reader: str
) -> list[Measurement]:
    """Return the rows of a vertebra's three planes and of their unweighted mean, ``hu``."""
    rows = {f"hu_{plane}": planes[plane] for plane in PLANES}
    rows["hu"] = vertebra_hu(planes)
    return [
        Measurement(level, MODALITY, measure, value, UNIT, method, reader)
        for measure, value in rows.items()
    ]


def vertebra_hu(planes: Mapping[str, float]) -> float:
    """Return the unweighted mean of the three planes' HU (Hao et al. 2025, Methods)."""
    return fmean(planes[plane] for plane in PLANES)


def table_measurements(level: str, readings: Sequence[HuReading]) -> list[Measurement]:
    """Return the rows of one vertebra read elsewhere; with several readers, means and each.

    Raises
    ------
    DataFault
        When a reader left a plane out.
    """
    by_reader: dict[str, dict[str, float]] = {}
    for reading in readings:
        by_reader.setdefault(reading.reader, {})[reading.plane] = reading.hu
    for reader, planes in by_reader.items():
        missing = [plane for plane in PLANES if plane not in planes]
        if missing:
            raise DataFault(
                f"{level}: reader {reader} gave no {' and no '.join(missing)} plane; the "
                "HU of a vertebra is the mean of all three."
            )
    rows = [
        row
        for reader, planes in by_reader.items()
        for row in hu_measurements(level, planes, PACS_TABLE, reader)
    ]
    if len(by_reader) > 1:
        rows += mean_of_readers(level, list(by_reader.values()), PACS_TABLE)
    return rows


def mean_of_readers(
    level: str, planes_of_readers: Sequence[Mapping[str, float]], method: str
) -> list[Measurement]:
    """Return the rows of the mean over readers, plane by plane, the vertebra's ``hu`` last."""
    means: dict[str, float] = {
        plane: fmean(planes[plane] for planes in planes_of_readers) for plane in PLANES
    }
    return hu_measurements(level, means, method, MEAN_OF_READERS)
