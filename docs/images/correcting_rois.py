"""Draw the pictures of docs/correcting-rois.md: python docs/images/correcting_rois.py STUDY.

STUDY is the demo study, run. Drawn are the regions of P001's L3 as they were measured, and after
the middle one was moved, by the same code that draws the pictures of quality control.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bonecohort.images.nifti import read_nifti
from bonecohort.papers.hao2025.report.figures.regions import figure_of_rois
from bonecohort.report.figures.style import journal_style
from bonecohort.report.pictures.sheet import save_picture
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.hounsfield.reader_rois import measure_reader_vertebra
from bonecohort.techniques.hounsfield.record import to_record
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

HERE = Path(__file__).resolve().parent
PARTICIPANT, LEVEL, MOVED = "P001", "L3", "middle"
TO_THE_LEFT_MM, SMALLER = 5.0, 0.75


def main(study: Path) -> None:
    """Write ``correcting-before.png`` and ``correcting-after.png`` beside this file."""
    folder = participant_folder(study / "results", PARTICIPANT)
    ct = read_nifti(folder / "ct.nii.gz")
    before = read_record(folder / "hounsfield" / f"{LEVEL}.json")
    outlines = {roi["plane"]: np.array(roi["polygon_lps_mm"]) for roi in before["rois"]}
    centre = outlines[MOVED].mean(axis=0)
    smaller = centre + SMALLER * (outlines[MOVED] - centre)
    outlines[MOVED] = smaller + np.array([TO_THE_LEFT_MM, 0.0, 0.0])
    corrected = measure_reader_vertebra(ct, LEVEL, outlines, "1", HounsfieldSettings())
    after = to_record(PARTICIPANT, corrected)
    for name, record in (("before", before), ("after", after)):
        with journal_style():
            save_picture(figure_of_rois(ct, record), HERE / f"correcting-{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
