"""The columns of an empty table of endplate readings, for ``bonecohort new``."""

from __future__ import annotations

from bonecohort.intake.table_columns import OF_A_VERTEBRA, Column

COLUMNS = (
    *OF_A_VERTEBRA,
    Column(
        "endplate",
        "superior, inferior, or not_assessable where the level could not be read.",
        ("superior", "inferior", "not_assessable"),
    ),
    Column(
        "defect", "The number of the defect on this endplate: 1, 2, ...; 0 for a normal endplate."
    ),
    Column("width_mm", "Width of the defect (a), in mm."),
    Column("depth_mm", "Depth of the defect (b), in mm."),
    Column("body_width_mm", "Width of the vertebral body (c), in mm."),
    Column("body_height_1_mm", "First height of the vertebral body (d1), in mm."),
    Column("body_height_2_mm", "Second height of the vertebral body (d2), in mm."),
)
