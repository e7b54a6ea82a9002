"""What the paper calls the groups of vertebrae that it compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

GROUPS = {
    "lumbar_region": ("Upper lumbar (L1–L3)", "Lower lumbar (L4–L5)"),
    "endplate": ("Superior only", "Inferior only"),
}
TITLES = {
    "low_hu": "HU of the vertebra",
    "lumbar_region": "Lumbar region",
    "endplate": "Endplate with the defect",
}


def group_words(
    grouping: str, groups: tuple[str, ...], settings: Settings, printer: Printer
) -> tuple[str, ...]:
    """Return the printed names of a grouping's groups, in their fixed order."""
    if grouping == "low_hu":
        threshold = f"{settings.of(HounsfieldSettings).low_hu_threshold:g}"
        return f"Low HU (≤{threshold})", f"Normal HU (>{threshold})"
    return GROUPS.get(grouping) or printer.group_words(grouping, groups)


def grouping_title(grouping: str, printer: Printer) -> str:
    """Return the printed name of a grouping."""
    return TITLES.get(grouping) or printer.label(grouping)
