"""Draw the study's figures but those of the models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.images.nifti import read_nifti
from bonecohort.papers.hao2025.report.agreement.figure import draw_agreement
from bonecohort.papers.hao2025.report.figures.regions import draw_figure1
from bonecohort.papers.hao2025.report.figures.study_figures import draw_figures
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.study.left_out import is_left_out
from bonecohort.study.study import Study, load_study

if TYPE_CHECKING:
    from collections.abc import Mapping

ONLY_IN_SOME_STUDIES = ("figure1_roi", "truth", "agreement", "agreement_lines")
"""Figures not every study has: those of an earlier run must not outlive their cause."""


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write these of ``figures/*`` as PNG, SVG and PDF, with the data of each as CSV."""
    study = load_study(Path(), task["overrides"])
    truth = Path(study.settings.truth) if study.settings.truth else None
    if truth and not truth.is_file():  # noted in run.json
        truth = None
    figures = results / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    for name in ONLY_IN_SOME_STUDIES:
        for left_over in figures.glob(f"{name}.*"):
            left_over.unlink()
    draw_figures(results / "tables", results / "statistics", figures, study.settings, truth)
    draw_agreement(results / "tables", results / "statistics", figures, study.settings)
    shown = _vertebra_to_show(study, results)
    if shown:
        folder, record = shown
        mark = study.settings.report.decimal_mark
        draw_figure1(read_nifti(folder / "ct.nii.gz"), record, figures, mark)


def _vertebra_to_show(study: Study, results: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the middle vertebra of the first participant measured whole and without a flag.

    One that the table of exclusions leaves out is not shown.
    """
    levels = study.settings.levels
    partly = None
    for participant_id in study.included:
        folder = participant_folder(results, participant_id)
        paths = [folder / "hounsfield" / f"{level}.json" for level in levels]
        if not all(path.is_file() for path in paths):
            continue
        records = [read_record(path) for path in paths]
        if any(record["status"] != "measured" for record in records):
            continue
        middle = records[len(records) // 2]
        if is_left_out(study, participant_id, "hounsfield", levels[len(levels) // 2]):
            continue
        if not any(record["flags"] for record in records):
            return folder, middle
        partly = partly or (folder, middle)
    return partly
