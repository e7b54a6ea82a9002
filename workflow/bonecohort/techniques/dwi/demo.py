"""Write a small study of synthetic diffusion images with known truth.

Participants and their vertebrae are those of the demo study of the same seed. Their images are
those of a Siemens scanner in turn as the trace at each b value, and as three directions; of every
third participant there is the scanner's ADC map instead. The label maps have TotalSegmentator's
numbers for MR.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import MRImageStorage

from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.dicom import Acquisition, write_series
from bonecohort.demo.mr_spine import spine_grid, spine_models
from bonecohort.demo.share import SeriesRow, Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.dwi.phantom import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.techniques.dwi.phantom import DiffusionImages

FOLDER = "demo_dwi"
TRUTH_PATH = truth_path(FOLDER)
PIXEL_MM, SLICE_MM, SLICES = 2.2, 4.0, 9
STREAM = 6
"""Distinguishes the noise of these images from that of the demo study's."""
B_VALUES = (0, 400, 800)
DIRECTIONS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
MEAN_ADC, ADC_PER_HU, MEAN_HU, ADC_RANGE = 0.45, 0.0012, 105.0, (0.2, 0.8)
"""The sparser the bone, the fatter the marrow, and the lower its ADC (10⁻³ mm²/s)."""
LEVEL_OFFSET_ADC = {"L1": 0.04, "L2": 0.02, "L3": 0.0, "L4": -0.02, "L5": -0.04}
STORED_PER_UNIT = 1000
"""Stored values of the ADC maps, 10⁻⁶ mm²/s, per 10⁻³ mm²/s."""

SHARED: dict[str, Any] = {
    "Modality": "MR",
    "Manufacturer": "SIEMENS",
    "BodyPartExamined": "LSPINE",
    "ScanningSequence": "EP",
    "SequenceVariant": "SK",
    "ScanOptions": "FS",
    "MRAcquisitionType": "2D",
    "RepetitionTime": "3500",
    "EchoTime": "65",
    "FlipAngle": "90",
    "MagneticFieldStrength": "1.5",
    "ImagedNucleus": "1H",
    "SeriesDescription": "ep2d_diff",
}
TRACE = Acquisition(
    "dwi_trace",
    MRImageStorage,
    5,
    SHARED
    | {
        "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"],
        "DiffusionDirectionality": "ISOTROPIC",
    },
)
ADC_MAP = Acquisition(
    "adc_map", MRImageStorage, 6, SHARED | {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}
)

CONFIG = (
    "# Synthetic diffusion images with known truth.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "vertebrae:\n"
    "  label_scheme: totalsegmentator_mr\n"
    f"truth: {TRUTH_PATH}\n"
    "report:\n"
    "  title: Demo study of the diffusion of vertebral bodies\n"
)


def adc_of(vertebra: Vertebra) -> float:
    """Return the truth of a vertebra's marrow, 10⁻³ mm²/s."""
    adc = MEAN_ADC + ADC_PER_HU * (vertebra.hu - MEAN_HU) + LEVEL_OFFSET_ADC[vertebra.level]
    return round(float(np.clip(adc, *ADC_RANGE)), 3)


def source_of(participant: DemoParticipant) -> str:
    """Return what a participant has: ``trace``, ``directions`` or ``map``."""
    return ("map", "trace", "directions")[participant.number % 3]


def draw_images(participant: DemoParticipant, seed: int) -> DiffusionImages:
    """Draw the images of one participant, a volume a b value; three at each where directions."""
    poses = pose_vertebrae(participant, seed)
    affine, shape = spine_grid(poses, PIXEL_MM, SLICE_MM, SLICES)
    marrow = {vertebra.level: adc_of(vertebra) for vertebra in participant.vertebrae}
    rng = np.random.default_rng([seed, participant.number, STREAM])
    weighted = [b for b in B_VALUES[1:] for _ in _directions(participant)]
    return render(spine_models(poses), marrow, affine, shape, [B_VALUES[0], *weighted], rng=rng)


def _directions(participant: DemoParticipant) -> tuple[tuple[float, ...], ...]:
    """Return the directions at each b value; one without any stands for the trace."""
    return DIRECTIONS if source_of(participant) == "directions" else ((),)


def _write_images(folder: Path, participant: DemoParticipant, seed: int) -> None:
    images = draw_images(participant, seed)
    _write_series(folder, images, participant, seed)
    write_nifti(folder / "mr_vertebrae.nii.gz", images.labels)


def _write_series(
    folder: Path, images: DiffusionImages, participant: DemoParticipant, seed: int
) -> None:
    if source_of(participant) == "map":
        stored = [(ADC_MAP, "adc_map", STORED_PER_UNIT * images.adc.array)]
    else:
        acquisitions = [_weighted(B_VALUES[0], ())]
        acquisitions += [
            _weighted(b_value, direction)
            for b_value in B_VALUES[1:]
            for direction in _directions(participant)
        ]
        volumes = np.moveaxis(images.signals.array, -1, 0)
        stored = [
            (one, f"dwi/{one.name}", volume)
            for one, volume in zip(acquisitions, volumes, strict=True)
        ]
    for acquisition, place, values in stored:
        write_series(
            folder / place,
            Volume(np.rint(values).astype(np.int16), images.labels.affine_lps),
            acquisition,
            thickness_mm=SLICE_MM,
            participant=participant,
            seed=seed,
        )


def _weighted(b_value: int, direction: tuple[float, ...]) -> Acquisition:
    """Return the acquisition at a b value, of a direction or of the trace."""
    values = TRACE.values | {"DiffusionBValue": float(b_value)}
    name = f"b{b_value}"
    if direction:
        item = Dataset()
        item.DiffusionGradientOrientation = list(direction)
        name += f"_{DIRECTIONS.index(direction)}"
        values |= {
            "ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"],
            "DiffusionDirectionality": "DIRECTIONAL",
            "DiffusionGradientDirectionSequence": Items([item]),
        }
    elif not b_value:
        values["DiffusionDirectionality"] = "NONE"
    return replace(TRACE, name=name, values=values)


def _kind(participant: DemoParticipant) -> str:
    return "adc_map" if source_of(participant) == "map" else "dwi"


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for participant in cohort:
        kind = _kind(participant)
        yield [participant.participant_id, kind, f"{FOLDER}/{participant.participant_id}/{kind}"]
        labels = f"{FOLDER}/{participant.participant_id}/mr_vertebrae.nii.gz"
        yield [participant.participant_id, "mr_vertebrae", labels]


def _adcs(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    for vertebra in participant.vertebrae:
        yield vertebra.level, "adc", adc_of(vertebra)


def _shared_series(participant: DemoParticipant) -> list[SeriesRow]:
    return [SeriesRow(_kind(participant), _kind(participant))]


def _write_shared(folder: Path, participant: DemoParticipant, seed: int) -> None:
    _write_series(folder, draw_images(participant, seed), participant, seed)


SHARE = Share(
    "dwi",
    range(17, 20),
    _adcs,
    config={"dwi": {"pool_methods": True}},
    series=_shared_series,
    files=_write_shared,
)


STUDY = SmallStudy(FOLDER, CONFIG, _series, _adcs, files=_write_images)


def write_dwi_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of diffusion images.", 8)
