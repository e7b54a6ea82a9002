"""Write a small study of synthetic CTs on a calibration phantom, with known densities.

Participants and their vertebrae are those of the demo study of the same seed. Each lies on a
phantom with rods of K2HPO4, and has a line of its own from HU to density. The rods of every third
participant were read elsewhere, off a Mindways phantom: a table holds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.dicom import CT, write_series
from bonecohort.demo.phantom import VertebraModel, render_ct
from bonecohort.demo.share import SeriesRow, Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.demo.tables import table_text
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.writing import whole_file
from bonecohort.techniques.qct.rods import BETA_WATER, SIGMA_WATER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bonecohort.demo.anatomy import Pose
    from bonecohort.demo.truth import DemoParticipant
    from bonecohort.images.volume import FloatArray

FOLDER = "demo_qct"
TRUTH_PATH = truth_path(FOLDER)
PIXEL_MM, SLICE_MM, ACROSS = 0.9, 1.5, 116
FRONT_MM, MARGIN_MM, TORSO_SEMI_AXIS_MM, NOISE_SD_HU = 33.0, 24.0, 51.0, 20.0
BREADTH_OF_BODY = 1.38
AIR_HU, SLAB_HU = -1000.0, 10.0
SLAB_MM, ROD_RADIUS_MM, ROD_STEP_MM = 27.0, 8.0, 24.0
"""The phantom is a slab below the torso; its rods lie side by side in its middle."""
SLAB = round(SLAB_MM / PIXEL_MM)
"""Rows of the slab."""
FINER = 4
"""Of the rods' rims, so many samples a voxel and axis."""
RODS = {1: 0.0, 2: 50.0, 3: 100.0, 4: 200.0}
"""Label → density, mg K2HPO4/cm³."""
MINDWAYS = {"A": (-51.83, 1012.25), "B": (-53.4, 1056.95), "C": (58.88, 1103.57),
            "D": (157.05, 1119.52), "E": (375.83, 923.2)}  # fmt: skip
"""Rod → density of K2HPO4 and of water, mg/cm³."""
STREAM = 6
"""Distinguishes the noise of these images from that of the demo study's."""
CONFIG = (
    "# Synthetic CTs on a calibration phantom, with known densities.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "vertebrae:\n"
    "  label_scheme: totalsegmentator_v2\n"
    "bmd:\n"
    f"  phantom: {{equivalent: K2HPO4, rods: {RODS}}}\n"
    "  qct_pool_methods: yes\n"
    f"truth: {TRUTH_PATH}\n"
    "analyses:\n"
    "  - table1: {by: sex, rows: [age_years, qct_vbmd, qct_acr_class]}\n"
    "report:\n"
    "  title: Demo study of calibrated CT\n"
)


def line_of(participant: DemoParticipant) -> tuple[float, float]:
    """Return slope (mg/cm³/HU) and intercept (mg/cm³) of a participant's scan."""
    return 0.78 + 0.01 * (participant.number % 5), -6.0 + participant.number % 4


def has_table(participant: DemoParticipant) -> bool:
    """Return whether a participant's rods were read elsewhere."""
    return participant.number % 3 == 0


def mindways_hu(participant: DemoParticipant) -> dict[str, float]:
    """Return the HU of a Mindways phantom's rods in a participant's scan."""
    slope, intercept = line_of(participant)
    sigma_ref = 1 / slope + SIGMA_WATER
    beta_ref = -intercept / slope - BETA_WATER
    return {rod: sigma_ref * k + beta_ref + water for rod, (k, water) in MINDWAYS.items()}


def _write_files(folder: Path, participant: DemoParticipant, seed: int) -> None:
    rng = np.random.default_rng([seed, participant.number, STREAM])
    poses = pose_vertebrae(participant, seed)
    affine, shape = _grid(poses)
    torso, labels = render_ct(
        [_model(pose) for pose in poses],
        affine,
        (ACROSS, ACROSS, shape[2]),
        torso_semi_axes_mm=(TORSO_SEMI_AXIS_MM, TORSO_SEMI_AXIS_MM),
    )
    below = (ACROSS, SLAB, shape[2])
    if has_table(participant):
        rows = (
            [rod, *MINDWAYS[rod], round(own, 3)] for rod, own in mindways_hu(participant).items()
        )
        with whole_file(folder / "rods.csv") as unfinished:
            unfinished.write_text(table_text(["rod", "k2hpo4", "water", "hu"], rows, ","))
        phantom = np.full(below, AIR_HU)
    else:
        _write_rods(folder, affine, shape[2])
        phantom = phantom_hu(participant, shape[2])
    hu = np.concatenate([torso.array, phantom], axis=1)
    hu += rng.normal(0, NOISE_SD_HU, shape)
    ct = Volume(np.rint(np.clip(hu, -1024, 3071)).astype(np.int16), affine)
    write_series(folder / "ct", ct, CT, thickness_mm=SLICE_MM, participant=participant, seed=seed)
    write_nifti(folder / "vertebrae.nii.gz", _with_slab(labels))


