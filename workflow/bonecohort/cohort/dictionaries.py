"""Data dictionaries: what every column of every table means, beside the table as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.settings import Settings

_SIZES = {
    "width_mm": ("Summed maximum width of the defects (a), along the endplate", "mm"),
    "depth_mm": ("Summed maximum depth of the defects (b), perpendicular to the endplate", "mm"),
    "body_width_mm": ("Width of the vertebral body (c) on the mid-sagittal slice", "mm"),
    "body_height_mm": ("Height of the vertebral body, (d1 + d2) / 2", "mm"),
    "standardized_width": ("width_mm / body_width_mm; 0 when there is no defect", ""),
    "standardized_depth": ("depth_mm / body_height_mm; 0 when there is no defect", ""),
    "cumulative_score": ("standardized_width + standardized_depth", ""),
}
_COMMON = {
    "participant_id": ("The study's own ID of the participant", ""),
    "level": ("Vertebral level", ""),
}
_FIXED: dict[str, dict[str, tuple[str, str]]] = {
    "measurements": {
        **_COMMON,
        "site": ("Level, or endplate of a level (L3.superior)", ""),
        "modality": ("CT or MR", ""),
        "measure": ("What was measured", ""),
        "value": ("The value, in the unit given", ""),
        "unit": ("Unit of the value", ""),
        "method": ("How the value was obtained", ""),
        "reader": ("Who measured; 'mean' is the mean of several readers", ""),
    },
    "vertebrae": {
        **_COMMON,
        "hu_upper": ("Mean HU of the upper plane", "HU"),
        "hu_middle": ("Mean HU of the middle plane", "HU"),
        "hu_lower": ("Mean HU of the lower plane", "HU"),
        "hu": ("Mean of the three planes", "HU"),
        "low_hu": ("hu at or below hounsfield.low_hu_threshold (yes/no)", ""),
        "defect_type": (
            "none, superior, inferior, bilateral; not_assessable if unreadable; blank if not read",
            "",
        ),
        **_SIZES,
    },
    "endplates": {
        **_COMMON,
        "endplate": ("superior or inferior", ""),
        "n_defects": ("Number of defects of the endplate", ""),
        **{name: text for name, text in _SIZES.items() if not name.startswith("body_")},
    },
    "exclusions": {
        **_COMMON,
        "level": ("Vertebral level; blank when the whole participant or scan is meant", ""),
        "stage": ("Where it was found: eligibility, conversion, hounsfield, endplates", ""),
        "reason": ("Why, and what would be right", ""),
    },
    "flags": {
        **_COMMON,
        "stage": ("Where it was found", ""),
        "text": ("What deserves a look", ""),
    },
}


def data_dictionary(
    table: str, columns: Iterable[str], settings: Settings
) -> dict[str, dict[str, str]]:
    """Return description and unit of every column of a table.

    Raises
    ------
    KeyError
        When a column has no description: every column a table has must have one.
    """
    known = _participants_columns(settings) if table == "participants" else _FIXED[table]
    return {
        column: {"description": known[column][0], "unit": known[column][1]} for column in columns
    }


def _participants_columns(settings: Settings) -> dict[str, tuple[str, str]]:
    variables = {
        name: (variable.label or name, variable.unit)
        for name, variable in settings.variables.items()
    }
    hu = {f"hu_{level}": (f"HU of {level}, mean of its three planes", "HU") for level in
          settings.levels}  # fmt: skip
    return {
        **_COMMON,
        **variables,
        **hu,
        "total_spine_hu": ("Mean HU of the study's levels", "HU"),
        "osteoporosis": (
            f"total_spine_hu below {settings.hounsfield.osteoporosis_threshold:g} HU (yes/no)", "",
        ),
        "endplate_defect": (
            ("yes when any level has a defect, no when every level was read and none has; blank "
            "otherwise"),
            "",
        ),
        "n_defect_vertebrae": ("Number of levels with a defect, among those read", ""),
    }  # fmt: skip
