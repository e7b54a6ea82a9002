"""Which of a participant's files its HU and its endplate defects come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bonecohort.study.study import Study

HuSource = Literal["hu_rois", "hu_table", "automatic"]
EndplateSource = Literal["endplate_markups", "endplate_table"]
MeasuredStage = Literal["hounsfield", "endplates"]
MarksKind = Literal["hu_rois", "endplate_markups"]
MARKS: tuple[MarksKind, MarksKind] = ("hu_rois", "endplate_markups")


def hu_source(study: Study, participant_id: str) -> HuSource | None:
    """Return the first HU source that exists: a reader's ROIs, a table, automatic ROIs."""
    kinds = {row.kind for row in study.series_of(participant_id)}
    if "hu_rois" in kinds:
        return "hu_rois"
    if "hu_table" in kinds:
        return "hu_table"
    return "automatic" if "ct" in kinds or "vertebrae" in kinds else None


def is_segmented(study: Study, participant_id: str) -> bool:
    """Whether the participant's CT has no label map and a program is to draw one."""
    kinds = {row.kind for row in study.series_of(participant_id)}
    return (
        study.settings.vertebrae.segment != "none"
        and hu_source(study, participant_id) == "automatic"
        and "ct" in kinds
        and "vertebrae" not in kinds
    )


def endplate_source(study: Study, participant_id: str) -> EndplateSource | None:
    """Return the first endplate source that exists: drawn marks, then a table."""
    kinds = {row.kind for row in study.series_of(participant_id)}
    if "endplate_markups" in kinds:
        return "endplate_markups"
    return "endplate_table" if "endplate_table" in kinds else None


def image_kinds(study: Study, participant_id: str) -> list[str]:
    """Return the kinds of image series that the participant has."""
    return [kind for kind in ("ct", "t2_sagittal") if study.series_of(participant_id, kind)]


def measured_stages(study: Study, participant_id: str) -> list[MeasuredStage]:
    """Return what is measured on the participant's own images, not read from a table."""
    stages: dict[MeasuredStage, bool] = {
        "hounsfield": hu_source(study, participant_id) in ("automatic", "hu_rois"),
        "endplates": endplate_source(study, participant_id) == "endplate_markups",
    }
    return [stage for stage, is_measured in stages.items() if is_measured]


def records_of(study: Study, participant_id: str) -> list[str]:
    """Return the participant's records that the cohort's tables are made of, below its folder."""
    stages = measured_stages(study, participant_id)
    return [
        *(f"{kind}.json" for kind in image_kinds(study, participant_id)),
        *(f"{stage}/{level}.json" for stage in stages for level in study.settings.levels),
    ]


def files_among_marks(study: Study, participant_id: str, kind: MarksKind) -> list[str]:
    """Return the paths of a participant's other files that lie in folders of its marks."""
    folders = [f"{row.path.rstrip('/')}/" for row in study.series_of(participant_id, kind)]
    others = {row.path for row in study.series_of(participant_id) if row.kind not in MARKS}
    return sorted(path for path in others if path.startswith(tuple(folders)))