def phantom_hu(participant: DemoParticipant, slices: int) -> FloatArray:
    """Return the slab and its rods, with partial volume at the rods' rims, (across, slab, slices).

    It lies behind a CT of ``ACROSS`` rows.
    """
    slope, intercept = line_of(participant)
    plane = np.full((ACROSS, SLAB), SLAB_HU)
    for number, density in RODS.items():
        share = _rod_share(number)
        plane = plane * (1 - share) + share * (density - intercept) / slope
    return np.repeat(plane[:, :, None], slices, axis=2)


def _write_rods(folder: Path, affine: FloatArray, slices: int) -> None:
    """Write the label map of the rods, on the grid of the CT with the phantom."""
    plane = np.zeros((ACROSS, SLAB), np.int16)
    for number in RODS:
        plane[_rod_share(number) >= 0.5] = number
    below = np.repeat(plane[:, :, None], slices, axis=2)
    labels = np.concatenate([np.zeros((ACROSS, ACROSS, slices), np.int16), below], axis=1)
    write_nifti(folder / "rods.nii.gz", Volume(labels, affine))


def _with_slab(labels: Volume) -> Volume:
    """Return a label map with room for the slab behind it."""
    return Volume(np.pad(labels.array, [(0, 0), (0, SLAB), (0, 0)]), labels.affine_lps)


def _rod_share(number: int) -> FloatArray:
    """Return which share of each voxel of a slice of the slab a rod fills."""
    middle = (len(RODS) + 1) / 2
    centre = (
        (ACROSS - 1) / 2 + (number - middle) * ROD_STEP_MM / PIXEL_MM,
        SLAB_MM / 2 / PIXEL_MM - 0.5,
    )
    within = (np.arange(FINER) + 0.5) / FINER - 0.5
    i, j = (np.add.outer(np.arange(size), within).ravel() for size in (ACROSS, SLAB))
    reach = np.hypot(i[:, None] - centre[0], j - centre[1]) * PIXEL_MM <= ROD_RADIUS_MM
    share: FloatArray = reach.reshape(ACROSS, FINER, SLAB, FINER).mean(axis=(1, 3))
    return share


def _model(pose: Pose) -> VertebraModel:
    vertebra = pose.vertebra
    return VertebraModel(
        level=vertebra.level,
        center_lps_mm=pose.centre_lps_mm,
        sagittal_tilt_deg=pose.sagittal_tilt_deg,
        coronal_tilt_deg=pose.coronal_tilt_deg,
        width_mm=BREADTH_OF_BODY * vertebra.body_width_mm,
        depth_mm=vertebra.body_width_mm,
        height_mm=vertebra.body_height_mm,
        trabecular_hu=vertebra.hu,
    )


def _grid(poses: Sequence[Pose]) -> tuple[FloatArray, tuple[int, int, int]]:
    """Return affine (to LPS mm) and shape of a CT of all bodies and the phantom below them."""
    heights = [pose.centre_lps_mm[2] for pose in poses]
    lowest = min(heights) - MARGIN_MM
    slices = round((max(heights) + MARGIN_MM - lowest) / SLICE_MM) + 1
    affine = np.diag([PIXEL_MM, PIXEL_MM, SLICE_MM, 1.0])
    left = -PIXEL_MM * (ACROSS - 1) / 2
    affine[:3, 3] = [round(value, 1) for value in (left, -FRONT_MM, lowest)]
    return affine, (ACROSS, ACROSS + SLAB, slices)


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for participant in cohort:
        own = f"{FOLDER}/{participant.participant_id}"
        yield [participant.participant_id, "ct", f"{own}/ct"]
        yield [participant.participant_id, "vertebrae", f"{own}/vertebrae.nii.gz"]
        rods = "rods.csv" if has_table(participant) else "rods.nii.gz"
        yield [participant.participant_id, "qct_rods", f"{own}/{rods}"]


def _densities(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    slope, intercept = line_of(participant)
    for vertebra in participant.vertebrae:
        yield vertebra.level, "vbmd", round(slope * vertebra.hu + intercept, 3)


def _on_phantom(
    ct: Volume, labels: Volume, participant: DemoParticipant, seed: int
) -> tuple[Volume, Volume]:
    """Return a CT of the demo study, and its label map, with the phantom behind the torso."""
    rng = np.random.default_rng([seed, participant.number, STREAM])
    phantom = phantom_hu(participant, ct.array.shape[2])
    noisy = np.rint(phantom + rng.normal(0, NOISE_SD_HU, phantom.shape)).astype(np.int16)
    whole = Volume(np.concatenate([ct.array, noisy], axis=1), ct.affine_lps)
    return whole, _with_slab(labels)


def _write_share(folder: Path, participant: DemoParticipant, seed: int) -> None:
    affine, shape = _grid(pose_vertebrae(participant, seed))
    _write_rods(folder, affine, shape[2])


def _shared_series(_participant: DemoParticipant) -> list[SeriesRow]:
    return [SeriesRow("qct_rods", "rods.nii.gz")]


SHARE = Share(
    "qct",
    range(13, 17),
    _densities,
    config={"bmd": {"phantom": {"equivalent": "K2HPO4", "rods": RODS}}},
    series=_shared_series,
    files=_write_share,
    around_ct=_on_phantom,
)


STUDY = SmallStudy(FOLDER, CONFIG, _series, _densities, files=_write_files)


def write_qct_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of calibrated CT.", 6)
