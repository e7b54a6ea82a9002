"""Write a small study of synthetic fat fraction maps with known truth.

Participants and their vertebrae are those of the demo study of the same seed. Their maps are
stored in turn as a Siemens and a Philips scanner do. Every third participant has the water and fat
images of two echoes instead of a map, every fourth one has complex echoes. The label maps have
TotalSegmentator's numbers for MR.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.uid import MRImageStorage

from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.dicom import Acquisition, write_series
from bonecohort.demo.mr_spine import spine_grid, spine_models
from bonecohort.demo.share import SeriesRow, Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.fat_fraction.echo_phantom import F0_MHZ, complex_echoes, stored_phase
from bonecohort.techniques.fat_fraction.methods import ECHOES
from bonecohort.techniques.fat_fraction.phantom import Marrow, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.fat_fraction.phantom import WaterFatImages

FOLDER = "demo_mr"
TRUTH_PATH = truth_path(FOLDER)
PIXEL_MM, SLICE_MM, SLICES = 2.0, 4.0, 9
STREAM = 5
"""Distinguishes the noise of these images from that of the demo study's."""

MEAN_PDFF, PDFF_PER_HU, MEAN_HU, PDFF_RANGE = 50.0, -0.12, 105.0, (22.0, 72.0)
LEVEL_OFFSET_PDFF = {"L1": -4.0, "L2": -2.0, "L3": 0.0, "L4": 2.0, "L5": 4.0}
R2STAR_AT_ZERO_HU, R2STAR_PER_HU = 60.0, 0.4

SHARED: dict[str, Any] = {
    "Modality": "MR",
    "BodyPartExamined": "LSPINE",
    "ScanningSequence": "GR",
    "SequenceVariant": "SP",
    "ScanOptions": "",
    "MRAcquisitionType": "3D",
    "RepetitionTime": "9",
    "EchoTime": "1.1",
    "EchoTrainLength": "6",
    "FlipAngle": "4",
    "MagneticFieldStrength": "3",
    "ImagedNucleus": "1H",
}
PERCENT_SLOPE, PERCENT_INTERCEPT = 0.05, -5.0
"""RescaleSlope and RescaleIntercept of the maps stored as a Philips scanner does."""


def _acquisition(name: str, number: int, words: list[str], **values: Any) -> Acquisition:
    siemens = {"Manufacturer": "SIEMENS", "SeriesDescription": f"t1_vibe_q-dixon_{words[-1]}"}
    image_type = ["DERIVED", "PRIMARY", "M", *words]
    return Acquisition(
        name, MRImageStorage, number, SHARED | siemens | {"ImageType": image_type} | values
    )


PER_MILLE_MAP = _acquisition("fat_fraction", 5, ["FAT_FRACTION"])
PERCENT_MAP = replace(
    PER_MILLE_MAP,
    values=SHARED
    | {
        "Manufacturer": "Philips Medical Systems",
        "SeriesDescription": "mDIXON Quant FF",
        "ImageType": ["ORIGINAL", "PRIMARY", "FF", "FF", "FF"],
        "RescaleSlope": str(PERCENT_SLOPE),
        "RescaleIntercept": str(PERCENT_INTERCEPT),
        "RescaleType": "%",
    },
)
R2STAR_MAP = _acquisition("r2star", 6, ["R2_STAR MAP"])
WATER, FAT = (
    _acquisition(
        kind, number, [word], FlipAngle="10", EchoTrainLength="2", SeriesDescription=f"dixon_{word}"
    )
    for kind, number, word in (("water_image", 7, "WATER"), ("fat_image", 8, "FAT"))
)


def _echo(number: int, time_ms: float, part: str, **values: Any) -> Acquisition:
    own = {
        "Manufacturer": "SIEMENS",
        "SeriesDescription": "gre_6_echoes",
        "ImageType": ["ORIGINAL", "PRIMARY", part, "ND"],
        "EchoTime": f"{time_ms:g}",
        "ImagingFrequency": f"{F0_MHZ:g}",
    }
    return Acquisition(f"echo_{time_ms:g}_{part}", MRImageStorage, number, SHARED | own | values)


CONFIG = (
    "# Synthetic fat fraction maps with known truth.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "vertebrae:\n"
    "  label_scheme: totalsegmentator_mr\n"
    f"truth: {TRUTH_PATH}\n"
    "report:\n"
    "  title: Demo study of vertebral fat fractions\n"
)


