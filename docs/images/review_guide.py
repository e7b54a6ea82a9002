"""Draw the pictures of the review page's guide: python docs/images/review_guide.py STUDY.

STUDY is the demo study, run. Drawn are the regions of P001's L3 as they were measured, and moved or
spoilt so that a reviewer should see it, by the code that draws the pictures of quality control.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from bonecohort.images.nifti import read_nifti
from bonecohort.papers.hao2025.report.figures.regions import figure_of_rois
from bonecohort.report.figures.style import journal_style
from bonecohort.report.page.guide import FOLDER
from bonecohort.report.pictures.sheet import save_picture
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.hounsfield.reader_rois import measure_reader_vertebra
from bonecohort.techniques.hounsfield.record import to_record
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from bonecohort.images.volume import Volume

PARTICIPANT, LEVEL = "P001", "L3"
TO_THE_ENDPLATE_MM, THROUGH_THE_WALL_MM = 7.0, 13.0
SCLEROSIS_RADIUS_MM, SCLEROSIS_HU = 8.0, 480.0
WIDTH_PX, COLOURS = 560, 128
NO_LIMITS = HounsfieldSettings(max_excluded_fraction=1.0)


def main(study: Path) -> None:
    """Write the guide's pictures into the library's folder."""
    folder = participant_folder(study / "results", PARTICIPANT)
    ct = read_nifti(folder / "ct.nii.gz")
    good = read_record(folder / "hounsfield" / f"{LEVEL}.json")
    outlines = {roi["plane"]: np.array(roi["polygon_lps_mm"]) for roi in good["rois"]}
    upper = outlines["upper"]
    upwards = outlines["upper"].mean(axis=0) - outlines["lower"].mean(axis=0)
    upwards /= np.linalg.norm(upwards)
    left, backwards = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    draw("good", ct, good)
    touching = outlines | {"upper": upper + TO_THE_ENDPLATE_MM * upwards}
    draw("endplate", ct, measured(ct, touching))
    sclerotic = with_sclerosis(ct, upper.mean(axis=0) + 6.0 * left)
    draw("sclerosis", sclerotic, measured(sclerotic, outlines))
    leaving = outlines | {"middle": outlines["middle"] + THROUGH_THE_WALL_MM * backwards}
    draw("wall", ct, measured(ct, leaving))


def measured(ct: Volume, outlines: dict[str, Any]) -> dict[str, Any]:
    """Return the record of regions as a reader would have drawn them."""
    found = measure_reader_vertebra(ct, LEVEL, outlines, "1", NO_LIMITS)
    return to_record(PARTICIPANT, found)


def with_sclerosis(ct: Volume, centre_lps_mm: Any) -> Volume:
    """Return the CT with a ball of dense bone."""
    array = ct.array.copy()
    index = np.indices(array.shape).reshape(3, -1)
    points = (ct.affine_lps[:3, :3] @ index).T + ct.affine_lps[:3, 3]
    inside = np.linalg.norm(points - centre_lps_mm, axis=1) < SCLEROSIS_RADIUS_MM
    array.reshape(-1)[inside] = SCLEROSIS_HU
    return replace(ct, array=array)


def draw(stem: str, ct: Volume, record: dict[str, Any]) -> None:
    """Write one picture, as wide as the page shows it."""
    path = FOLDER / f"{stem}.png"
    path.parent.mkdir(exist_ok=True)
    with journal_style():
        save_picture(figure_of_rois(ct, record), path)
    with Image.open(path) as image:
        size = (WIDTH_PX, round(image.height * WIDTH_PX / image.width))
        shown = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    shown.quantize(COLOURS).save(path, optimize=True)
    path.with_suffix(".jpg").unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
