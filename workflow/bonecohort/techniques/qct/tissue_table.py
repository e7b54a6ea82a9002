"""``tissue_samples`` as a table: ``tissue, hu [, n, sd, area_mm2]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import cell_of
from bonecohort.faults import DataFault
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.sample_table import (
    need_columns,
    number_if_given,
    number_of,
    read_sample_table,
    refuse_repeated,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.study.cells import Row, Table
    from bonecohort.techniques.qct.settings import Tissue

CALLED = "The table of tissue samples"
SPELLINGS: Mapping[str, Tissue] = {
    "air": "air",
    "externalair": "air",
    "adipose": "adipose",
    "adiposetissue": "adipose",
    "fat": "adipose",
    "subcutaneousfat": "adipose",
    "subcutaneousadiposetissue": "adipose",
    "blood": "blood",
    "aorta": "blood",
    "aorticblood": "blood",
    "bone": "bone",
    "corticalbone": "bone",
    "cortical": "bone",
    "cortex": "bone",
    "muscle": "muscle",
    "skeletalmuscle": "muscle",
    "psoas": "muscle",
    "psoasmuscle": "muscle",
}
LEAST_AREA_MM2 = 10.0


def read_tissue_table(path: Path, participant_id: str) -> dict[Tissue, Sample]:
    """Return the samples of a table by their tissues.

    Raises
    ------
    DataFault
        The table cannot be read, or a row names no tissue, or a sample is too small.
    """
    table = read_sample_table(path, CALLED, participant_id)
    need_columns(table, "tissue", "hu")
    result: dict[Tissue, Sample] = {}
    seen: dict[str, int] = {}
    for row in table.rows:
        tissue = _tissue(table, row)
        refuse_repeated(table, row, "tissue", seen)
        if tissue in result:
            raise DataFault(
                f"{cell_of(table, row, 'tissue')}: a second sample of {tissue}; one is expected."
            )
        area = number_if_given(table, row, "area")
        if area is not None:
            check_area(tissue, area)
        voxels = number_if_given(table, row, "n")
        result[tissue] = Sample(
            tissue,
            number_of(table, row, "hu"),
            number_if_given(table, row, "sd"),
            None if voxels is None else int(voxels),
        )
    return result


def check_area(tissue: Tissue, area_mm2: float) -> None:
    """Raise a fault for a sample that is too small."""
    if area_mm2 < LEAST_AREA_MM2:
        raise DataFault(
            f"The sample of {tissue} has {area_mm2:.1f} mm²; {LEAST_AREA_MM2:g} or more is needed."
        )


def _tissue(table: Table, row: Row) -> Tissue:
    tissue = tissue_named(row.get("tissue"))
    if tissue is None:
        raise DataFault(
            f"{cell_of(table, row, 'tissue')}: {row.get('tissue')!r}; adipose, air, blood, bone or "
            "muscle is expected."
        )
    return tissue


def tissue_named(text: str) -> Tissue | None:
    """Return the tissue that a text names, whatever its case and signs; None for no tissue."""
    return SPELLINGS.get("".join(one for one in text.lower() if one.isalnum()))