def marrow_of(vertebra: Vertebra) -> Marrow:
    """Return the truth of a vertebra: the sparser its bone, the more fat and the lower R2*."""
    least, most = PDFF_RANGE
    pdff = MEAN_PDFF + PDFF_PER_HU * (vertebra.hu - MEAN_HU) + LEVEL_OFFSET_PDFF[vertebra.level]
    r2star = R2STAR_AT_ZERO_HU + R2STAR_PER_HU * vertebra.hu
    return Marrow(round(min(max(pdff, least), most), 1), round(r2star, 1))


def has_pair(participant: DemoParticipant) -> bool:
    """Return whether a participant has water and fat images instead of a map."""
    return participant.number % 3 == 0


def has_echoes(participant: DemoParticipant) -> bool:
    """Return whether a participant has complex echoes and no maps."""
    return participant.number % 4 == 0


def draw_images(participant: DemoParticipant, seed: int) -> WaterFatImages:
    """Draw the images of one participant."""
    poses = pose_vertebrae(participant, seed)
    affine, shape = spine_grid(poses, PIXEL_MM, SLICE_MM, SLICES)
    marrow = {vertebra.level: marrow_of(vertebra) for vertebra in participant.vertebrae}
    rng = np.random.default_rng([seed, participant.number, STREAM])
    return render(spine_models(poses), marrow, affine, shape, rng)


def _write_images(folder: Path, participant: DemoParticipant, seed: int) -> None:
    images = draw_images(participant, seed)
    _write_series(folder, images, participant, seed)
    write_nifti(folder / "mr_vertebrae.nii.gz", images.labels)


def _write_series(
    folder: Path, images: WaterFatImages, participant: DemoParticipant, seed: int
) -> None:
    series = {"r2star": (R2STAR_MAP, images.r2star.array)}
    if has_echoes(participant):
        rng = np.random.default_rng([seed, participant.number, STREAM + 1])
        series = _echo_series(images, rng)
    elif has_pair(participant):
        series |= {
            "water_image": (WATER, images.water.array),
            "fat_image": (FAT, images.fat.array),
        }
    elif participant.number % 2:
        series["fat_fraction"] = (PER_MILLE_MAP, 10 * images.fat_percent.array)
    else:
        stored = (images.fat_percent.array - PERCENT_INTERCEPT) / PERCENT_SLOPE
        series["fat_fraction"] = (PERCENT_MAP, stored)
    for kind, (acquisition, values) in series.items():
        whole = Volume(np.rint(values).astype(np.int16), images.labels.affine_lps)
        write_series(
            folder / kind,
            whole,
            acquisition,
            thickness_mm=SLICE_MM,
            participant=participant,
            seed=seed,
        )


def _echo_series(
    images: WaterFatImages, rng: np.random.Generator
) -> dict[str, tuple[Acquisition, FloatArray]]:
    """Return the magnitude and the phase of each echo, by folder."""
    series = {}
    for at, (time_ms, signal) in enumerate(complex_echoes(images, rng), start=1):
        phase = _echo(10, time_ms, "P", RescaleSlope="2", RescaleIntercept="-4096")
        series[f"{ECHOES}/{at}_M"] = (_echo(9, time_ms, "M"), np.abs(signal))
        series[f"{ECHOES}/{at}_P"] = (phase, stored_phase(signal))
    return series


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for participant in cohort:
        for kind in _kinds(participant):
            yield [
                participant.participant_id,
                kind,
                f"{FOLDER}/{participant.participant_id}/{kind}",
            ]
        labels = f"{FOLDER}/{participant.participant_id}/mr_vertebrae.nii.gz"
        yield [participant.participant_id, "mr_vertebrae", labels]


def _kinds(participant: DemoParticipant) -> list[str]:
    if has_echoes(participant):
        return [ECHOES]
    if has_pair(participant):
        return ["water_image", "fat_image", "r2star"]
    return ["fat_fraction", "r2star"]


def _marrows(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    is_pair = has_pair(participant) and not has_echoes(participant)
    fat = "fat_fraction_signal" if is_pair else "pdff"
    for vertebra in participant.vertebrae:
        marrow = marrow_of(vertebra)
        yield vertebra.level, fat, marrow.fat_percent
        yield vertebra.level, "r2star", marrow.r2star


def _shared_series(participant: DemoParticipant) -> list[SeriesRow]:
    return [SeriesRow(kind, kind) for kind in _kinds(participant)]


def _write_shared(folder: Path, participant: DemoParticipant, seed: int) -> None:
    _write_series(folder, draw_images(participant, seed), participant, seed)


SHARE = Share(
    "fat_fraction",
    range(17, 21),
    _marrows,
    config={"mr_fat": {"pool_methods": True}},
    series=_shared_series,
    files=_write_shared,
)


STUDY = SmallStudy(FOLDER, CONFIG, _series, _marrows, files=_write_images)


def write_fat_fraction_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of fat fraction maps.", 8)
