"""Write a small study of synthetic segmented bones whose stiffness and failure load are known.

A bone is a tube about a grid of plates, alike in every slice, between smooth ends. So its stiffness
is the sum of its voxels' moduli times their area, over its height. Its strain is everywhere that
of the ends. Participants are those of the demo study of the same seed.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.tables import participants_text
from bonecohort.faults import StudyFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.writing import whole_file
from bonecohort.techniques.fe.ufe import MICROSTRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bonecohort.demo.truth import DemoParticipant

FOLDER = "demo_fe"
TRUTH_PATH = f"{FOLDER}/truth.csv"
SITES = {"radius_distal_L": 1.0, "tibia_distal_L": 1.4}
"""Site → how much wider its bone is."""
SPACING_MM = 0.25
SLICES, CORTEX_MM, PLATE_STEP_MM, PLATE_MM = 20, 0.75, 2.0, 0.3
RADIUS_MM, RADIUS_MM_PER_HU, MEAN_HU = 4.0, 0.01, 105.0
TRABECULAR, CORTICAL = 100, 127
MODULI_MPA = {TRABECULAR: 6829.0, CORTICAL: 8748.0}
CRITICAL_MICROSTRAIN = 7000.0
CUT_NUMBER = 3
"""The participant whose tibia is cut through: it carries no load."""
CONFIG = (
    "# Synthetic segmented bones of known stiffness and failure load.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "fe:\n"
    "  boundary: frictionless\n"
    f"  materials: {MODULI_MPA}\n"
    "  summary_sites: [radius_distal_L]\n"
    f"truth: {TRUTH_PATH}\n"
    "analyses:\n"
    "  - table1: {by: sex, rows: [age_years, fe_failure_load, fe_failure_load_tibia_distal_L]}\n"
    "report:\n"
    "  title: Demo study of bone strength\n"
)


def write_fe_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study: tables, segmentations and truth.

    Parameters
    ----------
    folder
        Study folder; made when absent.
    participants
        Size of the cohort.
    seed
        Decides every number of the study.

    Raises
    ------
    StudyFault
        The folder holds a study already.
    """
    if (folder / "config" / "config.yaml").exists() or (folder / FOLDER).exists():
        raise StudyFault([f"{folder} holds a study already; write the demo into another folder."])
    cohort = draw_cohort(participants, seed)
    imaged = [one for one in cohort if not one.is_excluded]
    for one in imaged:
        for site in SITES:
            affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
            path = folder / FOLDER / one.participant_id / f"{site}.nii.gz"
            write_nifti(path, Volume(bone(one, site), affine))
    columns = ["participant_id", "kind", "path", "site"]
    texts = {
        "config/config.yaml": CONFIG,
        "config/participants.tsv": participants_text(cohort),
        "config/series.tsv": _table(columns, _series(imaged), "\t"),
        TRUTH_PATH: _table(["participant_id", "level", "measure", "value"], _truth(imaged), ","),
    }
    for name, text in texts.items():
        with whole_file(folder / name) as unfinished:
            unfinished.write_text(text, encoding="utf-8")


def section_of(participant: DemoParticipant, site: str) -> NDArray[np.int16]:
    """Return the labels of a slice of a bone, shape (nx, ny)."""
    density = float(np.mean([vertebra.hu for vertebra in participant.vertebrae]))
    radius_mm = SITES[site] * (RADIUS_MM + RADIUS_MM_PER_HU * (density - MEAN_HU))
    half = int(np.ceil(radius_mm / SPACING_MM)) + 2
    places = (np.arange(-half, half) + 0.5) * SPACING_MM
    x, y = np.meshgrid(places, places, indexing="ij")
    from_middle = np.hypot(x, y)
    inside = from_middle <= radius_mm - CORTEX_MM
    plates = (np.abs(x) % PLATE_STEP_MM < PLATE_MM) | (np.abs(y) % PLATE_STEP_MM < PLATE_MM)
    labels = np.where(inside & plates, TRABECULAR, 0)
    return np.where((from_middle <= radius_mm) & ~inside, CORTICAL, labels).astype(np.int16)


def bone(participant: DemoParticipant, site: str) -> NDArray[np.int16]:
    """Return the labels of a bone, shape (nx, ny, nz)."""
    labels = np.repeat(section_of(participant, site)[:, :, None], SLICES, axis=2)
    if is_cut(participant, site):
        labels[:, :, SLICES // 2] = 0
    return labels


def is_cut(participant: DemoParticipant, site: str) -> bool:
    """Whether a bone is cut through."""
    return participant.number == CUT_NUMBER and site.startswith("tibia")


def stiffness_n_mm(section: NDArray[np.int16]) -> float:
    """Return the stiffness of a bone of equal slices, in N/mm."""
    moduli = sum(modulus * int((section == label).sum()) for label, modulus in MODULI_MPA.items())
    return moduli * SPACING_MM**2 / (SLICES * SPACING_MM)


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for one in cohort:
        for site in SITES:
            path = f"{FOLDER}/{one.participant_id}/{site}.nii.gz"
            yield [one.participant_id, "xct_segmentation", path, site]


def _truth(cohort: Sequence[DemoParticipant]) -> Iterator[list[object]]:
    for one in cohort:
        for site in SITES:
            if is_cut(one, site):
                continue
            stiffness = stiffness_n_mm(section_of(one, site))
            load = stiffness * CRITICAL_MICROSTRAIN * MICROSTRAIN * SLICES * SPACING_MM
            yield [one.participant_id, site, "stiffness", stiffness]
            yield [one.participant_id, site, "failure_load", load]


def _table(columns: list[str], rows: Iterator[Sequence[object]], delimiter: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def main() -> None:
    """Write the study that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a synthetic study of bone strength.")
    parser.add_argument("folder", type=Path, help="the study folder, made when absent")
    parser.add_argument("--participants", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write_fe_study(asked.folder, asked.participants, asked.seed)


if __name__ == "__main__":
    main()
