"""Write a small study of synthetic segmented bones whose stiffness and failure load are known.

A bone is a tube about a grid of plates, alike in every slice, between smooth ends. So its stiffness
is the sum of its voxels' moduli times their area, over its height. Its strain is everywhere that
of the ends. Participants are those of the demo study of the same seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.demo.share import SeriesRow, Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.fe.ufe import MICROSTRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.demo.truth import DemoParticipant

FOLDER = "demo_fe"
TRUTH_PATH = truth_path(FOLDER)
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
    for participant in cohort:
        for site in SITES:
            path = f"{FOLDER}/{participant.participant_id}/{site}.nii.gz"
            yield [participant.participant_id, "xct_segmentation", path, site]


def _truth(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    for site in SITES:
        if not is_cut(participant, site):
            yield from _strength(participant, site)


def _strength(participant: DemoParticipant, site: str) -> Iterator[tuple[str, str, float]]:
    stiffness = stiffness_n_mm(section_of(participant, site))
    yield site, "stiffness", stiffness
    load = stiffness * CRITICAL_MICROSTRAIN * MICROSTRAIN * SLICES * SPACING_MM
    yield site, "failure_load", load


def _write_bones(folder: Path, participant: DemoParticipant, _seed: int) -> None:
    for site in SITES:
        _write_bone(folder, participant, site)


def _write_bone(folder: Path, participant: DemoParticipant, site: str) -> None:
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    write_nifti(folder / f"{site}.nii.gz", Volume(bone(participant, site), affine))


SHARED_SITE = "radius_distal_L"


def _shared_truth(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    return _strength(participant, SHARED_SITE)


def _shared_series(_participant: DemoParticipant) -> list[SeriesRow]:
    return [SeriesRow("xct_segmentation", f"{SHARED_SITE}.nii.gz", SHARED_SITE)]


def _write_shared(folder: Path, participant: DemoParticipant, _seed: int) -> None:
    _write_bone(folder, participant, SHARED_SITE)


SHARE = Share(
    "fe",
    range(13, 17),
    _shared_truth,
    config={"fe": {"levels": ["L3"], "boundary": "frictionless", "materials": MODULI_MPA}},
    series=_shared_series,
    files=_write_shared,
)
"""A radius of known strength. Who lies on a calibration phantom has the strength of L3, too."""
STUDY = SmallStudy(
    FOLDER,
    CONFIG,
    _series,
    _truth,
    files=_write_bones,
    series_columns=("participant_id", "kind", "path", "site"),
)


def write_fe_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of bone strength.", 6)
