"""The stages of the workflow in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STAGES = {
    "convert_series": "convert the images",
    "segment_vertebrae": "segment the vertebrae",
    "crop_vertebrae": "cut out the vertebrae",
    "measure_hounsfield": "measure HU",
    "show_hounsfield": "draw the HU picture",
    "measure_endplates": "measure the endplates",
    "show_endplates": "draw the endplate picture",
    "list_records": "list the records",
    "assemble_cohort": "assemble the cohort's tables",
    "analyse_cohort": "do the statistics",
    "draw_figures": "draw the figures",
    "draw_model_figures": "draw the models' figures",
    "build_report": "build the report",
}
"""What each rule does, in the order of the work; a rule that is not here only names targets."""

IMAGES = {"ct": "CT", "t2_sagittal": "T2"}
MAX_NAMED = 2
"""So many vertebrae are named; more are counted."""
MAX_LISTED = 8
"""So many participants are listed."""


def stage_words(rule: str, kinds: Sequence[str] = (), levels: Sequence[str] = ()) -> str:
    """Return what one or several jobs of a rule do, with the images or vertebrae they do it to."""
    if kinds:
        return f"convert the {' and the '.join(IMAGES[kind] for kind in kinds)}"
    if not levels:
        return STAGES[rule]
    named = len(levels) <= MAX_NAMED
    vertebrae = " and ".join(levels) if named else f"{len(levels)} vertebrae"
    return f"{STAGES[rule]} of {vertebrae}"


def job_words(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return what one job does."""
    kinds = [wildcards["kind"]] if "kind" in wildcards else []
    levels = [wildcards["level"]] if "level" in wildcards else []
    return stage_words(rule, kinds, levels)


def some(names: Sequence[str], limit: int = MAX_LISTED) -> str:
    """Return names, the first of them where there are many."""
    return ", ".join([*names[:limit], *(["…"] if len(names) > limit else [])])
