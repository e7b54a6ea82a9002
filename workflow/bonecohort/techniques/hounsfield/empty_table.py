"""The columns of an empty table of HU readings, for ``bonecohort new``."""

from __future__ import annotations

from bonecohort.intake.table_columns import OF_A_VERTEBRA, Column

COLUMNS = (
    *OF_A_VERTEBRA,
    Column(
        "plane", "The plane of the vertebra: upper, middle or lower.", ("upper", "middle", "lower")
    ),
    Column("hu", "The mean Hounsfield units of your region in this plane."),
)
